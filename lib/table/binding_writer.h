/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_BINDING_WRITER_H
#define TABLE_BINDING_WRITER_H

#include "table/binding.h"

/** Sizes of a table to begin with: it is made larger when it fills up. */
struct binding_capacity {
	uint32_t aors;        /* for how many the index is made */
	uint32_t octets_each; /* room for one AOR; 0: 512. Memory is taken when it is used */
	bool fixed;           /* it is not made larger: what does not fit is refused */
};

enum binding_error {
	BINDING_OK,
	BINDING_ERR_FULL,      /* no shared memory left */
	BINDING_ERR_TOO_LARGE, /* more contacts or text than one AOR may have */
	BINDING_ERR_ABSENT,
	BINDING_ERR_INSTANCE, /* a binding of an instance that is not among them */
};

const char *binding_error_text(enum binding_error error);

/** The one writer of a table. One thread. A writer that dies is followed by one that adopts. */
struct binding_writer;

/**
 * Make a table under a temporary name. `clock_ms` tells the time for the limbo (CLOCK_MONOTONIC
 * in milliseconds; tests bring their own). NULL, with *error set, when it cannot be made.
 */
struct binding_writer *binding_writer_open(const char *dir, const struct binding_capacity *capacity,
					   uint64_t (*clock_ms)(void), enum segment_error *error);

/**
 * Continue the published table of a writer that is gone, killed at any point. What it holds is
 * checked, and its free memory found. NULL, with *error set, when there is none or it is not sound:
 * then a new one has to be made.
 */
struct binding_writer *binding_writer_adopt(const char *dir, uint64_t (*clock_ms)(void),
					    enum segment_error *error);

/** Let readers find the table. */
enum segment_error binding_writer_publish(struct binding_writer *w);

/** The table as its readers see it; for look-ups by the writer itself. */
const struct binding_table *binding_writer_table(const struct binding_writer *w);

/**
 * Store the bindings of an AOR and the instances it is known to have, in place of those it had.
 * `count` may be 0: the AOR is known and has none (480 rather than 404). The instance of a binding
 * is absent or equal to one of `instances`. Readers see the old set or the new one. Slices are
 * copied. After an error they see the old set. BINDING_ERR_FULL: no shared memory is left but for
 * what is no larger than the set before.
 */
enum binding_error binding_writer_put(struct binding_writer *w, struct slice aor,
				      const struct binding *bindings, unsigned int count,
				      const struct binding_instance *instances,
				      unsigned int instance_count);

/**
 * Promise that binding_writer_put() of these can be done (records_writer_reserve()): to be asked
 * before they are written where they stay. BINDING_ERR_FULL: no promise.
 */
enum binding_error binding_writer_reserve(struct binding_writer *w, struct slice aor,
					  const struct binding *bindings, unsigned int count,
					  const struct binding_instance *instances,
					  unsigned int instance_count);

/**
 * The table is that of an earlier version, which left something out of its records (features). It
 * counts as the present version's from when it is set complete.
 */
bool binding_writer_is_older(const struct binding_writer *w);

/** Whether the table has the AOR. */
bool binding_writer_has(const struct binding_writer *w, struct slice aor);

/** Forget an AOR. */
enum binding_error binding_writer_remove(struct binding_writer *w, struct slice aor);

/** Change only when binding `i` of an AOR expires and was updated, in place. */
enum binding_error binding_writer_touch(struct binding_writer *w, struct slice aor, unsigned int i,
					uint64_t expires_ms, uint64_t updated_ms);

/** Say whether every AOR of the store is in the table (binding_table_is_complete()). */
void binding_writer_set_complete(struct binding_writer *w, bool complete);

/** Say which store the table shows, and up to which commit. */
void binding_writer_set_store(struct binding_writer *w, const uint8_t identity[16],
			      uint64_t sequence);

/**
 * Work in the background: a larger or denser table is filled by at most `records` records, and
 * takes the place of the present one when it is whole. It begins by itself when this one fills up.
 * True while there is more to do.
 */
bool binding_writer_step(struct binding_writer *w, unsigned int records);

/** The writer is alive. */
void binding_writer_beat(struct binding_writer *w);

/** Release everything but the published segment. Takes NULL. */
void binding_writer_close(struct binding_writer *w);

#endif
