/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_RECORDS_WRITER_H
#define TABLE_RECORDS_WRITER_H

#include "table/records.h"

/** What a table of records is, to its writer. */
struct records_type {
	const struct segment_type *segment; /* which is sparse */
	uint32_t record_max;                /* octets */
	/* The aliases of a record, each once, at most `max`. NULL: the table has none. */
	unsigned int (*aliases)(const struct records_record *r, uint64_t *out, unsigned int max);
	/* What a record holds besides its header and key lies inside it. */
	bool (*is_sound)(const struct records_record *r);
};

/** Sizes of a table. */
struct records_capacity {
	uint32_t keys;        /* for how many the index is made */
	uint32_t octets_each; /* slab for one record, of which only what is used takes memory */
	bool fixed;           /* never made larger */
	bool urgent;          /* may take what is left to small segments (segment_has_room()) */
};

enum records_error {
	RECORDS_OK,
	RECORDS_ERR_FULL,   /* no memory left */
	RECORDS_ERR_ABSENT, /* no such key */
};

/**
 * The one writer of a table. One thread. A table that fills up is followed by a larger one, or one
 * of the same size when it is only scattered: records_writer_step() brings the records over, and
 * then publishes it. Until then, and for a while after, every change is made in both.
 */
struct records_writer;

/**
 * Make a table under a temporary name. `clock_ms` tells the time for the limbo (CLOCK_MONOTONIC in
 * milliseconds; tests bring their own). Where there is not enough memory it is made smaller. NULL,
 * with *error set, when it cannot be made.
 */
struct records_writer *records_writer_open(const struct records_type *type, const char *dir,
					   const struct records_capacity *capacity,
					   uint64_t (*clock_ms)(void), enum segment_error *error);

/**
 * Continue the published table of a writer that is gone: killed at any point, or closed. Every
 * record and index entry is checked. What is free is taken to be in limbo. NULL, with *error set:
 * there is none, it was made by another version, or it is not sound.
 */
struct records_writer *records_writer_adopt(const struct records_type *type, const char *dir,
					    uint64_t (*clock_ms)(void), enum segment_error *error);

/** Let readers find the table. */
enum segment_error records_writer_publish(struct records_writer *w);

/** The table as its readers see it. Another one behind each call that may have replaced it. */
const struct records *records_writer_view(const struct records_writer *w);

/**
 * Store the record of a key. `words` is all of it, its header included, of which count, rows, size,
 * key_off and key_len are filled in; `words` up to the next multiple of eight octets is readable.
 * RECORDS_ERR_FULL: the key has the record that it had.
 */
enum records_error records_writer_put(struct records_writer *w, uint64_t *words);

/**
 * Promise that a record of `size` octets can be stored for a key: with the promises since the last
 * records_writer_put() or records_writer_step(). A record that is not larger than the key's present
 * one always can. RECORDS_ERR_FULL: no promise. A new record of a key for which several promises
 * were given in a row may be refused in spite of them when there is no room but that of the old
 * one.
 */
enum records_error records_writer_reserve(struct records_writer *w, struct slice key,
					  uint32_t size);

/** Forget a key. */
enum records_error records_writer_remove(struct records_writer *w, struct slice key);

/** The record of a key, or NULL. */
const struct records_record *records_writer_find(const struct records_writer *w, struct slice key);

/**
 * Change the record of a key in place: `change` may store single words of it, atomically. False
 * when there is none. It is called once for each table that has the key.
 */
bool records_writer_change(struct records_writer *w, struct slice key,
			   void (*change)(struct records_record *r, void *context), void *context);

/** Work in the background for at most about `records` records. True while there is more to do. */
bool records_writer_step(struct records_writer *w, unsigned int records);

/** Header words of the table that its writer's caller gives a meaning. */
void records_writer_set_complete(struct records_writer *w, bool complete);
void records_writer_set_store(struct records_writer *w, const uint8_t identity[16],
			      uint64_t sequence);

/** The writer is alive. */
void records_writer_beat(struct records_writer *w);

/** Release everything but the published segment. Takes NULL. */
void records_writer_close(struct records_writer *w);

#endif
