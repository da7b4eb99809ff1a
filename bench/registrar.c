/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Refreshes of registrations at a registrar on a veth pair: users that are registered already, one
 * after the other, each with its Call-ID and the next CSeq, each answered by 200 with its Contact.
 * The engine answers when it is on disk, many with one write or each with its own. Kamailio keeps
 * bindings in memory alone, with a child on each core, or writes each of them to SQLite, with a
 * write-ahead log, before it answers: on a disk, or in memory, which shows what the database itself
 * costs.
 */
#include <libgen.h>
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
	/* each has to be written first, and a disk may take some milliseconds for each */
	DISK_USERS = 500,
	TMPFS_USERS = 10000,
};

/* To start, and to register everybody once. */
#define FILL_NS UINT64_C(120000000000)
#define START_NS UINT64_C(10000000000)
#define FILL_STEP_NS UINT64_C(500000000)
#define MEASURE_NS UINT64_C(5000000000)

#define SCHEMA "/usr/share/kamailio/db_sqlite/"
#define SQLITE_MODULE "/usr/lib/x86_64-linux-gnu/kamailio/modules/db_sqlite.so"

/* Who is measured, and what came of it. */
struct registrar {
	const char *name;
	char *const *(*args)(const struct registrar *r, const struct bench_options *options);
	bool (*inside)(void);
	const char *folder; /* of what is kept; NULL: nothing is */
	const char *sync;   /* of the engine */
	uint32_t users;
	struct samples rate;
};

/* In memory there is nothing to wait for: what the database itself costs. */
static char disk[] = "/var/tmp/viaduct-bench-XXXXXX", tmpfs[] = "/dev/shm/viaduct-bench-XXXXXX";
static bool has_folders;

static void
remove_folders(void)
{
	if (has_folders)
		process_command("rm -rf %s %s", disk, tmpfs);
	has_folders = false;
}

static void
make_folders(void)
{
	if (mkdtemp(disk) == NULL || mkdtemp(tmpfs) == NULL)
		bench_die("registrar: no folder in /var/tmp or /dev/shm: %m");
	has_folders = true;
	atexit(remove_folders);
}

static bool
make_database(const char *folder)
{
	return process_command("rm -f %s/store* && cat " SCHEMA "standard-create.sql " SCHEMA
			       "usrloc-create.sql | sqlite3 %s/store >/dev/null",
			       folder, folder);
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
store_args(const char *folder, unsigned int children)
{
	enum { MEMORY_ARGS = 13 };
	static char store[96], journal[96];
	static char *args[MEMORY_ARGS + 7];
	char *const *memory = memory_args(children);

	if (memory == NULL || process_find("sqlite3") == NULL || access(SQLITE_MODULE, R_OK) != 0)
		return NULL;
	snprintf(store, sizeof(store), "STORE=\"sqlite://%s/store\"", folder);
	snprintf(journal, sizeof(journal), "JOURNAL=\"%s/store=WAL\"", folder);
	memcpy(args, memory, MEMORY_ARGS * sizeof(args[0]));
	memcpy(args + MEMORY_ARGS,
	       (char *[]){ "-A", "WITH_STORE", "-A", store, "-A", journal, NULL },
	       7 * sizeof(args[0]));
	return args;
}

static char *const *
kamailio_args(const struct registrar *r, const struct bench_options *options)
{
	unsigned int cores = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);

	(void)options;
	/* a second writer gets "database is locked", and its user agent a 500 */
	return r->folder != NULL ? store_args(r->folder, 1) : memory_args(cores);
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

/* ---- the engine ---- */

#define DEVICE "net_af_packet0,iface=" PACKET_PEER_INTERFACE ",framecnt=2048,qdisc_bypass=1"

/* The whole of it: `viaduct run` starts dataplane and control. Its store is on the disk. */
static char *const *
engine_args(const struct registrar *r, const struct bench_options *options)
{
	static char path[400], configuration[96];
	static char *args[] = { path, "run", configuration, NULL };
	char dataplane[320];
	FILE *f;

	snprintf(dataplane, sizeof(dataplane), "%s", process_dataplane(options->dataplane));
	snprintf(path, sizeof(path), "%s/../control/viaduct", dirname(dataplane));
	world_state(r->folder);
	snprintf(configuration, sizeof(configuration), "%s",
		 world_configuration(DEVICE, "  workers: 1\n"));
	f = fopen(configuration, "ae");
	if (f == NULL || fprintf(f, "store: {sync: %s}\n", r->sync) < 0 || fclose(f) != 0)
		bench_die("registrar: %s cannot be written", configuration);
	return args;
}

/* Nobody answers ARP: the router's address is told to the kernel, as soon as it has our twin. */
static bool
engine_network(void)
{
	static const char setup[] =
		"ip link set lo up; ip link set " PACKET_PEER_INTERFACE " up\n"
		"(for i in $(seq 200); do ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:02 "
		"dev via-bench nud permanent 2>/dev/null && break; sleep 0.05; done) &\n";

	return system(setup) == 0;
}

/* ---- one measurement ---- */

/* Wait until it answers, and then until everybody is registered: the users are taken in turns. */
static bool
fill(uint32_t users)
{
	uint64_t begin = wall_ns(), answered = 0;

	while (answered < users) {
		answered += generator_answers(FILL_STEP_NS);
		if (wall_ns() - begin > (answered == 0 ? START_NS : FILL_NS))
			return false;
	}
	return true;
}

static void
run_once(struct registrar *r, const struct bench_options *options)
{
	struct frame_set set;
	pid_t pid;

	if (r->sync == NULL && r->folder != NULL && !make_database(r->folder))
		bench_die("registrar: %s: no database in %s", r->name, r->folder);
	pid = process_start(r->args(r, options), packet_lay, r->inside);
	frame_set_init(&set, FRAMES_REFRESH, FLOWS, r->users, world_engine_mac);
	generator_use(&packet_link, &set);
	if (pid <= 0 || !fill(r->users)) {
		process_print_log();
		bench_die("registrar: %s does not answer", r->name);
	}
	samples_add(&r->rate, (double)generator_answers(MEASURE_NS) * 1e9 / MEASURE_NS);
	process_stop(pid);
	packet_close();
	frame_set_fini(&set);
}

static struct registrar registrars[] = {
	{ "viaduct.group",
	  engine_args,
	  engine_network,
	  disk,
	  "group",
	  MEMORY_USERS,
	  { .count = 0 } },
	{ "viaduct.each", engine_args, engine_network, disk, "each", TMPFS_USERS, { .count = 0 } },
	{ "kamailio.memory",
	  kamailio_args,
	  kernel_network,
	  NULL,
	  NULL,
	  MEMORY_USERS,
	  { .count = 0 } },
	{ "kamailio.tmpfs",
	  kamailio_args,
	  kernel_network,
	  tmpfs,
	  NULL,
	  TMPFS_USERS,
	  { .count = 0 } },
	{ "kamailio.disk", kamailio_args, kernel_network, disk, NULL, DISK_USERS, { .count = 0 } },
};

enum { REGISTRARS = sizeof(registrars) / sizeof(registrars[0]) };

static void
run_all(const struct bench_options *options)
{
	unsigned int runs = options->runs < REGISTRAR_RUNS ? options->runs : REGISTRAR_RUNS;

	for (unsigned int n = 0; n < runs; n++)
		for (unsigned int i = 0; i < REGISTRARS; i++)
			if (registrars[i].args(&registrars[i], options) != NULL)
				run_once(&registrars[i], options);
	for (unsigned int i = 0; i < REGISTRARS; i++) {
		char name[48];

		snprintf(name, sizeof(name), "%s.refreshes", registrars[i].name);
		if (registrars[i].rate.count > 0)
			report("registrar", name, "messages/s", &registrars[i].rate);
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
	make_folders();
	generator_take_core(0);
	if (!packet_enter())
		bench_die("registrar: no network namespace: %m");
	run_all(options);
	packet_leave();
	generator_close();
	remove_folders();
	return 0;
}

const struct bench registrar_bench = {
	"registrar",
	"refreshes of registrations at the engine and at Kamailio on a veth pair",
	true,
	run,
};
