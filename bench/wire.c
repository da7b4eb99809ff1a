/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A real viaduct-dataplane in a process of its own, and a generator in this one, joined by memif:
 * the messages that go through it without loss, and how long each takes at half of that. The
 * generator is on one core, the worker on another. Everything that comes out is checked. In place
 * of the engine there may be testpmd, which sends everything back as it is: more than that the
 * port and the generator do not carry.
 */
#include <string.h>
#include <unistd.h>

#include "eal.h"
#include "memif.h"
#include "process.h"
#include "table/stats.h"
#include "testpmd.h"
#include "world.h"

enum { EACH = 512 /* frames of each kind */, WIRE_RUNS = 3 /* at most */ };

#define START_NS UINT64_C(8000000000)

/* What may be chosen, in the order in which it is measured. */
static const enum frame_traffic choices[] = { FRAMES_MIX, FRAMES_STUN, FRAMES_EDGE };

enum { CHOICES = sizeof(choices) / sizeof(choices[0]) };

struct measure {
	struct frame_set set;
	struct generator_result result;
};

static void
print_drops(void)
{
	struct segment s;

	if (segment_attach(&s, world_tables(), &stats_segment_type, false) != SEGMENT_OK)
		return;
	for (unsigned int c = 0; c < STATS_COUNT; c++) {
		uint64_t n = stats_sum((struct stats_segment *)s.header, (enum stats_counter)c);

		if (n > 0)
			fprintf(stderr, "%20llu %s\n", (unsigned long long)n,
				stats_counter_name((enum stats_counter)c));
	}
	segment_detach(&s);
}

/* The other end is there when the link is up, and gone when it is down. */
static bool
wait_for_link(bool up, pid_t pid)
{
	uint64_t begin = wall_ns();

	while (wall_ns() - begin < START_NS && (!up || process_runs(pid))) {
		if (memif_is_up() == up)
			return true;
		usleep(10000);
	}
	return false;
}

static bool
is_chosen(const struct bench_options *options, unsigned int i)
{
	return strcmp(options->set, "all") == 0 ||
	       strcmp(options->set, frame_traffic_name[choices[i]]) == 0;
}

/* All chosen sets in turns, through whatever is at the other end. */
static bool
measure_all(const struct bench_options *options, const char *peer, bool echo, pid_t pid)
{
	static struct measure m[CHOICES];
	unsigned int runs = options->runs < WIRE_RUNS ? options->runs : WIRE_RUNS;
	bool passed = wait_for_link(true, pid);

	for (unsigned int i = 0; i < CHOICES; i++) {
		m[i] = (struct measure){ .set = { .frame = NULL } };
		frame_set_init(&m[i].set, choices[i], EACH, options->bindings, world_engine_mac);
		m[i].set.echo = echo;
	}
	for (unsigned int r = 0; r < runs && passed; r++)
		for (unsigned int i = 0; i < CHOICES && passed; i++) {
			if (!is_chosen(options, i))
				continue;
			generator_use(&memif_link, &m[i].set);
			/* the first may come before the engine has its tables: none counts */
			passed = generator_warm_up();
			if (passed)
				generator_measure(&m[i].result);
		}
	for (unsigned int i = 0; i < CHOICES; i++) {
		const char *set = frame_traffic_name[choices[i]];
		char prefix[32];

		snprintf(prefix, sizeof(prefix), "%s%s%s", peer,
			 choices[i] == FRAMES_MIX ? "" : set, choices[i] == FRAMES_MIX ? "" : ".");
		if (passed && is_chosen(options, i))
			generator_report("wire", prefix, &m[i].result);
		frame_set_fini(&m[i].set);
	}
	return passed;
}

static int
run_beside(const struct bench_options *options, char *const args[], const char *peer)
{
	bool echo = peer[0] != '\0', passed;
	pid_t pid;

	pid = process_start(args, NULL, NULL);
	passed = measure_all(options, peer, echo, pid);
	if (!passed) {
		process_print_log();
		print_drops();
		fprintf(stderr, "viaduct-bench: wire: %s forwards nothing\n", args[0]);
	}
	process_stop(pid);
	wait_for_link(false, pid);
	return passed ? 0 : 1;
}

static int
run_engine(const struct bench_options *options)
{
	static char path[320], configuration[96];
	static char *args[] = { path, configuration, NULL };

	snprintf(path, sizeof(path), "%s", process_dataplane(options->dataplane));
	snprintf(configuration, sizeof(configuration), "%s",
		 world_configuration(memif_device(), "  workers: 1\n  busy_poll: true\n"
						     "  cores: \"0@0,1@1\"\n"));
	return run_beside(options, args, "");
}

static int
run_testpmd(const struct bench_options *options)
{
	char *const *args = testpmd_args(memif_device());

	if (args == NULL) {
		report_note("wire", "testpmd", "skipped: dpdk-testpmd is not there: install dpdk");
		return BENCH_SKIPPED;
	}
	return run_beside(options, args, "testpmd.");
}

static int
skip(const char *why)
{
	report_note("wire", "skipped", why);
	return BENCH_SKIPPED;
}

static int
run(const struct bench_options *options)
{
	bool engine = strcmp(options->peer, "testpmd") != 0;
	bool testpmd = strcmp(options->peer, "engine") != 0;
	int status = 0, other;

	if (geteuid() != 0)
		return skip("needs root: the dataplane opens ports and a TAP device");
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return skip("needs two cores: one for the dataplane, one for the generator");
	eal_open();
	world_publish();
	world_bindings(options->bindings);
	if (!memif_open())
		return skip("DPDK has no memif here: install librte-net-memif");
	generator_take_core(0);
	if (engine)
		status = run_engine(options);
	if (testpmd) {
		other = run_testpmd(options);
		status = status == 0 ? other : status;
	}
	generator_close();
	memif_close();
	return status;
}

const struct bench wire_bench = {
	"wire",
	"viaduct-dataplane over memif: messages a second without loss, latency",
	true,
	run,
};
