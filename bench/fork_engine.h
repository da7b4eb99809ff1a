/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_FORK_ENGINE_H
#define BENCH_FORK_ENGINE_H

#include "calls.h"
#include "ring_graph.h"
#include "transaction/transaction.h"

/**
 * The engine that calls go through, with state for all of them. Its clock is its own processor
 * time: timers run as they do at the rate that is measured, and what it keeps is what it would keep
 * at that rate. One in a process.
 */

enum {
	FORK_ROUND = 1024, /* messages, as near as the calls allow */
	FORK_MOST = 4096,  /* of one round */
	FORK_CONTACTS = 4, /* of a user who has several */
};

struct fork_engine {
	struct ring_graph core;
	struct rte_ether_addr mac;
	uint64_t clock_ns;
	bool stopped; /* the clock does not run */
	uint64_t random;
	uint64_t undisturbed; /* messages whose cycles are in the nodes' statistics */
};

extern struct fork_engine fork_engine;

/** How many messages of each step. */
struct fork_plan {
	unsigned int of[CALL_STEPS];
};

/** So many users with one contact, and behind them so many with FORK_CONTACTS. */
void fork_engine_open(uint32_t bindings, uint32_t forked);

static inline const struct transactions *
fork_transactions(void)
{
	return fork_engine.core.worker->transactions;
}

/**
 * Write the messages of a round, shuffled, let them through, and read what comes out: it has to be
 * as much as these steps lead to. Nanoseconds of the engine. An empty plan is for the timers.
 */
uint64_t fork_run_round(struct calls *c, const struct fork_plan *p);

/** Let everything that is left of calls time out; nanoseconds, and how many timers that were. */
uint64_t fork_run_out(struct calls *c, uint64_t *timers);

#endif
