/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_TRANSACTIONS_H
#define TABLE_TRANSACTIONS_H

#include "flow/address.h"
#include "table/segment.h"

/**
 * Transactions for people to look at: gauges that each worker keeps up, and lists on demand.
 *
 * Who wants a list has control publish a query. The dataplane answers a new one with a new segment
 * in which each worker has a part of its own: he fills it, marks it done, and does not touch it
 * again. So a reader waits until a part is done, and reads it without a lock.
 */

/** States of server transactions, X(name): the numbers of the dataplane's enum server_state. */
#define TRANSACTIONS_SERVER_STATES(X)                                                              \
	X(proceeding) X(completed) X(confirmed) X(accepted) X(terminated)

/** States of branches: the numbers of its enum client_state. */
#define TRANSACTIONS_CLIENT_STATES(X) X(calling) X(proceeding) X(completed) X(accepted) X(given_up)

enum {
#define X(name) TRANSACTIONS_SERVER_##name,
	TRANSACTIONS_SERVER_STATES(X)
#undef X
		TRANSACTIONS_SERVER_COUNT
};

enum {
#define X(name) TRANSACTIONS_CLIENT_##name,
	TRANSACTIONS_CLIENT_STATES(X)
#undef X
		TRANSACTIONS_CLIENT_COUNT
};

enum {
	TRANSACTIONS_STATE_ROOM = 8, /* for more states */
	TRANSACTIONS_LIMIT = 100,    /* transactions of each worker, unless asked otherwise */
	TRANSACTIONS_LIMIT_MAX = 1000,
	TRANSACTIONS_BRANCHES = 64, /* of one transaction that are listed */
	TRANSACTIONS_AOR_MAX = 512,
	TRANSACTIONS_CALL_ID_MAX = 512,
	TRANSACTIONS_WORKERS = 64,
};

_Static_assert((int)TRANSACTIONS_SERVER_COUNT <= TRANSACTIONS_STATE_ROOM &&
		       (int)TRANSACTIONS_CLIENT_COUNT <= TRANSACTIONS_STATE_ROOM,
	       "stats ABI: room for the states");

/** Name of a state; "?" for a number that is none. */
const char *transactions_server_name(unsigned int state);
const char *transactions_client_name(unsigned int state);

/** The server state of a name, or -1. */
int transactions_server_find(const char *name);

/* ---- gauges ---- */

/**
 * What one worker has; part of the statistics segment. He writes them ten times a second, each by
 * itself: a reader may see some from before and some from after.
 */
struct transactions_gauges {
	_Atomic uint64_t live, peak, max;                       /* transactions */
	_Atomic uint64_t branches, branches_peak, branches_max; /* live ones */
	_Atomic uint64_t text_used, text_size;                  /* octets of messages */
	_Atomic uint64_t timers;                                /* set */
	_Atomic uint64_t oldest_s;                        /* age of the oldest; 4095: or more */
	_Atomic uint64_t server[TRANSACTIONS_STATE_ROOM]; /* transactions by state */
	_Atomic uint64_t client[TRANSACTIONS_STATE_ROOM]; /* branches by state */
	uint64_t reserved[6];
};

_Static_assert(sizeof(struct transactions_gauges) == 256, "stats ABI: gauges of transactions");

/* ---- the query ---- */

#define TRANSACTIONS_ANY_STATE UINT32_MAX

/** A query older than this is not answered any more. */
#define TRANSACTIONS_QUERY_MS 10000

/** A list goes this long after it was made; by then somebody has read it, or nobody will. */
#define TRANSACTIONS_KEEP_MS 60000

/** What is wanted; an immutable snapshot, control's. */
struct transactions_query {
	uint64_t id; /* of this query; never 0 */
	uint64_t older_ms;
	uint32_t limit;                 /* transactions of each worker: the oldest */
	uint32_t state;                 /* enum server_state, or TRANSACTIONS_ANY_STATE */
	uint32_t aor_len, call_id_len;  /* 0: all */
	char aor[TRANSACTIONS_AOR_MAX]; /* canonical, as the binding table has it */
	char call_id[TRANSACTIONS_CALL_ID_MAX];
};

_Static_assert(sizeof(struct transactions_query) == 32 + 1024, "shared layout");

struct transactions_query_segment {
	struct segment_header segment;
	struct transactions_query query;
};

extern const struct segment_type transactions_query_type, transactions_list_type;

/** Publish a query in place of the one before. One writer. */
enum segment_error transactions_ask(const char *dir, const struct transactions_query *query);

/**
 * Copy the published query out. `*seen` is the segment it came from, unmapped; `*age_ms` how long
 * ago it was published. SEGMENT_ERR_DAMAGED: it says what cannot be.
 */
enum segment_error transactions_query_read(const char *dir, struct transactions_query *out,
					   struct segment *seen, uint64_t *age_ms);

/* ---- the list ---- */

/** One branch. Shared layout. */
struct transactions_branch {
	struct flow_address to;
	uint32_t share;  /* of Max-Breadth */
	uint16_t status; /* of its final response; 0: none yet */
	uint8_t state;   /* enum client_state */
	uint8_t depth;   /* 305s that led there */
	uint8_t flags;   /* enum transactions_branch_flag */
	uint8_t reserved[3];
};

_Static_assert(sizeof(struct transactions_branch) == 32, "shared layout");

enum transactions_branch_flag {
	TRANSACTIONS_BRANCH_CANCELLED = 1 << 0, /* a CANCEL has been sent */
	TRANSACTIONS_BRANCH_DONE = 1 << 1,      /* its share is free again */
};

enum transactions_flag {
	TRANSACTIONS_THERE = 1 << 0,     /* else it has ended before it was its turn */
	TRANSACTIONS_CANCELLED = 1 << 1, /* by who asked */
	TRANSACTIONS_RELEASED = 1 << 2,  /* its request is not needed any more, and gone */
	TRANSACTIONS_CUT = 1 << 3,       /* there was no room for all of its texts or branches */
};

/** What has a fixed size. Shared layout. */
struct transactions_facts {
	uint64_t age_ms;
	uint32_t breadth_in, breadth_out; /* incoming and outgoing Max-Breadth */
	uint32_t branches;                /* that there are, listed or not */
	uint16_t final_status;            /* as sent; 0: none yet */
	uint16_t best_status;             /* of the responses so far; 0: none */
	uint8_t state;                    /* enum server_state */
	uint8_t recursions;               /* 305s followed */
	uint8_t flags;                    /* enum transactions_flag */
	uint8_t reserved[5];
};

_Static_assert(sizeof(struct transactions_facts) == 32, "shared layout");

/** A transaction as it is put in and read out. Texts may be absent, which reads as empty. */
struct transactions_entry {
	struct transactions_facts facts;
	struct slice method, uri, call_id, from; /* from: the user part */
	unsigned int branch_count;               /* in `branch` */
	struct transactions_branch branch[TRANSACTIONS_BRANCHES];
};

/** How one worker's part stands when it is done. */
struct transactions_part {
	uint32_t rows;    /* places, of which some may be empty; oldest first */
	uint32_t matched; /* transactions that the query is about, the listed ones among them */
	uint32_t live;    /* transactions in all */
};

struct transactions_header {
	struct segment_header segment;
	uint64_t query; /* id of the query that it answers */
	uint64_t parts_off, part_size, text_off, text_size;
	uint32_t worker_count, limit;
	uint8_t reserved[80];
};

_Static_assert(sizeof(struct transactions_header) == 256, "list ABI: header size");

/** A list as one process sees it, with the sizes as they were when they had been checked. */
struct transactions_list {
	struct segment segment;
	uint64_t query;
	uint64_t parts_off, part_size, text_off, text_size;
	uint32_t worker_count, limit;
};

/** Make and publish an empty list for a query; all parts are still to be filled. */
enum segment_error transactions_list_create(struct transactions_list *list, const char *dir,
					    const struct transactions_query *query,
					    uint32_t workers);

/** Map for reading. Refuses one whose sizes do not fit. */
enum segment_error transactions_list_attach(struct transactions_list *list, const char *dir);

/** Unmap; takes a zeroed one. */
void transactions_list_detach(struct transactions_list *list);

/**
 * Put a transaction into row `i`, below the query's limit, of a worker's part; that worker alone,
 * once for each row, before the part is done. Texts and branches that find no room are left out,
 * which TRANSACTIONS_CUT says. TRANSACTIONS_THERE is set.
 */
void transactions_list_put(const struct transactions_list *list, uint32_t worker, uint32_t i,
			   const struct transactions_entry *entry);

/** The part of a worker is as it is going to be. */
void transactions_list_done(const struct transactions_list *list, uint32_t worker,
			    const struct transactions_part *part);

/** How the part of a worker stands; false: it is not done yet. Any process. */
bool transactions_list_part(const struct transactions_list *list, uint32_t worker,
			    struct transactions_part *out);

/**
 * Row `i` of a part that is done; slices borrow from the segment. False: it is empty, or says what
 * cannot be.
 */
bool transactions_list_get(const struct transactions_list *list, uint32_t worker, uint32_t i,
			   struct transactions_entry *out);

#endif
