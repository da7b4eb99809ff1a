/* SPDX-License-Identifier: BSD-3-Clause */
#include "proxy/target_order.h"

#include <stddef.h>

static bool
is_before(const struct target_order_in *a, const struct target_order_in *b)
{
	if (a->q != b->q)
		return a->q > b->q;
	if (a->qa != b->qa)
		return a->qa > b->qa;
	return a->updated_ms > b->updated_ms;
}

/* By insertion, which leaves equals as they are. */
static void
sort(const struct target_order_in *in, unsigned int count, uint8_t *sorted)
{
	for (unsigned int i = 0; i < count; i++) {
		unsigned int k = i;

		for (; k > 0 && is_before(&in[i], &in[sorted[k - 1]]); k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = (uint8_t)i;
	}
}

/* Whether a target begins a new group, behind the one before it. */
static bool
begins_group(const struct target_order_in *before, const struct target_order_in *in, int policy)
{
	if (policy == TARGET_ORDER_PARALLEL)
		return false;
	return policy == TARGET_ORDER_SEQUENTIAL || before->q != in->q ||
	       (policy == TARGET_ORDER_BY_QA && before->qa != in->qa);
}

unsigned int
target_order(const struct target_order_in *in, unsigned int count, int policy,
	     struct target_order_out *out)
{
	unsigned int n = count < TARGET_ORDER_MAX ? count : TARGET_ORDER_MAX, written = 0;
	const struct target_order_in *before = NULL;
	uint8_t sorted[TARGET_ORDER_MAX], group = 0;
	uint64_t done = 0;

	sort(in, n, sorted);
	for (unsigned int i = 0; i < n; i++) {
		const struct target_order_in *target = &in[sorted[i]];

		if ((done >> i & 1) != 0)
			continue;
		if (before != NULL && begins_group(before, target, policy))
			group++;
		before = target;
		out[written++] = (struct target_order_out){ sorted[i], group, false };
		for (unsigned int k = i + 1; k < n && target->instance != 0; k++) {
			if (in[sorted[k]].instance != target->instance)
				continue;
			done |= UINT64_C(1) << k;
			out[written++] = (struct target_order_out){ sorted[k], group, true };
		}
	}
	return written;
}
