/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_SNAPSHOT_H
#define CONTROL_STORE_SNAPSHOT_H

#include "store/base.h"

/**
 * What a store's LMDB file has at one moment, for reading; by another process than the one that
 * writes there, too. What is only in the journal is not part of it.
 */
struct snapshot {
	struct base base;
	MDB_txn *txn;
	uint32_t schema;
	uint64_t applied; /* sequence number of the last commit in it */
	uint8_t identity[STORE_IDENTITY_LEN];
	uint64_t aors;
};

enum snapshot_kind {
	SNAPSHOT_STORE, /* a store's folder */
	SNAPSHOT_ALONE, /* the same, which nobody has open: half a generation may be in it */
	SNAPSHOT_FILE,  /* a single file that snapshot_copy() made */
};

/**
 * Open one. Somebody may be taking a generation of changes to LMDB in several transactions; then
 * the next moment between two generations is waited for, at most `wait_ms`. STORE_ERR_OPEN,
 * STORE_ERR_DAMAGED, STORE_ERR_VERSION or STORE_ERR_FULL (it took too long) with a sentence. While
 * it is open, LMDB's file grows instead of using pages again.
 */
enum store_error snapshot_open(struct snapshot *s, const char *path, enum snapshot_kind kind,
			       unsigned int wait_ms, char *message, size_t size);

void snapshot_close(struct snapshot *s);

/**
 * Write it to the new file `path` (mode 0600), without the room that LMDB keeps for changes, and
 * sync that. `identity`: what it says there, NULL for the same. A file that is not complete is
 * removed. STORE_ERR_OPEN, STORE_ERR_FULL, STORE_ERR_IO or STORE_ERR_DAMAGED with a sentence.
 */
enum store_error snapshot_copy(const struct snapshot *s, const char *path, const uint8_t *identity,
			       char *message, size_t size);

/** The same into a file that is there, and empty. It stays, whatever becomes of it. */
enum store_error snapshot_fill(const struct snapshot *s, const char *path, const uint8_t *identity,
			       char *message, size_t size);

#endif
