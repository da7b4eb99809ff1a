/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Another application's graph with our nodes in it: not linked with them, they come by EAL's -d.
 * Argument: the path of the plugin. Exit status 77: cannot be tried here.
 */
#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_graph.h>
#include <rte_graph_worker.h>
#include <rte_mbuf.h>

#include "config/config.h"
#include "engine.h"
#include "node/via_output.h"
#include "table/keys.h"
#include "table/routes.h"

static const char message[] =
	"OPTIONS sip:bob@203.0.113.50 SIP/2.0\r\n"
	"Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1\r\n"
	"From: <sip:a@example.org>;tag=1\r\nTo: <sip:b@example.org>\r\n"
	"Call-ID: p@198.51.100.9\r\nCSeq: 1 OPTIONS\r\n\r\n";

static const char settings[] =
	"instance: plugin\n"
	"ports: [{name: wan, device: net_null0, addresses: [192.0.2.10/24]}]\n"
	"listen: [{port: wan, address: 192.0.2.10}]\n"
	"networks: {relay: [198.51.100.0/24]}\n";

/* The entry points of the plugin that a host needs; the rest of engine.h is inline. */
static struct {
	typeof(via_engine_open) *open;
	typeof(via_engine_close) *close;
	typeof(via_engine_next_worker) *next_worker;
	typeof(via_worker_begin) *begin;
	typeof(via_worker_end) *end;
} via;

static struct rte_mempool *pool, *large_pool;
static struct rte_mbuf *to_send;
static char received[4096];
static unsigned int received_count;

static int
fail(const char *what)
{
	fprintf(stderr, "plugin_host: %s\n", what);
	return 1;
}

static uint16_t
host_source_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	(void)objs;
	(void)n;
	if (to_send == NULL)
		return 0;
	rte_node_enqueue_x1(graph, node, 0, to_send);
	to_send = NULL;
	return 1;
}

static struct rte_node_register host_source_node = {
	.name = "host_source",
	.flags = RTE_NODE_SOURCE_F,
	.process = host_source_process,
	/* rte_graph refuses nodes that no source leads to, and via_* brings via_demux */
	.nb_edges = 2,
	.next_nodes = { "via_parse", "via_demux" },
};
RTE_NODE_REGISTER(host_source_node)

static uint16_t
host_sink_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	(void)graph;
	(void)node;
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = objs[i];

		snprintf(received, sizeof(received), "%.*s", (int)m->data_len - 42,
			 rte_pktmbuf_mtod_offset(m, const char *, 42));
		received_count++;
		rte_pktmbuf_free(m);
	}
	return n;
}

static struct rte_node_register host_sink_node = {
	.name = "host_sink",
	.process = host_sink_process,
};
RTE_NODE_REGISTER(host_sink_node)

static bool
find_entry_points(const char *path)
{
	void *plugin = dlopen(path, RTLD_NOW | RTLD_NOLOAD);

	if (plugin == NULL)
		return false;
	via.open = (typeof(via.open))dlsym(plugin, "via_engine_open");
	via.close = (typeof(via.close))dlsym(plugin, "via_engine_close");
	via.next_worker = (typeof(via.next_worker))dlsym(plugin, "via_engine_next_worker");
	via.begin = (typeof(via.begin))dlsym(plugin, "via_worker_begin");
	via.end = (typeof(via.end))dlsym(plugin, "via_worker_end");
	return via.open != NULL && via.close != NULL && via.next_worker != NULL &&
	       via.begin != NULL && via.end != NULL;
}

/* A configuration in `dir`, and the tables that control would publish. */
static struct config *
make_world(const char *dir)
{
	struct routes_route route = { .prefix.family = 4, .gateway.family = 4 };
	struct routes_neighbour neighbour = { .address.family = 4, .mac = { 2, 0, 0, 0, 0, 9 } };
	const struct routes_content content = { .routes = &route, .route_count = 1,
						.neighbours = &neighbour, .neighbour_count = 1 };
	struct config_errors *errors = calloc(1, sizeof(*errors));
	struct config *config;
	struct keyring ring;
	char path[256];
	FILE *f;

	memcpy(route.gateway.ip, (uint8_t[]){ 192, 0, 2, 1 }, 4);
	memcpy(neighbour.address.ip, route.gateway.ip, 4);
	snprintf(path, sizeof(path), "%s/config", dir);
	f = fopen(path, "we");
	if (f == NULL || errors == NULL)
		return NULL;
	fprintf(f, "shm_dir: %s\n%s", dir, settings);
	fclose(f);
	config = config_load(path, errors);
	unlink(path);
	free(errors);
	if (config == NULL || mkdir(config->shm_dir, 0700) != 0 ||
	    keyring_generate(&ring) != KEYRING_OK ||
	    keys_publish(config->shm_dir, &ring) != SEGMENT_OK ||
	    routes_publish(config->shm_dir, &content) != SEGMENT_OK)
		return NULL;
	return config;
}

/* What via_demux would have found out. */
static void
make_message(void)
{
	struct via_meta *meta;

	to_send = rte_pktmbuf_alloc(pool);
	meta = via_meta(to_send);
	memset(meta, 0, sizeof(*meta));
	meta->flow.local = (struct flow_address){ { 192, 0, 2, 10 }, 5060, 4, 0 };
	meta->flow.remote = (struct flow_address){ { 198, 51, 100, 9 }, 5060, 4, 0 };
	meta->flow.transport = FLOW_UDP;
	memcpy(rte_pktmbuf_append(to_send, sizeof(message) - 1), message, sizeof(message) - 1);
}

static int
walk(struct via_engine *e)
{
	const char *patterns[] = { "host_*", "via_*", "pkt_drop" }, *edge[] = { "host_sink" };
	struct rte_graph_param param = { .socket_id = SOCKET_ID_ANY, .nb_node_patterns = 3,
					 .node_patterns = patterns };

	if (rte_node_edge_update(rte_node_from_name("via_output"), VIA_OUTPUT_PORT, edge, 1) != 1)
		return fail("no edge from via_output to a node of ours");
	via.next_worker(e->worker[0]);
	if (rte_graph_create("host", &param) == RTE_GRAPH_ID_INVALID)
		return fail("the graph cannot be made");
	make_message();
	via.begin(e->worker[0]);
	rte_graph_walk(rte_graph_lookup("host"));
	via.end(e->worker[0]);
	rte_graph_destroy(rte_graph_from_name("host"));
	if (received_count != 1 ||
	    strncmp(received, message, strcspn(message, "\r")) != 0 ||
	    strstr(received, "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK") == NULL)
		return fail("the message did not come through");
	return 0;
}

static int
run(const char *plugin)
{
	char dir[] = "/dev/shm/viaduct-plugin-XXXXXX", error[256] = "", command[64];
	struct via_engine *e = NULL;
	struct config *config;
	int result = 1;

	if (rte_node_from_name("via_parse") == RTE_NODE_ID_INVALID ||
	    rte_node_from_name("via_output") == RTE_NODE_ID_INVALID)
		return fail("the nodes are not registered");
	if (!find_entry_points(plugin))
		return fail("entry points are missing");
	pool = rte_pktmbuf_pool_create("host_pool", 2048, 0, VIA_META_ROOM, 2176, SOCKET_ID_ANY);
	large_pool = rte_pktmbuf_pool_create("host_large", 64, 0, VIA_META_ROOM, UINT16_MAX,
					     SOCKET_ID_ANY);
	if (pool == NULL || large_pool == NULL || mkdtemp(dir) == NULL)
		return fail("no memory");
	config = make_world(dir);
	if (config != NULL)
		e = via.open(config, pool, large_pool, error, sizeof(error));
	result = e != NULL ? walk(e) : fail(error);
	via.close(e);
	config_free(config);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) == 0 ? result : 1;
}

int
main(int argc, char **argv)
{
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-shconf", "-m", "128",
			"--no-telemetry", "--log-level=*:error", "-l", "0", "-d", argv[1], NULL };
	int result;

	if (argc != 2)
		return fail("usage: plugin_host PLUGIN");
	if (unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return 77;
	if (rte_eal_init((int)RTE_DIM(eal) - 1, eal) < 0)
		return fail("EAL does not start: is a folder above the plugin writable by others?");
	result = run(argv[1]);
	rte_eal_cleanup();
	return result;
}
