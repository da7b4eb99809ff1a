/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the files of the writer of records: records_memory.c has the slab, records_index.c the
 * two indices, records_table.c puts both together to one table, records_adopt.c continues one,
 * records_grow.c makes another, and records_writer.c is what callers see.
 */
#ifndef TABLE_RECORDS_INTERNAL_H
#define TABLE_RECORDS_INTERNAL_H

#include "table/records_writer.h"

enum {
	/* With no place left, one in limbo may be used again after this long: its readers finish in
	 * microseconds, and only LD-29's memory of a record is lost. */
	RECORDS_LIMBO_LEAST_MS = 1000,
	RECORDS_UNITS_MAX = 1024, /* of one record: that of the largest type */
	RECORDS_ALIASES_MAX = 64, /* of one record */
};

/* Free places of one size. */
struct free_list {
	uint32_t *unit;
	uint32_t count, room;
};

/* A place that readers may still hold: units of the slab, or an overflow bucket. */
struct limbo_row {
	uint64_t since_ms;
	uint32_t unit;
	uint32_t units;
};

/* A ring of them, in the order of time. */
struct limbo {
	struct limbo_row *row;
	uint32_t room, head, count;
};

/* An index, for writing. */
struct records_index_rw {
	struct records_bucket *bucket, *overflow;
	uint32_t count, overflow_count;
	uint32_t next_overflow; /* never linked so far from here on */
	struct limbo limbo;     /* unlinked ones, unit: which */
};

/* One table as its writer has it. */
struct records_table {
	struct records view; /* as readers see it; the mapping can be written to */
	struct records_header *header;
	uint8_t *slab;
	struct records_index_rw index, aliases;
	const struct records_type *type;
	uint64_t (*clock_ms)(void);
	bool fixed;
	bool stuck;     /* there can be no larger one now */
	bool urgent;    /* its index may take what is otherwise left to small segments */
	bool scattered; /* fresh memory was taken late, because no free place would do */
	struct free_list free[RECORDS_UNITS_MAX + 1];
	uint64_t any_free[RECORDS_UNITS_MAX / 64 + 1]; /* a bit for each list that has some */
	struct limbo limbo;
	uint64_t limbo_units;
	uint64_t joined_ms; /* when places were joined last */
	/* The first units of the slab, as many as the largest record takes, are for records that
	 * are on their way to their own old place: so many are there now. */
	uint32_t passing;
};

/* What the writer is doing in the background. */
enum records_phase {
	RECORDS_IDLE,
	RECORDS_RESERVE, /* memory for the next table's index */
	RECORDS_COPY,    /* records into it */
	RECORDS_LINGER,  /* it is published; those who have not seen that yet get changes, too */
	RECORDS_HOLD,    /* they have had time to: the old one is only kept */
	RECORDS_RELEASE, /* its memory is given back */
};

struct records_writer {
	const struct records_type *type;
	uint64_t (*clock_ms)(void);
	struct records_table *table; /* which readers find */
	struct records_table *other; /* the next one, or the one before */
	enum records_phase phase;
	bool published;
	struct records_walk walk; /* RECORDS_COPY */
	uint64_t at;              /* RECORDS_RESERVE, RECORDS_RELEASE: octets done */
	uint64_t since_ms;        /* of the phase; RECORDS_IDLE: of the last failure */
	bool failed;              /* to make another table */
	struct limbo held;        /* of `table`: places for what was promised to fit */
	bool tight;               /* something was promised its old place: others are not for it */
	char dir[192];
};

/* ---- records_memory.c ---- */

/* Memory for a record, not in use by anybody. False when there is none. */
bool records_allocate(struct records_table *t, uint32_t units, uint32_t *unit);

/* Put in, behind all others. False: no memory, and the place is lost. */
bool records_limbo_push(struct limbo *l, struct limbo_row row);

/* Take the oldest out if it has been there for `least_ms`. */
bool records_limbo_pop(struct limbo *l, uint64_t now_ms, uint64_t least_ms, struct limbo_row *row);

/* Give back what nobody has seen. */
void records_free(struct records_table *t, uint32_t unit, uint32_t units);

/* Give back what readers may hold. */
void records_to_limbo(struct records_table *t, uint32_t unit, uint32_t units);

/* Memory behind the index, from `from` on, at most `octets`; *done: how far. */
enum segment_error records_reserve_index(struct records_table *t, uint64_t from, uint64_t octets,
					 uint64_t *done);

/* Have some slab ready for the next records. */
void records_reserve_ahead(struct records_table *t);

/* The first units of the slab: see records_table.passing. */
static inline uint32_t
records_passage(const struct records_type *type)
{
	return type->record_max / RECORDS_UNIT;
}

/* Put memory behind the slab up to this unit. False: there is none. */
bool records_reserve_slab(struct records_table *t, uint32_t end);

/* Forget all lists. */
void records_release_memory(struct records_table *t);

/* ---- records_index.c ---- */

/* The slot of a key, or NULL; then the first empty one of its chain, if any, and its last bucket.
 */
_Atomic uint64_t *records_find_slot(const struct records_table *t, struct slice key, uint64_t hash,
				    _Atomic uint64_t **empty, struct records_bucket **last);

/* Some overflow buckets are left. */
bool records_index_has_room(const struct records_index_rw *x);

/* An empty slot at the end of a full chain, or NULL. */
_Atomic uint64_t *records_extend(struct records_table *t, struct records_index_rw *x,
				 struct records_bucket *last, uint64_t hash);

/* Empty a slot of the chain of `hash`: what it held. A bucket without entries leaves the chain. */
uint64_t records_clear_slot(struct records_table *t, struct records_index_rw *x,
			    _Atomic uint64_t *slot, uint64_t hash);

/* Lead from an alias to a hash, and no more. */
bool records_add_alias(struct records_table *t, uint64_t alias, uint64_t hash);
void records_remove_alias(struct records_table *t, uint64_t alias, uint64_t hash);

/* The aliases of a record; 0 when the table has none. */
unsigned int records_aliases(const struct records_table *t, const struct records_record *r,
			     uint64_t out[RECORDS_ALIASES_MAX]);

/* ---- records_table.c ---- */

/* A table without memory behind its index yet. */
struct records_table *records_table_begin(const struct records_writer *w,
					  const struct records_capacity *capacity,
					  const uint8_t hash_key[SIPHASH_KEY_SIZE], bool second,
					  enum segment_error *error);

/* One around a mapped segment. NULL: its offsets do not fit, or no memory. */
struct records_table *records_table_map(const struct records_writer *w,
					const struct segment *segment);

/* For how many keys the indices of a table were made. */
uint32_t records_table_keys(const struct records_table *t);

/* Release everything but a published segment. Takes NULL. */
void records_table_close(struct records_table *t);

/* Store a record (records_writer_put()); its hash is filled in. */
enum records_error records_table_put(struct records_table *t, const uint64_t *words);

/* The same where the key's record is, if it is not larger: when there is no other place for it. */
enum records_error records_table_rewrite(struct records_table *t, const uint64_t *words);

enum records_error records_table_remove(struct records_table *t, struct slice key);

/* The record of a key, or NULL. */
struct records_record *records_table_find(const struct records_table *t, struct slice key);

static inline struct records_record *
records_of(const struct records_table *t, uint32_t unit)
{
	return (struct records_record *)(void *)(t->slab + (uint64_t)unit * RECORDS_UNIT);
}

static inline struct slice
records_key(const struct records_record *r)
{
	return slice_of((const char *)r + r->key_off, r->key_len);
}

/* ---- records_adopt.c ---- */

/* Check a table that a dead writer left, and learn what is free in it. False: it is not sound. */
bool records_adopt(struct records_table *t);

/* ---- records_grow.c ---- */

/* Make another table when this one fills up. */
void records_begin_if_full(struct records_writer *w);

/*
 * Make another one, and finish it at once. False when that cannot be; then not again for a while,
 * and this one does with what it has.
 */
bool records_make_room(struct records_writer *w);

/* Whether the other table has to have every change, too. */
static inline bool
records_both(const struct records_writer *w)
{
	return w->phase == RECORDS_COPY || w->phase == RECORDS_LINGER;
}

/* Give back what was held for promises. */
void records_release_held(struct records_writer *w);

/* The other one cannot follow: do without it. */
void records_drop_other(struct records_writer *w);

#endif
