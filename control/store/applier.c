/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/applier.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

static void *
run(void *context)
{
	struct applier *a = context;

	pthread_mutex_lock(&a->lock);
	for (;;) {
		const struct overlay *job;
		enum store_error error;
		bool panic;

		while (a->state != APPLIER_BUSY && !a->stop)
			pthread_cond_wait(&a->changed, &a->lock);
		if (a->state != APPLIER_BUSY)
			break;
		job = a->job;
		pthread_mutex_unlock(&a->lock);
		error = overlay_apply(a->base, job, &panic);
		pthread_mutex_lock(&a->lock);
		a->error = error;
		a->panic = panic;
		a->state = error == STORE_OK ? APPLIER_DONE : APPLIER_FAILED;
		pthread_cond_broadcast(&a->changed);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* Signals are for the thread that has an event loop. */
static bool
start_thread(struct applier *a)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&a->thread, NULL, run, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0;
}

bool
applier_open(struct applier *a, const struct base *base)
{
	pthread_condattr_t attr;

	*a = (struct applier){ .base = base };
	pthread_mutex_init(&a->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&a->changed, &attr);
	pthread_condattr_destroy(&attr);
	a->started = start_thread(a);
	if (!a->started) {
		pthread_cond_destroy(&a->changed);
		pthread_mutex_destroy(&a->lock);
	}
	return a->started;
}

void
applier_close(struct applier *a)
{
	if (!a->started)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	a->started = false;
}

void
applier_start(struct applier *a, const struct overlay *o)
{
	pthread_mutex_lock(&a->lock);
	a->job = o;
	a->state = APPLIER_BUSY;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

enum applier_state
applier_wait(struct applier *a, unsigned int wait_ms)
{
	enum applier_state state;
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += wait_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&a->lock);
	while (wait_ms > 0 && a->state == APPLIER_BUSY)
		if (pthread_cond_timedwait(&a->changed, &a->lock, &until) == ETIMEDOUT)
			break;
	state = a->state;
	pthread_mutex_unlock(&a->lock);
	return state;
}
