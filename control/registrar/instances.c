/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/instances.h"

static bool
is_flow_of(const struct record_binding *b, const struct register_contact *c)
{
	return c->id == 0 || (b->reg_id == c->id && b->flags == c->flags);
}

bool
instances_call_changed(const struct record *r, const struct register_request *q,
		       const struct register_contact *c)
{
	const struct record_binding *last = NULL;

	for (unsigned int i = 0; i < r->count; i++) {
		const struct record_binding *b = &r->binding[i];

		if (slice_eq(b->instance, c->instance) && is_flow_of(b, c) &&
		    (last == NULL || b->updated_ms >= last->updated_ms))
			last = b;
	}
	return last != NULL && !slice_eq(last->call_id, q->fields.call_id);
}

static bool
has_binding(const struct record *r, struct slice id)
{
	for (unsigned int i = 0; i < r->count; i++)
		if (slice_eq(r->binding[i].instance, id))
			return true;
	return false;
}

/* Make room by forgetting the instance without a binding that was not seen for longest. */
static bool
forget_one(struct record *r)
{
	int oldest = -1;

	for (unsigned int i = 0; i < r->instance_count; i++)
		if (!has_binding(r, r->instance[i].id) &&
		    (oldest < 0 || r->instance[i].seen_ms < r->instance[oldest].seen_ms))
			oldest = (int)i;
	if (oldest < 0)
		return false;
	r->instance[oldest] = r->instance[--r->instance_count];
	return true;
}

bool
instances_seen(struct record *r, const struct register_contact *c, bool renew, uint64_t now_ms,
	       unsigned int max, struct epochs *epochs, struct binding_store *store)
{
	int i = record_find_instance(r, c->instance);
	struct record_instance *row;

	if (i < 0) {
		while (r->instance_count >= max && forget_one(r))
			;
		if (r->instance_count == BINDING_MAX_INSTANCES)
			return false;
		i = (int)r->instance_count++;
		r->instance[i] = (struct record_instance){ .id = c->instance };
	}
	row = &r->instance[i];
	row->seen_ms = now_ms;
	if (row->epoch == 0 || renew)
		row->epoch = epochs_next(epochs, store);
	return row->epoch != 0;
}

void
instances_settle(struct record *r)
{
	for (unsigned int i = 0; i < r->instance_count; i++)
		if (r->instance[i].epoch != 0 && !has_binding(r, r->instance[i].id))
			r->instance[i].epoch = 0;
}
