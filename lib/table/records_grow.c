/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Another table beside the one that is full or scattered: filled in the background, published when
 * it is whole. A death in between leaves the published one as it is.
 */
#include "table/records_internal.h"

enum {
	OCTETS_FOR_RECORD = 4096,   /* of memory reserved in the time that a record takes */
	RELEASE_FOR_RECORD = 32768, /* and given back */
	GROUP = 32,                 /* records that are asked for together */
	LINGER_MS = 1000,           /* readers look for another table every ten milliseconds */
	RETRY_MS = 10000,           /* after a failure */
	SCATTERED_PERCENT = 40,
};

/* ---- when ---- */

/* Three quarters of the overflow buckets are in chains. */
static bool
is_long(const struct records_index_rw *x)
{
	return x->count > 0 && x->next_overflow - x->limbo.count >= x->overflow_count / 4 * 3;
}

static bool
is_full(const struct records_table *t)
{
	return t->scattered || is_long(&t->index) || is_long(&t->aliases);
}

/* Much of the slab is free, but in places that are too small. */
static bool
is_scattered(const struct records_table *t)
{
	uint64_t used = t->header->next_unit - records_passage(t->type);
	uint64_t taken = t->header->units_used + t->limbo_units;

	return used > taken && (used - taken) * 100 > used * SCATTERED_PERCENT;
}

/* What is full is full of what is used, and not of what was used once. */
static bool
needs_more(const struct records_table *t)
{
	return (t->scattered && !is_scattered(t)) || is_long(&t->aliases) ||
	       (is_long(&t->index) && t->header->keys >= records_table_keys(t) / 4 * 3);
}

static uint32_t
doubled(uint32_t n)
{
	return n > UINT32_MAX / 2 ? UINT32_MAX : n * 2;
}

/* Room as this table has, or twice as much. */
static struct records_capacity
next_capacity(const struct records_table *t, bool larger)
{
	struct records_capacity c = { .keys = records_table_keys(t) };
	/* each table has two of them besides: see records_table_begin() */
	uint32_t units = t->header->unit_count - 2 * records_passage(t->type);
	uint64_t octets = (uint64_t)units * RECORDS_UNIT;

	larger |= needs_more(t);
	if (larger)
		c.keys = doubled(c.keys);
	c.keys = c.keys > 16 ? c.keys : 16;
	if (larger)
		octets *= 2;
	c.octets_each = (uint32_t)(octets / c.keys) + 1;
	return c;
}

/* ---- phases ---- */

static void
enter(struct records_writer *w, enum records_phase phase)
{
	w->phase = phase;
	w->since_ms = w->clock_ms();
	w->at = 0;
}

void
records_drop_other(struct records_writer *w)
{
	records_table_close(w->other);
	w->other = NULL;
	enter(w, RECORDS_IDLE);
}

/* No memory for another table: not again for a while. */
static void
give_up(struct records_writer *w)
{
	records_drop_other(w);
	w->failed = true;
}

static void
begin(struct records_writer *w, bool larger)
{
	struct records_capacity capacity = next_capacity(w->table, larger);
	const struct records_header *h = w->table->header;
	enum segment_error error;

	/* what is here has to fit at least, or all of the way there is for nothing */
	if (segment_has_room(&w->table->view.segment, h->slab_off + h->units_used * RECORDS_UNIT))
		w->other = records_table_begin(w, &capacity, w->table->header->hash_key,
					       !w->table->view.segment.second, &error);
	w->failed = w->other == NULL;
	enter(w, w->other != NULL ? RECORDS_RESERVE : RECORDS_IDLE);
}

static bool
failed_lately(const struct records_writer *w)
{
	return w->phase == RECORDS_IDLE && w->failed && w->clock_ms() - w->since_ms < RETRY_MS;
}

void
records_begin_if_full(struct records_writer *w)
{
	if (w->phase != RECORDS_IDLE || w->table->fixed || !is_full(w->table) || failed_lately(w))
		return;
	begin(w, false);
}

static void
reserve(struct records_writer *w, unsigned int records)
{
	if (records_reserve_index(w->other, w->at, (uint64_t)records * OCTETS_FOR_RECORD, &w->at) !=
	    SEGMENT_OK) {
		give_up(w);
		return;
	}
	if (w->at < w->other->header->slab_off)
		return;
	w->walk = (struct records_walk){ 0 };
	enter(w, RECORDS_COPY);
}

/* The next records of the present table: asked for first, then one after the other. */
static unsigned int
gather(struct records_writer *w, const struct records_record *r[GROUP], unsigned int max)
{
	unsigned int n = 0;
	uint64_t entry;

	while (n < max && n < GROUP && records_walk_entry(&w->table->view, &w->walk, &entry)) {
		r[n] = records_of(w->table, entry_unit(entry));
		__builtin_prefetch(r[n]);
		__builtin_prefetch((const char *)r[n] + 64);
		__builtin_prefetch((const char *)r[n] + 128);
		n++;
	}
	return n;
}

static void
prefetch_indices(const struct records_table *t, const struct records_record *r)
{
	uint64_t alias[RECORDS_ALIASES_MAX];
	unsigned int n = records_aliases(t, r, alias);

	records_prefetch(&t->view.index, r->hash);
	for (unsigned int i = 0; i < n; i++)
		records_prefetch(&t->view.aliases, records_alias_hash(&t->view, alias[i]));
}

/* Records that the new table has already were put there since. False: it is full. */
static bool
copy_one(struct records_writer *w, const struct records_record *r)
{
	struct records_bucket *last;
	_Atomic uint64_t *empty;

	return records_find_slot(w->other, records_key(r), r->hash, &empty, &last) != NULL ||
	       records_table_put(w->other, (const uint64_t *)(const void *)r) == RECORDS_OK;
}

/* What readers have is the new table from now on. */
static void
change_over(struct records_writer *w)
{
	struct records_table *old = w->table;
	struct records_header *h = w->other->header;

	memcpy(h->store_identity, old->header->store_identity, sizeof(h->store_identity));
	h->store_sequence = old->header->store_sequence;
	h->complete = old->header->complete;
	if (w->published && segment_publish(&w->other->view.segment) != SEGMENT_OK) {
		give_up(w);
		return;
	}
	w->table = w->other;
	w->other = old;
	enter(w, RECORDS_LINGER);
	if (!w->published)
		records_drop_other(w);
}

static void
copy(struct records_writer *w, unsigned int records)
{
	const struct records_record *r[GROUP];
	unsigned int n;

	do {
		n = gather(w, r, records);
		for (unsigned int i = 0; i < n; i++)
			prefetch_indices(w->other, r[i]);
		for (unsigned int i = 0; i < n; i++)
			if (!copy_one(w, r[i])) {
				give_up(w);
				return;
			}
		records -= n;
	} while (records > 0 && n == GROUP);
	if (records > 0)
		change_over(w);
}

/* The file goes with its last mapping: emptied before, that takes no time. */
static void
release(struct records_writer *w, unsigned int records)
{
	const struct segment *s = &w->other->view.segment;
	uint64_t octets = (uint64_t)records * RELEASE_FOR_RECORD, end;

	end = w->other->header->slab_off +
	      (uint64_t)w->other->header->units_reserved * RECORDS_UNIT;
	/* from behind: the header tells how far */
	if (w->at + octets < end - w->other->header->slab_off) {
		w->at += octets;
		segment_give_back(s, end - w->at, octets);
		return;
	}
	records_drop_other(w);
}

bool
records_writer_step(struct records_writer *w, unsigned int records)
{
	uint64_t for_ms = w->clock_ms() - w->since_ms;

	records_release_held(w);
	w->tight = false;
	records_begin_if_full(w);
	switch (records > 0 ? w->phase : RECORDS_IDLE) {
	case RECORDS_RESERVE:
		reserve(w, records);
		break;
	case RECORDS_COPY:
		copy(w, records);
		break;
	case RECORDS_LINGER:
		if (for_ms >= LINGER_MS)
			enter(w, RECORDS_HOLD);
		break;
	case RECORDS_HOLD:
		if (for_ms >= RECORDS_LIMBO_MS)
			enter(w, RECORDS_RELEASE);
		break;
	case RECORDS_RELEASE:
		release(w, records);
		break;
	case RECORDS_IDLE:
		records_reserve_ahead(w->table);
		break;
	}
	return w->phase == RECORDS_RESERVE || w->phase == RECORDS_COPY ||
	       w->phase == RECORDS_RELEASE;
}

bool
records_make_room(struct records_writer *w)
{
	struct records_table *full = w->table;

	if (full->fixed || failed_lately(w))
		return false;
	if (w->phase > RECORDS_COPY)
		records_drop_other(w);
	/* the one that was begun may be of the same size, and not do */
	for (int i = 0; i < 2 && w->table == full; i++) {
		if (w->phase == RECORDS_IDLE)
			begin(w, true);
		while (w->phase == RECORDS_RESERVE || w->phase == RECORDS_COPY)
			records_writer_step(w, UINT32_MAX);
	}
	if (w->table != full)
		return true;
	full->stuck = w->failed = true;
	return false;
}
