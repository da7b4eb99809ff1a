/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "proxy/target_order.h"

enum { SOME = 6 };

/* In the order wanted: index, group, and whether it is an alternative. */
static const struct order_row {
	const char *label;
	int policy;
	unsigned int count;
	struct target_order_in in[SOME];
	struct target_order_out want[SOME];
} orders[] = {
	{ "none", TARGET_ORDER_BY_Q, 0, { { 0 } }, { { 0 } } },
	{ "RFC3261-16.6-by-q",
	  TARGET_ORDER_BY_Q,
	  4,
	  { { 500, 0, 1, 0 }, { 1000, 0, 1, 0 }, { 500, 0, 1, 0 }, { 0, 0, 1, 0 } },
	  { { 1, 0, false }, { 0, 1, false }, { 2, 1, false }, { 3, 2, false } } },
	{ "RFC3841-7.2.4-qa-within-q",
	  TARGET_ORDER_BY_QA,
	  5,
	  { { 700, 100, 1, 0 },
	    { 1000, 830, 1, 0 },
	    { 1000, 500, 1, 0 },
	    { 1000, 830, 1, 0 },
	    { 700, 100, 1, 0 } },
	  { { 1, 0, false }, { 3, 0, false }, { 2, 1, false }, { 0, 2, false }, { 4, 2, false } } },
	{ "RFC3841-7.2.4-qa-is-order-alone",
	  TARGET_ORDER_BY_Q,
	  4,
	  { { 700, 900, 1, 0 }, { 1000, 500, 1, 0 }, { 1000, 830, 1, 0 }, { 1000, UINT32_MAX, 1, 0 } },
	  { { 3, 0, false }, { 2, 0, false }, { 1, 0, false }, { 0, 1, false } } },
	{ "last-updated-first",
	  TARGET_ORDER_BY_Q,
	  3,
	  { { 1000, 0, 5, 0 }, { 1000, 0, UINT64_MAX, 0 }, { 1000, 0, 6, 0 } },
	  { { 1, 0, false }, { 2, 0, false }, { 0, 0, false } } },
	{ "parallel",
	  TARGET_ORDER_PARALLEL,
	  3,
	  { { 1, 0, 1, 0 }, { 1000, 5, 1, 0 }, { 1000, 6, 1, 0 } },
	  { { 2, 0, false }, { 1, 0, false }, { 0, 0, false } } },
	{ "sequential",
	  TARGET_ORDER_SEQUENTIAL,
	  3,
	  { { 1000, 0, 1, 0 }, { 1000, 0, 1, 0 }, { 1000, 0, 2, 0 } },
	  { { 2, 0, false }, { 0, 1, false }, { 1, 2, false } } },
	{ "OB-67-one-of-an-instance",
	  TARGET_ORDER_BY_Q,
	  5,
	  { { 1000, 0, 1, 7 },
	    { 1000, 0, 9, 8 },
	    { 1000, 0, 3, 7 },
	    { 1000, 0, 5, 0 },
	    { 1000, 0, 2, 7 } },
	  { { 1, 0, false }, { 3, 0, false }, { 2, 0, false }, { 4, 0, true }, { 0, 0, true } } },
	{ "OB-67-alternative-of-lower-q",
	  TARGET_ORDER_BY_Q,
	  4,
	  { { 100, 0, 1, 7 }, { 1000, 0, 1, 7 }, { 500, 0, 1, 0 }, { 100, 0, 1, 0 } },
	  { { 1, 0, false }, { 0, 0, true }, { 2, 1, false }, { 3, 2, false } } },
	{ "OB-67-sequential",
	  TARGET_ORDER_SEQUENTIAL,
	  4,
	  { { 1000, 0, 9, 7 }, { 1000, 0, 8, 8 }, { 1000, 0, 7, 7 }, { 1000, 0, 6, 8 } },
	  { { 0, 0, false }, { 2, 0, true }, { 1, 1, false }, { 3, 1, true } } },
	{ "OB-67-parallel",
	  TARGET_ORDER_PARALLEL,
	  3,
	  { { 1000, 0, 9, 7 }, { 900, 0, 8, 8 }, { 800, 0, 7, 7 } },
	  { { 0, 0, false }, { 2, 0, true }, { 1, 0, false } } },
	{ "OB-46-without-instance-all-are-targets",
	  TARGET_ORDER_PARALLEL,
	  2,
	  { { 1000, 0, 1, 0 }, { 1000, 0, 1, 0 } },
	  { { 0, 0, false }, { 1, 0, false } } },
};

static void
ordered(void **state)
{
	const struct order_row *row = *state;
	struct target_order_out out[SOME];

	assert_int_equal(target_order(row->in, row->count, row->policy, out), row->count);
	for (unsigned int i = 0; i < row->count; i++) {
		assert_int_equal(out[i].index, row->want[i].index);
		assert_int_equal(out[i].group, row->want[i].group);
		assert_int_equal(out[i].alternative, row->want[i].alternative);
	}
}
GTEST_ROWS(TargetOrder, orders, label, ordered);

/* What holds of every order: each contact once, one target for each instance, groups in order. */
static void
check_order(const struct target_order_in *in, unsigned int n, const struct target_order_out *out)
{
	const struct target_order_in *target = NULL;
	uint64_t seen = 0, instances = 0;

	for (unsigned int i = 0; i < n; i++) {
		const struct target_order_in *c = &in[out[i].index];

		assert_true(out[i].index < n && (seen >> out[i].index & 1) == 0);
		seen |= UINT64_C(1) << out[i].index;
		assert_in_range(out[i].group - (i > 0 ? out[i - 1].group : 0), 0, i > 0);
		if (out[i].alternative) {
			assert_true(i > 0 && c->instance != 0);
			assert_int_equal(c->instance, in[out[i - 1].index].instance);
			assert_int_equal(out[i].group, out[i - 1].group);
		} else {
			assert_true(c->instance == 0 || (instances >> c->instance & 1) == 0);
			assert_true(target == NULL || target->q >= c->q);
			target = c;
		}
		instances |= UINT64_C(1) << c->instance;
	}
}

GTEST(TargetOrder, of_any_contacts)
{
	struct target_order_out out[TARGET_ORDER_MAX];
	struct target_order_in in[TARGET_ORDER_MAX];
	uint64_t random = 2;

	for (unsigned int round = 0; round < 20000; round++) {
		unsigned int n = random_below(&random, TARGET_ORDER_MAX + 1);

		for (unsigned int i = 0; i < n; i++)
			in[i] = (struct target_order_in){
				.q = (uint16_t)random_below(&random, 4),
				.qa = random_below(&random, 3),
				.updated_ms = random_below(&random, 5),
				.instance = random_below(&random, 1 + round % 60),
			};
		assert_int_equal(target_order(in, n, (int)(round % 4), out), n);
		check_order(in, n, out);
	}
}

GTEST(TargetOrder, no_more_than_there_may_be)
{
	static struct target_order_in in[2 * TARGET_ORDER_MAX];
	struct target_order_out out[TARGET_ORDER_MAX];

	assert_int_equal(target_order(in, 2 * TARGET_ORDER_MAX, TARGET_ORDER_SEQUENTIAL, out),
			 TARGET_ORDER_MAX);
	assert_int_equal(out[TARGET_ORDER_MAX - 1].index, TARGET_ORDER_MAX - 1);
	assert_int_equal(out[TARGET_ORDER_MAX - 1].group, TARGET_ORDER_MAX - 1);
}
