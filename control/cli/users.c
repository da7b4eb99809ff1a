/* SPDX-License-Identifier: BSD-3-Clause */
/* Have the engine read its users again. */
#include "cli/users.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "process/clock.h"

enum { RELOAD_SECONDS = 60, LOOK_US = 50000 };

static long long
number(const json_t *users, const char *key)
{
	return (long long)json_integer_value(json_object_get(users, key));
}

/* Wait until control has done the load of this number. */
static enum cli_users_news
await(const struct config *config, long long load, unsigned int seconds, json_t **report)
{
	uint64_t until = clock_steady_ms() + seconds * 1000;

	for (;;) {
		json_t *status = cli_ask(config, "status");
		json_t *users = json_incref(json_object_get(status, "users"));

		json_decref(status);
		if (users == NULL)
			return CLI_USERS_NOT_READ;
		if (number(users, "loads") >= load) {
			*report = users;
			return CLI_USERS_READ;
		}
		json_decref(users);
		if (clock_steady_ms() >= until)
			return CLI_USERS_READING;
		usleep(LOOK_US);
	}
}

enum cli_users_news
cli_users_read(const struct config *config, bool force, unsigned int seconds, json_t **report)
{
	enum cli_users_news news = CLI_USERS_NOT_READ;
	enum cli_engine engine = cli_engine_look(config);
	json_t *answer, *request;
	const char *error;

	*report = NULL;
	if (engine == CLI_ENGINE_STOPPED)
		return CLI_USERS_AT_START;
	request = json_pack("{s:s, s:b}", "command", "reload-users", "force", force);
	answer = engine == CLI_ENGINE_RUNS ? cli_ask_with(config, request) : NULL;
	json_decref(request);
	if (answer != NULL && json_object_get(answer, "load") == NULL)
		news = CLI_USERS_NO_SOURCE;
	else if (answer != NULL)
		news = await(config, number(answer, "load"), seconds, report);
	json_decref(answer);
	error = json_string_value(json_object_get(*report, "error"));
	if (error == NULL)
		return news;
	fprintf(stderr, "viaduct: %s\n", error);
	return CLI_USERS_NOT_READ;
}

const char *
cli_users_word(enum cli_users_news news)
{
	static const char *const words[] = {
		[CLI_USERS_READ] = "loaded",         [CLI_USERS_AT_START] = "stopped",
		[CLI_USERS_READING] = "loading",     [CLI_USERS_NOT_READ] = "not loaded",
		[CLI_USERS_NO_SOURCE] = "no source",
	};

	return words[news];
}

void
cli_users_print(const json_t *users)
{
	const json_t *bad = json_object_get(users, "bad"), *row;
	const char *error = json_string_value(json_object_get(users, "error"));
	const char *source = json_string_value(json_object_get(users, "source"));
	bool ready = json_is_true(json_object_get(users, "ready"));
	size_t i;

	/* the numbers are those of our own table, which is not in force yet */
	if (ready && json_is_false(json_object_get(users, "loaded")))
		printf("users: those that the process before had are in force; none of %s yet",
		       source);
	else
		printf("users: %lld with %lld AORs, of %s", number(users, "users"),
		       number(users, "aors"), source);
	if (json_object_get(users, "read_s") != NULL)
		printf(", read %lld s ago in %lld ms", number(users, "read_s"),
		       number(users, "took_ms"));
	printf("%s\n", json_is_true(json_object_get(users, "reading")) ? "; being read now" : "");
	if (error != NULL)
		printf("%s; %s\n", error,
		       ready ? "the users from before stay in force" : "nobody can authenticate");
	if (number(users, "leaving") > 0)
		printf("users: %lld AORs have no user any more; what they registered %s: viaduct "
		       "users reload --force\n",
		       number(users, "leaving"),
		       json_is_true(json_object_get(users, "held"))
			       ? "is kept, since they are so many; if it is meant"
			       : "is kept for ten minutes; or not at all");
	json_array_foreach(bad, i, row) printf("users: %s\n", json_string_value(row));
	if (number(users, "bad_rows") > (long long)json_array_size(bad))
		printf("users: %lld more rows like that\n",
		       number(users, "bad_rows") - (long long)json_array_size(bad));
}

static int
reload(const struct cli_options *o, const struct config *config, bool force)
{
	json_t *report;
	enum cli_users_news news = cli_users_read(config, force, RELOAD_SECONDS, &report);

	if (o->json) {
		json_t *row = json_pack("{s:s}", "engine", cli_users_word(news));

		if (report != NULL)
			json_object_update_missing(row, report);
		cli_print(row);
	} else if (news == CLI_USERS_READ) {
		cli_users_print(report);
		printf("%lld added, %lld changed, %lld removed\n", number(report, "added"),
		       number(report, "changed"), number(report, "removed"));
	} else if (news == CLI_USERS_AT_START) {
		printf("the engine does not run; it reads the users when it starts\n");
	} else if (news == CLI_USERS_READING) {
		printf("the engine reads the users still: viaduct status\n");
	} else if (news == CLI_USERS_NO_SOURCE) {
		printf("users.source is 'none'; AORs of nobody go now\n");
	}
	json_decref(report);
	return news == CLI_USERS_NOT_READ ? EXIT_FAILURE : EXIT_SUCCESS;
}

int
cli_users(int argc, char **argv)
{
	struct cli_options o;
	struct config *config;
	bool force = cli_take_force(&argc, argv);
	int result;

	if (!cli_options_take(&o, argc, argv, 1))
		return CLI_USAGE;
	if (o.count != 1 || strcmp(o.word[0], "reload") != 0) {
		fprintf(stderr, "usage: viaduct users reload [--force] [--json] [-c CONFIG]\n");
		return CLI_USAGE;
	}
	config = cli_config(&o);
	if (config == NULL)
		return EXIT_FAILURE;
	result = reload(&o, config, force);
	config_free(config);
	return result;
}
