/* SPDX-License-Identifier: BSD-3-Clause */
/** The border of trust: what a message loses by where it comes from and where it goes. */
#include "cases.h"

#define OFFICE "198.51.100.200:5060" /* zone "office": lists of its own */
#define BRANCH "198.51.100.70:5060"  /* zone "branch": nothing is taken from what it sends */
#define PARTNER "203.0.113.70:5060"  /* zone "partner": trusted, not a peer */
#define PHONE "203.0.113.50:5060"    /* a stranger */
#define TO_PEER "sip:bob@192.0.2.20"
#define TO_PARTNER "sip:bob@203.0.113.70"
#define TO_OFFICE "sip:bob@198.51.100.200"
#define TO_LAN "sip:bob@10.0.0.9"
#define TO_PHONE "sip:bob@203.0.113.50"

#define LONG_NAME "X-A-Name-That-Has-More-Than-Thirty-Two-Octets"

static const char trust_config[] =
	"ports:\n"
	"  - {name: wan, device: net_null0, addresses: [192.0.2.10/24]}\n"
	"  - {name: lan, device: net_null1, addresses: [10.0.0.1/24]}\n"
	"listen:\n"
	"  - {port: wan, address: 192.0.2.10}\n"
	"  - {port: lan, address: 10.0.0.1}\n"
	"dataplane: {fragments: 64, remember: 1024}\n"
	"names: [proxy.example]\n"
	"domains: [example.com]\n"
	"networks:\n"
	"  peers: [192.0.2.20/32]\n"
	"  relay: [198.51.100.0/24, 203.0.113.0/25]\n"
	"trust:\n"
	"  - {name: office, networks: [198.51.100.128/25],\n"
	"     strip_in: [X-Secret, s, Privacy, P-Refused-URI-List, " LONG_NAME "],\n"
	"     strip_out: [P-Asserted-Identity, User-Agent, X-Trace]}\n"
	"  - {name: branch, networks: [198.51.100.64/26], strip_in: []}\n"
	"  - {name: partner, networks: [203.0.113.64/26], trusted: true, strip_out: "
	"[P-Charging-Vector]}\n"
	"  - {name: lan, port: lan, trusted: true}\n";

#define PAI "P-Asserted-Identity: <sip:alice@example.com>\r\n"
#define PAI_TEL "P-Asserted-Identity: tel:+4930123\r\n"
#define TWO VIA "Via: SIP/2.0/UDP 10.0.0.99;branch=z9hG4bKx\r\n" MF
#define KEPT "P-Asserted-Identity: <sip:alice@example.com>\n"
#define PANI "P-Access-Network-Info: 3GPP-UTRAN-TDD;utran-cell-id-3gpp=2\r\n"
#define PANI_NP "P-Access-Network-Info: DOCSIS;network-provided\r\n"
#define RR "Record-Route: <sip:x.example;lr>\r\n"
#define INTERNAL                                                                                   \
	"P-Profile-Key: <sip:a-!.*!@example.com>\r\nP-Charging-Vector: icid-value=1\r\n"           \
	"P-Charging-Function-Addresses: ccf=192.0.8.1\r\nP-Visited-Network-ID: other.net\r\n"      \
	"P-User-Database: <aaa://host.example.com>\r\nP-Served-User: <sip:a@example.com>\r\n"      \
	"P-Asserted-Service: urn:urn-7:3gpp-service.x\r\nRemote-Party-ID: <sip:a@example.com>\r\n" \
	"P-Charge-Info: <sip:a@example.com>\r\nP-Preferred-Identity: <sip:a@b.c>\r\n"
#define NO_INTERNAL                                                                                \
	"P-Profile-Key: -\nP-Charging-Vector: -\nP-Charging-Function-Addresses: -\n"               \
	"P-Visited-Network-ID: -\nP-User-Database: -\nP-Served-User: -\nP-Asserted-Service: -\n"   \
	"Remote-Party-ID: -\nP-Charge-Info: -\nP-Preferred-Identity: -\n"
#define ALL_INTERNAL                                                                               \
	"P-Profile-Key: <sip:a-!.*!@example.com>\nP-Charging-Vector: icid-value=1\n"               \
	"P-Charging-Function-Addresses: ccf=192.0.8.1\nP-Visited-Network-ID: other.net\n"          \
	"P-User-Database: <aaa://host.example.com>\nP-Served-User: <sip:a@example.com>\n"          \
	"P-Asserted-Service: urn:urn-7:3gpp-service.x\nRemote-Party-ID: <sip:a@example.com>\n"     \
	"P-Charge-Info: <sip:a@example.com>\nP-Preferred-Identity: <sip:a@b.c>\n"

/* A request from there to there: what it has on its way out, and how many lines it lost. */
static const struct zone_case {
	const char *req, *from, *uri, *lines, *want;
	unsigned int stripped;
} zones[] = {
	{ "RFC3325-5 from a stranger", ALICE, TO_PEER, VIA MF PAI PAI_TEL,
	  "P-Asserted-Identity: -\n", 2 },
	{ "IP-59 anonymous", ALICE, TO_PEER, VIA MF PAI "Privacy: none\r\n",
	  "P-Asserted-Identity: -\nPrivacy: none\n", 1 },
	{ "RFC3325-5 from a peer to a peer", PEER, TO_PEER, VIA MF PAI "Privacy: id\r\n",
	  KEPT "Privacy: id\n", 0 },
	{ "RFC3325-7 no Privacy", PEER, TO_PHONE, VIA MF PAI, KEPT, 0 },
	{ "RFC3325-7 id", PEER, TO_PHONE, VIA MF PAI PAI_TEL "Privacy: id\r\n",
	  "P-Asserted-Identity: -\nPrivacy: -\n", 2 },
	{ "RFC3325-7 id to a trusted zone", PEER, TO_PARTNER, VIA MF PAI "Privacy: id\r\n",
	  KEPT "Privacy: id\n", 0 },
	{ "RFC3325-7 id from a trusted zone", PARTNER, TO_PHONE, VIA MF PAI "Privacy: id\r\n",
	  "P-Asserted-Identity: -\nPrivacy: -\n", 1 },
	{ "IP-55 none", PEER, TO_PHONE, VIA MF PAI "Privacy: none\r\n", KEPT "Privacy: none\n", 0 },
	{ "IP-55 none and a list", PEER, TO_OFFICE, VIA MF PAI "Privacy: none\r\n",
	  KEPT "Privacy: none\n", 0 },
	{ "policy: a list", PEER, TO_OFFICE, VIA MF PAI, "P-Asserted-Identity: -\n", 1 },
	{ "IP-58 critical", PEER, TO_PHONE, VIA MF PAI "Privacy: id;critical\r\n",
	  "P-Asserted-Identity: -\nPrivacy: -\n", 1 },
	{ "IP-58 others stay", PEER, TO_PHONE, VIA MF PAI "Privacy: header ; ID;critical\r\n",
	  "P-Asserted-Identity: -\nPrivacy: header;critical\n", 1 },
	{ "IP-58 lines", PEER, TO_PHONE,
	  VIA MF "Privacy: id\r\n" PAI "Privacy: user; critical\r\n" PAI_TEL,
	  "P-Asserted-Identity: -\nPrivacy: user; critical\n", 2 },
	{ "IP-58 lines, all go", PEER, TO_PHONE,
	  VIA MF "Privacy: critical\r\n" PAI "Privacy: id\r\n",
	  "P-Asserted-Identity: -\nPrivacy: -\n", 1 },
	{ "IP-58 leaves without an identity", PEER, TO_PHONE, VIA MF "Privacy: id\r\n",
	  "Privacy: -\n", 0 },
	{ "IP-58 not fulfilled here", ALICE, TO_PHONE, VIA MF "Privacy: id\r\n", "Privacy: id\n",
	  0 },
	{ "IP-58 not fulfilled here, forged", ALICE, TO_PHONE, VIA MF PAI "Privacy: id\r\n",
	  "P-Asserted-Identity: -\nPrivacy: id\n", 1 },
	{ "IP-58 fulfilled for a stranger's", BRANCH, TO_PHONE, VIA MF PAI "Privacy: id\r\n",
	  "P-Asserted-Identity: -\nPrivacy: -\n", 1 },
	{ "IP-62", PEER, TO_PHONE, VIA MF PAI "Privacy: user;header\r\n",
	  KEPT "Privacy: user;header\n", 0 },
	{ "malformed Privacy: none;id", PEER, TO_PHONE,
	  VIA MF PAI "Privacy: none\r\nPrivacy: id\r\n",
	  "P-Asserted-Identity: -\nPrivacy: none, id\n", 1 },
	{ "Privacy in a list", OFFICE, TO_PHONE, VIA MF PAI "Privacy: id\r\n",
	  "P-Asserted-Identity: -\nPrivacy: -\n", 2 },
	{ "PK-19 from a user agent", ALICE, TO_PEER, VIA MF INTERNAL, NO_INTERNAL, 10 },
	{ "PK-19 from another domain", ALICE, TO_PEER, TWO INTERNAL, NO_INTERNAL, 10 },
	{ "PK-20 to a user agent", PEER, TO_PHONE, VIA MF INTERNAL, NO_INTERNAL, 10 },
	{ "PK-20 within", PEER, TO_PEER, VIA MF INTERNAL, ALL_INTERNAL, 0 },
	{ "PK-20 to a zone by port", PEER, TO_LAN, VIA MF INTERNAL, ALL_INTERNAL, 0 },
	{ "written list out, trusted", PEER, TO_PARTNER,
	  VIA MF "P-Charging-Vector: icid-value=1\r\nP-Profile-Key: <sip:a@b.c>\r\n",
	  "P-Charging-Vector: -\nP-Profile-Key: <sip:a@b.c>\n", 1 },
	{ "written list out", PEER, TO_OFFICE,
	  VIA MF "P-Profile-Key: <sip:a@b.c>\r\nuser-agent: x\r\nx-trace: 1\r\nX-Tracer: 1\r\n",
	  "P-Profile-Key: <sip:a@b.c>\nUser-Agent: -\nX-Trace: -\nX-Tracer: 1\n", 2 },
	{ "written list in, compact", OFFICE, TO_PEER,
	  VIA MF "Subject: x\r\ns: y\r\nX-SECRET: z\r\nX-Secrets: z\r\nX-Trace: 1\r\n" PAI,
	  "Subject: -\nX-Secret: -\nX-Secrets: z\nX-Trace: 1\n" KEPT, 3 },
	{ "written list in is all", OFFICE, TO_PEER, VIA MF RR PANI_NP,
	  "Record-Route: <sip:192.0.2.10:5060;lr;vd=" ANY
	  ">, <sip:x.example;lr>\nP-Access-Network-Info: DOCSIS;network-provided\n",
	  0 },
	{ "written list in, one name alone", OFFICE, TO_PEER,
	  VIA MF "P-Refused-URI-List: <sip:a@b.c>\r\n", "P-Refused-URI-List: -\n", 1 },
	{ "written list in, a long name alone", OFFICE, TO_PEER, VIA MF LONG_NAME ": x\r\n",
	  LONG_NAME ": -\n", 1 },
	{ "both ways at once", OFFICE, TO_PHONE, VIA MF "X-Secret: 1\r\n" PANI "Subject: x\r\n",
	  "X-Secret: -\nP-Access-Network-Info: -\nSubject: -\n", 3 },
	{ "RFC6050 a wish", ALICE, TO_PEER, VIA MF "P-Preferred-Service: urn:urn-7:x\r\n",
	  "P-Preferred-Service: urn:urn-7:x\n", 0 },
	{ "RFC6050 a wish is not passed on", PEER, TO_PHONE,
	  VIA MF "P-Preferred-Service: urn:urn-7:x\r\n", "P-Preferred-Service: -\n", 1 },
	{ "RFC7315-4.2.2.1", ALICE, TO_PEER, VIA MF "P-Called-Party-ID: <sip:b@c.d>\r\n",
	  "P-Called-Party-ID: -\n", 1 },
	{ "IP-50", PEER, TO_PHONE, VIA MF "P-Called-Party-ID: <sip:b@c.d>\r\n",
	  "P-Called-Party-ID: <sip:b@c.d>\n", 0 },
	{ "RFC7315-6.4 from a user agent", ALICE, TO_PEER, VIA MF PANI PANI_NP,
	  "P-Access-Network-Info: 3GPP-UTRAN-TDD;utran-cell-id-3gpp=2\n", 1 },
	{ "RFC7315-6.4 second value", ALICE, TO_PEER,
	  VIA MF "P-Access-Network-Info: DOCSIS, GEN ; NETWORK-PROVIDED\r\n",
	  "P-Access-Network-Info: -\n", 1 },
	{ "RFC7315-6.4 to a stranger", PEER, TO_PHONE, VIA MF PANI PANI_NP,
	  "P-Access-Network-Info: -\n", 2 },
	{ "RFC7315-6.4 within", PEER, TO_PEER, VIA MF PANI_NP,
	  "P-Access-Network-Info: DOCSIS;network-provided\n", 0 },
	{ "RFC3261-16 Record-Route, first hop", ALICE, TO_PHONE, VIA MF RR RR,
	  "Record-Route: <sip:192.0.2.10:5060;lr;vd=" ANY ">\n", 2 },
	{ "RFC3261-16 Record-Route, proxy before", ALICE, TO_PHONE, TWO RR,
	  "Record-Route: <sip:192.0.2.10:5060;lr;vd=" ANY ">, <sip:x.example;lr>\n", 0 },
	{ "RFC3261-16 Record-Route, proxy before that forges", ALICE, TO_PHONE, TWO RR PAI,
	  "Record-Route: <sip:192.0.2.10:5060;lr;vd=" ANY ">, <sip:x.example;lr>\n"
	  "P-Asserted-Identity: -\n",
	  1 },
	{ "RFC3261-16 Record-Route, from a peer", PEER, TO_PHONE, VIA MF RR,
	  "Record-Route: <sip:192.0.2.10:5060;lr;vd=" ANY ">, <sip:x.example;lr>\n", 0 },
	{ "Record-Route behind others that go", ALICE, TO_PHONE,
	  VIA MF PAI RR PAI RR "Subject: x\r\n" RR,
	  "Record-Route: <sip:192.0.2.10:5060;lr;vd=" ANY ">\nP-Asserted-Identity: -\nSubject: x\n",
	  5 },
	{ "what is kept", ALICE, TO_PEER,
	  VIA MF
	  "Identity: \"b2s=\"\r\nIdentity-Info: <https://a.b/c>;alg=rsa-sha1\r\nPrivacy: id\r\n"
	  "Resource-Priority: ets.0\r\nGeolocation: <sip:a@b.c>\r\nP-Early-Media: supported\r\n"
	  "Security-Client: digest\r\nHistory-Info: <sip:a@b.c>;index=1\r\n",
	  "Identity: \"b2s=\"\nIdentity-Info: <https://a.b/c>;alg=rsa-sha1\nPrivacy: id\n"
	  "Resource-Priority: ets.0\nGeolocation: <sip:a@b.c>\nP-Early-Media: supported\n"
	  "Security-Client: digest\nHistory-Info: <sip:a@b.c>;index=1\n",
	  0 },
};

static void
check_zones(void **state)
{
	const struct zone_case *r = *state;
	const struct request_case c = { .uri = r->uri, .lines = r->lines };
	struct slice in;

	rig_open(trust_config);
	in = case_message(&c);
	rig_send(in, r->from, EDGE);
	if (rig.out.count != 1)
		fail_msg("%u datagrams left, want 1", rig.out.count);
	if (strncmp(rig_first_line(rig.out.datagram[0].sip), "INVITE ", 7) != 0)
		fail_msg("refused:\n%.*s", SLICE_FMT(rig.out.datagram[0].sip));
	check_headers(rig.out.datagram[0].sip, r->want);
	assert_true(slice_eq(case_tail(in), case_tail(rig.out.datagram[0].sip)));
	assert_int_equal(rig.out.counter[STATS_stripped], r->stripped);
}
GTEST_ROWS(Trust, zones, req, check_zones);

/* ---- a forged line leaves no trace, wherever it stands and however it is spelled ---- */

static const char *const spellings[] = {
	"P-Asserted-Identity: <sip:eve@example.com>\r\n",
	"p-asserted-identity:<sip:eve@example.com>\r\n",
	"P-ASSERTED-IDENTITY \t : \"E, ve\" <sip:eve@example.com>, tel:+491\r\n",
	"P-Asserted-Identity:\r\n <sip:eve@example.com>\r\n",
	"P-Asserted-Identity: \"Eve\"\r\n\t<sip:eve@example.com> ,\r\n  <tel:+491>\r\n",
	"P-Asserted-Identity: <sip:eve@example.com>\r\nP-Asserted-Identity: tel:+491\r\n",
	"p-PROFILE-key : <sip:vip-!.*!@example.com>\r\n",
	"p-asserted-SERVICE\t:\r\n urn:urn-7:x\r\n",
	"Remote-party-id: <sip:eve@example.com>\nP-Charging-Vector: icid-value=1\n",
};

static const char *const places[] = {
	"Via: SIP/2.0/UDP 198.51.100.9:5060;rport;branch=z9hG4bKalice\r\n",
	"Route: <sip:proxy.example;lr>\r\n",
	"Max-Forwards: 70\r\n",
	"Supported: path\r\n",
	"From: <sip:alice@example.org>;tag=a77\r\n",
	"To: <sip:bob@example.com>\r\n",
	"Call-ID: places@198.51.100.9\r\n",
	"X-Header: x\r\n",
	"Contact: <sip:alice@198.51.100.9>\r\n",
	"Content-Length: 4\r\n",
};

/* The request, with `line` in front of header line `place`, or behind the last. */
static struct slice
with_line(const char *method, const char *line, size_t place)
{
	static char text[4096];
	int n = snprintf(text, sizeof(text), "%s " TO_PEER " SIP/2.0\r\nCSeq: 1 %s\r\n", method,
			 method);

	for (size_t i = 0; i <= RTE_DIM(places); i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%s", i == place ? line : "",
			      i < RTE_DIM(places) ? places[i] : "");
	return slice_of(
		text, (size_t)n + (size_t)snprintf(text + n, sizeof(text) - (size_t)n, "\r\nbody"));
}

static const struct {
	const char *label, *config;
} methods[] = {
	{ "INVITE", trust_config },     { "ACK", trust_config },
	{ "CANCEL", trust_config },     { "SUBSCRIBE", trust_config },
	{ "MESSAGE", rig_config_edge }, { "REGISTER", rig_config_edge },
};

static void
check_method(void **state)
{
	const typeof(methods[0]) *r = *state;
	char want[4096];
	size_t len;

	rig_open(r->config);
	for (size_t k = 0; k < RTE_DIM(spellings); k++)
		for (size_t i = 0; i <= RTE_DIM(places); i++) {
			rig_send(with_line(r->label, "", 0), ALICE, EDGE);
			assert_int_equal(rig.out.count, 1);
			len = rig.out.datagram[0].sip.len;
			memcpy(want, rig.out.datagram[0].sip.ptr, len);
			assert_int_equal(strncmp(want, r->label, strlen(r->label)), 0);
			rig_send(with_line(r->label, spellings[k], i), ALICE, EDGE);
			assert_int_equal(rig.out.count, 1);
			if (!slice_eq(rig.out.datagram[0].sip, slice_of(want, len)))
				fail_msg("spelling %zu at %zu:\n%.*s", k, i,
					 SLICE_FMT(rig.out.datagram[0].sip));
		}
}
GTEST_ROWS(PK_19, methods, label, check_method);

/* New ones go where the forged ones stood. */
GTEST(Trust, record_route_every_place)
{
	static const char forged[] =
		"Record-Route: <sip:eve.example;lr>,\r\n <sip:eve2.example;lr>\r\n" PAI
		"record-route : <sip:eve3.example;lr>\r\n";

	rig_open(trust_config);
	for (size_t i = 0; i <= RTE_DIM(places); i++) {
		struct slice sip;

		sip = check_one(rig_send(with_line("INVITE", forged, i), ALICE, EDGE), EDGE, PEER);
		check_headers(sip, "Record-Route: <sip:192.0.2.10:5060;lr;vd=" ANY ">\n"
				   "P-Asserted-Identity: -\nMax-Forwards: 69\nRoute: -\n");
		assert_null(memmem(sip.ptr, sip.len, "eve", 3));
		assert_int_equal(rig.out.counter[STATS_stripped], 3);
	}
}

/* As many as a message can have: all go when they stand together; else none of it gets through. */
GTEST(Trust, many_lines)
{
	char lines[8192];
	const struct request_case c = { .uri = TO_PEER, .lines = lines };

	rig_open(trust_config);
	strcpy(lines, VIA MF);
	for (int i = 0; i < 90; i++)
		strcat(lines, PAI);
	check_headers(check_one(rig_send(case_message(&c), ALICE, EDGE), EDGE, PEER),
		      "P-Asserted-Identity: -\n");
	assert_int_equal(rig.out.counter[STATS_stripped], 90);
	strcpy(lines, VIA MF);
	for (int i = 0; i < 48; i++)
		strcat(lines, PAI "X-A: 1\r\n");
	rig_send(case_message(&c), ALICE, EDGE);
	check_first_line(check_one(&rig.out, EDGE, ALICE),
			 "SIP/2.0 500 Request Cannot Be Forwarded");
}

/* ---- responses ---- */

/* An INVITE goes from `from` to `to`; its response brings `lines` back. */
static const struct {
	const char *req, *from, *uri, *to, *lines, *want;
	unsigned int stripped;
} responses[] = {
	{ "PK-21 from a stranger", PEER, TO_PHONE, PHONE, INTERNAL PAI,
	  NO_INTERNAL "P-Asserted-Identity: -\n", 11 },
	{ "PK-21 to a stranger", ALICE, TO_PEER, PEER, INTERNAL PAI, NO_INTERNAL KEPT, 10 },
	{ "PK-21 within", PEER, TO_PEER, PEER, INTERNAL PAI, ALL_INTERNAL KEPT, 0 },
	{ "RFC3325-7 id", ALICE, TO_PEER, PEER, PAI "Privacy: id\r\n",
	  "P-Asserted-Identity: -\nPrivacy: -\n", 1 },
	{ "IP-55", ALICE, TO_PEER, PEER, PAI "Privacy: none\r\n", KEPT "Privacy: none\n", 0 },
	{ "Record-Route is the dialog's", PEER, TO_PHONE, PHONE, RR PAI,
	  "Record-Route: <sip:x.example;lr>\nP-Asserted-Identity: -\n", 1 },
	{ "written list in", PEER, TO_OFFICE, OFFICE, PAI "X-Secret: 1\r\nSubject: x\r\n",
	  KEPT "X-Secret: -\nSubject: -\n", 2 },
};

static void
check_responses(void **state)
{
	const typeof(responses[0]) *r = *state;
	const struct request_case c = { .uri = r->uri,
					.lines = "Via: SIP/2.0/UDP a.example;rport;"
						 "branch=z9hG4bK1\r\n" MF };
	char text[8192], vias[512];
	int n;

	rig_open(trust_config);
	rig_send(case_message(&c), r->from, EDGE);
	snprintf(vias, sizeof(vias), "%s", rig_header(check_one(&rig.out, EDGE, r->to), "Via"));
	n = snprintf(text, sizeof(text),
		     "SIP/2.0 183 Session Progress\r\n%sVia: %s\r\n"
		     "From: <sip:alice@example.org>;tag=a77\r\nTo: <sip:bob@example.com>;tag=1\r\n"
		     "Call-ID: %s\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
		     r->lines, vias, rig_header(rig.out.datagram[0].sip, "Call-ID"));
	rig_send(slice_of(text, (size_t)n), r->to, EDGE);
	check_headers(check_one(&rig.out, EDGE, r->from), r->want);
	assert_int_equal(rig.out.counter[STATS_stripped], r->stripped);
	assert_int_equal(rig.out.counter[STATS_forwarded_responses], 1);
}
GTEST_ROWS(Trust, responses, req, check_responses);

/* A spiral: on the way through the engine itself nothing leaves the trust domain. */
GTEST(Trust, ourselves)
{
	const struct request_case c = { .uri = "sip:bob@example.com",
					.lines = VIA MF PAI "P-Charging-Vector: icid-value=1\r\n"
							    "Privacy: id\r\n" };

	rig_open(trust_config);
	rig_bind("sip:bob@example.com", "sip:carol@example.com", NULL);
	rig_bind("sip:carol@example.com", "sip:carol@192.0.2.20", NULL);
	check_headers(check_one(rig_send(case_message(&c), PEER, EDGE), EDGE, PEER),
		      KEPT "P-Charging-Vector: icid-value=1\nPrivacy: id\n");
	assert_int_equal(rig.out.counter[STATS_rx], 2);
	assert_int_equal(rig.out.counter[STATS_stripped], 0);
}

/* ---- the registrar ---- */

static struct message_rings rings;

static int
detach(void **state)
{
	(void)state;
	message_rings_detach(&rings);
	rig_open(NULL);
	return 0;
}

static struct slice
punted(const char *from)
{
	static char bytes[MESSAGE_RING_MESSAGE_MAX];
	const struct request_case c = { .method = "REGISTER",
					.uri = "sip:example.com",
					.lines = VIA "P-Profile-Key: <sip:a@b.c>\r\n" PAI RR
						     "Privacy: id\r\nSubject: x\r\n" PANI_NP PANI };
	struct message_head head;

	rig_send(case_message(&c), from, EDGE);
	assert_int_equal(rig.out.counter[STATS_punted], 1);
	assert_true(message_ring_get(&rings.punt[0], &head, bytes));
	return slice_of(bytes, head.length);
}

GTEST_F(Trust, registrar, NULL, detach)
{
	rig_open(NULL);
	rig_open(trust_config);
	assert_int_equal(message_rings_create(&rings, rig.engine->config->shm_dir, 1, 1024),
			 SEGMENT_OK);
	segment_beat(&rings.segment);
	via_engine_tick(rig.engine);
	check_headers(punted(STRANGER),
		      "P-Profile-Key: -\nP-Asserted-Identity: -\nRecord-Route: -\n"
		      "Privacy: id\nSubject: x\n"
		      "P-Access-Network-Info: 3GPP-UTRAN-TDD;utran-cell-id-3gpp=2\n");
	assert_int_equal(rig.out.counter[STATS_stripped], 4);
	check_headers(punted(PEER),
		      "P-Profile-Key: <sip:a@b.c>\n" KEPT "Privacy: id\nSubject: x\n");
	assert_int_equal(rig.out.counter[STATS_stripped], 0);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
