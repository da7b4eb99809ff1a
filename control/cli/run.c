/* SPDX-License-Identifier: BSD-3-Clause */
/* Supervise the processes of an engine: one that dies is started again, a signal stops all. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "process/clock.h"

enum {
	FIRST_START_MS = 5000, /* a process that gives up this soon has been told something wrong */
	BACKOFF_FIRST_MS = 100,
	BACKOFF_MOST_MS = 5000,
	STEADY_MS = 10000, /* after this long the next death is a fresh one */
	STOP_MS = 10000,   /* patience with a process that is to stop */
	POLL_MS = 20,
};

struct child {
	const char *name; /* of the program, and its folder in the build tree */
	const char *folder;
	pid_t pid;
	uint64_t started_ms, start_at_ms;
	uint64_t backoff_ms;
	bool ever_steady;
};

static volatile sig_atomic_t stopping;

static void
on_signal(int number)
{
	(void)number;
	stopping = 1;
}

static void
nap(void)
{
	nanosleep(&(struct timespec){ 0, POLL_MS * 1000000L }, NULL);
}

/* Beside this program, in the build tree, or where it was installed. */
static bool
find_program(const struct child *c, char *path, size_t size)
{
	char self[512];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	snprintf(path, size, "%s/%s", self, c->name);
	if (access(path, X_OK) == 0)
		return true;
	snprintf(path, size, "%s/../%s/%s", self, c->folder, c->name);
	if (access(path, X_OK) == 0)
		return true;
	snprintf(path, size, "%s/%s", VIADUCT_LIBEXEC, c->name);
	return access(path, X_OK) == 0;
}

static bool
start(struct child *c, const char *config)
{
	char path[768];

	if (!find_program(c, path, sizeof(path))) {
		fprintf(stderr, "viaduct: %s is neither beside this program nor in %s\n", c->name,
			VIADUCT_LIBEXEC);
		return false;
	}
	c->started_ms = clock_steady_ms();
	c->pid = fork();
	if (c->pid == 0) {
		setenv("VIADUCT_SUPERVISED", "1", 1);
		execl(path, path, config, NULL);
		fprintf(stderr, "viaduct: %s: %s\n", path, strerror(errno));
		_exit(127);
	}
	return c->pid > 0;
}

static void
tell_death(const struct child *c, int status)
{
	if (WIFSIGNALED(status))
		fprintf(stderr, "viaduct: %s was killed by signal %d (%s): started again\n",
			c->name, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		fprintf(stderr, "viaduct: %s ended with status %d: started again\n", c->name,
			WEXITSTATUS(status));
}

/* A child has died. False when there is no sense in starting it again. */
static bool
on_death(struct child *c, int status)
{
	uint64_t lived = clock_steady_ms() - c->started_ms;

	c->pid = 0;
	if (stopping)
		return true;
	if (WIFEXITED(status) && !c->ever_steady && lived < FIRST_START_MS) {
		fprintf(stderr, "viaduct: %s did not start: nothing is left running\n", c->name);
		return false;
	}
	tell_death(c, status);
	if (lived > STEADY_MS || c->backoff_ms == 0)
		c->backoff_ms = BACKOFF_FIRST_MS;
	else
		c->backoff_ms =
			c->backoff_ms * 2 > BACKOFF_MOST_MS ? BACKOFF_MOST_MS : c->backoff_ms * 2;
	c->start_at_ms = clock_steady_ms() + c->backoff_ms;
	return true;
}

static bool
reap(struct child *children, size_t count)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < count; i++)
			if (children[i].pid == pid && !on_death(&children[i], status))
				return false;
	return true;
}

static void
stop_all(struct child *children, size_t count)
{
	uint64_t until = clock_steady_ms() + STOP_MS;
	bool any = true;

	stopping = 1;
	for (size_t i = 0; i < count; i++)
		if (children[i].pid > 0)
			kill(children[i].pid, SIGTERM);
	while (any && clock_steady_ms() < until) {
		reap(children, count);
		any = false;
		for (size_t i = 0; i < count; i++)
			any |= children[i].pid > 0;
		if (any)
			nap();
	}
	for (size_t i = 0; i < count; i++)
		if (children[i].pid > 0)
			kill(children[i].pid, SIGKILL);
}

static int
supervise(struct child *children, size_t count, const char *config)
{
	int result = EXIT_SUCCESS;

	while (!stopping) {
		for (size_t i = 0; i < count; i++) {
			struct child *c = &children[i];

			if (c->pid == 0 && clock_steady_ms() >= c->start_at_ms &&
			    !start(c, config)) {
				result = EXIT_FAILURE;
				stopping = 1;
			}
			if (c->pid > 0 && clock_steady_ms() - c->started_ms > FIRST_START_MS)
				c->ever_steady = true;
		}
		nap();
		if (!reap(children, count)) {
			result = EXIT_FAILURE;
			break;
		}
	}
	stop_all(children, count);
	return result;
}

int
cli_run(int argc, char **argv)
{
	struct child children[] = {
		{ .name = "viaduct-control", .folder = "control" },
		{ .name = "viaduct-dataplane", .folder = "dataplane" },
	};
	struct cli_options o;
	struct config *config;

	if (!cli_options_take(&o, argc, argv, 1))
		return CLI_USAGE;
	if (o.count > 0)
		o.config = o.word[0];
	config = cli_config(&o);
	if (config == NULL)
		return EXIT_FAILURE;
	config_free(config);
	if (geteuid() != 0) {
		fprintf(stderr, "viaduct: run needs root: it opens ports and TAP devices\n");
		return EXIT_FAILURE;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	return supervise(children, sizeof(children) / sizeof(children[0]), o.config);
}
