/* SPDX-License-Identifier: BSD-3-Clause */
/* What the callers of a writer see: every change goes to the table, and to the one beside it. */
#include "table/records_writer.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/rand.h>

#include "table/records_internal.h"

enum { KEYS_ENOUGH = 1024 }; /* to begin with, where there is no memory for more */

static struct records_writer *
make(const struct records_type *type, const char *dir, uint64_t (*clock_ms)(void))
{
	struct records_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->type = type;
	w->clock_ms = clock_ms;
	snprintf(w->dir, sizeof(w->dir), "%s", dir);
	return w;
}

/* The first table, with memory behind its index. */
static enum segment_error
begin_first(struct records_writer *w, const struct records_capacity *c,
	    const uint8_t key[SIPHASH_KEY_SIZE])
{
	enum segment_error error;
	uint64_t done;

	w->table = records_table_begin(w, c, key, false, &error);
	if (w->table == NULL)
		return error;
	error = records_reserve_index(w->table, 0, UINT64_MAX, &done);
	if (error != SEGMENT_OK) {
		records_table_close(w->table);
		w->table = NULL;
	}
	return error;
}

/* Of a size that could be had somewhere, but not here. */
static bool
may_be_smaller(const struct records_capacity *c)
{
	return !c->fixed && c->keys > KEYS_ENOUGH && c->octets_each <= UINT32_MAX / 2 &&
	       (uint64_t)c->keys * c->octets_each / RECORDS_UNIT < UINT32_MAX / 2;
}

struct records_writer *
records_writer_open(const struct records_type *type, const char *dir,
		    const struct records_capacity *capacity, uint64_t (*clock_ms)(void),
		    enum segment_error *error)
{
	struct records_writer *w = make(type, dir, clock_ms);
	struct records_capacity c = *capacity;
	uint8_t key[SIPHASH_KEY_SIZE];

	*error = SEGMENT_ERR_SPACE;
	if (w == NULL)
		return NULL;
	if (RAND_priv_bytes(key, sizeof(key)) != 1) {
		*error = SEGMENT_ERR_SYSTEM;
		records_writer_close(w);
		return NULL;
	}
	segment_forget_begun(dir, type->segment);
	*error = begin_first(w, &c, key);
	while (*error == SEGMENT_ERR_SPACE && may_be_smaller(&c)) {
		/* the index takes memory, the slab only when it is used */
		c.keys /= 2;
		c.octets_each *= 2;
		/* a small one has to be: without it nothing works */
		c.urgent = !may_be_smaller(&c);
		*error = begin_first(w, &c, key);
	}
	if (*error == SEGMENT_OK) {
		w->table->urgent = false;
		return w;
	}
	records_writer_close(w);
	return NULL;
}

struct records_writer *
records_writer_adopt(const struct records_type *type, const char *dir, uint64_t (*clock_ms)(void),
		     enum segment_error *error)
{
	struct records_writer *w = make(type, dir, clock_ms);
	struct segment s;

	*error = SEGMENT_ERR_SPACE;
	if (w == NULL)
		return NULL;
	segment_forget_begun(dir, type->segment);
	*error = segment_attach(&s, dir, type->segment, true);
	if (*error == SEGMENT_OK) {
		w->table = records_table_map(w, &s);
		if (w->table == NULL) {
			segment_detach(&s);
			*error = SEGMENT_ERR_SHORT;
		} else if (!records_adopt(w->table)) {
			*error = SEGMENT_ERR_DAMAGED;
		}
	}
	if (*error != SEGMENT_OK) {
		records_writer_close(w);
		return NULL;
	}
	w->published = true;
	records_writer_beat(w);
	return w;
}

enum segment_error
records_writer_publish(struct records_writer *w)
{
	enum segment_error error = segment_publish(&w->table->view.segment);

	w->published |= error == SEGMENT_OK;
	return error;
}

const struct records *
records_writer_view(const struct records_writer *w)
{
	return &w->table->view;
}

/* ---- promises ---- */

void
records_release_held(struct records_writer *w)
{
	struct limbo_row row;

	while (records_limbo_pop(&w->held, 0, 0, &row))
		records_free(w->table, row.unit, row.units);
}

/* Keep a place of this size out of the lists: put back, it is the first that is found. */
static bool
hold(struct records_writer *w, uint32_t units)
{
	struct limbo_row row = { .units = units };

	if (!records_allocate(w->table, units, &row.unit))
		return false;
	if (records_limbo_push(&w->held, row))
		return true;
	records_free(w->table, row.unit, units);
	return false;
}

/* What was held was another table's. */
static bool
hold_again(struct records_writer *w)
{
	bool fine = true;
	struct limbo_row row;

	for (uint32_t n = w->held.count; n > 0; n--)
		if (records_limbo_pop(&w->held, 0, 0, &row))
			fine = fine && hold(w, row.units);
	return fine;
}

static bool
has_index_room(const struct records_table *t)
{
	return records_index_has_room(&t->index) && records_index_has_room(&t->aliases);
}

enum records_error
records_writer_reserve(struct records_writer *w, struct slice key, uint32_t size)
{
	uint32_t units = (size + RECORDS_UNIT - 1) / RECORDS_UNIT;
	const struct records_record *had;

	if (has_index_room(w->table) && hold(w, units))
		return RECORDS_OK;
	if (records_make_room(w) && hold_again(w) && has_index_room(w->table) && hold(w, units))
		return RECORDS_OK;
	had = records_table_find(w->table, key);
	if (had == NULL)
		return RECORDS_ERR_FULL;
	if (had->units < units || w->table->passing > 0)
		return hold(w, units) ? RECORDS_OK : RECORDS_ERR_FULL;
	w->tight = true;
	return RECORDS_OK;
}

/* ---- records ---- */

static enum records_error
store(struct records_writer *w, const uint64_t *words)
{
	if ((w->tight && records_table_rewrite(w->table, words) == RECORDS_OK) ||
	    records_table_put(w->table, words) == RECORDS_OK ||
	    (records_make_room(w) && records_table_put(w->table, words) == RECORDS_OK))
		return RECORDS_OK;
	return records_table_rewrite(w->table, words);
}

enum records_error
records_writer_put(struct records_writer *w, uint64_t *words)
{
	struct records_record *r = (struct records_record *)(void *)words;
	enum records_error error;

	records_release_held(w);
	r->hash = records_hash(&w->table->view, records_key(r));
	error = store(w, words);
	if (error == RECORDS_OK && records_both(w) &&
	    records_table_put(w->other, words) != RECORDS_OK)
		records_drop_other(w);
	records_begin_if_full(w);
	return error;
}

enum records_error
records_writer_remove(struct records_writer *w, struct slice key)
{
	enum records_error error = records_table_remove(w->table, key);

	if (records_both(w))
		records_table_remove(w->other, key);
	return error;
}

const struct records_record *
records_writer_find(const struct records_writer *w, struct slice key)
{
	return records_table_find(w->table, key);
}

bool
records_writer_change(struct records_writer *w, struct slice key,
		      void (*change)(struct records_record *r, void *context), void *context)
{
	struct records_record *r = records_table_find(w->table, key);

	if (r == NULL)
		return false;
	change(r, context);
	r = records_both(w) ? records_table_find(w->other, key) : NULL;
	if (r != NULL)
		change(r, context);
	return true;
}

void
records_writer_set_complete(struct records_writer *w, bool complete)
{
	/* what an earlier version had left out is there now */
	if (complete)
		w->table->header->segment.abi_minor = w->table->type->segment->abi_minor;
	atomic_store_explicit(&w->table->header->complete, complete, memory_order_release);
}

void
records_writer_set_store(struct records_writer *w, const uint8_t identity[16], uint64_t sequence)
{
	struct records_header *h = w->table->header;

	if (memcmp(h->store_identity, identity, sizeof(h->store_identity)) != 0)
		memcpy(h->store_identity, identity, sizeof(h->store_identity));
	atomic_store_explicit(&h->store_sequence, sequence, memory_order_release);
}

void
records_writer_beat(struct records_writer *w)
{
	segment_beat(&w->table->view.segment);
}

void
records_writer_close(struct records_writer *w)
{
	if (w == NULL)
		return;
	records_table_close(w->other);
	records_table_close(w->table);
	free(w->held.row);
	free(w);
}
