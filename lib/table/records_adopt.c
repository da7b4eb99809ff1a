/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A table whose writer is gone, continued. It was killed between any two stores: what its index
 * names is whole, everything else is free, and aliases may lack or be too many.
 */
#include <stdlib.h>

#include "table/records_internal.h"

enum {
	GROUP = 8, /* buckets whose records are asked for together */
	CLAIMS = 32 + RECORDS_ALIASES_MAX,
};

/* An alias that a record has, until the bucket it should be in has arrived. */
struct claim {
	uint64_t alias, hash, key_hash;
};

/* What has been seen so far. */
struct survey {
	struct records_table *t;
	uint64_t *units;    /* a bit for each one in use */
	uint64_t *overflow; /* a bit for each overflow bucket that is linked */
	uint64_t *aliases;  /* a bit for each slot that a record accounts for */
	uint64_t keys, items, used;
	struct claim claim[CLAIMS];
	unsigned int claims;
};

static bool
test_and_set(uint64_t *bits, uint64_t i)
{
	uint64_t bit = UINT64_C(1) << i % 64;
	bool was = (bits[i / 64] & bit) != 0;

	bits[i / 64] |= bit;
	return was;
}

/* Mark `n` units; false when one of them has another owner. */
static bool
take_units(struct survey *s, uint32_t unit, uint32_t n)
{
	bool shared = false;
	uint32_t part;

	for (; n > 0; unit += part, n -= part) {
		uint64_t mask = ~UINT64_C(0), *word = &s->units[unit / 64];

		part = 64 - unit % 64;
		part = part < n ? part : n;
		if (part < 64)
			mask = ((UINT64_C(1) << part) - 1) << unit % 64;
		shared |= (*word & mask) != 0;
		*word |= mask;
	}
	return !shared;
}

/* ---- chains ---- */

/* The next bucket of a chain. False: the chain is not one. */
static bool
follow(struct records_index_rw *x, uint64_t *seen, struct records_bucket **b)
{
	uint32_t next = (*b)->next;

	if (next > x->overflow_count || (next != 0 && test_and_set(seen, next - 1)))
		return false;
	if (next > x->next_overflow)
		x->next_overflow = next;
	*b = next == 0 ? NULL : &x->overflow[next - 1];
	return true;
}

/* ---- aliases ---- */

static bool
check_alias_chains(struct survey *s)
{
	struct records_index_rw *x = &s->t->aliases;

	for (uint32_t bucket = 0; bucket < x->count; bucket++) {
		struct records_bucket *b = &x->bucket[bucket];

		for (int hops = 0; b != NULL; hops++)
			if (hops == RECORDS_CHAIN_MAX || !follow(x, s->overflow, &b))
				return false;
	}
	return true;
}

/* The number of a slot, over buckets and overflow buckets. */
static uint64_t
slot_number(const struct records_index_rw *x, const struct records_bucket *b, int slot)
{
	bool is_first = b >= x->bucket && b < x->bucket + x->count;
	uint64_t number =
		is_first ? (uint64_t)(b - x->bucket) : x->count + (uint64_t)(b - x->overflow);

	return number * 8 + (uint64_t)slot;
}

/* Account for one alias of a record: find it, or add it. */
static bool
claim_alias(struct survey *s, const struct claim *c)
{
	struct records_index_rw *x = &s->t->aliases;
	uint64_t what = alias_make(c->hash, c->key_hash);
	struct records_bucket *b = &x->bucket[hash_bucket(c->hash, x->count)];

	while (b != NULL) {
		for (int i = 0; i < RECORDS_SLOTS; i++)
			if (b->entry[i] == what && !test_and_set(s->aliases, slot_number(x, b, i)))
				return true;
		b = b->next != 0 ? &x->overflow[b->next - 1] : NULL;
	}
	return records_add_alias(s->t, c->alias, c->key_hash) && claim_alias(s, c);
}

static bool
claim_all(struct survey *s)
{
	for (unsigned int i = 0; i < s->claims; i++)
		if (!claim_alias(s, &s->claim[i]))
			return false;
	s->claims = 0;
	return true;
}

/* Account for the aliases of a sound record, now or a little later. */
static bool
claim_aliases(struct survey *s, const struct records_record *r)
{
	uint64_t alias[RECORDS_ALIASES_MAX], hash;
	unsigned int n = records_aliases(s->t, r, alias);

	for (unsigned int i = 0; i < n; i++) {
		hash = records_alias_hash(&s->t->view, alias[i]);
		s->claim[s->claims++] = (struct claim){ alias[i], hash, r->hash };
		records_prefetch(&s->t->view.aliases, hash);
	}
	return s->claims < CLAIMS - RECORDS_ALIASES_MAX || claim_all(s);
}

/* Those that no record accounts for lead nowhere. */
static void
clear_aliases(struct survey *s, struct records_bucket *b, uint32_t count)
{
	/* a bucket that falls empty stays in its chain: it is used before another one */
	for (uint32_t k = 0; k < count; k++)
		for (int i = 0; i < RECORDS_SLOTS; i++)
			if (b[k].entry[i] != 0 &&
			    !test_and_set(s->aliases, slot_number(&s->t->aliases, &b[k], i)))
				atomic_store_explicit(&b[k].entry[i], 0, memory_order_release);
}

static void
clear_unclaimed(struct survey *s)
{
	const struct records_index_rw *x = &s->t->aliases;

	clear_aliases(s, x->bucket, x->count);
	clear_aliases(s, x->overflow, x->next_overflow);
}

/* ---- the index ---- */

static bool
record_is_sound(const struct records_table *t, const struct records_record *r, uint64_t entry)
{
	uint32_t units = (r->size + RECORDS_UNIT - 1) / RECORDS_UNIT;

	return r->version != 0 && r->version % 2 == 0 && r->version <= t->header->version &&
	       entry_version(entry) == (uint16_t)(r->version >> 1) && r->size >= sizeof(*r) &&
	       r->size <= t->type->record_max && r->units == units &&
	       units <= t->header->next_unit - entry_unit(entry) &&
	       (uint32_t)r->key_off + r->key_len <= r->size && t->type->is_sound(r);
}

static bool
check_entry(struct survey *s, uint64_t entry, uint32_t bucket)
{
	const struct records_record *r;

	if (entry_unit(entry) >= s->t->header->next_unit)
		return false;
	r = records_of(s->t, entry_unit(entry));
	if (!record_is_sound(s->t, r, entry) || entry_tag(entry) != hash_tag(r->hash) ||
	    hash_bucket(r->hash, s->t->index.count) != bucket ||
	    records_hash(&s->t->view, records_key(r)) != r->hash ||
	    !take_units(s, entry_unit(entry), r->units) || !claim_aliases(s, r))
		return false;
	s->keys++;
	s->items += r->count;
	s->used += r->units;
	s->t->passing += entry_unit(entry) < records_passage(s->t->type);
	return true;
}

static bool
check_chain(struct survey *s, uint32_t bucket)
{
	struct records_bucket *b = &s->t->index.bucket[bucket];

	for (int hops = 0; b != NULL; hops++) {
		if (hops == RECORDS_CHAIN_MAX)
			return false;
		for (int i = 0; i < RECORDS_SLOTS; i++)
			if (b->entry[i] != 0 && !check_entry(s, b->entry[i], bucket))
				return false;
		if (!follow(&s->t->index, s->overflow, &b))
			return false;
	}
	return true;
}

static void
prefetch_bucket(const struct survey *s, uint32_t bucket)
{
	const struct records_bucket *b = &s->t->index.bucket[bucket];

	for (int i = 0; i < RECORDS_SLOTS; i++)
		if (b->entry[i] != 0 && entry_unit(b->entry[i]) < s->t->header->next_unit) {
			const char *r = (const char *)records_of(s->t, entry_unit(b->entry[i]));

			for (int line = 0; line < 4; line++)
				__builtin_prefetch(r + line * 64);
		}
}

static bool
check_index(struct survey *s)
{
	uint32_t count = s->t->index.count;

	for (uint32_t bucket = 0; bucket < count; bucket++) {
		if (bucket % GROUP == 0)
			for (uint32_t i = bucket; i < bucket + GROUP && i < count; i++)
				prefetch_bucket(s, i);
		if (!check_chain(s, bucket))
			return false;
	}
	return true;
}

/* ---- memory ---- */

/* What no record has may still be read by those who found it before: into limbo, in pieces. */
static void
collect_free(struct survey *s)
{
	uint32_t end = s->t->header->next_unit, from = records_passage(s->t->type);

	for (uint32_t unit = from; unit <= end; unit++) {
		bool used = unit == end || (s->units[unit / 64] >> unit % 64 & 1) != 0;

		if (from == unit && unit % 64 == 0 && s->units[unit / 64] == ~UINT64_C(0)) {
			unit += 63;
			from = unit + 1;
			continue;
		}
		if (!used && unit - from < RECORDS_UNITS_MAX - 1)
			continue;
		if (unit > from || !used)
			records_to_limbo(s->t, from, unit - from + !used);
		from = unit + 1;
	}
}

/* Overflow buckets that are in no chain may still be read, too. */
static void
collect_buckets(const struct survey *s, struct records_index_rw *x)
{
	for (uint32_t i = 0; i < x->next_overflow; i++)
		if ((s->overflow[i / 64] >> i % 64 & 1) == 0)
			records_limbo_push(&x->limbo, (struct limbo_row){ s->t->clock_ms(), i, 1 });
}

static bool
adopt_all(struct survey *s)
{
	struct records_header *h = s->t->header;

	if (h->unit_count < 2 * records_passage(s->t->type) ||
	    h->next_unit < records_passage(s->t->type) || h->next_unit > h->units_reserved ||
	    h->units_reserved > h->unit_count ||
	    (s->t->aliases.count > 0) != (s->t->type->aliases != NULL) || !check_alias_chains(s))
		return false;
	collect_buckets(s, &s->t->aliases);
	memset(s->overflow, 0, (s->t->index.overflow_count / 64 + 1) * sizeof(*s->overflow));
	if (!check_index(s) || !claim_all(s))
		return false;
	collect_buckets(s, &s->t->index);
	clear_unclaimed(s);
	atomic_store_explicit(&h->keys, s->keys, memory_order_relaxed);
	atomic_store_explicit(&h->items, s->items, memory_order_relaxed);
	atomic_store_explicit(&h->units_used, s->used, memory_order_relaxed);
	collect_free(s);
	return true;
}

bool
records_adopt(struct records_table *t)
{
	uint64_t overflow = t->index.overflow_count > t->aliases.overflow_count
				    ? t->index.overflow_count
				    : t->aliases.overflow_count;
	uint64_t slots = ((uint64_t)t->aliases.count + t->aliases.overflow_count) * 8;
	struct survey s = {
		.t = t,
		.units = calloc(t->header->unit_count / 64 + 1, sizeof(uint64_t)),
		.overflow = calloc(overflow / 64 + 1, sizeof(uint64_t)),
		.aliases = calloc(slots / 64 + 1, sizeof(uint64_t)),
	};
	bool sound = false;

	records_populate(&t->view);
	if (s.units != NULL && s.overflow != NULL && s.aliases != NULL)
		sound = adopt_all(&s);
	free(s.units);
	free(s.overflow);
	free(s.aliases);
	return sound;
}
