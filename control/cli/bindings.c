/* SPDX-License-Identifier: BSD-3-Clause */
/* viaduct bindings export|import: what users have, a line of JSON for each, by way of control. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

enum { ROWS = 128, OCTETS = 96 << 10, LINE_MAX_LEN = 160 << 10 };

struct counts {
	unsigned long long rows, damaged;
};

static bool
print_rows(FILE *out, const json_t *rows)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		if (json_dumpf(row, out, JSON_COMPACT) != 0 || fputc('\n', out) == EOF)
			return false;
	}
	return true;
}

/* What one answer has. False: no further. */
static bool
export_answer(FILE *out, const json_t *answer, struct counts *counts)
{
	const json_t *rows = json_object_get(answer, "rows");

	counts->rows += json_array_size(rows);
	counts->damaged +=
		(unsigned long long)json_integer_value(json_object_get(answer, "damaged"));
	if (print_rows(out, rows))
		return true;
	fprintf(stderr, "viaduct: cannot be written: %s\n", strerror(errno));
	return false;
}

static int
export_all(const struct config *config, FILE *out, struct counts *counts)
{
	json_t *request = json_pack("{s:s, s:i}", "command", "export-bindings", "limit", ROWS);
	json_t *answer, *next = NULL;
	bool fine;

	do {
		answer = cli_ask_with(config, request);
		fine = answer != NULL && export_answer(out, answer, counts);
		next = json_object_get(answer, "next");
		if (next != NULL)
			json_object_set(request, "from", next);
		json_decref(answer);
	} while (fine && next != NULL);
	json_decref(request);
	if (counts->damaged > 0)
		fprintf(stderr,
			"viaduct: %llu addresses of record are damaged and were left out: `viaduct "
			"store check` names them\n",
			counts->damaged);
	return fine && counts->damaged == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- import ---- */

struct import {
	const struct config *config;
	const char *name;
	json_t *rows;
	size_t octets;
	unsigned long long first_line, line, count;
};

static bool
send_rows(struct import *i)
{
	json_t *request, *answer;

	if (json_array_size(i->rows) == 0)
		return true;
	request = json_pack("{s:s, s:O}", "command", "import-bindings", "rows", i->rows);
	answer = cli_ask_with(i->config, request);
	json_decref(request);
	if (answer == NULL) {
		fprintf(stderr,
			"viaduct: %s: lines %llu to %llu were not imported (row 0 is line %llu); "
			"the %llu before were\n",
			i->name, i->first_line, i->line, i->first_line, i->count);
		return false;
	}
	i->count += json_array_size(i->rows);
	json_decref(answer);
	json_array_clear(i->rows);
	i->octets = 0;
	return true;
}

static bool
add_line(struct import *i, const char *text, size_t len)
{
	json_error_t error;
	json_t *row;

	if (strspn(text, " \t\r\n") == len)
		return true;
	row = json_loadb(text, len, 0, &error);
	if (!json_is_object(row)) {
		if (send_rows(i))
			fprintf(stderr, "viaduct: %s:%llu: %s; the %llu before it were imported\n",
				i->name, i->line, row == NULL ? error.text : "want a JSON object",
				i->count);
		json_decref(row);
		return false;
	}
	if (i->octets + len > OCTETS && !send_rows(i)) {
		json_decref(row);
		return false;
	}
	if (json_array_size(i->rows) == 0)
		i->first_line = i->line;
	json_array_append_new(i->rows, row);
	i->octets += len;
	return json_array_size(i->rows) < ROWS || send_rows(i);
}

static int
import_all(const struct config *config, FILE *in, const char *name, struct counts *counts)
{
	struct import i = { .config = config, .name = name, .rows = json_array() };
	char *text = NULL;
	size_t size = 0;
	bool fine = true;
	ssize_t len;

	while (fine && (len = getline(&text, &size, in)) >= 0) {
		i.line++;
		if (len > LINE_MAX_LEN) {
			fprintf(stderr, "viaduct: %s:%llu: longer than any AOR's line\n", name,
				i.line);
			fine = false;
		} else {
			fine = add_line(&i, text, (size_t)len);
		}
	}
	fine = fine && send_rows(&i);
	counts->rows = i.count;
	free(text);
	json_decref(i.rows);
	return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the command ---- */

/* Passwords are not in it, but who calls whom from where is nobody's business. */
static FILE *
create(const char *name, bool force)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (force ? 0 : O_EXCL);
	int fd = open(name, flags, 0600);
	struct stat st;
	FILE *f = NULL;

	/* one that is no file, such as /dev/null or a pipe, keeps its mode */
	if (fd >= 0 && fstat(fd, &st) == 0 &&
	    (!S_ISREG(st.st_mode) || (fchmod(fd, 0600) == 0 && ftruncate(fd, 0) == 0)))
		f = fdopen(fd, "w");
	if (f == NULL)
		fprintf(stderr, "viaduct: %s: %s%s\n", name, strerror(errno),
			errno == EEXIST ? " (--force replaces it)" : "");
	if (f == NULL && fd >= 0)
		close(fd);
	return f;
}

static FILE *
open_file(const char *name, bool import, bool force)
{
	FILE *f;

	if (strcmp(name, "-") == 0)
		return import ? stdin : stdout;
	if (!import)
		return create(name, force);
	f = fopen(name, "re");
	if (f == NULL)
		fprintf(stderr, "viaduct: %s: %s\n", name, strerror(errno));
	return f;
}

static int
run(const struct cli_options *o, const struct config *config, bool import, bool force)
{
	const char *name = o->count > 1 ? o->word[1] : "-";
	FILE *f = open_file(name, import, force);
	struct counts counts = { 0, 0 };
	int result;

	if (f == NULL)
		return EXIT_FAILURE;
	result = import ? import_all(config, f, name, &counts) : export_all(config, f, &counts);
	if (f != stdin && fclose(f) != 0) {
		fprintf(stderr, "viaduct: %s: %s\n", name, strerror(errno));
		result = EXIT_FAILURE;
	}
	if (result == EXIT_SUCCESS)
		fprintf(stderr, "%llu addresses of record %s\n", counts.rows,
			import ? "imported" : "exported");
	return result;
}

int
cli_bindings(int argc, char **argv)
{
	struct cli_options o;
	struct config *config;
	bool import, force = cli_take_force(&argc, argv);
	int result;

	if (!cli_options_take(&o, argc, argv, 2))
		return CLI_USAGE;
	import = o.count > 0 && strcmp(o.word[0], "import") == 0;
	if (o.count == 0 || (!import && strcmp(o.word[0], "export") != 0) || (import && force)) {
		fprintf(stderr,
			"viaduct: bindings what? want export [FILE] [--force] or import [FILE]\n");
		return CLI_USAGE;
	}
	config = cli_config(&o);
	if (config == NULL)
		return EXIT_FAILURE;
	result = run(&o, config, import, force);
	config_free(config);
	return result;
}
