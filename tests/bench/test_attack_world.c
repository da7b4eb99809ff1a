/* SPDX-License-Identifier: BSD-3-Clause */
/* The acceptance numbers of RFC 5393's attacks, exactly. */
#include "attack_scene.h"
#include "gtest.h"
#include "sip/check.h"

enum { LIMIT = 200000 };

/* A scene that is called with these, run to its end. */
static struct attack_world *
run_scene(const struct attack_scene *scene, enum attack_order order, uint32_t max_forwards,
	  uint32_t breadth)
{
	struct attack_world *w = attack_scene_open(scene, order);

	assert_non_null(w);
	assert_true(attack_call(w, attack_scene_start(scene), max_forwards, breadth));
	assert_true(attack_run(w, LIMIT));
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
#define MUTUAL(p1, p2)                                                                             \
	{                                                                                          \
		ATTACK_MUTUAL, ATTACK_BY_##p1, ATTACK_BY_##p2                                      \
	}
#define ACCOUNT(by)                                                                                \
	{                                                                                          \
		ATTACK_ACCOUNT, ATTACK_BY_##by                                                     \
	}
#define ALL(by, aors, proxies)                                                                     \
	{                                                                                          \
		ATTACK_ALL, ATTACK_BY_##by, 0, aors, proxies                                       \
	}

static const struct scenario_row {
	const char *label;
	struct attack_scene scene;
	uint32_t max_forwards, breadth;
	unsigned int forwarded, loops, too_broad, too_far, contexts, final;
} scenarios[] = {
	/* clang-format off */
	{ "S1", MUTUAL(BOTH, BOTH), 70, ABSENT, 14, 8, 0, 0, 7, 482 },
	{ "S1-loop-alone", MUTUAL(LOOP, LOOP), 70, ABSENT, 14, 8, 0, 0, 7, 482 },
	{ "S2-p2-blind", MUTUAL(BOTH, BREADTH), 70, ABSENT, 18, 10, 0, 0, 9, 482 },
	{ "S2-p1-blind", MUTUAL(BREADTH, BOTH), 70, ABSENT, 38, 20, 0, 0, 19, 482 },
	{ "S3-m0", MUTUAL(NOTHING, NOTHING), 0, ABSENT, 0, 0, 0, 1, 0, 483 },
	{ "S3-m3", MUTUAL(NOTHING, NOTHING), 3, ABSENT, 14, 0, 0, 8, 7, 483 },
	{ "S3-m4", MUTUAL(NOTHING, NOTHING), 4, ABSENT, 30, 0, 0, 16, 15, 483 },
	{ "S3-m6", MUTUAL(NOTHING, NOTHING), 6, ABSENT, 126, 0, 0, 64, 63, 483 },
	{ "S3-m10", MUTUAL(NOTHING, NOTHING), 10, ABSENT, 2046, 0, 0, 1024, 1023, 483 },
	{ "RFC3261-finds-none", MUTUAL(RFC3261, RFC3261), 10, ABSENT, 2046, 0, 0, 1024, 1023, 483 },
	{ "RFC3261-but-Via", MUTUAL(RFC3261_VIA, RFC3261_VIA), 70, ABSENT, 14, 8, 0, 0, 7, 482 },
	{ "RFC3261-but-Via-account", ACCOUNT(RFC3261_VIA), 70, ABSENT, 10, 6, 0, 0, 5, 482 },
	{ "S3-breadth-as-many", MUTUAL(BREADTH, BREADTH), 10, ABSENT, 2046, 0, 0, 1024, 1023, 483 },
	{ "S4", ACCOUNT(BOTH), 70, ABSENT, 10, 6, 0, 0, 5, 482 },
	{ "S5-1", ALL(BOTH, 1, 1), 70, ABSENT, 1, 1, 0, 0, 1, 482 },
	{ "S5-2", ALL(BOTH, 2, 1), 70, ABSENT, 4, 3, 0, 0, 2, 482 },
	{ "S5-3", ALL(BOTH, 3, 1), 70, ABSENT, 15, 11, 0, 0, 5, 482 },
	{ "S5-4", ALL(BOTH, 4, 1), 70, ABSENT, 64, 49, 0, 0, 16, 482 },
	{ "S5-5", ALL(BOTH, 5, 1), 70, ABSENT, 325, 261, 0, 0, 65, 482 },
	{ "S5-6", ALL(BOTH, 6, 1), 70, ABSENT, 1956, 1631, 0, 0, 326, 482 },
	{ "S5-7", ALL(BOTH, 7, 1), 70, ABSENT, 13699, 11743, 0, 0, 1957, 482 },
	{ "S5-7-loop-alone", ALL(LOOP, 7, 1), 70, ABSENT, 13699, 11743, 0, 0, 1957, 482 },
	{ "S5-5-on-two", ALL(BOTH, 5, 2), 70, ABSENT, 325, 261, 0, 0, 65, 482 },
	{ "S5-6-on-six", ALL(BOTH, 6, 6), 70, ABSENT, 1956, 1631, 0, 0, 326, 482 },
	{ "S5-6-one-at-a-time", ALL(BOTH, 6, 1), 70, 1, 1956, 1631, 0, 0, 326, 482 },
	{ "S7-60", MUTUAL(BREADTH_440, BREADTH_440), 70, 60, 118, 0, 60, 0, 59, 440 },
	{ "S7-absent", MUTUAL(BREADTH_440, BREADTH_440), 70, ABSENT, 118, 0, 60, 0, 59, 440 },
	{ "S7-4000", MUTUAL(BREADTH_440, BREADTH_440), 70, 4000, 118, 0, 60, 0, 59, 440 },
	{ "S7-7", MUTUAL(BREADTH_440, BREADTH_440), 70, 7, 12, 0, 7, 0, 6, 440 },
	{ "S7-4", MUTUAL(BREADTH_440, BREADTH_440), 70, 4, 6, 0, 4, 0, 3, 440 },
	{ "S7-2", MUTUAL(BREADTH_440, BREADTH_440), 70, 2, 2, 0, 2, 0, 1, 440 },
	{ "S7-1", MUTUAL(BREADTH_440, BREADTH_440), 70, 1, 0, 0, 1, 0, 0, 440 },
	{ "S8-60", MUTUAL(BOTH_440, BOTH_440), 70, 60, 14, 8, 0, 0, 7, 482 },
	{ "S8-8", MUTUAL(BOTH_440, BOTH_440), 70, 8, 10, 4, 2, 0, 5, 440 },
	{ "S8-4", MUTUAL(BOTH_440, BOTH_440), 70, 4, 6, 2, 2, 0, 3, 440 },
	{ "S8-2", MUTUAL(BOTH_440, BOTH_440), 70, 2, 2, 0, 2, 0, 1, 440 },
	{ "S8-all-3", ALL(BOTH_440, 3, 1), 70, 60, 15, 11, 0, 0, 5, 482 },
	{ "S8-all-5", ALL(BOTH_440, 5, 1), 70, 60, 25, 9, 12, 0, 5, 440 },
	{ "S8-all-6", ALL(BOTH_440, 6, 1), 70, 60, 36, 11, 20, 0, 6, 440 },
	{ "S8-all-10", ALL(BOTH_440, 10, 1), 70, 60, 10, 1, 9, 0, 1, 440 },
	{ "S9-1", MUTUAL(BOTH, BOTH), 70, 1, 14, 8, 0, 0, 7, 482 },
	{ "S9-2", MUTUAL(BOTH, BOTH), 70, 2, 14, 8, 0, 0, 7, 482 },
	{ "S9-4", MUTUAL(BOTH, BOTH), 70, 4, 14, 8, 0, 0, 7, 482 },
	/* clang-format on */
};

static void
scenario_in(const struct scenario_row *row, enum attack_order order)
{
	struct attack_world *w = run_scene(&row->scene, order, row->max_forwards, row->breadth);
	const struct attack_counts *n = attack_counts(w);

	check_end(w);
	/* the bound that follows from the sum rule: a branch has 1 at least */
	if (row->scene.p1 >= ATTACK_BY_BREADTH)
		assert_in_range(attack_most_at_one_depth(w), 0,
				row->breadth < 60 ? row->breadth : 60);
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
	static const struct attack_scene scene = MUTUAL(BOTH, BOTH);
	static const char *const aors[] = { "sip:a@p1.example.com", "sip:b@p1.example.com",
					    "sip:a@p2.example.com", "sip:b@p2.example.com" };
	static const unsigned int by_depth[] = { 0, 2, 4, 4, 4, 0 };

	for (unsigned int i = 0; i < 4; i++) {
		struct attack_world *w = attack_scene_open(&scene, ATTACK_EVEN);

		assert_non_null(w);
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
	struct attack_scene scene;
	unsigned int reached;
} victims[] = {
	/* clang-format off */
	{ "S6-mutual", MUTUAL(BOTH, BOTH), 7 },
	{ "S6-account", ACCOUNT(BOTH), 5 },
	{ "S6-all-3", ALL(BOTH, 3, 1), 5 },
	{ "S6-all-4", ALL(BOTH, 4, 1), 16 },
	{ "S6-all-5", ALL(BOTH, 5, 1), 65 },
	{ "S6-all-6", ALL(BOTH, 6, 1), 326 },
	/* clang-format on */
};

static void
victim_is_reached(void **state)
{
	const struct victim_row *row = *state;
	struct attack_scene scene = row->scene;

	scene.victim = true;
	for (enum attack_order order = ATTACK_EVEN; order <= ATTACK_AT_RANDOM; order++) {
		struct attack_world *w = run_scene(&scene, order, 70, ABSENT);

		check_end(w);
		assert_int_equal(attack_arrived(w, ATTACK_VICTIM), row->reached);
		assert_int_equal(attack_counts(w)->contexts, row->reached);
		assert_int_equal(attack_counts(w)->final[0], 404);
		attack_close(w);
	}
}
GTEST_ROWS(AttackWorld, victims, label, victim_is_reached);

GTEST(AttackWorld, stops_at_its_limit)
{
	static const struct attack_scene scene = MUTUAL(NOTHING, NOTHING);
	struct attack_world *w = attack_scene_open(&scene, ATTACK_EVEN);

	assert_non_null(w);
	assert_true(attack_call(w, attack_scene_start(&scene), 70, ABSENT));
	assert_false(attack_run(w, 1000));
	assert_true(attack_counts(w)->stopped);
	assert_in_range(attack_counts(w)->forwarded, 1000, 1001);
	attack_close(w);
}
