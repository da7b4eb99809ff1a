/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/registrar_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "process/clock.h"
#include "registrar/answer.h"
#include "registrar/update.h"

enum {
	RETRY_AFTER_S = 10,
	WAIT_FOR_RING_US = 200,
};

/* "user@domain" of the configuration as an AOR. False when it is none. */
static bool
user_aor(const char *user, char text[REGISTER_AOR_MAX], struct slice *aor)
{
	char uri_text[300];
	struct sip_uri uri;

	snprintf(uri_text, sizeof(uri_text), "sip:%s", user);
	if (!sip_uri_decode(slice_str(uri_text), &uri))
		return false;
	*aor = slice_of(text, sip_uri_aor(&uri, text, REGISTER_AOR_MAX));
	return aor->len > 0;
}

/*
 * Those whom registrar.users lists exist, with or without bindings: the dataplane then answers 480
 * and not 404 for them.
 */
static bool
store_users(const struct config *config, struct binding_store *store)
{
	const struct config_file_registrar *f = &config->file->registrar;
	static const struct record none;
	char text[REGISTER_AOR_MAX], value[RECORD_MAX];
	size_t n = record_encode(&none, value);
	struct slice aor, old;

	if (f->users_count == 0)
		return true;
	if (store->ops->begin(store) != STORE_OK)
		return false;
	for (unsigned int i = 0; i < f->users_count; i++) {
		if (!user_aor(f->users[i], text, &aor) ||
		    store->ops->get(store, aor, &old) != STORE_ERR_ABSENT)
			continue;
		if (store->ops->put(store, aor, slice_of(value, n)) != STORE_OK) {
			store->ops->abort(store);
			return false;
		}
	}
	return store->ops->commit(store) == STORE_OK;
}

struct registrar *
registrar_open(const struct config *config, struct binding_store *store, char *message, size_t size)
{
	struct registrar *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->config = config;
	r->store = store;
	if (!store_users(config, store)) {
		snprintf(message, size, "the binding store does not take registrar.users");
		registrar_close(r);
		return NULL;
	}
	r->job = calloc(REGISTRAR_BATCH, sizeof(*r->job));
	r->lost = lost_flows_open(config->shm_dir);
	if (r->job == NULL || r->lost == NULL ||
	    !publisher_open(&r->publisher, config->shm_dir, store,
			    config->file->registrar.max_aors)) {
		snprintf(message, size, "%s", r->publisher.message);
		registrar_close(r);
		return NULL;
	}
	return r;
}

void
registrar_close(struct registrar *r)
{
	if (r == NULL)
		return;
	publisher_close(&r->publisher);
	lost_flows_close(r->lost);
	free(r->job);
	free(r);
}

const struct registrar_counters *
registrar_counters(const struct registrar *r)
{
	return &r->counters;
}

void
registrar_beat(struct registrar *r)
{
	binding_writer_beat(r->publisher.writer);
}

/* ---- one batch ---- */

bool
registrar_room(struct registrar *r, struct registrar_room *room)
{
	if (r->kept == REGISTRAR_BATCH)
		return false;
	room->head = &r->job[r->kept].head;
	room->bytes = r->job[r->kept].bytes;
	return true;
}

void
registrar_keep(struct registrar *r, unsigned int worker)
{
	r->job[r->kept++].worker = worker;
}

static void
store_trouble(struct registrar *r, struct job *j, enum store_error error)
{
	r->counters.store_errors++;
	j->changed = false;
	j->refusal.status = error == STORE_ERR_KEY ? 400 : error == STORE_ERR_FULL ? 503 : 500;
	j->refusal.phrase = error == STORE_ERR_KEY ? "Address of Record Too Long"
						   : "Binding Store Not Available";
	if (error != STORE_ERR_KEY)
		snprintf(j->refusal.header, sizeof(j->refusal.header), "Retry-After: %d\r\n",
			 RETRY_AFTER_S);
}

bool
registrar_load(struct registrar *r, struct job *j, struct slice aor)
{
	struct slice value;
	enum store_error error = r->store->ops->get(r->store, aor, &value);

	j->record.count = 0;
	j->is_new = error == STORE_ERR_ABSENT;
	if (j->is_new)
		return true;
	if (error != STORE_OK) {
		store_trouble(r, j, error);
		return false;
	}
	if (value.len > sizeof(j->value))
		return true;
	memcpy(j->value, value.ptr, value.len);
	if (!record_decode(slice_of(j->value, value.len), &j->record))
		j->record.count = 0;
	return true;
}

/* Users that nobody listed are not kept once they are gone and there are many. */
static bool
is_forgotten(const struct registrar *r, const struct job *j)
{
	const struct config_file_registrar *f = &r->config->file->registrar;

	return j->record.count == 0 && f->any_user &&
	       publisher_aors(&r->publisher) > f->max_aors / 2;
}

void
registrar_save(struct registrar *r, struct job *j)
{
	static char encoded[RECORD_MAX];
	size_t n = record_encode(&j->record, encoded);
	enum store_error error;

	j->forgotten = is_forgotten(r, j);
	if (j->forgotten) {
		error = r->store->ops->remove(r->store, j->request.aor);
		if (error != STORE_OK && error != STORE_ERR_ABSENT)
			store_trouble(r, j, error);
		return;
	}

	if (n == 0) {
		j->refusal.status = 513;
		j->refusal.phrase = "Bindings Too Large";
		j->changed = false;
		return;
	}
	memcpy(j->value, encoded, n);
	record_decode(slice_of(j->value, n), &j->record);
	error = r->store->ops->put(r->store, j->request.aor, slice_of(j->value, n));
	if (error != STORE_OK)
		store_trouble(r, j, error);
}

/* False when the request is refused, or cannot even be answered. */
static bool
decode(struct registrar *r, struct job *j)
{
	struct slice bytes = slice_of(j->bytes, j->head.length);
	bool fine = register_request_decode(r->config, &j->head, bytes, &j->request, &j->refusal);

	r->counters.requests++;
	j->changed = false;
	j->answerable = fine || j->refusal.status != 0;
	return fine;
}

static void
handle(struct registrar *r, struct job *j, uint64_t now)
{
	unsigned int max = r->config->file->registrar.max_contacts;

	if (!registrar_load(r, j, j->request.aor))
		return;
	if (j->is_new && publisher_aors(&r->publisher) >= r->config->file->registrar.max_aors) {
		store_trouble(r, j, STORE_ERR_FULL); /* registrar.max_aors */
		return;
	}
	if (register_update(&j->request, &j->record, now, max, &j->changed, &j->refusal)) {
		if (j->changed)
			registrar_save(r, j);
	} else {
		j->changed = false;
	}
}

static bool
any_changed(const struct registrar *r, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (r->job[i].changed)
			return true;
	return false;
}

/*
 * On disk, or not at all: after a failed commit nobody is told otherwise, not even those who only
 * asked, because they may have seen what was to be written.
 */
void
registrar_commit(struct registrar *r, unsigned int n)
{
	enum store_error error;

	if (!any_changed(r, n)) {
		r->store->ops->abort(r->store);
		return;
	}
	error = r->store->ops->commit(r->store);
	r->counters.batches++;
	for (unsigned int i = 0; i < n && error != STORE_OK; i++)
		if (r->job[i].changed || r->job[i].refusal.status == 0)
			store_trouble(r, &r->job[i], error);
}

/* A full inject ring is emptied by the worker within microseconds; a dead one's stays full. */
static void
send_answer(struct message_rings *rings, const struct job *j, struct slice answer)
{
	struct message_head head = j->head;
	const struct timespec nap = { 0, WAIT_FOR_RING_US * 1000 };

	head.length = (uint32_t)answer.len;
	head.kind = MESSAGE_SIP;
	for (int i = 0; i < 3; i++) {
		if (message_ring_put(&rings->inject[j->worker], &head, answer.ptr))
			return;
		nanosleep(&nap, NULL);
	}
}

static void
answer(struct registrar *r, struct message_rings *rings, struct job *j, uint64_t now)
{
	struct sip_writer w;

	if (!j->answerable)
		return;
	sip_writer_init(&w, r->answer, sizeof(r->answer));
	if (j->refusal.status != 0) {
		register_answer_refuse(&w, &j->request, &j->refusal);
		r->counters.refused++;
	} else {
		register_answer_ok(&w, &j->request, &j->record, now);
		r->counters.accepted++;
	}
	if (!w.overflow)
		send_answer(rings, j, sip_written(&w));
}

bool
registrar_show(struct registrar *r, struct job *j)
{
	if (j->forgotten)
		return publisher_remove(&r->publisher, j->request.aor);
	return publisher_put(&r->publisher, j->request.aor, &j->record);
}

unsigned int
registrar_run(struct registrar *r, struct message_rings *rings)
{
	unsigned int n = r->kept;
	uint64_t now = clock_wall_ms();
	enum store_error error;

	r->kept = 0;
	if (n == 0)
		return 0;
	error = r->store->ops->begin(r->store);
	for (unsigned int i = 0; i < n; i++) {
		if (decode(r, &r->job[i]) && error != STORE_OK)
			store_trouble(r, &r->job[i], error);
		else if (r->job[i].refusal.status == 0 && r->job[i].answerable)
			handle(r, &r->job[i], now);
	}
	if (error == STORE_OK)
		registrar_commit(r, n);
	for (unsigned int i = 0; i < n; i++)
		if (r->job[i].changed && !registrar_show(r, &r->job[i]))
			store_trouble(r, &r->job[i],
				      STORE_ERR_FULL); /* on disk, but no call finds it */
	for (unsigned int i = 0; i < n; i++)
		answer(r, rings, &r->job[i], now);
	if (n > r->counters.batch_max)
		r->counters.batch_max = n;
	return n;
}
