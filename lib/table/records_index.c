/* SPDX-License-Identifier: BSD-3-Clause */
/* The indices of a table, for its writer: slots found and added, aliases. */
#include "table/records_internal.h"

enum { LEFT_PART = 16 }; /* of the overflow buckets, when no new key is promised a place any more */

_Atomic uint64_t *
records_find_slot(const struct records_table *t, struct slice key, uint64_t hash,
		  _Atomic uint64_t **empty, struct records_bucket **last)
{
	struct records_bucket *b = &t->index.bucket[hash_bucket(hash, t->index.count)];

	*empty = NULL;
	for (;;) {
		for (int i = 0; i < RECORDS_SLOTS; i++) {
			uint64_t entry = atomic_load_explicit(&b->entry[i], memory_order_relaxed);
			const struct records_record *r;

			if (entry == 0) {
				if (*empty == NULL)
					*empty = &b->entry[i];
				continue;
			}
			if (entry_tag(entry) != hash_tag(hash))
				continue;
			r = records_of(t, entry_unit(entry));
			if (r->hash == hash && slice_eq(records_key(r), key))
				return &b->entry[i];
		}
		*last = b;
		if (b->next == 0)
			return NULL;
		b = &t->index.overflow[b->next - 1];
	}
}

static int
chain_length(const struct records_index_rw *x, const struct records_bucket *last, uint64_t hash)
{
	const struct records_bucket *b = &x->bucket[hash_bucket(hash, x->count)];
	int n = 1;

	for (; b != last; n++)
		b = &x->overflow[b->next - 1];
	return n;
}

bool
records_index_has_room(const struct records_index_rw *x)
{
	return x->count == 0 || x->overflow_count - x->next_overflow + x->limbo.count >
					x->overflow_count / LEFT_PART;
}

/* An overflow bucket that nobody reads any more, or never has. */
static bool
take_bucket(struct records_table *t, struct records_index_rw *x, uint32_t *bucket)
{
	uint64_t now = t->clock_ms();
	struct limbo_row row;

	if (records_limbo_pop(&x->limbo, now, RECORDS_LIMBO_MS, &row)) {
		*bucket = row.unit;
		return true;
	}
	if (x->next_overflow < x->overflow_count) {
		*bucket = x->next_overflow++;
		return true;
	}
	if (!records_limbo_pop(&x->limbo, now, RECORDS_LIMBO_LEAST_MS, &row))
		return false;
	*bucket = row.unit;
	return true;
}

_Atomic uint64_t *
records_extend(struct records_table *t, struct records_index_rw *x, struct records_bucket *last,
	       uint64_t hash)
{
	struct records_bucket *b;
	uint32_t bucket;

	if (chain_length(x, last, hash) >= RECORDS_CHAIN_MAX || !take_bucket(t, x, &bucket))
		return NULL;
	b = &x->overflow[bucket];
	for (int i = 0; i < RECORDS_SLOTS; i++)
		atomic_store_explicit(&b->entry[i], 0, memory_order_relaxed);
	atomic_store_explicit(&b->next, 0, memory_order_relaxed);
	atomic_store_explicit(&last->next, bucket + 1, memory_order_release);
	return &b->entry[0];
}

static bool
is_empty(const struct records_bucket *b)
{
	uint64_t all = 0;

	for (int i = 0; i < RECORDS_SLOTS; i++)
		all |= atomic_load_explicit(&b->entry[i], memory_order_relaxed);
	return all == 0;
}

uint64_t
records_clear_slot(struct records_table *t, struct records_index_rw *x, _Atomic uint64_t *slot,
		   uint64_t hash)
{
	struct records_bucket *b = (struct records_bucket *)((uintptr_t)slot & ~(uintptr_t)63);
	struct records_bucket *before = &x->bucket[hash_bucket(hash, x->count)];
	uint64_t old = atomic_exchange_explicit(slot, 0, memory_order_acq_rel);

	if (b == before || !is_empty(b))
		return old;
	while (&x->overflow[before->next - 1] != b)
		before = &x->overflow[before->next - 1];
	/* who is there now goes on by its `next`, which stays as it is for as long as it is in
	 * limbo */
	atomic_store_explicit(&before->next, b->next, memory_order_release);
	records_limbo_push(&x->limbo,
			   (struct limbo_row){ t->clock_ms(), (uint32_t)(b - x->overflow), 1 });
	return old;
}

/* ---- aliases ---- */

/* The first slot of the alias' chain that holds `what`, or NULL. */
static _Atomic uint64_t *
alias_slot(const struct records_index_rw *x, uint64_t hash, uint64_t what,
	   struct records_bucket **last)
{
	struct records_bucket *b = &x->bucket[hash_bucket(hash, x->count)];

	for (;;) {
		for (int i = 0; i < RECORDS_SLOTS; i++)
			if (atomic_load_explicit(&b->entry[i], memory_order_relaxed) == what)
				return &b->entry[i];
		*last = b;
		if (b->next == 0)
			return NULL;
		b = &x->overflow[b->next - 1];
	}
}

bool
records_add_alias(struct records_table *t, uint64_t alias, uint64_t hash)
{
	uint64_t own = records_alias_hash(&t->view, alias);
	struct records_bucket *last = NULL;
	_Atomic uint64_t *slot = alias_slot(&t->aliases, own, 0, &last);

	if (slot == NULL)
		slot = records_extend(t, &t->aliases, last, own);
	if (slot == NULL)
		return false;
	atomic_store_explicit(slot, alias_make(own, hash), memory_order_release);
	return true;
}

void
records_remove_alias(struct records_table *t, uint64_t alias, uint64_t hash)
{
	uint64_t own = records_alias_hash(&t->view, alias);
	struct records_bucket *last;
	_Atomic uint64_t *slot = alias_slot(&t->aliases, own, alias_make(own, hash), &last);

	if (slot != NULL)
		records_clear_slot(t, &t->aliases, slot, own);
}

unsigned int
records_aliases(const struct records_table *t, const struct records_record *r,
		uint64_t out[RECORDS_ALIASES_MAX])
{
	return t->type->aliases == NULL ? 0 : t->type->aliases(r, out, RECORDS_ALIASES_MAX);
}
