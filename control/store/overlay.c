/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/overlay.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>

enum {
	FIRST_ROOM = 1024,
	KEEP_OCTETS = 1 << 20, /* of an image that is cleared: a small installation needs no more */
	/* LMDB: larger ones go to pages of their own; see mdb_node_add() */
	PAGE = 4096,
	PAGE_HEADER = 16,
	NODE_HEADER = 8,
	NODE_MAX = (PAGE - PAGE_HEADER) / 2 - 2,
};

size_t
overlay_cost(size_t name, size_t value)
{
	if (NODE_HEADER + name + value <= NODE_MAX)
		return NODE_HEADER + 2 + name + value;
	return NODE_HEADER + 2 + name + 8 + (PAGE_HEADER + value + PAGE - 1) / PAGE * PAGE;
}

/* ---- memory ---- */

bool
overlay_open(struct overlay *o, size_t size)
{
	uint8_t key[SIPHASH_KEY_SIZE];

	*o = (struct overlay){ .size = size, .mask = 2 * FIRST_ROOM - 1, .room = FIRST_ROOM };
	o->image = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (o->image == MAP_FAILED)
		o->image = NULL;
	else
		madvise(o->image, size, MADV_HUGEPAGE);
	o->entry = calloc(o->room, sizeof(*o->entry));
	o->slot = calloc((size_t)o->mask + 1, sizeof(*o->slot));
	if (o->image == NULL || o->entry == NULL || o->slot == NULL || !overlay_list_init(o) ||
	    getrandom(key, sizeof(key), 0) != sizeof(key)) {
		overlay_close(o);
		return false;
	}
	o->key = siphash_key_load(key);
	o->random = o->key.k0 | 1;
	o->used = FRAME_START;
	return true;
}

void
overlay_close(struct overlay *o)
{
	if (o->image != NULL)
		munmap(o->image, o->size);
	free(o->entry);
	free(o->slot);
	free(o->undo);
	free(o->link);
	*o = (struct overlay){ .image = NULL };
}

void
overlay_clear(struct overlay *o)
{
	if (o->used > KEEP_OCTETS)
		madvise(o->image + KEEP_OCTETS, o->size - KEEP_OCTETS, MADV_DONTNEED);
	memset(o->slot, 0, ((size_t)o->mask + 1) * sizeof(*o->slot));
	overlay_list_init(o);
	o->count = o->undo_count = o->changes = 0;
	o->growth = 0;
	o->used = FRAME_START;
	o->sequence = 0;
}

/* ---- finding ---- */

static bool
is_meta(const struct change *c)
{
	return c->kind == CHANGE_META;
}

static uint32_t
hash_of(const struct overlay *o, struct slice name)
{
	return (uint32_t)siphash(o->key, name.ptr, name.len);
}

/* The slot that has the name, or the free one where it belongs. */
static uint32_t
find_slot(const struct overlay *o, struct slice name, bool meta, uint32_t hash, struct change *c)
{
	uint32_t i = hash & o->mask;

	for (; o->slot[i] != 0; i = (i + 1) & o->mask) {
		if ((uint32_t)(o->slot[i] >> 32) != hash)
			continue;
		overlay_entry_change(o, (uint32_t)o->slot[i] - 1, c);
		if (is_meta(c) == meta && slice_eq(c->name, name))
			break;
	}
	return i;
}

bool
overlay_find(const struct overlay *o, struct slice name, bool meta, struct change *c)
{
	if (o->count == 0)
		return false;
	return o->slot[find_slot(o, name, meta, hash_of(o, name), c)] != 0;
}

static void
put_slot(struct overlay *o, uint32_t entry)
{
	uint32_t hash = o->entry[entry].hash, i = hash & o->mask;

	while (o->slot[i] != 0)
		i = (i + 1) & o->mask;
	o->slot[i] = (uint64_t)hash << 32 | (entry + 1);
}

/* ---- growing ---- */

static bool
grow(void **array, uint32_t *room, size_t each)
{
	void *more = reallocarray(*array, (size_t)*room * 2 + FIRST_ROOM, each);

	if (more == NULL)
		return false;
	*array = more;
	*room = *room * 2 + FIRST_ROOM;
	return true;
}

/* In the order in which they came: the last entry is the last in its chain then, too. */
static bool
grow_slots(struct overlay *o)
{
	uint32_t mask = o->mask * 2 + 1;
	uint64_t *slot = calloc((size_t)mask + 1, sizeof(*slot));

	if (slot == NULL)
		return false;
	free(o->slot);
	o->slot = slot;
	o->mask = mask;
	for (uint32_t i = 0; i < o->count; i++)
		put_slot(o, i);
	return true;
}

static bool
make_room(struct overlay *o)
{
	if (o->undo_count == o->undo_room &&
	    !grow((void **)&o->undo, &o->undo_room, sizeof(*o->undo)))
		return false;
	if (o->count == o->room && !grow((void **)&o->entry, &o->room, sizeof(*o->entry)))
		return false;
	return o->count * 2 <= o->mask || grow_slots(o);
}

/* ---- changing ---- */

void
overlay_begin(struct overlay *o)
{
	o->next = o->used + FRAME_HEADER;
	o->changes = 0;
	o->undo_count = 0;
	o->growth_before = o->growth;
}

bool
overlay_fits(const struct overlay *o, const struct change *c)
{
	return o->next + change_size(c) <= o->size;
}

/* The change at `at` of the image is the last one of its name from now on. */
static bool
index_change(struct overlay *o, uint32_t at, bool backed)
{
	struct change c, old;
	uint32_t hash, i;

	if (!make_room(o))
		return false;
	change_at(o->image + at, &c);
	hash = hash_of(o, c.name);
	i = find_slot(o, c.name, is_meta(&c), hash, &old);
	if (o->slot[i] != 0) {
		uint32_t entry = (uint32_t)o->slot[i] - 1;

		o->undo[o->undo_count++] = (struct overlay_undo){ entry, o->entry[entry].change };
		o->entry[entry].change = at;
		return true;
	}
	o->entry[o->count] = (struct overlay_entry){ .change = at, .hash = hash };
	if (!backed && !is_meta(&c) && !overlay_list_add(o, o->count))
		return false;
	o->undo[o->undo_count++] = (struct overlay_undo){ o->count, OVERLAY_NONE };
	o->slot[i] = (uint64_t)hash << 32 | ++o->count;
	return true;
}

bool
overlay_add(struct overlay *o, const struct change *c, bool backed)
{
	change_encode(c, o->image + o->next);
	if (!index_change(o, (uint32_t)o->next, backed))
		return false;
	o->next += change_size(c);
	o->changes++;
	return true;
}

/* Last come, first gone: nothing is behind it in its chain of slots. */
static void
take_back(struct overlay *o, const struct overlay_undo *u)
{
	uint32_t i;

	if (u->change != OVERLAY_NONE) {
		o->entry[u->entry].change = u->change;
		return;
	}
	overlay_list_remove(o, u->entry);
	i = o->entry[u->entry].hash & o->mask;
	while ((uint32_t)o->slot[i] != u->entry + 1)
		i = (i + 1) & o->mask;
	o->slot[i] = 0;
	o->count--;
}

void
overlay_rollback(struct overlay *o)
{
	while (o->undo_count > 0)
		take_back(o, &o->undo[--o->undo_count]);
	o->growth = o->growth_before;
	o->changes = 0;
}

void
overlay_settle(struct overlay *o, uint64_t sequence)
{
	o->used = frame_next(o->used, o->next - o->used - FRAME_HEADER);
	o->sequence = sequence;
	o->changes = 0;
	o->undo_count = 0;
}

bool
overlay_adopt(struct overlay *o, const struct frame *f)
{
	size_t at = (size_t)(f->payload.ptr - o->image);
	struct change c;

	for (uint32_t i = 0; i < f->changes; i++) {
		change_at(o->image + at, &c);
		o->undo_count = 0;
		if (!index_change(o, (uint32_t)at, true))
			return false;
		at += change_size(&c);
	}
	o->used = f->next;
	o->sequence = f->sequence;
	return true;
}
