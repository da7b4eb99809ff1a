/* SPDX-License-Identifier: BSD-3-Clause */
#include "transaction/wheel.h"

#include <assert.h>
#include <stdlib.h>

int
wheel_open(struct wheel *w, uint32_t count, uint32_t now)
{
	*w = (struct wheel){ .count = count, .mask = WHEEL_SLOTS - 1, .now = now };
	if (count >= WHEEL_HEAD)
		return -1;
	/* One more than there are: malloc(0) may give NULL. */
	w->link = malloc(((size_t)count + 1) * sizeof(*w->link));
	w->slot = malloc(WHEEL_SLOTS * sizeof(*w->slot));
	if (w->link == NULL || w->slot == NULL) {
		wheel_close(w);
		return -1;
	}
	for (uint32_t i = 0; i < count; i++)
		w->link[i].next = i;
	for (uint32_t i = 0; i < WHEEL_SLOTS; i++)
		w->slot[i] = WHEEL_NONE;
	return 0;
}

void
wheel_close(struct wheel *w)
{
	free(w->link);
	free(w->slot);
	*w = (struct wheel){ .link = NULL };
}

/* The slot for a timer: what lies beyond the turn goes to its end, to be looked at again there. */
static uint32_t
slot_for(const struct wheel *w, uint32_t due)
{
	uint32_t ahead = due - w->now;

	if (ahead > INT32_MAX)
		ahead = 0;
	if (ahead > w->mask)
		ahead = w->mask;
	return (w->now + ahead) & w->mask;
}

static void
link_in(struct wheel *w, uint32_t i, uint32_t slot)
{
	uint32_t first = w->slot[slot];

	w->link[i].next = first;
	w->link[i].prev = WHEEL_HEAD | slot;
	if (first != WHEEL_NONE)
		w->link[first].prev = i;
	w->slot[slot] = i;
}

static void
link_out(struct wheel *w, uint32_t i)
{
	uint32_t next = w->link[i].next, prev = w->link[i].prev;

	if ((prev & WHEEL_HEAD) != 0)
		w->slot[prev & ~WHEEL_HEAD] = next;
	else
		w->link[prev].next = next;
	if (next != WHEEL_NONE)
		w->link[next].prev = prev;
}

void
wheel_set(struct wheel *w, uint32_t i, uint32_t due)
{
	assert(i < w->count);
	if (wheel_is_set(w, i))
		link_out(w, i);
	else
		w->set++;
	w->link[i].due = due;
	link_in(w, i, slot_for(w, due));
}

void
wheel_clear(struct wheel *w, uint32_t i)
{
	if (!wheel_is_set(w, i))
		return;
	link_out(w, i);
	w->link[i].next = i;
	w->set--;
}

/*
 * After a pause of many turns one of them shows everything that is due, provided that the rest of
 * the turn that was begun is seen too. Whole turns only, so that each timer stays in its slot.
 */
static void
skip_turns(struct wheel *w, uint32_t now)
{
	uint32_t turns = (now - w->now) / WHEEL_SLOTS;

	if (turns > 1)
		w->now += (turns - 1) * WHEEL_SLOTS;
}

/* `now` is not before w->now, so that nothing returns to the slot that it is taken from. */
static unsigned int
take(struct wheel *w, uint32_t now, uint32_t *out, unsigned int max)
{
	unsigned int taken = 0;

	for (unsigned int work = 0; work < WHEEL_WORK;) {
		uint32_t i = w->slot[w->now & w->mask];

		if (i == WHEEL_NONE) {
			if (w->now == now)
				break;
			w->now++;
			work++;
		} else if ((int32_t)(w->link[i].due - now) > 0) {
			link_out(w, i);
			link_in(w, i, slot_for(w, w->link[i].due));
			work++;
		} else if (taken < max) {
			wheel_clear(w, i);
			out[taken++] = i;
		} else {
			break;
		}
	}
	return taken;
}

unsigned int
wheel_take(struct wheel *w, uint32_t now, uint32_t *out, unsigned int max)
{
	if ((int32_t)(now - w->now) < 0)
		return 0;
	if (w->set == 0) {
		w->now = now;
		return 0;
	}
	skip_turns(w, now);
	return take(w, now, out, max);
}
