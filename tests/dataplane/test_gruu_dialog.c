/* SPDX-License-Identifier: BSD-3-Clause */
/** GRUUs and dialogs: Route, Record-Route, and whose GRUU a Contact may be (RFC 5627 §6.1, §6.2). */
#include "gruu.h"

#define PATH_GRUU "sip:path@example.com;gr=" ID_X
#define AT_EP2 "192.0.2.41:5060"
#define OURS "<sip:p1.example.com;lr>"
#define RR_OURS "<sip:192.0.2.10:5060;lr;vd=" ANY ">"

/* GR-50: the Route that is left leads, and the stored Path does not. */
static const struct row {
	const char *req;
	struct request_case c;
} routes[] = {
	{ "GR-50", { .uri = PATH_GRUU, .lines = VIA MF "Route: " OURS ", <sip:T@192.0.2.41;lr>\r\n",
	    .to = AT_EP2, .first = TO_PATH, .want = "Route: <sip:T@192.0.2.41;lr>\n" } },
	{ "GR-50 in a dialog", { .uri = PATH_GRUU, .method = "BYE", .to_tag = ";tag=b", .to = AT_EP2,
	    .lines = VIA MF "Route: " OURS ", <sip:T@192.0.2.41;lr>, <sip:192.0.2.42;lr>\r\n",
	    .first = "BYE sip:p@10.0.0.5:5061 SIP/2.0",
	    .want = "Route: <sip:T@192.0.2.41;lr>, <sip:192.0.2.42;lr>\n" } },
	{ "GR-50 temporary", { .uri = "sip:{45}@example.com;gr", .to = AT_EP2, .first = TO_PATH,
	    .lines = VIA MF "Route: " OURS "\r\nRoute: <sip:T@192.0.2.41;lr>\r\n",
	    .want = "Route: <sip:T@192.0.2.41;lr>\n" } },
	{ "GR-50 no Path stored", { .uri = PUBLIC(ID_X), .to = AT_EP2, .first = TO_X,
	    .lines = VIA MF "Route: <sip:192.0.2.41;lr>\r\n", .want = "Route: <sip:192.0.2.41;lr>\n" } },
	{ "GR-50 strict router", { .uri = PATH_GRUU, .to = AT_EP2,
	    .lines = VIA MF "Route: " OURS ", <sip:192.0.2.41>, <sip:192.0.2.42;lr>\r\n",
	    .first = "INVITE sip:192.0.2.41 SIP/2.0",
	    .want = "Route: <sip:192.0.2.42;lr>, <sip:p@10.0.0.5:5061>\n" } },
	{ "GR-50 strict router, with grid", { .uri = DRAFT(ID_X) ";grid=1", .to = AT_EP2,
	    .lines = VIA MF "Route: <sip:192.0.2.41>\r\n", .first = "INVITE sip:192.0.2.41 SIP/2.0",
	    .want = "Route: <sip:bob@203.0.113.50;grid=1>\n" } },
	{ "GR-50 from a strict router", { .uri = "sip:192.0.2.10;lr", .to = AT_EP2, .first = TO_PATH,
	    .lines = VIA MF "Route: <sip:192.0.2.41;lr>, <" PATH_GRUU ">\r\n",
	    .want = "Route: <sip:192.0.2.41;lr>\n" } },
	{ "GR-50 no way by the stored Path", { .uri = "sip:lost@example.com;gr=" ID_X, .to = AT_EP2,
	    .lines = VIA MF "Route: <sip:192.0.2.41;lr>\r\n",
	    .first = "INVITE sip:l@10.0.0.5 SIP/2.0", .want = "Route: <sip:192.0.2.41;lr>\n" } },
	{ "GR-50 unknown", { .uri = PUBLIC(ID_NEVER), .first = R404,
	    .lines = VIA MF "Route: " OURS ", <sip:192.0.2.41;lr>\r\n" } },
	{ "GR-50 no binding", { .uri = PUBLIC(ID_Z), .first = R480,
	    .lines = VIA MF "Route: " OURS ", <sip:192.0.2.41;lr>\r\n" } },
	{ "GR-50 nowhere", { .uri = PATH_GRUU, .first = "SIP/2.0 404 No Route To This Domain",
	    .lines = VIA MF "Route: " OURS ", <sip:unknown.example;lr>\r\n" } },
	{ "GR-50 a stranger's Route", { .uri = PATH_GRUU, .from = STRANGER,
	    .lines = "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK1\r\n" MF
		     "Route: " OURS ", <sip:203.0.113.99;lr>\r\n",
	    .first = "SIP/2.0 403 Relaying Denied" } },
	{ "GR-50 not of an AOR", { .uri = "sip:path@example.com", .to = AT_EP2,
	    .lines = VIA MF "Route: " OURS ", <sip:192.0.2.41;lr>\r\n",
	    .first = "INVITE sip:path@example.com SIP/2.0", .want = "Route: <sip:192.0.2.41;lr>\n" } },
	{ "GR-50 not of another domain's", { .uri = "sip:u@other.example;gr=" ID_X, .to = AT_EP2,
	    .lines = VIA MF "Route: <sip:192.0.2.41;lr>\r\n",
	    .first = "INVITE sip:u@other.example;gr=" ID_X " SIP/2.0" } },
};

static void
check_route(void **state)
{
	static const struct rig_instance known[] = { { ID_X, 0 } };
	static const struct rig_binding lost[] = {
		{ "sip:l@10.0.0.5", "<sip:unknown.example;lr>", ID_X },
	};
	const struct row *r = *state;
	struct request_case c = r->c;

	gruu_open(gruu_rfc);
	rig_bind_instances("sip:lost@example.com", lost, 1, known, 1);
	c.uri = gruu_expand(c.uri);
	run_case(&c);
}
GTEST_ROWS(Gruu, routes, req, check_route);

/* GR-50: a request that came back by its Route is a loop, one with another Route is none. */
GTEST(Gruu, GR_50_loop)
{
	struct request_case c = { .uri = PATH_GRUU, .to = AT_EP2, .first = TO_PATH, .from = PEER };
	char lines[1024], vias[512];

	gruu_open(gruu_rfc);
	snprintf(lines, sizeof(lines), VIA MF "Call-ID: loop\r\nRoute: <sip:192.0.2.41;lr>\r\n");
	for (int pass = 0; pass < 3; pass++) {
		char text[2048];

		snprintf(text, sizeof(text), "INVITE " PATH_GRUU " SIP/2.0\r\n%s" MF
			 "Route: <sip:192.0.2.4%d;lr>\r\nFrom: <sip:a@b.example>;tag=1\r\n"
			 "To: <sip:c@b.example>\r\nCall-ID: loop\r\nCSeq: 1 INVITE\r\n"
			 "Content-Length: 0\r\n\r\n", pass == 0 ? VIA : lines, pass == 2 ? 2 : 1);
		rig_send(slice_str(text), PEER, EDGE);
		assert_int_equal(rig.out.count, 1);
		check_first_line(rig.out.datagram[0].sip,
				 pass == 1 ? "SIP/2.0 482 Loop Detected" : c.first);
		if (pass == 0) {
			snprintf(vias, sizeof(vias), "%s", rig_header(rig.out.datagram[0].sip, "Via"));
			snprintf(lines, sizeof(lines),
				 "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKfar\r\nVia: %s\r\n", vias);
		}
	}
}

/* Scenario 10 by the Record-Route that we wrote, from somebody who may not relay. */
GTEST(Gruu, GR_50_by_our_record_route)
{
	static const struct request_case invite = { .uri = PATH_GRUU, .lines = VIA MF };
	static const char via[] = "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bKbye\r\n" MF;
	char text[1024], route[256];

	gruu_open(gruu_rfc);
	rig_send(case_message(&invite), ALICE, EDGE);
	snprintf(route, sizeof(route), "%s", rig_header(rig.out.datagram[0].sip, "Record-Route"));
	snprintf(text, sizeof(text), "BYE " PATH_GRUU " SIP/2.0\r\n%sRoute: %s\r\n"
		 "Route: <sip:T@192.0.2.41;lr>\r\nFrom: <sip:alice@example.org>;tag=a77\r\n"
		 "To: <sip:bob@example.com>;tag=b\r\nCall-ID: %s\r\nCSeq: 2 BYE\r\n"
		 "Content-Length: 0\r\n\r\n", via, route,
		 rig_header(rig.out.datagram[0].sip, "Call-ID"));
	rig_send(slice_str(text), STRANGER, EDGE);
	check_first_line(check_one(&rig.out, EDGE, AT_EP2), "BYE sip:p@10.0.0.5:5061 SIP/2.0");
	check_headers(rig.out.datagram[0].sip, "Route: <sip:T@192.0.2.41;lr>\nRecord-Route: -\n");
}

/* ---- Record-Route where the configuration has none ---- */

static const struct rr_row {
	const char *req, *config;
	struct request_case c;
} record_routes[] = {
	{ "GR-60 by GRUU", gruu_no_rr, { .uri = PATH_GRUU, .to = AT_EP1, .first = TO_PATH,
	    .want = "Record-Route: " RR_OURS "\n" } },
	{ "GR-60 by temporary GRUU", gruu_no_rr, { .uri = "sip:{45}@example.com;gr", .to = AT_EP1,
	    .first = TO_PATH, .want = "Record-Route: " RR_OURS "\n" } },
	{ "GR-60 by AOR", gruu_no_rr, { .uri = "sip:path@example.com", .to = AT_EP1, .first = TO_PATH,
	    .want = "Record-Route: " RR_OURS "\n" } },
	{ "GR-60 with others", gruu_no_rr, { .uri = "sip:path@example.com", .to = AT_EP1,
	    .lines = VIA MF "Record-Route: <sip:x.example;lr>\r\n", .first = TO_PATH, .from = PEER,
	    .want = "Record-Route: " RR_OURS ", <sip:x.example;lr>\n" } },
	{ "GR-60 no Path", gruu_no_rr, { .uri = PUBLIC(ID_X), .to = AT_X, .first = TO_X,
	    .want = "Record-Route: -\n" } },
	{ "GR-60 no instance", gruu_no_rr, { .uri = "sip:plain@example.com", .to = AT_EP1,
	    .first = "INVITE sip:plain@10.0.0.5 SIP/2.0", .want = "Record-Route: -\n" } },
	{ "GR-60 no dialog", gruu_no_rr, { .uri = PATH_GRUU, .method = "MESSAGE", .to = AT_EP1,
	    .first = "MESSAGE sip:p@10.0.0.5:5061 SIP/2.0", .want = "Record-Route: -\n" } },
	{ "GR-60 in a dialog", gruu_no_rr, { .uri = PATH_GRUU, .to_tag = ";tag=b", .to = AT_EP1,
	    .first = TO_PATH, .want = "Record-Route: -\n" } },
	{ "GR-60 no GRUUs", gruu_off_no_rr, { .uri = "sip:path@example.com", .to = AT_EP1,
	    .first = TO_PATH, .want = "Record-Route: -\n" } },
	{ "GR-62 otherwise always", gruu_rfc, { .uri = PUBLIC(ID_X), .to = AT_X, .first = TO_X,
	    .want = "Record-Route: " RR_OURS "\n" } },
};

static void
check_record_route(void **state)
{
	const struct rr_row *r = *state;
	struct request_case c = r->c;

	gruu_open(r->config);
	rig_bind("sip:plain@example.com", "sip:plain@10.0.0.5|<sip:192.0.2.40;lr>", NULL);
	c.uri = gruu_expand(c.uri);
	if (c.lines == NULL)
		c.lines = VIA MF;
	run_case(&c);
}
GTEST_ROWS(Gruu, record_routes, req, check_record_route);

/* ---- Contact ---- */

#define HAS_RR true
#define FORWARDED true
#define REFUSED false
#define ALICES "<sip:alice@example.com;gr=" ID_X ">"
#define BOBS "<" PUBLIC(ID_X) ">"
#define FROM_ALICE "<sip:alice@example.com>;tag=1"
#define FROM_BOB "Bob <sip:%62ob@EXAMPLE.com:5060;x=y>;tag=1"
#define FROM_FAR "<sip:carol@far.example>;tag=1"
#define TEL "<tel:+49301234567>;tag=1"
#define NOBODY "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1"

/* From, Contact, method, whether the edge has record-routed, what becomes of it, and whether we do
 * record-route with proxy.record_route: false. */
static const struct contact_row {
	const char *req, *from, *contact, *method;
	bool has_rr, forwarded, stays;
} contacts[] = {
	{ "GR-58", FROM_ALICE, ALICES, "INVITE", HAS_RR, FORWARDED, true },
	{ "GR-58 temporary", FROM_ALICE, "<sip:{46}@example.com;gr>", "INVITE", HAS_RR, FORWARDED, true },
	{ "GR-58 draft form", FROM_BOB, "<" DRAFT(ID_Y) ">;x=y", "INVITE", HAS_RR, FORWARDED, true },
	{ "GR-58 sips", FROM_ALICE, "<sips:alice@example.com;%67R=" ID_X ">", "INVITE", HAS_RR, FORWARDED, true },
	{ "GR-58 SUBSCRIBE", FROM_ALICE, ALICES, "SUBSCRIBE", HAS_RR, FORWARDED, true },
	{ "GR-58 no Record-Route", FROM_ALICE, ALICES, "INVITE", !HAS_RR, FORWARDED, false },
	{ "GR-58 no dialog", FROM_ALICE, ALICES, "MESSAGE", HAS_RR, FORWARDED, false },
	{ "GR-58 not valid", FROM_ALICE, "<sip:alice@example.com;gr=" ID_Y ">", "INVITE", HAS_RR, FORWARDED, false },
	{ "GR-58 no GRUU", FROM_ALICE, "<sip:a@198.51.100.9;ob>;+sip.instance=\"<" ID_X ">\"", "INVITE",
	  HAS_RR, FORWARDED, false },
	{ "GR-58 another domain's", FROM_ALICE, "<sip:alice@far.example;gr=" ID_X ">", "INVITE", HAS_RR,
	  FORWARDED, false },
	{ "GR-59", FROM_ALICE, BOBS, "INVITE", HAS_RR, REFUSED, false },
	{ "GR-59 no Record-Route", FROM_ALICE, BOBS, "INVITE", !HAS_RR, REFUSED, false },
	{ "GR-59 not in brackets' first value", FROM_ALICE, BOBS ";x=\"a,b\"", "REFER", HAS_RR, REFUSED, false },
	{ "GR-59 draft form", FROM_ALICE, "<" DRAFT(ID_X) ">", "INVITE", HAS_RR, REFUSED, false },
	{ "GR-59 temporary", FROM_ALICE, "<sip:{42}@example.com;gr>", "INVITE", HAS_RR, REFUSED, false },
	{ "GR-59 of a stranger", FROM_FAR, BOBS, "INVITE", HAS_RR, REFUSED, false },
	{ "GR-59 of nobody", NOBODY, BOBS, "INVITE", HAS_RR, REFUSED, false },
	{ "GR-59 of a telephone number", TEL, BOBS, "INVITE", HAS_RR, REFUSED, false },
	{ "GR-59 of a telephone number, no GRUU", TEL, "<sip:bob@example.com>", "INVITE", HAS_RR, FORWARDED, false },
	{ "GR-59 temporary, of a telephone number", TEL, "<sip:{42}@example.com;gr>", "INVITE", HAS_RR, REFUSED, false },
	{ "GR-59 temporary, of a stranger", FROM_FAR, "<sip:{42}@example.com;gr>", "INVITE", HAS_RR, REFUSED, false },
	{ "GR-59 temporary, of nobody, in capitals", "<SIP:x@ANONYMOUS.invalid>;tag=1", "<sip:{42}@example.com;gr>", "INVITE", HAS_RR, FORWARDED, false },
	{ "GR-59 temporary, of nobody here", "<sip:anonymous@example.com>;tag=1", "<sip:{42}@example.com;gr>", "INVITE", HAS_RR, REFUSED, false },
	{ "GR-59 temporary, another tenant's", NOBODY, "<sip:{42}@example.net;gr>", "INVITE", HAS_RR, FORWARDED, false },
	{ "GR-59 temporary, of nobody", NOBODY, "<sip:{42}@example.com;gr>", "INVITE", HAS_RR, FORWARDED, false },
	{ "GR-59 temporary, of another domain", FROM_ALICE, "<sip:{42}@far.example;gr>", "INVITE", HAS_RR, FORWARDED, false },
	{ "GR-59 not valid", FROM_ALICE, "<" PUBLIC(ID_NEVER) ">", "INVITE", HAS_RR, FORWARDED, false },
	{ "GR-59 unknown epoch", FROM_ALICE, "<sip:{999}@example.com;gr>", "INVITE", HAS_RR, FORWARDED, false },
	{ "GR-59 not valid: altered", FROM_ALICE, "<sip:tgruu.x@example.com;gr>", "INVITE", HAS_RR, FORWARDED, false },
	{ "GR-59 no dialog", FROM_ALICE, BOBS, "OPTIONS", HAS_RR, FORWARDED, false },
	{ "GR-59 the same user elsewhere", "<sip:bob@example.net>;tag=1", BOBS, "INVITE", HAS_RR, REFUSED, false },
	{ "GR-59 by case of the user", "<sip:BOB@example.com>;tag=1", BOBS, "INVITE", HAS_RR, REFUSED, false },
};

static const char *
with_contact(const struct contact_row *r, const char *to_tag)
{
	static char text[2048];

	snprintf(text, sizeof(text), "%s sip:u@other.example SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKc\r\n" VIA MF "%s"
		 "From: %s\r\nTo: <sip:u@other.example>%s\r\nContact: %s\r\nCall-ID: c@x\r\n"
		 "CSeq: 1 %s\r\nEvent: x\r\nRefer-To: <sip:x@y>\r\nContent-Length: 0\r\n\r\n", r->method,
		 r->has_rr ? "Record-Route: <sip:ep.example;lr>\r\n" : "", r->from, to_tag,
		 gruu_expand(r->contact), r->method);
	return text;
}

static void
check_contact(void **state)
{
	const struct contact_row *r = *state;
	char want[128];

	for (int always = 0; always < 2; always++) {
		bool ours = always ? strcmp(r->method, "MESSAGE") != 0 && strcmp(r->method, "OPTIONS") != 0
				   : r->stays;

		gruu_open(always ? gruu_rfc : gruu_no_rr);
		rig_send(slice_str(with_contact(r, "")), PEER, EDGE);
		if (!r->forwarded) {
			check_first_line(check_one(&rig.out, EDGE, PEER), "SIP/2.0 403 GRUU Is Not Yours");
			continue;
		}
		check_one(&rig.out, EDGE, "192.0.2.30:5060");
		snprintf(want, sizeof(want), "Record-Route: %s%s%s\n", ours ? RR_OURS : "",
			 ours && r->has_rr ? ", " : "", r->has_rr ? "<sip:ep.example;lr>" : ours ? "" : "-");
		check_headers(rig.out.datagram[0].sip, want);
	}
}
GTEST_ROWS(Gruu, contacts, req, check_contact);

/* What is inside a dialog is not looked at; without GRUUs nothing is. */
GTEST(Gruu, GR_59_elsewhere)
{
	static const struct contact_row r = { "", FROM_ALICE, BOBS, "INVITE", HAS_RR, 0, 0 };

	gruu_open(gruu_rfc);
	rig_send(slice_str(with_contact(&r, ";tag=b")), PEER, EDGE);
	check_one(&rig.out, EDGE, "192.0.2.30:5060");
	gruu_open(gruu_off);
	rig_send(slice_str(with_contact(&r, "")), PEER, EDGE);
	check_one(&rig.out, EDGE, "192.0.2.30:5060");
}

/* Scenario 11, towards a user of ours: the look-up of the Contact does not spoil that of the target. */
GTEST(Gruu, GR_59_GR_43_both)
{
	static const struct request_case own = { .uri = PUBLIC(ID_X), .to = AT_X, .first = TO_X,
		.who = "<sip:alice@example.com>", .lines = VIA MF "Contact: <sip:{46}@example.com;gr>\r\n" };
	static const struct request_case others = { .uri = PUBLIC(ID_X),
		.first = "SIP/2.0 403 GRUU Is Not Yours",
		.lines = VIA MF "Contact: <sip:alice@example.com;gr=" ID_X ">\r\n" };

	gruu_run(gruu_rfc, &own);
	gruu_run(gruu_rfc, &others);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
