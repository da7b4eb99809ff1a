/* SPDX-License-Identifier: BSD-3-Clause */
/** What a REGISTER must not ask for, whoever sends it (GR-04 to GR-06, LA-03, third parties). */
#include "control/support.h"
#include "registrar/policy.h"

#define BOB "sip:bob@example.com"
#define UUID "urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21"
#define ID ";+sip.instance=\"<" UUID ">\""
#define TEMP "tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOQ"
#define CONTACT(uri) "Contact: <" uri ">\r\n"
#define WITH_ID(uri) "Contact: <" uri ">" ID "\r\n"

static struct register_request q;
static struct register_refusal refusal;

static int
set_up(void **state)
{
	if (make_dir(state) != 0)
		return 1;
	load_config("{any_user: true, deny_contacts: [198.51.100.64/26]}\n"
		    "names: [hp1.example.com]\nedge: {name: ep1.example.com}\n"
		    "next_hops: [{domain: '*', address: 198.51.100.9, port: 5070}]");
	return 0;
}

static int
tear_down(void **state)
{
	config_free(config);
	config = NULL;
	return remove_dir(state);
}

static void
decode(struct slice text)
{
	const struct message_head head = head_from("203.0.113.7", 0);

	if (!register_request_decode(config, text, &q, &refusal) ||
	    !register_request_details(config, &head, &q, &refusal))
		fail_msg("%u %s", refusal.status, refusal.phrase != NULL ? refusal.phrase : "");
}

/* Contacts that would make requests come back; 0: they may stay. */
static const struct {
	const char *req, *lines;
	unsigned int status;
} contacts[] = {
	{ "GR-04", WITH_ID(BOB), 403 },
	{ "LA-03 without instance", CONTACT(BOB), 403 },
	{ "LA-03 scenario 1",
	  CONTACT(BOB ";unknown-param=whack") CONTACT(BOB ";unknown-param=thud"), 403 },
	{ "GR-04 among others", "Contact: <sip:b@10.0.0.5>, <" BOB ">\r\n", 403 },
	{ "GR-04 port", WITH_ID(BOB ":5060"), 403 },
	{ "GR-04 domain in capitals", WITH_ID("sip:bob@EXAMPLE.com"), 403 },
	{ "GR-04 escapes", WITH_ID("sip:%62ob@example.com"), 403 },
	{ "GR-04 sips", WITH_ID("sips:bob@example.com"), 403 },
	{ "GR-04 sips and its port", WITH_ID("sips:bob@example.com:5061"), 403 },
	{ "GR-04 another port", WITH_ID(BOB ":5061"), 0 },
	{ "GR-04 a dot", WITH_ID("sip:bob@example.com."), 403 },
	{ "GR-04 a dot and a port", WITH_ID("sips:bob@EXAMPLE.com.:5061"), 403 },
	{ "GR-04 headers", WITH_ID(BOB "?Subject=x"), 403 },
	{ "GR-04 password", WITH_ID("sip:bob:x@example.com"), 403 },
	{ "GR-04 case of the user", WITH_ID("sip:Bob@example.com"), 0 },
	{ "next hop of ours", CONTACT("sip:+1900@198.51.100.9:5070"), 403 },
	{ "next hop at another port", CONTACT("sip:+1900@198.51.100.9"), 0 },
	{ "denied network", CONTACT("sip:+1900@198.51.100.65"), 403 },
	{ "beside the denied network", CONTACT("sip:+1900@198.51.100.63"), 0 },
	{ "GR-04 user of ours", WITH_ID("sip:ann@example.com"), 0 },
	{ "GR-04 other domain", WITH_ID("sip:bob@example.org"), 0 },
	{ "GR-05 public", WITH_ID(BOB ";gr=" UUID), 403 },
	{ "GR-05 public, without instance", CONTACT(BOB ";gr=" UUID), 403 },
	{ "GR-05 the draft's", WITH_ID(BOB ";opaque=" UUID), 403 },
	{ "GR-05 temporary", WITH_ID("sip:" TEMP "@example.com;gr"), 403 },
	{ "GR-05 temporary, without gr", CONTACT("sip:" TEMP "@example.com"), 403 },
	{ "GR-05 temporary, a dot", CONTACT("sip:" TEMP "@example.com.;gr"), 403 },
	{ "GR-05 temporary, escaped", CONTACT("sip:%74gruu.x@example.com"), 403 },
	{ "GR-05 of another domain", WITH_ID("sip:" TEMP "@example.org;gr"), 0 },
	{ "GR-06 mailto", "Contact: <mailto:bob@example.com>" ID "\r\n", 403 },
	{ "GR-06 tel", "Contact: <tel:+15551234>" ID "\r\n", 403 },
	{ "GR-03 mailto without instance", CONTACT("mailto:bob@example.com"), 0 },
	{ "LA-05 removal", "Contact: <" BOB ">;expires=0\r\n", 0 },
	{ "GR-03 removal", "Contact: <mailto:b@example.com>;expires=0" ID "\r\n", 0 },
	{ "LA-03 our address", CONTACT("sip:bob@192.0.2.10"), 403 },
	{ "LA-03 our address and port", CONTACT("sip:x@192.0.2.10:5060"), 403 },
	{ "LA-03 another port", CONTACT("sip:bob@192.0.2.10:5070"), 0 },
	{ "LA-03 sips has another port", CONTACT("sips:bob@192.0.2.10"), 0 },
	{ "LA-03 sips and our port", CONTACT("sips:bob@192.0.2.10:5060"), 403 },
	{ "LA-03 our name", CONTACT("sip:bob@HP1.example.com"), 403 },
	{ "LA-03 our name with a dot", CONTACT("sip:bob@hp1.example.com."), 403 },
	{ "LA-03 our name as an edge", CONTACT("sip:bob@ep1.example.com:5060"), 403 },
	{ "LA-03 a phone's name", CONTACT("sip:bob@phone.example.com"), 0 },
	{ "LA-03 of a peer", CONTACT("sip:bob@192.0.2.20"), 0 },
};

static void
check_contacts(void **state)
{
	const typeof(contacts[0]) *r = gtest_row();

	(void)state;
	decode(register_text(BOB, "c@h", 1, r->lines));
	assert_int_equal(policy_check_contacts(config, &q, &refusal), r->status == 0);
	assert_int_equal(refusal.status, r->status);
}
GTEST_ROWS_F(Policy, contacts, req, check_contacts, set_up, tear_down);

static const struct {
	const char *req, *from;
	bool same;
} senders[] = {
	{ "10.2 From is To", BOB, true },
	{ "10.2 written otherwise", "SIP:%62ob@Example.com:5060;x=y", true },
	{ "10.2 sips", "sips:bob@example.com", true },
	{ "10.2 sips and its port", "sips:bob@example.com:5061", true },
	{ "10.2 a GRUU of it", BOB ";gr=" UUID, true },
	{ "10.2 another", "sip:ann@example.com", false },
	{ "10.2 case of the user", "sip:Bob@example.com", false },
	{ "10.2 another domain", "sip:bob@example.org", false },
	{ "10.2 tel", "tel:+15551234", false },
	{ "10.2 another port", BOB ":5070", false },
};

static void
check_from(void **state)
{
	const typeof(senders[0]) *r = gtest_row();

	(void)state;
	decode(register_text_from(r->from, BOB, "c@h", 1, CONTACT("sip:b@10.0.0.5")));
	assert_true(policy_check_from(config, &q, &refusal));
	load_config("{any_user: true, third_party: refuse}");
	assert_int_equal(policy_check_from(config, &q, &refusal), r->same);
	assert_int_equal(refusal.status, r->same ? 0 : 403);
}
GTEST_ROWS_F(Policy, senders, req, check_from, set_up, tear_down);
