/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_USERS_USERS_INTERNAL_H
#define CONTROL_USERS_USERS_INTERNAL_H

#include "table/credentials_writer.h"
#include "users/user_index.h"
#include "users/user_loader.h"
#include "users/users.h"

/** Sentences about bad rows that are kept of a load. */
#define USERS_BAD_KEPT 10

/** What was found in the source, or was done because of it. */
struct users_load {
	uint64_t rows, added, changed, removed, bad;
	uint64_t ms; /* how long it took */
	char bad_rows[USERS_BAD_KEPT][USER_FAULT_MAX + 32];
};

/** Texts of which the first ones in are the first ones out. */
struct users_queue {
	char *octets; /* each text behind its length, two octets */
	size_t used, room, at;
};

enum users_phase {
	USERS_IDLE,
	USERS_READING,    /* rows go into the table as they come */
	USERS_SWEEPING,   /* users who were not in the source go */
	USERS_FORGETTING, /* AORs that changed users lost, and nobody else has, begin to go */
};

struct users {
	const struct config *config;
	struct credentials_writer *writer;
	struct credentials_table before; /* of our predecessor; until ours is published */
	bool have_before, loaded, again, out_of_memory;
	bool forced, forced_next; /* this load; the one that is to come */
	uint64_t forces;          /* that are done */
	enum users_phase phase;
	uint64_t started, finished; /* loads */
	uint64_t began_ms, read_ms; /* of this load; end of the last good one */
	unsigned int failures;      /* one after the other */
	struct users_load now, last;
	char error[256]; /* of the last load; empty: none */
	char error_before[256];

	struct user_loader *loader;
	struct user_batch *batch;
	/* of each user the number of the load that saw him last; of each AOR how many have it, or
	 * when the last one lost it */
	struct user_index *names, *aors;
	uint64_t seen; /* users seen by this load */
	struct credentials_walk walk;
	unsigned int walks;
	struct users_queue lost;    /* AORs whose last user lost them; another one may get them */
	struct users_queue leaving; /* AORs that nobody has; when that began before each */
	uint64_t leaving_count;     /* less than the queue has, when some came back */
	struct users_queue untold;  /* AORs that `changed` has not taken: '+' or '-' before each */

	users_changed changed;
	void *context;
	uv_idle_t work;
	uv_async_t wake;
	uv_timer_t timer, retell;
	unsigned int handles;
};

/** One row of the source goes into the table. */
void users_apply(struct users *u, const struct user_item *item);

/**
 * Remove some of those whom this load did not see. False when all are gone.
 */
bool users_sweep(struct users *u);

/** Have some of the AORs go that were lost and did not come back. False when there are no more. */
bool users_forget(struct users *u);

/** Tell of some of the AORs whose time of grace is over. False when there are none now. */
bool users_let_go(struct users *u);

/** Whether more AORs are leaving than seems to be meant: they stay until a load is forced. */
bool users_leaving_held(const struct users *u);

/** `gone` of `all` are more than seems to be meant. */
static inline bool
users_too_many(uint64_t gone, uint64_t all)
{
	return gone > USERS_FEW && gone > all / 10;
}

/** Tell what was not taken. False: it is not taken still. */
bool users_tell_again(struct users *u);

/** Note what is wrong with a row. */
void users_note_bad(struct users *u, uint64_t number, const char *fault);

/** Write the outcome of a load to the log where it differs from that of the one before. */
void users_log(const struct users *u);

#endif
