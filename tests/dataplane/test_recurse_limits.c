/* SPDX-License-Identifier: BSD-3-Clause */
/** How far 305s are followed, and where from there: RC-24, RC-27 to RC-29, RC-32. */
#include "recurse.h"

#define BOTH "Contact: <sip:192.0.2.41;lr>, <sip:192.0.2.42;lr>;q=0.5\r\n"
#define EQUAL "Contact: <sip:192.0.2.41;lr>;q=0.5, <sip:192.0.2.42;lr>;q=0.5\r\n"
#define TO_HP1 "Contact: <sip:192.0.2.30;lr>\r\n"
#define TO_HP2 "Contact: <sip:192.0.2.41;lr>\r\n"

/* ---- RC-24 ---- */

GTEST(Recurse, RC_24_one_of_equals_at_random)
{
	unsigned int to[2] = { 0 };

	open_fresh(recurse_home);
	rig.worker->transactions->random = 24;
	for (int i = 0; i < 1000; i++) {
		ask_and_move("MESSAGE", EQUAL);
		to[0] += count_to(HP2);
		to[1] += count_to(HP3);
	}
	assert_int_equal(to[0] + to[1], 1000);
	assert_in_range(to[0], 400, 600);
	check_no_leaks();
}

/* ---- RC-27 ---- */

static const struct {
	const char *label, *method, *status;
	bool next; /* HP3 is tried */
	const char *upstream;
} failures[] = {
	{ "RC-27_503", "INVITE", "503 Service Unavailable", true, NULL },
	{ "RC-27_503_to_MESSAGE", "MESSAGE", "503 Service Unavailable", true, NULL },
	{ "RC-27_500", "INVITE", "500 Server Internal Error", false,
	  "SIP/2.0 500 Server Internal Error" },
	{ "RC-27_408_of_somebody", "INVITE", "408 Request Timeout", false,
	  "SIP/2.0 408 Request Timeout" },
	{ "RC-27_404", "INVITE", "404 Not Found", false, "SIP/2.0 404 Not Found" },
	{ "RC-27_603", "INVITE", "603 Decline", false, "SIP/2.0 603 Decline" },
	{ "RC-27_302", "INVITE", "302 Moved", false, "SIP/2.0 302 Moved" },
	{ "RC-27_305_that_leads_nowhere", "INVITE", "305 Use Proxy", false,
	  "SIP/2.0 305 Use Proxy" },
};

static void
check_failure(void **state)
{
	const typeof(failures[0]) *r = *state;
	struct slice second;

	open_fresh(recurse_home);
	ask_and_move(r->method, BOTH);
	second = sent(HP2, r->method);
	assert_int_equal(count_to(HP3), 0);
	answer_from(second, HP2, r->status, NULL);
	if (!r->next) {
		sent(ALICE, r->upstream);
		assert_int_equal(count_to(HP3), 0);
		check_no_leaks();
		return;
	}
	assert_int_equal(count_to(ALICE), 0);
	check_headers(sent(HP3, r->method), "Route: <sip:192.0.2.42;lr>\n");
	/* none is left: it is a failure as any */
	answer_from(sent(HP3, r->method), HP3, r->status, NULL);
	sent(ALICE, "SIP/2.0 500 Server Internal Error");
	assert_int_equal(rig.out.counter[STATS_branches], 0);
	check_no_leaks();
}
GTEST_ROWS(Recurse, failures, label, check_failure);

/* Acceptance scenario 8: from the Routes as they were received, and with the Request-URI of then.
 */
GTEST(Recurse, RC_27_from_the_original_route_set)
{
	open_fresh(recurse_home);
	ask("INVITE", "sip:bob@x.test",
	    "Route: <sip:192.0.2.30;lr>, <sip:x.example;lr>\r\nRoute: <sip:y.example;lr>\r\n");
	answer_from(sent(HP1, "INVITE"), HP1, "305 Use Proxy", BOTH);
	check_headers(sent(HP2, "INVITE sip:bob@x.test"),
		      "Route: <sip:192.0.2.41;lr>, <sip:x.example;lr>, <sip:y.example;lr>\n"
		      "Max-Forwards: 69\nMax-Breadth: 60\n");
	answer_from(sent(HP2, "INVITE"), HP2, "503 x", NULL);
	check_headers(sent(HP3, "INVITE sip:bob@x.test"),
		      "Route: <sip:192.0.2.42;lr>, <sip:x.example;lr>, <sip:y.example;lr>\n"
		      "Max-Forwards: 69\nMax-Breadth: 60\n");
	check_no_leaks();
}

/* Nobody answers an INVITE; who sent another request has given up by then. */
static const struct {
	const char *label, *method;
	bool next;
} silent[] = {
	{ "RC-27_INVITE", "INVITE", true },
	{ "RC-27_MESSAGE", "MESSAGE", false },
};

static void
check_silent(void **state)
{
	const typeof(silent[0]) *r = *state;
	bool next = false;

	open_fresh(recurse_home);
	ask_and_move(r->method, BOTH);
	for (int i = 0; i < 65; i++) {
		rig_wait(510);
		rig_walk();
		next |= count_to(HP3) > 0;
	}
	assert_int_equal(next, r->next);
	check_no_leaks();
}
GTEST_ROWS(Recurse, silent, label, check_silent);

/* Where the first Contact leads on, and that fails: the second one of the first 305. */
GTEST(Recurse, RC_27_behind_another_305)
{
	open_fresh(recurse_home);
	ask_and_move("INVITE", BOTH);
	answer_from(sent(HP2, "INVITE"), HP2, "305 Use Proxy",
		    "Contact: <sip:192.0.2.43;lr>, <sip:192.0.2.44;lr>;q=0.1\r\n");
	assert_int_equal(rig.out.counter[STATS_recursed], 1);
	answer_from(sent("192.0.2.43:5060", "INVITE"), "192.0.2.43:5060", "503 x", NULL);
	answer_from(sent("192.0.2.44:5060", "INVITE"), "192.0.2.44:5060", "503 x", NULL);
	check_headers(sent(HP3, "INVITE"), "Route: <sip:192.0.2.42;lr>\n");
	check_no_leaks();
}

/* Nothing is begun for who has given up. */
GTEST(Recurse, RC_27_cancelled)
{
	struct slice second;

	open_fresh(recurse_home);
	ask_and_move("INVITE", BOTH);
	second = sent(HP2, "INVITE");
	rig.worker->transactions->row[0].flags |= TRANSACTION_CANCELLED;
	answer_from(second, HP2, "503 x", NULL);
	assert_int_equal(count_to(HP3), 0);
	assert_int_equal(count_to(ALICE), 1);
	check_no_leaks();
}

/* ---- RC-28 ---- */

static const struct {
	const char *label, *must_visit;
	const char *to, *route; /* NULL: it is not followed */
} visits[] = {
	{ "RC-28_one", "'sip:192.0.2.42;lr'", HP3,
	  "<sip:192.0.2.42;lr>, <sip:192.0.2.41;lr>, <sip:x.example;lr>" },
	{ "RC-28_two", "'sip:hp3.example.net;lr', 'sip:v@192.0.2.99;lr'", HP3,
	  "<sip:hp3.example.net;lr>, <sip:v@192.0.2.99;lr>, <sip:192.0.2.41;lr>, "
	  "<sip:x.example;lr>" },
	{ "RC-28_top_is_nowhere", "'sip:nowhere.test;lr'", NULL, NULL },
	{ "RC-28_top_is_ours", "'sip:192.0.2.10;lr'", NULL, NULL },
	{ "RC-28_top_is_our_name", "'sip:p1.example.com;lr', 'sip:192.0.2.42;lr'", NULL, NULL },
};

static void
check_visit(void **state)
{
	const typeof(visits[0]) *r = *state;
	static char config[4096];

	snprintf(config, sizeof(config), "%sproxy: {" RECURSE_PEERS ", must_visit: [%s]}\n",
		 RECURSE_HOME, r->must_visit);
	open_fresh(config);
	ask("INVITE", "sip:bob@x.test", "Route: <sip:192.0.2.30;lr>, <sip:x.example;lr>\r\n");
	answer_from(sent(HP1, "INVITE"), HP1, "305 Use Proxy", TO_HP2);
	if (r->to == NULL)
		sent(ALICE, "SIP/2.0 305 Use Proxy");
	else
		assert_string_equal(rig_header(sent(r->to, "INVITE sip:bob@x.test"), "Route"),
				    r->route);
	check_no_leaks();
	rig_open(NULL);
}
GTEST_ROWS(Recurse, visits, label, check_visit);

/* ---- RC-29, and forks ---- */

#define UA2 "192.0.2.70:5060"
#define UA3 "192.0.2.71:5060"

static void
bind_fork(void)
{
	rig_bind("sip:two@example.com", "sip:one@10.0.0.5|<sip:192.0.2.30;lr>",
		 "sip:two@192.0.2.70", NULL);
}

/* One branch is repeated; the other rings on, and its breadth is what it was. */
GTEST(Recurse, RC_29_one_branch_of_a_fork)
{
	struct slice first, other, again;

	open_fresh(recurse_home);
	bind_fork();
	ask("INVITE", "sip:two@example.com", "Max-Breadth: 5\r\n");
	first = sent(HP1, "INVITE sip:one@10.0.0.5");
	other = sent(UA2, "INVITE sip:two@192.0.2.70");
	answer_from(first, HP1, "305 Use Proxy", TO_HP2);
	assert_int_equal(rig.out.count, 2);
	again = sent(HP2, "INVITE sip:one@10.0.0.5");
	check_headers(again, "Route: <sip:192.0.2.41;lr>\n");
	assert_string_equal(rig_header(again, "Max-Breadth"),
			    strcmp(rig_header(first, "Max-Breadth"), "3") == 0 ? "3" : "2");
	answer_from(again, HP2, "486 Busy Here", NULL);
	assert_int_equal(count_to(ALICE), 0);
	answer_from(other, UA2, "200 OK", NULL);
	sent(ALICE, "SIP/2.0 200 OK");
	check_no_leaks();
}

/* MB-12: who waits for breadth waits for the branch that was repeated, too. */
GTEST(Recurse, RC_29_MB_12_breadth_of_one)
{
	struct slice again;

	open_fresh(recurse_home);
	rig_bind("sip:two@example.com", "sip:one@10.0.0.5|<sip:192.0.2.30;lr>",
		 "sip:one@10.0.0.6|<sip:192.0.2.30;lr>", NULL);
	ask("INVITE", "sip:two@example.com", "Max-Breadth: 1\r\n");
	answer_from(sent(HP1, "INVITE"), HP1, "305 Use Proxy", BOTH);
	again = sent(HP2, "INVITE");
	assert_int_equal(rig.out.count, 2);
	assert_string_equal(rig_header(again, "Max-Breadth"), "1");
	answer_from(again, HP2, "503 x", NULL);
	assert_int_equal(count_to(HP1), 0);
	again = sent(HP3, "INVITE");
	assert_string_equal(rig_header(again, "Max-Breadth"), "1");
	answer_from(again, HP3, "404 Not Found", NULL);
	assert_string_equal(rig_header(sent(HP1, "INVITE"), "Max-Breadth"), "1");
	check_no_leaks();
}

/* A 305 on each branch of a fork: the Contact is tried once for all of them. */
GTEST(Recurse, RC_32_once_for_all_branches)
{
	struct slice first, second;

	open_fresh(recurse_home);
	rig_bind("sip:two@example.com", "sip:one@10.0.0.5|<sip:192.0.2.30;lr>",
		 "sip:two@10.0.0.6|<sip:192.0.2.43;lr>", NULL);
	ask("INVITE", "sip:two@example.com", NULL);
	first = sent(HP1, "INVITE");
	second = sent("192.0.2.43:5060", "INVITE");
	answer_from(first, HP1, "305 Use Proxy", TO_HP2);
	first = sent(HP2, "INVITE sip:one@10.0.0.5");
	answer_from(second, "192.0.2.43:5060", "305 Use Proxy",
		    "Contact: <SIP:192.0.2.41:5060;lr;x=1>, <sip:192.0.2.41>\r\n");
	assert_int_equal(count_to(HP2), 0);
	assert_int_equal(count_to(ALICE), 0);
	answer_from(first, HP2, "404 Not Found", NULL);
	sent(ALICE, "SIP/2.0 305 Use Proxy");
	check_no_leaks();
}

/* ---- RC-32 ---- */

/* Acceptance scenario 11: two drained sites that name each other. */
GTEST(Recurse, RC_32_ping_pong)
{
	open_fresh(recurse_home);
	ask_and_move("INVITE", TO_HP2);
	answer_from(sent(HP2, "INVITE"), HP2, "305 Use Proxy", TO_HP1);
	answer_from(sent(HP1, "INVITE"), HP1, "305 Use Proxy", TO_HP2);
	sent(ALICE, "SIP/2.0 305 Use Proxy");
	assert_int_equal(rig.out.count, 2);
	sent(HP1, "ACK");
	check_no_leaks();
}

/* A chain in which each names another one. */
GTEST(Recurse, RC_32_depth)
{
	char contact[64];
	struct slice last;
	int depth = 0;

	open_fresh(recurse_home);
	ask("INVITE", "sip:bob@other.example", NULL);
	last = sent(HP1, "INVITE");
	answer_from(last, HP1, "305 Use Proxy", "Contact: <sip:0@192.0.2.41;lr>\r\n");
	while (count_to(ALICE) == 0) {
		last = sent(HP2, "INVITE");
		snprintf(contact, sizeof(contact), "Contact: <sip:%d@192.0.2.41;lr>\r\n", ++depth);
		answer_from(last, HP2, "305 Use Proxy", contact);
	}
	assert_int_equal(depth, RECURSE_DEPTH_MAX);
	sent(ALICE, "SIP/2.0 305 Use Proxy");
	check_no_leaks();
}

/* `count` Contacts that nobody has had yet. */
static const char *
contacts(unsigned int count)
{
	static char text[40000];
	static unsigned int user;
	size_t n = 0;

	for (unsigned int i = 0; i < count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s<sip:%u@192.0.2.41;lr>;q=0.%u",
				      i == 0 ? "Contact: " : ", ", user++, 999 - i);
	snprintf(text + n, sizeof(text) - n, "\r\n");
	return text;
}

static unsigned int
branches_until_the_end(const char *status, unsigned int moved_every)
{
	unsigned int n = 0;

	while (count_to(ALICE) == 0) {
		struct slice last = sent(HP2, "INVITE");

		assert_true(++n <= RECURSE_MAX);
		if (moved_every != 0 && n % moved_every == 0)
			answer_from(last, HP2, "305 Use Proxy", contacts(64));
		else
			answer_from(last, HP2, status, NULL);
	}
	return n;
}

GTEST(Recurse, RC_32_64_Contacts)
{
	open_fresh(recurse_home);
	ask_and_move("INVITE", contacts(100));
	assert_int_equal(branches_until_the_end("503 x", 0), RECURSE_MAX);
	sent(ALICE, "SIP/2.0 500 Server Internal Error");
	check_no_leaks();
}

/* Each of many Contacts fails, but for some that name as many others. */
GTEST(Recurse, RC_32_storm)
{
	open_fresh(recurse_home);
	ask_and_move("INVITE", contacts(64));
	assert_int_equal(branches_until_the_end("503 x", 13), RECURSE_MAX);
	check_no_leaks();
	ask_and_move("INVITE", contacts(64));
	assert_int_equal(branches_until_the_end("503 x", 2), 2 * RECURSE_DEPTH_MAX);
	sent(ALICE, "SIP/2.0 305 Use Proxy");
	check_no_leaks();
}

/* No room for another branch: an ordinary 3xx. */
GTEST(Recurse, RC_30_branches_full)
{
	struct slice first = SLICE_ABSENT;

	open_fresh(RIG_NETWORKS RIG_NO_LIMITS "names: [p1.example.com]\ndomains: [example.com]\n"
					      "transactions: {max: 16, branches: 16}\n"
					      "proxy: {" RECURSE_PEERS "}\n");
	for (int i = 0; i < 16; i++) {
		ask("INVITE", "sip:bob@other.example", NULL);
		first = sent(HP1, "INVITE");
	}
	answer_from(first, HP1, "305 Use Proxy", TO_HP2);
	sent(ALICE, "SIP/2.0 305 Use Proxy");
	assert_int_equal(count_to(HP2), 0);
	assert_int_equal(rig.out.counter[STATS_transactions_full], 1);
	assert_int_equal(rig.out.counter[STATS_recursed], 0);
	check_no_leaks();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
