/* SPDX-License-Identifier: BSD-3-Clause */
/* One table, for its writer: made, and its records stored and removed. */
#include <stdlib.h>

#include "table/records_internal.h"

enum {
	SLOTS_WANTED = 3,  /* of the seven of a bucket, so that chains are rare */
	OVERFLOW_PART = 8, /* one overflow bucket for so many */
	OVERFLOW_LEAST = 16,
};

/* ---- making ---- */

static uint64_t
align64(uint64_t v)
{
	return (v + 63) & ~UINT64_C(63);
}

/* Offsets and sizes. Returns the size of the segment. */
static uint64_t
lay_out(struct records_header *h, const struct records_type *type,
	const struct records_capacity *capacity)
{
	uint64_t at = align64(sizeof(*h));

	h->bucket_count = capacity->keys / SLOTS_WANTED + 1;
	h->overflow_count = h->bucket_count / OVERFLOW_PART + OVERFLOW_LEAST;
	h->alias_count = type->aliases != NULL ? h->bucket_count : 0;
	h->alias_overflow_count = type->aliases != NULL ? h->overflow_count : 0;
	h->buckets_off = at;
	h->overflow_off = at += (uint64_t)h->bucket_count * 64;
	h->aliases_off = at += (uint64_t)h->overflow_count * 64;
	h->alias_overflow_off = at += (uint64_t)h->alias_count * 64;
	h->slab_off = at += (uint64_t)h->alias_overflow_count * 64;
	return at + (uint64_t)h->unit_count * RECORDS_UNIT;
}

static struct records_index_rw
writable(const struct records_index *x)
{
	return (struct records_index_rw){
		.bucket = (struct records_bucket *)(uintptr_t)x->bucket,
		.overflow = (struct records_bucket *)(uintptr_t)x->overflow,
		.count = x->count,
		.overflow_count = x->overflow_count,
	};
}

struct records_table *
records_table_map(const struct records_writer *w, const struct segment *segment)
{
	struct records_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->view.segment = *segment;
	if (!records_view(&t->view)) {
		free(t);
		return NULL;
	}
	t->type = w->type;
	t->clock_ms = w->clock_ms;
	t->header = (struct records_header *)(void *)segment->header;
	t->slab = (uint8_t *)(uintptr_t)t->view.slab;
	t->index = writable(&t->view.index);
	t->aliases = writable(&t->view.aliases);
	return t;
}

struct records_table *
records_table_begin(const struct records_writer *w, const struct records_capacity *capacity,
		    const uint8_t hash_key[SIPHASH_KEY_SIZE], bool second,
		    enum segment_error *error)
{
	uint32_t passage = records_passage(w->type);
	uint64_t units = (uint64_t)capacity->keys * capacity->octets_each / RECORDS_UNIT +
			 2 * (uint64_t)passage,
		 size;
	struct records_header plan = { .unit_count = (uint32_t)units, .next_unit = passage };
	struct records_table *t = NULL;
	struct records_header *h;
	struct segment s;

	*error = SEGMENT_ERR_SPACE;
	if (units >= UINT32_MAX)
		return NULL;
	memcpy(plan.hash_key, hash_key, sizeof(plan.hash_key));
	size = lay_out(&plan, w->type, capacity);
	*error = segment_begin(&s, w->dir, w->type->segment, size, second);
	if (*error != SEGMENT_OK)
		return NULL;
	h = (struct records_header *)(void *)s.header;
	memcpy(&plan.segment, &h->segment, sizeof(plan.segment));
	memcpy(h, &plan, sizeof(plan));
	t = records_table_map(w, &s);
	if (t == NULL) {
		segment_detach(&s);
		*error = SEGMENT_ERR_SPACE;
		return NULL;
	}
	t->fixed = capacity->fixed;
	t->urgent = capacity->urgent;
	if (!records_reserve_slab(t, passage)) {
		records_table_close(t);
		*error = SEGMENT_ERR_SPACE;
		return NULL;
	}
	return t;
}

uint32_t
records_table_keys(const struct records_table *t)
{
	return (t->header->bucket_count - 1) * SLOTS_WANTED;
}

void
records_table_close(struct records_table *t)
{
	if (t == NULL)
		return;
	records_release_memory(t);
	segment_detach(&t->view.segment);
	free(t);
}

/* ---- records ---- */

static void
add(_Atomic uint64_t *number, int64_t n)
{
	/* one writer: no other store comes between */
	atomic_store_explicit(number,
			      atomic_load_explicit(number, memory_order_relaxed) + (uint64_t)n,
			      memory_order_relaxed);
}

static void
count_change(struct records_table *t, const struct records_record *r, uint32_t units, int sign)
{
	add(&t->header->keys, sign);
	add(&t->header->items, sign * (int64_t)r->count);
	add(&t->header->units_used, sign * (int64_t)units);
}

/* Copy a record to its place, under the next version. Nobody points there yet. */
static uint64_t
store_record(struct records_table *t, uint32_t unit, uint32_t units, const uint64_t *words)
{
	const struct records_record *from = (const struct records_record *)(const void *)words;
	struct records_record *r = records_of(t, unit);
	_Atomic uint64_t *to = (_Atomic uint64_t *)(void *)r;
	uint64_t version = t->header->version + 2;
	union {
		uint64_t words[4];
		struct records_record record;
	} head;

	memcpy(head.words, words, sizeof(head));
	head.record.units = (uint16_t)units;
	/* first, so that who continues this table gives none of its versions twice */
	atomic_store_explicit(&t->header->version, version, memory_order_relaxed);
	atomic_store_explicit(&r->version, version | 1, memory_order_relaxed);
	/* a reader that came by an old entry must see the odd version before new words */
	atomic_thread_fence(memory_order_release);
	for (uint32_t i = 1; i < 4; i++)
		atomic_store_explicit(&to[i], head.words[i], memory_order_relaxed);
	for (uint32_t i = 4; i < (from->size + 7) / 8; i++)
		atomic_store_explicit(&to[i], words[i], memory_order_relaxed);
	atomic_store_explicit(&r->version, version, memory_order_release);
	return version;
}

static bool
has(const uint64_t *list, unsigned int count, uint64_t what)
{
	for (unsigned int i = 0; i < count; i++)
		if (list[i] == what)
			return true;
	return false;
}

/* Remove the aliases of `from` that `kept` has not. */
static void
remove_aliases(struct records_table *t, const struct records_record *from,
	       const struct records_record *kept)
{
	uint64_t gone[RECORDS_ALIASES_MAX], stay[RECORDS_ALIASES_MAX];
	unsigned int gone_count = records_aliases(t, from, gone);
	unsigned int stay_count = kept != NULL ? records_aliases(t, kept, stay) : 0;

	for (unsigned int i = 0; i < gone_count; i++)
		if (!has(stay, stay_count, gone[i]))
			records_remove_alias(t, gone[i], from->hash);
}

/* Add the aliases of `to` that `had` has not: all, or none. */
static bool
add_aliases(struct records_table *t, const struct records_record *to,
	    const struct records_record *had)
{
	uint64_t come[RECORDS_ALIASES_MAX], there[RECORDS_ALIASES_MAX];
	unsigned int come_count = records_aliases(t, to, come), i;
	unsigned int there_count = had != NULL ? records_aliases(t, had, there) : 0;

	for (i = 0; i < come_count; i++)
		if (!has(there, there_count, come[i]) && !records_add_alias(t, come[i], to->hash))
			break;
	if (i == come_count)
		return true;
	while (i-- > 0)
		if (!has(there, there_count, come[i]))
			records_remove_alias(t, come[i], to->hash);
	return false;
}

/* Take the record that an entry named out of use. */
static void
retire(struct records_table *t, uint64_t entry)
{
	uint32_t unit = entry_unit(entry);
	const struct records_record *r = records_of(t, unit);

	count_change(t, r, r->units, -1);
	if (unit < records_passage(t->type))
		t->passing--; /* used again when it is empty */
	else
		records_to_limbo(t, unit, r->units);
}

/* Have a slot name what is stored at `unit` now. Returns what it named. */
static uint64_t
point_at(struct records_table *t, _Atomic uint64_t *slot, uint32_t unit, uint32_t units,
	 const uint64_t *words)
{
	const struct records_record *r = (const struct records_record *)(const void *)words;
	uint64_t version = store_record(t, unit, units, words);

	/* release: a reader that sees the entry sees the record filled in */
	return atomic_exchange_explicit(slot, entry_make(r->hash, version, unit),
					memory_order_acq_rel);
}

enum records_error
records_table_put(struct records_table *t, const uint64_t *words)
{
	const struct records_record *r = (const struct records_record *)(const void *)words, *had;
	uint32_t unit, units = (r->size + RECORDS_UNIT - 1) / RECORDS_UNIT;
	_Atomic uint64_t *slot, *empty;
	struct records_bucket *last;
	uint64_t old;

	if (!records_allocate(t, units, &unit))
		return RECORDS_ERR_FULL;
	slot = records_find_slot(t, records_key(r), r->hash, &empty, &last);
	had = slot != NULL ? records_of(t, entry_unit(*slot)) : NULL;
	if (slot == NULL)
		slot = empty != NULL ? empty : records_extend(t, &t->index, last, r->hash);
	/* aliases come before their record and go behind it: what they lead to is looked at */
	if (slot == NULL || !add_aliases(t, r, had)) {
		records_free(t, unit, units);
		return RECORDS_ERR_FULL;
	}
	old = point_at(t, slot, unit, units, words);
	count_change(t, r, units, 1);
	if (old != 0) {
		remove_aliases(t, had, r);
		retire(t, old);
	}
	return RECORDS_OK;
}

/*
 * By way of the passage, so that the index names a whole record at all times. Who is reading the
 * old one sees its version change, and looks again.
 */
enum records_error
records_table_rewrite(struct records_table *t, const uint64_t *words)
{
	const struct records_record *r = (const struct records_record *)(const void *)words;
	uint32_t units = (r->size + RECORDS_UNIT - 1) / RECORDS_UNIT, unit, room;
	_Atomic uint64_t *slot, *empty;
	struct records_record *had;
	struct records_bucket *last;

	slot = records_find_slot(t, records_key(r), r->hash, &empty, &last);
	if (slot == NULL || t->passing > 0)
		return RECORDS_ERR_FULL;
	unit = entry_unit(*slot);
	had = records_of(t, unit);
	room = had->units;
	if (room < units || !add_aliases(t, r, had))
		return RECORDS_ERR_FULL;
	point_at(t, slot, 0, units, words);
	count_change(t, had, room, -1);
	remove_aliases(t, had, r);
	point_at(t, slot, unit, units, words);
	count_change(t, r, units, 1);
	if (room > units)
		records_to_limbo(t, unit + units, room - units);
	return RECORDS_OK;
}

enum records_error
records_table_remove(struct records_table *t, struct slice key)
{
	_Atomic uint64_t *slot, *empty;
	struct records_bucket *last;
	uint64_t hash = records_hash(&t->view, key), old;

	slot = records_find_slot(t, key, hash, &empty, &last);
	if (slot == NULL)
		return RECORDS_ERR_ABSENT;
	old = records_clear_slot(t, &t->index, slot, hash);
	remove_aliases(t, records_of(t, entry_unit(old)), NULL);
	retire(t, old);
	return RECORDS_OK;
}

struct records_record *
records_table_find(const struct records_table *t, struct slice key)
{
	struct records_bucket *last;
	_Atomic uint64_t *slot, *empty;

	slot = records_find_slot(t, key, records_hash(&t->view, key), &empty, &last);
	return slot != NULL ? records_of(t, entry_unit(*slot)) : NULL;
}
