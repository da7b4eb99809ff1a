/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine and Kamailio as edge proxies, one after the other at the same end of a veth pair, with
 * the same messages of the same generator: requests in a dialog by a flow token, REGISTERs that get
 * a Path, STUN keepalives. The generator plays user agents and home proxy; tokens are those that
 * it finds in the Path of a REGISTER that it sent through. The engine has one worker on one core;
 * Kamailio has both cores, and the number of children that suits the messages best.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eal.h"
#include "packet.h"
#include "process.h"
#include "testpmd.h"
#include "world.h"

enum {
	FLOWS = 256,
	EDGE_RUNS = 3, /* at most */
	MAX_CHILDREN = 4,
	BINDINGS = 1000, /* none is looked up */
};

#define LEARN_NS UINT64_C(10000000000)

static const enum frame_traffic traffics[] = { FRAMES_EDGE, FRAMES_REGISTER, FRAMES_STUN };
static const char *const names[] = { "token", "register", "stun" };

enum { TRAFFICS = sizeof(traffics) / sizeof(traffics[0]) };

/* Who is measured, and what came of it. */
struct proxy {
	const char *name;
	char *const *(*args)(const struct bench_options *options, unsigned int children);
	bool (*inside)(void);
	bool echo; /* sends everything back as it is */
	unsigned int children[TRAFFICS];
	struct generator_result result[TRAFFICS];
};

static char *route[FLOWS];

/* ---- the engine ---- */

/* As many octets of ring as Kamailio has of socket buffer. */
#define DEVICE "net_af_packet0,iface=" PACKET_PEER_INTERFACE ",framecnt=2048,qdisc_bypass=1"

static char *const *
engine_args(const struct bench_options *options, unsigned int children)
{
	static char path[320], configuration[96];
	static char *args[] = { path, configuration, NULL };

	(void)children;
	snprintf(path, sizeof(path), "%s", process_dataplane(options->dataplane));
	snprintf(configuration, sizeof(configuration), "%s",
		 world_configuration(DEVICE, "  workers: 1\n  busy_poll: true\n"
					     "  cores: \"0@0,1@1\"\n"));
	return args;
}

static bool
interface_up(void)
{
	return process_command("ip link set " PACKET_PEER_INTERFACE " up");
}

/* ---- testpmd ---- */

static char *const *
echo_args(const struct bench_options *options, unsigned int children)
{
	(void)options;
	(void)children;
	return testpmd_args(DEVICE);
}

/* ---- Kamailio ---- */

static char *const *
kamailio_args(const struct bench_options *options, unsigned int children)
{
	static char path[64], count[8], folder[64];
	static char *args[] = { path,
				"-DD",
				"-E",
				"-m",
				"128",
				"-M",
				"8",
				"-n",
				count,
				"-Y",
				folder,
				"-f",
				BENCH_PEERS "/kamailio-edge.cfg",
				NULL };
	const char *found = process_find("kamailio");

	(void)options;
	if (found == NULL)
		return NULL;
	snprintf(path, sizeof(path), "%s", found);
	snprintf(count, sizeof(count), "%u", children);
	snprintf(folder, sizeof(folder), "%s", world_folder());
	return args;
}

/* The same addresses, routes and neighbours as the engine has in its tables. */
static bool
kernel_network(void)
{
	static const char setup[] =
		"set -e; d=" PACKET_PEER_INTERFACE "; m=02:00:00:00:00:02\n"
		"ip link set lo up; ip link set $d up\n"
		"ip addr add 192.0.2.10/24 dev $d; ip addr add 198.51.100.10/24 dev $d\n"
		"for a in 192.0.2.1 198.51.100.20 198.51.100.21 198.51.100.22 198.51.100.23; do\n"
		"ip neigh add $a lladdr $m dev $d nud permanent; done\n"
		"ip route add default via 192.0.2.1\n";

	return system(setup) == 0;
}

/* ---- one measurement ---- */

/* The Path that the proxy wrote: all values of it, first to last. */
static char *
find_path(const struct generator_frame *f)
{
	const char *p = (const char *)f->bytes + FRAME_HEADERS;
	const char *end = (const char *)f->bytes + f->len, *lf;
	char path[256] = "";
	size_t len = 0;

	while ((lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		if (lf - p > 7 && memcmp(p, "Path: ", 6) == 0)
			len += (size_t)snprintf(path + len, sizeof(path) - len, "%s%.*s",
						len > 0 ? ", " : "", (int)(lf - p - 7), p + 6);
		if (len >= sizeof(path))
			bench_die("edge: the Path is longer than %zu octets", sizeof(path));
		p = lf + 1;
	}
	return len > 0 ? strdup(path) : NULL;
}

/* Register every user agent, and keep what the home proxy would. */
static bool
learn_routes(void)
{
	uint64_t begin = wall_ns();
	struct generator_frame f;
	struct frame_set set;
	bool all = true;

	frame_set_init(&set, FRAMES_REGISTER, FLOWS, BINDINGS, world_engine_mac);
	generator_use(&packet_link, &set);
	for (unsigned int i = 0; i < FLOWS && all; i++) {
		unsigned int number = set.frame[i].sample.number;

		while (!generator_ask(i, &f) && all)
			all = wall_ns() - begin < LEARN_NS;
		free(route[number]);
		route[number] = all ? find_path(&f) : NULL;
		all = all && route[number] != NULL;
	}
	frame_set_fini(&set);
	messages_use_routes(all ? (const char *const *)route : NULL, all ? FLOWS : 0);
	return all;
}

static bool
measure(struct frame_set *set, struct generator_result *r, double *flat_out)
{
	generator_use(&packet_link, set);
	if (!generator_warm_up())
		return false;
	if (r != NULL)
		generator_measure(r);
	else
		*flat_out = generator_flat_out();
	return true;
}

/* Start a proxy, measure one traffic, stop it. The whole run, or flat out alone without `r`. */
static void
run_once(const struct bench_options *options, const struct proxy *p, unsigned int traffic,
	 unsigned int children, struct generator_result *r, double *flat_out)
{
	pid_t pid = process_start(p->args(options, children), packet_lay, p->inside);
	bool ready = pid > 0 && (traffics[traffic] != FRAMES_EDGE || p->echo || learn_routes());
	struct frame_set set;

	frame_set_init(&set, traffics[traffic], FLOWS, BINDINGS, world_engine_mac);
	set.echo = p->echo;
	if (!ready || !measure(&set, r, flat_out)) {
		process_print_log();
		bench_die("edge: %s forwards nothing of '%s'", p->name, names[traffic]);
	}
	process_stop(pid);
	packet_close();
	frame_set_fini(&set);
}

/* ---- all of them ---- */

static void
choose_children(const struct bench_options *options, struct proxy *p)
{
	for (unsigned int t = 0; t < TRAFFICS; t++) {
		struct samples chosen = { .count = 1 };
		double best = 0, rate;
		char name[32];

		for (unsigned int n = 1; n <= MAX_CHILDREN; n++) {
			run_once(options, p, t, n, NULL, &rate);
			p->children[t] = rate > best ? n : p->children[t];
			best = rate > best ? rate : best;
		}
		chosen.value[0] = p->children[t];
		snprintf(name, sizeof(name), "%s.%s.children", p->name, names[t]);
		report("edge", name, "processes", &chosen);
	}
}

static void
report_ratio(const char *traffic, const char *what, const struct samples *ours,
	     const struct samples *theirs)
{
	struct samples ratio = { .count = 0 };
	char name[48];

	/* a run in which nothing passed without loss has no partner to be held against */
	for (unsigned int i = 0; ours->count == theirs->count && i < ours->count; i++)
		samples_add(&ratio, ours->value[i] / theirs->value[i]);
	snprintf(name, sizeof(name), "ratio.%s.%s", traffic, what);
	report("edge", name, "times", &ratio);
}

static void
report_all(const struct proxy *ours, const struct proxy *theirs, const struct proxy *ceiling)
{
	const struct proxy *all[] = { ours, theirs, ceiling };

	for (unsigned int t = 0; t < TRAFFICS; t++) {
		char prefix[32];

		for (unsigned int i = 0; i < 3; i++) {
			if (all[i] == NULL)
				continue;
			snprintf(prefix, sizeof(prefix), "%s.%s.", all[i]->name, names[t]);
			generator_report("edge", prefix, &all[i]->result[t]);
		}
		if (theirs == NULL)
			continue;
		report_ratio(names[t], "without_loss", &ours->result[t].lossless,
			     &theirs->result[t].lossless);
		report_ratio(names[t], "flat_out", &ours->result[t].flat_out,
			     &theirs->result[t].flat_out);
	}
}

static struct proxy engine = { .name = "viaduct", engine_args, interface_up };
static struct proxy kamailio = { .name = "kamailio", kamailio_args, kernel_network };
static struct proxy echo = { .name = "testpmd", echo_args, interface_up, .echo = true };

static bool
has(const struct bench_options *options, const struct proxy *p, const char *packages)
{
	char text[96];

	if (p->args(options, 1) != NULL)
		return true;
	snprintf(text, sizeof(text), "skipped: it is not there: install %s", packages);
	report_note("edge", p->name, text);
	return false;
}

static void
run_all(const struct bench_options *options)
{
	unsigned int runs = options->runs < EDGE_RUNS ? options->runs : EDGE_RUNS;
	bool has_peer = has(options, &kamailio, "kamailio and kamailio-outbound-modules");
	bool has_echo = has(options, &echo, "dpdk");

	if (has_peer)
		choose_children(options, &kamailio);
	for (unsigned int r = 0; r < runs; r++)
		for (unsigned int t = 0; t < TRAFFICS; t++) {
			run_once(options, &engine, t, 1, &engine.result[t], NULL);
			if (has_peer)
				run_once(options, &kamailio, t, kamailio.children[t],
					 &kamailio.result[t], NULL);
			if (has_echo)
				run_once(options, &echo, t, 1, &echo.result[t], NULL);
		}
	report_all(&engine, has_peer ? &kamailio : NULL, has_echo ? &echo : NULL);
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
		report_note("edge", "all", why);
		return BENCH_SKIPPED;
	}
	eal_open();
	world_publish();
	world_bindings(options->bindings);
	generator_take_core(0);
	if (!packet_enter())
		bench_die("edge: no network namespace: %m");
	run_all(options);
	packet_leave();
	generator_close();
	messages_use_routes(NULL, 0);
	for (unsigned int i = 0; i < FLOWS; i++)
		free(route[i]);
	return 0;
}

const struct bench edge_bench = {
	"edge",
	"viaduct-dataplane and Kamailio as edge proxies on a veth pair",
	true,
	run,
};
