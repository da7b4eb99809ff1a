/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_FRAME_H
#define CONTROL_STORE_FRAME_H

#include "sip/slice.h"
#include "store/binding_store.h"

/**
 * What a journal file looks like. Pure functions over its octets; all of them may be damaged.
 *
 * A head of FRAME_START octets, which holds the same thing twice, then frames. Each frame begins
 * at a multiple of FRAME_ALIGN and is one transaction: a header, then its changes one behind the
 * other. Numbers are in host byte order, as in LMDB's file.
 *
 * The head has a salt, random at each use of the file. Nothing is a frame whose mark and checksum
 * were not made with it: neither what an earlier use left behind, nor what somebody registered in
 * the hope that it is taken for one.
 */

enum {
	FRAME_ALIGN = 64,
	FRAME_HEADER = 24, /* mark, checksum, sequence, length, changes */
	FRAME_START = 8192,
	CHANGE_HEADER = 8, /* kind, 0, length of the name, of the value */
};

/** What is written first into a journal file each time that it is used anew. */
struct journal_head {
	uint8_t identity[STORE_IDENTITY_LEN]; /* of the store it belongs to */
	uint64_t salt;
	uint64_t ordinal; /* one more with each use of any of the files */
	uint64_t first; /* sequence number of its first frame; later ones in earlier files are void
			 */
};

enum journal_head_state {
	JOURNAL_HEAD_OK,
	JOURNAL_HEAD_EMPTY,   /* never used: zeros */
	JOURNAL_HEAD_DAMAGED, /* neither copy can be read */
	JOURNAL_HEAD_NEWER,   /* of a version that we do not know */
};

void journal_head_encode(const struct journal_head *h, char out[FRAME_START]);

/** Read the head of a file, of which at least the beginning is there. */
enum journal_head_state journal_head_decode(struct slice file, struct journal_head *h);

/** One change of a transaction. */
struct change {
	enum change_kind {
		CHANGE_PUT = 1,
		CHANGE_REMOVE, /* no value */
		CHANGE_META,   /* the name is one of meta_put() */
	} kind;
	struct slice name, value;
};

/** Octets that it takes in a frame. */
static inline size_t
change_size(const struct change *c)
{
	return CHANGE_HEADER + c->name.len + c->value.len;
}

/** Write it at `out`, change_size() octets. */
void change_encode(const struct change *c, char *out);

/** Read the change at `at` in `octets`; slices borrow. False when it is none. */
bool change_decode(struct slice octets, size_t at, struct change *c);

/** The same for one that was read or written before. */
void change_at(const char *octets, struct change *c);

/** A frame of a file. */
struct frame {
	size_t at;   /* of its header */
	size_t next; /* where the next one is, if there is one */
	uint64_t sequence;
	uint32_t changes;
	struct slice payload; /* of changes that change_decode() takes */
};

/** Where a frame of `payload` octets at `at` ends, rounded up to the next one. */
static inline size_t
frame_next(size_t at, size_t payload)
{
	return (at + FRAME_HEADER + payload + FRAME_ALIGN - 1) & ~(size_t)(FRAME_ALIGN - 1);
}

/** Fill in the header at `frame`, whose payload is behind it already. */
void frame_seal(char *frame, size_t payload, uint64_t salt, uint64_t sequence, uint32_t changes);

/** Read the frame at `at`. False when there is none, or a damaged one. */
bool frame_decode(struct slice file, size_t at, uint64_t salt, struct frame *f);

/** Find the first sound frame at or behind `at`. */
bool frame_find(struct slice file, size_t at, uint64_t salt, struct frame *f);

#endif
