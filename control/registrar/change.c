/* SPDX-License-Identifier: BSD-3-Clause */
/* What each change of an AOR goes through: out of the store, into it, to the dataplane. */
#include <stdio.h>

#include "process/clock.h"
#include "registrar/instances.h"
#include "registrar/registrar_internal.h"

enum { RETRY_AFTER_S = 10 };

void
registrar_job_aor(struct job *j, struct slice aor)
{
	memcpy(j->request.aor_text, aor.ptr, aor.len);
	j->request.aor = slice_of(j->request.aor_text, aor.len);
	j->refusal.status = 0;
	j->changed = j->forgotten = j->removes = false;
}

void
registrar_store_trouble(struct registrar *r, struct job *j, enum store_error error)
{
	r->counters.store_errors++;
	j->changed = false;
	if (error == STORE_ERR_KEY) {
		register_refuse(&j->refusal, 400, "Address of Record Too Long");
		j->refusal.header[0] = '\0';
		return;
	}
	registrar_refuse_later(j, error == STORE_ERR_FULL ? 503 : 500,
			       "Binding Store Not Available");
}

void
registrar_refuse_later(struct job *j, unsigned int status, const char *reason)
{
	register_refuse(&j->refusal, status, reason);
	snprintf(j->refusal.header, sizeof(j->refusal.header), "Retry-After: %d\r\n",
		 RETRY_AFTER_S);
}

uint64_t
registrar_first_expiry(const struct record *record)
{
	uint64_t first = REGISTRAR_NEVER;

	for (unsigned int i = 0; i < record->count; i++)
		if (record->binding[i].expires_ms < first)
			first = record->binding[i].expires_ms;
	return first;
}

bool
registrar_has_arena(const struct registrar *r)
{
	return REGISTRAR_ARENA - r->arena_used >= RECORD_MAX;
}

bool
registrar_load(struct registrar *r, struct job *j)
{
	struct slice value;
	enum store_error error = r->store->ops->get(r->store, j->request.aor, &value);
	char *copy = r->arena + r->arena_used;

	j->record.count = j->record.instance_count = 0;
	j->due_ms = REGISTRAR_NEVER;
	j->is_new = error == STORE_ERR_ABSENT;
	if (j->is_new)
		return true;
	if (error == STORE_OK && value.len > REGISTRAR_ARENA - r->arena_used)
		error = STORE_ERR_FULL;
	if (error != STORE_OK) {
		registrar_store_trouble(r, j, error);
		return false;
	}
	memcpy(copy, value.ptr, value.len);
	r->arena_used += value.len;
	/* a damaged value is as good as none: its user registers again */
	if (!record_decode(slice_of(copy, value.len), &j->record))
		j->record.count = j->record.instance_count = 0;
	j->due_ms = registrar_first_expiry(&j->record);
	return true;
}

/* Users that nobody listed are not kept once they are gone and there are many. */
static bool
is_forgotten(const struct registrar *r, const struct job *j)
{
	const struct config_file_registrar *f = &r->config->file->registrar;

	return j->forgotten || (j->record.count == 0 && f->any_user &&
				publisher_aors(&r->publisher) > f->max_aors / 2);
}

void
registrar_save(struct registrar *r, struct job *j)
{
	static char encoded[RECORD_MAX];
	enum store_error error;
	size_t n;

	j->forgotten = is_forgotten(r, j);
	if (j->forgotten) {
		error = r->store->ops->remove(r->store, j->request.aor);
		if (error != STORE_OK && error != STORE_ERR_ABSENT)
			registrar_store_trouble(r, j, error);
		return;
	}
	n = record_encode(&j->record, encoded);
	if (n == 0) {
		register_refuse(&j->refusal, 513, "Bindings Too Large");
		j->changed = false;
		return;
	}
	error = r->store->ops->put(r->store, j->request.aor, slice_of(encoded, n));
	if (error != STORE_OK)
		registrar_store_trouble(r, j, error);
}

static bool
any_changed(const struct job *job, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (job[i].changed)
			return true;
	return false;
}

/* One entry of an AOR is enough, if it is not later than what is to be found then. */
static void
enter_expiry(struct registrar *r, const struct job *j)
{
	const struct binding_table *t = binding_writer_table(r->publisher.writer);
	uint64_t due_ms = registrar_first_expiry(&j->record);

	if (due_ms < j->due_ms)
		expiry_wheel_add(r->wheel, binding_hash(t, j->request.aor), due_ms / 1000 + 1);
}

static void
show(struct registrar *r, struct job *j)
{
	bool had = binding_writer_has(r->publisher.writer, j->request.aor);
	bool fine = j->forgotten ? publisher_remove(&r->publisher, j->request.aor)
				 : publisher_put(&r->publisher, j->request.aor, &j->record);

	/* entries of AORs that the table lacks lead nowhere, and are dropped */
	if (!had)
		j->due_ms = REGISTRAR_NEVER;
	/* also one that is not shown: its next refresh counts on the entry */
	if (!j->forgotten)
		enter_expiry(r, j);
	if (!fine)
		/* on disk, but no call finds it */
		registrar_store_trouble(r, j, STORE_ERR_FULL);
}

/*
 * On disk, or not at all: after a failed commit nobody is told otherwise, not even those who only
 * asked, because they may have seen what was to be written.
 */
bool
registrar_commit(struct registrar *r, struct job *job, unsigned int n)
{
	enum store_error error;

	if (!any_changed(job, n)) {
		r->store->ops->abort(r->store);
		epochs_settle(&r->epochs, false);
		return true;
	}
	error = r->store->ops->commit(r->store);
	epochs_settle(&r->epochs, error == STORE_OK);
	r->counters.batches++;
	for (unsigned int i = 0; i < n && error != STORE_OK; i++)
		if (job[i].changed || job[i].refusal.status == 0)
			registrar_store_trouble(r, &job[i], error);
	for (unsigned int i = 0; i < n; i++)
		if (job[i].changed)
			show(r, &job[i]);
	if (error == STORE_OK)
		publisher_committed(&r->publisher);
	return error == STORE_OK;
}

static void
take_out_one(struct registrar *r, struct job *j, registrar_is_gone gone, uint64_t what)
{
	struct record *record = &j->record;
	unsigned int before;

	if (!registrar_load(r, j))
		return;
	before = record->count;
	for (unsigned int i = record->count; i-- > 0;)
		if (gone(r, &record->binding[i], what)) {
			record->count--;
			memmove(&record->binding[i], &record->binding[i + 1],
				(record->count - i) * sizeof(record->binding[0]));
		}
	if (record->count == before)
		return;
	instances_settle(record);
	/* whatever is left has to be looked at again: the entry that led here is used up */
	j->due_ms = REGISTRAR_NEVER;
	j->changed = true;
	registrar_save(r, j);
}

/* As many as the arena has room for. Returns how many; 0: the store cannot be changed now. */
static unsigned int
take_out_some(struct registrar *r, struct job *job, unsigned int n, registrar_is_gone gone,
	      uint64_t what)
{
	unsigned int done = 0;

	if (r->store->ops->begin(r->store) != STORE_OK)
		return 0;
	r->arena_used = 0;
	for (; done < n && registrar_has_arena(r); done++)
		take_out_one(r, &job[done], gone, what);
	registrar_commit(r, job, done);
	return done;
}

void
registrar_take_out(struct registrar *r, unsigned int n, registrar_is_gone gone, uint64_t what)
{
	unsigned int i = 0, done = n;

	for (; i < n && done > 0; i += done)
		done = take_out_some(r, &r->job[i], n - i, gone, what);
}
