/* SPDX-License-Identifier: BSD-3-Clause */
/* viaduct aor disable|enable|list: shut an AOR off at once, and let it in again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/transactions.h"

static void
print_list(const json_t *answer, bool json)
{
	json_t *rows = json_object_get(answer, "aors"), *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (json) {
			cli_print(json_incref(row));
			continue;
		}
		printf("%d ", (int)json_integer_value(json_object_get(row, "status")));
		cli_put_text(slice_str(json_string_value(json_object_get(row, "aor"))));
		putchar('\n');
	}
}

static int
run(const struct cli_options *o, json_t *request)
{
	struct config *config = cli_config(o);
	json_t *answer = config != NULL ? cli_ask_with(config, request) : NULL;

	config_free(config);
	json_decref(request);
	if (answer == NULL)
		return EXIT_FAILURE;
	if (json_object_get(answer, "aors") != NULL)
		print_list(answer, o->json);
	else if (o->json)
		cli_print(json_incref(answer));
	else
		printf("%s is %sd\n", json_string_value(json_object_get(answer, "aor")),
		       o->word[0]);
	json_decref(answer);
	return EXIT_SUCCESS;
}

static int
usage(void)
{
	fprintf(stderr, "usage: viaduct aor disable AOR [480|403] | enable AOR | list [--json] "
			"[-c CONFIG]\n");
	return CLI_USAGE;
}

int
cli_aor(int argc, char **argv)
{
	struct cli_options o;
	json_t *request;
	char *end;

	if (!cli_options_take(&o, argc, argv, 3))
		return CLI_USAGE;
	if (o.count == 1 && strcmp(o.word[0], "list") == 0)
		return run(&o, json_pack("{s:s}", "command", "list-aors"));
	if (o.count == 2 && strcmp(o.word[0], "enable") == 0)
		return run(&o, json_pack("{s:s, s:s}", "command", "enable-aor", "aor", o.word[1]));
	if (o.count < 2 || strcmp(o.word[0], "disable") != 0)
		return usage();
	request = json_pack("{s:s, s:s}", "command", "disable-aor", "aor", o.word[1]);
	if (o.count == 3) {
		long status = strtol(o.word[2], &end, 10);

		if (*end != '\0' || (status != 480 && status != 403)) {
			fprintf(stderr, "viaduct: '%s': want 480 or 403\n", o.word[2]);
			json_decref(request);
			return CLI_USAGE;
		}
		json_object_set_new(request, "status", json_integer(status));
	}
	return run(&o, request);
}
