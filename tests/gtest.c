#ifndef _GNU_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gtest.h"

/* Flags, so that a set of them can be counted. 0 is a case the filter left out. */
enum outcome {
	PASSED = 1,
	SKIPPED = 2,
	FAILED = 4,
	DISABLED = 8,
	PENDING = 16,
	RAN = PASSED | SKIPPED | FAILED,
};

struct entry {
	struct gtest_case c;
	char *suite, *name, *full;
	int outcome;
	double seconds;
	char *text; /* What the case said: why it failed or was skipped. */
};

/* Cases of a suite stand together, in the order they were registered. */
static struct entry *entries;
static size_t nb_entries;

enum stage { IDLE, SETUP, BODY, TEARDOWN };

/* The running case. */
static struct {
	struct entry *e;
	pid_t pid;
	enum stage stage;
	bool skipped;
	bool returned;
	FILE *real_stdout, *report;
	jmp_buf setup_env;
} run;

static struct {
	const char *filter, *output;
	long repeat;
	bool list, disabled, help;
} opt;

static void *
check(void *p)
{
	if (p == NULL) {
		perror("gtest");
		abort();
	}
	return p;
}

/* ---- registration ---- */

static char *
legal_name(const char *table, const char *name, const char *punct)
{
	size_t size = (table != NULL ? strlen(table) + 1 : 0) + strlen(name) + 2;
	char *s = check(malloc(size));

	snprintf(s, size, "%s%s%s", table != NULL ? table : "", table != NULL ? "/" : "",
		 *name != '\0' ? name : "_");
	for (char *p = s; *p != '\0'; p++)
		if (((unsigned char)*p & 0x80) || (!isalnum(*p) && strchr(punct, *p) == NULL))
			*p = '_';
	return s;
}

static bool
taken(const char *suite, const char *name)
{
	for (size_t i = 0; i < nb_entries; i++)
		if (strcmp(entries[i].name, name) == 0 && strcmp(entries[i].suite, suite) == 0)
			return true;
	return false;
}

/* Two cases of one name could be neither told apart in a report nor run alone. */
static char *
unique_name(const char *suite, char *name)
{
	size_t len = strlen(name);

	for (unsigned int n = 2; taken(suite, name); n++) {
		name = check(realloc(name, len + 12));
		snprintf(name + len, 12, "_%u", n);
	}
	return name;
}

void
gtest_add_case(const struct gtest_case *c)
{
	struct entry e = { .c = *c, .suite = legal_name(NULL, c->suite, "_/") };
	size_t at = nb_entries, size;

	e.name = unique_name(e.suite, legal_name(c->table, c->name, "_/-"));
	size = strlen(e.suite) + strlen(e.name) + 2;
	e.full = check(malloc(size));
	snprintf(e.full, size, "%s.%s", e.suite, e.name);

	for (size_t i = 0; i < nb_entries; i++)
		if (strcmp(entries[i].suite, e.suite) == 0)
			at = i + 1;
	entries = check(realloc(entries, (nb_entries + 1) * sizeof(*entries)));
	memmove(&entries[at + 1], &entries[at], (nb_entries - at) * sizeof(*entries));
	entries[at] = e;
	nb_entries++;
}

void
gtest_add(const char *suite, const char *name, void (*fn)(void **state))
{
	gtest_add_row(suite, name, fn, NULL);
}

void
gtest_add_row(const char *suite, const char *name, void (*fn)(void **state), const void *row)
{
	gtest_add_case(
		&(const struct gtest_case){ .suite = suite, .name = name, .fn = fn, .row = row });
}

const void *
gtest_row(void)
{
	return run.e != NULL ? run.e->c.row : NULL;
}

__attribute__((weak)) void
gtest_register(void)
{
}

/* ---- one case, through cmocka ---- */

/* Said at once, as the case may not live to its end, and kept for the XML. */
__attribute__((format(printf, 1, 0))) static void
vsay(const char *fmt, va_list ap)
{
	size_t old = run.e != NULL && run.e->text != NULL ? strlen(run.e->text) : 0;
	va_list again;
	int len;

	va_copy(again, ap);
	len = vprintf(fmt, ap);
	fflush(stdout);
	if (run.e != NULL && len >= 0) {
		run.e->text = check(realloc(run.e->text, old + (size_t)len + 1));
		vsnprintf(run.e->text + old, (size_t)len + 1, fmt, again);
	}
	va_end(again);
}

void
gtest_print_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

void
gtest_skip(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	gtest_print_error("%s:%d: ", file, line);
	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	gtest_print_error("\n");
	if (run.stage == TEARDOWN)
		_fail(file, line);
	run.skipped = true;
	if (run.stage == SETUP)
		longjmp(run.setup_env, 1);
	_skip(file, line);
	abort(); /* Not reached, but _skip() does not say so. */
}

/* cmocka takes a skip in a setup for an error, so body() does that skip. */
static int
setup(void **state)
{
	run.stage = SETUP;
	if (setjmp(run.setup_env) != 0)
		return 0;
	return run.e->c.setup(state);
}

static void
body(void **state)
{
	if (run.skipped)
		_skip(__FILE__, __LINE__);
	run.stage = BODY;
	run.e->c.fn(state);
	run.returned = true;
}

static int
teardown(void **state)
{
	if (run.stage == SETUP) /* Skipped there, so nothing is set up. */
		return 0;
	run.stage = TEARDOWN;
	return run.e->c.teardown(state);
}

/*
 * cmocka writes its XML, the only place for the text of an assertion, to stdout
 * right after the group's teardown: here nothing of the case's can run any more.
 * File descriptors stay as they are, so a sanitizer's last words are not lost.
 */
static int
divert_stdout(void **state)
{
	(void)state;
	run.stage = IDLE;
	fflush(stdout);
	stdout = run.report;
	return 0;
}

static void
say_cmocka_text(const char *xml)
{
	const char *p = strstr(xml, "<![CDATA["), *end = NULL;

	for (const char *q = p; q != NULL && (q = strstr(q, "]]>")) != NULL; q++)
		end = q;
	if (end == NULL)
		return;
	p += strlen("<![CDATA[");
	while (end > p && end[-1] == '\n')
		end--;
	gtest_print_error("%.*s\n", (int)(end - p), p);
}

static int
run_in_cmocka(struct entry *e)
{
	const struct CMUnitTest t = {
		.name = e->name,
		.test_func = body,
		.setup_func = e->c.setup != NULL ? setup : NULL,
		.teardown_func = e->c.teardown != NULL ? teardown : NULL,
		.initial_state = (void *)(uintptr_t)e->c.row,
	};
	char *xml = NULL;
	size_t len;
	int rc;

	run.report = check(open_memstream(&xml, &len));
	rc = _cmocka_run_group_tests(e->suite, &t, 1, NULL, divert_stdout);
	stdout = run.real_stdout;
	fclose(run.report);
	if (rc != 0)
		say_cmocka_text(xml);
	free(xml);
	return rc;
}

static const char *
tag(int outcome)
{
	if (outcome == FAILED)
		return "[  FAILED  ]";
	return outcome == SKIPPED ? "[  SKIPPED ]" : "[       OK ]";
}

static void
run_case(struct entry *e)
{
	struct timespec t0, t1;
	int rc;

	printf("[ RUN      ] %s\n", e->full);
	fflush(stdout);
	run.e = e;
	run.skipped = run.returned = false;
	clock_gettime(CLOCK_MONOTONIC, &t0);
	rc = run_in_cmocka(e);
	clock_gettime(CLOCK_MONOTONIC, &t1);
	if (getpid() != run.pid) /* A child the case forked: the rest is not its job. */
		_exit(rc != 0);
	run.e = NULL;
	e->seconds = (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) * 1e-9;
	/* A body that neither returned nor failed left by cmocka's own skip(). */
	e->outcome = rc != 0 ? FAILED : !run.returned ? SKIPPED : PASSED;
	printf("%s %s (%.0f ms)\n", tag(e->outcome), e->full, e->seconds * 1e3);
}

/* An exit(0) in a case would otherwise pass for a good run. */
static void
at_exit(void)
{
	if (run.e == NULL || getpid() != run.pid)
		return;
	printf("[  FAILED  ] %s called exit()\n", run.e->full);
	fflush(stdout);
	_exit(1);
}

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

static bool
selected(const char *full)
{
	const char *minus = find_excludes(opt.filter);
	const char *end = opt.filter + strlen(opt.filter);

	if (minus > opt.filter && !glob_any(opt.filter, minus, full))
		return false;
	return minus == end || !glob_any(minus + 1, end, full);
}

static bool
is_disabled(const char *name)
{
	return strncmp(name, "DISABLED_", 9) == 0 || strstr(name, "/DISABLED_") != NULL;
}

static void
select_cases(void)
{
	for (struct entry *e = entries; e < entries + nb_entries; e++) {
		free(e->text);
		e->text = NULL;
		e->seconds = 0;
		if (!selected(e->full))
			e->outcome = 0;
		else if (!opt.disabled && (is_disabled(e->suite) || is_disabled(e->name)))
			e->outcome = DISABLED;
		else
			e->outcome = PENDING;
	}
}

/* ---- console ---- */

static size_t
suite_end(size_t i)
{
	size_t end = i;

	while (end < nb_entries && strcmp(entries[end].suite, entries[i].suite) == 0)
		end++;
	return end;
}

static size_t
count(size_t from, size_t to, int outcomes)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += (entries[i].outcome & outcomes) != 0;
	return n;
}

static size_t
count_suites(int outcomes)
{
	size_t n = 0;

	for (size_t i = 0; i < nb_entries; i = suite_end(i))
		n += count(i, suite_end(i), outcomes) != 0;
	return n;
}

static double
total_seconds(size_t from, size_t to)
{
	double sum = 0;

	for (size_t i = from; i < to; i++)
		sum += entries[i].seconds;
	return sum;
}

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void
list_cases(void)
{
	for (size_t i = 0; i < nb_entries; i++) {
		if (entries[i].outcome == 0)
			continue;
		if (i == 0 || count(0, i, ~0) == 0 ||
		    strcmp(entries[i].suite, entries[i - 1].suite) != 0)
			printf("%s.\n", entries[i].suite);
		printf("  %s\n", entries[i].name);
	}
}

static void
run_suite(size_t from, size_t to)
{
	size_t n = count(from, to, PENDING);

	if (n == 0)
		return;
	printf("[----------] %zu test%s from %s\n", n, plural(n), entries[from].suite);
	for (size_t i = from; i < to; i++)
		if (entries[i].outcome == PENDING)
			run_case(&entries[i]);
	printf("[----------] %zu test%s from %s (%.0f ms total)\n\n", n, plural(n),
	       entries[from].suite, total_seconds(from, to) * 1e3);
}

static void
print_those(int outcome)
{
	size_t n = count(0, nb_entries, outcome);

	if (n == 0)
		return;
	printf("%s %zu test%s, listed below:\n", tag(outcome), n, plural(n));
	for (size_t i = 0; i < nb_entries; i++)
		if (entries[i].outcome == outcome)
			printf("%s %s\n", tag(outcome), entries[i].full);
}

static void
print_summary(void)
{
	size_t ran = count(0, nb_entries, RAN), passed = count(0, nb_entries, PASSED);
	size_t suites = count_suites(RAN), disabled = count(0, nb_entries, DISABLED);

	printf("[==========] %zu test%s from %zu test suite%s ran. (%.0f ms total)\n", ran,
	       plural(ran), suites, plural(suites), total_seconds(0, nb_entries) * 1e3);
	printf("[  PASSED  ] %zu test%s.\n", passed, plural(passed));
	print_those(SKIPPED);
	print_those(FAILED);
	if (disabled != 0)
		printf("\n  YOU HAVE %zu DISABLED TEST%s\n", disabled, disabled == 1 ? "" : "S");
}

/* ---- XML ---- */

/*
 * A case may well print bytes that are not UTF-8, which no XML parser takes, so
 * all but ASCII is written \xNN. Control characters XML has no way to write go.
 */
static void
xml_puts(FILE *f, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char ch = (unsigned char)*s;

		if (ch == '&' || ch == '<' || ch == '>' || ch == '"' || ch == '\'' ||
		    ch == '\t' || ch == '\n' || ch == '\r')
			fprintf(f, "&#x%02X;", ch);
		else if (ch >= 0x80)
			fprintf(f, "\\x%02X", ch);
		else if (ch >= 0x20 && ch != 0x7f)
			fputc(ch, f);
	}
}

static const char *
xml_result(int outcome)
{
	if (outcome == DISABLED)
		return "suppressed";
	return outcome == SKIPPED ? "skipped" : "completed";
}

static void
xml_case(FILE *f, const struct entry *e)
{
	fprintf(f,
		"    <testcase name=\"%s\" status=\"%s\" result=\"%s\" time=\"%.3f\""
		" classname=\"%s\"",
		e->name, e->outcome == DISABLED ? "notrun" : "run", xml_result(e->outcome),
		e->seconds, e->suite);
	if ((e->outcome & (FAILED | SKIPPED)) == 0) {
		fprintf(f, "/>\n");
		return;
	}
	fprintf(f, ">\n      <%s message=\"", e->outcome == FAILED ? "failure" : "skipped");
	xml_puts(f, e->text != NULL ? e->text : "");
	fprintf(f, "\"%s/>\n    </testcase>\n", e->outcome == FAILED ? " type=\"\"" : "");
}

static void
xml_suite(FILE *f, size_t from, size_t to)
{
	if (count(from, to, ~0) == 0)
		return;
	fprintf(f,
		"  <testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" disabled=\"%zu\""
		" skipped=\"%zu\" errors=\"0\" time=\"%.3f\">\n",
		entries[from].suite, count(from, to, ~0), count(from, to, FAILED),
		count(from, to, DISABLED), count(from, to, SKIPPED), total_seconds(from, to));
	for (size_t i = from; i < to; i++)
		if (entries[i].outcome != 0)
			xml_case(f, &entries[i]);
	fprintf(f, "  </testsuite>\n");
}

static bool
write_xml(const char *path, time_t start)
{
	FILE *f = fopen(path, "w");
	char stamp[32];
	struct tm tm;
	bool ok;

	if (f == NULL)
		return false;
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", localtime_r(&start, &tm));
	fprintf(f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites tests=\"%zu\" failures=\"%zu\" disabled=\"%zu\" errors=\"0\""
		" time=\"%.3f\" timestamp=\"%s\" name=\"AllTests\">\n",
		count(0, nb_entries, ~0), count(0, nb_entries, FAILED),
		count(0, nb_entries, DISABLED), total_seconds(0, nb_entries), stamp);
	for (size_t i = 0; i < nb_entries; i = suite_end(i))
		xml_suite(f, i, suite_end(i));
	fprintf(f, "</testsuites>\n");
	ok = !ferror(f);
	return fclose(f) == 0 && ok;
}

/* The file --gtest_output names: xml, xml:FILE or xml:DIR/. NULL if it names none. */
static char *
xml_path(const char *argv0)
{
	const char *slash = strrchr(argv0, '/'), *to = opt.output + 3;
	const char *prog = slash != NULL ? slash + 1 : argv0;
	size_t size = strlen(opt.output) + strlen(prog) + sizeof("test_detail.xml");
	char *path;

	if (strncmp(opt.output, "xml", 3) != 0 || (*to != '\0' && *to != ':'))
		return NULL;
	path = check(malloc(size));
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
parse_arg(const char *arg)
{
	const char *value;
	char *end = NULL;

	if (is_flag(arg, "filter", &value)) {
		opt.filter = value;
	} else if (is_flag(arg, "output", &value)) {
		opt.output = value;
	} else if (is_flag(arg, "list_tests", &value)) {
		opt.list = is_on(value);
	} else if (is_flag(arg, "also_run_disabled_tests", &value)) {
		opt.disabled = is_on(value);
	} else if (is_flag(arg, "repeat", &value)) {
		opt.repeat = strtol(value, &end, 10);
		return end != value && *end == '\0';
	} else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
		opt.help = true;
	} else {
		return strncmp(arg, "--gtest_", 8) == 0;
	}
	return true;
}

static bool
parse_options(int argc, char **argv)
{
	const char *env;

	opt.filter = (env = getenv("GTEST_FILTER")) != NULL ? env : "*";
	opt.output = (env = getenv("GTEST_OUTPUT")) != NULL ? env : "";
	opt.repeat = 1;
	for (int i = 1; i < argc; i++)
		if (!parse_arg(argv[i])) {
			fprintf(stderr, "%s: bad option: %s (try --help)\n", argv[0], argv[i]);
			return false;
		}
	return true;
}

static void
print_help(const char *argv0)
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

/* ---- the run ---- */

/* Whether all went well, the report included. */
static bool
run_once(const char *report)
{
	time_t start = time(NULL);
	size_t n, suites;

	select_cases();
	n = count(0, nb_entries, PENDING);
	suites = count_suites(PENDING);
	printf("[==========] Running %zu test%s from %zu test suite%s.\n", n, plural(n), suites,
	       plural(suites));
	for (size_t i = 0; i < nb_entries; i = suite_end(i))
		run_suite(i, suite_end(i));
	print_summary();
	fflush(stdout);
	if (report != NULL && !write_xml(report, start)) {
		fprintf(stderr, "%s: %s\n", report, strerror(errno));
		return false;
	}
	return count(0, nb_entries, FAILED) == 0;
}

static int
run_repeatedly(const char *report)
{
	bool ok = true;

	/* Its own environment variables must not undo how its text is taken. */
	unsetenv("CMOCKA_MESSAGE_OUTPUT");
	unsetenv("CMOCKA_XML_FILE");
	cmocka_set_message_output(CM_OUTPUT_XML);
	run.real_stdout = stdout;
	run.pid = getpid();
	atexit(at_exit);
	/* Should the run die, an old report must not be taken for this run's. */
	if (report != NULL)
		unlink(report);
	for (long i = 0; opt.repeat < 0 || i < opt.repeat; i++) {
		if (opt.repeat != 1)
			printf("\nRepeating all tests (iteration %ld) . . .\n\n", i + 1);
		ok = run_once(report) && ok;
	}
	return ok ? 0 : 1;
}

int
gtest_main(int argc, char **argv)
{
	char *report = NULL;
	int rc = 0;

	if (!parse_options(argc, argv))
		return 2;
	if (opt.help) {
		print_help(argv[0]);
		return 0;
	}
	if (*opt.output != '\0' && (report = xml_path(argv[0])) == NULL) {
		fprintf(stderr, "%s: no such report format: %s\n", argv[0], opt.output);
		return 2;
	}
	gtest_register();
	if (opt.list) {
		select_cases();
		list_cases();
	} else {
		rc = run_repeatedly(report);
	}
	free(report);
	return rc;
}

__attribute__((weak)) int
main(int argc, char **argv)
{
	return gtest_main(argc, argv);
}
