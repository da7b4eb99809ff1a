/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_JOURNAL_H
#define CONTROL_STORE_JOURNAL_H

#include "store/disk.h"
#include "store/frame.h"

/**
 * The write-ahead journal: files journal.0, journal.1 and so on in the store's folder, of one size
 * and used in turns. What is in a frame here survives power loss, whatever LMDB has of it.
 *
 * A file is live until the frames in it are in LMDB, and free from then on. The frames of one
 * generation of changes are in one file; in more when the disk failed in between.
 *
 * One thread.
 */

enum { JOURNAL_FILES = 8, JOURNAL_NAME_MAX = 24 };

/** A set of files: bit N is journal.N. */
typedef uint32_t journal_set;

struct journal_file {
	int fd; /* -1: there is none */
	size_t size;
	enum journal_head_state state;
	struct journal_head head; /* JOURNAL_HEAD_OK */
};

struct journal {
	const struct store_disk *disk;
	int dir;
	size_t size; /* of a file that is made */
	bool sync;   /* each frame before it is called written */
	uint8_t identity[STORE_IDENTITY_LEN];
	struct journal_file file[JOURNAL_FILES];
	int current;       /* the file that frames go to; -1: none that can be trusted */
	size_t used;       /* of that one */
	uint64_t ordinal;  /* the highest there is */
	journal_set live;  /* not to be used anew */
	journal_set owned; /* those of `live` that have frames since the last journal_cut() */
	uint64_t turns, failures;
};

/** "journal.N" */
void journal_name(unsigned int n, char out[JOURNAL_NAME_MAX]);

/**
 * Open the files that are in the folder `dir` (a descriptor, which stays the caller's) and read
 * their heads. Nothing is changed on disk, and journal_provide() is next.
 * STORE_ERR_OPEN, with the name in `message`, when one cannot be read.
 */
enum store_error journal_open(struct journal *j, int dir, char *message, size_t size);

/** Make files up to `count`, and remove free ones beyond; those of another size are made anew. */
enum store_error journal_provide(struct journal *j, unsigned int count);

/**
 * Append the frame at `frame`, FRAME_HEADER octets that are filled in here and `payload` octets of
 * changes, and sync it. After an error the frame is not in the journal, and the next one may be
 * tried with the same number:
 * a write that failed is written over; after a sync that failed, what the kernel has of the file
 * is not trusted any more, and another file is begun, which says that this frame is void. Where not
 * even that can be written, all further frames fail until it can be. STORE_ERR_FULL when no file is
 * left or can be made.
 */
enum store_error journal_append(struct journal *j, char *frame, size_t payload, uint64_t sequence,
				uint32_t changes);

/** Is there a file for a frame of `payload` octets, the present one or another? */
bool journal_has_room(const struct journal *j, size_t payload);

/** The files with the frames up to here; the next frame begins another one. */
journal_set journal_cut(struct journal *j);

/** Their frames are in LMDB. */
void journal_release(struct journal *j, journal_set files);

/** Close the files. */
void journal_close(struct journal *j);

#endif
