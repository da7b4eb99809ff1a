/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_USERS_USER_LOADER_H
#define CONTROL_USERS_USER_LOADER_H

#include "users/user_source.h"

/**
 * Reads all users of the source once, in a thread of its own: a disk or a server may make it wait,
 * and hashing passwords takes time. They are handed over in batches, of which a few exist at once,
 * so the source is read as fast as they are taken.
 */
struct user_loader;

/** One user of a batch. Text borrows from the batch. */
struct user_item {
	uint64_t number;   /* of the row or line */
	const char *fault; /* not NULL: a sentence, and `user` has the names at most */
	struct credentials user;
};

/** Some users, in the order of the source. */
struct user_batch;

/**
 * Begin. `wake` is called by the thread when there is something to take; it does not block. The
 * configuration is borrowed until the loader is closed. NULL, with a sentence in `message`: there
 * is no thread.
 */
struct user_loader *user_loader_start(const struct config *config, void (*wake)(void *context),
				      void *context, char *message, size_t size);

enum user_load {
	USER_LOAD_BATCH,  /* there is one */
	USER_LOAD_WAIT,   /* there will be */
	USER_LOAD_DONE,   /* all users were read */
	USER_LOAD_FAILED, /* they could not be: user_loader_error() */
};

/**
 * Take the next batch, waiting for it at most `patience_ms`. The last state stays. The batch is
 * given back by user_loader_release() before the loader is closed.
 */
enum user_load user_loader_take(struct user_loader *l, unsigned int patience_ms,
				struct user_batch **batch);

/** The next user of a batch, or false. */
bool user_batch_next(struct user_batch *batch, struct user_item *item);

void user_loader_release(struct user_loader *l, struct user_batch *batch);

/** Why not all could be read; only after USER_LOAD_FAILED. */
const char *user_loader_error(const struct user_loader *l);

/** "line" or "row": what is counted. */
const char *user_loader_unit(const struct user_loader *l);

/**
 * End it, finished or not. A thread that hangs in the kernel is left to itself after a moment: then
 * the configuration has to stay, and the process is to end. Takes NULL.
 */
void user_loader_close(struct user_loader *l);

#endif
