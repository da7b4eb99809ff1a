/* SPDX-License-Identifier: BSD-3-Clause */
/* In the background: the store is walked through for the table, and the table for what is too much.
 */
#include <string.h>

#include "process/clock.h"
#include "registrar/publish_internal.h"

enum {
	CLOCK_EVERY = 16,  /* records between two looks at the clock */
	STEP_RECORDS = 64, /* of the table's own background work, likewise */
	RETRY_MS = 10000,  /* after there was no memory */
};

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* A slice of the walk over the store. */
struct reading {
	struct publisher *p;
	uint64_t end_us;
	unsigned int seen;
	bool stopped;
	bool taken; /* the watcher has something to do first */
};

static bool
take_aor(struct slice aor, struct slice value, void *context)
{
	struct reading *r = context;
	struct publisher *p = r->p;
	const struct record *record;

	if (aor.len > PUBLISHER_AOR_MAX)
		return true; /* not one of ours */
	record = publisher_decode(value);
	if (p->watcher.expired != NULL && p->watcher.expired(p->watcher.context, aor, record))
		r->taken = true;
	else
		publisher_bring(p, aor, record);
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

	p->walked = true;
	if (p->adopted && (p->missed || publisher_store_count(p->store) != aors))
		publisher_enter(p, PUBLISHER_SWEEP);
	else
		publisher_settle(p);
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
	if (error != STORE_OK)
		publisher_enter(p, PUBLISHER_WAIT);
	else if (!r.stopped && !r.taken)
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
		publisher_enter(p, PUBLISHER_WAIT);
		return;
	}
	for (unsigned int i = 1; more && (i % CLOCK_EVERY != 0 || now_us() < end_us); i++)
		more = sweep_one(p, &copy);
	p->store->ops->abort(p->store);
	if (!more)
		publisher_settle(p);
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
			p->missed = false;
			publisher_enter(p, PUBLISHER_READ);
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
