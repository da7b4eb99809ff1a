/* SPDX-License-Identifier: BSD-3-Clause */
/* gtest: the cases, and each one's run through cmocka. */
#include "gtest_internal.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct gtest_entries all;

enum stage { IDLE, SETUP, BODY, TEARDOWN };

/* The running case. */
static struct {
	struct gtest_entry *e;
	pid_t pid;
	enum stage stage;
	bool skipped;
	bool returned;
	FILE *real_stdout, *report;
	jmp_buf setup_env;
} run;

/* ---- registration ---- */

static char *
legal_name(const char *table, const char *name, const char *punct)
{
	size_t size = (table != NULL ? strlen(table) + 1 : 0) + strlen(name) + 2;
	char *s = gtest_check(malloc(size));

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
	for (size_t i = 0; i < all.count; i++)
		if (strcmp(all.at[i].name, name) == 0 && strcmp(all.at[i].suite, suite) == 0)
			return true;
	return false;
}

/* Two cases of one name could be neither told apart in a report nor run alone. */
static char *
unique_name(const char *suite, char *name)
{
	size_t len = strlen(name);

	for (unsigned int n = 2; taken(suite, name); n++) {
		name = gtest_check(realloc(name, len + 12));
		snprintf(name + len, 12, "_%u", n);
	}
	return name;
}

void
gtest_add_case(const struct gtest_case *c)
{
	struct gtest_entry e = { .c = *c, .suite = legal_name(NULL, c->suite, "_/") };
	size_t at = all.count, size;

	e.name = unique_name(e.suite, legal_name(c->table, c->name, "_/-"));
	size = strlen(e.suite) + strlen(e.name) + 2;
	e.full = gtest_check(malloc(size));
	snprintf(e.full, size, "%s.%s", e.suite, e.name);

	for (size_t i = 0; i < all.count; i++)
		if (strcmp(all.at[i].suite, e.suite) == 0)
			at = i + 1;
	all.at = gtest_check(realloc(all.at, (all.count + 1) * sizeof(*all.at)));
	memmove(&all.at[at + 1], &all.at[at], (all.count - at) * sizeof(*all.at));
	all.at[at] = e;
	all.count++;
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
		run.e->text = gtest_check(realloc(run.e->text, old + (size_t)len + 1));
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
run_in_cmocka(struct gtest_entry *e)
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

	run.report = gtest_check(open_memstream(&xml, &len));
	rc = _cmocka_run_group_tests(e->suite, &t, 1, NULL, divert_stdout);
	stdout = run.real_stdout;
	fclose(run.report);
	if (rc != 0)
		say_cmocka_text(xml);
	free(xml);
	return rc;
}

static void
run_case(struct gtest_entry *e)
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
	gtest_print_result(e);
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

/* ---- the run ---- */

static bool
is_disabled(const char *name)
{
	return strncmp(name, "DISABLED_", 9) == 0 || strstr(name, "/DISABLED_") != NULL;
}

static void
select_cases(const struct gtest_options *opt)
{
	for (struct gtest_entry *e = all.at; e < all.at + all.count; e++) {
		free(e->text);
		e->text = NULL;
		e->seconds = 0;
		if (!gtest_selected(opt->filter, e->full))
			e->outcome = 0;
		else if (!opt->disabled && (is_disabled(e->suite) || is_disabled(e->name)))
			e->outcome = DISABLED;
		else
			e->outcome = PENDING;
	}
}

static void
run_suite(size_t from, size_t to)
{
	size_t n = gtest_count(&all, from, to, PENDING);

	if (n == 0)
		return;
	gtest_print_suite_start(&all, from, n);
	for (size_t i = from; i < to; i++)
		if (all.at[i].outcome == PENDING)
			run_case(&all.at[i]);
	gtest_print_suite_end(&all, from, to, n);
}

/* Whether all went well, the report included. */
static bool
run_once(const struct gtest_options *opt, const char *report)
{
	time_t start = time(NULL);

	select_cases(opt);
	gtest_print_start(&all);
	for (size_t i = 0; i < all.count; i = gtest_suite_end(&all, i))
		run_suite(i, gtest_suite_end(&all, i));
	gtest_print_summary(&all);
	fflush(stdout);
	if (report != NULL && !gtest_write_xml(&all, report, start)) {
		fprintf(stderr, "%s: %s\n", report, strerror(errno));
		return false;
	}
	return gtest_count(&all, 0, all.count, FAILED) == 0;
}

static int
run_repeatedly(const struct gtest_options *opt, const char *report)
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
	for (long i = 0; opt->repeat < 0 || i < opt->repeat; i++) {
		if (opt->repeat != 1)
			printf("\nRepeating all tests (iteration %ld) . . .\n\n", i + 1);
		ok = run_once(opt, report) && ok;
	}
	return ok ? 0 : 1;
}

int
gtest_main(int argc, char **argv)
{
	struct gtest_options opt;
	char *report = NULL;
	int rc = 0;

	if (!gtest_parse_options(&opt, argc, argv))
		return 2;
	if (opt.help) {
		gtest_print_help(argv[0]);
		return 0;
	}
	if (*opt.output != '\0' && (report = gtest_xml_path(opt.output, argv[0])) == NULL) {
		fprintf(stderr, "%s: no such report format: %s\n", argv[0], opt.output);
		return 2;
	}
	gtest_register();
	if (opt.list) {
		select_cases(&opt);
		gtest_print_list(&all);
	} else {
		rc = run_repeatedly(&opt, report);
	}
	free(report);
	return rc;
}

__attribute__((weak)) int
main(int argc, char **argv)
{
	return gtest_main(argc, argv);
}
