/* SPDX-License-Identifier: BSD-3-Clause */
/* The writer's half of the table of next hops. */
#include <errno.h>
#include <stdlib.h>

#include <openssl/rand.h>

#include "table/hops_layout.h"

/* How large each part is, and where it will be. */
struct plan {
	uint32_t sets, targets, slots, state_slots;
	size_t text, size;
};

/* Twice as many slots as rows at least: a search ends soon. */
static uint32_t
slots_for(uint32_t rows)
{
	uint32_t slots = 16;

	while (slots < 2 * rows)
		slots *= 2;
	return slots;
}

static struct plan
plan_of(const struct hops_content *c)
{
	struct plan p = { .sets = c->entry_count,
			  .slots = slots_for(c->entry_count),
			  .state_slots = slots_for(c->state_count) };

	for (uint32_t i = 0; i < c->entry_count; i++) {
		p.targets += c->entries[i].target_count;
		p.text += c->entries[i].name.len;
	}
	p.size = sizeof(struct hops_header) + p.sets * sizeof(struct hops_set) +
		 p.targets * sizeof(struct hops_target) +
		 p.state_slots * sizeof(struct hops_state) + p.slots * sizeof(uint32_t) + p.text;
	return p;
}

static void
lay_out(struct hops_header *h, const struct plan *p)
{
	h->set_count = p->sets;
	h->target_count = p->targets;
	h->slot_count = p->slots;
	h->state_slots = p->state_slots;
	h->text_size = (uint32_t)p->text;
	h->sets_off = sizeof(*h);
	h->targets_off = h->sets_off + p->sets * sizeof(struct hops_set);
	h->states_off = h->targets_off + p->targets * sizeof(struct hops_target);
	h->slots_off = h->states_off + p->state_slots * sizeof(struct hops_state);
	h->text_off = h->slots_off + p->slots * sizeof(uint32_t);
}

static struct hops_state *
find_slot(struct hops_header *h, const struct flow_address *address)
{
	struct hops_state *states = (struct hops_state *)((uint8_t *)h + h->states_off);
	uint64_t at = hops_address_hash(address);

	while (states[at & (h->state_slots - 1)].address.family != 0 &&
	       !flow_address_eq(&states[at & (h->state_slots - 1)].address, address))
		at++;
	return &states[at & (h->state_slots - 1)];
}

static void
fill_states(struct hops_header *h, const struct hops_content *c)
{
	for (uint32_t i = 0; i < c->state_count; i++) {
		if (c->states[i].address.family == 0)
			continue;
		memcpy(find_slot(h, &c->states[i].address), &c->states[i], sizeof(c->states[i]));
		h->down_count += c->states[i].down != 0;
	}
}

static int
by_group(const void *a, const void *b)
{
	const struct hops_target *x = a, *y = b;

	return (int)x->group - (int)y->group;
}

void
hops_prepare(struct hops_target *targets, unsigned int count)
{
	if (count > 1)
		qsort(targets, count, sizeof(*targets), by_group);
	for (unsigned int i = 0; i < count; i++) {
		targets[i].seed = hops_address_hash(&targets[i].address);
		targets[i].down = 0;
	}
}

static void
fill_targets(struct hops_header *h, const struct hops_entry *e, struct hops_target *out)
{
	if (e->target_count == 0)
		return;
	memcpy(out, e->targets, e->target_count * sizeof(*out));
	hops_prepare(out, e->target_count);
	for (uint32_t i = 0; i < e->target_count; i++)
		out[i].down = find_slot(h, &out[i].address)->down;
}

/* Of two with one name the first is found first. */
static void
fill_slot(struct hops_header *h, uint32_t number, struct slice name, uint16_t port)
{
	uint32_t *slots = (uint32_t *)((uint8_t *)h + h->slots_off);
	uint64_t at = hops_name_hash(siphash_key_load(h->hash_key), name, port);

	while (slots[at & (h->slot_count - 1)] != 0)
		at++;
	slots[at & (h->slot_count - 1)] = number + 1;
}

static void
fill_sets(struct hops_header *h, const struct hops_content *c)
{
	struct hops_set *sets = (struct hops_set *)((uint8_t *)h + h->sets_off);
	struct hops_target *targets = (struct hops_target *)((uint8_t *)h + h->targets_off);
	char *text = (char *)h + h->text_off;
	uint32_t first = 0, name_off = 0;

	for (uint32_t i = 0; i < c->entry_count; i++) {
		const struct hops_entry *e = &c->entries[i];
		char *name = text + name_off;

		sets[i] = (struct hops_set){ .expires_ms = e->expires_ms,
					     .name_off = name_off,
					     .first = first,
					     .name_len = (uint16_t)e->name.len,
					     .port = e->port,
					     .count = (uint16_t)e->target_count,
					     .kind = e->kind,
					     .balance = e->balance };
		for (size_t k = 0; k < e->name.len; k++)
			name[k] = slice_lower(e->name.ptr[k]);
		fill_slot(h, i, slice_of(name, e->name.len), e->port);
		fill_targets(h, e, targets + first);
		first += e->target_count;
		name_off += (uint32_t)e->name.len;
	}
}

enum segment_error
hops_publish(const char *dir, const struct hops_content *c, struct segment *kept)
{
	struct plan plan = plan_of(c);
	enum segment_error error;
	struct hops_header *h;
	struct segment s;

	error = segment_create(&s, dir, &hops_segment_type, plan.size);
	if (error != SEGMENT_OK)
		return error;
	h = (struct hops_header *)s.header;
	if (RAND_bytes(h->hash_key, sizeof(h->hash_key)) != 1) {
		segment_detach(&s);
		errno = EIO;
		return SEGMENT_ERR_SYSTEM;
	}
	lay_out(h, &plan);
	fill_states(h, c);
	fill_sets(h, c);
	error = segment_publish(&s);
	if (error == SEGMENT_OK && kept != NULL)
		*kept = s;
	else
		segment_detach(&s);
	return error;
}

void
hops_note_answer(struct segment *kept, const struct flow_address *address, uint16_t status,
		 uint64_t now_ms)
{
	struct hops_header *h = (struct hops_header *)kept->header;
	struct hops_state *state;

	if (h == NULL)
		return;
	state = find_slot(h, address);
	if (state->address.family == 0)
		return;
	atomic_store_explicit(&state->status, status, memory_order_relaxed);
	atomic_store_explicit(&state->answered_ms, now_ms, memory_order_relaxed);
}
