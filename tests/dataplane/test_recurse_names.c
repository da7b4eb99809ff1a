/* SPDX-License-Identifier: BSD-3-Clause */
/** Contacts of a 305 that are names: RC-21, RC-27, RFC 3263. The response waits for control. */
#include "next_hop.h"
#include "recurse.h"

#define BY_NAME "Contact: <sip:new.test:5070;lr>, <sip:192.0.2.42;lr>;q=0.5\r\n"
#define TO_KNOWN "Contact: <sip:known.test;lr>\r\n"
#define NEW "192.0.2.55:5070"

static const char with_dns[] = RECURSE_HOME "dns: {enabled: true}\nproxy: {" RECURSE_PEERS "}\n";

static char bytes[MESSAGE_RING_MESSAGE_MAX];
static struct message_head parked;

static void
open_names(void)
{
	const struct hops_target hp1[] = { target(HP1, 0, 1) };
	const struct hops_target known[] = { target("192.0.2.43:5060", 0, 1) };
	const struct hops_target down[] = { target(HP3, 0, 1) };
	const struct hops_target pair[] = { target(HP2, 0, 1), target("192.0.2.44:5060", 1, 1),
					    target("192.0.2.45:5060", 2, 1) };
	const struct hops_state states[] = { { .address = rig_address(HP3), .down = true } };
	const struct hops_entry entries[] = {
		{ .name = SLICE("other.example"),
		  .kind = HOPS_CONFIGURED,
		  .targets = hp1,
		  .target_count = 1 },
		{ .name = SLICE("three.test"),
		  .kind = HOPS_RESOLVED,
		  .targets = pair,
		  .target_count = 3 },
		{ .name = SLICE("down.test"),
		  .kind = HOPS_RESOLVED,
		  .targets = down,
		  .target_count = 1 },
		{ .name = SLICE("known.test"),
		  .kind = HOPS_RESOLVED,
		  .targets = known,
		  .target_count = 1 },
		{ .name = SLICE("nowhere.test"), .kind = HOPS_NOWHERE },
		{ .name = SLICE("mute.test"), .kind = HOPS_UNRESOLVED },
	};
	const struct hops_content content = { .entries = entries,
					      .entry_count = RTE_DIM(entries),
					      .states = states,
					      .state_count = RTE_DIM(states) };

	open_with(with_dns, 1024);
	assert_int_equal(hops_publish(rig.engine->config->shm_dir, &content, NULL), SEGMENT_OK);
	via_engine_tick(rig.engine);
}

/* The response is with control: nothing has left, and nothing has changed. */
static void
check_parked(const char *status, const char *name, uint16_t port)
{
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_parked], 1);
	assert_true(message_ring_get(&rings.punt[0], &parked, bytes));
	assert_int_equal(parked.kind, MESSAGE_RESOLVE);
	assert_int_equal(parked.name_len, strlen(name));
	assert_memory_equal(bytes + parked.length - parked.name_len, name, strlen(name));
	assert_int_equal(parked.name_port, port);
	assert_memory_equal(bytes + 8, status, strlen(status));
}

static void
give_back(uint8_t flags, const char *to)
{
	parked.kind = MESSAGE_AGAIN;
	parked.flags = flags;
	parked.length -= parked.name_len;
	memset(&parked.to, 0, sizeof(parked.to));
	if (to != NULL)
		parked.to = rig_address(to);
	assert_true(message_ring_put(&rings.inject[0], &parked, bytes));
	rig_walk();
}

GTEST_F(Recurse, RC_21_name_that_is_asked_for, NULL, close_rings)
{
	open_names();
	ask_and_move("INVITE", BY_NAME);
	check_parked("305", "new.test", 5070);
	give_back(MESSAGE_RESOLVED, NEW);
	check_headers(sent(NEW, "INVITE sip:bob@other.example"), "Route: <sip:new.test:5070;lr>\n");
	sent(HP1, "ACK");
	assert_int_equal(rig.out.counter[STATS_recursed], 1);
	check_no_leaks();
}

static const struct {
	const char *label;
	uint8_t flags;
	const char *to;
} verdicts[] = {
	{ "RC-30_no_such_name", MESSAGE_NOWHERE, NULL },
	{ "RC-30_no_answer", 0, NULL },
	{ "RC-38_our_address", MESSAGE_RESOLVED, EDGE },
	{ "RC-38_another_port_of_it", MESSAGE_RESOLVED, "192.0.2.10:22" },
	{ "RC-30_loopback", MESSAGE_RESOLVED, "127.0.0.1:5060" },
};

/* The next Contact is taken then; nothing is asked for twice. */
static void
check_verdict(void **state)
{
	const typeof(verdicts[0]) *r = *state;

	open_names();
	ask_and_move("INVITE", "Contact: <sip:new.test:5070;lr>, <sip:other.test;lr>;q=0.9,"
			       "<sip:192.0.2.41;lr>;q=0.5\r\n");
	check_parked("305", "new.test", 5070);
	give_back(r->flags, r->to);
	assert_int_equal(rig.out.counter[STATS_parked], 0);
	check_headers(sent(HP2, "INVITE"), "Route: <sip:192.0.2.41;lr>\n");
	check_no_leaks();
}
GTEST_ROWS_F(Recurse, verdicts, label, check_verdict, NULL, close_rings);

/* RC-27: the Contact that is next. */
GTEST_F(Recurse, RC_27_next_is_a_name, NULL, close_rings)
{
	open_names();
	ask_and_move("INVITE", "Contact: <sip:192.0.2.41;lr>, <sip:new.test;lr>;q=0.5\r\n");
	answer_from(sent(HP2, "INVITE"), HP2, "503 x", NULL);
	check_parked("503", "new.test", 0);
	give_back(MESSAGE_RESOLVED, NEW);
	sent(NEW, "INVITE");
	sent(HP2, "ACK");
	check_no_leaks();
}

/* RC-27: the next Contact only when all places of this one have failed (RFC 3263 §4.3). */
GTEST_F(Recurse, RC_27_places_of_a_name, NULL, close_rings)
{
	static const char *const places[] = { HP2, "192.0.2.44:5060", "192.0.2.45:5060" };

	open_names();
	ask_and_move("INVITE", "Contact: <sip:192.0.2.46;lr>;q=0.1, <sip:three.test;lr>,"
			       "<sip:new.test;lr>;q=0.5\r\n");
	for (int i = 0; i < 3; i++) {
		struct slice got = sent(places[i], "INVITE sip:bob@other.example");

		assert_string_equal(rig_header(got, "Route"), "<sip:three.test;lr>");
		assert_string_equal(rig_header(got, "Max-Breadth"), "60");
		answer_from(got, places[i], "503 x", NULL);
		if (i < 2)
			assert_int_equal(rig.out.counter[STATS_parked], 0);
	}
	check_parked("503", "new.test", 0);
	give_back(MESSAGE_NOWHERE, NULL);
	check_headers(sent("192.0.2.46:5060", "INVITE"), "Route: <sip:192.0.2.46;lr>\n");
	check_no_leaks();
}

/* Another answer ends it. */
GTEST_F(Recurse, RC_27_places_are_left, NULL, close_rings)
{
	open_names();
	ask_and_move("INVITE", "Contact: <sip:three.test;lr>, <sip:192.0.2.46;lr>;q=0.1\r\n");
	answer_from(sent(HP2, "INVITE"), HP2, "503 x", NULL);
	answer_from(sent("192.0.2.44:5060", "INVITE"), "192.0.2.44:5060", "404 Not Found", NULL);
	sent(ALICE, "SIP/2.0 404 Not Found");
	assert_int_equal(rig.out.counter[STATS_branches], 0);
	check_no_leaks();
}

/* What is known, also that it leads nowhere or is down, is not asked for. */
static const struct {
	const char *label, *contacts, *to;
} known[] = {
	{ "RC-21_known", TO_KNOWN, "192.0.2.43:5060" },
	{ "RC-30_nowhere", "Contact: <sip:nowhere.test;lr>, <sip:known.test;lr>;q=0.5\r\n",
	  "192.0.2.43:5060" },
	{ "RC-30_mute", "Contact: <sip:mute.test;lr>, <sip:known.test;lr>;q=0.5\r\n",
	  "192.0.2.43:5060" },
	{ "RC-30_down",
	  "Contact: <sip:down.test;lr>, <sip:192.0.2.42;lr>;q=0.9,"
	  "<sip:known.test;lr>;q=0.5\r\n",
	  "192.0.2.43:5060" },
	{ "RC-30_all_down", "Contact: <sip:down.test;lr>\r\n", NULL },
};

static void
check_known(void **state)
{
	const typeof(known[0]) *r = *state;

	open_names();
	ask_and_move("INVITE", r->contacts);
	if (r->to != NULL)
		sent(r->to, "INVITE");
	else
		sent(ALICE, "SIP/2.0 305 Use Proxy");
	assert_int_equal(rig.out.counter[STATS_parked], 0);
	check_no_leaks();
}
GTEST_ROWS_F(Recurse, known, label, check_known, NULL, close_rings);

/* Control is not there, or its ring is full: the next Contact. */
GTEST_F(Recurse, RC_30_nobody_to_ask, NULL, close_rings)
{
	open_names();
	atomic_store(&rig.engine->control_age_ms, VIA_CONTROL_GONE_MS + 1);
	ask_and_move("INVITE", BY_NAME "Contact: <sip:192.0.2.41;lr>;q=0.1\r\n");
	assert_int_equal(rig.out.counter[STATS_parked], 0);
	sent(HP2, "INVITE");
	check_no_leaks();
}

/* While one waits, its copies are given to control too, which keeps one; nothing comes of the rest.
 */
GTEST_F(Recurse, RC_32_copies_while_it_waits, NULL, close_rings)
{
	uint64_t copy;
	struct slice first;

	open_names();
	first = ask_and_move("INVITE", BY_NAME);
	check_parked("305", "new.test", 5070);
	copy = parked.copy;
	answer_from(first, HP1, "305 Use Proxy", BY_NAME);
	check_parked("305", "new.test", 5070);
	assert_int_equal(parked.copy, copy);
	give_back(MESSAGE_RESOLVED, NEW);
	sent(NEW, "INVITE");
	parked.length += parked.name_len;
	give_back(MESSAGE_RESOLVED, NEW);
	assert_int_equal(count_to(NEW), 0);
	/* and when all is over, it is a response to nothing */
	check_no_leaks();
	parked.length += parked.name_len;
	give_back(MESSAGE_RESOLVED, NEW);
	assert_int_equal(rig.out.count, 0);
	assert_int_equal(rig.out.counter[STATS_stray_response], 1);
}

/* Who was waited for has given up meanwhile. */
GTEST_F(Recurse, RC_26_cancelled_while_it_waits, NULL, close_rings)
{
	open_names();
	ask_and_move("INVITE", BY_NAME);
	check_parked("305", "new.test", 5070);
	rig.worker->transactions->row[0].flags |= TRANSACTION_CANCELLED;
	give_back(MESSAGE_RESOLVED, NEW);
	assert_int_equal(count_to(NEW), 0);
	sent(ALICE, "SIP/2.0 305 Use Proxy");
	check_no_leaks();
}

GTEST_F(Recurse, RC_26_cancelled_before, NULL, close_rings)
{
	struct slice first;

	open_names();
	ask("INVITE", "sip:bob@other.example", NULL);
	first = sent(HP1, "INVITE");
	rig.worker->transactions->row[0].flags |= TRANSACTION_CANCELLED;
	answer_from(first, HP1, "305 Use Proxy", BY_NAME);
	assert_int_equal(rig.out.counter[STATS_parked], 0);
	sent(ALICE, "SIP/2.0 305 Use Proxy");
	check_no_leaks();
}

/* A 305 of somebody who is not followed asks for nothing. */
GTEST_F(Recurse, RC_31_unlisted_does_not_ask, NULL, close_rings)
{
	open_names();
	ask("INVITE", "sip:bob@192.0.2.60", NULL);
	answer_from(sent(UNLISTED, "INVITE"), UNLISTED, "305 Use Proxy", BY_NAME);
	assert_int_equal(rig.out.counter[STATS_parked], 0);
	assert_int_equal(count_to(ALICE), 1);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
