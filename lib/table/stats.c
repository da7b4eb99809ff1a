/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/stats.h"

const struct segment_type stats_segment_type = {
	.kind = SEGMENT_STATS,
	.abi_major = 3,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct stats_segment), (STATS_COUNT << 8) + SIP_FAULT_COUNT,
				 sizeof(struct stats_worker)),
	.name = "stats",
};

static const struct {
	const char *name, *text;
	bool drop;
} counters[STATS_COUNT] = {
#define X(sym, text) [STATS_##sym] = { #sym, text, false },
	STATS_WAYS_IN(X) STATS_WAYS_OUT(X) STATS_DETAILS(X)
#undef X
#define X(sym, text) [STATS_##sym] = { #sym, text, true },
		STATS_DROPS(X)
#undef X
};

const char *
stats_counter_name(enum stats_counter counter)
{
	return counters[counter].name;
}

const char *
stats_counter_text(enum stats_counter counter)
{
	return counters[counter].text;
}

bool
stats_counter_is_drop(enum stats_counter counter)
{
	return counters[counter].drop;
}

uint64_t
stats_sum(const struct stats_segment *s, enum stats_counter counter)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < s->worker_count && i < STATS_WORKERS; i++)
		sum += atomic_load_explicit(&s->worker[i].counter[counter], memory_order_relaxed);
	return sum;
}
