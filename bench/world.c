/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "config/hops.h"
#include "table/keys.h"
#include "table/message_ring.h"
#include "table/routes.h"

enum { PROXIES = 4, RING_ELEMENTS = 4096, NICE = -20 };

#define NICE_TEXT "-20"

#define INSTANCE "bench"

/* Every limit is looked at, and none is met. */
#define PLENTY ": {rate: 100000000, burst: 100000000}\n"
#define GUARD                                                                                      \
	"guard:\n"                                                                                 \
	"  source" PLENTY "  stun" PLENTY "  register_source" PLENTY "  register_aor" PLENTY       \
	"  invite_source" PLENTY "  invite_aor" PLENTY "  registers" PLENTY "  requests" PLENTY    \
	"  sources: 262144\n  aors: 262144\n"

const uint8_t world_mac[6] = { 0x02, 0, 0, 0, 0, 0x02 };
const uint8_t world_engine_mac[6] = { 0x02, 0, 0, 0, 0, 0x01 };

/* All that is ever made, so that a signal handler can remove it. */
static const char *const names[] = {
	INSTANCE "/bindings",
	INSTANCE "/routes",
	INSTANCE "/keys",
	INSTANCE "/rings",
	INSTANCE "/stats",
	INSTANCE "/flows",
	INSTANCE "/failed",
	INSTANCE "/hops",
	INSTANCE "/orders",
	INSTANCE "/credentials",
	INSTANCE "/dataplane.lock",
	INSTANCE "/bindings.new",
	INSTANCE "/credentials.new",
	INSTANCE "/bindings.next",
	INSTANCE "/stats.new",
	INSTANCE "/flows.new",
	INSTANCE "/failed.new",
	INSTANCE "/hops.new",
	"viaduct.yaml",
	"memif.sock",
	"process.log",
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static char folder[64], tables[80], paths[NAMES][96];
static struct message_rings rings;
static struct binding_writer *writer;
static volatile pid_t child;
static bool first;

/* ---- addresses ---- */

static struct flow_address
ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
	return (struct flow_address){ .ip = { a, b, c, d }, .port = port, .family = 4 };
}

struct flow_address
world_listener(unsigned int i)
{
	return i == WORLD_ACCESS ? ipv4(192, 0, 2, 10, 5060) : ipv4(198, 51, 100, 10, 5060);
}

struct flow_address
world_agent(uint32_t user)
{
	return ipv4(203, 0, 113, (uint8_t)(1 + user % 250), (uint16_t)(1024 + user / 250 % 60000));
}

struct flow_address
world_proxy(unsigned int i)
{
	return ipv4(198, 51, 100, (uint8_t)(20 + i % PROXIES), 5060);
}

struct flow
world_agent_flow(uint32_t user)
{
	return (struct flow){ .local = world_listener(WORLD_ACCESS),
			      .remote = world_agent(user),
			      .transport = FLOW_UDP };
}

struct flow
world_proxy_flow(unsigned int i)
{
	return (struct flow){ .local = world_listener(WORLD_CORE),
			      .remote = world_proxy(i),
			      .transport = FLOW_UDP };
}

struct slice
world_aor(uint32_t user, char out[WORLD_AOR_MAX])
{
	static const char front[] = "sip:+4930", behind[] = "@" WORLD_DOMAIN;
	char *p = out + sizeof(front) - 1;

	memcpy(out, front, sizeof(front) - 1);
	for (int i = WORLD_USER_DIGITS; i-- > 0; user /= 10)
		p[i] = (char)('0' + user % 10);
	memcpy(p + WORLD_USER_DIGITS, behind, sizeof(behind) - 1);
	return slice_of(out, sizeof(front) - 1 + WORLD_USER_DIGITS + sizeof(behind) - 1);
}

/* ---- folder ---- */

/* sched(7): with autogroups, a nice value counts within the session only. */
static void
nice_session(const char *value)
{
	int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* there are none */
	if (write(fd, value, strlen(value)) < 0) {
		/* we are disturbed more, and say so by what we measure */
	}
	close(fd);
}

/* Nothing but system calls: signal handlers come here, too. */
static void
clean_up(void)
{
	if (first)
		nice_session("0");
	first = false;
	if (child > 0)
		kill(child, SIGKILL);
	child = 0;
	if (folder[0] == '\0')
		return;
	for (unsigned int i = 0; i < NAMES; i++)
		unlink(paths[i]);
	rmdir(tables);
	rmdir(folder);
}

static void
on_signal(int number)
{
	clean_up();
	_exit(128 + number);
}

void
world_go_first(void)
{
	first = true;
	setpriority(PRIO_PROCESS, 0, NICE);
	nice_session(NICE_TEXT);
}

void
world_child(int pid)
{
	child = pid;
}

const char *
world_folder(void)
{
	if (folder[0] != '\0')
		return folder;
	snprintf(folder, sizeof(folder), "/dev/shm/viaduct-bench-%d", (int)getpid());
	snprintf(tables, sizeof(tables), "%s/" INSTANCE, folder);
	for (unsigned int i = 0; i < NAMES; i++)
		snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, names[i]);
	atexit(clean_up);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGHUP, on_signal);
	signal(SIGABRT, on_signal);
	signal(SIGPIPE, on_signal);
	if (mkdir(folder, 0700) != 0 || mkdir(tables, 0700) != 0)
		bench_die("%s cannot be made", tables);
	return folder;
}

const char *
world_path(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", world_folder(), name);
	return path;
}

const char *
world_tables(void)
{
	world_folder();
	return tables;
}

/* ---- tables ---- */

static void
must(enum segment_error error, const char *what)
{
	if (error != SEGMENT_OK)
		bench_die("%s in %s: %s", what, tables, segment_error_text(error));
}

const struct keyring *
world_ring(void)
{
	static struct keyring ring;
	static bool made;

	if (!made && keyring_generate(&ring) != KEYRING_OK)
		bench_die("no random octets");
	made = true;
	return &ring;
}

const struct flow_keys *
world_keys(void)
{
	static struct flow_keys keys;
	static bool made;

	if (!made)
		flow_keys_init(&keys, world_ring());
	made = true;
	return &keys;
}

static struct routes_neighbour
neighbour(struct flow_address a)
{
	struct routes_neighbour n = { .address = a };

	n.address.port = 0;
	memcpy(n.mac, world_mac, sizeof(n.mac));
	return n;
}

static void
publish_routes(void)
{
	const struct flow_address router = ipv4(192, 0, 2, 1, 0);
	const struct routes_local locals[] = {
		{ .address = ipv4(192, 0, 2, 10, 0), .bits = 24 },
		{ .address = ipv4(198, 51, 100, 10, 0), .bits = 24 },
	};
	const struct routes_route routes[] = {
		{ .prefix = ipv4(192, 0, 2, 0, 0), .bits = 24 },
		{ .prefix = ipv4(198, 51, 100, 0, 0), .bits = 24 },
		{ .prefix = ipv4(203, 0, 113, 0, 0), .gateway = router, .bits = 24 },
		{ .prefix = ipv4(0, 0, 0, 0, 0), .gateway = router },
	};
	struct routes_neighbour neighbours[PROXIES + 1] = { neighbour(router) };
	struct routes_content content = {
		.locals = locals,
		.routes = routes,
		.neighbours = neighbours,
		.local_count = 2,
		.route_count = 4,
		.neighbour_count = PROXIES + 1,
	};

	for (unsigned int i = 0; i < PROXIES; i++)
		neighbours[i + 1] = neighbour(world_proxy(i));
	must(routes_publish(tables, &content), "routes");
}

void
world_publish(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	world_folder();
	must(keys_publish(tables, world_ring()), "keys");
	publish_routes();
	must(message_rings_create(&rings, tables, 1, RING_ELEMENTS), "rings");
}

/* A hundred times as fast as it should be: what a writer at full rate leaves in limbo for 40 s
 * would not fit into this machine. */
static uint64_t
hurried_ms(void)
{
	return wall_ns() / 10000;
}

struct binding_writer *
world_open(uint32_t count)
{
	const struct binding_capacity capacity = { .aors = count };
	enum segment_error error;
	struct binding_writer *w;

	world_folder();
	w = binding_writer_open(tables, &capacity, hurried_ms, &error);
	if (w == NULL)
		bench_die("binding table for %u AORs in %s: %s", count, tables,
			  segment_error_text(error));
	return w;
}

struct binding_writer *
world_adopt(void)
{
	enum segment_error error;
	struct binding_writer *w = binding_writer_adopt(tables, hurried_ms, &error);

	if (w == NULL)
		bench_die("binding table in %s: %s", tables, segment_error_text(error));
	return w;
}

struct binding_writer *
world_writer(void)
{
	return writer;
}

uint64_t
world_now_ms(void)
{
	return (uint64_t)time(NULL) * 1000;
}

const struct binding_table *
world_bindings(uint32_t count)
{
	static struct binding_table table;
	uint64_t now_ms = world_now_ms();

	if (writer != NULL)
		return &table;
	writer = world_open(count);
	for (uint32_t user = 0; user < count; user++)
		world_put(writer, user, now_ms);
	binding_writer_set_complete(writer, true);
	must(binding_writer_publish(writer), "bindings");
	must(binding_table_attach(&table, tables), "bindings");
	return &table;
}

/* ---- configuration ---- */

/* What control makes of it. */
static void
publish_hops(const char *path)
{
	static struct config_errors errors;
	struct config *config = config_load(path, &errors);

	if (config == NULL)
		bench_die("%s:%u: %s: %s", path, errors.row[0].line, errors.row[0].key,
			  errors.row[0].text);
	must(config_hops_publish(config, tables), "hops");
	config_free(config);
}

static const char *state_dir;

void
world_state(const char *dir)
{
	state_dir = dir;
}

const char *
world_configuration(const char *device, const char *dataplane_keys)
{
	const char *path = world_path("viaduct.yaml");
	FILE *f = fopen(path, "we");

	if (f == NULL)
		bench_die("%s cannot be written", path);
	fprintf(f,
		"instance: " INSTANCE "\n"
		"shm_dir: %s\nstate_dir: %s\nrun_dir: %s\n"
		"dataplane:\n%s"
		"ports:\n"
		"  - name: bench\n"
		"    device: \"%s\"\n"
		"    addresses: [192.0.2.10/24, 198.51.100.10/24]\n"
		"    routes: [{to: 0.0.0.0/0, via: 192.0.2.1}]\n"
		"listen:\n"
		"  - {port: bench, address: 192.0.2.10}\n"
		"  - {port: bench, address: 198.51.100.10}\n"
		"domains: [" WORLD_DOMAIN "]\n"
		"edge: {enabled: true, record_route: ob}\n"
		"networks: {peers: [198.51.100.0/24]}\n" GUARD
		"next_hops: [{domain: " WORLD_HOME_DOMAIN ", address: 198.51.100.20}]\n",
		folder, state_dir != NULL ? state_dir : folder, folder, dataplane_keys, device);
	if (fclose(f) != 0)
		bench_die("%s cannot be written", path);
	publish_hops(path);
	return path;
}
