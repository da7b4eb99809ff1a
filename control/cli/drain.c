/* SPDX-License-Identifier: BSD-3-Clause */
/* Take an engine out of service without breaking calls, and back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static int
order(const struct cli_options *o, json_t *request)
{
	struct config *config = cli_config(o);
	json_t *answer = config != NULL ? cli_ask_with(config, request) : NULL;

	json_decref(request);
	config_free(config);
	if (answer == NULL)
		return EXIT_FAILURE;
	if (o->json) {
		cli_print(answer);
		return EXIT_SUCCESS;
	}
	printf("%s\n", json_string_value(json_object_get(answer, "state")));
	json_decref(answer);
	return EXIT_SUCCESS;
}

/* Take what only `drain` knows out of `argv`; what is left are options that others know, too. */
static bool
take_request(json_t *request, int *argc, char **argv)
{
	json_t *to = json_array();
	int left = 0;

	json_object_set_new(request, "command", json_string("drain"));
	json_object_set_new(request, "to", to);
	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], "--to") == 0 && i + 1 < *argc) {
			json_array_append_new(to, json_string(argv[++i]));
		} else if (strcmp(argv[i], "--to") == 0) {
			fprintf(stderr, "viaduct: --to wants a SIP URI such as "
					"sip:edge2.example.com\n");
			return false;
		} else if (strcmp(argv[i], "--close") == 0) {
			json_object_set_new(request, "close", json_true());
		} else if (strcmp(argv[i], "--retry-now") == 0) {
			json_object_set_new(request, "retry_now", json_true());
		} else {
			argv[left++] = argv[i];
		}
	}
	*argc = left;
	return true;
}

int
cli_drain(int argc, char **argv)
{
	json_t *request = json_object();
	struct cli_options o;

	if (!take_request(request, &argc, argv) || !cli_options_take(&o, argc, argv, 0)) {
		fprintf(stderr, "usage: viaduct drain [--to URI]... [--close] [--retry-now] "
				"[--json] [-c CONFIG]\n");
		json_decref(request);
		return CLI_USAGE;
	}
	return order(&o, request);
}

int
cli_resume(int argc, char **argv)
{
	struct cli_options o;

	if (!cli_options_take(&o, argc, argv, 0))
		return CLI_USAGE;
	return order(&o, json_pack("{s:s}", "command", "resume"));
}
