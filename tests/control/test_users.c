/* SPDX-License-Identifier: BSD-3-Clause */
/** The users that are in force: loaded, loaded again, and what is told of their AORs. */
#include <sys/syscall.h>

#include "control/users_support.h"
#include "process/clock.h"
#include "users/users.h"

#define OTHER64 HEX32 "ffffffffffffffffffffffffffffffff"

static struct config_file file;
static struct config config;
static uv_loop_t loop;
static struct users *users;

/* The clock of the users may be ahead of the real one. */
static int64_t steady_ahead_s;

int
clock_gettime(clockid_t id, struct timespec *t)
{
	long error = syscall(SYS_clock_gettime, id, t);

	if (id == CLOCK_MONOTONIC)
		t->tv_sec += steady_ahead_s;
	return (int)error;
}

/* What was told: "+sip:a@x -sip:b@x ". */
static char told[1 << 16];
static size_t told_used;
static bool takes = true;

static bool
on_changed(void *context, struct slice aor, bool exists)
{
	assert_ptr_equal(context, &told);
	if (takes && told_used < sizeof(told) - 512)
		told_used += (size_t)snprintf(told + told_used, sizeof(told) - told_used, "%c%.*s ",
					      exists ? '+' : '-', SLICE_FMT(aor));
	return takes;
}

static const char *
what_was_told(void)
{
	told[told_used] = '\0';
	told_used = 0;
	return told;
}

static void
open_users(unsigned int patience_ms)
{
	users = users_open(&loop, &config, message, sizeof(message));
	assert_non_null(users);
	users_start(users, on_changed, &told, patience_ms);
}

static int
set_up(void **state)
{
	static char path[384];

	if (make_dir(state) != 0)
		return 1;
	snprintf(path, sizeof(path), "%s", in_dir("users"));
	file = (struct config_file){ .users = { .source = CONFIG_USERS_FILE, .file = path } };
	config = (struct config){ .file = &file, .shm_dir = test_dir, .state_dir = test_dir };
	takes = true;
	steady_ahead_s = 0;
	told_used = 0;
	users = NULL;
	return uv_loop_init(&loop);
}

static void
close_users(void)
{
	users_close(users);
	users = NULL;
	uv_run(&loop, UV_RUN_DEFAULT);
}

static int
tear_down(void **state)
{
	close_users();
	assert_int_equal(uv_loop_close(&loop), 0);
	return remove_dir(state);
}

static long long
number(const char *key)
{
	json_t *report = users_report(users);
	long long n = (long long)json_integer_value(json_object_get(report, key));

	json_decref(report);
	return n;
}

/* Load again, and go on until it is done. */
static void
reload_by(bool force)
{
	uint64_t load = users_reload(users, force), until = clock_steady_ms() + 20000;

	while ((uint64_t)number("loads") < load && clock_steady_ms() < until) {
		uv_run(&loop, UV_RUN_NOWAIT);
		usleep(100);
	}
	assert_int_equal(number("loads"), load);
}

static void
reload(void)
{
	reload_by(false);
}

static void
wait_for(int64_t seconds)
{
	steady_ahead_s += seconds;
	for (int i = 0; i < 20; i++) {
		users_beat(users);
		uv_run(&loop, UV_RUN_NOWAIT);
	}
}

static const char *
error_now(void)
{
	static char text[512];
	json_t *report = users_report(users);
	const char *error = json_string_value(json_object_get(report, "error"));

	snprintf(text, sizeof(text), "%s", error != NULL ? error : "");
	json_decref(report);
	return text;
}

/* The AORs of a user, or NULL. */
static const char *
find(const char *username)
{
	static struct credentials_copy copy;
	static char text[512];
	struct credentials user;

	if (!users_find(users, slice_str(username), SLICE("x"), &copy, &user))
		return NULL;
	snprintf(text, sizeof(text), "%.*s", SLICE_FMT(user.aors));
	return text;
}

GTEST_F(Users, first_load, set_up, tear_down)
{
	struct credentials_table t;

	(void)state;
	write_text("users", "a realm=x md5=" HEX32 "\nb realm=x md5=" HEX32 " aors=s@x,t@x\n",
		   0600);
	open_users(5000);
	assert_true(users_ready(users) && users_loaded(users));
	assert_string_equal(find("a"), "sip:a@x");
	assert_string_equal(find("b"), "sip:s@x sip:t@x");
	assert_null(find("c"));
	assert_string_equal(what_was_told(), "+sip:a@x +sip:s@x +sip:t@x ");
	assert_true(users_know(users, SLICE("sip:s@x")));
	assert_false(users_know(users, SLICE("sip:b@x")));
	assert_int_equal(credentials_table_attach(&t, test_dir), SEGMENT_OK);
	credentials_table_detach(&t);
}

/* One line is changed after the other, and each time that is all that is told. */
static const struct {
	const char *label, *before, *after, *told;
	int added, changed, removed, bad;
} changes[] = {
	{ "nothing", "a realm=x md5=" HEX32, "a realm=x md5=" HEX32, "", 0, 0, 0, 0 },
	{ "added", "a realm=x md5=" HEX32, "a realm=x md5=" HEX32 "\nb realm=x md5=" HEX32,
	  "+sip:b@x ", 1, 0, 0, 0 },
	{ "removed", "a realm=x md5=" HEX32 "\nb realm=x md5=" HEX32, "a realm=x md5=" HEX32,
	  "-sip:b@x ", 0, 0, 1, 0 },
	{ "password", "a realm=x sha-256=" HEX64, "a realm=x sha-256=" OTHER64, "", 0, 1, 0, 0 },
	{ "algorithm", "a realm=x md5=" HEX32, "a realm=x md5=" HEX32 " sha-256=" HEX64, "", 0, 1,
	  0, 0 },
	{ "aor", "a realm=x md5=" HEX32 " aors=s@x,t@x", "a realm=x md5=" HEX32 " aors=s@x,u@x",
	  "+sip:u@x -sip:t@x ", 0, 1, 0, 0 },
	{ "order-of-aors", "a realm=x md5=" HEX32 " aors=s@x,t@x",
	  "a realm=x md5=" HEX32 " aors=t@x,s@x", "", 0, 1, 0, 0 },
	{ "aor-moves-down", "a realm=x md5=" HEX32 " aors=s@x,t@x\nb realm=x md5=" HEX32,
	  "a realm=x md5=" HEX32 " aors=s@x\nb realm=x md5=" HEX32 " aors=b@x,t@x", "", 0, 2, 0,
	  0 },
	{ "aor-moves-up", "a realm=x md5=" HEX32 "\nb realm=x md5=" HEX32 " aors=b@x,t@x",
	  "a realm=x md5=" HEX32 " aors=a@x,t@x\nb realm=x md5=" HEX32, "", 0, 2, 0, 0 },
	{ "shared-aor", "a realm=x md5=" HEX32 " aors=s@x\nb realm=x md5=" HEX32 " aors=s@x",
	  "b realm=x md5=" HEX32 " aors=s@x", "", 0, 0, 1, 0 },
	{ "aor-of-who-is-gone", "a realm=x md5=" HEX32 " aors=s@x",
	  "b realm=x md5=" HEX32 " aors=s@x", "", 1, 0, 1, 0 },
	{ "all-of-a-shared-one",
	  "a realm=x md5=" HEX32 " aors=s@x\nb realm=x md5=" HEX32 " aors=s@x",
	  "c realm=x md5=" HEX32, "+sip:c@x -sip:s@x ", 1, 0, 2, 0 },
	{ "bad-row-keeps-him", "a realm=x md5=" HEX32 "\nb realm=x md5=" HEX32,
	  "a realm=x md5=\nb realm=x md5=" HEX32, "", 0, 0, 0, 1 },
	{ "bad-row-of-a-new-one", "a realm=x md5=" HEX32, "a realm=x md5=" HEX32 "\nb realm=x", "",
	  0, 0, 0, 1 },
	{ "there-twice", "a realm=x md5=" HEX32,
	  "a realm=x md5=" HEX32 "\na realm=x sha-256=" HEX64, "", 0, 0, 0, 1 },
};

static void
check_change(void **state)
{
	const typeof(changes[0]) *r = gtest_row();
	const char *gone = strchr(r->told, '-');
	size_t come = gone != NULL ? (size_t)(gone - r->told) : strlen(r->told);

	(void)state;
	write_text("users", r->before, 0600);
	open_users(5000);
	what_was_told();
	write_text("users", r->after, 0600);
	reload();
	assert_string_equal(error_now(), "");
	wait_for(USERS_GRACE_S - 10);
	assert_memory_equal(what_was_told(), r->told, come);
	wait_for(20);
	assert_string_equal(what_was_told(), r->told + come);
	assert_int_equal(number("leaving"), 0);
	assert_int_equal(number("added"), r->added);
	assert_int_equal(number("changed"), r->changed);
	assert_int_equal(number("removed"), r->removed);
	assert_int_equal(number("bad_rows"), r->bad);
}
GTEST_ROWS_F(Users, changes, label, check_change, set_up, tear_down);

/* A source that cannot be read leaves everything as it is, and is tried again. */
GTEST_F(Users, unreadable, set_up, tear_down)
{
	(void)state;
	open_users(5000);
	assert_false(users_ready(users));
	assert_non_null(strstr(error_now(), "No such file"));
	assert_null(find("a"));
	write_text("users", "a realm=x md5=" HEX32, 0600);
	reload();
	assert_true(users_ready(users));
	assert_string_equal(error_now(), "");
	unlink(in_dir("users"));
	reload();
	assert_non_null(strstr(error_now(), "No such file"));
	write_text("users", "a realm=x md5=" HEX32, 0644);
	reload();
	assert_non_null(strstr(error_now(), "chmod 600"));
	/* another file by mistake: no line of it is a user */
	write_text("users", "registrar:\n  min_expires: 60\n", 0600);
	reload();
	assert_non_null(strstr(error_now(), "no row can be used: line 1: "));
	assert_string_equal(find("a"), "sip:a@x");
	assert_string_equal(what_was_told(), "+sip:a@x ");
}

/* What the process before published is used until this one has read the source. */
GTEST_F(Users, predecessor, set_up, tear_down)
{
	json_t *report;

	(void)state;
	write_text("users", "a realm=x md5=" HEX32 "\nb realm=x md5=" HEX32, 0600);
	open_users(5000);
	close_users();
	unlink(in_dir("users"));
	open_users(5000);
	assert_true(users_ready(users));
	assert_false(users_loaded(users));
	report = users_report(users);
	assert_true(json_is_false(json_object_get(report, "loaded")));
	json_decref(report);
	assert_string_equal(find("a"), "sip:a@x");
	write_text("users", "a realm=x md5=" HEX32, 0600);
	reload();
	assert_true(users_loaded(users));
	assert_non_null(find("a"));
	assert_null(find("b"));
	assert_false(users_know(users, SLICE("sip:b@x")));
}

/* Who was a user by another source is none of this one. */
GTEST_F(Users, predecessor_of_another_source, set_up, tear_down)
{
	struct credentials_table t;
	char other[384];

	(void)state;
	snprintf(other, sizeof(other), "%s", in_dir("others"));
	write_text("users", "a realm=x md5=" HEX32, 0600);
	open_users(5000);
	close_users();
	file.users.file = other;
	open_users(5000);
	assert_false(users_ready(users));
	assert_null(find("a"));
	assert_int_not_equal(credentials_table_attach(&t, test_dir), SEGMENT_OK);
	write_text("others", "b realm=x md5=" HEX32, 0600);
	reload();
	assert_true(users_loaded(users));
	assert_null(find("a"));
	assert_non_null(find("b"));
}

/* ---- sources that are not meant ---- */

static void
write_users(int first, int end, const char *more)
{
	FILE *f = fopen(in_dir("users"), "we");

	assert_non_null(f);
	for (int i = first; i < end; i++)
		fprintf(f, "u%d realm=x md5=" HEX32 "\n", i);
	fputs(more, f);
	fclose(f);
	assert_int_equal(chmod(in_dir("users"), 0600), 0);
}

/* How many users are left of some, and whether that is taken. */
static const struct {
	const char *label;
	int before, after;
	const char *more, *error;
} losses[] = {
	{ "empty", 200, 0, "", "nobody is in the source" },
	{ "comments", 1, 0, "# nobody\n", "nobody is in the source" },
	{ "half", 200, 100, "", "100 of 200 are not in the source" },
	{ "cut-in-a-line", 200, 178, "u178 realm=x md", "21 of 200 are not" },
	{ "half-and-others", 40, 20, "a realm=x md5=" HEX32, "20 of 40 are not" },
	{ "more-than-a-tenth", 200, 179, "", "21 of 200 are not" },
	{ "a-tenth", 200, 180, "", "" },
	{ "few", 11, 1, "", "" },
	{ "not-so-few", 12, 1, "", "11 of 12 are not" },
};

static void
check_loss(void **state)
{
	const typeof(losses[0]) *r = gtest_row();

	(void)state;
	write_users(0, r->before, "");
	open_users(5000);
	what_was_told();
	write_users(0, r->after, r->more);
	reload();
	if (r->error[0] == '\0') {
		assert_string_equal(error_now(), "");
		assert_null(find(r->before == 11 ? "u10" : "u180"));
		return;
	}
	assert_non_null(strstr(error_now(), r->error));
	assert_non_null(strstr(error_now(), "viaduct users reload --force"));
	assert_non_null(find("u0"));
	wait_for(2 * USERS_GRACE_S);
	assert_null(strchr(what_was_told(), '-'));
	write_users(0, r->before, "");
	reload();
	assert_string_equal(error_now(), "");
	assert_int_equal(number("users"), r->before);
	wait_for(2 * USERS_GRACE_S);
	assert_null(strstr(what_was_told(), "-sip:u"));
}
GTEST_ROWS_F(Users, losses, label, check_loss, set_up, tear_down);

/* Whoever means it says so; then nothing waits. */
GTEST_F(Users, nobody_by_force, set_up, tear_down)
{
	(void)state;
	write_users(0, 12, "");
	open_users(5000);
	what_was_told();
	write_users(0, 1, "");
	reload_by(true);
	assert_string_equal(error_now(), "");
	assert_int_equal(users_forced(users), 1);
	assert_null(find("u11"));
	assert_int_equal(number("leaving"), 0);
	assert_int_equal(strlen(what_was_told()), 9 * 10 + 2 * 11); /* -sip:u1@x and so on */
	write_users(0, 0, "");
	reload();
	assert_non_null(find("u0"));
	reload_by(true);
	assert_null(find("u0"));
	assert_string_equal(what_was_told(), "-sip:u0@x ");
	reload(); /* nobody is left whom this could lock out */
	assert_string_equal(error_now(), "");
}

/* What is forced takes along those who are leaving already. */
GTEST_F(Users, leaving_by_force, set_up, tear_down)
{
	(void)state;
	write_users(0, 5, "");
	open_users(5000);
	what_was_told();
	write_users(1, 5, "");
	reload();
	assert_int_equal(number("leaving"), 1);
	assert_int_equal(number("aors"), 4);
	assert_string_equal(what_was_told(), "");
	reload_by(true);
	assert_string_equal(what_was_told(), "-sip:u0@x ");
}

/* Gone for less than the time of grace is not gone; it begins anew each time. */
GTEST_F(Users, back_in_time, set_up, tear_down)
{
	(void)state;
	write_users(0, 5, "");
	open_users(5000);
	what_was_told();
	for (int i = 0; i < 3; i++) {
		write_users(1, 5, "");
		reload();
		assert_null(find("u0"));
		assert_true(users_know(users, SLICE("sip:u0@x")));
		wait_for(USERS_GRACE_S - 100);
		write_users(0, 5, "");
		reload();
		assert_non_null(find("u0"));
		assert_int_equal(number("leaving"), 0);
		assert_int_equal(number("aors"), 5);
		wait_for(50);
	}
	wait_for(2 * USERS_GRACE_S);
	assert_string_equal(what_was_told(), "");
}

/* Users stay, but all their AORs change at once: another query. */
GTEST_F(Users, other_aors, set_up, tear_down)
{
	(void)state;
	write_users(0, 20, "");
	open_users(5000);
	what_was_told();
	write_text("users", "", 0600);
	for (int i = 0; i < 20; i++) {
		FILE *f = fopen(in_dir("users"), "ae");

		fprintf(f, "u%d realm=x md5=" HEX32 " aors=sip:v%d@x\n", i, i);
		fclose(f);
	}
	reload();
	assert_string_equal(error_now(), "");
	wait_for(2 * USERS_GRACE_S);
	assert_null(strchr(what_was_told(), '-'));
	assert_int_equal(number("leaving"), 20);
	write_users(0, 20, "");
	reload();
	wait_for(2 * USERS_GRACE_S);
	assert_int_equal(number("leaving"), 20); /* those of the other query */
	assert_null(strstr(what_was_told(), "-sip:u"));
}

/* What a process before had is what there is, until this one has read the source. */
GTEST_F(Users, predecessor_had_more, set_up, tear_down)
{
	(void)state;
	write_users(0, 40, "");
	open_users(5000);
	close_users();
	write_users(0, 20, "");
	open_users(5000);
	assert_false(users_loaded(users));
	assert_non_null(strstr(error_now(), "20 of 40 are not in the source"));
	assert_non_null(find("u39"));
	reload();
	assert_false(users_loaded(users));
	write_users(0, 40, "");
	reload();
	assert_true(users_loaded(users));
}

/* An empty source at the first start of all: nobody can register, and nothing is forgotten. */
GTEST_F(Users, nobody_at_first, set_up, tear_down)
{
	(void)state;
	write_users(0, 0, "");
	open_users(5000);
	assert_false(users_loaded(users));
	assert_non_null(strstr(error_now(), "nobody is in the source"));
	write_users(0, 1, "");
	reload();
	assert_true(users_loaded(users));
}

/* What the registrar's store does not take is told again, in order, before anything else changes.
 */
GTEST_F(Users, told_again, set_up, tear_down)
{
	(void)state;
	takes = false;
	write_text("users", "a realm=x md5=" HEX32 "\nb realm=x md5=" HEX32, 0600);
	open_users(100);
	assert_string_equal(what_was_told(), "");
	for (int i = 0; i < 100; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_false(users_loaded(users));
	takes = true;
	reload();
	assert_string_equal(what_was_told(), "+sip:a@x +sip:b@x ");
}

GTEST_F(Users, told_to_read_while_reading, set_up, tear_down)
{
	(void)state;
	write_text("users", "a realm=x md5=" HEX32, 0600);
	open_users(0);
	assert_int_equal(users_reload(users, false), 2);
	assert_int_equal(users_reload(users, false), 2);
	while (number("loads") < 2)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(users_reload(users, false), 3);
}

GTEST_F(Users, every_second, set_up, tear_down)
{
	uint64_t until = clock_steady_ms() + 10000;

	(void)state;
	file.users.reload_seconds = 1;
	write_text("users", "a realm=x md5=" HEX32, 0600);
	open_users(5000);
	while (number("loads") < 2 && clock_steady_ms() < until) {
		uv_run(&loop, UV_RUN_NOWAIT);
		usleep(1000);
	}
	assert_true(number("loads") >= 2);
}

GTEST_F(Users, no_source, set_up, tear_down)
{
	(void)state;
	file.users.source = CONFIG_USERS_NONE;
	open_users(5000);
	assert_int_equal(users_reload(users, false), 0);
	assert_null(users_report(users));
	assert_false(users_ready(users));
	assert_null(find("a"));
	users_beat(users);
}

/* Half of fifty thousand go and others come, while the table grows; nobody else notices. */
GTEST_F(Users, many, set_up, tear_down)
{
	enum { USERS = 50000 };
	char name[16];

	(void)state;
	for (int round = 0; round < 2; round++) {
		FILE *f = fopen(in_dir("users"), "we");

		for (int i = round * USERS / 2; i < USERS + round * USERS / 2; i++)
			fprintf(f, "u%d realm=x md5=" HEX32 "\n", i);
		fclose(f);
		assert_int_equal(chmod(in_dir("users"), 0600), 0);
		if (round == 0)
			open_users(20000);
		else
			reload_by(true);
		assert_int_equal(number("users"), USERS);
		assert_int_equal(number("aors"), USERS);
		told_used = 0;
	}
	assert_int_equal(number("removed"), USERS / 2);
	for (int i = 0; i < USERS + USERS / 2; i++) {
		snprintf(name, sizeof(name), "u%d", i);
		assert_int_equal(find(name) != NULL, i >= USERS / 2);
	}
}

/* What waits for a reader is left behind when all ends. */
GTEST_F(Users, closed_while_reading, set_up, tear_down)
{
	FILE *f = fopen(in_dir("users"), "we");

	(void)state;
	for (int i = 0; i < 20000; i++)
		fprintf(f, "u%d realm=x md5=" HEX32 "\n", i);
	fclose(f);
	assert_int_equal(chmod(in_dir("users"), 0600), 0);
	open_users(0);
	uv_run(&loop, UV_RUN_NOWAIT);
}
