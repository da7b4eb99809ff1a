/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_SEGMENT_H
#define TABLE_SEGMENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Shared-memory segments: files that one process writes and others map.
 *
 * A segment holds offsets and fixed-width integers only. Its writer builds it under another name
 * and then renames it into place, so whoever opens the name finds a finished segment; a new
 * generation replaces the file, and those who still map the old one keep it until they look.
 */

#define SEGMENT_MAGIC UINT64_C(0x3174637564616956) /* "Viaduct1", little-endian */

enum segment_kind {
	SEGMENT_BINDINGS = 1,
	SEGMENT_ROUTES = 2,
	SEGMENT_KEYS = 3,
	SEGMENT_RINGS = 4,
	SEGMENT_STATS = 5,
	SEGMENT_FLOWS = 6,
	SEGMENT_HOPS = 7,
	SEGMENT_FAILED = 8,
	SEGMENT_ORDERS = 9,
	SEGMENT_CREDENTIALS = 10,
	SEGMENT_QUERY = 11,
	SEGMENT_TRANSACTIONS = 12,
	SEGMENT_DISABLED = 13,
};

/** First 128 octets of every segment. */
struct segment_header {
	_Atomic uint64_t magic; /* stored last, once everything else is valid */
	uint32_t kind;          /* enum segment_kind */
	uint16_t abi_major;     /* layout */
	uint16_t abi_minor;     /* meaning of what was reserved before */
	uint64_t layout;        /* hash over the sizes that the layout depends on */
	uint64_t size;          /* octets, this header included */
	uint64_t generation;    /* one more for each segment that a writer publishes under a name */
	_Atomic uint64_t heartbeat_ms; /* CLOCK_BOOTTIME of the writer's last sign of life */
	uint32_t writer_pid;
	uint32_t reserved32;
	uint8_t reserved[72];
};

_Static_assert(sizeof(struct segment_header) == 128, "segment ABI: header size");

enum segment_error {
	SEGMENT_OK,
	SEGMENT_ERR_ABSENT,  /* no such file: the writer has not started yet */
	SEGMENT_ERR_SYSTEM,  /* see errno */
	SEGMENT_ERR_SPACE,   /* no memory left for it */
	SEGMENT_ERR_SHORT,   /* the file is smaller than its header says */
	SEGMENT_ERR_MAGIC,   /* not a segment, or never finished */
	SEGMENT_ERR_KIND,    /* another table */
	SEGMENT_ERR_ABI,     /* made by another version of Viaduct */
	SEGMENT_ERR_DAMAGED, /* what it holds contradicts itself */
};

/** A sentence for each error. */
const char *segment_error_text(enum segment_error error);

/** A mapped segment. Private to the process. */
struct segment {
	struct segment_header *header;
	size_t size;
	dev_t device;
	ino_t inode;
	bool second; /* which of two temporary names it was made under */
	char path[192];
};

/**
 * What a table is, as both sides must agree on it. `layout` is made with SEGMENT_LAYOUT over the
 * sizes of the structs in the segment.
 */
struct segment_type {
	enum segment_kind kind;
	uint16_t abi_major, abi_minor;
	uint64_t layout;
	const char *name; /* file name in the instance's folder */
	bool sparse;      /* made by segment_begin(): mapped, but not populated */
	bool spare;       /* memory for the next one is kept beside it: it can always be replaced */
};

/** Mix two sizes into a layout word. */
#define SEGMENT_LAYOUT(a, b, c)                                                                    \
	((uint64_t)(a)*UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)(b)*UINT64_C(0xc2b2ae3d27d4eb4f) ^ \
	 (uint64_t)(c))

/**
 * Make a segment of `size` octets, all zero behind its header, in folder `dir` under a temporary
 * name. Memory is reserved, so that writing to it later cannot fail. Mode 0600. One whose type
 * keeps a spare is made of that when the file system is full.
 */
enum segment_error segment_create(struct segment *s, const char *dir,
				  const struct segment_type *type, size_t size);

/**
 * The same without memory behind it but for the first page: segment_reserve() comes before each
 * part is used. `second`: under another temporary name than segment_create() takes, so that two can
 * be made at once.
 */
enum segment_error segment_begin(struct segment *s, const char *dir,
				 const struct segment_type *type, size_t size, bool second);

/**
 * Put memory behind a part, so that writing there cannot fail. It is zero where it is new. About a
 * millisecond for two MiB. SEGMENT_ERR_SPACE: there is none left.
 */
enum segment_error segment_reserve(const struct segment *s, uint64_t off, uint64_t octets);

/**
 * Whether the file system that holds a segment has so many octets to spare. A part of it is left to
 * those tables without which nothing works: a sixteenth, 8 MiB at least and 256 MiB at most. One
 * that does not tell its size has.
 */
bool segment_has_room(const struct segment *s, uint64_t octets);

/** Have the kernel map a part that has memory, ahead of its use. A hint. */
void segment_populate(const struct segment *s, uint64_t off, uint64_t octets);

/**
 * Give the memory behind a part back, for everyone who maps it: it reads as zero. For a segment
 * that was replaced long ago.
 */
void segment_give_back(const struct segment *s, uint64_t off, uint64_t octets);

/** Remove what a writer that died had begun under a temporary name. */
void segment_forget_begun(const char *dir, const struct segment_type *type);

/** Give a created segment its name. From now on readers find it. Replaces the one before. */
enum segment_error segment_publish(struct segment *s);

/** Take its name from a published segment, if it still has it; who maps it keeps it until then. */
void segment_withdraw(const struct segment *s);

/** Map a published segment: for reading only unless `writable`. Refuses with a reason. */
enum segment_error segment_attach(struct segment *s, const char *dir,
				  const struct segment_type *type, bool writable);

/** Another segment has been published under the name since this one was mapped; also when detached.
 */
bool segment_replaced(const struct segment *s);

/** Unmap. Takes a zeroed or half-made segment; an unpublished file is removed. */
void segment_detach(struct segment *s);

/** The writer is alive. */
void segment_beat(struct segment *s);

/** Milliseconds since the writer's last sign of life. */
uint64_t segment_age_ms(const struct segment *s);

/** `octets` at offset `off` lie in the segment, and `off` suits `align` (a power of two). */
static inline bool
segment_holds(const struct segment *s, uint64_t off, uint64_t octets, uint64_t align)
{
	return (off & (align - 1)) == 0 && off <= s->size && octets <= s->size - off;
}

#endif
