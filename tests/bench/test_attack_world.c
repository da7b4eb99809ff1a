/* SPDX-License-Identifier: BSD-3-Clause */
/* The acceptance numbers of RFC 5393's attacks, exactly. */
#include "attack_scene.h"
#include "gtest.h"
#include "sip/check.h"

enum { LIMIT = 200000 };

enum scene { MUTUAL, ACCOUNT, ALL };

/* What is switched on; the rest is as by default. */
enum { OFF = 0, LOOP = 1, BREADTH = 2, REJECT = 4, P1_BLIND = 8, P2_BLIND = 16, VICTIM = 32 };

static struct attack_rules
rules_of(unsigned int how, unsigned int blind)
{
	struct attack_rules rules = attack_rules_both;

	if ((how & LOOP) == 0 || (how & blind) != 0)
		rules.check = ATTACK_CHECK_NONE;
	rules.breadth = (how & (BREADTH | REJECT)) != 0;
	rules.reject = (how & REJECT) != 0;
	return rules;
}

static struct attack_world *
open_scene(enum scene scene, unsigned int n, unsigned int how, enum attack_order order)
{
	struct attack_rules p1 = rules_of(how, P1_BLIND), p2 = rules_of(how, P2_BLIND);
	struct attack_world *w = attack_open(order, 5393);

	assert_non_null(w);
	if ((how & VICTIM) != 0)
		assert_true(attack_scene_victim(w));
	if (scene == MUTUAL)
		assert_true(attack_scene_mutual(w, &p1, &p2));
	else if (scene == ACCOUNT)
		assert_true(attack_scene_account(w, &p1));
	else
		assert_true(attack_scene_all(w, &p1, n % 100, n / 100 + 1));
	return w;
}

/* What must be so at the end of every run. */
static void
check_end(const struct attack_world *w)
{
	const struct attack_counts *n = attack_counts(w);

	assert_false(n->stopped);
	assert_int_equal(n->broken_sums, 0);
	assert_int_equal(n->running, 0);
	assert_int_equal(n->pending, 0);
	assert_int_equal(n->stray, 0);
	assert_int_equal(n->answered, n->forwarded + n->passed);
	assert_int_equal(attack_outgoing(w), 0);
}

#define ABSENT SIP_NUMBER_ABSENT

/* `n` of ALL is the number of AORs, and 100 for each further proxy that they are spread over. */
static const struct scenario_row {
	const char *label;
	enum scene scene;
	unsigned int n, how, max_forwards;
	uint32_t breadth;
	unsigned int forwarded, loops, too_broad, too_far, contexts, final;
} scenarios[] = {
	/* clang-format off */
	{ "S1-LD-14", MUTUAL, 0, LOOP | BREADTH, 70, ABSENT, 14, 8, 0, 0, 7, 482 },
	{ "S1-loop-alone", MUTUAL, 0, LOOP, 70, ABSENT, 14, 8, 0, 0, 7, 482 },
	{ "S2-p2-blind", MUTUAL, 0, LOOP | BREADTH | P2_BLIND, 70, ABSENT, 18, 10, 0, 0, 9, 482 },
	{ "S2-p1-blind", MUTUAL, 0, LOOP | BREADTH | P1_BLIND, 70, ABSENT, 38, 20, 0, 0, 19, 482 },
	{ "S3-m0", MUTUAL, 0, OFF, 0, ABSENT, 0, 0, 0, 1, 0, 483 },
	{ "S3-m3", MUTUAL, 0, OFF, 3, ABSENT, 14, 0, 0, 8, 7, 483 },
	{ "S3-m4", MUTUAL, 0, OFF, 4, ABSENT, 30, 0, 0, 16, 15, 483 },
	{ "S3-m6", MUTUAL, 0, OFF, 6, ABSENT, 126, 0, 0, 64, 63, 483 },
	{ "S3-m10", MUTUAL, 0, OFF, 10, ABSENT, 2046, 0, 0, 1024, 1023, 483 },
	{ "S3-MB-08-serialised-as-many", MUTUAL, 0, BREADTH, 10, ABSENT, 2046, 0, 0, 1024, 1023, 483 },
	{ "S4-LD-14", ACCOUNT, 0, LOOP | BREADTH, 70, ABSENT, 10, 6, 0, 0, 5, 482 },
	{ "S5-1", ALL, 1, LOOP | BREADTH, 70, ABSENT, 1, 1, 0, 0, 1, 482 },
	{ "S5-2", ALL, 2, LOOP | BREADTH, 70, ABSENT, 4, 3, 0, 0, 2, 482 },
	{ "S5-3", ALL, 3, LOOP | BREADTH, 70, ABSENT, 15, 11, 0, 0, 5, 482 },
	{ "S5-4", ALL, 4, LOOP | BREADTH, 70, ABSENT, 64, 49, 0, 0, 16, 482 },
	{ "S5-5", ALL, 5, LOOP | BREADTH, 70, ABSENT, 325, 261, 0, 0, 65, 482 },
	{ "S5-6", ALL, 6, LOOP | BREADTH, 70, ABSENT, 1956, 1631, 0, 0, 326, 482 },
	{ "S5-7", ALL, 7, LOOP | BREADTH, 70, ABSENT, 13699, 11743, 0, 0, 1957, 482 },
	{ "S5-7-loop-alone", ALL, 7, LOOP, 70, ABSENT, 13699, 11743, 0, 0, 1957, 482 },
	{ "S5-5-on-two", ALL, 105, LOOP | BREADTH, 70, ABSENT, 325, 261, 0, 0, 65, 482 },
	{ "S5-6-on-six", ALL, 506, LOOP | BREADTH, 70, ABSENT, 1956, 1631, 0, 0, 326, 482 },
	{ "S5-6-one-at-a-time", ALL, 6, LOOP | BREADTH, 70, 1, 1956, 1631, 0, 0, 326, 482 },
	{ "S7-MB-07-60", MUTUAL, 0, REJECT, 70, 60, 118, 0, 60, 0, 59, 440 },
	{ "S7-MB-02-absent", MUTUAL, 0, REJECT, 70, ABSENT, 118, 0, 60, 0, 59, 440 },
	{ "S7-MB-04-4000", MUTUAL, 0, REJECT, 70, 4000, 118, 0, 60, 0, 59, 440 },
	{ "S7-7", MUTUAL, 0, REJECT, 70, 7, 12, 0, 7, 0, 6, 440 },
	{ "S7-4", MUTUAL, 0, REJECT, 70, 4, 6, 0, 4, 0, 3, 440 },
	{ "S7-2", MUTUAL, 0, REJECT, 70, 2, 2, 0, 2, 0, 1, 440 },
	{ "S7-MB-17-1", MUTUAL, 0, REJECT, 70, 1, 0, 0, 1, 0, 0, 440 },
	{ "S8-60", MUTUAL, 0, LOOP | REJECT, 70, 60, 14, 8, 0, 0, 7, 482 },
	{ "S8-8", MUTUAL, 0, LOOP | REJECT, 70, 8, 10, 4, 2, 0, 5, 440 },
	{ "S8-4", MUTUAL, 0, LOOP | REJECT, 70, 4, 6, 2, 2, 0, 3, 440 },
	{ "S8-2", MUTUAL, 0, LOOP | REJECT, 70, 2, 2, 0, 2, 0, 1, 440 },
	{ "S8-all-3", ALL, 3, LOOP | REJECT, 70, 60, 15, 11, 0, 0, 5, 482 },
	{ "S8-all-5", ALL, 5, LOOP | REJECT, 70, 60, 25, 9, 12, 0, 5, 440 },
	{ "S8-all-6", ALL, 6, LOOP | REJECT, 70, 60, 36, 11, 20, 0, 6, 440 },
	{ "S8-all-10", ALL, 10, LOOP | REJECT, 70, 60, 10, 1, 9, 0, 1, 440 },
	{ "S9-MB-17-1", MUTUAL, 0, LOOP | BREADTH, 70, 1, 14, 8, 0, 0, 7, 482 },
	{ "S9-2", MUTUAL, 0, LOOP | BREADTH, 70, 2, 14, 8, 0, 0, 7, 482 },
	{ "S9-4", MUTUAL, 0, LOOP | BREADTH, 70, 4, 14, 8, 0, 0, 7, 482 },
	/* clang-format on */
};

/* The bound that follows from the sum rule: a branch has 1 at least. */
static void
check_breadth(const struct attack_world *w, unsigned int how, uint32_t breadth)
{
	if ((how & (BREADTH | REJECT)) != 0)
		assert_true(attack_most_at_one_depth(w) <= (breadth < 60 ? breadth : 60));
}

static void
scenario_in(const struct scenario_row *row, enum attack_order order)
{
	struct attack_world *w = open_scene(row->scene, row->n, row->how, order);
	const struct attack_counts *n = attack_counts(w);

	assert_true(attack_call(w, ATTACK_START, row->max_forwards, row->breadth));
	assert_true(attack_run(w, LIMIT));
	check_end(w);
	check_breadth(w, row->how, row->breadth);
	assert_int_equal(n->forwarded, row->forwarded);
	assert_int_equal(n->loops, row->loops);
	assert_int_equal(n->too_broad, row->too_broad);
	assert_int_equal(n->too_far, row->too_far);
	assert_int_equal(n->contexts, row->contexts);
	assert_int_equal(n->final_count, 1);
	assert_int_equal(n->final[0], row->final);
	attack_close(w);
}

/* Numbers are independent of timing. */
static void
scenario(void **state)
{
	for (enum attack_order order = ATTACK_EVEN; order <= ATTACK_AT_RANDOM; order++)
		scenario_in(*state, order);
}
GTEST_ROWS(AttackWorld, scenarios, label, scenario);

GTEST(AttackWorld, S1_from_each_of_the_four)
{
	static const char *const aors[] = { "sip:a@p1.example.com", "sip:b@p1.example.com",
					    "sip:a@p2.example.com", "sip:b@p2.example.com" };
	static const unsigned int by_depth[] = { 0, 2, 4, 4, 4, 0 };

	for (unsigned int i = 0; i < 4; i++) {
		struct attack_world *w = open_scene(MUTUAL, 0, LOOP | BREADTH, ATTACK_EVEN);

		assert_true(attack_call(w, aors[i], 70, ABSENT));
		assert_true(attack_run(w, LIMIT));
		check_end(w);
		assert_int_equal(attack_counts(w)->forwarded, 14);
		for (unsigned int k = 0; k < 6; k++)
			assert_int_equal(attack_counts(w)->forwarded_at[k], by_depth[k]);
		attack_close(w);
	}
}

static const struct victim_row {
	const char *label;
	enum scene scene;
	unsigned int n, reached;
} victims[] = {
	{ "S6-mutual", MUTUAL, 0, 7 }, { "S6-account", ACCOUNT, 0, 5 }, { "S6-all-3", ALL, 3, 5 },
	{ "S6-all-4", ALL, 4, 16 },    { "S6-all-5", ALL, 5, 65 },      { "S6-all-6", ALL, 6, 326 },
};

static void
victim_is_reached(void **state)
{
	const struct victim_row *row = *state;

	for (enum attack_order order = ATTACK_EVEN; order <= ATTACK_AT_RANDOM; order++) {
		struct attack_world *w =
			open_scene(row->scene, row->n, LOOP | BREADTH | VICTIM, order);

		assert_true(attack_call(w, ATTACK_START, 70, ABSENT));
		assert_true(attack_run(w, LIMIT));
		check_end(w);
		assert_int_equal(attack_arrived(w, ATTACK_VICTIM), row->reached);
		assert_int_equal(attack_counts(w)->contexts, row->reached);
		assert_int_equal(attack_counts(w)->final[0], 404);
		attack_close(w);
	}
}
GTEST_ROWS(AttackWorld, victims, label, victim_is_reached);

/* MB-17, scenario 9: with 1 there is one request at a depth, and so a chain at any time. */
GTEST(AttackWorld, S9_MB_17_one_at_any_depth)
{
	struct attack_world *w = open_scene(MUTUAL, 0, LOOP | BREADTH, ATTACK_AT_RANDOM);

	assert_true(attack_call(w, ATTACK_START, 70, 1));
	assert_true(attack_run(w, LIMIT));
	assert_int_equal(attack_most_at_one_depth(w), 1);
	attack_close(w);
}

GTEST(AttackWorld, stops_at_its_limit)
{
	struct attack_world *w = open_scene(MUTUAL, 0, OFF, ATTACK_EVEN);

	assert_true(attack_call(w, ATTACK_START, 70, ABSENT));
	assert_false(attack_run(w, 1000));
	assert_true(attack_counts(w)->stopped);
	assert_in_range(attack_counts(w)->forwarded, 1000, 1001);
	attack_close(w);
}
