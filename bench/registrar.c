/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Refreshes of registrations at a registrar on a veth pair: users that are registered already, one
 * after the other, each with its Call-ID and the next CSeq, each answered by 200 with its Contact.
 * Kamailio has both cores, keeps bindings in memory alone or writes each of them to SQLite, with a
 * write-ahead log, before it answers.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packet.h"
#include "process.h"
#include "world.h"

enum {
	FLOWS = 256,
	REGISTRAR_RUNS = 3, /* at most */
	MEMORY_USERS = 100000,
	STORE_USERS = 10000, /* each has to be written first */
};

/* To start, and to register everybody once. */
#define FILL_NS UINT64_C(120000000000)
#define START_NS UINT64_C(10000000000)

#define SCHEMA "/usr/share/kamailio/db_sqlite/"
#define SQLITE_MODULE "/usr/lib/x86_64-linux-gnu/kamailio/modules/db_sqlite.so"

/* Who is measured, and what came of it. */
struct registrar {
	const char *name;
	char *const *(*args)(unsigned int children);
	bool (*prepare)(void); /* before each run; NULL: nothing to do */
	uint32_t users;
	struct generator_result result;
};

/* On a disk: a folder in memory has nothing to wait for. */
static char store_folder[] = "/var/tmp/viaduct-bench-XXXXXX";
static bool has_store_folder;

static void
remove_store(void)
{
	if (has_store_folder)
		process_command("rm -rf %s", store_folder);
	has_store_folder = false;
}

static bool
new_store(void)
{
	if (!has_store_folder) {
		has_store_folder = mkdtemp(store_folder) != NULL;
		atexit(remove_store);
	}
	return has_store_folder &&
	       process_command("rm -f %s/store* && cat " SCHEMA "standard-create.sql " SCHEMA
			       "usrloc-create.sql | sqlite3 %s/store",
			       store_folder, store_folder);
}

/* ---- Kamailio ---- */

static char *const *
memory_args(unsigned int children)
{
	static char path[64], count[8], run[64];
	static char *args[] = { path,
				"-DD",
				"-E",
				"-m",
				"1024",
				"-M",
				"16",
				"-n",
				count,
				"-Y",
				run,
				"-f",
				BENCH_PEERS "/kamailio-registrar.cfg",
				NULL };
	const char *found = process_find("kamailio");

	if (found == NULL)
		return NULL;
	snprintf(path, sizeof(path), "%s", found);
	snprintf(count, sizeof(count), "%u", children);
	snprintf(run, sizeof(run), "%s", world_folder());
	return args;
}

static char *const *
store_args(unsigned int children)
{
	enum { MEMORY_ARGS = 13 };
	static char store[96], journal[96];
	static char *args[MEMORY_ARGS + 7];
	char *const *memory = memory_args(children);

	if (memory == NULL || process_find("sqlite3") == NULL || access(SQLITE_MODULE, R_OK) != 0)
		return NULL;
	snprintf(store, sizeof(store), "STORE=\"sqlite://%s/store\"", store_folder);
	snprintf(journal, sizeof(journal), "JOURNAL=\"%s/store=WAL\"", store_folder);
	memcpy(args, memory, MEMORY_ARGS * sizeof(args[0]));
	memcpy(args + MEMORY_ARGS,
	       (char *[]){ "-A", "WITH_STORE", "-A", store, "-A", journal, NULL },
	       7 * sizeof(args[0]));
	return args;
}

static bool
kernel_network(void)
{
	static const char setup[] =
		"set -e; d=" PACKET_PEER_INTERFACE "\n"
		"ip link set lo up; ip link set $d up\n"
		"ip addr add 192.0.2.10/24 dev $d\n"
		"ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:02 dev $d nud permanent\n"
		"ip route add default via 192.0.2.1\n";

	return system(setup) == 0;
}

/* ---- one measurement ---- */

/* Wait until it answers, and then until everybody is registered: the users are taken in turns. */
static bool
fill(uint32_t users)
{
	uint64_t begin = wall_ns(), answered = 0;

	while (answered < users) {
		uint64_t now = generator_answers();

		answered += now;
		if (wall_ns() - begin > (answered == 0 ? START_NS : FILL_NS))
			return false;
	}
	return true;
}

static void
run_once(struct registrar *r, unsigned int children)
{
	struct frame_set set;
	pid_t pid;

	if (r->prepare != NULL && !r->prepare())
		bench_die("registrar: %s: no database in %s", r->name, store_folder);
	pid = process_start(r->args(children), packet_lay, kernel_network);
	frame_set_init(&set, FRAMES_REFRESH, FLOWS, r->users, world_engine_mac);
	generator_use(&packet_link, &set);
	if (pid <= 0 || !fill(r->users)) {
		process_print_log();
		bench_die("registrar: %s does not answer", r->name);
	}
	generator_measure(&r->result);
	process_stop(pid);
	packet_close();
	frame_set_fini(&set);
}

static struct registrar registrars[] = {
	{ .name = "kamailio.memory", memory_args, NULL, MEMORY_USERS },
	{ .name = "kamailio.store", store_args, new_store, STORE_USERS },
};

enum { REGISTRARS = sizeof(registrars) / sizeof(registrars[0]) };

static void
run_all(const struct bench_options *options)
{
	unsigned int runs = options->runs < REGISTRAR_RUNS ? options->runs : REGISTRAR_RUNS;
	unsigned int cores = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);

	for (unsigned int n = 0; n < runs; n++)
		for (unsigned int i = 0; i < REGISTRARS; i++)
			if (registrars[i].args(cores) != NULL)
				run_once(&registrars[i], cores);
	for (unsigned int i = 0; i < REGISTRARS; i++) {
		char prefix[32];

		snprintf(prefix, sizeof(prefix), "%s.", registrars[i].name);
		if (registrars[i].args(cores) != NULL)
			generator_report("registrar", prefix, &registrars[i].result);
		else
			report_note("registrar", registrars[i].name,
				    "skipped: it is not there: install kamailio, "
				    "kamailio-sqlite-modules and sqlite3");
	}
}

static int
run(const struct bench_options *options)
{
	const char *why = NULL;

	if (geteuid() != 0)
		why = "skipped: needs root, for namespaces and ports";
	else if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		why = "skipped: needs two cores";
	else if (process_find("ip") == NULL)
		why = "skipped: there is no ip: install iproute2";
	if (why != NULL) {
		report_note("registrar", "all", why);
		return BENCH_SKIPPED;
	}
	generator_take_core(0);
	if (!packet_enter())
		bench_die("registrar: no network namespace: %m");
	run_all(options);
	packet_leave();
	generator_close();
	remove_store();
	return 0;
}

const struct bench registrar_bench = {
	"registrar",
	"refreshes of registrations at Kamailio on a veth pair",
	true,
	run,
};
