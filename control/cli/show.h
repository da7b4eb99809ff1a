/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_CLI_SHOW_H
#define CONTROL_CLI_SHOW_H

#include "cli/cli.h"
#include "table/segment.h"

/** What the tables of `viaduct show` have in common. All return an exit status. */

/** Say on standard error why a table cannot be had. */
int cli_no_table(const struct config *config, enum segment_error error);

/** What of a command line is for `show transactions` alone. */
struct cli_show_request {
	json_t *request;    /* of transaction_watch_list(), but for its command */
	bool top;           /* for whom they are, not which they are */
	const char *option; /* the last of those that were taken; NULL: none was */
};

/**
 * Take the options of `show transactions` out of `argv`. False, with a message on standard error,
 * when one is wrong. r->request is to be released in any case.
 */
bool cli_show_take(struct cli_show_request *r, int *argc, char **argv);

/** viaduct show transactions */
int cli_show_transactions(const struct cli_show_request *r, const struct stats_segment *s,
			  const struct config *config, bool json);

/** viaduct show hops */
int cli_show_hops(const struct cli_options *o, const struct config *config);

#endif
