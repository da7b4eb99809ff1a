/* SPDX-License-Identifier: BSD-3-Clause */
/* gtest: what the command line asks for. */
#include "gtest_internal.h"

#include <string.h>
#include <sys/stat.h>

/* ---- selection ---- */

static bool
glob(const char *p, const char *end, const char *s)
{
	const char *star = NULL, *mark = NULL;

	while (*s != '\0') {
		if (p < end && *p == '*') {
			star = p++;
			mark = s;
		} else if (p < end && (*p == '?' || *p == *s)) {
			p++;
			s++;
		} else if (star != NULL) {
			p = star + 1;
			s = ++mark;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

static bool
glob_any(const char *p, const char *end, const char *s)
{
	for (;;) {
		const char *colon = memchr(p, ':', (size_t)(end - p));

		if (glob(p, colon != NULL ? colon : end, s))
			return true;
		if (colon == NULL)
			return false;
		p = colon + 1;
	}
}

/* The '-' before the excluding patterns, or the end; gtest.h has the rule. */
static const char *
find_excludes(const char *filter)
{
	const char *p;

	for (p = filter; *p != '\0'; p++) {
		if (*p != '-')
			continue;
		if (p == filter || p[-1] == ':' || p[-1] == '*' ||
		    memchr(p + 1, '.', strcspn(p + 1, ":-")) != NULL)
			break;
	}
	return p;
}

bool
gtest_selected(const char *filter, const char *full)
{
	const char *minus = find_excludes(filter);
	const char *end = filter + strlen(filter);

	if (minus > filter && !glob_any(filter, minus, full))
		return false;
	return minus == end || !glob_any(minus + 1, end, full);
}

/* ---- command line ---- */

static bool
is_flag(const char *arg, const char *name, const char **value)
{
	size_t len = strlen(name);

	if (strncmp(arg, "--gtest_", 8) != 0 || strncmp(arg + 8, name, len) != 0 ||
	    (arg[8 + len] != '=' && arg[8 + len] != '\0'))
		return false;
	*value = arg[8 + len] == '=' ? arg + 8 + len + 1 : "";
	return true;
}

/* googletest's booleans: on unless they say they are off. */
static bool
is_on(const char *value)
{
	return *value == '\0' || strchr("0fF", *value) == NULL;
}

static bool
parse_arg(struct gtest_options *opt, const char *arg)
{
	const char *value;
	char *end = NULL;

	if (is_flag(arg, "filter", &value)) {
		opt->filter = value;
	} else if (is_flag(arg, "output", &value)) {
		opt->output = value;
	} else if (is_flag(arg, "list_tests", &value)) {
		opt->list = is_on(value);
	} else if (is_flag(arg, "also_run_disabled_tests", &value)) {
		opt->disabled = is_on(value);
	} else if (is_flag(arg, "repeat", &value)) {
		opt->repeat = strtol(value, &end, 10);
		return end != value && *end == '\0';
	} else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
		opt->help = true;
	} else {
		return strncmp(arg, "--gtest_", 8) == 0;
	}
	return true;
}

bool
gtest_parse_options(struct gtest_options *opt, int argc, char **argv)
{
	const char *env;

	*opt = (struct gtest_options){ .repeat = 1 };
	opt->filter = (env = getenv("GTEST_FILTER")) != NULL ? env : "*";
	opt->output = (env = getenv("GTEST_OUTPUT")) != NULL ? env : "";
	for (int i = 1; i < argc; i++)
		if (!parse_arg(opt, argv[i])) {
			fprintf(stderr, "%s: bad option: %s (try --help)\n", argv[0], argv[i]);
			return false;
		}
	return true;
}

void
gtest_print_help(const char *argv0)
{
	printf("usage: %s [options]\n"
	       "  --gtest_list_tests              list the tests and run none\n"
	       "  --gtest_filter=POS[-NEG]        run those that match\n"
	       "  --gtest_output=xml[:FILE|:DIR/] write a report\n"
	       "  --gtest_repeat=N                run N times; below 0, for ever\n"
	       "  --gtest_also_run_disabled_tests run DISABLED_ tests too\n"
	       "Other --gtest_ options are accepted and ignored.\n"
	       "GTEST_FILTER and GTEST_OUTPUT in the environment are defaults for those two.\n",
	       argv0);
}

char *
gtest_xml_path(const char *output, const char *argv0)
{
	const char *slash = strrchr(argv0, '/'), *to = output + 3;
	const char *prog = slash != NULL ? slash + 1 : argv0;
	size_t size = strlen(output) + strlen(prog) + sizeof("test_detail.xml");
	char *path;

	if (strncmp(output, "xml", 3) != 0 || (*to != '\0' && *to != ':'))
		return NULL;
	path = gtest_check(malloc(size));
	if (*to != '\0')
		to++;
	if (*to == '\0') {
		snprintf(path, size, "test_detail.xml");
	} else if (to[strlen(to) - 1] == '/') {
		mkdir(to, 0777); /* If it cannot be, opening the file says so. */
		snprintf(path, size, "%s%s.xml", to, prog);
	} else {
		snprintf(path, size, "%s", to);
	}
	return path;
}
