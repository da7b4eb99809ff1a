/* SPDX-License-Identifier: BSD-3-Clause */
#include "messages.h"
#include "process/clock.h"

enum { AT_ONCE = 1024 };

/* The table has the AOR now, or nobody has it. */
static bool
is_loaded(struct messages *m, struct slice aor)
{
	return registrar_bring(m->registrar, aor) != PUBLISHER_UNKNOWN;
}

/*
 * A request whose AOR an incomplete table lacked: it goes back at once, and finds there what the
 * store has, unless nobody can tell or there is no room for it: then it gets 503. There is no way
 * from an epoch to its AOR but through the table: whoever asks by one has to come again.
 */
static void
bring(struct messages *m, unsigned int worker, const struct message_head *head, struct slice bytes)
{
	struct message_head again = *head;
	if (head->name_len > head->length) {
		m->unknown++;
		return;
	}
	again.kind = MESSAGE_AGAIN;
	again.length -= head->name_len;
	again.name_len = 0;
	again.name_hash = 0;
	again.flags = 0;
	if (head->name_len > 0 && is_loaded(m, slice_of(bytes.ptr + again.length, head->name_len)))
		again.flags = MESSAGE_LOADED;
	/* a ring that is full is a dead worker's: who sent the request sends it once more */
	message_ring_put(&m->rings->inject[worker], &again, bytes.ptr);
}

static void
hand_out(struct messages *m, unsigned int worker, const struct registrar_room *room)
{
	const struct message_head *head = room->head;
	struct slice bytes = slice_of(room->bytes, head->length);

	if (head->kind == MESSAGE_SIP)
		registrar_keep(m->registrar, worker);
	else if (head->kind == MESSAGE_RESOLVE && m->hops != NULL)
		hops_resolve(m->hops, worker, head, bytes);
	else if (head->kind == MESSAGE_LOAD)
		bring(m, worker, head, bytes);
	else if (head->kind == MESSAGE_ANSWER && m->hops != NULL)
		hops_answer(m->hops, bytes);
	else if (head->kind == MESSAGE_FLOW_FAILED)
		registrar_flow_failed(m->registrar, &head->flow, clock_wall_ms());
	else if (head->kind == MESSAGE_BINDING_FAILED)
		registrar_binding_failed(m->registrar, head, bytes);
	else
		m->unknown++;
}

/* One from each worker in turn: a busy one does not keep another's users waiting. */
unsigned int
messages_run(struct messages *m)
{
	unsigned int n = 0, empty = 0;
	struct registrar_room room;

	while (n < AT_ONCE && empty < m->rings->workers && registrar_room(m->registrar, &room)) {
		unsigned int worker = m->next_worker++ % m->rings->workers;

		if (!message_ring_get(&m->rings->punt[worker], room.head, room.bytes)) {
			empty++;
			continue;
		}
		hand_out(m, worker, &room);
		empty = 0;
		n++;
	}
	registrar_run(m->registrar, m->rings);
	return n;
}
