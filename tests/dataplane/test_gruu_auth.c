/* SPDX-License-Identifier: BSD-3-Clause */
/** Whose GRUU a Contact may be when its sender has a password (RFC 5627 §6.2). */
#include "auth.h"

#define ID "urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21"
#define GRUU_OF(user) "<sip:" user "@example.com;gr=" ID ">"
#define REFUSED "SIP/2.0 403 GRUU Is Not Yours"

static const char home[] = AUTH_HOME("");
static const char any_from[] = AUTH_HOME(", check_from: false");
static const char some_exempt[] = AUTH_HOME(", exempt: [203.0.113.0/24]");

#define TEL "<tel:+49301234567>"
#define NOBODY "\"Anonymous\" <sip:anonymous@anonymous.invalid>"
#define FAR "<sip:carol@far.example>"

enum { EPOCH_ALICE = 50, EPOCH_100, EPOCH_BOB };

/* alice has the AORs alice and 100. */
static const struct row {
	const char *req, *config, *from, *contact, *first;
} senders[] = {
	{ "GR-59 hers", home, "<sip:alice@example.com>", GRUU_OF("alice"), TO_BOB },
	{ "GR-59 her other AOR's", home, "<sip:alice@example.com>", GRUU_OF("100"), TO_BOB },
	{ "GR-59 her other AOR as From", home, "<sip:100@example.com>", GRUU_OF("alice"), TO_BOB },
	{ "GR-59 his", home, "<sip:alice@example.com>", GRUU_OF("bob"), REFUSED },
	{ "GR-59 temporary, hers", home, "<sip:alice@example.com>", "<sip:{51}@example.com;gr>", TO_BOB },
	{ "GR-59 temporary, his", home, "<sip:alice@example.com>", "<sip:{52}@example.com;gr>", REFUSED },
	{ "GR-59 his, as he", any_from, "<sip:bob@example.com>", GRUU_OF("bob"), REFUSED },
	{ "GR-59 hers, as he", any_from, "<sip:bob@example.com>", GRUU_OF("alice"), TO_BOB },
	{ "GR-59 temporary, his, as he", any_from, "<sip:bob@example.com>", "<sip:{52}@example.com;gr>", REFUSED },
	{ "GR-59 of a telephone number, hers", home, TEL, GRUU_OF("alice"), TO_BOB },
	{ "GR-59 of a telephone number, his", home, TEL, GRUU_OF("bob"), REFUSED },
	{ "GR-59 nameless, temporary, hers", home, NOBODY, "<sip:{51}@example.com;gr>", TO_BOB },
	{ "GR-59 nameless, temporary, his", home, NOBODY, "<sip:{52}@example.com;gr>", REFUSED },
	{ "GR-59 from elsewhere, hers", home, FAR, GRUU_OF("alice"), TO_BOB },
	{ "GR-59 from elsewhere, temporary, his", home, FAR, "<sip:{52}@example.com;gr>", REFUSED },
	{ "GR-59 nameless, any From", any_from, NOBODY, "<sip:{52}@example.com;gr>", REFUSED },
	{ "GR-59 not asked, nameless, temporary", some_exempt, NOBODY, "<sip:{52}@example.com;gr>", TO_BOB },
	{ "GR-59 not asked, nameless", some_exempt, NOBODY, GRUU_OF("bob"), REFUSED },
	{ "GR-59 not asked, a telephone number", some_exempt, TEL, GRUU_OF("bob"), REFUSED },
	{ "GR-59 not asked", some_exempt, "<sip:bob@example.com>", GRUU_OF("bob"), TO_BOB },
	{ "GR-59 not asked, hers", some_exempt, "<sip:bob@example.com>", GRUU_OF("alice"), REFUSED },
};

static void
bind_one(const char *aor, const char *contact, uint64_t epoch)
{
	const struct rig_instance known = { ID, epoch };
	const struct rig_binding binding = { contact, .instance = ID };

	rig_bind_instances(aor, &binding, 1, &known, 1);
}

static void
open_phones(const char *config)
{
	open_auth(config);
	bind_one("sip:alice@example.com", "sip:a@203.0.113.60", EPOCH_ALICE);
	bind_one("sip:100@example.com", "sip:a@203.0.113.60", EPOCH_100);
	bind_one("sip:bob@example.com", "sip:bob@203.0.113.50", EPOCH_BOB);
}

static const char *
contact_line(const char *contact)
{
	static char line[256];
	const char *at = strchr(contact, '{');

	if (at == NULL)
		snprintf(line, sizeof(line), "Contact: %s\r\n", contact);
	else
		snprintf(line, sizeof(line), "Contact: <sip:%s%s\r\n",
			 rig_temp_gruu(strtoull(at + 1, NULL, 10)), strchr(at, '}') + 1);
	return line;
}

static void
check_sender(void **state)
{
	const struct row *r = *state;
	struct call c = { .from = r->from };

	open_phones(r->config);
	c.lines = contact_line(r->contact);
	if (r->config != some_exempt)
		c.nonce = ask_nonce(&c);
	check_answer(send_call(&c), r->first);
}
GTEST_ROWS(Gruu, senders, req, check_sender);

/* Whoever claims nothing by From is asked for the GRUU; her credentials stay with us. */
GTEST(Gruu, GR_59_nameless_is_asked)
{
	struct call c = { .from = NOBODY };

	open_phones(home);
	check_answer(send_call(&c), TO_BOB);
	c.lines = contact_line(GRUU_OF("other.example"));
	check_answer(send_call(&c), ASKED);
	c.lines = "Contact: <sip:x@far.example;gr=" ID ">\r\n";
	check_answer(send_call(&c), TO_BOB);
	c.lines = contact_line("<sip:{51}@example.com;gr>");
	check_answer(send_call(&c), ASKED);
	c.nonce = nonce_of_answer();
	c.password = "wrong";
	check_answer(send_call(&c), ASKED);
	c.password = NULL;
	check_answer(send_call(&c), TO_BOB);
	assert_string_equal(rig_header(rig.out.datagram[0].sip, "Proxy-Authorization"), "");
}

/* By way of ourselves: without credentials then, and judged already. */
GTEST(Gruu, GR_59_spiral)
{
	struct call c = { .from = TEL, .lines = contact_line(GRUU_OF("100")) };

	open_phones(home);
	rig_bind("sip:bob@example.com", "sip:carol@example.com", NULL);
	rig_bind("sip:carol@example.com", "sip:bob@203.0.113.50", NULL);
	c.nonce = ask_nonce(&c);
	check_answer(send_call(&c), TO_BOB);
	assert_int_equal(rig.out.counter[STATS_rx], 2);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
