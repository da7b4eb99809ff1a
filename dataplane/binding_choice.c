/* SPDX-License-Identifier: BSD-3-Clause */
#include "binding_choice.h"

#include "sip/address.h"
#include "sip/list.h"
#include "way.h"

enum { MIX = 0x9e3779b1 };

/* Eight octets at a time: contacts are some fifty octets long, and each look-up hashes one. */
static uint32_t
text_hash(struct slice text)
{
	uint64_t h = text.len, word;
	size_t i = 0;

	for (; i + 8 <= text.len; i += 8) {
		memcpy(&word, text.ptr + i, 8);
		h = (h ^ word) * UINT64_C(0x9fb21c651e98df25);
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, text.ptr + i, text.len - i);
	h = (h ^ word) * UINT64_C(0x9fb21c651e98df25);
	return (uint32_t)(h ^ h >> 32);
}

uint32_t
binding_identity(const struct binding *b)
{
	uint32_t h = text_hash(b->contact) ^ b->reg_id * MIX;

	return h != 0 ? h : 1;
}

/* Most have tried none: their contacts need not be hashed. */
static bool
was_tried(const uint16_t tried[BINDING_CHOICE_TRIED], const struct binding *b)
{
	uint16_t mark;

	if (likely(tried[0] == 0))
		return false;
	mark = (uint16_t)(binding_identity(b) | 1);
	for (int i = 0; i < BINDING_CHOICE_TRIED; i++)
		if (tried[i] == mark)
			return true;
	return false;
}

uint32_t
binding_target_id(const struct via_worker *w, const struct binding *b)
{
	const uint64_t input[2] = { b->updated_ms, binding_identity(b) };

	return (uint32_t)siphash(w->tables->keys.loop, input, sizeof(input));
}

bool
binding_has_failed(const struct via_worker *w, const struct via_meta *meta, uint32_t id)
{
	return failed_bindings_has(&w->engine->failed, binding_failed_key(meta->loop.h2, id),
				   w->mono_ms);
}

/* The way of binding `i`, if it is open. */
static bool
take(struct via_worker *w, struct via_meta *meta, int i, struct binding_choice *choice)
{
	choice->index = i;
	choice->identity = binding_identity(&choice->binding);
	choice->target.id = binding_target_id(w, &choice->binding);
	meta->target = VIA_TARGET_BINDING;
	meta->flags &= ~(uint32_t)VIA_PATH_OPENED;
	if (unlikely(binding_has_failed(w, meta, choice->target.id))) {
		via_way_report_failed(w, &choice->binding,
				      binding_failed_key(meta->loop.h2, choice->target.id));
		return false;
	}
	return via_way_find(w, meta, &choice->binding);
}

bool
binding_choose(struct via_worker *w, struct via_meta *meta, uint64_t among,
	       const uint16_t tried[BINDING_CHOICE_TRIED], struct binding_choice *choice)
{
	uint64_t closed = ~among; /* a bit for each; the table's word for how many is not taken */
	unsigned int live;
	struct binding b;

	do {
		choice->index = -1;
		live = 0;
		for (unsigned int i = 0; i < BINDING_MAX_CONTACTS && binding_get(&w->record, i, &b);
		     i++) {
			if (b.expires_ms <= w->now_ms || (closed >> i & 1) != 0 ||
			    was_tried(tried, &b))
				continue;
			live++;
			if (choice->index >= 0 && b.updated_ms <= choice->binding.updated_ms)
				continue;
			choice->index = (int)i;
			choice->binding = b;
		}
		if (choice->index < 0)
			return false;
		closed |= UINT64_C(1) << choice->index;
		choice->target.others = live > 1;
		choice->target.same = false;
		if (take(w, meta, choice->index, choice))
			return true;
	} while (meta->ask.host.ptr == NULL); /* what has to be asked for is not passed over */
	choice->index = -1;
	return false;
}

bool
binding_choose_again(struct via_worker *w, struct via_meta *meta, uint32_t identity,
		     struct binding_choice *choice)
{
	choice->index = -1;
	for (unsigned int i = 0; binding_get(&w->record, i, &choice->binding); i++)
		if (binding_identity(&choice->binding) == identity) {
			if (take(w, meta, (int)i, choice))
				return true;
			break;
		}
	choice->index = -1;
	return false;
}

bool
binding_has_others(struct via_worker *w, uint64_t among, const uint16_t tried[BINDING_CHOICE_TRIED],
		   const struct binding_choice *choice)
{
	struct binding b;

	for (unsigned int i = 0; i < BINDING_MAX_CONTACTS && binding_get(&w->record, i, &b); i++)
		if ((among >> i & 1) != 0 && (int)i != choice->index && b.expires_ms > w->now_ms &&
		    !was_tried(tried, &b))
			return true;
	return false;
}

/* Binding `i`, without a flow's id, is not the one of its instance that was registered last. */
static bool
is_replaced(const struct via_worker *w, uint64_t live, unsigned int i, const struct binding *b)
{
	struct binding other;

	for (unsigned int k = 0; k < BINDING_MAX_CONTACTS && binding_get(&w->record, k, &other);
	     k++)
		if ((live >> k & 1) != 0 && other.reg_id == 0 &&
		    (other.registered_ms > b->registered_ms ||
		     (other.registered_ms == b->registered_ms && k > i)) &&
		    slice_eq(other.instance, b->instance))
			return true;
	return false;
}

uint64_t
binding_live(const struct via_worker *w, bool last_only)
{
	uint64_t live = 0, replaced = 0;
	struct binding b;

	for (unsigned int i = 0; i < BINDING_MAX_CONTACTS && binding_get(&w->record, i, &b); i++)
		if (b.expires_ms > w->now_ms)
			live |= UINT64_C(1) << i;
	if (!last_only)
		return live;
	for (unsigned int i = 0; i < BINDING_MAX_CONTACTS && binding_get(&w->record, i, &b); i++)
		if ((live >> i & 1) != 0 && b.reg_id == 0 && b.instance.ptr != NULL &&
		    is_replaced(w, live, i, &b))
			replaced |= UINT64_C(1) << i;
	return live & ~replaced;
}
