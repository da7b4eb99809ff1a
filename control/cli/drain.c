/* SPDX-License-Identifier: BSD-3-Clause */
/* Take an engine out of service without breaking calls, and back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static int
order(const char *path, json_t *request)
{
	const struct cli_options o = { .config = path };
	struct config *config = cli_config(&o);
	json_t *answer = config != NULL ? cli_ask_with(config, request) : NULL;

	json_decref(request);
	config_free(config);
	if (answer == NULL)
		return EXIT_FAILURE;
	printf("%s\n", json_string_value(json_object_get(answer, "state")));
	json_decref(answer);
	return EXIT_SUCCESS;
}

int
cli_drain(int argc, char **argv)
{
	json_t *request = json_object(), *to = json_array();
	const char *config = CLI_CONFIG;

	json_object_set_new(request, "command", json_string("drain"));
	json_object_set_new(request, "to", to);
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--to") == 0 && i + 1 < argc) {
			json_array_append_new(to, json_string(argv[++i]));
		} else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
			config = argv[++i];
		} else if (strcmp(argv[i], "--close") == 0) {
			json_object_set_new(request, "close", json_true());
		} else if (strcmp(argv[i], "--retry-now") == 0) {
			json_object_set_new(request, "retry_now", json_true());
		} else {
			fprintf(stderr,
				"viaduct: '%s': want [--to URI]... [--close] [--retry-now] "
				"[-c CONFIG]\n",
				argv[i]);
			json_decref(request);
			return 2;
		}
	}
	return order(config, request);
}

int
cli_resume(int argc, char **argv)
{
	struct cli_options o;

	if (!cli_options_take(&o, argc, argv))
		return EXIT_FAILURE;
	return order(o.config, json_pack("{s:s}", "command", "resume"));
}
