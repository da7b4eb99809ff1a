/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_APPLIER_H
#define CONTROL_STORE_APPLIER_H

#include <pthread.h>

#include "store/base.h"
#include "store/overlay.h"

/**
 * Takes a frozen overlay to LMDB: in key order, in transactions of some thousand changes, each of
 * them synced. Between the first and the last of them BASE_APPLYING is in "meta"; the last one
 * sets BASE_APPLIED to the overlay's sequence number. Doing it again, after a death in between or
 * after an error, has the same result.
 *
 * STORE_ERR_FULL or STORE_ERR_IO; `*panic` when the environment has to be opened anew. Uses the
 * environment's write transaction, and changes nothing in the overlay.
 */
enum store_error overlay_apply(const struct base *b, const struct overlay *o, bool *panic);

/** A thread that does so. All functions are for the one thread that owns it. */
struct applier {
	const struct base *base;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum applier_state { APPLIER_IDLE, APPLIER_BUSY, APPLIER_DONE, APPLIER_FAILED } state;
	const struct overlay *job; /* APPLIER_BUSY: the thread reads it, and nobody changes it */
	enum store_error error;    /* APPLIER_FAILED */
	bool panic;
	bool started, stop;
};

/** Start the thread. False when there is none to be had. */
bool applier_open(struct applier *a, const struct base *base);

/** Let it finish what it has, and end. */
void applier_close(struct applier *a);

/** Hand over an overlay. Not while it is busy. */
void applier_start(struct applier *a, const struct overlay *o);

/** What has become of it; waits at most `wait_ms` while it is busy. */
enum applier_state applier_wait(struct applier *a, unsigned int wait_ms);

#endif
