/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/publish.h"

#include <stdio.h>
#include <stdlib.h>

#include "process/clock.h"

/* A record as the table has it. */
struct shown {
	unsigned int count, instance_count;
	struct binding binding[BINDING_MAX_CONTACTS];
	struct binding_instance instance[BINDING_MAX_INSTANCES];
};

static void
to_shown(const struct record *r, struct shown *s)
{
	s->count = r->count;
	s->instance_count = r->instance_count;
	for (unsigned int i = 0; i < r->instance_count; i++)
		s->instance[i] = (struct binding_instance){ .id = r->instance[i].id,
							    .epoch = r->instance[i].epoch };
	for (unsigned int i = 0; i < r->count; i++) {
		const struct record_binding *b = &r->binding[i];

		s->binding[i] = (struct binding){
			.contact = b->contact,
			.path = b->path,
			.instance = b->instance,
			.expires_ms = b->expires_ms,
			.updated_ms = b->updated_ms,
			.registered_ms = b->registered_ms,
			.reg_id = b->reg_id,
			.flags = b->flags,
			.q = b->q,
			.flow = b->flow,
		};
	}
}

static enum binding_error
put_shown(struct binding_writer *w, struct slice aor, const struct shown *s)
{
	return binding_writer_put(w, aor, s->binding, s->count, s->instance, s->instance_count);
}

/* Build state: what the walk over the store fills. */
struct build {
	struct binding_writer *writer;
	bool full;
};

static bool
add_aor(struct slice aor, struct slice value, void *context)
{
	struct build *b = context;
	struct shown shown;
	struct record record;

	/* a damaged value is as good as none: its users register again */
	if (!record_decode(value, &record))
		record.count = 0;
	to_shown(&record, &shown);
	b->full = put_shown(b->writer, aor, &shown) == BINDING_ERR_FULL;
	return !b->full;
}

/* One try at building with room for `aors`. `*full`: more room is needed. */
static bool
build_table(struct publisher *p, uint32_t aors, bool *full)
{
	const struct binding_capacity capacity = { .aors = aors };
	enum segment_error error;
	struct build b = { .writer = binding_writer_open(p->dir, &capacity, clock_steady_ms,
							 &error) };

	*full = false;
	if (b.writer == NULL) {
		snprintf(p->message, sizeof(p->message), "binding table for %u AORs in %s: %s",
			 aors, p->dir, segment_error_text(error));
		return false;
	}
	if (p->store->ops->begin(p->store) != STORE_OK ||
	    p->store->ops->walk(p->store, SLICE_ABSENT, UINT32_MAX, add_aor, &b) != STORE_OK) {
		snprintf(p->message, sizeof(p->message), "the binding store cannot be read");
		p->store->ops->abort(p->store);
		binding_writer_close(b.writer);
		return false;
	}
	p->store->ops->abort(p->store);
	if (b.full) {
		*full = true;
		binding_writer_close(b.writer);
		return false;
	}
	error = binding_writer_publish(b.writer);
	if (error != SEGMENT_OK) {
		snprintf(p->message, sizeof(p->message), "binding table: %s",
			 segment_error_text(error));
		binding_writer_close(b.writer);
		return false;
	}
	binding_writer_close(p->writer);
	p->writer = b.writer;
	p->aors = aors;
	return true;
}

static bool
build_large_enough(struct publisher *p, uint32_t aors)
{
	bool full;

	while (!build_table(p, aors, &full)) {
		if (!full || aors > UINT32_MAX / 2)
			return false;
		aors *= 2;
	}
	return true;
}

bool
publisher_open(struct publisher *p, const char *dir, struct binding_store *store, uint32_t aors)
{
	*p = (struct publisher){ .dir = dir, .store = store };
	return build_large_enough(p, aors);
}

void
publisher_close(struct publisher *p)
{
	binding_writer_close(p->writer);
	p->writer = NULL;
}

static bool
same_but_times(const struct binding *a, const struct binding *b)
{
	return slice_eq(a->contact, b->contact) && slice_eq(a->path, b->path) &&
	       slice_eq(a->instance, b->instance) && a->q == b->q && a->reg_id == b->reg_id &&
	       memcmp(&a->flow, &b->flow, sizeof(a->flow)) == 0;
}

static bool
same_instances(const struct binding_copy *now, const struct shown *s)
{
	struct binding_instance old;

	for (unsigned int i = 0; i < s->instance_count; i++)
		if (!binding_instance_get(now, i, &old) || old.epoch != s->instance[i].epoch ||
		    !slice_eq(old.id, s->instance[i].id))
			return false;
	return !binding_instance_get(now, s->instance_count, &old);
}

/* The table has these bindings already, perhaps with other times: write just the times. */
static bool
touch(struct publisher *p, struct slice aor, const struct shown *s)
{
	const struct binding *bindings = s->binding;
	unsigned int count = s->count;
	static struct binding_copy now;
	const struct binding_table *t = binding_writer_table(p->writer);
	struct binding old;

	if (!binding_find(t, aor, binding_hash(t, aor), &now) || now.record.count != count)
		return false;
	for (unsigned int i = 0; i < count; i++)
		if (!binding_get(&now, i, &old) || !same_but_times(&old, &bindings[i]))
			return false;
	if (!same_instances(&now, s))
		return false;
	for (unsigned int i = 0; i < count; i++)
		binding_writer_touch(p->writer, aor, i, bindings[i].expires_ms,
				     bindings[i].updated_ms);
	return true;
}

bool
publisher_put(struct publisher *p, struct slice aor, const struct record *record)
{
	enum binding_error error;
	struct shown shown;

	to_shown(record, &shown);
	if (record->count > 0 && touch(p, aor, &shown))
		return true;
	error = put_shown(p->writer, aor, &shown);
	if (error == BINDING_ERR_FULL)
		return build_large_enough(p, p->aors * 2);
	return error == BINDING_OK;
}

bool
publisher_remove(struct publisher *p, struct slice aor)
{
	binding_writer_remove(p->writer, aor);
	return true;
}

uint64_t
publisher_aors(const struct publisher *p)
{
	return binding_table_aors(binding_writer_table(p->writer));
}

bool
publisher_step(struct publisher *p, uint64_t budget_us)
{
	(void)p;
	(void)budget_us;
	return false;
}

bool
publisher_load(struct publisher *p, struct slice aor)
{
	return binding_writer_has(p->writer, aor);
}

void
publisher_committed(struct publisher *p)
{
	(void)p;
}
