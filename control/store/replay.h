/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_REPLAY_H
#define CONTROL_STORE_REPLAY_H

#include "store/journal.h"

/**
 * Reads the frames of a journal in the order in which they were committed, and says when one is
 * missing.
 *
 * What ends the journal (a frame that is not whole, and nothing sound with a higher number behind
 * it) was never acknowledged. A number that is missing before a higher one is damage.
 */
struct replay {
	const struct journal *journal;
	unsigned int count;
	unsigned int order[JOURNAL_FILES]; /* numbers of files, as they were used */
	uint64_t sequence;                 /* of the last frame that was read, or is in LMDB */
	unsigned int last_file;            /* where it was, and what is behind it there */
	size_t last_end;                   /* 0: there was none */
	uint64_t frames;                   /* that were visited */
	char wrong[224];                   /* "journal.N: what is wrong", or empty */
};

/** Called for each frame. Anything but STORE_OK ends the reading. */
typedef enum store_error (*replay_visit)(const struct frame *f, void *context);

/**
 * Begin with the journal as it was opened; LMDB has everything up to `applied`. STORE_ERR_DAMAGED
 * or STORE_ERR_VERSION when a file's head is unsound or another store's.
 */
enum store_error replay_begin(struct replay *p, const struct journal *j, uint64_t applied);

/** Has file `order[i]` frames that LMDB may not have? */
bool replay_needs(const struct replay *p, unsigned int i);

/** Read a whole file into memory. */
enum store_error replay_read(int fd, char *to, size_t size);

/** Visit the frames of journal.`n`, whose octets are `file`, that come after p->sequence. */
enum store_error replay_file(struct replay *p, unsigned int n, struct slice file,
			     replay_visit visit, void *context);

#endif
