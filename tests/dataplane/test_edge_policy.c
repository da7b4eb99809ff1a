/* SPDX-License-Identifier: BSD-3-Clause */
/** What an edge is configured or ordered to do: the draft's form, draining, unsolicited NOTIFY, keep. */
#include "cases.h"

#define UA STRANGER
#define BOB_URI "sip:bob@10.0.0.5:5060"
#define UA_VIA "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKbob\r\n"
#define PEER_VIA "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKhp\r\n"
#define CONTACT "Contact: <sip:bob@10.0.0.5:5060>"
#define INSTANCE ";+sip.instance=\"<urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21>\"\r\n"
#define EDGE_IS(more) RIG_NETWORKS "edge: {enabled: true, name: ep1.example.com" more "}\n"

static const char usual[] = EDGE_IS("");
static const char draft[] = EDGE_IS(", form: draft00, record_route: 'off'");
static const char lenient[] = EDGE_IS(", path_from_ua: true");
static const char packages[] = EDGE_IS(", unsolicited_notify: [message-summary]");
static const char no_timer[] = EDGE_IS(", flow_timer: 0");
static const char dropping[] = EDGE_IS(", drop_record_route: true");

struct policy_case {
	const char *req;
	const char *config;
	struct request_case c;
	enum flow_token_class class; /* of the token that @ stands for, that of the user agent's flow */
};

/* "@" in lines and wants becomes the token. */
static const char *
expand(const char *text, const char *token, char *out, size_t size)
{
	size_t n = 0;

	if (text == NULL)
		return NULL;
	for (const char *p = text; *p != '\0' && n + FLOW_TOKEN_MAX + 8 < size; p++)
		if (*p == '$')
			n += (size_t)sprintf(out + n, "%s", token);
		else
			out[n++] = *p;
	out[n] = '\0';
	return out;
}

static void
run_policy(const struct policy_case *p)
{
	char token[FLOW_TOKEN_MAX + 1], lines[2048], want[2048], uri[256];
	struct request_case c = p->c;

	rig_open(p->config);
	snprintf(token, sizeof(token), "%s", rig_token(p->class, EDGE, UA));
	c.lines = expand(c.lines, token, lines, sizeof(lines));
	c.want = expand(c.want, token, want, sizeof(want));
	c.uri = expand(c.uri, token, uri, sizeof(uri));
	run_case(&c);
}

#define TOKEN_ROUTE "Route: <sip:$@ep1.example.com;lr>\r\n"
#define FROM_UA .from = UA
#define FROM_PEER .from = PEER
#define TO_BOB .to = UA, .first = "INVITE " BOB_URI " SIP/2.0"
#define NOTIFY(r, cfg, who, via, event, ...)                                                       \
	{ r, cfg, { .method = "NOTIFY", .uri = BOB_URI, who,                                       \
		    .lines = via MF TOKEN_ROUTE event, __VA_ARGS__ }, FLOW_TOKEN_PATH }
#define STRANGER_VIA UA_VIA "Via: SIP/2.0/UDP 198.51.100.66;branch=z9hG4bKx\r\n"
#define MWI "Event: message-summary\r\n"
#define GONE_481 .first = "SIP/2.0 481 Call/Transaction Does Not Exist"
#define NOTIFIED .to = UA, .first = "NOTIFY " BOB_URI " SIP/2.0"

static const struct policy_case policies[] = {
	/* the draft's form */
	{ "OB-01 OB-42 draft", draft, { .method = "REGISTER", .uri = "sip:other.example", FROM_UA,
	  .lines = UA_VIA MF CONTACT ";flow-id=1" INSTANCE, .to = "192.0.2.30:5060",
	  .first = "REGISTER sip:other.example SIP/2.0",
	  .want = "Path: <sip:$@ep1.example.com;lr;stun>\n" }, FLOW_TOKEN_PATH },
	{ "OB-04 not in the draft's form", draft, { .method = "REGISTER", .uri = "sip:other.example",
	  FROM_UA, .lines = UA_VIA MF "Supported: path\r\n" CONTACT ";reg-id=1" INSTANCE,
	  .to = "192.0.2.30:5060", .first = "REGISTER sip:other.example SIP/2.0",
	  .want = "Path: <sip:$@ep1.example.com;lr;stun>\n" }, FLOW_TOKEN_PATH },
	{ "OB-27", draft, { .uri = BOB_URI, FROM_PEER, .lines = PEER_VIA MF TOKEN_ROUTE, TO_BOB,
	  .want = "Record-Route: <sip:$@ep1.example.com;lr;stun>\nRoute: -\n" }, FLOW_TOKEN_PATH },
	{ "OB-27 from a user agent", draft, { .uri = "sip:c@other.example", FROM_UA, .lines = UA_VIA MF,
	  .to = "192.0.2.30:5060", .first = "INVITE sip:c@other.example SIP/2.0",
	  .want = "Record-Route: <sip:$@ep1.example.com;lr;stun>\n" }, FLOW_TOKEN_PATH },
	{ "OB-27 anybody may use it", draft, { .uri = BOB_URI, .from = "203.0.113.66:5060",
	  .lines = "Via: SIP/2.0/UDP 203.0.113.66;branch=z9hG4bK1\r\n" MF TOKEN_ROUTE, TO_BOB },
	  FLOW_TOKEN_PATH },
	{ "OB-20 draft", draft, { .uri = BOB_URI, FROM_PEER,
	  .lines = PEER_VIA MF "Route: <sip:f37_t_DoE8Ls5hj5HwHAAAIKE8TLAHEHnXgAAAAA@ep1.example.com;lr>\r\n",
	  .first = "SIP/2.0 410 Gone" }, FLOW_TOKEN_PATH },
	{ "OB-20 RFC", usual, { .uri = BOB_URI, FROM_PEER,
	  .lines = PEER_VIA MF "Route: <sip:f37_t_DoE8Ls5hj5HwHAAAIKE8TLAHEHnXgAAAAA@ep1.example.com;lr>\r\n",
	  .first = "SIP/2.0 430 Flow Failed" }, FLOW_TOKEN_PATH },
	/* Path of a user agent */
	{ "RC-5.2 path_from_ua", lenient, { .method = "REGISTER", .uri = "sip:other.example", FROM_UA,
	  .lines = UA_VIA MF "Supported: path\r\nPath: <sip:x.example;lr>\r\n" CONTACT "\r\n",
	  .to = "192.0.2.30:5060", .first = "REGISTER sip:other.example SIP/2.0",
	  .want = "Path: <sip:$@ep1.example.com;lr>, <sip:x.example;lr>\n" }, FLOW_TOKEN_PATH },
	/* NOTIFY outside a subscription */
	NOTIFY("PR-04", usual, FROM_PEER, PEER_VIA, "Event: reg\r\n", GONE_481),
	NOTIFY("PR-04 without Event", packages, FROM_PEER, PEER_VIA, "", GONE_481),
	NOTIFY("PR-04 from a stranger", packages, .from = "203.0.113.66:5060", STRANGER_VIA, MWI, GONE_481),
	NOTIFY("PR-04 another package", packages, FROM_PEER, PEER_VIA, "Event: dialog\r\n", GONE_481),
	NOTIFY("PR-04 allowed", packages, FROM_PEER, PEER_VIA, MWI, NOTIFIED),
	NOTIFY("PR-04 in a subscription", usual, FROM_PEER, PEER_VIA, "Event: reg\r\n", NOTIFIED,
	       .to_tag = ";tag=s"),
	{ "PR-03", usual, { .method = "MESSAGE", .uri = BOB_URI, .from = "203.0.113.66:5060",
	  .lines = STRANGER_VIA MF TOKEN_ROUTE, .first = "SIP/2.0 403 Flow Token Not Valid Here" },
	  FLOW_TOKEN_RECORD_ROUTE },
	/* RFC 6665 4.3: a NOTIFY makes a dialog, too */
	{ "5.1-10 NOTIFY by Record-Route", usual, { .method = "NOTIFY", .uri = BOB_URI,
	  .from = "203.0.113.66:5060", .to_tag = ";tag=s", .lines = STRANGER_VIA MF TOKEN_ROUTE, NOTIFIED,
	  .want = "Record-Route: <sip:$@ep1.example.com;lr>\n" }, FLOW_TOKEN_RECORD_ROUTE },
	NOTIFY("5.1-10 NOTIFY by Path", usual, FROM_PEER, PEER_VIA, MWI, NOTIFIED, .to_tag = ";tag=s",
	       .want = "Record-Route: -\n"),
	/* RC-16 with a token: the strict router put our Record-Route into the Request-URI */
	{ "RC-16 token", usual, { .uri = "sip:$@ep1.example.com;lr", FROM_PEER, .to_tag = ";tag=d",
	  .lines = PEER_VIA MF "Route: <" BOB_URI ">\r\n", TO_BOB, .want = "Route: -\n" },
	  FLOW_TOKEN_RECORD_ROUTE },
	{ "RC-16 token, routes between", usual, { .uri = "sip:$@ep1.example.com;lr", FROM_PEER,
	  .to_tag = ";tag=d", .lines = PEER_VIA MF "Route: <sip:x.example;lr>, <" BOB_URI ">\r\n", TO_BOB,
	  .want = "Route: <sip:x.example;lr>\n" }, FLOW_TOKEN_RECORD_ROUTE },
	{ "RC-16 forged token", usual, { .uri = "sip:x$@ep1.example.com;lr", FROM_PEER, .to_tag = ";tag=d",
	  .lines = PEER_VIA MF "Route: <" BOB_URI ">\r\n", .first = "SIP/2.0 403 Bad Flow Token" },
	  FLOW_TOKEN_RECORD_ROUTE },
	{ "RC-16 token of its own flow", usual, { .uri = "sip:$@ep1.example.com;lr", FROM_UA,
	  .to_tag = ";tag=d", .lines = UA_VIA MF "Route: <sip:c@other.example>\r\n",
	  .to = "192.0.2.30:5060", .first = "INVITE sip:c@other.example SIP/2.0", .want = "Route: -\n" },
	  FLOW_TOKEN_RECORD_ROUTE },
	/* SIPS */
	{ "OB-84", usual, { .uri = "sips:bob@10.0.0.5", FROM_PEER, .lines = PEER_VIA MF TOKEN_ROUTE,
	  .to = UA, .first = "INVITE sips:bob@10.0.0.5 SIP/2.0",
	  .want = "Record-Route: <sips:" ANY "@ep1.example.com;lr>\n" }, FLOW_TOKEN_PATH },
};

static void
check_policy(void **state)
{
	run_policy(*state);
}
GTEST_ROWS(EdgePolicy, policies, req, check_policy);

/* ---- the address of another edge ---- */

static const char standby[] =
	"ports:\n  - {name: wan, device: net_null0, addresses: [192.0.2.10/24]}\n"
	"  - {name: lan, device: net_null1, addresses: [10.0.0.2/24]}\n"
	"listen:\n  - {port: wan, address: 192.0.2.10}\n"
	"  - {port: wan, address: 192.0.2.9, standby: true}\n"
	"  - {port: lan, address: 10.0.0.1, standby: true}\n"
	"networks: {peers: [192.0.2.20/32]}\nedge: {enabled: true, name: ep1.example.com}\n";

/* 10.0.0.1 is an address of the rig's kernel, 192.0.2.9 is not. */
GTEST(EdgeStandby, PR_05_PR_06)
{
	struct request_case c = { .uri = BOB_URI, .from = PEER };
	char lines[512];

	rig_open(standby);
	snprintf(lines, sizeof(lines), PEER_VIA MF "Route: <sip:%s@ep1.example.com;lr>\r\n",
		 rig_token(FLOW_TOKEN_PATH, "192.0.2.9:5060", UA));
	c.lines = lines;
	c.first = "SIP/2.0 430 Flow Failed";
	run_case(&c);
	snprintf(lines, sizeof(lines), PEER_VIA MF "Route: <sip:%s@ep1.example.com;lr>\r\n",
		 rig_token(FLOW_TOKEN_PATH, "10.0.0.1:5060", "10.0.0.7:5062"));
	c.first = "INVITE " BOB_URI " SIP/2.0";
	c.to = "10.0.0.7:5062";
	c.source = "10.0.0.1:5060";
	run_case(&c);
}

/* The other edge is somebody else for as long as it has its address. */
GTEST(EdgeStandby, PR_05_the_other_is_no_listener_of_ours)
{
	struct request_case c = { .uri = "sip:c@192.0.2.9", .from = PEER, .lines = PEER_VIA MF,
				  .to = "192.0.2.9:5060", .first = "SIP/2.0 404 *" };

	rig_open(standby);
	rig_send(case_message(&c), "192.0.2.9:5060", EDGE);
	assert_int_equal(rig.out.counter[STATS_bad_source], 0);
}

/* ---- draining ---- */

#define NEW_PROXY "<sip:ep2.example.com;lr>;q=1.0"
#define LR305 "Supported: lr305\r\n"
#define USE_PROXY .first = "SIP/2.0 305 Use Proxy", .want = "Contact: " NEW_PROXY "\n"
#define AWAY .first = "SIP/2.0 503 Service Unavailable"
#define OUT .uri = "sip:c@other.example", .to = "192.0.2.30:5060",                                 \
	    .first = "INVITE sip:c@other.example SIP/2.0"

static const struct policy_case drained[] = {
	{ "RC-35", "1", { .uri = "sip:c@other.example", FROM_UA, .lines = UA_VIA MF LR305, USE_PROXY },
	  FLOW_TOKEN_PATH },
	{ "RC-35 REGISTER", "1", { .method = "REGISTER", .uri = "sip:other.example", FROM_UA,
	  .lines = UA_VIA MF LR305 CONTACT "\r\n", USE_PROXY }, FLOW_TOKEN_PATH },
	{ "RC-36 no lr305", "1", { .uri = "sip:c@other.example", FROM_UA, .lines = UA_VIA MF, AWAY },
	  FLOW_TOKEN_PATH },
	{ "RC-37 two Vias", "1", { .uri = "sip:c@other.example", FROM_UA, .lines = STRANGER_VIA MF LR305,
	  AWAY }, FLOW_TOKEN_PATH },
	{ "RC-39 ACK", "1", { .method = "ACK", .uri = "sip:c@other.example", FROM_UA,
	  .lines = UA_VIA MF, .to = "192.0.2.30:5060", .first = "ACK sip:c@other.example SIP/2.0" },
	  FLOW_TOKEN_PATH },
	{ "RC-39 CANCEL", "1", { .method = "CANCEL", .uri = "sip:c@other.example", FROM_UA,
	  .lines = UA_VIA MF, .to = "192.0.2.30:5060", .first = "CANCEL sip:c@other.example SIP/2.0" },
	  FLOW_TOKEN_PATH },
	{ "RC-40 in a dialog", "1", { FROM_UA, .to_tag = ";tag=d", .lines = UA_VIA MF LR305 TOKEN_ROUTE,
	  OUT }, FLOW_TOKEN_RECORD_ROUTE },
	{ "RC-40 in a dialog, from a peer", "1", { FROM_PEER, .to_tag = ";tag=d", .lines = PEER_VIA MF,
	  OUT }, FLOW_TOKEN_PATH },
	{ "RC-40 a To tag that was made up", "1", { .uri = "sip:c@other.example", FROM_UA,
	  .to_tag = ";tag=d", .lines = UA_VIA MF, AWAY }, FLOW_TOKEN_PATH },
	{ "RC-40 a To tag and the Path", "1", { .uri = "sip:c@other.example", FROM_UA,
	  .to_tag = ";tag=d", .lines = UA_VIA MF TOKEN_ROUTE, AWAY }, FLOW_TOKEN_PATH },
	{ "PR-09 a call by a flow that is there", "1", { .uri = BOB_URI, FROM_PEER,
	  .lines = PEER_VIA MF TOKEN_ROUTE, TO_BOB }, FLOW_TOKEN_PATH },
	{ "PR-09 the flows are there: a probe", "1", { .method = "OPTIONS", .uri = "sip:192.0.2.10",
	  FROM_PEER, .lines = PEER_VIA MF, .first = "SIP/2.0 200 OK" }, FLOW_TOKEN_PATH },
	{ "PR-09 closed: a probe", "2", { .method = "OPTIONS", .uri = "sip:192.0.2.10", FROM_PEER,
	  .lines = PEER_VIA MF, AWAY }, FLOW_TOKEN_PATH },
	{ "RC-40 closed, in a dialog", "2", { .uri = "sip:c@other.example", FROM_UA, .to_tag = ";tag=d",
	  .lines = UA_VIA MF, AWAY }, FLOW_TOKEN_PATH },
	{ "PR-09 closed, by a flow", "2", { .uri = BOB_URI, FROM_PEER,
	  .lines = "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKlate\r\n" MF TOKEN_ROUTE, AWAY },
	  FLOW_TOKEN_PATH },
	{ "open again", "0", { FROM_UA, .lines = UA_VIA MF LR305, OUT }, FLOW_TOKEN_PATH },
};

static void
check_drained(void **state)
{
	struct policy_case p = *(const struct policy_case *)*state;
	enum orders_state order = (enum orders_state)(p.config[0] - '0');

	rig_open(usual);
	rig_order(order, NEW_PROXY);
	p.config = usual;
	run_policy(&p);
	rig_order(ORDERS_OPEN, "");
}
GTEST_ROWS(EdgeDrain, drained, req, check_drained);

GTEST(EdgeDrain, RC_36_no_targets)
{
	static const struct policy_case p = {
		"RC-36", usual, { .uri = "sip:c@other.example", FROM_UA, .lines = UA_VIA MF LR305, AWAY },
		FLOW_TOKEN_PATH };

	rig_open(usual);
	rig_order(ORDERS_DRAINING, "");
	run_policy(&p);
	rig_order(ORDERS_OPEN, "");
}

/* ---- responses that an edge hands to user agents ---- */

struct response_case {
	const char *req, *config;
	const char *method, *status; /* of the request and of its answer */
	const char *via;             /* parameters of the user agent's Via */
	const char *lines;           /* of the answer, besides Via; $: the Record-Route that went out */
	const char *want;
	const char *first; /* NULL: as it came */
};

#define KEEP ";rport;keep"
#define RR "Record-Route: $\r\n"
#define KEPT(keep)                                                                                 \
	"Via: SIP/2.0/UDP 10.0.0.5:5060;rport=40312;received=203.0.113.7;" keep ";branch=z9hG4bKb\n"

static const struct response_case responses[] = {
	{ "OB-12", usual, "REGISTER", "200 OK", "", "Require: outbound\r\n", "Flow-Timer: 29\n", NULL },
	{ "OB-12 without outbound", usual, "REGISTER", "200 OK", "", "", "Flow-Timer: -\n", NULL },
	{ "OB-12 not of a failure", usual, "REGISTER", "403 No", "", "Require: outbound\r\n",
	  "Flow-Timer: -\n", NULL },
	{ "OB-12 there already", usual, "REGISTER", "200 OK", "", "Require: outbound\r\nFlow-Timer: 9\r\n",
	  "Flow-Timer: 9\n", NULL },
	{ "OB-12 none configured", no_timer, "REGISTER", "200 OK", KEEP, "Require: outbound\r\n",
	  "Flow-Timer: -\n", NULL },
	{ "OB-14 INVITE 180", usual, "INVITE", "180 Ringing", KEEP, RR, KEPT("keep=29"), NULL },
	{ "OB-14 INVITE 200", usual, "INVITE", "200 OK", KEEP, RR, KEPT("keep=29"), NULL },
	{ "OB-14 SUBSCRIBE 200", usual, "SUBSCRIBE", "200 OK", KEEP, RR, KEPT("keep=29"), NULL },
	{ "OB-16 not record-routed", usual, "INVITE", "200 OK", KEEP, "", KEPT("keep"), NULL },
	{ "OB-16 another's Record-Route", usual, "INVITE", "200 OK", KEEP,
	  "Record-Route: <sip:x@hp.example;lr>\r\n", KEPT("keep"), NULL },
	{ "OB-15 100 Trying", usual, "INVITE", "100 Trying", KEEP, RR, KEPT("keep"), NULL },
	{ "OB-77 to a user agent", usual, "INVITE", "430 Flow Failed", "", "", "",
	  "SIP/2.0 480 Temporarily Unavailable" },
	{ "OB-77 any phrase", usual, "INVITE", "430 ", "", "", "", "SIP/2.0 480 Temporarily Unavailable" },
};

static void
check_response(void **state)
{
	const struct response_case *r = *state;
	char lines[512], own[256], rr[256], text[2048], extra[512], first[128];
	struct request_case c = { .method = r->method, .uri = "sip:other.example", .from = UA,
				  .lines = lines };
	struct slice rest, top, sip;

	rig_open(r->config);
	snprintf(lines, sizeof(lines), "Via: SIP/2.0/UDP 10.0.0.5:5060%s;branch=z9hG4bKb\r\n" MF
		 "Supported: path\r\n" CONTACT "\r\n", r->via);
	rig_send(case_message(&c), UA, EDGE);
	assert_int_equal(rig.out.count, 1);
	snprintf(rr, sizeof(rr), "%s", rig_header(rig.out.datagram[0].sip, "Record-Route"));
	rest = slice_str(rig_header(rig.out.datagram[0].sip, "Via"));
	top = slice_cut(&rest, ',');
	snprintf(own, sizeof(own), "%.*s", SLICE_FMT(top));
	snprintf(text, sizeof(text), "SIP/2.0 %s\r\nVia: %s\r\nVia:%.*s\r\n%s"
		 "From: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: r\r\nCSeq: 1 %s\r\n"
		 "Content-Length: 0\r\n\r\n", r->status, own, SLICE_FMT(rest),
		 expand(r->lines, rr, extra, sizeof(extra)), r->method);
	sip = check_one(rig_send(slice_str(text), "192.0.2.30:5060", EDGE), EDGE,
			strstr(r->via, "rport") != NULL ? UA : "203.0.113.7:5060");
	snprintf(first, sizeof(first), "SIP/2.0 %s", r->status);
	check_first_line(sip, r->first != NULL ? r->first : first);
	check_headers(sip, r->want);
}
GTEST_ROWS(EdgeResponse, responses, req, check_response);

/* GR-63: the callee answers with its GRUU. */
static const struct {
	const char *req, *config, *contact;
	bool kept;
} dropped[] = {
	{ "GR-63", dropping, "sip:bob@example.com;gr=urn:x", false },
	{ "GR-63 no GRUU", dropping, "sip:bob@10.0.0.5", true },
	{ "GR-63 not configured", usual, "sip:bob@example.com;gr=urn:x", true },
};

static void
check_dropped(void **state)
{
	const struct {
		const char *req, *config, *contact;
		bool kept;
	} *d = *state;
	char lines[512], vias[512], rr[512], text[2048];
	struct request_case c = { .uri = BOB_URI, .lines = lines };
	struct slice sip;

	rig_open(d->config);
	snprintf(lines, sizeof(lines), PEER_VIA MF "Route: <sip:%s@ep1.example.com;lr;ob>\r\n"
		 "Record-Route: <sip:hp1.example.com;lr>\r\n", rig_token(FLOW_TOKEN_PATH, EDGE, UA));
	rig_send(case_message(&c), PEER, EDGE);
	assert_int_equal(rig.out.count, 1);
	snprintf(vias, sizeof(vias), "%s", rig_header(rig.out.datagram[0].sip, "Via"));
	snprintf(rr, sizeof(rr), "%s", rig_header(rig.out.datagram[0].sip, "Record-Route"));
	snprintf(text, sizeof(text), "SIP/2.0 200 OK\r\nVia: %s\r\nRecord-Route: %s\r\nContact: <%s>\r\n"
		 "From: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: r\r\nCSeq: 1 INVITE\r\n"
		 "Content-Length: 0\r\n\r\n", vias, rr, d->contact);
	sip = check_one(rig_send(slice_str(text), UA, EDGE), EDGE, PEER);
	assert_string_equal(rig_header(sip, "Record-Route"),
			    d->kept ? rr : "<sip:hp1.example.com;lr>");
}
GTEST_ROWS(EdgeResponse, dropped, req, check_dropped);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
