/* SPDX-License-Identifier: BSD-3-Clause */
/** Forks of what is large, too much, or meant to do harm: bounded, and nothing is left behind. */
#include "fork_many.h"
#include "rig_internal.h"

static const char always[] = FORK_CONFIG("", "state: always");
static const char few[] = FORK_CONFIG("", "max: 16");
static const char few_branches[] = FORK_CONFIG("", "max: 16, branches: 16");
static const char little_memory[] = FORK_CONFIG("", "memory_mb: 4");
static const char off[] = FORK_CONFIG("breadth: off", "");

/* A text of so many octets that tells places apart. */
static const char *
filler(size_t n)
{
	static char text[66000];

	assert_true(n < sizeof(text));
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + (i * 7 + (i >> 8)) % 26);
	text[n] = '\0';
	return text;
}

/* ---- many Vias ---- */

static char *
many_vias(unsigned int count)
{
	static char text[40000];
	size_t n = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "Via: SIP/2.0/UDP 10.1.%u.%u;branch=z9hG4bK%u\r\n", i / 250,
				      i % 250, i);
	return text;
}

/* As one list, so that the lines are few. */
static char *
listed_vias(unsigned int count)
{
	static char text[40000];
	size_t n = (size_t)snprintf(text, sizeof(text), "Via: SIP/2.0/UDP 10.1.1.1;branch=z9hG4bK");

	for (unsigned int i = 1; i < count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      ",SIP/2.0/UDP 10.1.%u.%u;branch=z9hG4bK%u", i / 250, i % 250,
				      i);
	snprintf(text + n, sizeof(text) - n, "\r\n");
	return text;
}

GTEST(ForkBad, PX_08_LD_12_500_Vias)
{
	fork_open(rig_config_proxy);
	CALL(.vias = many_vias(499));
	assert_int_equal(rig.worker->transactions->live, 0);
	assert_int_equal(rig.out.counter[STATS_branches], 0);
	CALL(.vias = listed_vias(499));
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 400 ");
	assert_int_equal(rig.worker->transactions->live, 0);
	fork_drain();
}

GTEST(ForkBad, PX_74_PX_102_127_Vias)
{
	char *below;

	fork_open(rig_config_proxy);
	CALL(.vias = listed_vias(127));
	fork_check_count(3);
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_say(&fork_leg[0], RINGING);
	below = strdup(strchr(rig_header(fork_kept(&fork_leg[0]), "Via"), ' '));
	assert_string_equal(strstr(below, "SIP/2.0/UDP 198"),
			    fork_header(ALICE, "SIP/2.0 180", "Via"));
	free(below);
	fork_drain();
}

/* ---- large ones ---- */

GTEST(ForkBad, PX_44_60_kB_fork)
{
	const char *body = filler(60000);

	fork_open(rig_config_proxy);
	CALL(.user = "four", .body = body);
	fork_check_count(5);
	for (unsigned int i = 0; i < 4; i++) {
		fork_keep(&fork_leg[i], fork_address(i), "INVITE ");
		assert_true(fork_leg[i].fragments > 40);
		assert_string_equal(strstr(fork_leg[i].text, "\r\n\r\n") + 4, body);
	}
	fork_until(530);
	fork_check_count(4);
	assert_true(slice_eq(fork_sent(U3, "INVITE ")->sip, fork_kept(&fork_leg[2])));
	fork_say(&fork_leg[0], RINGING);
	CALL(.method = "CANCEL", .user = "four");
	fork_sent(U1, "CANCEL ");
	fork_say(&fork_leg[0], TERMINATED);
	fork_sent(U1, "ACK ");
	fork_drain();
}

/* Header fields of 40 kB: CANCEL and ACK are made of them all the same. */
GTEST(ForkBad, PX_114_PX_139_large_header)
{
	static char lines[70000], answer[70000];

	snprintf(lines, sizeof(lines), "X-Large: %.40000s\r\n", filler(40000));
	snprintf(answer, sizeof(answer), "X-Large: %.45000s\r\n", filler(45000));
	fork_open(rig_config_proxy);
	CALL(.lines = lines);
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_keep(&fork_leg[1], U2, "INVITE ");
	fork_say(&fork_leg[0], RINGING);
	CALL(.method = "CANCEL");
	assert_true(fork_sent(U1, "CANCEL ")->sip.len < 1000);
	ANSWER(&fork_leg[0], .status = TERMINATED, .lines = answer);
	assert_true(fork_sent(U1, "ACK ")->sip.len < 1000);
	ANSWER(&fork_leg[1], .status = BUSY, .lines = answer);
	assert_true(fork_sent(U2, "ACK ")->sip.len < 1000);
	assert_true(rig.out.counter[STATS_no_buffer] == 0);
	fork_drain();
}

/* As many lines as are read, and more when it leaves. */
GTEST(ForkBad, PX_114_PX_139_PX_207_104_lines)
{
	static char lines[8192];
	struct slice cancel;
	size_t n = 0;

	for (unsigned int i = 0; i < 9; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n,
				      "route:<sip:192.0.2.10;lr>\r\n");
	for (unsigned int i = 0; i < 87; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, "X-Line: folded\r\n\tt\r\n");
	fork_open(rig_config_proxy);
	rig_bind("sip:two@example.com", C1 "|<sip:203.0.113.61;lr>, <sip:x;lr>", C2, NULL);
	CALL(.lines = lines, .vias = "v: SIP/2.0/UDP 10.1.1.1\r\n");
	fork_keep(&fork_leg[0], "203.0.113.61:5060", "INVITE ");
	fork_say(&fork_leg[0], RINGING);
	CALL(.method = "CANCEL");
	cancel = fork_sent("203.0.113.61:5060", "CANCEL " C1 " SIP/2.0")->sip;
	check_headers(cancel,
		      "Route: <sip:203.0.113.61;lr>, <sip:x;lr>\nX-Line: -\nMax-Breadth: -\n"
		      "Via: " OWN_VIA "\nMax-Forwards: 69\nContent-Length: 0\n");
	fork_say(&fork_leg[0], TERMINATED);
	fork_sent("203.0.113.61:5060", "ACK " C1 " SIP/2.0");
	fork_drain();
}

/* Responses that no ordinary buffer holds, passed on at once, and from the store. */
GTEST(ForkBad, PX_76_PX_101_PX_164_large_responses)
{
	static struct sent ringing, final;
	const char *body = filler(60000);

	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	ANSWER(&fork_leg[0], .status = RINGING, .body = body);
	fork_keep(&ringing, ALICE, "SIP/2.0 180");
	assert_string_equal(strstr(ringing.text, "\r\n\r\n") + 4, body);
	CALL(.user = "two");
	assert_true(slice_eq(fork_sent(ALICE, "SIP/2.0 180")->sip, fork_kept(&ringing)));
	ANSWER(&fork_leg[0], .status = BUSY, .body = body);
	assert_int_equal(fork_count(ALICE, ""), 0);
	fork_say(&fork_leg[1], "408 Timeout");
	fork_keep(&final, ALICE, "SIP/2.0 486");
	assert_string_equal(strstr(final.text, "\r\n\r\n") + 4, body);
	fork_until(530);
	assert_true(slice_eq(fork_sent(ALICE, "SIP/2.0 486")->sip, fork_kept(&final)));
	fork_drain();
}

/* The status of a response that hardly fits is rewritten: 500, one way or the other. */
GTEST(ForkBad, PX_94_largest_503)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	ANSWER(&fork_leg[0], .status = "503 x", .body = filler(64500));
	fork_say(&fork_leg[1], "503 x");
	fork_sent(ALICE, "SIP/2.0 500 ");
	fork_drain();
}

/* ---- many ---- */

GTEST(ForkBad, PX_01_64_contacts)
{
	fork_open(off);
	bind_many(MANY);
	CALL(.user = "many");
	assert_int_equal(rig.out.counter[STATS_branches], MANY);
	CALL(.user = "many");
	assert_int_equal(rig.out.counter[STATS_copies_absorbed], 1);
	/* every copy of each, and 64 ACK and so on */
	fork_pass(1000);
	CALL(.method = "CANCEL", .user = "many");
	fork_drain();
}

GTEST(ForkBad, PX_01_64_contacts_of_60_kB)
{
	fork_open(off);
	bind_many(MANY);
	CALL(.user = "many", .body = filler(60000));
	assert_int_equal(rig.out.counter[STATS_branches], MANY);
	assert_int_equal(rig.out.counter[STATS_no_buffer], 0);
	fork_drain();
}

/* ---- too many ---- */

/* INVITEs with branches of their own; how many got 503. */
static unsigned int
flood(unsigned int count, const char *user, const char *body)
{
	unsigned int refused = 0;
	char branch[16];

	for (unsigned int i = 0; i < count; i++) {
		snprintf(branch, sizeof(branch), "%s%u", user, i);
		CALL(.user = user, .branch = branch, .body = body);
		if (fork_count(ALICE, "SIP/2.0 503") == 1) {
			refused++;
			fork_check_count(1);
			assert_int_not_equal(atoi(fork_header(ALICE, "SIP/2.0 503", "Retry-After")),
					     0);
			assert_int_equal(rig.out.counter[STATS_transactions_full], 1);
		}
	}
	return refused;
}

GTEST(ForkBad, PX_02_full_of_transactions)
{
	fork_open(few);
	assert_int_equal(flood(20, "two", ""), 4);
	assert_int_equal(rig.worker->transactions->live, 16);
	fork_drain();
	assert_int_equal(flood(1, "two", ""), 0);
	fork_drain();
}

/* Those branches that fit; a request of which none fits is answered. */
GTEST(ForkBad, PX_110_full_of_branches)
{
	fork_open(few_branches);
	flood(5, "three", "");
	assert_int_equal(rig.worker->transactions->client_live, 10);
	CALL(.user = "four", .branch = "a");
	assert_int_equal(rig.out.counter[STATS_branches], 4);
	CALL(.user = "four", .branch = "b");
	assert_int_equal(rig.out.counter[STATS_branches], 2);
	assert_int_equal(rig.worker->transactions->client_live, 16);
	CALL(.user = "four", .branch = "c");
	assert_int_equal(rig.out.counter[STATS_branches], 0);
	assert_int_not_equal(atoi(fork_header(ALICE, "SIP/2.0 503", "Retry-After")), 0);
	assert_int_equal(rig.out.counter[STATS_transactions_full], 4);
	fork_drain();
}

GTEST(ForkBad, PX_02_full_of_text)
{
	fork_open(little_memory);
	assert_true(flood(100, "two", filler(60000)) > 20);
	assert_true(rig.worker->transactions->live > 5);
	/* what lives goes on: its copies are absorbed, and who rings is heard */
	CALL(.branch = "two0", .body = filler(60000));
	assert_int_equal(rig.out.counter[STATS_copies_absorbed], 1);
	fork_drain();
	assert_int_equal(flood(1, "two", filler(60000)), 0);
	fork_drain();
}

/* No room to keep a response: it goes on all the same, as long as it is the one that does. */
GTEST(ForkBad, PX_76_no_room_for_responses)
{
	fork_open(little_memory);
	fork_invite("two", 2);
	flood(100, "two", filler(60000));
	ANSWER(&fork_leg[0], .status = RINGING, .body = filler(60000));
	fork_sent(ALICE, "SIP/2.0 180");
	ANSWER(&fork_leg[0], .status = "404 Not Found", .body = filler(60000));
	assert_int_equal(fork_count(ALICE, ""), 0);
	ANSWER(&fork_leg[1], .status = "404 Not Found", .body = filler(60000));
	fork_sent(ALICE, "SIP/2.0 ");
	assert_int_equal(fork_count(ALICE, "SIP/2.0 404") + fork_count(ALICE, "SIP/2.0 500"), 1);
	fork_drain();
}

/* PX-110: no buffer is left. It is as if 503 came from there; nothing lives on. */
GTEST(ForkBad, PX_110_no_buffers)
{
	static struct rte_mbuf *taken[8192];
	unsigned int n = 0, left;

	fork_open(rig_config_proxy);
	CALL(.user = "two", .branch = "before");
	left = fork_free_buffers();
	/* one is for the frame that comes, the others are for what is made of it */
	while (n < left - 2 && (taken[n] = rte_pktmbuf_alloc(rig.engine->pool)) != NULL)
		n++;
	for (unsigned int i = 0; i < 20; i++) {
		char branch[16];

		snprintf(branch, sizeof(branch), "b%u", i);
		CALL(.user = "four", .branch = branch);
	}
	rte_pktmbuf_free_bulk(taken, n);
	fork_drain();
}

/* Ten thousand calls that nobody answers: bounded work for each walk, and all end. */
GTEST(ForkBad, PX_89_flood)
{
	fork_open(rig_config_proxy);
	for (unsigned int burst = 0; burst < 40; burst++) {
		for (unsigned int i = 0; i < 250; i++) {
			char branch[16];

			snprintf(branch, sizeof(branch), "%u-%u", burst, i);
			rig_queue(NULL, fork_text(&(const struct call){ .branch = branch }), ALICE,
				  EDGE);
		}
		rig_walk();
	}
	assert_int_equal(rig.worker->transactions->live, 10000);
	assert_int_equal(rig.worker->transactions->client_live, 20000);
	for (unsigned int i = 0; i < 60 && rig.worker->transactions->live > 0; i++) {
		rig_wait(2000);
		rig_walk();
	}
	fork_drain();
}

/* ---- games ---- */

/* A To tag does not make it another request, nor one that is not forked. */
GTEST(ForkBad, MB_24_PX_33_To_tag)
{
	static const char *const to[] = { "<sip:two@example.com>;tag=x",
					  "<sip:two@example.com>;tag=y", "<sip:two@example.com>" };

	fork_open(rig_config_proxy);
	for (unsigned int i = 0; i < RTE_DIM(to); i++) {
		CALL(.to = to[i]);
		assert_int_equal(rig.out.counter[STATS_branches], i == 0 ? 2 : 0);
		if (i > 0)
			assert_int_equal(rig.out.counter[STATS_copies_absorbed], 1);
		else {
			assert_string_equal(fork_header(U1, "INVITE ", "To"), to[0]);
			fork_keep(&fork_leg[0], U1, "INVITE ");
		}
	}
	fork_say(&fork_leg[0], RINGING);
	CALL(.method = "CANCEL", .to = to[1]);
	assert_string_equal(fork_header(U1, "CANCEL ", "To"), to[0]);
	fork_drain();
}

/* LD-26: a user agent that finds the second copy merged says so, and is not believed a loop. */
GTEST(ForkBad, LD_26_482_of_branches)
{
	fork_open(rig_config_proxy);
	fork_invite("three", 2);
	fork_end(0, "482 Merged", NULL);
	assert_int_equal(rig.out.counter[STATS_branches], 0);
	fork_say(&fork_leg[1], "482 Merged");
	assert_int_equal(rig.out.counter[STATS_loops], 0);
	fork_keep(&fork_leg[2], U3, "INVITE ");
	fork_end(2, "482 Loop Detected", "SIP/2.0 482");
	assert_int_equal(rig.out.counter[STATS_loops], 0);
	fork_drain();
}

/* The Via of our branch, not the address, says whose an answer is; and all of it. */
GTEST(ForkBad, PX_157_PX_159_whose)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	ANSWER(&fork_leg[0], .status = RINGING, .from = "203.0.113.99:7000");
	fork_sent(ALICE, "SIP/2.0 180");
	ANSWER(&fork_leg[0], .status = BUSY, .from = U2);
	fork_sent(U1, "ACK " C1);
	fork_check_count(1);
	fork_say(&fork_leg[1], ANSWERED);
	fork_sent(ALICE, "SIP/2.0 200");
	fork_drain();
}

/* Answers that say what they cannot: another method, statuses at the edge. */
GTEST(ForkBad, PX_158_odd_answers)
{
	static const char *const method[] = { "CANCEL", "ACK", "MESSAGE", "invite", "INVITEE" };

	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	for (unsigned int i = 0; i < RTE_DIM(method); i++) {
		ANSWER(&fork_leg[0], .status = ANSWERED, .method = method[i]);
		fork_check_count(0);
	}
	ANSWER(&fork_leg[0], .status = "199 x");
	fork_check_count(1);
	ANSWER(&fork_leg[0], .status = "700 x");
	assert_int_equal(fork_count(ALICE, ""), 0);
	ANSWER(&fork_leg[0], .status = "699 x");
	fork_sent(U1, "ACK ");
	ANSWER(&fork_leg[1], .status = "300 x");
	fork_sent(ALICE, "SIP/2.0 699");
	fork_drain();
}

/* Without any other Via there is nobody that it could go to. */
GTEST(ForkBad, PX_75_one_Via)
{
	char *comma;

	fork_open(always);
	CALL(.user = "one");
	fork_keep(&fork_leg[0], U1, "INVITE ");
	comma = strstr(fork_leg[0].text, "\r\nVia: SIP/2.0/UDP 198");
	memcpy(comma, "\r\nVxa:", 6);
	fork_say(&fork_leg[0], BUSY);
	fork_check_count(0);
	assert_int_equal(rig.out.counter[STATS_foreign_response], 1);
	fork_drain();
}

/* AORs that lead to themselves are not followed to their end while everybody else waits. */
GTEST(ForkBad, LD_15_one_walk_is_short)
{
	uint64_t before;

	fork_open(rig_config_proxy);
	rig_bind("sip:one@example.com", "sip:one@example.com;x=0", "sip:one@example.com;x=1",
		 "sip:one@example.com;x=2", "sip:one@example.com;x=3", NULL);
	rig_queue(NULL, slice_str("MESSAGE sip:one@example.com SIP/2.0\r\n" VIA MF
				  "From: <sip:alice@example.org>;tag=a77\r\n"
				  "To: <sip:one@example.com>\r\nCall-ID: w@198.51.100.9\r\n"
				  "CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"),
		  ALICE, EDGE);
	for (unsigned int i = 0; i == 0 || (rig.worker->busy && i < 10000); i++) {
		before = rig.worker->stats->counter[STATS_branches];
		via_worker_begin(rig.worker);
		rte_graph_walk(rig_graph[0]);
		via_worker_end(rig.worker);
		assert_in_range(rig.worker->stats->counter[STATS_branches] - before, 0, 4 * 64);
		assert_true(i > 0 || rig.worker->stats->counter[STATS_branches] == 4);
	}
	/* each of its URIs once on each path: 4 x 3 x 2 ways, and the AOR in front (LD-14) */
	assert_int_equal(rig.worker->stats->counter[STATS_branches], 4 + 16 + 48 + 96 + 96);
	fork_drain();
}

/* Two ends at once: timer B, and the 200 that it does not wait for. */
GTEST(ForkBad, PX_135_PX_191_both_ends_at_once)
{
	fork_open(rig_config_proxy);
	fork_invite("two", 2);
	fork_end(0, BUSY, NULL);
	fork_pass(31900);
	rig_wait(130);
	fork_say(&fork_leg[1], ANSWERED);
	assert_int_equal(fork_count(ALICE, "SIP/2.0 "), 1);
	fork_drain();
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
