/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_CREDENTIALS_WRITER_H
#define TABLE_CREDENTIALS_WRITER_H

#include "table/credentials.h"

enum credentials_error {
	CREDENTIALS_OK,
	CREDENTIALS_ERR_FULL,      /* no memory left */
	CREDENTIALS_ERR_TOO_LARGE, /* names and AORs of more than CREDENTIALS_RECORD_MAX octets */
	CREDENTIALS_ERR_ABSENT,
};

const char *credentials_error_text(enum credentials_error error);

/** The one writer of a credentials table. One thread. */
struct credentials_writer;

/**
 * Make a table for some number of users, which grows by itself, under a temporary name. `clock_ms`
 * is CLOCK_MONOTONIC in milliseconds. NULL, with *error set, when it cannot be made.
 */
struct credentials_writer *credentials_writer_open(const char *dir, uint32_t users,
						   uint64_t (*clock_ms)(void),
						   enum segment_error *error);

/** Say where the users are from: readers can tell (credentials_table_is_of()). */
void credentials_writer_set_source(struct credentials_writer *w,
				   const uint8_t source[CREDENTIALS_SOURCE_SIZE]);

/** Let readers find the table. */
enum segment_error credentials_writer_publish(struct credentials_writer *w);

/** The table as its readers see it, for look-ups and walks of the writer itself. */
const struct credentials_table *credentials_writer_table(const struct credentials_writer *w);

/** Store what is known of a user, in place of what was. Slices are copied. */
enum credentials_error credentials_writer_put(struct credentials_writer *w,
					      const struct credentials *c);

/** Forget a user. */
enum credentials_error credentials_writer_remove(struct credentials_writer *w,
						 struct slice username, struct slice realm);

/** As binding_writer_step(). */
bool credentials_writer_step(struct credentials_writer *w, unsigned int records);

/** The writer is alive. */
void credentials_writer_beat(struct credentials_writer *w);

/** Release everything but the published segment. Takes NULL. */
void credentials_writer_close(struct credentials_writer *w);

#endif
