/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TRANSACTION_SHOW_H
#define DATAPLANE_TRANSACTION_SHOW_H

#include "engine.h"

/**
 * Transactions for people who ask: gauges, and lists on demand (table/transactions.h). A list comes
 * about in many graph walks, of which each looks at some rows and copies fewer still.
 */

/** A transaction that is going to be listed, if it is still the same then. */
struct show_choice {
	uint64_t started_ms, key;
	uint32_t row;
};

/** How far a worker is with a list. */
struct show {
	uint64_t query;     /* that is being answered; 0: none has been yet */
	uint32_t next, end; /* rows that are still to be looked at */
	uint32_t matched, live;
	uint32_t rows;  /* places that the list has in the end */
	uint32_t count; /* of the choice: a heap of the oldest, the youngest of them first */
	bool by_hash;   /* `aor_hash` tells an AOR where the request is gone */
	uint32_t aor_hash;
	struct show_choice choice[TRANSACTIONS_LIMIT_MAX];
};

/** Write the gauges of this worker. */
void transactions_gauges(struct via_worker *w);

/**
 * Go on with the list that w->tables->query asks for: to be called once in a walk, until w->listed
 * is its query. Sets w->busy.
 */
void transactions_show(struct via_worker *w);

#endif
