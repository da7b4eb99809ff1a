/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/expiry_wheel.h"

#include <stdlib.h>
#include <string.h>

/* Seconds of the near wheel, and of one slot of the far one: together 194 days. */
enum { NEAR = 4096, FAR = 4096, CHUNK = 62 };

struct chunk {
	struct chunk *next;
	uint64_t count;
	uint64_t hash[CHUNK];
};

/* Entries of the far wheel keep their second, as they come down one by one. */
struct far_row {
	uint64_t hash, at_s;
};

struct far_slot {
	struct far_row *row;
	uint32_t count, room;
};

struct expiry_wheel {
	uint64_t now_s; /* everything before it has been taken */
	uint64_t entries;
	struct chunk *near[NEAR];
	struct far_slot far[FAR];
	struct chunk *spare;
	/* the second that is being taken: sorted, without doubles */
	uint64_t *due;
	size_t due_count, due_next, due_room;
};

struct expiry_wheel *
expiry_wheel_open(uint64_t now_s)
{
	struct expiry_wheel *w = calloc(1, sizeof(*w));

	if (w != NULL)
		w->now_s = now_s;
	return w;
}

static void
free_chunks(struct chunk *c)
{
	while (c != NULL) {
		struct chunk *next = c->next;

		free(c);
		c = next;
	}
}

void
expiry_wheel_close(struct expiry_wheel *w)
{
	if (w == NULL)
		return;
	for (int i = 0; i < NEAR; i++)
		free_chunks(w->near[i]);
	for (int i = 0; i < FAR; i++)
		free(w->far[i].row);
	free_chunks(w->spare);
	free(w->due);
	free(w);
}

uint64_t
expiry_wheel_count(const struct expiry_wheel *w)
{
	return w->entries;
}

static struct chunk *
take_chunk(struct expiry_wheel *w)
{
	struct chunk *c = w->spare;

	if (c == NULL)
		return malloc(sizeof(*c));
	w->spare = c->next;
	return c;
}

static bool
add_near(struct expiry_wheel *w, uint64_t hash, uint64_t at_s)
{
	struct chunk **slot = &w->near[at_s % NEAR], *c = *slot;

	if (c == NULL || c->count == CHUNK) {
		c = take_chunk(w);
		if (c == NULL)
			return false;
		c->count = 0;
		c->next = *slot;
		*slot = c;
	}
	c->hash[c->count++] = hash;
	return true;
}

static bool
add_far(struct expiry_wheel *w, uint64_t hash, uint64_t at_s)
{
	struct far_slot *slot = &w->far[at_s / NEAR % FAR];

	if (slot->count == slot->room) {
		uint32_t room = slot->room == 0 ? 64 : slot->room * 2;
		struct far_row *grown = realloc(slot->row, room * sizeof(*grown));

		if (grown == NULL)
			return false;
		slot->row = grown;
		slot->room = room;
	}
	slot->row[slot->count++] = (struct far_row){ hash, at_s };
	return true;
}

/* Seconds of the same slot of the far wheel as the present one belong to the near wheel. */
static bool
insert(struct expiry_wheel *w, uint64_t hash, uint64_t at_s)
{
	if (at_s < w->now_s)
		at_s = w->now_s;
	if (at_s / NEAR >= w->now_s / NEAR + FAR)
		at_s = (w->now_s / NEAR + FAR - 1) * NEAR;
	return at_s / NEAR == w->now_s / NEAR ? add_near(w, hash, at_s) : add_far(w, hash, at_s);
}

bool
expiry_wheel_add(struct expiry_wheel *w, uint64_t hash, uint64_t at_s)
{
	bool fine = insert(w, hash, at_s);

	w->entries += fine;
	return fine;
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool
make_due_room(struct expiry_wheel *w, size_t count)
{
	uint64_t *grown;

	if (count <= w->due_room)
		return true;
	grown = realloc(w->due, count * sizeof(*grown));
	if (grown == NULL)
		return false;
	w->due = grown;
	w->due_room = count;
	return true;
}

/* Everything of one second into the list of what is due. False when there is no memory for it. */
static bool
take_second(struct expiry_wheel *w, uint64_t second)
{
	struct chunk **slot = &w->near[second % NEAR], *c;
	size_t count = 0, kept = 0;

	for (c = *slot; c != NULL; c = c->next)
		count += c->count;
	if (!make_due_room(w, count))
		return false;
	w->due_count = w->due_next = 0;
	while ((c = *slot) != NULL) {
		memcpy(w->due + w->due_count, c->hash, c->count * sizeof(c->hash[0]));
		w->due_count += c->count;
		*slot = c->next;
		c->next = w->spare;
		w->spare = c;
	}
	w->entries -= count;
	if (count > 1)
		qsort(w->due, count, sizeof(*w->due), by_value);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || w->due[i] != w->due[kept - 1])
			w->due[kept++] = w->due[i];
	w->due_count = kept;
	return true;
}

/* A slot of the far wheel has come near. */
static void
bring_down(struct expiry_wheel *w)
{
	struct far_slot *slot = &w->far[w->now_s / NEAR % FAR];
	struct far_slot was = *slot;

	*slot = (struct far_slot){ 0 };
	for (uint32_t i = 0; i < was.count; i++)
		if (!insert(w, was.row[i].hash, was.row[i].at_s))
			w->entries--;
	free(was.row);
}

unsigned int
expiry_wheel_take(struct expiry_wheel *w, uint64_t now_s, uint64_t *hashes, unsigned int max)
{
	unsigned int n = 0;

	for (;;) {
		while (n < max && w->due_next < w->due_count)
			hashes[n++] = w->due[w->due_next++];
		if (n == max || w->now_s >= now_s)
			return n;
		if (w->entries == 0) {
			/* a clock that was set far ahead */
			w->now_s = now_s;
			return n;
		}
		if (!take_second(w, w->now_s))
			return n;
		if (++w->now_s % NEAR == 0)
			bring_down(w);
	}
}
