/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_CLI_USER_LIST_H
#define CONTROL_CLI_USER_LIST_H

#include "cli/cli.h"

/**
 * viaduct user list: those of the source whose NAME@REALM or one of whose AORs, with or without its
 * scheme, is like `pattern` (NULL: all). Returns an exit status.
 */
int cli_user_list(const struct cli_options *o, const struct config *config, const char *pattern);

#endif
