/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "process/clock.h"
#include "registrar/features.h"
#include "registrar/publish_internal.h"

/* A record as the table has it. */
struct shown {
	unsigned int count, instance_count;
	struct binding binding[BINDING_MAX_CONTACTS];
	struct binding_instance instance[BINDING_MAX_INSTANCES];
	char features[RECORD_MAX]; /* parameters of a record are no more than that */
};

static void
to_shown(const struct record *r, struct shown *s)
{
	struct sip_writer features;

	sip_writer_init(&features, s->features, sizeof(s->features));
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
			.features = features_take(b->params, &features),
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

/* What the store has room for and the table has not: rather without features than without AOR. */
static bool
give_up_features(struct shown *s, enum binding_error error)
{
	bool had = false;

	for (unsigned int i = 0; i < s->count && error == BINDING_ERR_TOO_LARGE; i++) {
		had |= s->binding[i].features.len > 0;
		s->binding[i].features = SLICE_ABSENT;
	}
	return had;
}

static enum binding_error
put_shown(struct binding_writer *w, struct slice aor, struct shown *s)
{
	enum binding_error error;

	do
		error = binding_writer_put(w, aor, s->binding, s->count, s->instance,
					   s->instance_count);
	while (give_up_features(s, error));
	return error;
}

static enum binding_error
reserve_shown(struct binding_writer *w, struct slice aor, struct shown *s)
{
	enum binding_error error;

	do
		error = binding_writer_reserve(w, aor, s->binding, s->count, s->instance,
					       s->instance_count);
	while (give_up_features(s, error));
	return error;
}

enum {
	FULL_MS = 60000, /* from the last time that there was no memory */
	OPEN_US = 20000, /* a small store is in the table before anybody asks */
	SPARE_PART = 4,  /* room for a quarter more than there is */
};

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
uint64_t
publisher_store_count(const struct binding_store *s)
{
	return s->ops->count != NULL ? s->ops->count(s) : UINT64_MAX;
}

/* ---- phases ---- */

void
publisher_enter(struct publisher *p, enum publisher_phase phase)
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
	publisher_enter(p, PUBLISHER_DONE);
	p->missed = false;
	binding_writer_set_store(p->writer, store_identity(p->store), store_sequence(p->store));
	binding_writer_set_complete(p->writer, true);
}

void
publisher_settle(struct publisher *p)
{
	if (p->missed)
		publisher_enter(p, PUBLISHER_WAIT);
	else
		agree(p);
}

/* Something is not as in the store: look at all of it again. */
void
publisher_missed(struct publisher *p)
{
	p->missed = p->adopted = true;
	binding_writer_set_complete(p->writer, false);
	if (p->phase == PUBLISHER_DONE)
		publisher_enter(p, PUBLISHER_WAIT);
}

static void
note_full(struct publisher *p)
{
	p->is_full = true;
	p->full_ms = clock_steady_ms();
}

bool
publisher_is_full(const struct publisher *p)
{
	return p->is_full && clock_steady_ms() - p->full_ms < FULL_MS;
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
	p->continued = sequence == store_sequence(p->store) &&
		       binding_table_is_complete(binding_writer_table(p->writer)) &&
		       !binding_writer_is_older(p->writer);
	p->walked = p->continued;
	if (p->continued)
		publisher_enter(p, PUBLISHER_DONE);
	else
		binding_writer_set_complete(p->writer, false);
	return true;
}

static bool
open_new(struct publisher *p, uint32_t aors)
{
	uint64_t count = publisher_store_count(p->store);
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
publisher_open(struct publisher *p, const char *dir, struct binding_store *store,
	       const struct publisher_watcher *watcher, uint32_t aors)
{
	*p = (struct publisher){ .dir = dir, .store = store };
	if (watcher != NULL)
		p->watcher = *watcher;
	publisher_enter(p, PUBLISHER_READ);
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
	       slice_eq(a->instance, b->instance) && slice_eq(a->features, b->features) &&
	       a->q == b->q && a->reg_id == b->reg_id &&
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

enum binding_error
publisher_reserve(struct publisher *p, struct slice aor, const struct record *record)
{
	enum binding_error error;
	struct shown s;

	to_shown(record, &s);
	error = reserve_shown(p->writer, aor, &s);
	if (error == BINDING_ERR_FULL)
		note_full(p);
	return error;
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
	if (error == BINDING_ERR_FULL) {
		note_full(p);
		publisher_missed(p);
	} else {
		/* no table will ever have it */
		binding_writer_remove(p->writer, aor);
	}
	return false;
}

bool
publisher_remove(struct publisher *p, struct slice aor)
{
	binding_writer_remove(p->writer, aor);
	return true;
}

/* What the store has. */
const struct record *
publisher_decode(struct slice value)
{
	static struct record record;

	/* a damaged value is as good as none: its users register again */
	if (!record_decode(value, &record))
		record.count = record.instance_count = 0;
	return &record;
}

bool
publisher_bring(struct publisher *p, struct slice aor, const struct record *record)
{
	bool had = binding_writer_has(p->writer, aor);

	if (had && !p->adopted && p->walked)
		return true;
	/* what was put into a new table since is what the store has */
	if ((p->adopted || !had) && !publisher_put(p, aor, record))
		return false;
	if ((!had || !p->walked) && p->watcher.brought != NULL)
		p->watcher.brought(p->watcher.context, aor, record);
	return true;
}

enum publisher_found
publisher_load(struct publisher *p, struct slice aor)
{
	enum publisher_found found = PUBLISHER_UNKNOWN;
	enum store_error error;
	struct slice value;

	if (binding_writer_has(p->writer, aor))
		return PUBLISHER_THERE;
	if (binding_table_is_complete(binding_writer_table(p->writer)))
		return PUBLISHER_ABSENT;
	if (p->store->ops->begin(p->store) != STORE_OK)
		return PUBLISHER_UNKNOWN;
	error = p->store->ops->get(p->store, aor, &value);
	if (error == STORE_ERR_ABSENT)
		found = PUBLISHER_ABSENT;
	else if (error == STORE_OK && publisher_bring(p, aor, publisher_decode(value)))
		found = PUBLISHER_THERE;
	p->store->ops->abort(p->store);
	return found;
}

void
publisher_committed(struct publisher *p)
{
	if (p->phase == PUBLISHER_DONE)
		binding_writer_set_store(p->writer, store_identity(p->store),
					 store_sequence(p->store));
}

uint64_t
publisher_aors(const struct publisher *p)
{
	uint64_t count = p->phase == PUBLISHER_DONE ? UINT64_MAX : publisher_store_count(p->store);

	return count != UINT64_MAX ? count : binding_table_aors(binding_writer_table(p->writer));
}
