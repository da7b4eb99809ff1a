/* SPDX-License-Identifier: BSD-3-Clause */
/* Is an engine running, and how is it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/users.h"

static long long
number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static const char *
text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "?";
}

static void
print_drain(const json_t *drain)
{
	const json_t *targets = json_object_get(drain, "targets"), *target;
	size_t i;

	printf("%s since %lld s", text(drain, "state"), number(drain, "since_s"));
	if (json_array_size(targets) == 0)
		printf("; who is refused gets 503, and nobody is named to go to instead");
	json_array_foreach(targets, i, target) printf(
		"%s%s", i == 0 ? "; who is refused is sent to " : ", ", json_string_value(target));
	printf("\n");
}

/* Nothing where nobody was asked for a password. */
static void
print_authentication(const json_t *a)
{
	if (number(a, "challenged") + number(a, "stale") == 0)
		return;
	printf("authentication: %lld asked, %lld with a stale nonce, %lld wrong, %lld for AORs of "
	       "others\n",
	       number(a, "challenged"), number(a, "stale"), number(a, "failed"),
	       number(a, "foreign"));
}

static void
print_table(const json_t *table, const json_t *store)
{
	const char *behind = text(store, "behind");

	printf("table: %lld addresses of record, %lld bindings, %lld MiB%s\n",
	       number(table, "aors"), number(table, "bindings"), number(table, "octets") >> 20,
	       json_is_true(json_object_get(table, "complete")) ? "" : "; still being filled");
	if (json_is_true(json_object_get(table, "full")))
		printf("table: full: there is no shared memory left; new users get 503\n");
	printf("store: %lld addresses of record, commit %lld, %lld on their way out of the "
	       "journal, "
	       "%lld times that the disk refused\n",
	       number(store, "aors"), number(store, "sequence"), number(store, "pending"),
	       number(store, "disk_failures"));
	if (strcmp(behind, "no") != 0)
		printf("store: falls behind: %s\n", behind);
}

static void
print_clock(const json_t *clock)
{
	if (number(clock, "nothing_expires_for_s") > 0)
		printf("clock: it jumped by %lld s; no binding expires for %lld s\n",
		       number(clock, "last_jump_ms") / 1000,
		       number(clock, "nothing_expires_for_s"));
}

/* Nothing where none are kept. */
static void
print_transactions(const json_t *t)
{
	if (t == NULL)
		return;
	printf("transactions: %lld live of %lld, %lld branches of %lld, the oldest %lld s old",
	       number(t, "live"), number(t, "limit"), number(t, "branches"),
	       number(t, "branches_limit"), number(t, "oldest_s"));
	if (json_is_true(json_object_get(t, "high")))
		printf("; NEAR THE LIMIT");
	printf("\n");
}

static void
print(const json_t *answer)
{
	const json_t *registrar = json_object_get(answer, "registrar");
	const json_t *drain = json_object_get(answer, "drain");

	printf("%s: %s; control runs since %lld s (pid %lld)\n", text(answer, "instance"),
	       text(answer, "state"), number(answer, "uptime_ms") / 1000, number(answer, "pid"));
	if (drain != NULL)
		print_drain(drain);
	printf("registrar: %lld requests, %lld accepted, %lld refused, %lld commits\n",
	       number(registrar, "requests"), number(registrar, "accepted"),
	       number(registrar, "refused"), number(registrar, "commits"));
	printf("registrar: %lld bindings expired; %lld flows lost, %lld bindings ended with them\n",
	       number(registrar, "expired"), number(registrar, "flows_lost"),
	       number(registrar, "bindings_failed"));
	if (number(registrar, "orphans_kept") > 0)
		printf("registrar: %lld AORs in the store have no user; what they registered is "
		       "kept, since they are so many; if it is meant: viaduct users reload "
		       "--force\n",
		       number(registrar, "orphans_kept"));
	print_transactions(json_object_get(answer, "transactions"));
	print_authentication(json_object_get(answer, "authentication"));
	print_table(json_object_get(answer, "table"), json_object_get(answer, "store"));
	print_clock(json_object_get(answer, "clock"));
	if (json_object_get(answer, "users") != NULL)
		cli_users_print(json_object_get(answer, "users"));
}

int
cli_status(int argc, char **argv)
{
	struct cli_options o;
	struct config *config;
	json_t *answer;

	if (!cli_options_take(&o, argc, argv, 0))
		return CLI_USAGE;
	config = cli_config(&o);
	answer = config != NULL ? cli_ask(config, "status") : NULL;
	config_free(config);
	if (answer == NULL)
		return EXIT_FAILURE;
	if (o.json) {
		cli_print(answer);
		return EXIT_SUCCESS;
	}
	print(answer);
	json_decref(answer);
	return EXIT_SUCCESS;
}
