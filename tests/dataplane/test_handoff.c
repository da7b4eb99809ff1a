/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Messages for the transactions of other workers. Nodes of the test stand behind via_request,
 * via_fork and via_response, as late as anything is handed over, and decide where to.
 */
#include <rte_ring.h>

#include "guard_cases.h"
#include "handoff.h"
#include "rig_internal.h"

static const char two_workers[] =
	RIG_NETWORKS_OF("2") RIG_NO_LIMITS "names: [proxy.example]\ndomains: [example.com]\n"
					   "edge: {enabled: true, name: ep1.example.com, "
					   "record_route: ob}\n";
static const char three_workers[] = RIG_NETWORKS_OF("3") RIG_NO_LIMITS;
static const char no_transactions[] =
	RIG_NETWORKS_OF("2") RIG_NO_LIMITS "transactions: {state: never}\n";
static const char limits[] = RIG_NETWORKS_OF(
	"2") "names: [p1.example.com]\ndomains: [example.com]\n"
	     "guard: {invite_source: {rate: 1, burst: 10}, invite_aor: {rate: 0}}\n";

/* ---- nodes that hand over ---- */

enum { ONWARD, HAND_OVER, DROP };

enum { STAY = VIA_MAX_WORKERS, BY_CALL_ID };

enum place { AT_REQUEST, AT_FORK, AT_RESPONSE };

/* Where messages of each worker are handed over, and to whom. */
static struct {
	enum place place;
	unsigned int owner[2];
	bool again; /* also what was handed over */
} steer = { .owner = { STAY, STAY } };

/* What via_request and those behind it write must not matter. */
static void
spoil(struct via_meta *meta)
{
	meta->flags |= ~(uint32_t)VIA_HANDED;
	memset(&meta->target, 0xa5, sizeof(meta->target));
	memset(&meta->pop_routes, 0xa5,
	       offsetof(struct via_meta, again_to) - offsetof(struct via_meta, pop_routes));
	memset(&meta->ask, 0xa5,
	       offsetof(struct via_meta, fields) - offsetof(struct via_meta, ask));
}

static uint16_t
steer_one(const struct via_worker *w, struct via_meta *meta, enum place place)
{
	unsigned int owner = w->index < 2 ? steer.owner[w->index] : STAY;

	if (owner == BY_CALL_ID)
		owner = (unsigned int)(meta->fields.call_id.ptr[0] - '0') % 3;
	if (place != steer.place || owner == STAY || owner == w->index ||
	    ((meta->flags & VIA_HANDED) != 0 && !steer.again))
		return ONWARD;
	spoil(meta);
	return via_handoff(w, meta, owner, HAND_OVER, DROP);
}

#define STEER(number, place, onward)                                                               \
	static uint16_t steer##number(struct via_worker *w, struct rte_mbuf *m,                    \
				      struct via_meta *meta)                                       \
	{                                                                                          \
		(void)m;                                                                           \
		return steer_one(w, meta, place);                                                  \
	}                                                                                          \
	VIA_NODE(rig_steer##number, steer##number, [ONWARD] = onward,                              \
		 [HAND_OVER] = "via_handoff_tx", [DROP] = "via_drop")

STEER(0, AT_REQUEST, "via_screen");
STEER(1, AT_FORK, "via_egress");
STEER(2, AT_RESPONSE, "via_egress");

/* The edge by which a message goes on. */
static bool
lead_through(const char *node, rte_edge_t edge, const char *to)
{
	return rte_node_edge_update(rte_node_from_name(node), edge, &to, 1) == 1;
}

static void
hand_over(enum place place, unsigned int owner)
{
	steer = (typeof(steer)){ .place = place, .owner = { owner, STAY } };
}

static int
stop(void **state)
{
	hand_over(AT_REQUEST, STAY);
	return close_rings(state);
}

/* ---- messages ---- */

#define BOB_AT "203.0.113.50:5060"

static struct slice
invite(void)
{
	return case_message(&(const struct request_case){ .lines = VIA MF });
}

/* The response to a request that went through the first worker. */
static struct slice
response_to(struct slice request)
{
	static char text[4096];

	return slice_of(
		text,
		(size_t)snprintf(
			text, sizeof(text),
			"SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=b\r\nCall-ID: %s\r\n"
			"CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
			strdupa(rig_header(request, "Via")), strdupa(rig_header(request, "From")),
			strdupa(rig_header(request, "To")),
			strdupa(rig_header(request, "Call-ID"))));
}

/* ---- the other worker does what this one would ---- */

static const struct way_row {
	const char *label, *method, *uri, *lines;
	enum place place;
} ways[] = {
	{ "request", "INVITE", "sip:bob@203.0.113.50", "", AT_REQUEST },
	{ "request at the fork", "INVITE", "sip:bob@203.0.113.50", "", AT_FORK },
	{ "to an AOR", "INVITE", BOB, "", AT_REQUEST },
	{ "to an AOR, at the fork", "INVITE", BOB, "", AT_FORK },
	{ "Route of ours", "MESSAGE", "sip:bob@203.0.113.50",
	  "Route: <sip:192.0.2.10;lr>, <sip:203.0.113.50;lr>\r\n", AT_REQUEST },
	{ "two Routes of ours", "MESSAGE", "sip:bob@203.0.113.50",
	  "Route: <sip:192.0.2.10;lr>, <sip:proxy.example;lr>, <sip:203.0.113.50;lr>\r\n",
	  AT_FORK },
	{ "strict router before", "MESSAGE", "sip:192.0.2.10;lr",
	  "Route: <sip:bob@203.0.113.50>\r\n", AT_FORK },
	{ "REGISTER", "REGISTER", "sip:other.example",
	  "Supported: path, outbound\r\nContact: <sip:a@198.51.100.9>;reg-id=1\r\n", AT_FORK },
	{ "CANCEL", "CANCEL", BOB, "", AT_REQUEST },
};

static void
check_handed(uint64_t at_first, uint64_t at_second, enum stats_counter way_out)
{
	assert_int_equal(rig_counted(0, STATS_rx), 1);
	assert_int_equal(rig_counted(0, STATS_handed_over), 1);
	assert_int_equal(rig_counted(1, STATS_rx), 0);
	assert_int_equal(rig_counted(0, way_out), at_first);
	assert_int_equal(rig_counted(1, way_out), at_second);
}

static void
check_way(void **state)
{
	const struct way_row *r = *state;
	struct request_case c = { .method = r->method, .uri = r->uri };
	static char lines[512], direct[4096];
	struct slice in, out;

	rig_open(two_workers);
	rig_bind(BOB, "sip:bob@203.0.113.50", NULL);
	snprintf(lines, sizeof(lines), VIA MF "%s", r->lines);
	c.lines = lines;
	in = case_message(&c);
	rig_send(in, ALICE, EDGE);
	assert_int_equal(rig_counted(0, STATS_forwarded_requests), 1);
	out = rig.out.datagram[0].sip;
	snprintf(direct, sizeof(direct), "%.*s", SLICE_FMT(out));
	hand_over(r->place, 1);
	out = check_one(rig_send(in, ALICE, EDGE), EDGE,
			strstr(r->uri, "other") != NULL ? "192.0.2.30:5060" : BOB_AT);
	check_handed(0, 1, STATS_forwarded_requests);
	assert_slice(out, direct);
}
GTEST_ROWS_F(Handoff, ways, label, check_way, NULL, stop);

GTEST_F(Handoff, response, NULL, stop)
{
	struct slice sip, out;
	char direct[4096];

	rig_open(two_workers);
	rig_send(invite(), ALICE, EDGE);
	sip = response_to(rig.out.datagram[0].sip);
	out = check_one(rig_send(sip, BOB_AT, EDGE), EDGE, ALICE);
	snprintf(direct, sizeof(direct), "%.*s", SLICE_FMT(out));
	hand_over(AT_RESPONSE, 1);
	out = check_one(rig_send(sip, BOB_AT, EDGE), EDGE, ALICE);
	check_handed(0, 1, STATS_forwarded_responses);
	assert_slice(out, direct);
}

/* The other way round as well: the first worker has walked by then. */
GTEST_F(Handoff, to_the_first, NULL, stop)
{
	rig_open(two_workers);
	steer.owner[1] = 0;
	rig.receiver = 1;
	rig_send(invite(), ALICE, EDGE);
	rig.receiver = 0;
	assert_int_equal(rig_counted(1, STATS_rx), 1);
	assert_int_equal(rig_counted(1, STATS_handed_over), 1);
	assert_int_equal(rig_counted(0, STATS_forwarded_requests), 1);
}

/* What the owner refuses is refused, and he counts it. */
GTEST_F(Handoff, refused_there, NULL, stop)
{
	const struct request_case c = { .uri = "sip:nobody@example.com", .lines = VIA MF };

	rig_open(two_workers);
	hand_over(AT_REQUEST, 1);
	check_first_line(check_one(rig_send(case_message(&c), ALICE, EDGE), EDGE, ALICE),
			 "SIP/2.0 404 Not Found");
	check_handed(0, 1, STATS_replied);
}

/* ---- bursts ---- */

/* Each owner gets his own, in order; what is this worker's own stays. */
GTEST_F(Handoff, burst_for_several, NULL, stop)
{
	enum { MESSAGES = 60 };
	unsigned int seen[3] = { 0 };

	rig_open(three_workers);
	hand_over(AT_REQUEST, BY_CALL_ID);
	for (unsigned int i = 0; i < MESSAGES; i++) {
		char text[1024];

		rig_queue(
			NULL,
			slice_of(
				text,
				(size_t)snprintf(
					text, sizeof(text),
					"OPTIONS sip:bob@203.0.113.50 SIP/2.0\r\n"
					"Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bK%u\r\n" MF
					"From: <sip:a@example.org>;tag=1\r\nTo: "
					"<sip:b@example.com>\r\n"
					"Call-ID: %u-%02u\r\nCSeq: 1 OPTIONS\r\nContent-Length: "
					"0\r\n\r\n",
					i, i * 7 % 3, i)),
			ALICE, EDGE);
	}
	rig_walk();
	assert_int_equal(rig.out.count, MESSAGES);
	assert_int_equal(rig_counted(0, STATS_handed_over), MESSAGES / 3 * 2);
	for (unsigned int i = 0; i < MESSAGES; i++) {
		const char *id = rig_header(rig.out.datagram[i].sip, "Call-ID");
		unsigned int owner = (unsigned int)(id[0] - '0');
		unsigned int number = (unsigned int)atoi(id + 2) + 1;

		assert_in_range(number, seen[owner] + 1, MESSAGES);
		seen[owner] = number;
	}
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(rig_counted(i, STATS_forwarded_requests), MESSAGES / 3);
}

/* More than one walk of the owner takes. */
GTEST_F(Handoff, many, NULL, stop)
{
	rig_open(two_workers);
	hand_over(AT_REQUEST, 1);
	for (unsigned int i = 0; i < 500; i++)
		rig_queue(NULL, invite(), ALICE, EDGE);
	rig_walk();
	assert_int_equal(rig_counted(0, STATS_handed_over), 500);
	assert_int_equal(rig_counted(1, STATS_forwarded_requests), 500);
}

static bool
walk(unsigned int worker)
{
	struct via_worker *w = rig.engine->worker[worker];

	via_worker_begin(w);
	rte_graph_walk(rig_graph[worker]);
	via_worker_end(w);
	return w->busy;
}

/* A worker to whom messages are handed over does not sleep meanwhile. */
GTEST_F(Handoff, keeps_awake, NULL, stop)
{
	rig_open(two_workers);
	hand_over(AT_REQUEST, 1);
	rig_queue(NULL, invite(), ALICE, EDGE);
	assert_false(walk(1));
	assert_true(walk(0));
	assert_true(walk(1));
	assert_false(walk(1));
	rig_walk();
}

GTEST_F(Handoff, full_ring, NULL, stop)
{
	struct rte_ring *usual, *small;

	rig_open(two_workers);
	usual = rig.engine->handoff[1];
	small = rte_ring_create("rig_small", 4, SOCKET_ID_ANY, RING_F_SC_DEQ);
	assert_non_null(small);
	rig.engine->handoff[1] = small;
	hand_over(AT_REQUEST, 1);
	for (unsigned int i = 0; i < 10; i++)
		rig_queue(NULL, invite(), ALICE, EDGE);
	rig_walk();
	rig.engine->handoff[1] = usual;
	rte_ring_free(small);
	assert_int_equal(rig_counted(0, STATS_handed_over), 3);
	assert_int_equal(rig_counted(0, STATS_handoff_full), 7);
	assert_int_equal(rig_counted(1, STATS_forwarded_requests), 3);
}

/* ---- to nobody ---- */

static const struct nobody_row {
	const char *label;
	unsigned int owner;
	bool again; /* handed over, and once more */
} nobody[] = {
	{ "one too many", 2, false },
	{ "the last there can be", 63, false },
	{ "none", BRANCH_NO_OWNER, false },
	{ "handed over twice", 1, true },
};

static void
check_nobody(void **state)
{
	const struct nobody_row *r = *state;
	struct slice sip;

	rig_open(two_workers);
	rig_send(invite(), ALICE, EDGE);
	sip = response_to(rig.out.datagram[0].sip);
	for (enum place place = AT_REQUEST; place <= AT_RESPONSE; place++) {
		hand_over(place, r->owner);
		steer.again = r->again;
		steer.owner[1] = 0;
		if (place == AT_RESPONSE)
			rig_send(sip, BOB_AT, EDGE);
		else
			rig_send(invite(), ALICE, EDGE);
		assert_int_equal(rig.out.count, 0);
		assert_int_equal(rig_counted(0, STATS_handed_over), r->again);
		assert_int_equal(rig_counted(r->again, place == AT_RESPONSE ? STATS_stray_response
									    : STATS_handoff_full),
				 1);
	}
}
GTEST_ROWS_F(HandoffNobody, nobody, label, check_nobody, NULL, stop);

/* Nobody hands over to himself: with one worker there is no ring. */
GTEST(Handoff, to_oneself)
{
	static struct via_meta meta;

	rig_open(two_workers);
	assert_int_equal(via_handoff(rig.worker, &meta, 0, HAND_OVER, DROP), DROP);
	assert_int_equal(via_handoff(rig.worker, &meta, 1, HAND_OVER, DROP), HAND_OVER);
	assert_int_equal(meta.owner, 1);
	rig_open(rig_config_edge);
	assert_null(rig.engine->handoff[0]);
	assert_null(rig.engine->owners.set);
	assert_int_equal(via_handoff(rig.worker, &meta, 0, HAND_OVER, DROP), DROP);
}

/* ---- limits ---- */

/* The owner's limits count, for the source as he knows it. */
GTEST_F(Handoff, limits, NULL, stop)
{
	struct slice sip = request("INVITE", "u", "<" BOB ">", "");

	open_guard(limits);
	hand_over(AT_REQUEST, 1);
	assert_int_equal(let_through(sip, STRANGER, 15, STATS_invite_limit), 10);
	assert_int_equal(let_through(sip, PEER, 15, STATS_invite_limit), 15);
	rig.receiver = 1;
	assert_int_equal(let_through(sip, STRANGER, 15, STATS_invite_limit), 0);
	assert_int_equal(let_through(sip, "203.0.113.8:5060", 15, STATS_invite_limit), 10);
	hand_over(AT_REQUEST, STAY);
	rig.receiver = 0;
	assert_int_equal(let_through(sip, STRANGER, 15, STATS_invite_limit), 10);
}

/* Copies of what the owner let through are copies, whichever way they come. */
GTEST_F(Handoff, copies, NULL, stop)
{
	struct slice sip = request("INVITE", "u", "<" BOB ">", "");

	open_guard(limits);
	rig.receiver = 1;
	assert_int_equal(let_through(sip, STRANGER, 10, STATS_invite_limit), 10);
	rig.receiver = 0;
	hand_over(AT_REQUEST, 1);
	rig_send(sip, STRANGER, EDGE);
	assert_int_equal(rig_counted(1, STATS_forwarded_requests), 1);
	assert_int_equal(let_through(sip, STRANGER, 1, STATS_invite_limit), 0);
}

/* ---- opening and closing ---- */

GTEST(Handoff, closed_with_messages)
{
	unsigned int before;

	rig_open(NULL);
	before = rte_mempool_avail_count(rig_pool);
	for (int i = 0; i < 2; i++) {
		rig_open(two_workers);
		for (int n = 0; n < 5; n++)
			assert_int_equal(rte_ring_enqueue(rig.engine->handoff[n % 2],
							  rte_pktmbuf_alloc(rig_pool)),
					 0);
		assert_int_equal(rte_mempool_avail_count(rig_pool), before - 5);
		rig_open(NULL);
		assert_int_equal(rte_mempool_avail_count(rig_pool), before);
	}
}

/* Room for the transactions of all workers; none where there are no transactions. */
GTEST(Handoff, owners)
{
	uint64_t rows;

	rig_open(two_workers);
	rows = rig.engine->config->file->transactions.max * 2;
	assert_in_range((rig.engine->owners.mask + 1) * OWNERS_WAYS, rows, 4 * rows);
	rig_open(no_transactions);
	assert_null(rig.engine->owners.set);
	assert_non_null(rig.engine->handoff[1]);
}

int
main(int argc, char **argv)
{
	if (!lead_through("via_request", 0, "rig_steer0") ||
	    !lead_through("via_fork", 1, "rig_steer1") ||
	    !lead_through("via_response", 0, "rig_steer2"))
		return 1;
	return rig_main(argc, argv);
}
