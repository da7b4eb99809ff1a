/* SPDX-License-Identifier: BSD-3-Clause */
/* The names of an overlay that LMDB does not have, in order: a skip list (Pugh, CACM 33:6). */
#include "store/overlay.h"

#include <stdlib.h>

enum { FIRST_LINKS = 4096, HEAD = 0 };

/* Links of the head, or of an entry, given as its number plus 1. */
static uint32_t *
links_of(const struct overlay *o, uint32_t position)
{
	return &o->link[position == OVERLAY_NONE ? HEAD : o->entry[position - 1].links];
}

bool
overlay_list_init(struct overlay *o)
{
	if (o->link == NULL) {
		o->link = calloc(FIRST_LINKS, sizeof(*o->link));
		o->link_room = FIRST_LINKS;
	}
	if (o->link == NULL)
		return false;
	memset(o->link, 0, OVERLAY_LEVELS * sizeof(*o->link));
	o->link_count = OVERLAY_LEVELS;
	return true;
}

static struct slice
name_at(const struct overlay *o, uint32_t position)
{
	struct change c;

	overlay_entry_change(o, position - 1, &c);
	return c.name;
}

/* The last position before `name` on each level; OVERLAY_NONE is the head. */
static void
find_before(const struct overlay *o, struct slice name, uint32_t before[OVERLAY_LEVELS])
{
	uint32_t at = OVERLAY_NONE;

	for (unsigned int level = OVERLAY_LEVELS; level-- > 0;) {
		uint32_t next;

		while ((next = links_of(o, at)[level]) != OVERLAY_NONE &&
		       overlay_compare(name_at(o, next), name) < 0)
			at = next;
		before[level] = at;
	}
}

/* One in four reaches the next level. */
static uint32_t
draw_levels(struct overlay *o)
{
	uint32_t levels = 1;

	o->random ^= o->random << 13;
	o->random ^= o->random >> 7;
	o->random ^= o->random << 17;
	for (uint64_t bits = o->random; (bits & 3) == 0 && levels < OVERLAY_LEVELS; bits >>= 2)
		levels++;
	return levels;
}

bool
overlay_list_add(struct overlay *o, uint32_t entry)
{
	struct overlay_entry *e = &o->entry[entry];
	uint32_t before[OVERLAY_LEVELS], levels = draw_levels(o);

	if (o->link_count + levels > o->link_room) {
		uint32_t *more = reallocarray(o->link, (size_t)o->link_room * 2, sizeof(*more));

		if (more == NULL)
			return false;
		o->link = more;
		o->link_room *= 2;
	}
	find_before(o, name_at(o, entry + 1), before);
	e->links = o->link_count;
	e->levels = levels;
	o->link_count += levels;
	for (uint32_t i = 0; i < levels; i++) {
		o->link[e->links + i] = links_of(o, before[i])[i];
		links_of(o, before[i])[i] = entry + 1;
	}
	return true;
}

void
overlay_list_remove(struct overlay *o, uint32_t entry)
{
	struct overlay_entry *e = &o->entry[entry];
	uint32_t before[OVERLAY_LEVELS];

	if (e->links == OVERLAY_NONE)
		return;
	find_before(o, name_at(o, entry + 1), before);
	for (uint32_t i = 0; i < e->levels; i++)
		links_of(o, before[i])[i] = o->link[e->links + i];
	o->link_count = e->links; /* the last one that came is the first that goes */
	e->links = OVERLAY_NONE;
}

uint32_t
overlay_seek(const struct overlay *o, struct slice from)
{
	uint32_t before[OVERLAY_LEVELS];

	find_before(o, from, before);
	return links_of(o, before[0])[0];
}

uint32_t
overlay_after(const struct overlay *o, uint32_t position)
{
	return links_of(o, position)[0];
}
