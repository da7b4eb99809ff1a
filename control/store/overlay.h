/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_OVERLAY_H
#define CONTROL_STORE_OVERLAY_H

#include "guard/siphash.h"
#include "store/frame.h"

/**
 * The changes of one generation, in memory: those that are in the journal, and not in LMDB yet.
 *
 * Its frames lie in one image, as in the journal's file, and never move; a hash table finds the
 * last change of each name in it. Names that LMDB will not have without this generation are in a
 * list in key order besides, for those who walk.
 *
 * One thread changes it. When it is frozen, nobody does, and any number may read.
 */

enum { OVERLAY_LEVELS = 12, OVERLAY_NONE = 0 };

/* A name that was changed. */
struct overlay_entry {
	uint32_t change; /* where its last change is in the image, in octets */
	uint32_t hash;
	uint32_t links; /* in `link`, OVERLAY_NONE: it is not in the list */
	uint32_t levels;
};

/* What to do to take a change back. */
struct overlay_undo {
	uint32_t entry;
	uint32_t change; /* OVERLAY_NONE: the entry is new */
};

struct overlay {
	char *image;
	size_t size;      /* of the image */
	size_t used;      /* where the next frame begins */
	size_t next;      /* where the next change of the frame that is being made goes */
	uint32_t changes; /* of that frame */
	int64_t growth;   /* octets that LMDB will have more, about; see overlay_cost() */
	int64_t growth_before;
	struct overlay_entry *entry;
	uint32_t count, room;
	uint64_t *slot; /* upper half: hash; lower half: number of the entry plus 1 */
	uint32_t mask;
	struct overlay_undo *undo;
	uint32_t undo_count, undo_room;
	uint32_t *link; /* of the list: numbers of entries plus 1; the head's are first */
	uint32_t link_count, link_room;
	uint64_t random;
	struct siphash_key key;
	uint64_t sequence; /* of the last frame */
};

/** Make an empty one with an image of `size` octets. False when there is no memory. */
bool overlay_open(struct overlay *o, size_t size);

void overlay_close(struct overlay *o);

/** Forget everything, and give the memory of the image back. */
void overlay_clear(struct overlay *o);

/** Octets that a binding takes in LMDB, about. */
size_t overlay_cost(size_t name, size_t value);

/** The change that holds for a name of bindings (`meta`: of a small value), if there is one. */
bool overlay_find(const struct overlay *o, struct slice name, bool meta, struct change *c);

/** Begin a frame. */
void overlay_begin(struct overlay *o);

/** Will a change of this size fit into the frame that was begun? */
bool overlay_fits(const struct overlay *o, const struct change *c);

/**
 * Add a change to the frame. `backed`: LMDB has the name, or will have it by an earlier generation
 * (taken when the name is new here). False when there is no memory; nothing has happened then.
 */
bool overlay_add(struct overlay *o, const struct change *c, bool backed);

/** Take back all changes since overlay_begin(). */
void overlay_rollback(struct overlay *o);

/** The frame is done. */
void overlay_settle(struct overlay *o, uint64_t sequence);

/**
 * Take a frame that is in the image already (read from a file) as if it had been made here. False
 * when there is no memory.
 */
bool overlay_adopt(struct overlay *o, const struct frame *f);

/** The change of entry `n`, below `count`. */
static inline void
overlay_entry_change(const struct overlay *o, uint32_t n, struct change *c)
{
	change_at(o->image + o->entry[n].change, c);
}

/** As LMDB orders keys. */
static inline int
overlay_compare(struct slice a, struct slice b)
{
	int diff = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

	return diff != 0 ? diff : (a.len > b.len) - (a.len < b.len);
}

/** First name of the list at or behind `from`, as entry number plus 1; OVERLAY_NONE at the end. */
uint32_t overlay_seek(const struct overlay *o, struct slice from);

/** The one behind. */
uint32_t overlay_after(const struct overlay *o, uint32_t position);

/* Between overlay.c and overlay_list.c. */
bool overlay_list_init(struct overlay *o);
bool overlay_list_add(struct overlay *o, uint32_t entry);
void overlay_list_remove(struct overlay *o, uint32_t entry);

#endif
