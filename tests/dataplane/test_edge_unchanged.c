/* SPDX-License-Identifier: BSD-3-Clause */
/** What passes an edge as it is, what each request gets, and what an edge never sends by itself. */
#include "cases.h"

#define UA STRANGER
#define BOB_URI "sip:bob@10.0.0.5:5060"
#define UA_VIA "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKbob\r\n"
#define KEEP_VIA "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;keep;branch=z9hG4bKbob\r\n"
#define VALUE_VIA "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;keep=7;branch=z9hG4bKbob\r\n"
#define PEER_VIA "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKhp\r\n"
#define HOME "192.0.2.30:5060"
#define CONTACT "Contact: <sip:bob@10.0.0.5:5060>"
#define INSTANCE ";+sip.instance=\"<urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21>\"\r\n"

static const char usual[] = RIG_NETWORKS "edge: {enabled: true, name: ep1.example.com}\n";

/* ---- responses ---- */

struct answer_case {
	const char *req;
	const char *method, *via; /* of the user agent's request */
	const char *to_tag;
	const char *status;
	const char *lines; /* of the answer, in front of From */
};

#define PATHS "Path: <sip:p3.example.com;lr>, <sip:x;y@ep1.example.com;lr;ob>\r\n"
#define SERVICE                                                                                    \
	"Service-Route: <sip:ep1.example.com;lr>, "                                                \
	"<sip:p3.example.com;lr>\r\nService-Route:<sip:h>\r\n"

static const struct answer_case answers[] = {
	{ "OB-11", "REGISTER", UA_VIA, "", "200 OK", PATHS },
	{ "OB-11 of a failure", "REGISTER", UA_VIA, "", "420 Bad Extension", PATHS },
	{ "RC-12", "REGISTER", UA_VIA, "", "200 OK", PATHS SERVICE },
	{ "RC-12 of a failure", "REGISTER", UA_VIA, "", "403 Forbidden", SERVICE },
	{ "OB-15 in a dialog", "INVITE", KEEP_VIA, ";tag=d", "200 OK", CONTACT "\r\n" },
	{ "OB-15 in a subscription", "SUBSCRIBE", KEEP_VIA, ";tag=d", "200 OK", CONTACT "\r\n" },
	{ "OB-14 a value of the user agent", "REGISTER", VALUE_VIA, "", "200 OK", "" },
	{ "OB-16 no dialog", "MESSAGE", KEEP_VIA, "", "200 OK", "" },
	{ "OB-51 from the registrar", "REGISTER", UA_VIA, "",
	  "439 First Hop Lacks Outbound Support", "" },
	{ "RC-30", "INVITE", UA_VIA, "", "305 Use Proxy", "Contact: <sip:ep2.example.com;lr>\r\n" },
	{ "RC-30 in a dialog", "BYE", UA_VIA, ";tag=d", "305 Use Proxy",
	  "Contact: <sip:ep2.example.com;lr>\r\n" },
};

/* The Via values of the one datagram that left, ours first. */
static void
take_vias(char own[256], char rest[512])
{
	struct slice all, top;

	assert_int_equal(rig.out.count, 1);
	all = slice_str(rig_header(rig.out.datagram[0].sip, "Via"));
	top = slice_cut(&all, ',');
	snprintf(own, 256, "%.*s", SLICE_FMT(top));
	snprintf(rest, 512, "%.*s", SLICE_FMT(all));
}

/* What an answer is besides the Via of ours. */
static void
write_answer(char *text, size_t size, const char *status, const char *own, const char *rest,
	     const char *lines, const char *method)
{
	snprintf(text, size,
		 "SIP/2.0 %s\r\n%s%s%sVia:%s\r\n%s"
		 "From: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: r\r\nCSeq: 1 %s\r\n"
		 "Content-Length: 0\r\n\r\n",
		 status, own != NULL ? "Via: " : "", own != NULL ? own : "",
		 own != NULL ? "\r\n" : "", rest, lines, method);
}

static void
check_answer(void **state)
{
	const struct answer_case *a = *state;
	char own[256], rest[512], lines[512], text[2048], want[2048];
	struct request_case c = {
		.method = a->method, .uri = "sip:other.example", .to_tag = a->to_tag, .lines = lines
	};
	struct slice sip;

	rig_open(usual);
	snprintf(lines, sizeof(lines), "%s" MF "Supported: path\r\n" CONTACT "\r\n", a->via);
	rig_send(case_message(&c), UA, EDGE);
	take_vias(own, rest);
	write_answer(text, sizeof(text), a->status, own, rest, a->lines, a->method);
	sip = check_one(rig_send(slice_str(text), HOME, EDGE), EDGE, UA);
	write_answer(want, sizeof(want), a->status, NULL, rest, a->lines, a->method);
	if (!slice_eq(sip, slice_str(want)))
		fail_msg("got:\n%.*swant:\n%s", SLICE_FMT(sip), want);
}
GTEST_ROWS(EdgeUnchanged, answers, req, check_answer);

/* RC-33: a user agent cannot send us elsewhere. */
GTEST(EdgeUnchanged, RC_33_305_of_a_user_agent)
{
	char own[256], rest[512], lines[512], text[2048];
	struct request_case c = { .uri = BOB_URI, .lines = lines };
	struct slice sip;

	rig_open(usual);
	snprintf(lines, sizeof(lines), PEER_VIA MF "Route: <sip:%s@ep1.example.com;lr>\r\n",
		 rig_token(FLOW_TOKEN_PATH, EDGE, UA));
	rig_send(case_message(&c), PEER, EDGE);
	take_vias(own, rest);
	write_answer(text, sizeof(text), "305 Use Proxy", own, rest,
		     "Contact: <sip:203.0.113.66;lr>\r\n", "INVITE");
	sip = check_one(rig_send(slice_str(text), UA, EDGE), EDGE, PEER);
	check_first_line(sip, "SIP/2.0 305 Use Proxy");
	assert_int_equal(rig.out.counter[STATS_forwarded_responses], 1);
}

/* OB-80, RFC 3581: a response returns by the flow, whatever its sender's address is. */
GTEST(EdgeUnchanged, OB_80_over_the_flow)
{
	char own[256], rest[512], text[2048];
	struct request_case c = { .uri = "sip:other.example", .lines = UA_VIA MF };

	rig_open(usual);
	rig_send(case_message(&c), UA, "192.0.2.10:5070");
	take_vias(own, rest);
	write_answer(text, sizeof(text), "180 Ringing", own, rest, "", "INVITE");
	check_one(rig_send(slice_str(text), "192.0.2.31:5066", EDGE), "192.0.2.10:5070", UA);
}

/* ---- requests ---- */

#define TOKEN_ROUTE "Route: <sip:$@ep1.example.com;lr>\r\n"

/* OB-31: in both directions, in a dialog and outside of it. */
static const struct {
	const char *req;
	struct request_case c; /* $ stands for a Path token of the user agent */
} counted[] = {
	{ "OB-31 incoming",
	  { .uri = BOB_URI,
	    .from = PEER,
	    .lines = PEER_VIA MF TOKEN_ROUTE,
	    .to = UA,
	    .first = "INVITE " BOB_URI " SIP/2.0",
	    .want = "Max-Forwards: 69\nMax-Breadth: 60\n" } },
	{ "OB-31 incoming, its own",
	  { .uri = BOB_URI,
	    .from = PEER,
	    .to = UA,
	    .lines = PEER_VIA "Max-Forwards: 9\r\nMax-Breadth: 7\r\n" TOKEN_ROUTE,
	    .first = "INVITE " BOB_URI " SIP/2.0",
	    .want = "Max-Forwards: 8\nMax-Breadth: 7\n" } },
	{ "OB-31 incoming ACK",
	  { .uri = BOB_URI,
	    .from = PEER,
	    .method = "ACK",
	    .to_tag = ";tag=d",
	    .lines = PEER_VIA MF TOKEN_ROUTE,
	    .to = UA,
	    .first = "ACK " BOB_URI " SIP/2.0",
	    .want = "Max-Forwards: 69\nMax-Breadth: 60\n" } },
	{ "OB-31 outgoing",
	  { .uri = "sip:c@other.example",
	    .from = UA,
	    .to = HOME,
	    .lines = UA_VIA MF TOKEN_ROUTE,
	    .first = "INVITE sip:c@other.example SIP/2.0",
	    .want = "Max-Forwards: 69\nMax-Breadth: 60\n" } },
	{ "OB-31 outgoing, too many",
	  { .uri = "sip:c@other.example",
	    .from = UA,
	    .to = HOME,
	    .lines = UA_VIA "Max-Forwards: 255\r\nMax-Breadth: 1000\r\n" TOKEN_ROUTE,
	    .first = "INVITE sip:c@other.example SIP/2.0",
	    .want = "Max-Forwards: 69\nMax-Breadth: 60\n" } },
	{ "OB-31 outgoing BYE",
	  { .uri = "sip:c@other.example",
	    .from = UA,
	    .to = HOME,
	    .method = "BYE",
	    .to_tag = ";tag=d",
	    .lines = UA_VIA MF TOKEN_ROUTE,
	    .first = "BYE sip:c@other.example SIP/2.0",
	    .want = "Max-Forwards: 69\nMax-Breadth: 60\n" } },
	{ "OB-31 incoming, spent",
	  { .uri = BOB_URI,
	    .from = PEER,
	    .lines = PEER_VIA "Max-Forwards: 0\r\n" TOKEN_ROUTE,
	    .first = "SIP/2.0 483 Too Many Hops" } },
	{ "OB-31 two values",
	  { .uri = BOB_URI,
	    .from = PEER,
	    .lines = PEER_VIA MF "Max-Breadth: 5\r\nMax-Breadth: 5\r\n" TOKEN_ROUTE,
	    .first = "SIP/2.0 400 Bad Max-Breadth" } },
	/* OB-51: an edge lets those through who do not ask for outbound, or ask without reg-id */
	{ "OB-51 no Supported: outbound",
	  { .method = "REGISTER",
	    .uri = "sip:other.example",
	    .from = UA,
	    .lines = UA_VIA MF "Supported: path\r\n" CONTACT ";reg-id=1" INSTANCE,
	    .to = HOME,
	    .first = "REGISTER sip:other.example SIP/2.0" } },
	{ "OB-51 no reg-id",
	  { .method = "REGISTER",
	    .uri = "sip:other.example",
	    .from = UA,
	    .lines = UA_VIA MF "Supported: outbound\r\n" CONTACT "\r\n",
	    .to = HOME,
	    .first = "REGISTER sip:other.example SIP/2.0" } },
	/* OB-04 */
	{ "OB-04",
	  { .method = "REGISTER",
	    .uri = "sip:other.example",
	    .from = UA,
	    .lines = UA_VIA MF "Supported: path, outbound\r\n" CONTACT ";reg-id=1" INSTANCE,
	    .to = HOME,
	    .first = "REGISTER sip:other.example SIP/2.0",
	    .want = "Path: <sip:$@ep1.example.com;lr;ob>\n" } },
};

static const char *
expand(const char *text, char *out, size_t size)
{
	const char *dollar = text != NULL ? strchr(text, '$') : NULL;

	if (dollar == NULL)
		return text;
	snprintf(out, size, "%.*s%s%s", (int)(dollar - text), text,
		 rig_token(FLOW_TOKEN_PATH, EDGE, UA), dollar + 1);
	return out;
}

static void
check_counted(void **state)
{
	struct request_case c = ((const typeof(counted[0]) *)*state)->c;
	char lines[1024], want[512];

	rig_open(usual);
	c.lines = expand(c.lines, lines, sizeof(lines));
	c.want = expand(c.want, want, sizeof(want));
	run_case(&c);
}
GTEST_ROWS(EdgeUnchanged, counted, req, check_counted);

/* ---- what an edge never does ---- */

/* OB-06: without keys there is no token, and no REGISTER goes on without one. */
GTEST(EdgeUnchanged, OB_06_no_keys)
{
	struct request_case c = { .method = "REGISTER",
				  .uri = "sip:other.example",
				  .from = UA,
				  .lines = UA_VIA MF "Supported: path\r\n" CONTACT
						     ";reg-id=1" INSTANCE,
				  .first = "SIP/2.0 503 Registrar Not Available",
				  .want = "Retry-After: 5\n" };
	struct via_tables *tables;

	rig_open(usual);
	/* as if control had never published them: the rig always does */
	tables = (struct via_tables *)(uintptr_t)rig.worker->tables;
	tables->has_keys = false;
	run_case(&c);
	tables->has_keys = true;
}

/* Let an hour go by, second by second, and look whether anything leaves. */
static void
check_silence(void)
{
	for (int i = 0; i < 3600; i++) {
		rig_wait(1000);
		via_engine_tick(rig.engine);
		if (rig_walk()->count != 0)
			fail_msg("after %d s something left: \"%s\"", i,
				 rig_first_line(rig.out.datagram[0].sip));
	}
}

/* OB-82, PR-02: no STUN, no OPTIONS, no NOTIFY, neither to flows nor to next hops. */
GTEST(EdgeUnchanged, OB_82_PR_02_nothing_of_its_own)
{
	struct request_case c = { .method = "REGISTER",
				  .uri = "sip:other.example",
				  .from = UA,
				  .lines = UA_VIA MF "Supported: path\r\n" CONTACT
						     ";reg-id=1" INSTANCE,
				  .to = HOME,
				  .first = "REGISTER sip:other.example SIP/2.0" };

	rig_open(NULL);
	rig_open(usual);
	run_case(&c);
	check_silence();
	rig_order(ORDERS_DRAINING, "");
	check_silence();
	rig_order(ORDERS_OPEN, "");
}

/* PR-07: nor after a restart, with flows that it knows nothing of. */
GTEST(EdgeUnchanged, PR_07_a_restart_is_silent)
{
	rig_open(NULL);
	rig_open(usual);
	check_silence();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
