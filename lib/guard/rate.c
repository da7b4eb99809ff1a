/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/rate.h"

enum { NS_PER_S = 1000000000, RACES = 16 };

_Static_assert((uint64_t)NS_PER_S *RATE_MAX < UINT64_MAX / 16, "times do not overflow");

struct rate_row {
	uint64_t key; /* 0 with a full bucket: empty, or a key like any other */
	struct rate_bucket bucket;
};

struct rate_set {
	struct rate_row row[RATE_WAYS];
};

_Static_assert(sizeof(struct rate_set) == 64, "a set is a cache line");

struct rate_limit
rate_limit_make(uint32_t rate, uint32_t burst)
{
	struct rate_limit limit = { 0, 0 };

	if (rate == 0)
		return limit;
	limit.token_ns = rate < NS_PER_S ? NS_PER_S / rate : 1;
	limit.burst_ns = limit.token_ns * (burst > 0 ? burst : 1);
	return limit;
}

/*
 * From when a bucket has been filling, as if it were the time of the last token: now when it is
 * full. Behind the time in which an empty bucket fills there is only a clock that jumped back.
 */
static uint64_t
begin_of(uint64_t full_ns, const struct rate_limit *limit, uint64_t now_ns)
{
	if (full_ns <= now_ns)
		return now_ns;
	if (full_ns - now_ns > limit->burst_ns + NS_PER_S)
		return now_ns + limit->burst_ns;
	return full_ns;
}

bool
rate_take(struct rate_bucket *b, const struct rate_limit *limit, uint64_t now_ns)
{
	uint64_t begin;

	if (limit->token_ns == 0)
		return true;
	begin = begin_of(b->full_ns, limit, now_ns);
	if (begin - now_ns + limit->token_ns > limit->burst_ns) {
		b->full_ns = begin;
		return false;
	}
	b->full_ns = begin + limit->token_ns;
	return true;
}

uint32_t
rate_shared_take(struct rate_shared *b, const struct rate_limit *limit, uint32_t want,
		 uint64_t now_ns)
{
	uint64_t seen, begin, room;

	if (limit->token_ns == 0)
		return want;
	seen = atomic_load_explicit(&b->full_ns, memory_order_relaxed);
	for (int i = 0; i < RACES; i++) {
		begin = begin_of(seen, limit, now_ns);
		room = begin - now_ns < limit->burst_ns ? limit->burst_ns - (begin - now_ns) : 0;
		if (room < want * limit->token_ns)
			want = (uint32_t)(room / limit->token_ns);
		if (want == 0 && begin == seen)
			return 0; /* without a store, which would take the line from other cores */
		if (atomic_compare_exchange_weak_explicit(
			    &b->full_ns, &seen, begin + want * limit->token_ns,
			    memory_order_relaxed, memory_order_relaxed))
			return want;
	}
	return 0;
}

static uint64_t
set_count(uint32_t rows)
{
	uint64_t sets = 1;

	while (sets * RATE_WAYS < rows)
		sets *= 2;
	return sets;
}

size_t
rate_table_size(uint32_t rows)
{
	return set_count(rows) * sizeof(struct rate_set);
}

void
rate_table_init(struct rate_table *t, void *memory, uint32_t rows, struct rate_limit limit)
{
	t->set = memory;
	t->mask = set_count(rows) - 1;
	t->limit = limit;
}

void
rate_prefetch(const struct rate_table *t, uint64_t key)
{
	if (t->set != NULL)
		__builtin_prefetch(&t->set[key & t->mask], 1);
}

bool
rate_table_take(struct rate_table *t, uint64_t key, uint64_t now_ns)
{
	struct rate_row *row, *victim;

	if (t->set == NULL || t->limit.token_ns == 0)
		return true;
	row = t->set[key & t->mask].row;
	victim = row;
	for (int i = 0; i < RATE_WAYS; i++) {
		if (row[i].key == key)
			return rate_take(&row[i].bucket, &t->limit, now_ns);
		if (row[i].bucket.full_ns < victim->bucket.full_ns)
			victim = &row[i];
	}
	*victim = (struct rate_row){ key, { 0 } };
	return rate_take(&victim->bucket, &t->limit, now_ns);
}
