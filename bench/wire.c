/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A real viaduct-dataplane in a process of its own, and a generator in this one, joined by memif:
 * the messages that go through it without loss, and how long each takes at half of that. The
 * generator is on one core, the worker on another. Everything that comes out is checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_ethdev.h>

#include "bench.h"
#include "eal.h"
#include "frames.h"
#include "table/stats.h"
#include "world.h"

enum {
	BUFFERS = 16383,
	EACH = 512, /* frames of each kind */
	BURST = 32,
	WIRE_RUNS = 3, /* at most */
	STEPS = 6,     /* of one bisection */
	CHANCES = 3,   /* of one rate */
	WARM_SERIALS = 20000,
	WINDOW = 1 << 20, /* messages whose time of sending is remembered */
	MAX_LATENCIES = 1 << 21,
	RING_LOG = 11, /* descriptors in each direction, as memif is told */
	RING = 1 << RING_LOG,
	NICE = -10,    /* a worker's core is its own; here it may not be quite */
	THOROUGH = 64, /* every so many messages the checksum is looked at, too */
};

#define TRIAL_NS UINT64_C(500000000)
#define DRAIN_NS UINT64_C(50000000)
#define START_NS UINT64_C(8000000000)
#define BUDGET_NS UINT64_C(50000000000)
#define SLIP_NS UINT64_C(200000)

#define DEVICE "net_memif0,role=%s,id=0,rsize=%d,bsize=2048,socket-abstract=no,socket=%s,mac=%s"

static const uint8_t dataplane_mac[6] = { 0x02, 0, 0, 0, 0, 0x01 };

/* What one trial sent and saw. */
struct trial {
	uint64_t sent;    /* taken by the ring */
	uint64_t refused; /* not: the ring was full when their time had come */
	uint64_t received;
	uint64_t ns; /* of sending */
};

struct generator {
	struct rte_mempool *pool;
	struct frame_set set;
	uint16_t port;
	uint32_t serial;
	uint64_t begin_ns;
	uint64_t *sent_ns; /* by serial number */
	uint32_t *latency; /* ns; kept when not NULL */
	unsigned int latencies;
	uint64_t checked;
};

static struct generator generator;

/* ---- the dataplane ---- */

static void
find_dataplane(const struct bench_options *options, char *path, size_t size)
{
	char self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	if (options->dataplane != NULL)
		snprintf(path, size, "%s", options->dataplane);
	else
		snprintf(path, size, "%s/../dataplane/viaduct-dataplane", dirname(self));
}

/* Not in the network of this machine: the engine's TAP device is nobody else's business. */
static void
become_dataplane(const char *path, const char *configuration, const char *log)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, NICE);
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	if (unshare(CLONE_NEWNET) != 0)
		perror("unshare");
	execl(path, path, configuration, NULL);
	perror(path);
	_exit(127);
}

static pid_t
start_dataplane(const char *path)
{
	char device[256], configuration[96], log[96];
	pid_t pid;

	snprintf(device, sizeof(device), DEVICE, "client", RING_LOG, world_path("memif.sock"),
		 "02:00:00:00:00:01");
	snprintf(configuration, sizeof(configuration), "%s",
		 world_configuration(device, "  workers: 1\n  busy_poll: true\n"
					     "  cores: \"0@0,1@1\"\n"));
	snprintf(log, sizeof(log), "%s", world_path("dataplane.log"));
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become_dataplane(path, configuration, log);
	if (pid < 0)
		bench_die("wire: no process: %s", strerror(errno));
	world_child(pid);
	return pid;
}

static void
print_log(void)
{
	FILE *f = fopen(world_path("dataplane.log"), "re");
	char line[512];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		fputs(line, stderr);
	if (f != NULL)
		fclose(f);
}

static void
stop_dataplane(pid_t pid)
{
	uint64_t begin = wall_ns();

	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (wall_ns() - begin > 2000000000)
			kill(pid, SIGKILL);
		usleep(10000);
	}
	world_child(0);
}

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

/* ---- our end ---- */

/* We listen, so that the dataplane finds us when it opens its port. */
static bool
open_port(struct generator *g)
{
	struct rte_eth_conf conf = { 0 };
	char device[256];

	snprintf(device, sizeof(device), DEVICE, "server", RING_LOG, world_path("memif.sock"),
		 "02:00:00:00:00:02");
	return rte_dev_probe(device) == 0 &&
	       rte_eth_dev_get_port_by_name("net_memif0", &g->port) == 0 &&
	       rte_eth_dev_configure(g->port, 1, 1, &conf) == 0 &&
	       rte_eth_rx_queue_setup(g->port, 0, RING, SOCKET_ID_ANY, NULL, g->pool) == 0 &&
	       rte_eth_tx_queue_setup(g->port, 0, RING, SOCKET_ID_ANY, NULL) == 0 &&
	       rte_eth_dev_start(g->port) == 0;
}

static void
close_port(struct generator *g)
{
	rte_eth_dev_stop(g->port);
	rte_eth_dev_close(g->port);
}

/* The other end is there when the link is up and its statistics are published. */
static bool
wait_for_link(const struct generator *g, pid_t pid)
{
	uint64_t begin = wall_ns();
	struct rte_eth_link link;

	while (wall_ns() - begin < START_NS) {
		if (waitpid(pid, NULL, WNOHANG) != 0) {
			world_child(0);
			return false;
		}
		if (rte_eth_link_get_nowait(g->port, &link) == 0 && link.link_status != 0)
			return true;
		usleep(10000);
	}
	return false;
}

static unsigned int
send_burst(struct generator *g, unsigned int n, struct trial *t)
{
	struct rte_mbuf *m[BURST];
	uint32_t first = g->serial;
	uint64_t now = wall_ns();
	unsigned int taken;

	if (rte_pktmbuf_alloc_bulk(g->pool, m, n) != 0)
		bench_die("wire: out of buffers");
	for (unsigned int i = 0; i < n; i++) {
		m[i]->data_len = frame_write(&g->set, first + i, rte_pktmbuf_mtod(m[i], uint8_t *));
		m[i]->pkt_len = m[i]->data_len;
		g->sent_ns[(first + i) % WINDOW] = now;
	}
	taken = rte_eth_tx_burst(g->port, 0, m, (uint16_t)n);
	if (taken < n)
		rte_pktmbuf_free_bulk(m + taken, n - taken);
	g->serial += n;
	t->sent += taken;
	t->refused += n - taken;
	return taken;
}

static void
look_at(struct generator *g, const struct rte_mbuf *m, uint64_t now, struct trial *t)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	bool thorough = g->checked++ % THOROUGH == 0;
	uint32_t serial;
	const char *wrong = frame_check(&g->set, bytes, m->data_len, thorough, &serial);

	/* the kernel behind the engine's TAP device has things to say, too: no UDP of ours */
	if (wrong != NULL && serial == UINT32_MAX)
		return;
	if (wrong != NULL)
		bench_die("wire: message %x: %s:\n%.*s", serial, wrong, m->data_len - FRAME_HEADERS,
			  (const char *)bytes + FRAME_HEADERS);
	t->received++;
	if (g->latency != NULL && g->latencies < MAX_LATENCIES)
		g->latency[g->latencies++] = (uint32_t)(now - g->sent_ns[serial % WINDOW]);
}

static unsigned int
receive_burst(struct generator *g, struct trial *t)
{
	struct rte_mbuf *m[BURST];
	unsigned int n = rte_eth_rx_burst(g->port, 0, m, BURST);
	uint64_t now = n > 0 ? wall_ns() : 0;

	for (unsigned int i = 0; i < n; i++)
		look_at(g, m[i], now, t);
	if (n > 0)
		rte_pktmbuf_free_bulk(m, n);
	return n;
}

static void
drain(struct generator *g, struct trial *t)
{
	uint64_t last = wall_ns();

	while (wall_ns() - last < DRAIN_NS && t->received < t->sent)
		if (receive_burst(g, t) > 0)
			last = wall_ns();
}

/*
 * Send `rate` messages a second. A generator that was kept from its core does not catch up in one
 * rush, which would be another test: its timetable slips, and the rate is what was really sent.
 */
static struct trial
run_trial(struct generator *g, double rate, uint64_t length_ns)
{
	uint64_t begin = wall_ns(), end = begin + length_ns, now;
	double next = (double)begin, gap = 1e9 / rate;
	struct trial t = { 0 };

	for (now = begin; now < end; now = wall_ns()) {
		if (next < (double)now - (double)SLIP_NS)
			next = (double)now - (double)SLIP_NS;
		if (next <= (double)now) {
			unsigned int due = (unsigned int)(((double)now - next) / gap) + 1;

			due = RTE_MIN(due, (unsigned int)BURST);
			send_burst(g, due, &t);
			next += due * gap;
		}
		receive_burst(g, &t);
	}
	t.ns = now - begin;
	drain(g, &t);
	return t;
}

/* As fast as the ring takes them: never more on their way than it holds. */
static struct trial
run_flat_out(struct generator *g, uint64_t length_ns)
{
	uint64_t begin = wall_ns(), now;
	struct trial t = { 0 };

	for (now = begin; now < begin + length_ns; now = wall_ns()) {
		if (t.sent - t.received < (unsigned int)(RING - BURST))
			send_burst(g, BURST, &t);
		receive_burst(g, &t);
	}
	t.ns = now - begin;
	drain(g, &t);
	return t;
}

static double
rate_of(const struct trial *t)
{
	return (double)t->received * 1e9 / (double)t->ns;
}

static bool
without_loss(const struct trial *t)
{
	return t->refused == 0 && t->received == t->sent;
}

/*
 * Nothing is lost at this rate. The machine is not ours alone: a loss, or a generator that did not
 * come up to the rate, gets another chance.
 */
static bool
carries(struct generator *g, double rate, double *best)
{
	for (unsigned int i = 0; i < CHANCES; i++) {
		struct trial t = run_trial(g, rate, TRIAL_NS);

		if (!without_loss(&t) || rate_of(&t) < 0.97 * rate)
			continue;
		*best = RTE_MAX(*best, rate_of(&t));
		return true;
	}
	return false;
}

/* The highest rate that is carried, near what went through flat out. */
static double
bisect(struct generator *g, double flat_out)
{
	double low = 0, high = 1.1 * flat_out, best = 0, rate = flat_out;

	for (unsigned int i = 0; i < STEPS; i++) {
		if (carries(g, rate, &best))
			low = rate;
		else
			high = rate;
		rate = low > 0 ? (low + high) / 2 : 0.8 * high;
	}
	return best;
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
measure_latency(struct generator *g, double rate, struct samples *p50, struct samples *p99)
{
	static uint32_t room[MAX_LATENCIES];

	g->latency = room;
	g->latencies = 0;
	run_trial(g, rate, TRIAL_NS);
	g->latency = NULL;
	if (g->latencies == 0)
		return;
	qsort(room, g->latencies, sizeof(room[0]), by_size);
	samples_add(p50, room[g->latencies / 2] / 1e3);
	samples_add(p99, room[(uint64_t)g->latencies * 99 / 100] / 1e3);
}

/* ---- */

static int
skip(const char *why)
{
	fprintf(stderr, "viaduct-bench: wire: %s\n", why);
	return BENCH_SKIPPED;
}

/* The first messages may come before the engine has its tables: until they pass, none counts. */
static bool
warm_up(struct generator *g)
{
	uint64_t begin = wall_ns();
	struct trial t;

	do {
		t = run_trial(g, WARM_SERIALS, TRIAL_NS / 5);
	} while (!without_loss(&t) && wall_ns() - begin < START_NS);
	return without_loss(&t);
}

static void
measure(struct generator *g, unsigned int runs)
{
	struct samples rate = { 0 }, flat_out = { 0 }, p50 = { 0 }, p99 = { 0 };
	uint64_t begin = wall_ns();

	for (unsigned int r = 0; r < runs && wall_ns() - begin < BUDGET_NS / runs * (r + 1); r++) {
		struct trial t = run_flat_out(g, TRIAL_NS);
		double best;

		samples_add(&flat_out, rate_of(&t));
		best = bisect(g, rate_of(&t));
		if (best == 0)
			continue;
		samples_add(&rate, best);
		measure_latency(g, best / 2, &p50, &p99);
	}
	if (rate.count < runs)
		fprintf(stderr,
			"viaduct-bench: wire: in %u of %u runs no rate passed without loss: "
			"other processes want the cores\n",
			runs - rate.count, runs);
	report("wire", "rate_without_loss", "messages/s", &rate);
	report("wire", "rate_flat_out", "messages/s", &flat_out);
	report("wire", "latency.p50", "us", &p50);
	report("wire", "latency.p99", "us", &p99);
}

static int
run_beside(struct generator *g, const struct bench_options *options, pid_t pid)
{
	if (!wait_for_link(g, pid) || !warm_up(g)) {
		print_log();
		print_drops();
		fputs("viaduct-bench: wire: the dataplane forwards nothing\n", stderr);
		return EXIT_FAILURE;
	}
	measure(g, RTE_MIN(options->runs, (unsigned int)WIRE_RUNS));
	return EXIT_SUCCESS;
}

static void
stay_on_core(unsigned int core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static int
run(const struct bench_options *options)
{
	static const enum sample_kind kinds[] = { SAMPLE_INVITE, SAMPLE_DIALOG, SAMPLE_RESPONSE };
	struct generator *g = &generator;
	char path[320];
	int status;
	pid_t pid;

	find_dataplane(options, path, sizeof(path));
	if (geteuid() != 0)
		return skip("needs root: the dataplane opens ports and a TAP device");
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return skip("needs two cores: one for the dataplane, one for the generator");
	if (access(path, X_OK) != 0)
		bench_die("wire: no %s: name it with --dataplane", path);
	eal_open();
	stay_on_core(0);
	setpriority(PRIO_PROCESS, 0, NICE);
	world_publish();
	world_bindings(options->bindings);
	g->pool = eal_pool("wire_pool", BUFFERS, RTE_MBUF_DEFAULT_DATAROOM);
	g->sent_ns = calloc(WINDOW, sizeof(*g->sent_ns));
	if (g->sent_ns == NULL)
		bench_die("wire: no memory");
	if (!open_port(g))
		return skip("DPDK has no memif here: install librte-net-memif");
	frame_set_init(&g->set, "mix", kinds, 3, EACH, options->bindings, dataplane_mac);
	pid = start_dataplane(path);
	status = run_beside(g, options, pid);
	stop_dataplane(pid);
	close_port(g);
	frame_set_fini(&g->set);
	free(g->sent_ns);
	rte_mempool_free(g->pool);
	return status;
}

const struct bench wire_bench = {
	"wire",
	"viaduct-dataplane over memif: messages a second without loss, latency",
	true,
	run,
};
