/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the files of the registrar: registrar.c has the requests, change.c what each change of an
 * AOR goes through, known.c who exists, expiry.c and sweep.c what nobody asked for.
 */
#ifndef CONTROL_REGISTRAR_REGISTRAR_INTERNAL_H
#define CONTROL_REGISTRAR_REGISTRAR_INTERNAL_H

#include "registrar/answer.h"
#include "registrar/auth.h"
#include "registrar/clock_watch.h"
#include "registrar/epochs.h"
#include "registrar/expiry_wheel.h"
#include "registrar/lost_flows.h"
#include "registrar/publish.h"
#include "registrar/recent.h"
#include "registrar/registrar.h"
#include "registrar/request.h"

enum {
	REGISTRAR_BATCH = 1024, /* requests of one transaction */
	/* Octets for its messages and for what the store has of their AORs. */
	REGISTRAR_MESSAGES = 4 << 20,
	REGISTRAR_ARENA = 16 << 20,
	REGISTRAR_MORE_MAX = 512,
};

#define REGISTRAR_NEVER UINT64_MAX

/* One request of a batch, from the ring to its answer; or an AOR that is changed otherwise. */
struct job {
	unsigned int worker;
	struct message_head head;
	bool answerable;
	bool changed;
	bool forgotten;       /* the AOR is taken out of store and table */
	bool is_new;          /* the store did not know the AOR */
	bool removes;         /* the request takes bindings away */
	bool repeats;         /* it is a copy of one that did: to be answered only */
	bool noted;           /* recent.h has it as accepted */
	bool proved;          /* who sends it has proved who he is */
	bool copy;            /* by its credentials it was here before */
	uint64_t due_ms;      /* when the first of the AOR's bindings was to expire, before */
	uint64_t call;        /* of recent.h */
	struct slice bytes;   /* the message, in the arena */
	struct record record; /* what the AOR has after it; its slices borrow from the arena */
	size_t more_len;
	char more[REGISTRAR_MORE_MAX]; /* further header lines of a 200 */
	struct register_refusal refusal;
	struct register_request request;
};

/* Bindings whose flow an edge called gone, until the next sweep. */
enum { REGISTRAR_FAILED = 64 };

struct failed_binding {
	char aor[REGISTER_AOR_MAX];
	char contact[512];
	size_t aor_len, contact_len;
	uint64_t updated_ms;
	uint32_t reg_id;
};

/* AORs that came to be known, or are no more, until there are enough for a transaction. */
enum { REGISTRAR_USERS = 256 };

struct user_change {
	char aor[REGISTER_AOR_MAX];
	size_t aor_len;
	bool exists;
};

/* See prune.c. */
struct prune {
	bool done, counted, held;
	uint64_t not_before_ms;             /* of the steady clock; 0: not known yet */
	uint64_t seen, orphans;             /* AORs in the store, and those of nobody among them */
	uint64_t forced;                    /* how often it has been forced */
	unsigned int part_seen, part_found; /* of the part that is looked at */
	struct slice from;                  /* in text */
	char text[STORE_NAME_MAX + 1];
};

struct registrar {
	const struct config *config;
	struct binding_store *store;
	struct publisher publisher;
	struct registrar_counters counters;
	struct registrar_auth *auth;
	struct temp_gruu_keys gruu_keys;
	struct siphash_key key; /* for what only we are to foresee */
	struct epochs epochs;
	struct recent *recent;
	struct clock_watch clock;
	bool told_full, told_clock; /* in the log, for this time */
	struct expiry_wheel *wheel;
	bool wheel_filled;          /* or the walk over the store does it */
	unsigned int expired_count; /* jobs that walk found (registrar_watch_expired()) */
	bool opened;
	struct binding_walk wheel_walk;
	uint64_t wheel_generation; /* of the table that the walk is in */
	unsigned int kept;         /* requests of the next batch */
	unsigned int new_aors;     /* that this batch adds */
	uint64_t *listed;          /* AORs of registrar.users, as keyed hashes in order */
	unsigned int listed_count;
	unsigned int failed_count;
	struct failed_binding failed[REGISTRAR_FAILED];
	struct registrar_users users;
	struct prune prune;
	unsigned int user_count;
	struct user_change user[REGISTRAR_USERS];
	char answer[MESSAGE_RING_MESSAGE_MAX];
	struct lost_flows *lost;
	char *arena;
	size_t arena_used;
	struct job *job; /* REGISTRAR_BATCH of them */
};

/* The AOR of a job that is no request. */
void registrar_job_aor(struct job *j, struct slice aor);

/* The store failed this job: it is not changed, and gets 500 or 503. */
void registrar_store_trouble(struct registrar *r, struct job *j, enum store_error error);

/* The same for any reason that passes, with Retry-After. */
void registrar_refuse_later(struct job *j, unsigned int status, const char *reason);

/*
 * What the AOR has, as of this point of the transaction. The value is copied: the store's is gone
 * with the next change.
 */
bool registrar_load(struct registrar *r, struct job *j);

/* The arena takes any record of the store. */
bool registrar_has_arena(const struct registrar *r);

/* The clock has not jumped lately: what it says has expired has. */
bool registrar_trusts_clock(const struct registrar *r);

/* Write what it has now. */
void registrar_save(struct registrar *r, struct job *j);

/*
 * End the transaction of `n` jobs. Those that it wrote are shown to the dataplane and
 * entered for their expiry; those that it could not write are not changed. The arena is free again
 * once their answers have been written. False when nothing of it is in the store.
 */
bool registrar_commit(struct registrar *r, struct job *job, unsigned int n);

/* A binding goes; `what` is the present time, or another number that the test knows. */
typedef bool (*registrar_is_gone)(const struct registrar *r, const struct record_binding *b,
				  uint64_t what);

/*
 * Take out of the AORs of the first `n` jobs what is gone, in a transaction of their own. They may
 * have been refreshed since they were found.
 */
void registrar_take_out(struct registrar *r, unsigned int n, registrar_is_gone gone, uint64_t what);

/* Those of registrar.users exist, with or without bindings. False when the store refuses. */
bool registrar_know_listed(struct registrar *r);

/* registrar.users lists this AOR. */
bool registrar_is_listed(const struct registrar *r, struct slice aor);

/*
 * Forget AORs of the store that do not exist any more, some at a time. Not before they had time to
 * come back, and not when there are many, unless that is forced. True while there is more.
 */
bool registrar_prune(struct registrar *r, unsigned int aors);

/* The publisher's watcher: an AOR that comes into the table comes into the wheel, and one whose
 * bindings have expired becomes a job. */
void registrar_watch_brought(void *r, struct slice aor, const struct record *record);
bool registrar_watch_expired(void *r, struct slice aor, const struct record *record);

/* Take out what the watcher found. */
void registrar_expire_found(struct registrar *r);

/* When the first of these bindings expires; REGISTRAR_NEVER: there is none. */
uint64_t registrar_first_expiry(const struct record *record);

/* Enter what the table has into the wheel, some at a time. True while there is more. */
bool registrar_fill_wheel(struct registrar *r, unsigned int records);

/* Whether the AOR of a request that was loaded exists. */
bool registrar_knows(const struct registrar *r, const struct job *j);

#endif
