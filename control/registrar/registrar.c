/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "process/clock.h"
#include "registrar/policy.h"
#include "registrar/registrar_internal.h"
#include "registrar/update.h"

enum {
	WAIT_FOR_RING_US = 200,
	TABLE_AORS_LEAST = 16384, /* it grows */
};

static bool
open_parts(struct registrar *r)
{
	r->job = calloc(REGISTRAR_BATCH, sizeof(*r->job));
	r->arena = malloc(REGISTRAR_ARENA);
	r->lost = lost_flows_open(r->config->shm_dir);
	r->recent = recent_open();
	r->wheel = expiry_wheel_open(clock_wall_ms() / 1000);
	r->auth = registrar_auth_open(r->config);
	return r->job != NULL && r->arena != NULL && r->lost != NULL && r->recent != NULL &&
	       r->wheel != NULL && r->auth != NULL &&
	       RAND_priv_bytes((unsigned char *)&r->key, sizeof(r->key)) == 1;
}

struct registrar *
registrar_open(const struct config *config, struct binding_store *store, char *message, size_t size)
{
	struct registrar *r = calloc(1, sizeof(*r));
	const struct publisher_watcher watcher = { r, registrar_watch_brought,
						   registrar_watch_expired };

	if (r == NULL)
		return NULL;
	r->config = config;
	r->store = store;
	if (!open_parts(r))
		snprintf(message, size, "the registrar has no memory");
	else if (!publisher_open(&r->publisher, config->shm_dir, store, &watcher, TABLE_AORS_LEAST))
		snprintf(message, size, "%s", r->publisher.message);
	else if (!registrar_know_listed(r))
		snprintf(message, size, "the binding store does not take registrar.users");
	else {
		r->wheel_filled = !r->publisher.continued;
		r->opened = true;
		return r;
	}
	registrar_close(r);
	return NULL;
}

void
registrar_close(struct registrar *r)
{
	if (r == NULL)
		return;
	publisher_close(&r->publisher);
	lost_flows_close(r->lost);
	recent_close(r->recent);
	expiry_wheel_close(r->wheel);
	registrar_auth_close(r->auth);
	free(r->listed);
	free(r->arena);
	free(r->job);
	OPENSSL_cleanse(&r->gruu_keys, sizeof(r->gruu_keys));
	free(r);
}

void
registrar_set_keys(struct registrar *r, const struct keyring *ring)
{
	temp_gruu_keys_init(&r->gruu_keys, ring->gruu_key[KEYRING_CURRENT],
			    ring->has_gruu[KEYRING_PREVIOUS] != 0 ? ring->gruu_key[KEYRING_PREVIOUS]
								  : NULL);
}

void
registrar_set_users(struct registrar *r, const struct registrar_users *users)
{
	r->users = *users;
	registrar_auth_set_users(r->auth, users);
}

const struct registrar_counters *
registrar_counters(const struct registrar *r)
{
	return &r->counters;
}

const struct publisher *
registrar_publisher(const struct registrar *r)
{
	return &r->publisher;
}

void
registrar_beat(struct registrar *r)
{
	binding_writer_beat(r->publisher.writer);
}

bool
registrar_step(struct registrar *r, uint64_t budget_us)
{
	bool more = publisher_step(&r->publisher, budget_us);

	registrar_expire_found(r);
	more |= registrar_fill_wheel(r, (unsigned int)budget_us);
	/* some microseconds for each AOR */
	return registrar_prune(r, (unsigned int)budget_us / 4 + 1) || more;
}

enum publisher_found
registrar_bring(struct registrar *r, struct slice aor)
{
	return publisher_load(&r->publisher, aor);
}

/* ---- one batch ---- */

bool
registrar_room(struct registrar *r, struct registrar_room *room)
{
	if (r->kept == REGISTRAR_BATCH || r->arena_used > REGISTRAR_MESSAGES)
		return false;
	room->head = &r->job[r->kept].head;
	room->bytes = r->arena + r->arena_used;
	return true;
}

void
registrar_keep(struct registrar *r, unsigned int worker)
{
	struct job *j = &r->job[r->kept++];

	j->worker = worker;
	j->bytes = slice_of(r->arena + r->arena_used, j->head.length);
	r->arena_used += j->head.length;
}

/*
 * In the order of RFC 3261 §10.3: who it is about, who asks, what for. False when the request is
 * refused, or cannot even be answered.
 */
static bool
decode(struct registrar *r, struct job *j)
{
	bool fine = register_request_decode(r->config, j->bytes, &j->request, &j->refusal) &&
		    registrar_auth_check(r->auth, &j->request, &j->head, &j->refusal) &&
		    register_request_details(r->config, &j->head, &j->request, &j->refusal) &&
		    policy_check_from(r->config, &j->request, &j->refusal) &&
		    policy_check_contacts(r->config, &j->request, &j->refusal);
	struct sip_writer w;

	r->counters.requests++;
	j->changed = j->forgotten = j->removes = j->repeats = j->noted = false;
	j->answerable = fine || j->refusal.status != 0;
	j->more_len = 0;
	if (fine) {
		j->proved = registrar_auth_proved(r->auth);
		j->copy = registrar_auth_is_copy(r->auth);
		sip_writer_init(&w, j->more, sizeof(j->more));
		registrar_auth_info(r->auth, &j->request, &w);
		j->more_len = sip_written(&w).len;
	}
	return fine;
}

/*
 * Late behind a REGISTER of the same Call-ID that took something away? A copy of that one is to
 * take away nothing that has come since.
 */
static bool
check_order(struct registrar *r, struct job *j)
{
	const struct register_request *q = &j->request;
	enum recent_order order;
	struct siphash h;

	siphash_init(&h, r->key, 1);
	siphash_update(&h, q->aor.ptr, q->aor.len);
	siphash_update(&h, "", 1);
	siphash_update(&h, q->fields.call_id.ptr, q->fields.call_id.len);
	j->call = siphash_final(&h);
	j->removes = q->star;
	for (unsigned int i = 0; i < q->contact_count; i++)
		j->removes |= q->contact[i].expires == 0;
	if (q->contact_count == 0 && !q->star)
		return true;
	order = recent_order(r->recent, j->call, q->fields.cseq, clock_steady_ms());
	j->repeats = order == RECENT_SAME && j->removes;
	return order != RECENT_OLDER || register_refuse(&j->refusal, 500, "CSeq Out of Order");
}

/* There is room for it in the table, where calls find it. Asked before the store has it. */
static bool
has_room(struct registrar *r, struct job *j)
{
	switch (publisher_reserve(&r->publisher, j->request.aor, &j->record)) {
	case BINDING_OK:
		return true;
	case BINDING_ERR_FULL:
		r->counters.table_full++;
		registrar_refuse_later(j, 503, "Binding Table Full");
		return false;
	default:
		return register_refuse(&j->refusal, 513, "Bindings Too Large");
	}
}

/* Into the store, and into the order that later requests are held against. */
static void
keep(struct registrar *r, struct job *j)
{
	if (j->changed && j->copy) {
		/* what it once did has been undone since, or it was refused */
		j->changed = register_refuse(&j->refusal, 500, "CSeq Out of Order");
	} else if (j->changed && j->is_new &&
		   publisher_aors(&r->publisher) + r->new_aors >=
			   r->config->file->registrar.max_aors) {
		registrar_store_trouble(r, j, STORE_ERR_FULL);
	} else if (j->changed && !has_room(r, j)) {
		j->changed = false;
	} else if (j->changed) {
		registrar_save(r, j);
		r->new_aors += j->changed && j->is_new;
	}
	if (j->removes && j->refusal.status == 0) {
		recent_note(r->recent, j->call, j->request.fields.cseq, clock_steady_ms());
		j->noted = true;
	}
}

static void
handle(struct registrar *r, struct job *j, uint64_t now_ms)
{
	const struct config_file_registrar *f = &r->config->file->registrar;
	const struct register_rules rules = {
		.now_ms = now_ms,
		.keep_expired = !registrar_trusts_clock(r),
		.max_contacts = f->max_contacts,
		.max_instances = f->max_instances,
		.epochs = &r->epochs,
		.store = r->store,
	};

	if (!check_order(r, j) || !registrar_load(r, j))
		return;
	if (!registrar_knows(r, j))
		register_refuse(&j->refusal, 404, "Not Found");
	else if (j->repeats)
		return;
	else if (register_update(&j->request, &j->record, &rules, &j->changed, &j->refusal))
		keep(r, j);
	else
		j->changed = false;
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
write_answer(struct registrar *r, struct sip_writer *w, struct job *j, uint64_t now_ms)
{
	const struct register_answer a = { r->config, &r->gruu_keys, r->key, now_ms };

	if (j->refusal.status == 0) {
		/* rather without GRUUs (GR-24) than to refuse what is kept */
		for (int tries = 0; tries < 2; tries++) {
			sip_writer_init(w, r->answer, sizeof(r->answer));
			register_answer_ok(w, &a, &j->request, &j->record,
					   slice_of(j->more, j->more_len));
			if (!w->overflow)
				return;
			j->request.wants_gruu = false;
		}
		register_refuse(&j->refusal, 500, "Bindings Do Not Fit Into an Answer");
		j->refusal.header[0] = '\0';
	}
	sip_writer_init(w, r->answer, sizeof(r->answer));
	register_answer_refuse(w, &a, &j->request, &j->refusal);
}

static void
answer(struct registrar *r, struct message_rings *rings, struct job *j, uint64_t now_ms)
{
	struct sip_writer w;

	if (!j->answerable)
		return;
	if (j->noted && j->refusal.status != 0) /* the commit failed */
		recent_forget(r->recent, j->call, j->request.fields.cseq);
	write_answer(r, &w, j, now_ms);
	if (j->refusal.status != 0)
		r->counters.refused++;
	else
		r->counters.accepted++;
	if (sip_written(&w).len > 0)
		send_answer(rings, j, sip_written(&w));
}

/*
 * As many of these jobs as the arena has room for, one at least, in one transaction, and their
 * answers. Returns how many.
 */
static unsigned int
run_jobs(struct registrar *r, struct message_rings *rings, struct job *job, unsigned int n)
{
	uint64_t now_ms = clock_wall_ms();
	enum store_error error = r->store->ops->begin(r->store);
	size_t behind_messages = r->arena_used;
	unsigned int done = 0;

	clock_watch_look(&r->clock, now_ms, clock_ms(CLOCK_BOOTTIME));
	r->new_aors = 0;
	for (; done < n && (done == 0 || registrar_has_arena(r)); done++) {
		struct job *j = &job[done];

		if (decode(r, j) && error != STORE_OK)
			registrar_store_trouble(r, j, error);
		else if (j->refusal.status == 0 && j->answerable)
			handle(r, j, now_ms);
	}
	if (error == STORE_OK)
		registrar_commit(r, job, done);
	for (struct job *j = job; j < job + done; j++)
		answer(r, rings, j, now_ms);
	r->arena_used = behind_messages;
	if (done > r->counters.batch_max)
		r->counters.batch_max = done;
	return done;
}

unsigned int
registrar_run(struct registrar *r, struct message_rings *rings)
{
	unsigned int n = r->kept;
	bool each = r->config->file->store.sync == CONFIG_SYNC_EACH;

	for (unsigned int i = 0; i < n;)
		i += run_jobs(r, rings, &r->job[i], each ? 1 : n - i);
	r->kept = 0;
	r->arena_used = 0;
	return n;
}
