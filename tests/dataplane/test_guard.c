/* SPDX-License-Identifier: BSD-3-Clause */
/** How much is taken from whom. No case takes as long as the second in which a token comes back. */
#include <rte_malloc.h>

#include "guard_cases.h"
#include "node/node.h"

static const char source_limit[] =
	HOME "guard: {source: {rate: 1, burst: 10}, exempt: [203.0.113.64/26]}\n";
static const char stun_limit[] = HOME "guard: {stun: {rate: 1, burst: 10}}\n";
static const char small_table[] = HOME "guard: {sources: 64, source: {rate: 1, burst: 10}}\n";

/* What the list of limited sources says; 0 when it is not there. */
static uint64_t
listed(enum limited_by by, const char *source)
{
	struct flow_address a;
	struct limited_row row;

	assert_true(flow_ip_decode(slice_str(source), &a));
	for (unsigned int i = 0; i < LIMITED_ROWS; i++)
		if (limited_get(&rig.engine->stats->limited[0], i, &row) && row.by == by &&
		    flow_ip_eq(&row.source, &a))
			return row.messages;
	return 0;
}

/* ---- datagrams ---- */

static const struct datagram_row {
	const char *label, *text;
} datagrams[] = {
	{ "garbage", "garbage" },
	{ "not SIP", "\x80\x81" },
	{ "keepalive", "\r\n\r\n" },
	{ "STUN", "\x01\x11" },
	{ "response", "SIP/2.0 200 OK\r\n\r\n" },
};

static void
check_datagram(void **state)
{
	const struct datagram_row *r = *state;
	struct slice text = slice_str(r->text);

	open_guard(source_limit);
	assert_int_equal(let_through(text, STRANGER, 30, STATS_source_limit), 10);
	assert_int_equal(let_through(text, "203.0.113.7:9", 5, STATS_source_limit), 0);
	assert_int_equal(let_through(text, "203.0.113.8:9", 30, STATS_source_limit), 10);
	assert_int_equal(listed(LIMITED_source, "203.0.113.7"), 25);
	assert_int_equal(listed(LIMITED_source, "203.0.113.8"), 20);
}
GTEST_ROWS_F(Guard, datagrams, label, check_datagram, NULL, close_rings);

/* Those who have no limits of their own. */
GTEST_F(Guard, exempt, NULL, close_rings)
{
	struct slice text = SLICE("garbage");

	open_guard(source_limit);
	assert_int_equal(let_through(text, PEER, 100, STATS_source_limit), 100);
	assert_int_equal(let_through(text, "203.0.113.70:5060", 100, STATS_source_limit), 100);
	assert_int_equal(let_through(text, "203.0.113.63:5060", 100, STATS_source_limit), 10);
	open_guard(none);
	assert_int_equal(let_through(text, STRANGER, 100, STATS_source_limit), 100);
}

GTEST_F(Guard, IPv6_by_64_bits, NULL, close_rings)
{
	unsigned int passed = 0;
	char from[64];

	open_guard(source_limit);
	for (unsigned int i = 1; i <= 30; i++) {
		snprintf(from, sizeof(from), "[2001:db8:9::%x:%x]:%u", i * 77, i, i);
		passed += let_through(SLICE("x"), from, 1, STATS_source_limit);
	}
	assert_int_equal(passed, 10);
	assert_int_equal(let_through(SLICE("x"), "[2001:db8:9:1::1]:5060", 30, STATS_source_limit),
			 10);
	assert_int_equal(listed(LIMITED_source, "2001:db8:9::"), 20);
}

/* The octets of the address are those of the network. */
GTEST_F(Guard, families_apart, NULL, close_rings)
{
	open_guard(source_limit);
	assert_int_equal(let_through(SLICE("x"), "32.1.13.184:5060", 30, STATS_source_limit), 10);
	assert_int_equal(let_through(SLICE("x"), "[2001:db8::99]:5060", 30, STATS_source_limit),
			 10);
}

/* A whole burst: each frame's sender is noted some frames before its turn. */
GTEST_F(Guard, burst, NULL, close_rings)
{
	char from[64];

	open_guard(source_limit);
	for (unsigned int i = 0; i < 400; i++) {
		snprintf(from, sizeof(from), i % 2 ? "203.0.113.%u:5060" : "[2001:db8:%u::7]:5060",
			 1 + i % 20);
		rig_queue(NULL, SLICE("x"), from, i % 2 ? EDGE : EDGE6);
	}
	rig_walk();
	assert_int_equal(rig.out.counter[STATS_source_limit], 200);
}

GTEST_F(Guard, million_sources, NULL, close_rings)
{
	struct rte_malloc_socket_stats before, after;
	uint64_t refused = 0, peers = 0;
	char from[32];

	open_guard(small_table);
	assert_int_equal(let_through(SLICE("x"), "203.0.113.7:9", 30, STATS_source_limit), 10);
	rte_malloc_get_socket_stats(0, &before);
	for (uint32_t i = 0; i < 1000000; i++) {
		snprintf(from, sizeof(from), "%u.%u.%u.%u:5060", 20 + i % 80, i / 80 % 250,
			 i / 20000 % 250, 1);
		rig_queue(NULL, SLICE("x"), from, EDGE);
		if (i % 200 == 199) {
			rig_queue(NULL, SLICE("x"), PEER, EDGE);
			rig_queue(NULL, SLICE("x"), "203.0.113.7:9", EDGE);
			rig_walk();
			refused += rig.out.counter[STATS_source_limit];
			peers += rig.out.counter[STATS_malformed];
		}
	}
	rte_malloc_get_socket_stats(0, &after);
	assert_int_equal(after.heap_allocsz_bytes, before.heap_allocsz_bytes);
	/* the one that floods has its row through all of it; nobody else is in its way */
	assert_in_range(refused, 5000 - 60, 5000);
	assert_int_equal(refused + peers, 1010000);
}

/* ---- STUN ---- */

#define STUN_ID "\x21\x12\xa4\x42\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"
#define STUN SLICE("\x00\x01\x00\x00" STUN_ID)

GTEST_F(Guard, stun, NULL, close_rings)
{
	open_guard(stun_limit);
	assert_int_equal(let_through(STUN, STRANGER, 30, STATS_stun_limit), 10);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(let_through(STUN, PEER, 30, STATS_stun_limit), 30);
	assert_int_equal(rig.out.count, 1);
	assert_int_equal(let_through(STUN, V6, 30, STATS_stun_limit), 10);
	assert_int_equal(listed(LIMITED_stun, "203.0.113.7"), 20);
	/* and SIP of the same source goes on */
	assert_int_equal(let_through(SLICE("x"), STRANGER, 30, STATS_source_limit), 30);
}

GTEST_F(Guard, PR_10_without_keys, NULL, close_rings)
{
	struct via_tables *tables;

	open_guard(none);
	tables = atomic_load(&rig.engine->tables);
	check_one(rig_send(STUN, STRANGER, EDGE), EDGE, STRANGER);
	tables->has_keys = false;
	rig_send(STUN, STRANGER, EDGE);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_stun_silent], 1);
	tables->has_keys = true;
	check_one(rig_send(STUN, STRANGER, EDGE), EDGE, STRANGER);
}

GTEST_F(Guard, PR_10_without_routes, NULL, close_rings)
{
	struct segment_header *header;
	struct via_tables *tables;

	open_guard(none);
	tables = atomic_load(&rig.engine->tables);
	header = tables->routes.segment.header;
	tables->routes.segment.header = NULL;
	rig_send(STUN, STRANGER, EDGE);
	assert_int_equal(rig.out.counter[STATS_stun_silent], 1);
	tables->routes.segment.header = header;
	check_one(rig_send(STUN, STRANGER, EDGE), EDGE, STRANGER);
}

/* Draining, flows stay; closed, nothing is served. */
GTEST_F(Guard, PR_10_closed, NULL, close_rings)
{
	open_guard(none);
	rig_order(ORDERS_DRAINING, "");
	check_one(rig_send(STUN, STRANGER, EDGE), EDGE, STRANGER);
	rig_order(ORDERS_CLOSED, "");
	rig_send(STUN, STRANGER, EDGE);
	assert_int_equal(rig.out.counter[STATS_stun_silent], 1);
	rig_order(ORDERS_OPEN, "");
	check_one(rig_send(STUN, STRANGER, EDGE), EDGE, STRANGER);
}

/* ---- requests of one source, for one AOR ---- */

static const struct kind_row {
	const char *label, *method;
	enum limited_by by_source, by_aor;
	enum stats_counter counter, passed;
} kinds[] = {
	{ "REGISTER", "REGISTER", LIMITED_register_source, LIMITED_register_aor,
	  STATS_register_limit, STATS_punted },
	{ "INVITE", "INVITE", LIMITED_invite_source, LIMITED_invite_aor, STATS_invite_limit,
	  STATS_forwarded_requests },
};

/* The n-th user is the AOR: To of a REGISTER, From of an INVITE. */
static struct slice
of_user(const struct kind_row *r, unsigned int n)
{
	char user[32], to[64];

	snprintf(user, sizeof(user), "user%u", n);
	snprintf(to, sizeof(to), "<sip:%s@example.com>", user);
	return request(r->method, user, strcmp(r->method, "REGISTER") == 0 ? to : "<" BOB ">", "1");
}

static void
check_source(void **state)
{
	const struct kind_row *r = *state;
	unsigned int passed = 0;

	open_guard(source_requests);
	for (unsigned int i = 0; i < 30; i++)
		passed += let_through(of_user(r, i), STRANGER, 1, r->counter);
	assert_int_equal(passed, 10);
	check_first_line(check_one(&rig.out, EDGE, STRANGER), "SIP/2.0 503 Too Many Requests");
	assert_int_equal(listed(r->by_source, "203.0.113.7"), 20);
	assert_int_equal(let_through(of_user(r, 0), "203.0.113.8:40312", 30, r->counter), 10);
	assert_int_equal(let_through(of_user(r, 0), V6, 30, r->counter), 10);
	assert_int_equal(let_through(of_user(r, 0), PEER, 100, r->counter), 100);
	assert_int_equal(rig.out.counter[r->passed], 1);
}
GTEST_ROWS_F(GuardSource, kinds, label, check_source, NULL, close_rings);

static void
check_aor(void **state)
{
	const struct kind_row *r = *state;

	open_guard(aor_requests);
	assert_int_equal(let_through(of_user(r, 1), STRANGER, 30, r->counter), 10);
	check_first_line(check_one(&rig.out, EDGE, STRANGER), "SIP/2.0 503 Too Many Requests");
	/* others at the same source, and the victim itself from where it is */
	assert_int_equal(let_through(of_user(r, 2), STRANGER, 30, r->counter), 10);
	assert_int_equal(let_through(of_user(r, 1), "203.0.113.8:40312", 30, r->counter), 10);
	assert_int_equal(let_through(of_user(r, 1), PEER, 100, r->counter), 100);
	assert_int_equal(listed(r->by_aor, "203.0.113.7"), 40);
	assert_int_equal(listed(r->by_source, "203.0.113.7"), 0);
}
GTEST_ROWS_F(GuardAor, kinds, label, check_aor, NULL, close_rings);

static const struct name_row {
	const char *label, *to;
	unsigned int passed;
} names[] = {
	{ "display name", "\"A, \\\" B\" <sip:user@example.com>;z", 0 },
	{ "escaped", "<sip:%75ser@example.com>", 10 },
	{ "case of host", "<sip:user@EXAMPLE.com>", 10 },
	{ "parameter", "<sip:user@example.com;x=y>", 10 },
	{ "sips", "<sips:user@example.com>", 10 },
	{ "no brackets", "sip:user@example.com", 0 },
	{ "another user", "<sip:USER@example.com>", 10 },
	{ "tel", "<tel:+49301234567>", 10 },
	{ "another tel", "<tel:+49301234568>", 10 },
};

/* One AOR is what is written alike; those written otherwise are each their own. */
static void
check_name(void **state)
{
	const struct name_row *r = *state;
	struct slice sip;

	open_guard(aor_requests);
	sip = request("REGISTER", "x", "<sip:user@example.com>", "1");
	assert_int_equal(let_through(sip, STRANGER, 30, STATS_register_limit), 10);
	sip = request("REGISTER", "x", r->to, "1");
	assert_int_equal(let_through(sip, STRANGER, 30, STATS_register_limit), r->passed);
}
GTEST_ROWS_F(GuardName, names, label, check_name, NULL, close_rings);

/* ---- all together ---- */

/* Proxies of ours and others, until the bucket is empty. */
static unsigned int
spend(const char *method)
{
	enum stats_counter counter =
		strcmp(method, "REGISTER") == 0 ? STATS_register_limit : STATS_request_limit;
	unsigned int passed = 0;
	char branch[32], from[32];

	for (unsigned int i = 0; i < 30; i++) {
		snprintf(branch, sizeof(branch), "b%u", i);
		snprintf(from, sizeof(from), i % 3 ? "203.0.113.%u:40312" : PEER, 1 + i);
		passed += let_through(request(method, "u", "<" BOB ">", branch), from, 1, counter);
	}
	return passed;
}

static const char *const spent_by[] = { "REGISTER", "INVITE", "OPTIONS", "MESSAGE", "FOO" };

GTEST_F(Guard, PR_24_engine_wide, NULL, close_rings)
{
	for (size_t i = 0; i < RTE_DIM(spent_by); i++) {
		open_guard(engine_wide);
		assert_int_equal(spend(spent_by[i]), 10);
		message_rings_detach(&rings);
	}
	open_guard(engine_wide);
	assert_int_equal(spend("REGISTER"), 10);
	assert_int_equal(spend("INVITE"), 10);
}

/* Of several workers each takes a share ahead: together they get no more than there is. */
GTEST_F(Guard, shares, NULL, close_rings)
{
	struct via_quota *q;

	open_guard(engine_wide);
	q = &rig.engine->quota[VIA_QUOTA_REQUESTS];
	q->share = 4;
	assert_int_equal(spend("OPTIONS"), 10);
	assert_int_equal(rig.worker->guard.credit[VIA_QUOTA_REQUESTS], 0);
}

/*
 * What belongs to what was let through is never refused, if it does: $ is the Record-Route that the
 * INVITE of the same Call-ID went out with.
 */
static const struct inside_row {
	const char *label, *method, *lines, *to, *from;
	bool refused;
	const char *uri; /* that of bob's contact */
} inside[] = {
#define ROUTE "Route: $\r\n"
#define TAGGED "<" BOB ">;tag=1"
#define UUID "urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21"
#define CONTACT "sip:bob@203.0.113.50"
	{ "INVITE inside a dialog", "INVITE", ROUTE, TAGGED, STRANGER, false, CONTACT },
	{ "BYE", "BYE", ROUTE, TAGGED, STRANGER, false, CONTACT },
	{ "NOTIFY", "NOTIFY", ROUTE, TAGGED, STRANGER, false, CONTACT },
	{ "INVITE by GRUU", "INVITE", ROUTE, TAGGED, STRANGER, false, BOB ";gr=" UUID },
	{ "INVITE of a dialog for an AOR", "INVITE", ROUTE, TAGGED, STRANGER, true },
	{ "MESSAGE of a dialog for an AOR", "MESSAGE", ROUTE, TAGGED, STRANGER, true },
	{ "of a proxy of ours for an AOR", "INVITE", ROUTE, TAGGED, PEER, false },
	{ "from a proxy of ours", "INVITE", "", TAGGED, PEER, false },
	{ "ACK", "ACK", "", TAGGED, STRANGER, false },
	{ "ACK without tag", "ACK", "", "<" BOB ">", STRANGER, false },
	{ "CANCEL", "CANCEL", "", "<" BOB ">", STRANGER, false },
	{ "OPTIONS", "OPTIONS", "", "<" BOB ">", STRANGER, true },
	{ "a tag that was made up", "INVITE", "", TAGGED, STRANGER, true },
	{ "BYE, a tag that was made up", "BYE", "", TAGGED, STRANGER, true },
	{ "a mark that was made up", "INVITE", "Route: <sip:192.0.2.10;lr;vd=0123456789abcdef>\r\n",
	  TAGGED, STRANGER, true },
	{ "a Route without mark", "INVITE", "Route: <sip:192.0.2.10;lr>\r\n", TAGGED, STRANGER,
	  true },
	{ "a mark without tag", "INVITE", ROUTE, "<" BOB ">", STRANGER, true },
	{ "REGISTER with a tag", "REGISTER", ROUTE, TAGGED, STRANGER, true },
};

static const char all_limits[] =
	HOME "guard: {registers: {rate: 1, burst: 10}, requests: {rate: 1, burst: 10},"
	     "source: {rate: 0}, stun: {rate: 0}, invite_source: {rate: 1, burst: 10},"
	     "invite_aor: {rate: 1, burst: 10}}\n";

static void
check_inside(void **state)
{
	const struct inside_row *r = *state;
	char route[128], lines[256] = "";
	const char *mark;
	static const struct rig_instance known = { UUID, 0 };
	static const struct rig_binding phone = { CONTACT, .instance = UUID };

	open_guard(all_limits);
	rig_bind_instances(BOB, &phone, 1, &known, 1);
	rig_send(request("INVITE", "v", "<" BOB ">", "first"), PEER, EDGE);
	snprintf(route, sizeof(route), "%s", rig_header(rig.out.datagram[0].sip, "Record-Route"));
	assert_non_null(strstr(route, ";vd="));
	mark = strchr(r->lines, '$');
	snprintf(lines, sizeof(lines), "%.*s%s%s",
		 (int)(mark != NULL ? mark - r->lines : (long)strlen(r->lines)), r->lines,
		 mark != NULL ? route : "", mark != NULL ? mark + 1 : "");
	spend("REGISTER");
	spend("INVITE");
	rig_send(r->uri != NULL ? request_for(r->uri, lines, r->method, "u", r->to, "in")
				: request_with(lines, r->method, "u", r->to, "in"),
		 r->from, EDGE);
	assert_int_equal(rig.out.counter[STATS_forwarded_requests], !r->refused);
	assert_int_equal(rig.out.counter[STATS_replied], r->refused);
}
GTEST_ROWS_F(GuardInside, inside, label, check_inside, NULL, close_rings);

/* ---- Retry-After ---- */

/* PR-24: 1 to 30 s, each the same for a retransmission (RFC 3261 §16.11), spread over all. */
GTEST_F(Guard, retry_after, NULL, close_rings)
{
	unsigned int seen[31] = { 0 }, distinct = 0;
	char branch[32];

	open_guard(engine_wide);
	spend("REGISTER");
	for (unsigned int i = 0; i < 300; i++) {
		uint32_t seconds = 0;
		struct slice sip;

		snprintf(branch, sizeof(branch), "r%u", i);
		for (int again = 0; again < 2; again++) {
			uint32_t before = seconds;

			sip = check_one(rig_send(request("REGISTER", "u", "<" BOB ">", branch),
						 STRANGER, EDGE),
					EDGE, STRANGER);
			check_first_line(sip, "SIP/2.0 503 Too Many Requests");
			seconds = (uint32_t)atoi(rig_header(sip, "Retry-After"));
			assert_in_range(seconds, 1, 30);
			assert_true(!again || seconds == before);
		}
		distinct += seen[seconds]++ == 0;
		assert_true(seen[seconds] < 35);
	}
	assert_int_equal(distinct, 30);
}

GTEST_F(Guard, retry_after_configured, NULL, close_rings)
{
	static const char config[] = HOME "guard: {registers: {rate: 1, burst: 1},"
					  "retry_after_min: 3600, retry_after_max: 3600}\n";
	struct slice sip;

	open_guard(config);
	rig_send(request("REGISTER", "u", "<" BOB ">", "1"), STRANGER, EDGE);
	sip = check_one(rig_send(request("REGISTER", "u", "<" BOB ">", "2"), STRANGER, EDGE), EDGE,
			STRANGER);
	check_headers(sip, "Retry-After: 3600\n");
}

GTEST_F(Guard, RC_36_retry_after_of_a_drain, NULL, close_rings)
{
	struct slice sip;
	int seconds;

	open_guard(none);
	rig_order(ORDERS_DRAINING, "");
	sip = check_one(rig_send(request("REGISTER", "u", "<" BOB ">", "1"), STRANGER, EDGE), EDGE,
			STRANGER);
	check_first_line(sip, "SIP/2.0 503 Service Unavailable");
	seconds = atoi(rig_header(sip, "Retry-After"));
	assert_in_range(seconds, 1, 30);
	atomic_load(&rig.engine->tables)->orders.retry_now = 1;
	sip = check_one(rig_send(request("REGISTER", "u", "<" BOB ">", "1"), STRANGER, EDGE), EDGE,
			STRANGER);
	check_headers(sip, "Retry-After: 0\n");
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
