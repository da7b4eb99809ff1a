/* SPDX-License-Identifier: BSD-3-Clause */
/* What is on its way in a world, in a heap by time, and the contexts that it comes from. */
#include <stdlib.h>

#include "attack_nodes.h"
#include "bench.h"

/* The longest hop by chance. */
enum { RANDOM_HOP = 16 };

static bool
is_before(const struct attack_world *w, const struct attack_event *a, const struct attack_event *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return (a->serial < b->serial) != (w->order == ATTACK_NEWEST_FIRST);
}

/* Room for one more in an array that doubles. */
static bool
make_room(struct attack_world *w, void *array, size_t *room, size_t count, size_t size)
{
	size_t more = *room == 0 ? 64 : 2 * *room;
	void *old, *new;

	if (count < *room)
		return true;
	memcpy(&old, array, sizeof(old));
	new = realloc(old, more * size);
	if (new == NULL) {
		w->counts.stopped = true;
		return false;
	}
	memcpy(array, &new, sizeof(new));
	*room = more;
	return true;
}

void
attack_post(struct attack_world *w, struct attack_event event, uint64_t after)
{
	uint64_t hop = w->order == ATTACK_NEWEST_FIRST ? 0 : 1;
	size_t i = w->heap_count;

	if (!make_room(w, &w->heap, &w->heap_room, w->heap_count, sizeof(*w->heap))) {
		free(event.request);
		return;
	}
	if (w->order == ATTACK_AT_RANDOM)
		hop += random_next(&w->random) % RANDOM_HOP;
	event.at = w->counts.time + hop + after;
	event.serial = ++w->serial;
	w->heap_count++;
	for (; i > 0 && is_before(w, &event, &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
		w->heap[i] = w->heap[(i - 1) / 2];
	w->heap[i] = event;
}

struct attack_event
attack_take(struct attack_world *w)
{
	struct attack_event first = w->heap[0], last = w->heap[--w->heap_count];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < w->heap_count) {
		if (child + 1 < w->heap_count && is_before(w, &w->heap[child + 1], &w->heap[child]))
			child++;
		if (!is_before(w, &w->heap[child], &last))
			break;
		w->heap[i] = w->heap[child];
		i = child;
	}
	w->heap[i] = last;
	return first;
}

uint32_t
attack_context_add(struct attack_world *w, uint32_t up, uint16_t up_branch, uint16_t node,
		   unsigned int branches)
{
	size_t size = sizeof(struct attack_context) + branches * sizeof(struct attack_branch);
	struct attack_context *c;

	if (!make_room(w, &w->context, &w->context_room, w->context_count, sizeof(c)))
		return UINT32_MAX;
	c = calloc(1, size);
	if (c == NULL) {
		w->counts.stopped = true;
		return UINT32_MAX;
	}
	c->up = up;
	c->up_branch = up_branch;
	c->node = node;
	w->counts.running += node != ATTACK_NOBODY && w->node[node].is_proxy;
	w->context[w->context_count] = c;
	return w->context_count++;
}

void
attack_send(struct attack_world *w, uint32_t context, uint16_t branch, uint16_t node,
	    struct attack_request *r)
{
	attack_post(w,
		    (struct attack_event){ .kind = ATTACK_REQUEST,
					   .context = context,
					   .branch = branch,
					   .node = node,
					   .request = r },
		    0);
}

void
attack_respond(struct attack_world *w, uint32_t up, uint16_t up_branch, unsigned int code)
{
	attack_post(w,
		    (struct attack_event){ .kind = ATTACK_RESPONSE,
					   .context = up,
					   .branch = up_branch,
					   .code = (uint16_t)code },
		    0);
}

void
attack_cancel_branch(struct attack_world *w, struct attack_branch *b)
{
	b->cancelled = true;
	if (b->state == ATTACK_ARRIVED)
		attack_post(w, (struct attack_event){ .kind = ATTACK_CANCEL, .context = b->peer },
			    0);
}
