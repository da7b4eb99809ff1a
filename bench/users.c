/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * viaduct-bench-users CONFIG [RELOADS]: how long control takes to load the users of a
 * configuration, and then to load them again; for how long at a stretch its event loop is busy, and
 * the memory. The table is made in a folder of its own and not published to an engine.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process/clock.h"
#include "users/users.h"

enum { SLEEP_US = 100 };

static char folder[] = "/dev/shm/viaduct-bench-XXXXXX";

/* A line of /proc/self/status, in MiB. */
static double
memory(const char *name)
{
	FILE *f = fopen("/proc/self/status", "re");
	double kib = 0;
	char line[256];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtod(line + strlen(name) + 1, NULL);
	if (f != NULL)
		fclose(f);
	return kib / 1024;
}

/* Of a thread or process: what others do on a busy machine does not count. */
static double
now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static long long
number(const struct users *u, const char *key)
{
	json_t *report = users_report(u);
	long long n = (long long)json_integer_value(json_object_get(report, key));

	json_decref(report);
	return n;
}

static void
load(struct users *u, uv_loop_t *loop, const char *what)
{
	uint64_t wanted = users_reload(u, false);
	double longest = 0, cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);

	while ((uint64_t)number(u, "loads") < wanted) {
		double before = now_ms(CLOCK_THREAD_CPUTIME_ID), took;

		uv_run(loop, UV_RUN_NOWAIT);
		took = now_ms(CLOCK_THREAD_CPUTIME_ID) - before;
		longest = took > longest ? took : longest;
		usleep(took < 0.1 ? SLEEP_US : 0);
	}
	cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%s: %lld users in %lld ms, %.0f ms of CPU; loop busy for %.1f ms at a stretch at "
	       "most; private %.0f MiB, table %.0f MiB, peak of both %.0f MiB\n",
	       what, number(u, "users"), number(u, "took_ms"), cpu, longest, memory("RssAnon:"),
	       memory("RssShmem:"), memory("VmHWM:"));
	fflush(stdout);
}

static void
remove_folder(void)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(folder);
}

int
main(int argc, char **argv)
{
	static struct config_errors errors;
	int reloads = argc > 2 ? atoi(argv[2]) : 1;
	struct config *config;
	char message[256];
	struct users *u;
	uv_loop_t loop;

	if (argc < 2) {
		fprintf(stderr, "usage: viaduct-bench-users CONFIG [RELOADS]\n");
		return 2;
	}
	config = config_load(argv[1], &errors);
	if (config == NULL || mkdtemp(folder) == NULL) {
		config_errors_print(&errors, argv[1], stderr);
		return EXIT_FAILURE;
	}
	free(config->shm_dir);
	config->shm_dir = strdup(folder);
	uv_loop_init(&loop);
	u = users_open(&loop, config, message, sizeof(message));
	if (u == NULL) {
		fprintf(stderr, "%s\n", message);
		return EXIT_FAILURE;
	}
	load(u, &loop, "first");
	for (int i = 0; i < reloads; i++)
		load(u, &loop, "again");
	users_close(u);
	uv_run(&loop, UV_RUN_DEFAULT);
	remove_folder();
	config_free(config);
	return EXIT_SUCCESS;
}
