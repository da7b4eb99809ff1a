/* SPDX-License-Identifier: BSD-3-Clause */
/* The bindings on disk: how they are, and copies of them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "admin/store.h"
#include "cli/cli.h"
#include "process/clock.h"
#include "process/folder.h"
#include "process/lock.h"
#include "store/backup.h"
#include "store/check.h"
#include "store/record.h"
#include "store_config.h"

enum {
	CHECKPOINT_MS = 60000,
	MOMENT_MS = 10000, /* between two generations of changes */
	POLL_MS = 20,
};

#define USAGE                                                                                      \
	"usage: viaduct store stat|check|backup FILE [--force]|restore FILE [--json] [-c CONFIG]"

/*
 * What a subcommand works on. The store is touched by its owner only, who may not get at the file:
 * then that is opened before.
 */
struct task {
	const struct cli_options *options;
	const struct config *config;
	const struct command *command;
	const char *file;        /* NULL: it takes none */
	char path[64 + 256];     /* by which the owner gets at it */
	struct store_copy *copy; /* shared with the process that works */
	bool force;
	bool runs; /* control has the store open; otherwise we have its lock */
	char dir[256];
	char message[512];
};

static int
fail(const char *text)
{
	fprintf(stderr, "viaduct: %s\n", text);
	return EXIT_FAILURE;
}

/* The same of a sentence that may begin with the path of the file. */
static int
fail_named(const struct task *t, const char *text)
{
	size_t n = strlen(t->path);

	if (t->file == NULL || n == 0 || strncmp(text, t->path, n) != 0)
		return fail(text);
	fprintf(stderr, "viaduct: %s%s\n", t->file, text + n);
	return EXIT_FAILURE;
}

static int
tell(const struct task *t, json_t *row, const char *text)
{
	if (t->options->json) {
		cli_print(row);
	} else {
		json_decref(row);
		printf("%s\n", text);
	}
	return EXIT_SUCCESS;
}

/* ---- stat ---- */

static long long
number(const json_t *report, const char *key)
{
	return (long long)json_integer_value(json_object_get(report, key));
}

static double
mib(const json_t *report, const char *key)
{
	return (double)number(report, key) / (1 << 20);
}

static void
print_report(const struct task *t, const json_t *r)
{
	const char *behind = json_string_value(json_object_get(r, "behind"));

	printf("%s: %lld AORs, commit %lld, identity %s\n", t->dir, number(r, "aors"),
	       number(r, "sequence"), json_string_value(json_object_get(r, "identity")));
	printf("data.mdb: %.1f of %.0f MiB in use, %.1f MiB on disk, up to commit %lld\n",
	       mib(r, "used"), mib(r, "limit"), mib(r, "file_size"), number(r, "applied"));
	printf("journal: %.1f of %.0f MiB in use, %lld changes wait for data.mdb\n",
	       mib(r, "journal_used"), mib(r, "journal_size"), number(r, "pending"));
	if (t->runs)
		printf("since the start: %lld commits, %lld failed; %lld waited for data.mdb, "
		       "%lld ms together\n",
		       number(r, "commits"), number(r, "commits_failed"), number(r, "waits"),
		       number(r, "wait_us") / 1000);
	if (behind != NULL)
		printf("data.mdb falls behind: %s\n", behind);
}

/* Control does not run: open the store as it does at its start. */
static struct binding_store *
open_store(struct task *t)
{
	const struct store_options options = store_config(t->config);
	struct binding_store *s =
		binding_store_open(t->dir, &options, NULL, t->message, sizeof(t->message));

	if (s == NULL)
		fail(t->message);
	return s;
}

static json_t *
report_stopped(struct task *t)
{
	struct binding_store *s = open_store(t);
	struct store_stat st;

	if (s == NULL)
		return NULL;
	s->ops->stat(s, &st);
	s->ops->close(s);
	return admin_store_report(&st);
}

static int
run_stat(struct task *t)
{
	json_t *report = t->runs ? cli_ask(t->config, "store-stat") : report_stopped(t);

	if (report == NULL)
		return EXIT_FAILURE;
	if (t->options->json) {
		json_object_del(report, "ok");
		cli_print(report);
		return EXIT_SUCCESS;
	}
	print_report(t, report);
	json_decref(report);
	return EXIT_SUCCESS;
}

/* ---- check ---- */

/* Have data.mdb catch up with what is committed now. */
static bool
checkpoint(struct task *t)
{
	const struct timespec nap = { 0, POLL_MS * 1000000L };
	uint64_t until = clock_steady_ms() + CHECKPOINT_MS;
	long long wanted = -1, applied;

	do {
		json_t *answer = cli_ask(t->config, "store-checkpoint");

		if (answer == NULL)
			return false;
		wanted = wanted < 0 ? number(answer, "sequence") : wanted;
		applied = number(answer, "applied");
		json_decref(answer);
		if (applied >= wanted)
			return true;
		nanosleep(&nap, NULL);
	} while (clock_steady_ms() < until);
	fail("control did not get what is committed into data.mdb within a minute: see `viaduct "
	     "store stat`");
	return false;
}

static bool
is_record(struct slice value, void *context)
{
	static struct record record;

	(void)context;
	return record_decode(value, &record);
}

static void
print_problem(const char *text, void *context)
{
	fail_named(context, text);
}

static int
print_check(const struct task *t, const struct store_check *c, const char *what)
{
	char text[512], journal[96] = "its journal is in use and was not read";

	if (!t->runs)
		snprintf(journal, sizeof(journal), "%" PRIu64 " commits wait in its journal",
			 c->waiting);
	snprintf(text, sizeof(text),
		 "%s: %s: %" PRIu64 " AORs, %" PRIu64 " octets, up to commit %" PRIu64
		 "; %s; %" PRIu64 " problems",
		 what, c->problems == 0 ? "fine" : "damaged", c->aors, c->octets, c->sequence,
		 journal, c->problems);
	tell(t,
	     json_pack("{s:b, s:I, s:I, s:I, s:I, s:b, s:I}", "fine", c->problems == 0, "aors",
		       (json_int_t)c->aors, "octets", (json_int_t)c->octets, "sequence",
		       (json_int_t)c->sequence, "waiting", (json_int_t)c->waiting, "journal_read",
		       !t->runs, "problems", (json_int_t)c->problems),
	     text);
	return c->problems == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* In a process of its own: a damaged page may end it. */
static int
check_apart(struct task *t, const char *file, bool quiet)
{
	struct store_check c = { .decode = is_record, .problem = print_problem, .context = t };
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		bool fine = file != NULL ? store_check_file(&c, file)
					 : store_check(&c, t->dir, !t->runs);

		if (!quiet)
			print_check(t, &c, file != NULL ? file : t->dir);
		fflush(stdout);
		_exit(fine ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return fail(strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, "viaduct: %s: is damaged: reading it ended with signal %d (%s)\n",
		file != NULL ? t->file : t->dir, WTERMSIG(status), strsignal(WTERMSIG(status)));
	return EXIT_FAILURE;
}

static int
run_check(struct task *t)
{
	if (t->runs && !checkpoint(t))
		return EXIT_FAILURE;
	return check_apart(t, NULL, false);
}

/* ---- backup ---- */

static bool
checkpoint_stopped(struct task *t)
{
	struct binding_store *s = open_store(t);

	if (s != NULL)
		s->ops->close(s);
	return s != NULL;
}

static int
run_backup(struct task *t)
{
	if (!(t->runs ? checkpoint(t) : checkpoint_stopped(t)))
		return EXIT_FAILURE;
	if (store_backup_write(t->dir, t->path, MOMENT_MS, t->copy, t->message,
			       sizeof(t->message)) != STORE_OK)
		return fail_named(t, t->message);
	return EXIT_SUCCESS;
}

/* An empty file that the owner of the store may write, though it is where he may not. */
static int
open_backup(struct task *t)
{
	int fd = store_backup_begin(t->file, t->force, t->message, sizeof(t->message));
	struct stat st;

	if (fd < 0) {
		fail(t->message);
		return -1;
	}
	if (cli_owned_by_another(t->config->state_dir) && stat(t->config->state_dir, &st) == 0)
		(void)!fchown(fd, st.st_uid, st.st_gid);
	snprintf(t->path, sizeof(t->path), "/proc/self/fd/%d", fd);
	return fd;
}

static int
end_backup(struct task *t, int fd, int result)
{
	enum store_error error = result == EXIT_SUCCESS ? STORE_OK : STORE_ERR_IO;
	char text[512];

	if (geteuid() == 0)
		(void)!fchown(fd, 0, 0);
	if (store_backup_end(t->file, t->force, error, t->message, sizeof(t->message)) != STORE_OK)
		return error == STORE_OK ? fail(t->message) : EXIT_FAILURE;
	snprintf(text, sizeof(text), "%s: %" PRIu64 " AORs, up to commit %" PRIu64, t->file,
		 t->copy->aors, t->copy->sequence);
	return tell(t,
		    json_pack("{s:s, s:I, s:I}", "file", t->file, "aors", (json_int_t)t->copy->aors,
			      "sequence", (json_int_t)t->copy->sequence),
		    text);
}

/* ---- restore ---- */

static int
open_restore(struct task *t)
{
	int fd = open(t->file, O_RDONLY | O_CLOEXEC), copy;

	if (fd < 0) {
		fprintf(stderr, "viaduct: %s: %s\n", t->file, strerror(errno));
		return -1;
	}
	if (cli_owned_by_another(t->config->state_dir)) {
		copy = cli_copy_for_owner(fd, t->config->state_dir);
		close(fd);
		fd = copy;
	}
	snprintf(t->path, sizeof(t->path), "/proc/self/fd/%d", fd);
	return fd;
}

static int
run_restore(struct task *t)
{
	struct store_copy copy;
	char text[1024];

	if (t->runs)
		return fail("the engine runs: stop it first, a restore replaces all its bindings");
	if (check_apart(t, t->path, true) != EXIT_SUCCESS)
		return fail("nothing was restored");
	if (store_restore(t->dir, t->path, t->config->state_dir, &copy, t->message,
			  sizeof(t->message)) != STORE_OK)
		return fail_named(t, t->message);
	snprintf(text, sizeof(text), "%s: %" PRIu64 " AORs, up to commit %" PRIu64 "%s%s", t->dir,
		 copy.aors, copy.sequence, copy.kept[0] != '\0' ? "; the store before it is " : "",
		 copy.kept);
	return tell(t,
		    json_pack("{s:I, s:I, s:s}", "aors", (json_int_t)copy.aors, "sequence",
			      (json_int_t)copy.sequence, "kept", copy.kept),
		    text);
}

/* ---- the command ---- */

static const struct command {
	const char *name;
	int (*run)(struct task *t);
	int (*open)(struct task *t);                      /* its file; NULL: it takes none */
	int (*end)(struct task *t, int file, int result); /* as who we were before; may be NULL */
	bool makes_store, takes_force;
} commands[] = {
	{ "stat", run_stat, NULL, NULL, false, false },
	{ "check", run_check, NULL, NULL, false, false },
	{ "backup", run_backup, open_backup, end_backup, false, true },
	{ "restore", run_restore, open_restore, NULL, true, false },
};

static const struct command *
find_command(const struct cli_options *o, bool force)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && o->count > 0; i++)
		if (strcmp(o->word[0], commands[i].name) == 0 &&
		    o->count == 1 + (commands[i].open != NULL) && force <= commands[i].takes_force)
			return &commands[i];
	fprintf(stderr, "viaduct: %s\n", USAGE);
	return NULL;
}

/* By the owner of the store. As control has it, the lock: nobody starts while we are at it. */
static int
run_locked(void *context)
{
	struct task *t = context;
	char path[256];
	int lock, result;

	snprintf(path, sizeof(path), "%s/control.lock", t->config->state_dir);
	lock = lock_take(path, 0);
	if (lock < 0 && errno != EWOULDBLOCK) {
		fprintf(stderr, "viaduct: %s: %s\n", path, strerror(errno));
		return EXIT_FAILURE;
	}
	t->runs = lock < 0;
	result = t->command->run(t);
	if (lock >= 0)
		close(lock);
	return result;
}

static int
run(struct task *t)
{
	const struct command *c = t->command;
	int file = -1, result;
	bool there;

	snprintf(t->dir, sizeof(t->dir), "%s/bindings", t->config->state_dir);
	if (c->makes_store && !folder_make(t->config->state_dir, 0700, t->config->file->user,
					   t->message, sizeof(t->message)))
		return fail(t->message);
	if (!c->makes_store && !cli_look(t->dir, &there))
		return EXIT_FAILURE;
	if (!c->makes_store && !there) {
		fprintf(stderr,
			"viaduct: %s: %s: start the engine once, or name its configuration with "
			"-c\n",
			t->dir, strerror(ENOENT));
		return EXIT_FAILURE;
	}
	if (c->open != NULL) {
		file = c->open(t);
		if (file < 0)
			return EXIT_FAILURE;
	}
	result = cli_as_owner(t->config->state_dir, run_locked, t);
	if (c->end != NULL)
		result = c->end(t, file, result);
	if (file >= 0)
		close(file);
	return result;
}

int
cli_store(int argc, char **argv)
{
	static struct task t;
	const struct command *c;
	struct cli_options o;
	struct config *config;
	int result;

	t.force = cli_take_force(&argc, argv);
	if (!cli_options_take(&o, argc, argv, 2))
		return CLI_USAGE;
	c = find_command(&o, t.force);
	if (c == NULL)
		return CLI_USAGE;
	config = cli_config(&o);
	if (config == NULL)
		return EXIT_FAILURE;
	t.copy = mmap(NULL, sizeof(*t.copy), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (t.copy == MAP_FAILED)
		return fail(strerror(errno));
	t.options = &o;
	t.command = c;
	t.config = config;
	t.file = o.count > 1 ? o.word[1] : NULL;
	result = run(&t);
	config_free(config);
	return result;
}
