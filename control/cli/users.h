/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_CLI_USERS_H
#define CONTROL_CLI_USERS_H

#include "cli/cli.h"

/** What the engine makes of the users in the source. */
enum cli_users_news {
	CLI_USERS_READ,
	CLI_USERS_AT_START, /* it does not run */
	CLI_USERS_READING,  /* it takes longer */
	CLI_USERS_NOT_READ, /* said why on standard error */
	CLI_USERS_NO_SOURCE,
};

/**
 * Have the engine read the users again, and wait for it for some seconds. `force`: as
 * users_reload() has it. The answer to `status`
 * is in *report where it did (a reference), otherwise NULL.
 */
enum cli_users_news cli_users_read(const struct config *config, bool force, unsigned int seconds,
				   json_t **report);

/** A word for JSON. */
const char *cli_users_word(enum cli_users_news news);

/** The lines of `viaduct status` about users. */
void cli_users_print(const json_t *users);

#endif
