/* SPDX-License-Identifier: BSD-3-Clause */
/* Bindings whose time is over, by a timing wheel. */
#include "process/clock.h"
#include "registrar/registrar_internal.h"

enum { RETRY_S = 5 };

bool
registrar_trusts_clock(const struct registrar *r)
{
	return clock_watch_wait_ms(&r->clock, clock_ms(CLOCK_BOOTTIME)) == 0;
}

static bool
is_expired(const struct registrar *r, const struct record_binding *b, uint64_t now)
{
	(void)r;
	return b->expires_ms <= now;
}

void
registrar_watch_brought(void *context, struct slice aor, const struct record *record)
{
	struct registrar *r = context;
	const struct binding_table *t = binding_writer_table(r->publisher.writer);
	uint64_t first = registrar_first_expiry(record);

	if (first != REGISTRAR_NEVER)
		expiry_wheel_add(r->wheel, binding_hash(t, aor), first / 1000 + 1);
}

/*
 * The wheel knows hashes, and only the table leads from one to its AOR: what is not there is found
 * by the walk over the store, which goes on for as long as the table is not complete.
 */
bool
registrar_watch_expired(void *context, struct slice aor, const struct record *record)
{
	struct registrar *r = context;

	if (!r->opened || r->expired_count == REGISTRAR_BATCH || aor.len > REGISTER_AOR_MAX ||
	    registrar_first_expiry(record) > clock_wall_ms() || !registrar_trusts_clock(r))
		return false;
	registrar_job_aor(&r->job[r->expired_count++], aor);
	return true;
}

void
registrar_expire_found(struct registrar *r)
{
	unsigned int n = r->expired_count;

	r->expired_count = 0;
	registrar_take_out(r, n, is_expired, clock_wall_ms());
	for (unsigned int i = 0; i < n; i++) {
		r->counters.expired += r->job[i].changed;
		/* it is in the store as it was, and perhaps not in the table */
		if (!r->job[i].changed)
			publisher_missed(&r->publisher);
	}
}

/* When the first binding of a record in the table expires. */
static uint64_t
first_expiry(const struct binding_copy *copy)
{
	uint64_t first = REGISTRAR_NEVER;
	struct binding b;

	for (unsigned int i = 0; binding_get(copy, i, &b); i++)
		if (b.expires_ms < first)
			first = b.expires_ms;
	return first;
}

/* Those whose time has come become jobs; those who were refreshed meanwhile are entered anew. */
static unsigned int
find_due(struct registrar *r, const uint64_t *hashes, unsigned int n, uint64_t now_ms)
{
	const struct binding_table *t = binding_writer_table(r->publisher.writer);
	static struct binding_copy copy;
	unsigned int found = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t first;

		if (!binding_find_hash(t, hashes[i], &copy))
			continue;
		first = first_expiry(&copy);
		if (first == REGISTRAR_NEVER)
			continue;
		if (first > now_ms)
			expiry_wheel_add(r->wheel, hashes[i], first / 1000 + 1);
		else
			registrar_job_aor(&r->job[found++], binding_aor(&copy));
	}
	return found;
}

/* The store refused them: they are looked at again. */
static void
enter_refused(struct registrar *r, unsigned int n, uint64_t now_ms)
{
	const struct binding_table *t = binding_writer_table(r->publisher.writer);

	for (unsigned int i = 0; i < n; i++)
		if (!r->job[i].changed)
			expiry_wheel_add(r->wheel, binding_hash(t, r->job[i].request.aor),
					 now_ms / 1000 + RETRY_S);
}

bool
registrar_expire(struct registrar *r)
{
	static uint64_t hashes[REGISTRAR_BATCH];
	uint64_t now_ms = clock_wall_ms();
	unsigned int n, found;

	clock_watch_look(&r->clock, now_ms, clock_ms(CLOCK_BOOTTIME));
	if (!registrar_trusts_clock(r))
		return false;
	n = expiry_wheel_take(r->wheel, now_ms / 1000, hashes, REGISTRAR_BATCH);
	found = find_due(r, hashes, n, now_ms);
	registrar_take_out(r, found, is_expired, now_ms);
	for (unsigned int i = 0; i < found; i++)
		r->counters.expired += r->job[i].changed;
	enter_refused(r, found, now_ms);
	return n == REGISTRAR_BATCH;
}

/*
 * After a start the wheel is empty. A walk over the store enters all of it; without one, everything
 * in the table is entered, some at a time. A table that grew meanwhile has its AORs in other
 * places: from the beginning, then.
 */
bool
registrar_fill_wheel(struct registrar *r, unsigned int records)
{
	const struct binding_table *t = binding_writer_table(r->publisher.writer);
	static struct binding_copy copy;

	if (r->wheel_filled)
		return false;
	if (r->wheel_generation != t->header->segment.generation) {
		r->wheel_generation = t->header->segment.generation;
		r->wheel_walk = (struct binding_walk){ 0 };
	}
	while (records-- > 0) {
		uint64_t first;

		if (!binding_walk_next(t, &r->wheel_walk, &copy)) {
			r->wheel_filled = true;
			return false;
		}
		first = first_expiry(&copy);
		if (first != REGISTRAR_NEVER)
			expiry_wheel_add(r->wheel, copy.record.hash, first / 1000 + 1);
	}
	return true;
}
