/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine and Kamailio as stateful proxies, one after the other at the same end of a veth pair:
 * whole calls (INVITE, 100, 180, 200, ACK, BYE, 200) to users with one contact, and to users with
 * four, of which the last one answers and the others are cancelled. The generator at the other end
 * plays callers and callees on a core of its own. Who is measured has the other core: the engine
 * with one worker, Kamailio with as many children as suit the calls best.
 */
#include <stdlib.h>
#include <unistd.h>

#include "eal.h"
#include "packet.h"
#include "process.h"
#include "proxy_calls.h"
#include "world.h"

enum {
	PROXY_RUNS = 3, /* at most */
	SPRINTS = 5,    /* of which the best counts */
	USERS = 100000, /* at most, with one contact; and a quarter of that with four */
	MAX_CHILDREN = 8,
	CAPACITY = 16384,
};

#define SPRINT_NS UINT64_C(500000000)

enum kind { ONE, FOUR, KINDS };

static const char *const kind_name[KINDS] = { "one", "four" };
static const unsigned int contacts[KINDS] = { 1, 4 };

/* Calls in play: as many messages are under way. */
static const uint32_t window[KINDS] = { 128, 32 };

/* What came of a run: of each proxy and kind of calls. */
struct result {
	struct samples calls, messages, cores, us, idle;
	unsigned int children;
};

struct proxy {
	const char *name;
	char *const *(*args)(const struct bench_options *options, unsigned int children);
	bool (*inside)(void);
	bool registers; /* users are told to it as REGISTERs */
	struct result result[KINDS];
};

static uint32_t users[KINDS], first_user[KINDS];

/* ---- the engine ---- */

static char *const *
engine_args(const struct bench_options *options, unsigned int children)
{
	static char path[320], configuration[96];
	static char *args[] = { path, configuration, NULL };

	(void)children;
	snprintf(path, sizeof(path), "%s", process_dataplane(options->dataplane));
	snprintf(configuration, sizeof(configuration), "%s",
		 world_configuration("net_af_packet0,iface=" PACKET_PEER_INTERFACE
				     ",framecnt=2048,qdisc_bypass=1",
				     "  workers: 1\n  busy_poll: true\n  cores: \"0@0,1@1\"\n"
				     "proxy: {record_route: true}\n"
				     "transactions: {state: always, max: 4000000, "
				     "branches: 8000000, memory_mb: 8192}\n"));
	return args;
}

static bool
interface_up(void)
{
	return process_command("ip link set " PACKET_PEER_INTERFACE " up");
}

/* ---- Kamailio ---- */

static char *const *
kamailio_args(const struct bench_options *options, unsigned int children)
{
	static char path[64], taskset[64], count[8], folder[64];
	static char *args[] = { taskset, "-c",   "1",  path,
				"-DD",   "-E",   "-m", "2048",
				"-M",    "16",   "-n", count,
				"-Y",    folder, "-f", BENCH_PEERS "/kamailio-fork.cfg",
				NULL };
	const char *found = process_find("taskset");

	(void)options;
	if (found == NULL)
		return NULL;
	snprintf(taskset, sizeof(taskset), "%s", found);
	found = process_find("kamailio");
	if (found == NULL)
		return NULL;
	snprintf(path, sizeof(path), "%s", found);
	snprintf(count, sizeof(count), "%u", children);
	snprintf(folder, sizeof(folder), "%s", world_folder());
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

static void
measure(struct calls *c, enum kind kind, pid_t pid, struct result *r, double *best)
{
	struct proxy_trial most = { 0 };
	double cores = 0;

	proxy_calls_run(c, window[kind], SPRINT_NS / 2);
	for (unsigned int i = 0; i < SPRINTS; i++) {
		uint64_t ns = process_ns(pid);
		struct proxy_trial t = proxy_calls_run(c, window[kind], SPRINT_NS);

		if (t.calls * most.ns <= most.calls * t.ns && most.ns > 0)
			continue;
		most = t;
		cores = (double)(process_ns(pid) - ns) / (double)t.ns;
	}
	*best = (double)most.calls * 1e9 / (double)most.ns;
	if (r == NULL)
		return;
	samples_add(&r->calls, *best);
	samples_add(&r->messages, (double)most.in * 1e9 / (double)most.ns);
	samples_add(&r->cores, cores);
	samples_add(&r->us, cores * 1e6 / *best);
	samples_add(&r->idle, (double)most.idle_ns * 100 / (double)most.ns);
}

/* Start a proxy, measure one kind of calls, stop it; calls a second. */
static double
run_once(const struct bench_options *options, const struct proxy *p, enum kind kind,
	 unsigned int children, struct result *r)
{
	const struct calls_options which = { .branches = contacts[kind],
					     .first_user = first_user[kind],
					     .users = users[kind],
					     .capacity = CAPACITY,
					     .dialogs = true,
					     .hangs_up = true };
	pid_t pid = process_start(p->args(options, children), packet_lay, p->inside);
	struct calls c;
	double best = 0;

	calls_open(&c, &which, world_engine_mac);
	if (pid <= 0 ||
	    (p->registers &&
	     !proxy_calls_register(first_user[kind], users[kind], contacts[kind])) ||
	    !proxy_calls_warm_up(&c)) {
		process_print_log();
		bench_die("proxy: %s forwards no call to users with %u contacts", p->name,
			  contacts[kind]);
	}
	measure(&c, kind, pid, r, &best);
	process_stop(pid);
	packet_close();
	calls_close(&c);
	return best;
}

/* ---- all of them ---- */

static void
choose_children(const struct bench_options *options, struct proxy *p)
{
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		struct samples chosen = { .count = 1 };
		double best = 0, rate;
		char name[48];

		for (unsigned int n = 1; n <= MAX_CHILDREN; n *= 2) {
			rate = run_once(options, p, (enum kind)kind, n, NULL);
			p->result[kind].children = rate > best ? n : p->result[kind].children;
			best = rate > best ? rate : best;
		}
		chosen.value[0] = p->result[kind].children;
		snprintf(name, sizeof(name), "%s.%s.children", p->name, kind_name[kind]);
		report("proxy", name, "processes", &chosen);
	}
}

static void
report_result(const char *proxy, const char *kind, const struct result *r)
{
	const struct {
		const char *name, *unit;
		const struct samples *s;
	} rows[] = {
		{ "calls", "calls/s", &r->calls },         { "in", "messages/s", &r->messages },
		{ "cores", "cores", &r->cores },           { "per_call", "us", &r->us },
		{ "generator_idle", "percent", &r->idle },
	};
	char name[64];

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(name, sizeof(name), "%s.%s.%s", proxy, kind, rows[i].name);
		report("proxy", name, rows[i].unit, rows[i].s);
	}
}

static struct proxy engine = { .name = "viaduct", engine_args, interface_up };
static struct proxy kamailio = {
	.name = "kamailio", kamailio_args, kernel_network, .registers = true
};

static void
report_all(bool has_peer)
{
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		const struct samples *ours = &engine.result[kind].calls;
		const struct samples *theirs = &kamailio.result[kind].calls;
		struct samples ratio = { .count = 0 };
		char name[32];

		report_result(engine.name, kind_name[kind], &engine.result[kind]);
		if (!has_peer)
			continue;
		report_result(kamailio.name, kind_name[kind], &kamailio.result[kind]);
		for (unsigned int i = 0; i < ours->count; i++)
			samples_add(&ratio, ours->value[i] / theirs->value[i]);
		snprintf(name, sizeof(name), "ratio.%s", kind_name[kind]);
		report("proxy", name, "times", &ratio);
	}
}

static void
run_all(const struct bench_options *options)
{
	unsigned int runs = options->runs < PROXY_RUNS ? options->runs : PROXY_RUNS;
	bool has_peer = kamailio_args(options, 1) != NULL;

	if (has_peer)
		choose_children(options, &kamailio);
	else
		report_note("proxy", "kamailio", "skipped: it is not there: install kamailio");
	for (unsigned int n = 0; n < runs; n++)
		for (unsigned int kind = 0; kind < KINDS; kind++) {
			struct result *r = &kamailio.result[kind];

			run_once(options, &engine, (enum kind)kind, 1, &engine.result[kind]);
			if (has_peer)
				run_once(options, &kamailio, (enum kind)kind, r->children, r);
		}
	report_all(has_peer);
}

static void
publish(uint32_t bindings)
{
	uint64_t now_ms = world_now_ms();

	users[ONE] = bindings < USERS ? bindings : USERS;
	users[FOUR] = users[ONE] / 4;
	first_user[FOUR] = users[ONE];
	eal_open();
	world_publish();
	world_bindings(users[ONE] + users[FOUR]);
	for (unsigned int kind = 0; kind < KINDS; kind++)
		for (uint32_t i = 0; i < users[kind]; i++)
			world_put_contacts(world_writer(), first_user[kind] + i, contacts[kind],
					   true, now_ms);
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
		report_note("proxy", "all", why);
		return BENCH_SKIPPED;
	}
	publish(options->bindings);
	generator_take_core(0);
	if (!packet_enter())
		bench_die("proxy: no network namespace: %m");
	run_all(options);
	packet_leave();
	return 0;
}

const struct bench proxy_bench = {
	"proxy",
	"the engine and Kamailio as stateful proxies on a veth pair, with one branch and with four",
	true,
	run,
};
