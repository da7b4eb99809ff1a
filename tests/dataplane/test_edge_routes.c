/* SPDX-License-Identifier: BSD-3-Clause */
/** How an edge follows routes, and how it stays on those of a dialog. */
#include <time.h>

#include "cases.h"

#define UA STRANGER
#define BOB_URI "sip:bob@10.0.0.5:5060"
#define UA_VIA "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKbob\r\n"
#define PEER_VIA "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKhp\r\n"
#define EDGE_IS(more) RIG_NETWORKS "edge: {enabled: true, name: ep1.example.com" more "}\n"

static const char usual[] = EDGE_IS("");
static const char quiet[] = EDGE_IS(", record_route: 'off'") "proxy: {record_route: false}\n";
static const char nameless[] = RIG_NETWORKS "edge: {enabled: true}\n";
static const char wide[] = EDGE_IS("") "proxy: {max_route: 128}\n";

struct route_case {
	const char *req, *config;
	struct request_case c; /* $ stands for the Record-Route class token of the user agent */
};

#define MARK ":5060;lr;vd=" ANY ">"
#define TOKEN "<sip:" ANY "@"
#define FROM_UA .from = UA
#define FROM_PEER .from = PEER
#define BY_TOKEN "Route: <sip:$@ep1.example.com;lr>\r\n"
#define TO_HOME .to = "192.0.2.30:5060"

static const struct route_case routes[] = {
	/* one value for each side where the request changes sides */
	{ "RC-13 two names",
	  nameless,
	  { .uri = "sip:c@lan.example",
	    FROM_UA,
	    .lines = UA_VIA MF,
	    .to = "10.0.0.9:5060",
	    .source = "10.0.0.1:5060",
	    .first = "INVITE sip:c@lan.example SIP/2.0",
	    .want = "Record-Route: <sip:10.0.0.1" MARK ", " TOKEN "192.0.2.10:5060;lr>\n" } },
	{ "RC-13 families",
	  nameless,
	  { .uri = "sip:c@six.example",
	    FROM_UA,
	    .lines = UA_VIA MF,
	    .to = "[2001:db8::30]:5080",
	    .source = "[2001:db8::10]:5060",
	    .first = "INVITE sip:c@six.example SIP/2.0",
	    .want = "Record-Route: <sip:[2001:db8::10]" MARK ", " TOKEN "192.0.2.10:5060;lr>\n" } },
	{ "RC-13 one name for both",
	  usual,
	  { .uri = "sip:c@lan.example",
	    FROM_UA,
	    .lines = UA_VIA MF,
	    .to = "10.0.0.9:5060",
	    .source = "10.0.0.1:5060",
	    .first = "INVITE sip:c@lan.example SIP/2.0",
	    .want = "Record-Route: " TOKEN "ep1.example.com;lr>\n" } },
	{ "RC-13 one side",
	  nameless,
	  { .uri = "sip:c@other.example",
	    FROM_UA,
	    .lines = UA_VIA MF,
	    TO_HOME,
	    .first = "INVITE sip:c@other.example SIP/2.0",
	    .want = "Record-Route: " TOKEN "192.0.2.10:5060;lr>\n" } },
	/* and both of them come back at once */
	{ "RC-15 both values, from the core",
	  nameless,
	  { .uri = BOB_URI,
	    FROM_PEER,
	    .to_tag = ";tag=d",
	    .lines = PEER_VIA MF "Route: <sip:10.0.0.1:5060;lr>, <sip:$@192.0.2.10:5060;lr>\r\n",
	    .to = UA,
	    .first = "INVITE " BOB_URI " SIP/2.0",
	    .want = "Route: -\n" } },
	{ "RC-15 both values, from the user agent",
	  nameless,
	  { .uri = "sip:c@192.0.2.40",
	    FROM_UA,
	    .to_tag = ";tag=d",
	    .lines = UA_VIA MF "Route: <sip:$@192.0.2.10:5060;lr>, <sip:10.0.0.1:5060;lr>\r\n",
	    .to = "192.0.2.40:5060",
	    .first = "INVITE sip:c@192.0.2.40 SIP/2.0",
	    .want = "Route: -\n" } },
	/* the next Route decides, wherever the Request-URI leads */
	{ "RC-18 by a name",
	  usual,
	  { .uri = "sip:c@198.51.100.77",
	    FROM_UA,
	    .to_tag = ";tag=d",
	    .lines = UA_VIA MF BY_TOKEN "Route: <sip:other.example;lr>\r\n",
	    TO_HOME,
	    .first = "INVITE sip:c@198.51.100.77 SIP/2.0",
	    .want = "Route: <sip:other.example;lr>\n" } },
	{ "RC-18 Request-URI that nobody can resolve",
	  usual,
	  { .uri = "tel:+4930123",
	    FROM_UA,
	    .to_tag = ";tag=d",
	    .lines = UA_VIA MF BY_TOKEN "Route: <sip:other.example;lr>\r\n",
	    TO_HOME,
	    .first = "INVITE tel:+4930123 SIP/2.0",
	    .want = "Route: <sip:other.example;lr>\n" } },
	{ "RC-17 behind a token",
	  usual,
	  { .uri = "sip:c@198.51.100.77",
	    FROM_UA,
	    .to_tag = ";tag=d",
	    .lines = UA_VIA MF BY_TOKEN "Route: <sip:other.example>, <sip:x.example;lr>\r\n",
	    TO_HOME,
	    .first = "INVITE sip:other.example SIP/2.0",
	    .want = "Route: <sip:x.example;lr>, <sip:c@198.51.100.77>\n" } },
	/* GR-61, GR-62: a Contact that is a GRUU changes nothing */
	{ "GR-62 GRUU in Contact",
	  usual,
	  { .uri = "sip:c@other.example",
	    FROM_UA,
	    .lines = UA_VIA MF "Contact: <sip:bob@example.com;gr=urn:x>\r\n",
	    TO_HOME,
	    .first = "INVITE sip:c@other.example SIP/2.0",
	    .want = "Record-Route: " TOKEN "ep1.example.com;lr>\n" } },
	{ "GR-61 not to record-route",
	  quiet,
	  { .uri = "sip:c@other.example",
	    FROM_UA,
	    .lines = UA_VIA MF "Contact: <sip:bob@example.com;gr=urn:x>\r\n",
	    TO_HOME,
	    .first = "INVITE sip:c@other.example SIP/2.0",
	    .want = "Record-Route: -\n" } },
	{ "RC-14 not to stay",
	  quiet,
	  { .uri = "sip:c@other.example",
	    FROM_UA,
	    .lines = UA_VIA MF "Route: <sip:ep1.example.com;lr>\r\n",
	    TO_HOME,
	    .first = "INVITE sip:c@other.example SIP/2.0",
	    .want = "Record-Route: -\nRoute: -\n" } },
};

static void
check_route(void **state)
{
	const struct route_case *r = *state;
	struct request_case c = r->c;
	const char *dollar;
	char lines[1024];

	rig_open(r->config);
	dollar = strchr(c.lines, '$');
	if (dollar != NULL) {
		snprintf(lines, sizeof(lines), "%.*s%s%s", (int)(dollar - c.lines), c.lines,
			 rig_token(FLOW_TOKEN_RECORD_ROUTE, EDGE, UA), dollar + 1);
		c.lines = lines;
	}
	run_case(&c);
}
GTEST_ROWS(EdgeRoutes, routes, req, check_route);

/* ---- many values of ours ---- */

/* A request with `n` Route values, all of them `value`, and `last` behind them. */
static struct slice
with_routes(unsigned int n, const char *value, const char *last)
{
	static char lines[16384];
	struct request_case c = { .lines = lines, .uri = "sip:c@other.example" };
	size_t at = (size_t)snprintf(lines, sizeof(lines), UA_VIA MF "Route: ");

	for (unsigned int i = 0; i < n; i++)
		at += (size_t)snprintf(lines + at, sizeof(lines) - at, "%s%s", i > 0 ? "," : "",
				       value);
	snprintf(lines + at, sizeof(lines) - at, "%s\r\n", last);
	return case_message(&c);
}

/* RC-15, RC-19: as many as are allowed are gone at once, and the request leaves once. */
static const struct {
	const char *req, *config, *last;
	unsigned int count;
	bool token;
	const char *first;
} many[] = {
	{ "RC-19 the limit", usual, "", 32, false, "INVITE *" },
	{ "RC-19 one more", usual, "", 33, false, "SIP/2.0 400 Too Many Route Values" },
	{ "RC-19 one more, with tokens", usual, "", 33, true, "SIP/2.0 400 Too Many Route Values" },
	{ "RC-19 one more, the last of another", usual, ",<sip:x.example;lr>", 32, false,
	  "SIP/2.0 400 Too Many Route Values" },
	{ "RC-15 a hundred", wide, "", 100, false, "INVITE *" },
	{ "RC-15 a hundred tokens", wide, "", 100, true, "INVITE *" },
	{ "RC-15 a hundred and another", wide, ",<sip:other.example;lr>", 100, true, "INVITE *" },
	{ "RC-19 configured", wide, "", 129, true, "SIP/2.0 400 Too Many Route Values" },
};

static void
check_many(void **state)
{
	const typeof(many[0]) *m = *state;
	char value[128] = "<sip:ep1.example.com;lr>";
	const char *got;

	rig_open(m->config);
	if (m->token)
		snprintf(value, sizeof(value), "<sip:%s@ep1.example.com;lr>",
			 rig_token(FLOW_TOKEN_RECORD_ROUTE, EDGE, UA));
	rig_send(with_routes(m->count, value, m->last), UA, EDGE);
	assert_int_equal(rig.out.count, 1);
	assert_int_equal(rig.out.counter[STATS_rx], 1);
	got = rig_first_line(rig.out.datagram[0].sip);
	if (strcmp(m->first, "INVITE *") != 0) {
		assert_string_equal(got, m->first);
		return;
	}
	assert_string_equal(got, "INVITE sip:c@other.example SIP/2.0");
	check_address("sent to", &rig.out.datagram[0].to, "192.0.2.30:5060");
	assert_string_equal(rig_header(rig.out.datagram[0].sip, "Route"),
			    m->last[0] != '\0' ? m->last + 1 : "");
}
GTEST_ROWS(EdgeRoutes, many, req, check_many);

/* The quickest of several times that this many Route values take. */
static uint64_t
time_of(unsigned int count, const char *value)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 30; i++) {
		struct timespec a, b;
		uint64_t ns;

		rig_queue(NULL, with_routes(count, value, ""), UA, EDGE);
		clock_gettime(CLOCK_MONOTONIC, &a);
		rig_walk();
		clock_gettime(CLOCK_MONOTONIC, &b);
		ns = (uint64_t)(b.tv_sec - a.tv_sec) * 1000000000u + (uint64_t)b.tv_nsec -
		     (uint64_t)a.tv_nsec;
		best = RTE_MIN(best, ns);
	}
	return best;
}

/* RC-19: five times as many values take about five times as long, not twenty-five times. */
GTEST(EdgeRoutes, RC_19_time_is_linear)
{
	char value[128];
	uint64_t few, lots;

	rig_open(wide);
	snprintf(value, sizeof(value), "<sip:%s@ep1.example.com;lr>",
		 rig_token(FLOW_TOKEN_RECORD_ROUTE, EDGE, UA));
	few = time_of(25, value);
	lots = time_of(125, value);
	if (lots > 10 * few)
		fail_msg("25 values took %lu ns, 125 took %lu ns", (unsigned long)few,
			 (unsigned long)lots);
}

/* A Path that names us a hundred times, stored for a user of ours, is no loop of our own making. */
GTEST(EdgeRoutes, RC_15_a_stored_path_of_a_hundred)
{
	static const char config[] = RIG_NETWORKS
		"domains: [example.com]\nnames: [p1.example.com]\n"
		"proxy: {max_route: 128}\nedge: {enabled: true, name: ep1.example.com}\n";
	static char contact[8192];
	struct request_case c = { .lines = VIA MF, .uri = "sip:many@example.com" };
	size_t n = (size_t)snprintf(contact, sizeof(contact), BOB_URI "|");

	rig_open(config);
	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(contact + n, sizeof(contact) - n,
				      "%s<sip:ep1.example.com;lr>", i > 0 ? "," : "");
	rig_bind("sip:many@example.com", contact, NULL);
	rig_send(case_message(&c), ALICE, EDGE);
	/* once to ourselves, where all of them go at once; what is left is for nobody of ours */
	check_first_line(check_one(&rig.out, EDGE, ALICE), "SIP/2.0 403 Relaying Denied");
	assert_int_equal(rig.out.counter[STATS_rx], 3);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
