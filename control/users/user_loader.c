/* SPDX-License-Identifier: BSD-3-Clause */
#include "users/user_loader.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/crypto.h>

enum {
	BATCHES = 8,
	BATCH_OCTETS = 1 << 16,
	CLOSE_SECONDS = 3,
};

/* One user, and behind it its text: username, realm, aors, fault. */
struct entry {
	uint64_t number;
	uint16_t size; /* of all of it, to the next one */
	uint16_t username, realm, aors, fault;
	uint8_t have;
	uint8_t md5[16], sha256[32], sha512_256[32];
	char text[];
};

struct user_batch {
	struct user_batch *next;
	size_t used, at;
	_Alignas(struct entry) char octets[BATCH_OCTETS];
};

_Static_assert(sizeof(struct entry) + USER_TEXT_MAX + USER_FAULT_MAX < BATCH_OCTETS / 2,
	       "a batch takes a few of the largest");

struct user_loader {
	const struct config *config;
	void (*wake)(void *context);
	void *context;
	pthread_t thread;
	atomic_bool stop;
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	/* under the lock */
	struct user_batch *free, *first, **last;
	enum user_load end; /* USER_LOAD_WAIT: not yet */
	const char *unit;
	char error[256];
	/* the thread's own */
	struct digest_context *digest;
	struct user_batch *open;
	struct user user;
	struct user_batch batches[BATCHES];
};

/* ---- the thread ---- */

/* An empty batch; NULL when nobody wants any more. */
static struct user_batch *
take_free(struct user_loader *l)
{
	struct user_batch *b;

	pthread_mutex_lock(&l->lock);
	while (l->free == NULL && !atomic_load(&l->stop))
		pthread_cond_wait(&l->emptied, &l->lock);
	b = atomic_load(&l->stop) ? NULL : l->free;
	if (b != NULL)
		l->free = b->next;
	pthread_mutex_unlock(&l->lock);
	if (b != NULL)
		b->used = b->at = 0;
	return b;
}

/* Under the lock: who asked for a stop may be gone a moment later. */
static void
tell_taker(struct user_loader *l)
{
	pthread_cond_signal(&l->filled);
	if (!atomic_load(&l->stop))
		l->wake(l->context);
}

static void
hand_over(struct user_loader *l)
{
	struct user_batch *b = l->open;

	if (b == NULL)
		return;
	l->open = NULL;
	b->next = NULL;
	pthread_mutex_lock(&l->lock);
	*l->last = b;
	l->last = &b->next;
	tell_taker(l);
	pthread_mutex_unlock(&l->lock);
}

static void
put_text(struct entry *e, size_t *at, uint16_t *len, struct slice s)
{
	if (s.len > 0)
		memcpy(e->text + *at, s.ptr, s.len);
	*at += s.len;
	*len = (uint16_t)s.len;
}

static void
put_entry(struct user_batch *b, uint64_t number, const struct credentials *user, const char *fault)
{
	struct entry *e = (struct entry *)(b->octets + b->used);
	size_t at = 0, size;

	e->number = number;
	e->have = user->have;
	memcpy(e->md5, user->md5, sizeof(e->md5));
	memcpy(e->sha256, user->sha256, sizeof(e->sha256));
	memcpy(e->sha512_256, user->sha512_256, sizeof(e->sha512_256));
	put_text(e, &at, &e->username, user->username);
	put_text(e, &at, &e->realm, user->realm);
	put_text(e, &at, &e->aors, user->aors);
	put_text(e, &at, &e->fault, slice_str(fault));
	if (fault != NULL)
		e->text[at++] = '\0';
	size = sizeof(*e) + at;
	e->size = (uint16_t)((size + _Alignof(struct entry) - 1) & ~(_Alignof(struct entry) - 1));
	b->used += e->size;
}

static bool
on_row(const struct user_row *row, void *context)
{
	static const size_t most =
		sizeof(struct entry) + USER_TEXT_MAX + USER_FAULT_MAX + _Alignof(struct entry);
	struct user_loader *l = context;
	char fault[USER_FAULT_MAX];
	bool fine;

	if (l->open != NULL && BATCH_OCTETS - l->open->used < most)
		hand_over(l);
	if (l->open == NULL)
		l->open = take_free(l);
	if (l->open == NULL)
		return false;
	fine = user_resolve(&l->user, row, l->digest, fault);
	put_entry(l->open, row->number, &l->user.is, fine ? NULL : fault);
	return true;
}

static void
finish(struct user_loader *l, bool fine)
{
	hand_over(l);
	pthread_mutex_lock(&l->lock);
	l->end = fine && !atomic_load(&l->stop) ? USER_LOAD_DONE : USER_LOAD_FAILED;
	user_sentence_clean(l->error);
	tell_taker(l);
	pthread_mutex_unlock(&l->lock);
}

static void *
load(void *context)
{
	struct user_loader *l = context;
	struct user_source *source = NULL;
	bool fine = false;

	l->digest = digest_context_new();
	if (l->digest == NULL)
		snprintf(l->error, sizeof(l->error), "users: no memory");
	else
		source = user_source_open(l->config, &l->stop, l->error, sizeof(l->error));
	if (source != NULL) {
		pthread_mutex_lock(&l->lock);
		l->unit = source->unit;
		pthread_mutex_unlock(&l->lock);
		fine = source->ops->read(source, on_row, l, l->error, sizeof(l->error));
	}
	user_source_close(source);
	digest_context_free(l->digest);
	finish(l, fine);
	return NULL;
}

/* ---- who takes ---- */

struct user_loader *
user_loader_start(const struct config *config, void (*wake)(void *context), void *context,
		  char *message, size_t size)
{
	struct user_loader *l = calloc(1, sizeof(*l));
	pthread_condattr_t steady;

	if (l == NULL) {
		snprintf(message, size, "users: no memory");
		return NULL;
	}
	l->config = config;
	l->wake = wake;
	l->context = context;
	l->end = USER_LOAD_WAIT;
	l->unit = "row";
	l->last = &l->first;
	for (int i = 0; i < BATCHES; i++) {
		l->batches[i].next = l->free;
		l->free = &l->batches[i];
	}
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->filled, &steady);
	pthread_cond_init(&l->emptied, &steady);
	pthread_condattr_destroy(&steady);
	if (pthread_create(&l->thread, NULL, load, l) == 0)
		return l;
	snprintf(message, size, "users: the system gives no thread");
	free(l);
	return NULL;
}

static struct timespec
moment(unsigned int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)(ms / 1000);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

enum user_load
user_loader_take(struct user_loader *l, unsigned int patience_ms, struct user_batch **batch)
{
	const struct timespec until = moment(patience_ms);
	enum user_load state;

	pthread_mutex_lock(&l->lock);
	while (patience_ms > 0 && l->first == NULL && l->end == USER_LOAD_WAIT)
		if (pthread_cond_timedwait(&l->filled, &l->lock, &until) != 0)
			break;
	state = l->end;
	if (l->first != NULL) {
		state = USER_LOAD_BATCH;
		*batch = l->first;
		l->first = l->first->next;
		if (l->first == NULL)
			l->last = &l->first;
	}
	pthread_mutex_unlock(&l->lock);
	return state;
}

static struct slice
next_text(const struct entry *e, size_t *at, uint16_t len)
{
	struct slice s = slice_of(e->text + *at, len);

	*at += len;
	return s;
}

bool
user_batch_next(struct user_batch *b, struct user_item *item)
{
	const struct entry *e = (const struct entry *)(b->octets + b->at);
	size_t at = 0;

	if (b->at == b->used)
		return false;
	b->at += e->size;
	item->number = e->number;
	item->user.have = e->have;
	memcpy(item->user.md5, e->md5, sizeof(e->md5));
	memcpy(item->user.sha256, e->sha256, sizeof(e->sha256));
	memcpy(item->user.sha512_256, e->sha512_256, sizeof(e->sha512_256));
	item->user.username = next_text(e, &at, e->username);
	item->user.realm = next_text(e, &at, e->realm);
	item->user.aors = next_text(e, &at, e->aors);
	item->fault = e->fault > 0 ? e->text + at : NULL;
	return true;
}

void
user_loader_release(struct user_loader *l, struct user_batch *batch)
{
	OPENSSL_cleanse(batch->octets, batch->used);
	pthread_mutex_lock(&l->lock);
	batch->next = l->free;
	l->free = batch;
	pthread_cond_signal(&l->emptied);
	pthread_mutex_unlock(&l->lock);
}

const char *
user_loader_error(const struct user_loader *l)
{
	return l->error;
}

const char *
user_loader_unit(const struct user_loader *l)
{
	return l->unit;
}

void
user_loader_close(struct user_loader *l)
{
	struct timespec until;

	if (l == NULL)
		return;
	pthread_mutex_lock(&l->lock);
	atomic_store(&l->stop, true);
	pthread_cond_signal(&l->emptied);
	pthread_mutex_unlock(&l->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += CLOSE_SECONDS;
	if (pthread_timedjoin_np(l->thread, NULL, &until) != 0) {
		pthread_detach(l->thread);
		return;
	}
	OPENSSL_cleanse(l->batches, sizeof(l->batches));
	pthread_cond_destroy(&l->filled);
	pthread_cond_destroy(&l->emptied);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
