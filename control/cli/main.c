/* SPDX-License-Identifier: BSD-3-Clause */
/* viaduct: the command that people type. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"
#include "process/lock.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage, *help;
} commands[] = {
	{ "run", cli_run, "run CONFIG", "run an engine in the foreground; Ctrl-C stops it" },
	{ "check", cli_check, "check CONFIG",
	  "tell everything that is wrong with a configuration" },
	{ "show", cli_show,
	  "show bindings [AOR]|flows|guard|hops|ports|stats|nodes|transactions [--json] "
	  "[-c CONFIG]; of transactions: [--aor URI] [--call-id ID] [--older SECONDS] "
	  "[--state NAME] [--limit N] [--top]",
	  "what a running engine has" },
	{ "status", cli_status, "status [--json] [-c CONFIG]", "is it running, and how is it" },
	{ "inspect", cli_inspect,
	  "inspect [--json] [--multipart-depth N] [--multipart-parts N] FILE...",
	  "read SIP messages from files and tell what Viaduct makes of them" },
	{ "drain", cli_drain, "drain [--to URI]... [--close] [--retry-now] [--json] [-c CONFIG]",
	  "take nothing new; calls and flows that are there go on" },
	{ "resume", cli_resume, "resume [--json] [-c CONFIG]", "serve everybody again" },
	{ "aor", cli_aor, "aor disable AOR [480|403] | enable AOR | list [--json] [-c CONFIG]",
	  "let nothing new go to an address of record; what has begun goes on" },
	{ "bindings", cli_bindings, "bindings export [FILE] [--force] | import [FILE] [-c CONFIG]",
	  "what users have registered, a line of JSON for each" },
	{ "keys", cli_keys,
	  "keys list|add|activate ID|rotate|retire ID|rotate-gruu|reload [--json] "
	  "[-c CONFIG]",
	  "the keys of flow tokens and temporary GRUUs" },
	{ "store", cli_store,
	  "store stat|check|backup FILE [--force]|restore FILE [--json] [-c CONFIG]",
	  "the bindings on disk: how they are, and copies of them" },
	{ "user", cli_user,
	  "user add NAME@REALM [--aor URI]... [--password-stdin | --generate] [--replace] | "
	  "remove NAME@REALM | list [PATTERN] [--json] [-c CONFIG]",
	  "who may authenticate" },
	{ "users", cli_users, "users reload [--force] [--json] [-c CONFIG]",
	  "have the engine read its users again" },
};

enum { ANSWER_MAX = 4 << 20 };

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int
usage(FILE *out)
{
	fprintf(out, "usage:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  viaduct %s\n      %s\n", commands[i].usage, commands[i].help);
	fprintf(out, "\nCONFIG is %s where -c is left out.\n", CLI_CONFIG);
	return out == stdout ? EXIT_SUCCESS : CLI_USAGE;
}

bool
cli_options_take(struct cli_options *o, int argc, char **argv, int words)
{
	*o = (struct cli_options){ .config = CLI_CONFIG, .word = argv };
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			o->json = true;
		} else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
			o->config = argv[++i];
		} else if (strcmp(argv[i], "-c") == 0) {
			fprintf(stderr, "viaduct: -c wants the name of a configuration file\n");
			return false;
		} else if (argv[i][0] == '-' && argv[i][1] != '\0') {
			fprintf(stderr, "viaduct: unknown option '%s': want --json or -c CONFIG\n",
				argv[i]);
			return false;
		} else if (o->count == words) {
			fprintf(stderr, "viaduct: '%s': one word too many (viaduct --help)\n",
				argv[i]);
			return false;
		} else {
			o->word[o->count++] = argv[i];
		}
	}
	return true;
}

bool
cli_take_force(int *argc, char **argv)
{
	bool force = false;
	int left = 0;

	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], "--force") == 0)
			force = true;
		else
			argv[left++] = argv[i];
	}
	*argc = left;
	return force;
}

struct config *
cli_config(const struct cli_options *o)
{
	static struct config_errors errors;
	struct config *config = config_load(o->config, &errors);

	if (config == NULL)
		config_errors_print(&errors, o->config, stderr);
	return config;
}

static int
connect_control(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval timeout = { .tv_sec = 5 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) < sizeof(address.sun_path))
		memcpy(address.sun_path, path, strlen(path));
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

static json_t *
read_answer(int fd)
{
	static char text[ANSWER_MAX];
	size_t used = 0;

	while (used < sizeof(text) && memchr(text, '\n', used) == NULL) {
		ssize_t n = read(fd, text + used, sizeof(text) - used);

		if (n <= 0)
			return NULL;
		used += (size_t)n;
	}
	return json_loadb(text, used, JSON_DISABLE_EOF_CHECK, NULL);
}

bool
cli_look(const char *path, bool *there)
{
	*there = access(path, F_OK) == 0;
	if (*there || errno == ENOENT)
		return true;
	if (errno == EACCES)
		fprintf(stderr, "viaduct: %s: permission denied: run as root\n", path);
	else
		fprintf(stderr, "viaduct: %s: %s\n", path, strerror(errno));
	return false;
}

enum cli_engine
cli_engine_look(const struct config *config)
{
	char path[256];
	bool there;
	int lock;

	snprintf(path, sizeof(path), "%s/control.lock", config->state_dir);
	if (!cli_look(path, &there))
		return CLI_ENGINE_UNKNOWN;
	if (!there)
		return CLI_ENGINE_STOPPED;
	lock = lock_take(path, 0);
	if (lock < 0 && errno == EWOULDBLOCK)
		return CLI_ENGINE_RUNS;
	if (lock < 0) {
		fprintf(stderr, "viaduct: %s: %s%s\n", path, strerror(errno),
			errno == EACCES ? ": run as root" : "");
		return CLI_ENGINE_UNKNOWN;
	}
	close(lock);
	return CLI_ENGINE_STOPPED;
}

json_t *
cli_ask(const struct config *config, const char *command)
{
	json_t *request = json_pack("{s:s}", "command", command);
	json_t *answer = cli_ask_with(config, request);

	json_decref(request);
	return answer;
}

json_t *
cli_ask_with(const struct config *config, const json_t *request)
{
	char path[256], *line = json_dumps(request, JSON_COMPACT);
	json_t *answer = NULL;
	int fd;

	snprintf(path, sizeof(path), "%s/control.sock", config->run_dir);
	fd = connect_control(path);
	if (fd < 0) {
		if (errno == EACCES)
			fprintf(stderr, "viaduct: %s: permission denied: run as root\n", path);
		else
			fprintf(stderr,
				"viaduct: no answer at %s: is '%s' running? (viaduct run %s)\n",
				path, config->file->instance, config->path);
		free(line);
		return NULL;
	}
	if (line != NULL && dprintf(fd, "%s\n", line) > 0)
		answer = read_answer(fd);
	free(line);
	close(fd);
	if (answer == NULL)
		fprintf(stderr, "viaduct: control gave no answer within 5 seconds\n");
	else if (!json_is_true(json_object_get(answer, "ok"))) {
		fprintf(stderr, "viaduct: %s\n",
			json_string_value(json_object_get(answer, "error")));
		json_decref(answer);
		return NULL;
	}
	return answer;
}

json_t *
cli_json_text(const char *bytes, size_t len)
{
	json_t *text = json_stringn(bytes, len);
	char *wide;
	size_t n = 0;

	if (text != NULL)
		return text;
	wide = malloc(2 * len + 1);
	for (size_t i = 0; wide != NULL && i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c < 0x80) {
			wide[n++] = (char)c;
		} else {
			wide[n++] = (char)(0xc0 | c >> 6);
			wide[n++] = (char)(0x80 | (c & 0x3f));
		}
	}
	text = wide != NULL ? json_stringn(wide, n) : NULL;
	free(wide);
	return text != NULL ? text : json_string("");
}

void
cli_print(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	if (text != NULL)
		puts(text);
	free(text);
	json_decref(object);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr);
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return usage(stdout);
	if (strcmp(argv[1], "help") == 0)
		return usage(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		puts("viaduct " VIADUCT_VERSION);
		return EXIT_SUCCESS;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 2, argv + 2);
	fprintf(stderr, "viaduct: unknown command '%s'\n", argv[1]);
	return usage(stderr);
}
