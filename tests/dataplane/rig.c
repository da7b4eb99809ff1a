/* SPDX-License-Identifier: BSD-3-Clause */
#include "rig_internal.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <rte_eal.h>
#include <rte_ether.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "config/hops.h"
#include "node/node.h"
#include "node/via_output.h"
#include "process/clock.h"
#include "table/keys.h"
#include "table/routes.h"

enum { PORTS = 2 };

struct rig rig;

struct rte_mempool *rig_pool, *rig_large_pool;
struct rte_graph *rig_graph[VIA_MAX_WORKERS];

static struct config *config;
static const char *open_config;

const char rig_config_edge[] = RIG_NETWORKS RIG_NO_LIMITS "names: [proxy.example]\n"
					"edge: {enabled: true, name: ep1.example.com, "
					"record_route: ob}\n";

const char rig_config_two_workers[] =
	RIG_NETWORKS_OF("2") RIG_NO_LIMITS "edge: {enabled: true, name: ep1.example.com}\n";

const char rig_config_home[] = RIG_NETWORKS RIG_NO_LIMITS "names: [p1.example.com]\n"
					"domains: [example.com]\n"
					"proxy: {record_route: true}\n"
					"transactions: {state: never}\n";

const char rig_config_proxy[] = RIG_NETWORKS RIG_NO_LIMITS "names: [p1.example.com]\n"
					"domains: [example.com]\n"
					"proxy: {record_route: true}\n"
					"transactions: {failover_ms: 0}\n";

const char rig_config_routing[] = RIG_NETWORKS RIG_NO_LIMITS "names: [proxy.example]\n"
					   "edge: {enabled: true, name: ep1.example.com, "
					   "record_route: ob}\n"
					   "proxy: {check: routing}\n";

const char rig_config_dns[] = RIG_NETWORKS RIG_NO_LIMITS "names: [proxy.example]\n"
				       "domains: [example.com]\n"
				       "edge: {enabled: true}\n"
				       "dns: {enabled: true}\n";

/* ---- opening ---- */

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct config *
load_config(const char *text)
{
	static struct config_errors errors;
	char path[96], *all;
	struct config *c;

	snprintf(path, sizeof(path), "%s/config.yaml", rig.dir);
	assert_int_not_equal(asprintf(&all, "instance: rig\nshm_dir: %s\n%s", rig.dir, text), -1);
	write_file(path, all);
	free(all);
	c = config_load(path, &errors);
	if (c == NULL)
		fail_msg("config line %u: %s: %s", errors.row[0].line, errors.row[0].key,
			 errors.row[0].text);
	return c;
}

static struct routes_neighbour
neighbour(const char *address, uint8_t port)
{
	struct routes_neighbour n = { .address = rig_address(address), .port = port,
				      .mac = { 2, 0, 0, 0, port, 99 } };

	n.mac[3] = n.address.family;
	n.address.port = 0;
	return n;
}

static struct routes_route
route(const char *prefix, uint8_t bits, const char *gateway, uint8_t port)
{
	struct routes_route r = { .prefix = rig_address(prefix), .bits = bits, .port = port };

	r.prefix.port = 0;
	if (gateway != NULL)
		r.gateway = rig_address(gateway);
	r.gateway.port = 0;
	return r;
}

/* Every IPv4 and IPv6 address is reached by a gateway; 192.0.2.77 has no known MAC. */
static void
publish_routes(void)
{
	const struct routes_route routes[] = {
		route("0.0.0.0", 0, "192.0.2.1", 0),
		route("10.0.0.0", 24, "10.0.0.2", 1),
		route("192.0.2.77", 32, NULL, 0),
		route("[2000::]", 3, "[2001:db8::1]", 0),
	};
	const struct routes_neighbour neighbours[] = {
		neighbour("192.0.2.1", 0),
		neighbour("10.0.0.2", 1),
		neighbour("[2001:db8::1]", 0),
	};
	struct routes_local locals[] = {
		{ .address = rig_address("10.0.0.1"), .bits = 24, .port = 1 },
	};
	const struct routes_content content = {
		.locals = locals, .local_count = RTE_DIM(locals),
		.routes = routes, .route_count = RTE_DIM(routes),
		.neighbours = neighbours, .neighbour_count = RTE_DIM(neighbours),
	};

	for (size_t i = 0; i < RTE_DIM(locals); i++)
		locals[i].address.port = 0;
	assert_int_equal(routes_publish(config->shm_dir, &content), SEGMENT_OK);
}

static void
publish_tables(void)
{
	const struct binding_capacity capacity = { 256, 0 };
	enum segment_error error;

	assert_int_equal(keyring_generate(&rig.ring), KEYRING_OK);
	assert_int_equal(keys_publish(config->shm_dir, &rig.ring), SEGMENT_OK);
	publish_routes();
	assert_int_equal(config_hops_publish(config, config->shm_dir), SEGMENT_OK);
	rig.bindings = binding_writer_open(config->shm_dir, &capacity, clock_steady_ms, &error);
	assert_non_null(rig.bindings);
	binding_writer_set_complete(rig.bindings, true);
	assert_int_equal(binding_writer_publish(rig.bindings), SEGMENT_OK);
}

void
rig_publish_keys(void)
{
	assert_int_equal(keys_publish(config->shm_dir, &rig.ring), SEGMENT_OK);
	via_engine_tick(rig.engine);
}

void
rig_order(enum orders_state state, const char *contact)
{
	struct orders orders = { .state = state, .contact_len = (uint32_t)strlen(contact) };

	memcpy(orders.contact, contact, strlen(contact));
	assert_int_equal(orders_publish(config->shm_dir, &orders), SEGMENT_OK);
	via_engine_tick(rig.engine);
}

/* A worker reads its clock only now and then: it is put forward here, and kept there. */
void
rig_wait(uint64_t ms)
{
	for (unsigned int i = 0; i < rig.engine->worker_count; i++) {
		struct via_worker *w = rig.engine->worker[i];

		w->now_ms += ms;
		w->mono_ms += ms;
		w->tsc_ms_next = UINT64_MAX;
	}
}

static void
make_graph(unsigned int worker)
{
	static const char *const patterns[] = { "rig_*", "via_*", "pkt_drop" };
	struct rte_graph_param param = {
		.socket_id = SOCKET_ID_ANY,
		.nb_node_patterns = RTE_DIM(patterns),
		.node_patterns = (const char **)(uintptr_t)patterns,
	};

	char name[RTE_GRAPH_NAMESIZE];

	snprintf(name, sizeof(name), "rig_%u", worker);
	via_engine_next_worker(rig.engine->worker[worker]);
	assert_int_not_equal(rte_graph_create(name, &param), RTE_GRAPH_ID_INVALID);
	rig_graph[worker] = rte_graph_lookup(name);
}

static void
remove_files(const char *dir)
{
	char path[512];
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.' && unlink(path) != 0)
			remove_files(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

static void
close_engine(void)
{
	if (open_config == NULL)
		return;
	for (unsigned int i = 0; i < rig.engine->worker_count; i++)
		rte_graph_destroy(rig_graph[i]->id);
	via_engine_close(rig.engine);
	binding_writer_close(rig.bindings);
	config_free(config);
	remove_files(rig.dir);
	open_config = NULL;
}

void
rig_open(const char *text)
{
	char error[256] = "";

	if (text == open_config && text != NULL)
		return;
	close_engine();
	if (text == NULL)
		return;
	snprintf(rig.dir, sizeof(rig.dir), "/dev/shm/viaduct-rig-XXXXXX");
	assert_non_null(mkdtemp(rig.dir));
	config = load_config(text);
	mkdir(config->shm_dir, 0700);
	publish_tables();
	rig.engine = via_engine_open(config, rig_pool, rig_large_pool, error, sizeof(error));
	if (rig.engine == NULL)
		fail_msg("%s", error);
	rig.worker = rig.engine->worker[0];
	rig.receiver = 0;
	for (uint8_t i = 0; i < PORTS; i++) {
		via_engine_add_port(rig.engine, i, i, RTE_MAX_ETHPORTS);
		rig.engine->port[i].mac = (struct rte_ether_addr){ { 2, 0, 0, 0, i, 1 } };
	}
	for (unsigned int i = 0; i < rig.engine->worker_count; i++)
		make_graph(i);
	open_config = text;
}

/* ---- tables ---- */

void
rig_bind(const char *aor, ...)
{
	struct binding b[BINDING_MAX_CONTACTS] = { 0 };
	unsigned int n = 0;
	const char *text;
	uint64_t now = clock_wall_ms();
	va_list args;

	va_start(args, aor);
	while ((text = va_arg(args, const char *)) != NULL) {
		struct slice path = slice_str(text);

		b[n].contact = slice_cut(&path, '|');
		b[n].path = slice_cut(&path, '|');
		b[n].q = path.ptr != NULL ? (uint16_t)atoi(path.ptr) : 1000;
		slice_cut(&path, '|');
		b[n].features = path;
		if (b[n].path.len == 0)
			b[n].path = SLICE_ABSENT;
		b[n].expires_ms = now + 3600 * 1000;
		b[n].updated_ms = now + n;
		n++;
	}
	va_end(args);
	assert_int_equal(binding_writer_put(rig.bindings, slice_str(aor), b, n, NULL, 0),
			 BINDING_OK);
}

void
rig_bind_instances(const char *aor, const struct rig_binding *rows, unsigned int count,
		   const struct rig_instance *known, unsigned int known_count)
{
	struct binding b[BINDING_MAX_CONTACTS] = { 0 };
	struct binding_instance instance[BINDING_MAX_INSTANCES] = { 0 };
	uint64_t now = clock_wall_ms();

	for (unsigned int i = 0; i < count; i++) {
		const struct rig_binding *r = &rows[i];

		b[i].contact = slice_str(r->contact);
		b[i].path = slice_str(r->path);
		b[i].instance = slice_str(r->instance);
		b[i].features = slice_str(r->features);
		b[i].reg_id = r->reg_id;
		b[i].expires_ms = now + 3600 * 1000 + (uint64_t)(r->expires_s * 1000);
		b[i].updated_ms = now + (uint64_t)r->updated_s * 1000;
		b[i].registered_ms = now + (uint64_t)r->registered_s * 1000;
		b[i].q = r->q != 0 ? r->q : 1000;
	}
	for (unsigned int i = 0; i < known_count; i++)
		instance[i] = (struct binding_instance){ .id = slice_str(known[i].id),
							 .epoch = known[i].epoch };
	assert_int_equal(binding_writer_put(rig.bindings, slice_str(aor), b, count, instance,
					    known_count),
			 BINDING_OK);
}

const char *
rig_temp_gruu(uint64_t epoch)
{
	static const uint8_t random[TEMP_GRUU_RANDOM_SIZE] = { 1, 2, 3 };
	static char text[4][TEMP_GRUU_USER_LEN + 1];
	static unsigned int next;
	struct temp_gruu_keys keys;
	char *out = text[next++ % 4];

	temp_gruu_keys_init(&keys, rig.ring.gruu_key[KEYRING_CURRENT], NULL);
	temp_gruu_make(&keys, random, epoch, out);
	return out;
}

const char *
rig_token(enum flow_token_class class, const char *local, const char *remote)
{
	static char text[4][FLOW_TOKEN_MAX + 1];
	static unsigned int next;
	struct flow flow = { .transport = FLOW_UDP };
	char *out = text[next++ % 4];
	enum flow_token_form form =
		class == FLOW_TOKEN_ANY_CLASS ? FLOW_TOKEN_ALGORITHM2 : FLOW_TOKEN_PLAIN;
	struct flow_keys keys;

	flow.local = rig_address(local);
	flow.remote = rig_address(remote);
	flow_keys_init(&keys, &rig.ring);
	out[flow_token_make(&keys, form, &flow, class, out)] = '\0';
	return out;
}

/* ---- start ---- */

static struct rte_mempool *
make_pool(const char *name, unsigned int count, unsigned int room)
{
	return rte_pktmbuf_pool_create(name, count, 0, VIA_META_ROOM,
				       (uint16_t)RTE_MIN(room, (unsigned int)UINT16_MAX),
				       SOCKET_ID_ANY);
}

int
rig_main(int argc, char **argv)
{
	char lcores[48], *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-shconf", "-m", "256",
				    "--no-telemetry", "--log-level=*:error", lcores, NULL };
	int status;

	snprintf(lcores, sizeof(lcores), "--lcores=(0)@(0-%ld)", sysconf(_SC_NPROCESSORS_ONLN) - 1);
	/* raw sockets without root, and nothing of ours on the machine's own network */
	if (unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) != 0) {
		fprintf(stderr, "no network namespace: %s\n", strerror(errno));
		return 77;
	}
	if (rte_eal_init((int)RTE_DIM(eal) - 1, eal) < 0)
		return 77;
	rig_pool = make_pool("rig_pool", 8192, RTE_MBUF_DEFAULT_DATAROOM + RTE_PKTMBUF_HEADROOM);
	rig_large_pool = make_pool("rig_large", 128, UINT16_MAX);
	if (rig_pool == NULL || rig_large_pool == NULL ||
	    rte_node_edge_update(rte_node_from_name("via_output"), VIA_OUTPUT_PORT,
				 (const char *[]){ "rig_sink0", "rig_sink1" }, PORTS) != PORTS)
		return 1;
	status = gtest_main(argc, argv);
	rig_open(NULL);
	rte_eal_cleanup();
	return status;
}
