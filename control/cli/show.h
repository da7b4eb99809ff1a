/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_CLI_SHOW_H
#define CONTROL_CLI_SHOW_H

#include "cli/cli.h"
#include "table/segment.h"

/** What the tables of `viaduct show` have in common. All return an exit status. */

/** Say on standard error why a table cannot be had. */
int cli_no_table(const struct config *config, enum segment_error error);

/** viaduct show hops */
int cli_show_hops(const struct cli_options *o, const struct config *config);

#endif
