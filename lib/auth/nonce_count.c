/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/nonce_count.h"

#include <stdatomic.h>

enum { WAYS = 7, RACES = 64, NO_ROW = WAYS };

/* Used counts: the greatest in the high half, a bit for each of the 32 up to it in the low one. */
struct nonce_row {
	_Atomic uint64_t used;
	_Atomic uint32_t created_s;
	_Atomic uint32_t taken_s;                  /* last */
	_Atomic uint64_t copy[NONCE_COUNT_COPIES]; /* by count: mark_of() whoever used it */
};

/*
 * A row belongs to the nonce whose name is in `name`, which changes only under `busy`. A thread
 * without it marks a count by one exchange of `used` and looks at the name once more: it has marked
 * the row of another nonce only if the name was gone before that began (see enter()).
 */
struct nonce_set {
	_Atomic uint32_t busy;
	_Atomic uint32_t forgotten_s; /* nonces made up to then are here, or used */
	_Atomic uint64_t name[WAYS];  /* 0: free */
	struct nonce_row row[WAYS];
};

_Static_assert(sizeof(struct nonce_row) == 64, "a row is a cache line");
_Static_assert(sizeof(struct nonce_set) == 64 * (WAYS + 1), "and so are the names of a set");

static uint64_t
set_count(uint32_t rows)
{
	uint64_t sets = 1;

	while (sets * WAYS < rows)
		sets *= 2;
	return sets;
}

size_t
nonce_counts_size(uint32_t rows)
{
	return set_count(rows) * sizeof(struct nonce_set);
}

void
nonce_counts_init(struct nonce_counts *t, void *memory, uint32_t rows, uint32_t lifetime_s)
{
	t->set = memory;
	t->mask = set_count(rows) - 1;
	t->lifetime_s = lifetime_s;
	memset(memory, 0, nonce_counts_size(rows));
}

void
nonce_count_prefetch(const struct nonce_counts *t, uint64_t name)
{
	__builtin_prefetch(&t->set[name & t->mask]);
}

/* A request among others of any nonce; never that of no request. */
static uint64_t
mark_of(uint64_t name, uint32_t nc, uint64_t request)
{
	uint64_t z = request + name * UINT64_C(0x9e3779b97f4a7c15) + nc;

	z = (z ^ z >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return (z ^ z >> 32) | 1;
}

static unsigned int
find(const struct nonce_set *set, uint64_t name)
{
	unsigned int i = 0;

	while (i < WAYS && atomic_load_explicit(&set->name[i], memory_order_acquire) != name)
		i++;
	return i;
}

/* What `used` becomes with `nc`. False when that was used, or may have been. */
static bool
with_count(uint64_t used, uint32_t nc, uint64_t *next)
{
	uint32_t greatest = (uint32_t)(used >> 32), bits = (uint32_t)used, behind;

	if (nc > greatest) {
		uint32_t ahead = nc - greatest;

		bits = ahead < NONCE_COUNT_WINDOW ? bits << ahead : 0;
		*next = (uint64_t)nc << 32 | bits | 1;
		return true;
	}
	behind = greatest - nc;
	*next = used | UINT64_C(1) << (behind & 31);
	return behind < NONCE_COUNT_WINDOW && (bits >> behind & 1) == 0;
}

static enum nonce_count_verdict
take_from(struct nonce_set *set, unsigned int i, uint64_t name, uint32_t nc, uint32_t now_s,
	  uint64_t mark)
{
	struct nonce_row *row = &set->row[i];
	uint64_t used = atomic_load_explicit(&row->used, memory_order_acquire), next;

	for (int race = 0; race < RACES; race++) {
		if (!with_count(used, nc, &next))
			return atomic_load_explicit(&row->copy[nc % NONCE_COUNT_COPIES],
						    memory_order_relaxed) == mark
				       ? NC_SAME_REQUEST
				       : NC_REPLAYED;
		if (!atomic_compare_exchange_weak_explicit(
			    &row->used, &used, next, memory_order_acq_rel, memory_order_acquire))
			continue;
		if (atomic_load_explicit(&set->name[i], memory_order_acquire) != name)
			return NC_STALE;
		atomic_store_explicit(&row->copy[nc % NONCE_COUNT_COPIES], mark,
				      memory_order_relaxed);
		atomic_store_explicit(&row->taken_s, now_s, memory_order_relaxed);
		return NC_FRESH;
	}
	return NC_STALE;
}

/* ---- newcomers ---- */

/* Clocks of threads may differ by a second. */
static bool
is_expired(const struct nonce_counts *t, uint32_t created_s, uint32_t now_s)
{
	return created_s < now_s && now_s - created_s > (uint64_t)t->lifetime_s + 1;
}

/* A free row; or of those that have expired the oldest; or the one that was taken longest ago. */
static unsigned int
choose(const struct nonce_counts *t, const struct nonce_set *set, uint32_t now_s)
{
	uint32_t oldest_s = UINT32_MAX, longest_s = UINT32_MAX;
	unsigned int oldest = NO_ROW, longest = 0;

	for (unsigned int i = 0; i < WAYS; i++) {
		uint32_t created_s =
			atomic_load_explicit(&set->row[i].created_s, memory_order_relaxed);
		uint32_t taken_s = atomic_load_explicit(&set->row[i].taken_s, memory_order_relaxed);

		if (atomic_load_explicit(&set->name[i], memory_order_relaxed) == 0)
			return i;
		if (is_expired(t, created_s, now_s) && created_s < oldest_s) {
			oldest = i;
			oldest_s = created_s;
		}
		if (taken_s < longest_s) {
			longest = i;
			longest_s = taken_s;
		}
	}
	return oldest != NO_ROW ? oldest : longest;
}

/*
 * Whoever reads what is stored here into `used` sees that the old name is gone, and whoever sees
 * that sees what the set has forgotten. An expired nonce is remembered as well: a thread that was
 * held up may have found it fresh.
 */
static void
forget(struct nonce_set *set, unsigned int i)
{
	uint32_t created_s = atomic_load_explicit(&set->row[i].created_s, memory_order_relaxed);

	if (atomic_load_explicit(&set->name[i], memory_order_relaxed) == 0)
		return;
	if (created_s > atomic_load_explicit(&set->forgotten_s, memory_order_relaxed))
		atomic_store_explicit(&set->forgotten_s, created_s, memory_order_relaxed);
	atomic_store_explicit(&set->name[i], 0, memory_order_release);
}

static void
enter(struct nonce_set *set, unsigned int i, const struct nonce_id *id, uint32_t nc, uint32_t now_s,
      uint64_t mark)
{
	struct nonce_row *row = &set->row[i];

	forget(set, i);
	for (int k = 0; k < NONCE_COUNT_COPIES; k++)
		atomic_store_explicit(&row->copy[k], 0, memory_order_relaxed);
	atomic_store_explicit(&row->copy[nc % NONCE_COUNT_COPIES], mark, memory_order_relaxed);
	atomic_store_explicit(&row->created_s, id->created_s, memory_order_relaxed);
	atomic_store_explicit(&row->taken_s, now_s, memory_order_relaxed);
	atomic_store_explicit(&row->used, (uint64_t)nc << 32 | 1, memory_order_release);
	atomic_store_explicit(&set->name[i], id->name, memory_order_release);
}

/* A set is busy for some fifty instructions. Whose thread is stopped in there loses only this set.
 */
static bool
begin(struct nonce_set *set)
{
	for (int race = 0; race < RACES; race++)
		if (atomic_load_explicit(&set->busy, memory_order_relaxed) == 0 &&
		    atomic_exchange_explicit(&set->busy, 1, memory_order_acquire) == 0)
			return true;
	return false;
}

enum nonce_count_verdict
nonce_count_take(struct nonce_counts *t, const struct nonce_id *id, uint32_t nc, uint32_t now_s,
		 uint64_t request)
{
	struct nonce_set *set = &t->set[id->name & t->mask];
	uint64_t mark = mark_of(id->name, nc, request);
	unsigned int i = find(set, id->name);

	if (i != NO_ROW)
		return take_from(set, i, id->name, nc, now_s, mark);
	if (id->created_s <= atomic_load_explicit(&set->forgotten_s, memory_order_acquire))
		return NC_STALE;
	if (!begin(set))
		return NC_STALE;
	i = find(set, id->name);
	if (i == NO_ROW &&
	    id->created_s > atomic_load_explicit(&set->forgotten_s, memory_order_relaxed)) {
		enter(set, choose(t, set, now_s), id, nc, now_s, mark);
		atomic_store_explicit(&set->busy, 0, memory_order_release);
		return NC_FRESH;
	}
	atomic_store_explicit(&set->busy, 0, memory_order_release);
	return i != NO_ROW ? take_from(set, i, id->name, nc, now_s, mark) : NC_STALE;
}
