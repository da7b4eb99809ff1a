/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

int
cli_check(int argc, char **argv)
{
	struct cli_options o;
	struct config *config;

	if (!cli_options_take(&o, argc, argv, 1))
		return CLI_USAGE;
	if (o.count > 0)
		o.config = o.word[0];
	config = cli_config(&o);
	if (config == NULL)
		return EXIT_FAILURE;
	printf("%s: fine: instance '%s', %u ports, %u listeners, %u domains\n", o.config,
	       config->file->instance, config->port_count, config->listener_count,
	       config->file->domains_count);
	config_free(config);
	return EXIT_SUCCESS;
}
