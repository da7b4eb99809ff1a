/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/hops.h"

#include <math.h>

#include "table/hops_layout.h"

const struct segment_type hops_segment_type = {
	.kind = SEGMENT_HOPS,
	.abi_major = 1,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct hops_set), sizeof(struct hops_target),
				 sizeof(struct hops_state)),
	.name = "hops",
	.spare = true,
};

static bool
is_power_of_two(uint32_t n)
{
	return n > 0 && (n & (n - 1)) == 0;
}

static bool
layout_is_sound(const struct segment *s, const struct hops_header *h)
{
	return s->size >= sizeof(*h) && is_power_of_two(h->slot_count) &&
	       is_power_of_two(h->state_slots) &&
	       segment_holds(s, h->sets_off, (uint64_t)h->set_count * sizeof(struct hops_set), 8) &&
	       segment_holds(s, h->targets_off,
			     (uint64_t)h->target_count * sizeof(struct hops_target), 8) &&
	       segment_holds(s, h->states_off, (uint64_t)h->state_slots * sizeof(struct hops_state),
			     8) &&
	       segment_holds(s, h->slots_off, (uint64_t)h->slot_count * sizeof(uint32_t), 4) &&
	       segment_holds(s, h->text_off, h->text_size, 1);
}

static bool
set_is_sound(const struct hops_header *h, const struct hops_set *set)
{
	return set->kind >= HOPS_CONFIGURED && set->kind <= HOPS_UNRESOLVED &&
	       set->name_len <= HOPS_NAME_MAX && set->name_off <= h->text_size &&
	       set->name_len <= h->text_size - set->name_off && set->count <= HOPS_TARGETS_MAX &&
	       set->first <= h->target_count && set->count <= h->target_count - set->first;
}

static bool
content_is_sound(const struct hops_table *t, const struct hops_header *h)
{
	for (uint32_t i = 0; i < h->set_count; i++)
		if (!set_is_sound(h, &t->sets[i]))
			return false;
	for (uint32_t i = 0; i < h->slot_count; i++)
		if (t->slots[i] > h->set_count)
			return false;
	for (uint32_t i = 0; i < h->target_count; i++)
		if (t->targets[i].weight == 0)
			return false;
	return true;
}

enum segment_error
hops_attach(struct hops_table *t, const char *dir)
{
	const struct hops_header *h;
	enum segment_error error;
	const uint8_t *base;

	memset(t, 0, sizeof(*t));
	error = segment_attach(&t->segment, dir, &hops_segment_type, false);
	if (error != SEGMENT_OK)
		return error;
	h = (const struct hops_header *)t->segment.header;
	if (!layout_is_sound(&t->segment, h)) {
		hops_detach(t);
		return SEGMENT_ERR_SHORT;
	}
	base = (const uint8_t *)h;
	t->key = siphash_key_load(h->hash_key);
	t->sets = (const struct hops_set *)(base + h->sets_off);
	t->targets = (const struct hops_target *)(base + h->targets_off);
	t->states = (const struct hops_state *)(base + h->states_off);
	t->slots = (const uint32_t *)(base + h->slots_off);
	t->text = (const char *)(base + h->text_off);
	t->set_count = h->set_count;
	t->slot_mask = h->slot_count - 1;
	t->state_mask = h->state_slots - 1;
	t->down_count = h->down_count;
	for (uint32_t i = 0; i < h->state_slots; i++)
		t->probed |= t->states[i].address.family != 0;
	if (!content_is_sound(t, h)) {
		hops_detach(t);
		return SEGMENT_ERR_SHORT;
	}
	return SEGMENT_OK;
}

void
hops_detach(struct hops_table *t)
{
	segment_detach(&t->segment);
	memset(t, 0, sizeof(*t));
}

const struct hops_set *
hops_find(const struct hops_table *t, struct slice name, uint16_t port, uint64_t now_ms)
{
	char lower[HOPS_NAME_MAX];
	uint64_t hash;

	if (t->set_count == 0 || name.len > sizeof(lower))
		return NULL;
	for (size_t i = 0; i < name.len; i++)
		lower[i] = slice_lower(name.ptr[i]);
	name.ptr = lower;
	hash = hops_name_hash(t->key, name, port);
	for (uint32_t i = 0; i <= t->slot_mask; i++) {
		uint32_t number = t->slots[(hash + i) & t->slot_mask];
		const struct hops_set *set;

		if (number == 0)
			return NULL;
		set = &t->sets[number - 1];
		if (set->port == port && slice_eq(hops_name(t, set), name))
			return set->expires_ms == 0 || set->expires_ms > now_ms ? set : NULL;
	}
	return NULL;
}

/*
 * The score of a target is -ln(u) / weight with u from its hash, and the smallest one wins. Of two
 * with one weight that is the one with the larger hash, and no logarithm is needed.
 */
static bool
beats(const struct hops_target *a, uint64_t hash_a, const struct hops_target *b, uint64_t hash_b)
{
	const double unit = 0x1p-53;

	if (b == NULL)
		return true;
	if (a->weight == b->weight)
		return hash_a > hash_b;
	return -log((double)((hash_a >> 11) + 1) * unit) * b->weight <
	       -log((double)((hash_b >> 11) + 1) * unit) * a->weight;
}

struct hops_pick
hops_choose_among(const struct hops_target *row, unsigned int count, uint64_t key,
		  unsigned int families)
{
	const struct hops_target *best = NULL, *any = NULL;
	uint64_t best_hash = 0, any_hash = 0;
	bool passed_over = false;

	for (unsigned int i = 0; i < count; i++) {
		uint64_t hash = hops_mix(key ^ row[i].seed);

		if (i > 0 && row[i].group != row[i - 1].group) {
			if (best != NULL)
				break;
			passed_over |= any != NULL;
			any = NULL;
		}
		if ((hops_family(row[i].address.family) & families) == 0)
			continue;
		if (beats(&row[i], hash, any, any_hash)) {
			any = &row[i];
			any_hash = hash;
		}
		if (row[i].down == 0 && beats(&row[i], hash, best, best_hash)) {
			best = &row[i];
			best_hash = hash;
		}
	}
	return (struct hops_pick){ best, passed_over || any != best };
}

struct hops_pick
hops_choose(const struct hops_table *t, const struct hops_set *set, uint64_t key,
	    unsigned int families)
{
	return hops_choose_among(t->targets + set->first, set->count, key, families);
}

const struct hops_state *
hops_state_find(const struct hops_table *t, const struct flow_address *address)
{
	uint64_t slot = hops_address_hash(address);

	for (uint32_t i = 0; t->states != NULL && i <= t->state_mask; i++) {
		const struct hops_state *state = &t->states[(slot + i) & t->state_mask];

		if (state->address.family == 0)
			return NULL;
		if (flow_address_eq(&state->address, address))
			return state;
	}
	return NULL;
}
