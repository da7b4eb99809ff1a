/* SPDX-License-Identifier: BSD-3-Clause */
/* viaduct-dataplane: EAL, ports, one graph on each worker core, and the keeping of the tables. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_graph_worker.h>
#include <rte_lcore.h>
#include <rte_pdump.h>

#include "eal_args.h"
#include "graph.h"
#include "port.h"
#include "process/folder.h"
#include "process/lock.h"
#include "process/privileges.h"

enum {
	TICK_US = 10000, /* between looks at the shared tables */
	IDLE_WALKS = 32, /* without work, before a worker sleeps */
	IDLE_SLEEP_NS = 50000,
	LARGE_BUFFERS = 512,
};

static _Atomic bool stop;

static void
on_signal(int number)
{
	(void)number;
	atomic_store(&stop, true);
}

/* ---- worker ---- */

struct worker_arg {
	struct via_worker *worker;
	struct rte_graph *graph;
	bool busy_poll;
};

static int
worker_main(void *arg)
{
	const struct worker_arg *a = arg;
	struct via_worker *w = a->worker;
	const struct timespec nap = { 0, IDLE_SLEEP_NS };
	unsigned int idle = 0;
	char error[256];

	if (!privileges_drop_dataplane(error, sizeof(error))) {
		fprintf(stderr, "viaduct-dataplane: worker %u: %s\n", w->index, error);
		atomic_store(&stop, true);
		return -1;
	}
	/* sleeps of microseconds: without this the kernel adds 50 to each */
	prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
	rte_rcu_qsbr_thread_register(w->engine->qsbr, w->index);
	rte_rcu_qsbr_thread_online(w->engine->qsbr, w->index);
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		via_worker_begin(w);
		rte_graph_walk(a->graph);
		via_worker_end(w);
		if (w->busy) {
			stats_add(&w->stats->busy, 1);
			idle = 0;
		} else if (!a->busy_poll && ++idle >= IDLE_WALKS) {
			nanosleep(&nap, NULL);
		}
	}
	rte_rcu_qsbr_thread_offline(w->engine->qsbr, w->index);
	rte_rcu_qsbr_thread_unregister(w->engine->qsbr, w->index);
	return 0;
}

/* ---- main thread ---- */

static void
store_port(struct stats_port *row, const struct config_port *port, uint16_t id)
{
	struct rte_eth_link link;
	struct rte_eth_stats st;

	snprintf(row->name, sizeof(row->name), "%s", port->file->name);
	snprintf(row->device, sizeof(row->device), "%.63s", port->file->device);
	rte_eth_macaddr_get(id, (struct rte_ether_addr *)row->mac);
	row->queues = port_rx_queues(id);
	row->mtu = port->file->mtu;
	row->up = rte_eth_link_get_nowait(id, &link) == 0 && link.link_status;
	if (rte_eth_stats_get(id, &st) != 0)
		return;
	row->rx_packets = st.ipackets;
	row->tx_packets = st.opackets;
	row->rx_octets = st.ibytes;
	row->tx_octets = st.obytes;
	row->rx_missed = st.imissed;
	row->rx_errors = st.ierrors;
	row->tx_errors = st.oerrors;
	row->no_buffers = st.rx_nombuf;
}

static void
store_ports(struct via_engine *e)
{
	for (unsigned int i = 0; i < e->config->port_count; i++)
		store_port(&e->stats->port[i], &e->config->port[i], e->wire_id[i]);
	e->stats->port_count = e->config->port_count;
}

/* Until a signal: tables a hundred times a second, statistics four times a second. */
static void
keep_house(struct via_engine *e)
{
	pid_t parent = getppid();

	for (unsigned int tick = 0; !atomic_load(&stop); tick++) {
		via_engine_tick(e);
		if (tick % 25 == 0) {
			store_ports(e);
			graph_statistics(e);
		}
		/* the supervisor is gone: do not outlive it holding the ports */
		if (getenv("VIADUCT_SUPERVISED") != NULL && getppid() != parent)
			atomic_store(&stop, true);
		usleep(TICK_US);
	}
}

static bool
open_ports(struct via_engine *e, struct rte_mempool *pool, char *error, size_t size)
{
	uint16_t tap_ids[CONFIG_MAX_PORTS];

	for (uint8_t i = 0; i < e->config->port_count; i++) {
		uint16_t wire_id;

		if (!port_open(e->config, i, pool, &wire_id, &tap_ids[i], error, size))
			return false;
		via_engine_add_port(e, i, wire_id, tap_ids[i]);
	}
	if (graph_join_ports(e, pool, tap_ids) != 0) {
		snprintf(error, size,
			 "the graph nodes cannot be joined: is another librte_node loaded?");
		return false;
	}
	return true;
}

/* The graphs are made one by one: node registration is not thread-safe. */
static bool
start_workers(struct via_engine *e, struct worker_arg *args, char *error, size_t size)
{
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0);

	for (unsigned int i = 0; i < e->worker_count; i++) {
		args[i] = (struct worker_arg){ e->worker[i], graph_create(e, e->worker[i]),
					       e->config->file->dataplane.busy_poll };
		if (args[i].graph == NULL) {
			snprintf(error, size, "the graph of worker %u cannot be made: %s", i,
				 rte_strerror(rte_errno));
			return false;
		}
	}
	for (unsigned int i = 0; i < e->worker_count;
	     i++, lcore = rte_get_next_lcore(lcore, 1, 0)) {
		if (lcore >= RTE_MAX_LCORE) {
			snprintf(error, size,
				 "dataplane.cores: %u workers need %u cores, the first "
				 "being for housekeeping",
				 e->worker_count, e->worker_count + 1);
			atomic_store(&stop, true);
			rte_eal_mp_wait_lcore();
			return false;
		}
		rte_eal_remote_launch(worker_main, &args[i], lcore);
	}
	return true;
}

/* One try at running: everything that is opened is closed again. */
static int
run(struct config *config, char *error, size_t size)
{
	const struct config_file_dataplane *f = &config->file->dataplane;
	struct rte_mempool *pool =
		via_pool_create("via_pool", f->buffers, RTE_MBUF_DEFAULT_DATAROOM);
	struct rte_mempool *large = via_pool_create("via_large", LARGE_BUFFERS, UINT16_MAX);
	struct worker_arg args[VIA_MAX_WORKERS];
	struct via_engine *e = NULL;
	int result = EXIT_FAILURE;

	if (pool == NULL || large == NULL)
		snprintf(error, size,
			 "no memory for %u packet buffers: raise dataplane.memory_mb or "
			 "lower dataplane.buffers",
			 f->buffers);
	else
		e = via_engine_open(config, pool, large, error, size);
	if (e != NULL && open_ports(e, pool, error, size) &&
	    privileges_drop_dataplane(error, size) && start_workers(e, args, error, size)) {
		printf("viaduct-dataplane: %s: %u ports, %u workers, %s\n", config->file->instance,
		       config->port_count, e->worker_count,
		       rte_eal_has_hugepages() ? "hugepages" : "no hugepages");
		fflush(stdout);
		keep_house(e);
		rte_eal_mp_wait_lcore();
		result = EXIT_SUCCESS;
	}
	port_close_all();
	via_engine_close(e);
	return result;
}

/* Without hugepages EAL lets a second engine of this name start, and it would spoil the rings. */
static bool
lock_instance(const struct config *config, char *error, size_t size)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/dataplane.lock", config->run_dir);
	if (lock_take(path, LOCK_PATIENCE_MS) >= 0)
		return true; /* held until the process ends */
	if (errno != EWOULDBLOCK)
		snprintf(error, size, "lock file %s: %s", path, strerror(errno));
	else
		snprintf(error, size, "another dataplane of '%s' is running (%s)",
			 config->file->instance, path);
	return false;
}

static int
fail(const char *text)
{
	fprintf(stderr, "viaduct-dataplane: %s\n", text);
	return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	struct config_errors errors;
	struct eal_args args;
	struct config *config;
	char error[512] = "";
	int result;

	if (argc != 2 || argv[1][0] == '-')
		return fail("usage: viaduct-dataplane CONFIG (viaduct run starts it)");
	config = config_load(argv[1], &errors);
	if (config == NULL) {
		config_errors_print(&errors, argv[1], stderr);
		return EXIT_FAILURE;
	}
	if (geteuid() != 0)
		return fail("must be started as root: ports and TAP devices are opened at start");
	if (!eal_args_make(&args, config, error, sizeof(error)))
		return fail(error);
	if (!folder_make(config->shm_dir, 0700, config->file->user, error, sizeof(error)) ||
	    !folder_make(config->run_dir, 0700, config->file->user, error, sizeof(error)) ||
	    !lock_instance(config, error, sizeof(error)) ||
	    !privileges_drop_before_ports(error, sizeof(error)))
		return fail(error);
	if (rte_eal_init(args.argc, args.argv) < 0) {
		snprintf(error, sizeof(error),
			 "DPDK does not start (%s): see its messages above; is "
			 "another engine called '%s' running?",
			 rte_strerror(rte_errno), config->file->instance);
		return fail(error);
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	if (args.huge)
		rte_pdump_init();
	result = run(config, error, sizeof(error));
	if (result != EXIT_SUCCESS)
		fail(error);
	if (args.huge)
		rte_pdump_uninit();
	rte_eal_cleanup();
	config_free(config);
	return result;
}
