/* SPDX-License-Identifier: BSD-3-Clause */
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "world.h"

#define STOP_NS UINT64_C(2000000000)

static int hold = -1; /* our end of its standard input, which never says anything */

/* All cores, ahead of others on them: we may have kept ourselves to one. */
static void
take_cores(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (long i = sysconf(_SC_NPROCESSORS_ONLN); i-- > 0;)
		CPU_SET((size_t)i, &set);
	sched_setaffinity(0, sizeof(set), &set);
	world_go_first();
}

static void
become(char *const argv[], const char *log, int in, bool (*inside)(void))
{
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char go;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	take_cores();
	dup2(in, STDIN_FILENO);
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	if (read(STDIN_FILENO, &go, 1) != 1 || (inside != NULL && !inside()))
		_exit(126);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

pid_t
process_start(char *const argv[], bool (*outside)(pid_t pid), bool (*inside)(void))
{
	char log[96];
	int in[2];
	pid_t pid;

	snprintf(log, sizeof(log), "%s", world_path("process.log"));
	fflush(NULL);
	if (pipe2(in, O_CLOEXEC) != 0)
		bench_die("no pipe: %s", strerror(errno));
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWNET | CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, 0);
	if (pid == 0)
		become(argv, log, in[0], inside);
	if (pid < 0)
		bench_die("no process: %s", strerror(errno));
	world_child(pid);
	close(in[0]);
	if (hold >= 0)
		close(hold);
	hold = in[1];
	if ((outside == NULL || outside(pid)) && write(hold, "", 1) == 1)
		return pid;
	process_stop(pid);
	return -1;
}

bool
process_runs(pid_t pid)
{
	return pid > 0 && waitpid(pid, NULL, WNOHANG) == 0;
}

/* proc(5): ticks of user and system mode, if this is the process or a child of it. */
static uint64_t
ticks_of(const char *name, pid_t pid)
{
	unsigned long user, system;
	char path[64], text[512];
	const char *behind;
	int parent;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", name);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	behind = strrchr(text, ')');
	if (behind == NULL || sscanf(behind, ") %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				     &parent, &user, &system) != 3)
		return 0;
	return parent == pid || atoi(name) == pid ? user + system : 0;
}

uint64_t
process_ns(pid_t pid)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	uint64_t ticks = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			ticks += ticks_of(entry->d_name, pid);
	if (dir != NULL)
		closedir(dir);
	return ticks * UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
}

void
process_stop(pid_t pid)
{
	uint64_t begin = wall_ns();

	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (wall_ns() - begin > STOP_NS)
			kill(pid, SIGKILL);
		usleep(10000);
	}
	world_child(0);
}

void
process_print_log(void)
{
	FILE *f = fopen(world_path("process.log"), "re");
	char line[512];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		fputs(line, stderr);
	if (f != NULL)
		fclose(f);
}

bool
process_command(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return system(command) == 0;
}

const char *
process_dataplane(const char *named)
{
	static char path[320];
	char self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	if (named != NULL)
		snprintf(path, sizeof(path), "%s", named);
	else
		snprintf(path, sizeof(path), "%s/../dataplane/viaduct-dataplane", dirname(self));
	if (access(path, X_OK) != 0)
		bench_die("no %s: name it with --dataplane", path);
	return path;
}

const char *
process_find(const char *name)
{
	static const char *const folders[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					       "/usr/bin" };
	static char path[64];

	for (unsigned int i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}
