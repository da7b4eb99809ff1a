/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_CLI_CLI_H
#define CONTROL_CLI_CLI_H

#include <stdbool.h>

#include <jansson.h>

#include "config/config.h"
#include "table/stats.h"

/** The `viaduct` command: one file for each subcommand. All return an exit status. */

/** Exit status: the command was not understood. */
#define CLI_USAGE 2

#define CLI_CONFIG "/etc/viaduct/viaduct.yaml"

/** viaduct run CONFIG */
int cli_run(int argc, char **argv);

/** viaduct check CONFIG */
int cli_check(int argc, char **argv);

/** viaduct show WHAT [--json] [-c CONFIG]; see cli/show.h for what transactions take */
int cli_show(int argc, char **argv);

/** Print the sources that met a limit of late, the last one first. */
void cli_show_guard(const struct stats_segment *s, bool json);

/** viaduct inspect [--json] [--multipart-depth N] [--multipart-parts N] FILE... */
int cli_inspect(int argc, char **argv);

/** viaduct keys list|add|activate ID|rotate|retire ID|reload [--json] [-c CONFIG] */
int cli_keys(int argc, char **argv);

/** viaduct bindings export [FILE] [--force]|import [FILE] [-c CONFIG] */
int cli_bindings(int argc, char **argv);

/** viaduct store stat|check|backup FILE [--force]|restore FILE [--json] [-c CONFIG] */
int cli_store(int argc, char **argv);
/** viaduct user add|remove NAME@REALM ..., list [PATTERN] */
int cli_user(int argc, char **argv);

/** viaduct aor disable AOR [480|403] | enable AOR | list [--json] [-c CONFIG] */
int cli_aor(int argc, char **argv);

/** viaduct users reload [--force] [--json] [-c CONFIG] */
int cli_users(int argc, char **argv);

/** viaduct drain [--to URI]... [--close] [--retry-now] [--json] [-c CONFIG] */
int cli_drain(int argc, char **argv);

/** viaduct resume [--json] [-c CONFIG] */
int cli_resume(int argc, char **argv);

/** viaduct status [--json] [-c CONFIG] */
int cli_status(int argc, char **argv);

/** Options that several subcommands take; what is left are its words. */
struct cli_options {
	bool json;
	const char *config;
	int count;
	char **word;
};

/**
 * Take options out of `argv`; at most `words` words may be left. False, with a message on standard
 * error, for an unknown option or a word too many: the exit status is CLI_USAGE then.
 */
bool cli_options_take(struct cli_options *o, int argc, char **argv, int words);

/** Take --force out of `argv`. */
bool cli_take_force(int *argc, char **argv);

/** Load the configuration or tell why not. */
struct config *cli_config(const struct cli_options *o);

/** Whether there is such a file. False, with a message on standard error: it cannot be known. */
bool cli_look(const char *path, bool *there);

enum cli_engine {
	CLI_ENGINE_STOPPED,
	CLI_ENGINE_RUNS,    /* or is on its way: somebody has control's lock */
	CLI_ENGINE_UNKNOWN, /* said why on standard error */
};

/** Whether control is there. */
enum cli_engine cli_engine_look(const struct config *config);

/** We are root, and `folder` is there and somebody else's. */
bool cli_owned_by_another(const char *folder);

/**
 * Do `work` as the owner of `folder`: he may have put links there. In a process of its own where
 * root is to become somebody else; what it changes in memory is lost then. Returns its exit status.
 */
int cli_as_owner(const char *folder, int (*work)(void *context), void *context);

/**
 * A copy of an open file that the owner of `folder` may read, in that folder but without a name, so
 * that it goes with us. A descriptor, or -1 with a message on standard error.
 */
int cli_copy_for_owner(int from, const char *folder);

/** Ask control. NULL, with a message on standard error, when it does not answer. */
json_t *cli_ask(const struct config *config, const char *command);

/** The same for a command with arguments, {"command": NAME, ...}; borrowed. */
json_t *cli_ask_with(const struct config *config, const json_t *request);

/** Bytes of any kind as JSON text: what is no UTF-8 becomes the character of its value. */
json_t *cli_json_text(const char *bytes, size_t len);

/** Print a JSON object on one line and release it. */
void cli_print(json_t *object);

#endif
