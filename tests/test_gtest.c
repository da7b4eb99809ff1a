#ifndef _GNU_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest.h"

/*
 * The adapter is tested from outside: a child runs this same program, where the
 * variable below makes gtest_register() add the "Child" cases, some of which
 * are there to fail.
 */
#define CHILD "TEST_GTEST_CHILD"

#define MAX_ARGS 8

/* ---- the cases of the child ---- */

static int teardowns;

static void
child_pass(void **state)
{
	(void)state;
}

static void
child_fail(void **state)
{
	(void)state;
	assert_int_equal(17, 34);
}

static void
child_fail_msg(void **state)
{
	(void)state;
	fail_msg("<got> \"%s\" & '%s'", "\x01\xff\r", "b");
}

static void
child_crash(void **state)
{
	(void)state;
	raise(SIGSEGV);
}

static void
child_skip(void **state)
{
	(void)state;
	skip_msg("no %s here", "thing");
}

static void
child_leak(void **state)
{
	(void)state;
	(void)test_malloc(8);
}

static void
child_exit(void **state)
{
	(void)state;
	exit(0);
}

static void
child_fork(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		fail_msg("said in the fork");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static int
setup_skips(void **state)
{
	(void)state;
	skip();
	return 0;
}

static int
setup_fails(void **state)
{
	(void)state;
	assert_int_equal(51, 68);
	return 0;
}

static int
setup_replaces(void **state)
{
	*state = NULL;
	return 0;
}

static int
teardown_counts(void **state)
{
	(void)state;
	teardowns++;
	return 0;
}

static int
teardown_fails(void **state)
{
	(void)state;
	return -1;
}

static int
teardown_skips(void **state)
{
	(void)state;
	skip();
	return 0;
}

static void
child_row(void **state)
{
	assert_null(*state);
	assert_string_equal(gtest_row(), "row");
}

static void
child_teardowns(void **state)
{
	(void)state;
	assert_int_equal(teardowns, 1);
}

/* Fixture.after_* would be skipped too if a skip outside a body leaked. */
static void
register_fixtures(void)
{
	const struct gtest_case cases[] = {
		{ "Fixture", NULL, "skips", child_fail, NULL, setup_skips, teardown_counts },
		{ "Fixture", NULL, "after_skip", child_fail, NULL, NULL, NULL },
		{ "Fixture", NULL, "setup_fails", child_pass, NULL, setup_fails, teardown_counts },
		{ "Fixture", NULL, "teardown_fails", child_pass, NULL, NULL, teardown_fails },
		{ "Fixture", NULL, "teardown_skips", child_pass, NULL, NULL, teardown_skips },
		{ "Fixture", NULL, "after_teardown", child_fail, NULL, NULL, NULL },
		{ "Fixture", NULL, "row", child_row, "row", setup_replaces, teardown_counts },
		{ "Fixture", NULL, "teardowns", child_teardowns, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		gtest_add_case(&cases[i]);
}

void
gtest_register(void)
{
	if (getenv(CHILD) == NULL)
		return;
	gtest_add("Child", "pass", child_pass);
	gtest_add("Child", "fail", child_fail);
	gtest_add("Other", "pass", child_pass);
	gtest_add("Child", "fail_msg", child_fail_msg);
	gtest_add("Child", "crash", child_crash);
	gtest_add("Child", "skip", child_skip);
	gtest_add("Child", "leak", child_leak);
	gtest_add("Child", "DISABLED_fail", child_fail);
	gtest_add("Child", "rows/OB-07", child_pass);
	gtest_add("Child", "rows/OB-08", child_pass);
	gtest_add("Child", "rows/OB-07", child_pass);
	gtest_add("Child-ish", "a.b c\xc3\xa9", child_pass);
	gtest_add("Exit", "zero", child_exit);
	gtest_add("Fork", "child_fails", child_fork);
	register_fixtures();
}

/* ---- running the child ---- */

struct child {
	int status;
	char out[16384];
	char xml[16384];
};

static struct child child;

/* The filter and report this program was itself told are not for its children. */
static const char *env_filter;

static size_t
slurp(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	return len;
}

static _Noreturn void
exec_self(int out, const char *const *args)
{
	char *argv[MAX_ARGS + 2] = { (char *)(uintptr_t)"test_gtest" };

	for (size_t i = 0; i < MAX_ARGS && args[i] != NULL; i++)
		argv[i + 1] = (char *)(uintptr_t)args[i];
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	setenv(CHILD, "1", 1);
	unsetenv("GTEST_OUTPUT");
	unsetenv("GTEST_FILTER");
	if (env_filter != NULL)
		setenv("GTEST_FILTER", env_filter, 1);
	execv("/proc/self/exe", argv);
	_exit(127);
}

/* Run the child with the given options; its exit status and output are in child. */
static void
run_args(const char *const *args)
{
	int fds[2], status = 0;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		exec_self(fds[1], args);
	close(fds[1]);
	slurp(fds[0], child.out, sizeof(child.out));
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	child.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define RUN(...) run_args((const char *const[MAX_ARGS + 1]){ __VA_ARGS__ })

/* Run what the filter selects and leave the XML in child.xml, empty if there is none. */
static void
run_xml(const char *filter)
{
	char path[] = "/tmp/test_gtest.XXXXXX", flt[256], out[64];
	int fd = mkstemp(path);
	FILE *f;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "stale", 5), 5);
	close(fd);
	snprintf(flt, sizeof(flt), "--gtest_filter=%s", filter);
	snprintf(out, sizeof(out), "--gtest_output=xml:%s", path);
	RUN(flt, out);
	child.xml[0] = '\0';
	f = fopen(path, "r");
	if (f == NULL)
		return;
	slurp(fileno(f), child.xml, sizeof(child.xml));
	fclose(f);
	unlink(path);
}

static void
assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void
assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" in:\n%s", part, text);
}

/* ---- options ---- */

GTEST(Options, list)
{
	RUN("--gtest_list_tests", "--gtest_filter=Child*:Other*:-*.c*");
	assert_int_equal(child.status, 0);
	assert_string_equal(child.out, "Child.\n"
				       "  pass\n"
				       "  fail\n"
				       "  fail_msg\n"
				       "  skip\n"
				       "  leak\n"
				       "  DISABLED_fail\n"
				       "  rows/OB-07\n"
				       "  rows/OB-08\n"
				       "  rows/OB-07_2\n"
				       "Other.\n"
				       "  pass\n"
				       "Child_ish.\n"
				       "  a_b_c__\n");
}

GTEST(Options, ignored)
{
	RUN("--gtest_color=yes", "--gtest_shuffle", "--gtest_filter=Other.pass");
	assert_int_equal(child.status, 0);
	assert_has(child.out, "[==========] Running 1 test from 1 test suite.");
	RUN("--help");
	assert_int_equal(child.status, 0);
	assert_has(child.out, "--gtest_filter");
}

GTEST(Options, bad)
{
	RUN("--gtest_filter=Other.pass", "--verbose");
	assert_int_equal(child.status, 2);
	assert_has(child.out, "--verbose");
	RUN("--gtest_repeat=x");
	assert_int_equal(child.status, 2);
	RUN("--gtest_output=json:/dev/null");
	assert_int_equal(child.status, 2);
	RUN("--gtest_filter=Other.pass", "--gtest_output=xml:/proc/none/x.xml");
	assert_int_equal(child.status, 1);
}

GTEST(Options, repeat)
{
	RUN("--gtest_repeat=3", "--gtest_filter=Other.pass");
	assert_int_equal(child.status, 0);
	assert_has(child.out, "(iteration 3)");
	assert_lacks(child.out, "(iteration 4)");
}

GTEST(Options, disabled)
{
	RUN("--gtest_filter=Child.DISABLED_*");
	assert_int_equal(child.status, 0);
	assert_has(child.out, "YOU HAVE 1 DISABLED TEST");
	RUN("--gtest_filter=Child.DISABLED_*", "--gtest_also_run_disabled_tests");
	assert_int_equal(child.status, 1);
	assert_has(child.out, "[  FAILED  ] Child.DISABLED_fail");
}

static int
forget_env_filter(void **state)
{
	(void)state;
	env_filter = NULL;
	return 0;
}

GTEST_F(Options, environment, NULL, forget_env_filter)
{
	env_filter = "Other.*";
	RUN("--gtest_list_tests");
	assert_string_equal(child.out, "Other.\n  pass\n");
	RUN("--gtest_list_tests", "--gtest_filter=Child.skip");
	assert_string_equal(child.out, "Child.\n  skip\n");
}

GTEST(Options, output_directory)
{
	char dir[] = "/tmp/test_gtest.XXXXXX", out[64], file[64];

	assert_non_null(mkdtemp(dir));
	snprintf(out, sizeof(out), "--gtest_output=xml:%s/new/", dir);
	RUN("--gtest_filter=Other.pass", out);
	assert_int_equal(child.status, 0);
	snprintf(file, sizeof(file), "%s/new/test_gtest.xml", dir);
	assert_int_equal(unlink(file), 0);
	snprintf(file, sizeof(file), "%s/new", dir);
	assert_int_equal(rmdir(file), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* ---- filter ---- */

static const struct filter_row {
	const char *label;
	const char *filter;
	const char *list;
} filters[] = {
	{ "one", "Other.pass", "Other.\n  pass\n" },
	{ "none", "Other.pas", "" },
	{ "question_mark", "Other.pa?s", "Other.\n  pass\n" },
	{ "question_mark_takes_one", "Other.pass?", "" },
	{ "star_backtracks", "O*r.*s*s", "Other.\n  pass\n" },
	{ "several", "Child.skip:Other.*", "Child.\n  skip\nOther.\n  pass\n" },
	{ "exclude_after_star", "Child.f*-*_msg", "Child.\n  fail\n" },
	{ "exclude_after_colon", "Child.f*:-Child.fail", "Child.\n  fail_msg\n" },
	{ "exclude_after_name", "Child.skip-Child.skip", "" },
	{ "exclude_several", "Other.*:Child.f*-Child.fail:*_msg", "Other.\n  pass\n" },
	{ "exclude_only", "-Child*:Options*:Filter*:Fork*:Fix*:Ex*:Run*:Report*",
	  "Other.\n  pass\n" },
	{ "dash_in_name", "Child.rows/OB-08", "Child.\n  rows/OB-08\n" },
	{ "dash_in_pattern", "*OB-0?", "Child.\n  rows/OB-07\n  rows/OB-08\n" },
	{ "dash_before_star", "Child.rows/OB-*:-*8",
	  "Child.\n  rows/OB-07\n  rows/OB-07_2\n" },
	{ "dash_in_both", "*OB-0?-Child.rows/OB-07", "Child.\n  rows/OB-08\n" },
};

static void
check_filter(void **state)
{
	const struct filter_row *r = *state;
	char arg[256];

	snprintf(arg, sizeof(arg), "--gtest_filter=%s", r->filter);
	RUN("--gtest_list_tests", arg);
	assert_int_equal(child.status, 0);
	assert_string_equal(child.out, r->list);
}

GTEST_ROWS(Filter, filters, label, check_filter);

/* ---- what a run comes to ---- */

GTEST(Run, passes)
{
	RUN("--gtest_filter=Other.pass:Child.rows/OB-08");
	assert_int_equal(child.status, 0);
	assert_has(child.out, "[ RUN      ] Other.pass\n[       OK ] Other.pass (");
	assert_has(child.out, "[==========] 2 tests from 2 test suites ran.");
	assert_has(child.out, "[  PASSED  ] 2 tests.");
}

/* The cases that follow a crash run all the same. */
GTEST(Run, fails)
{
	RUN("--gtest_filter=Child.*");
	assert_int_equal(child.status, 1);
	assert_has(child.out, "test_gtest.c");
	assert_has(child.out, "0x11 != 0x22");
	assert_has(child.out, "[  FAILED  ] Child.fail (");
	assert_has(child.out, "[  FAILED  ] Child.crash (");
	assert_has(child.out, "[  SKIPPED ] Child.skip (");
	assert_has(child.out, "[       OK ] Child.rows/OB-08 (");
	assert_has(child.out, "[  FAILED  ] 4 tests, listed below:");
	assert_has(child.out, "[  FAILED  ] Child.leak\n");
	assert_lacks(child.out, "CDATA");
}

GTEST(Run, repeat_remembers_failure)
{
	RUN("--gtest_repeat=2", "--gtest_filter=Child.fail");
	assert_int_equal(child.status, 1);
}

GTEST(Run, exit_in_a_case)
{
	run_xml("Exit.*");
	assert_int_equal(child.status, 1);
	assert_has(child.out, "Exit.zero called exit()");
	assert_string_equal(child.xml, "");
}

GTEST(Run, fork_in_a_case)
{
	RUN("--gtest_filter=Fork.*:Other.pass");
	assert_int_equal(child.status, 0);
	assert_has(child.out, "said in the fork");
	assert_has(child.out, "[  PASSED  ] 2 tests.");
}

GTEST(Run, fixtures)
{
	RUN("--gtest_filter=Fixture.*");
	assert_int_equal(child.status, 1);
	assert_has(child.out, "[  SKIPPED ] Fixture.skips (");
	assert_has(child.out, "[  FAILED  ] Fixture.after_skip (");
	assert_has(child.out, "0x33 != 0x44");
	assert_has(child.out, "[  FAILED  ] Fixture.setup_fails (");
	assert_has(child.out, "[  FAILED  ] Fixture.teardown_fails (");
	assert_has(child.out, "[  FAILED  ] Fixture.teardown_skips (");
	assert_has(child.out, "[  FAILED  ] Fixture.after_teardown (");
	assert_has(child.out, "[       OK ] Fixture.row (");
	assert_has(child.out, "[       OK ] Fixture.teardowns (");
}

/* ---- XML ---- */

GTEST(Report, counts)
{
	run_xml("Child.*:Other.*");
	assert_int_equal(child.status, 1);
	assert_has(child.xml, "<testsuites tests=\"11\" failures=\"4\" disabled=\"1\""
			      " errors=\"0\"");
	assert_has(child.xml, " name=\"AllTests\">");
	assert_has(child.xml, "<testsuite name=\"Child\" tests=\"10\" failures=\"4\" disabled=\"1\""
			      " skipped=\"1\" errors=\"0\"");
	assert_has(child.xml, "<testsuite name=\"Other\" tests=\"1\" failures=\"0\"");
	assert_lacks(child.xml, "Filter");
	assert_has(child.xml, "<testcase name=\"rows/OB-07\" status=\"run\" result=\"completed\"");
	assert_has(child.xml, "name=\"DISABLED_fail\" status=\"notrun\" result=\"suppressed\"");
}

GTEST(Report, failure)
{
	run_xml("Child.fail");
	assert_has(child.xml, "<failure message=\"0x11 != 0x22&#x0A;");
	assert_has(child.xml, "test_gtest.c:");
	assert_has(child.xml, ": error: Failure!&#x0A;\" type=\"\"/>");
}

GTEST(Report, failure_escaped)
{
	run_xml("Child.fail_msg");
	assert_has(child.xml, "ERROR: &#x3C;got&#x3E; &#x22;\\xFF&#x0D;&#x22; &#x26; "
			      "&#x27;b&#x27;&#x0A;");
	assert_has(child.xml, ": error: Failure!");
}

GTEST(Report, crash)
{
	run_xml("Child.crash");
	assert_has(child.xml, "<failure message=\"Test failed with exception: Segmentation fault");
}

GTEST(Report, skip)
{
	run_xml("Child.skip");
	assert_int_equal(child.status, 0);
	assert_has(child.xml, "name=\"skip\" status=\"run\" result=\"skipped\"");
	assert_has(child.xml, ": no thing here&#x0A;\"/>");
}
