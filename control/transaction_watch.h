/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_TRANSACTION_WATCH_H
#define CONTROL_TRANSACTION_WATCH_H

#include <jansson.h>

#include "config/config.h"
#include "table/stats.h"

/**
 * What control makes of the dataplane's transactions: an alarm when they come near their limits,
 * and lists for people who ask (RFC 5393 §7, MB-26).
 */

/** An alarm above so many per cent of a limit, which ends below so many. */
enum { TRANSACTION_WATCH_HIGH = 80, TRANSACTION_WATCH_LOW = 70 };

/** What is watched: transactions, branches, and the memory for their messages. */
enum { TRANSACTION_WATCH_KINDS = 3 };

/** All zero but `dir` is one that has seen nothing yet. */
struct transaction_watch {
	const char *dir;        /* of the segments */
	struct segment segment; /* the dataplane's statistics */
	bool high[STATS_WORKERS][TRANSACTION_WATCH_KINDS];
	unsigned int high_count;
	uint64_t alarms;     /* how often one began */
	uint64_t last_query; /* id of it */
};

/**
 * Write the next sentence for the log, about a worker that has come above or below. False: there is
 * none. To be called until then, about once a second.
 */
bool transaction_watch_news(struct transaction_watch *w, char *message, size_t size);

/** All workers together, for `viaduct status`. NULL: no dataplane is alive, or it keeps none. */
json_t *transaction_watch_report(struct transaction_watch *w);

/**
 * Carry out {"command": "list-transactions", "aor": AOR, "call_id": TEXT, "older": SECONDS,
 * "state": NAME, "limit": NUMBER}, all of them optional: have the dataplane make a list. The answer
 * for the control socket has the "id" of the query; the list itself is in shared memory soon
 * (table/transactions.h).
 */
json_t *transaction_watch_list(struct transaction_watch *w, const json_t *request);

/** Let go of what is mapped. */
void transaction_watch_close(struct transaction_watch *w);

#endif
