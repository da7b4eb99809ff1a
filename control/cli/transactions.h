/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_CLI_TRANSACTIONS_H
#define CONTROL_CLI_TRANSACTIONS_H

#include "cli/cli.h"
#include "table/transactions.h"

/** Where a transaction of a list is. */
struct cli_transactions_place {
	uint64_t age_ms;
	uint32_t worker, row;
};

/** A list of the dataplane's, the parts of all workers in one: the oldest first. */
struct cli_transactions {
	struct transactions_list list;
	struct cli_transactions_place *place;
	unsigned int count;
	unsigned long long matched, live; /* transactions that were asked for; all */
};

/**
 * Ask control for a list, `request` being that of transaction_watch_list(), and wait for all
 * workers. False, with a message on standard error, when there is none; when only some workers have
 * answered, that is said, and what they have is there.
 */
bool cli_transactions_ask(const struct config *config, const json_t *request,
			  struct cli_transactions *out);

/** Entry `i` of `count`. False: it has ended meanwhile. */
bool cli_transactions_get(const struct cli_transactions *t, unsigned int i,
			  struct transactions_entry *out);

/** Takes what cli_transactions_ask() has made. */
void cli_transactions_free(struct cli_transactions *t);

/** Print for whom most branches are on their way, at most `rows` AORs. */
void cli_transactions_top(const struct cli_transactions *t, unsigned int rows, bool json);

/** Print the gauges of all workers. */
void cli_transactions_summary(const struct stats_segment *s, bool json);

/** Print text of strangers: what is no character that can be seen becomes '?'. */
void cli_put_text(struct slice text);

#endif
