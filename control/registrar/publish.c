/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/publish.h"

#include <stdio.h>
#include <string.h>

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

enum {
	CLOCK_EVERY = 16,  /* records between two looks at the clock */
	STEP_RECORDS = 64, /* of the table's own background work, likewise */
	RETRY_MS = 10000,  /* after there was no memory */
	OPEN_US = 20000,   /* a small store is in the table before anybody asks */
	SPARE_PART = 4,    /* room for a quarter more than there is */
};

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- the store; what a simple one cannot tell makes the table be read anew ---- */

static uint64_t
store_sequence(const struct binding_store *s)
{
	return s->ops->sequence != NULL ? s->ops->sequence(s) : 0;
}

static const uint8_t *
store_identity(const struct binding_store *s)
{
	static const uint8_t unknown[STORE_IDENTITY_LEN];

	return s->ops->identity != NULL ? s->ops->identity(s) : unknown;
}

/* AORs; UINT64_MAX: it cannot tell. */
static uint64_t
store_count(const struct binding_store *s)
{
	return s->ops->count != NULL ? s->ops->count(s) : UINT64_MAX;
}

/* ---- phases ---- */

static void
enter(struct publisher *p, enum publisher_phase phase)
{
	p->phase = phase;
	p->since_ms = clock_steady_ms();
	p->from_len = 0;
	p->walk = (struct binding_walk){ 0 };
}

/* From now on the table is the store's, and whoever misses an AOR there need not ask. */
static void
agree(struct publisher *p)
{
	enter(p, PUBLISHER_DONE);
	p->behind = false;
	binding_writer_set_store(p->writer, store_identity(p->store), store_sequence(p->store));
	binding_writer_set_complete(p->writer, true);
}

/* Something is not as in the store: look at all of it again, after a while. */
static void
fall_behind(struct publisher *p)
{
	p->behind = p->adopted = true;
	binding_writer_set_complete(p->writer, false);
	if (p->phase == PUBLISHER_DONE)
		enter(p, PUBLISHER_WAIT);
}

/* ---- opening ---- */

static bool
fail(struct publisher *p, enum segment_error error)
{
	snprintf(p->message, sizeof(p->message), "binding table in %s: %s", p->dir,
		 segment_error_text(error));
	publisher_close(p);
	return false;
}

/* The table of a process before us, if it shows this store. */
static bool
adopt(struct publisher *p)
{
	uint8_t identity[STORE_IDENTITY_LEN];
	enum segment_error error;
	uint64_t sequence;

	if (p->store->ops->identity == NULL)
		return false;
	p->writer = binding_writer_adopt(p->dir, clock_steady_ms, &error);
	if (p->writer == NULL)
		return false;
	binding_table_store(binding_writer_table(p->writer), identity, &sequence);
	if (memcmp(identity, store_identity(p->store), sizeof(identity)) != 0) {
		publisher_close(p);
		return false;
	}
	p->adopted = true;
	if (sequence == store_sequence(p->store) &&
	    binding_table_is_complete(binding_writer_table(p->writer)))
		enter(p, PUBLISHER_DONE);
	else
		binding_writer_set_complete(p->writer, false);
	return true;
}

static bool
open_new(struct publisher *p, uint32_t aors)
{
	uint64_t count = store_count(p->store);
	struct binding_capacity capacity = { .aors = aors };
	enum segment_error error;

	if (count < UINT32_MAX / 2 && count + count / SPARE_PART > aors)
		capacity.aors = (uint32_t)(count + count / SPARE_PART);
	p->writer = binding_writer_open(p->dir, &capacity, clock_steady_ms, &error);
	if (p->writer == NULL)
		return fail(p, error);
	binding_writer_set_store(p->writer, store_identity(p->store), 0);
	publisher_step(p, OPEN_US);
	error = binding_writer_publish(p->writer);
	return error == SEGMENT_OK || fail(p, error);
}

bool
publisher_open(struct publisher *p, const char *dir, struct binding_store *store, uint32_t aors)
{
	*p = (struct publisher){ .dir = dir, .store = store };
	enter(p, PUBLISHER_READ);
	if (!adopt(p))
		return open_new(p, aors);
	publisher_step(p, OPEN_US);
	return true;
}

void
publisher_close(struct publisher *p)
{
	binding_writer_close(p->writer);
	p->writer = NULL;
}

/* ---- one AOR ---- */

static bool
same_but_times(const struct binding *a, const struct binding *b)
{
	return a->registered_ms == b->registered_ms && a->flags == b->flags &&
	       slice_eq(a->contact, b->contact) && slice_eq(a->path, b->path) &&
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
	static struct binding_copy now;
	const struct binding_table *t = binding_writer_table(p->writer);
	struct binding old;
	bool same_times[BINDING_MAX_CONTACTS];

	if (!binding_find(t, aor, binding_hash(t, aor), &now) || now.record.count != s->count ||
	    !same_instances(&now, s))
		return false;
	for (unsigned int i = 0; i < s->count; i++) {
		if (!binding_get(&now, i, &old) || !same_but_times(&old, &s->binding[i]))
			return false;
		same_times[i] = old.expires_ms == s->binding[i].expires_ms &&
				old.updated_ms == s->binding[i].updated_ms;
	}
	for (unsigned int i = 0; i < s->count; i++)
		if (!same_times[i])
			binding_writer_touch(p->writer, aor, i, s->binding[i].expires_ms,
					     s->binding[i].updated_ms);
	return true;
}

bool
publisher_put(struct publisher *p, struct slice aor, const struct record *record)
{
	enum binding_error error;
	struct shown shown;

	to_shown(record, &shown);
	if (touch(p, aor, &shown))
		return true;
	error = put_shown(p->writer, aor, &shown);
	if (error == BINDING_OK)
		return true;
	/* better asked for than found as it was */
	binding_writer_remove(p->writer, aor);
	if (error == BINDING_ERR_FULL)
		fall_behind(p);
	return false;
}

bool
publisher_remove(struct publisher *p, struct slice aor)
{
	binding_writer_remove(p->writer, aor);
	return true;
}

/* What the store has, as it has it. */
static bool
put_value(struct publisher *p, struct slice aor, struct slice value)
{
	struct record record;

	/* a damaged value is as good as none: its users register again */
	if (!record_decode(value, &record))
		record.count = record.instance_count = 0;
	return publisher_put(p, aor, &record);
}

bool
publisher_load(struct publisher *p, struct slice aor)
{
	enum store_error error;
	struct slice value;
	bool known;

	if (binding_writer_has(p->writer, aor))
		return true;
	if (binding_table_is_complete(binding_writer_table(p->writer)) ||
	    p->store->ops->begin(p->store) != STORE_OK)
		return false;
	error = p->store->ops->get(p->store, aor, &value);
	known = error == STORE_OK && put_value(p, aor, value);
	p->store->ops->abort(p->store);
	return known;
}

void
publisher_committed(struct publisher *p)
{
	if (p->phase == PUBLISHER_DONE && !p->behind)
		binding_writer_set_store(p->writer, store_identity(p->store),
					 store_sequence(p->store));
}

uint64_t
publisher_aors(const struct publisher *p)
{
	uint64_t count = p->phase == PUBLISHER_DONE ? UINT64_MAX : store_count(p->store);

	return count != UINT64_MAX ? count : binding_table_aors(binding_writer_table(p->writer));
}

/* ---- in the background ---- */

/* A slice of the walk over the store. */
struct reading {
	struct publisher *p;
	uint64_t end_us;
	unsigned int seen;
	bool stopped;
};

static bool
take_aor(struct slice aor, struct slice value, void *context)
{
	struct reading *r = context;
	struct publisher *p = r->p;

	if (aor.len > PUBLISHER_AOR_MAX)
		return true; /* not one of ours */
	/* what was put into a new table since is what the store has */
	if ((p->adopted || !binding_writer_has(p->writer, aor)) && !put_value(p, aor, value) &&
	    p->behind) {
		r->stopped = true;
		return false;
	}
	memcpy(p->from, aor.ptr, aor.len);
	p->from[aor.len] = '\0'; /* one octet on: the next key in order */
	p->from_len = aor.len + 1;
	r->stopped = ++r->seen % CLOCK_EVERY == 0 && now_us() >= r->end_us;
	return !r->stopped;
}

/* All of the store is in the table. Whether the table has more, the numbers tell. */
static void
end_reading(struct publisher *p)
{
	uint64_t aors = binding_table_aors(binding_writer_table(p->writer));

	if (p->adopted && store_count(p->store) != aors)
		enter(p, PUBLISHER_SWEEP);
	else
		agree(p);
}

static void
read_store(struct publisher *p, uint64_t end_us)
{
	struct reading r = { .p = p, .end_us = end_us };
	struct slice from = slice_of(p->from, p->from_len);
	char text[sizeof(p->from)];
	enum store_error error = p->store->ops->begin(p->store);

	/* the walk goes on while take_aor() notes where it is */
	memcpy(text, p->from, p->from_len);
	from.ptr = text;
	if (error == STORE_OK) {
		error = p->store->ops->walk(p->store, from, UINT32_MAX, take_aor, &r);
		p->store->ops->abort(p->store);
	}
	if (error != STORE_OK || p->behind)
		enter(p, PUBLISHER_WAIT);
	else if (!r.stopped)
		end_reading(p);
}

/* The next AOR of the table that the store has not. False at the end of the table. */
static bool
sweep_one(struct publisher *p, struct binding_copy *copy)
{
	const struct binding_table *t = binding_writer_table(p->writer);
	struct slice value;

	if (!binding_walk_next(t, &p->walk, copy))
		return false;
	if (p->store->ops->get(p->store, binding_aor(copy), &value) == STORE_ERR_ABSENT)
		binding_writer_remove(p->writer, binding_aor(copy));
	return true;
}

static void
sweep(struct publisher *p, uint64_t end_us)
{
	static struct binding_copy copy;
	uint64_t generation = binding_writer_table(p->writer)->header->segment.generation;
	bool more = true;

	/* a larger table has every record at another place */
	if (p->generation != generation)
		p->walk = (struct binding_walk){ 0 };
	p->generation = generation;
	if (p->store->ops->begin(p->store) != STORE_OK) {
		enter(p, PUBLISHER_WAIT);
		return;
	}
	for (unsigned int i = 1; more && (i % CLOCK_EVERY != 0 || now_us() < end_us); i++)
		more = sweep_one(p, &copy);
	p->store->ops->abort(p->store);
	if (p->behind)
		enter(p, PUBLISHER_WAIT);
	else if (!more)
		agree(p);
}

bool
publisher_step(struct publisher *p, uint64_t budget_us)
{
	uint64_t end_us = now_us() + budget_us;
	bool growing;

	switch (p->phase) {
	case PUBLISHER_READ:
		read_store(p, end_us);
		break;
	case PUBLISHER_SWEEP:
		sweep(p, end_us);
		break;
	case PUBLISHER_WAIT:
		if (clock_steady_ms() - p->since_ms >= RETRY_MS) {
			p->behind = false;
			enter(p, PUBLISHER_READ);
		}
		break;
	case PUBLISHER_DONE:
		break;
	}
	do
		growing = binding_writer_step(p->writer, STEP_RECORDS);
	while (growing && now_us() < end_us);
	return growing || p->phase == PUBLISHER_READ || p->phase == PUBLISHER_SWEEP;
}
