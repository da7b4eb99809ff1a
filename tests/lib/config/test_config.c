/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that are taken, and what they mean. */
#include "config/schema.h"
#include "lib/config/support.h"

static struct flow_address
ip(const char *text)
{
	struct flow_address a;

	assert_true(flow_ip_decode(slice_str(text), &a));
	return a;
}

GTEST_F(Config, least, NULL, unload)
{
	assert_loads(SLICE(LEAST));
	assert_string_equal(config->path, config_path);
	assert_string_equal(config->file->instance, "edge1");
	assert_string_equal(config->state_dir, "/var/lib/viaduct/edge1");
	assert_string_equal(config->run_dir, "/run/viaduct/edge1");
	assert_string_equal(config->shm_dir, "/dev/shm/viaduct/edge1");
	assert_int_equal(config->port_count, 1);
	assert_int_equal(config->port[0].address_count, 2);
	assert_int_equal(config->port[0].address[0].bits, 24);
	assert_int_equal(config->port[0].address[1].prefix.family, 6);
	assert_int_equal(config->port[0].address[1].bits, 64);
	assert_int_equal(config->listener_count, 1);
	assert_int_equal(config->listener[0].port, 0);
	assert_int_equal(config->listener[0].address.port, 5060);
	assert_slice(slice_of(config->listener[0].text, config->listener[0].text_len),
		     "192.0.2.10:5060");
	assert_int_equal(config->deny.count + config->peers.count + config->relay.count, 0);
	assert_int_equal(config->next_hop_count, 0);
	assert_null(config->file->user);
	assert_null(config->file->edge.name);
}

GTEST_F(Config, defaults, NULL, unload)
{
	const struct config_file *f;

	assert_loads(SLICE(LEAST));
	f = config->file;
	assert_int_equal(f->dataplane.workers, 1);
	assert_false(f->dataplane.busy_poll);
	assert_int_equal(f->dataplane.hugepages, CONFIG_HUGEPAGES_AUTO);
	assert_int_equal(f->dataplane.memory_mb, 256);
	assert_int_equal(f->dataplane.buffers, 16384);
	assert_int_equal(f->dataplane.max_message, 65000);
	assert_int_equal(f->dataplane.fragments, 1024);
	assert_int_equal(f->dataplane.remember, 65536);
	assert_int_equal(f->ports[0].mtu, 1500);
	assert_int_equal(f->ports[0].queues, 1);
	assert_int_equal(f->ports[0].rx_checksum, CONFIG_CHECKSUM_AUTO);
	assert_int_equal(f->listen[0].udp, 5060);
	assert_false(f->edge.enabled);
	assert_false(f->edge.path_for_legacy);
	assert_int_equal(f->edge.record_route, CONFIG_RECORD_ROUTE_ALWAYS);
	assert_int_equal(f->edge.flows, 65536);
	assert_int_equal(f->registrar.min_expires, 60);
	assert_int_equal(f->registrar.max_expires, 7200);
	assert_int_equal(f->registrar.default_expires, 3600);
	assert_int_equal(f->registrar.max_contacts, 10);
	assert_int_equal(f->registrar.max_aors, 1000000);
	assert_true(f->registrar.any_user);
	assert_true(f->proxy.record_route);
	assert_int_equal(f->proxy.max_breadth, 60);
	assert_int_equal(f->proxy.max_breadth_limit, 60);
	assert_int_equal(f->proxy.max_via, 128);
	assert_int_equal(f->proxy.max_route, 32);
	assert_int_equal(f->proxy.aor_revisit_limit, 8);
}

/* What is written is not taken for absent because it is 0, false or the same as none. */
GTEST_F(Config, written_values_beat_defaults, NULL, unload)
{
	assert_loads(SLICE(LEAST "proxy:\n"
				 "  record_route: false\n"
				 "  check: routing\n"
				 "  max_headers: 40\n"
				 "  max_uri: 300\n"
				 "  max_body: 2000\n"
				 "  multipart_depth: 3\n"
				 "  multipart_parts: 9\n"
				 "  aor_revisit_limit: 0\n"
				 "registrar:\n"
				 "  any_user: false\n"
				 "dataplane:\n"
				 "  workers: 4\n"));
	assert_false(config->file->proxy.record_route);
	assert_int_equal(config->file->proxy.check, CONFIG_CHECK_ROUTING);
	assert_int_equal(config->file->proxy.max_headers, 40);
	assert_int_equal(config->file->proxy.max_uri, 300);
	assert_int_equal(config->file->proxy.max_body, 2000);
	assert_int_equal(config->file->proxy.multipart_depth, 3);
	assert_int_equal(config->file->proxy.multipart_parts, 9);
	assert_int_equal(config->file->proxy.aor_revisit_limit, 0);
	assert_false(config->file->registrar.any_user);
	assert_int_equal(config->file->ports[0].queues, 4);
}

GTEST_F(Config, users_end_any_user, NULL, unload)
{
	assert_loads(SLICE(LEAST "registrar:\n  users: [alice@b.example]\n"));
	assert_false(config->file->registrar.any_user);
	assert_loads(SLICE(LEAST "registrar:\n  users: [alice@b.example]\n  any_user: true\n"));
	assert_true(config->file->registrar.any_user);
}

static const char full[] = "instance: home-2\n"
			   "state_dir: /srv/state\n"
			   "run_dir: /srv/run\n"
			   "shm_dir: /srv/shm\n"
			   "user: viaduct\n"
			   "dataplane:\n"
			   "  workers: 3\n"
			   "  cores: 1-4\n"
			   "  busy_poll: true\n"
			   "  hugepages: require\n"
			   "  memory_mb: 1024\n"
			   "  buffers: 32768\n"
			   "  max_message: 16384\n"
			   "  fragments: 16\n"
			   "  remember: 1024\n"
			   "  eal: [--log-level=7, '--no-telemetry']\n"
			   "ports:\n"
			   "  - name: wan\n"
			   "    device: 0000:03:00.0\n"
			   "    tap: wan-tap\n"
			   "    mtu: 9000\n"
			   "    queues: 3\n"
			   "    rx_checksum: off\n"
			   "    addresses: [192.0.2.10/24, 192.0.2.11/24]\n"
			   "    routes:\n"
			   "      - {to: 0.0.0.0/0, via: 192.0.2.1}\n"
			   "      - {to: '2001:db8:1::/48', via: '2001:db8::1'}\n"
			   "  - name: lan\n"
			   "    device: net_tap0\n"
			   "    addresses:\n"
			   "      - 2001:db8::10/64\n"
			   "listen:\n"
			   "  - {port: wan, address: 192.0.2.10}\n"
			   "  - {port: wan, address: 192.0.2.10, udp: 5080}\n"
			   "  - {port: lan, address: '2001:db8::10', udp: 65535}\n"
			   "names: [edge.example, \"proxy.example\"]\n"
			   "domains: [example.com, example.net]\n"
			   "edge:\n"
			   "  enabled: true\n"
			   "  name: edge.example\n"
			   "  path_for_legacy: true\n"
			   "  record_route: ob\n"
			   "  flows: 4096\n"
			   "registrar:\n"
			   "  min_expires: 30\n"
			   "  max_expires: 600\n"
			   "  default_expires: 300\n"
			   "  max_contacts: 5\n"
			   "  max_aors: 1000\n"
			   "  any_user: true\n"
			   "proxy:\n"
			   "  max_breadth: 1\n"
			   "  max_breadth_limit: 4294967294\n"
			   "  max_via: 70\n"
			   "  max_route: 10\n"
			   "networks:\n"
			   "  deny: [198.51.100.0/24, 203.0.113.7]\n"
			   "  peers: ['2001:db8:5::/48']\n"
			   "  relay: [10.0.0.0/8]\n"
			   "next_hops:\n"
			   "  - {domain: example.org, address: 192.0.2.77}\n"
			   "  - {domain: '*', address: '2001:db8::77', port: 5070}\n";

GTEST_F(Config, every_key, NULL, unload)
{
	const struct config_file *f;
	struct flow_address a;

	assert_loads(slice_str(full));
	f = config->file;
	assert_string_equal(config->state_dir, "/srv/state/home-2");
	assert_string_equal(config->run_dir, "/srv/run/home-2");
	assert_string_equal(config->shm_dir, "/srv/shm/home-2");
	assert_string_equal(f->user, "viaduct");
	assert_int_equal(f->dataplane.workers, 3);
	assert_string_equal(f->dataplane.cores, "1-4");
	assert_true(f->dataplane.busy_poll);
	assert_int_equal(f->dataplane.hugepages, CONFIG_HUGEPAGES_REQUIRE);
	assert_int_equal(f->dataplane.memory_mb, 1024);
	assert_int_equal(f->dataplane.max_message, 16384);
	assert_int_equal(f->dataplane.eal_count, 2);
	assert_string_equal(f->dataplane.eal[1], "--no-telemetry");
	assert_int_equal(config->port_count, 2);
	assert_string_equal(config->port[0].file->device, "0000:03:00.0");
	assert_string_equal(config->port[0].file->tap, "wan-tap");
	assert_int_equal(f->ports[0].mtu, 9000);
	assert_int_equal(f->ports[0].rx_checksum, CONFIG_CHECKSUM_OFF);
	assert_int_equal(f->ports[1].mtu, 1500);
	assert_int_equal(f->ports[1].queues, 3);
	assert_int_equal(config->port[0].route_count, 2);
	assert_int_equal(config->port[0].route[0].to.bits, 0);
	a = ip("192.0.2.1");
	assert_true(flow_ip_eq(&config->port[0].route[0].via, &a));
	assert_int_equal(config->port[0].route[1].to.bits, 48);
	assert_int_equal(config->listener_count, 3);
	assert_int_equal(config->listener[2].port, 1);
	assert_slice(slice_of(config->listener[2].text, config->listener[2].text_len),
		     "[2001:db8::10]:65535");
	assert_int_equal(f->names_count, 2);
	assert_string_equal(f->domains[1], "example.net");
	assert_string_equal(f->edge.name, "edge.example");
	assert_int_equal(f->edge.record_route, CONFIG_RECORD_ROUTE_OB);
	assert_int_equal(f->registrar.default_expires, 300);
	assert_true(f->proxy.max_breadth_limit == UINT32_MAX - 1);
	assert_int_equal(config->next_hop_count, 2);
	assert_slice(config->next_hop[0].domain, "example.org");
	assert_int_equal(config->next_hop[0].target[0].address.port, 5060);
	assert_slice(config->next_hop[1].domain, "*");
	assert_int_equal(config->next_hop[1].target[0].address.port, 5070);
}

static const struct network_row {
	const char *ip;
	bool denied;
} networks[] = {
	{ "198.51.100.0", true },   { "198.51.100.255", true },       { "198.51.101.0", false },
	{ "203.0.113.7", true },    { "203.0.113.8", false },         { "10.1.2.3", false },
	{ "2001:db8:5::1", false }, { "::ffff:198.51.100.1", false },
};

static void
check_network(void **state)
{
	const struct network_row *r = *state;
	struct flow_address a = ip(r->ip);

	assert_loads(slice_str(full));
	assert_int_equal(config_network_has(&config->deny, &a), r->denied);
	config_free(config);
	config = NULL;
}
GTEST_ROWS(Config, networks, ip, check_network);

/* Numbers mean what they say: the check and the loader must read the same. */
static const struct number_row {
	const char *label;
	const char *text;
	uint32_t mtu;
} numbers[] = {
	{ "plain", "1400", 1400 },
	{ "quoted", "'1400'", 1400 },
	{ "lowest", "576", 576 },
	{ "highest", "9216", 9216 },
};

static void
check_number(void **state)
{
	const struct number_row *r = *state;
	char text[400];

	snprintf(text, sizeof(text),
		 "instance: a\nports:\n  - {name: p, device: d, addresses: [192.0.2.1/24], mtu: "
		 "%s}\n"
		 "listen:\n  - {port: p, address: 192.0.2.1}\n",
		 r->text);
	assert_loads(slice_str(text));
	assert_int_equal(config->file->ports[0].mtu, r->mtu);
	config_free(config);
	config = NULL;
}
GTEST_ROWS(Config, numbers, label, check_number);

/* So many list entries that their lines are not all remembered; what follows still counts. */
GTEST_F(Config, many_users, NULL, unload)
{
	enum { USERS = 5000 };
	size_t room = sizeof(LEAST) + USERS * 32 + 100, n;
	char *text = malloc(room);

	assert_non_null(text);
	n = (size_t)snprintf(text, room, "%sregistrar:\n  users:\n", LEAST);
	for (unsigned int i = 0; i < USERS; i++)
		n += (size_t)snprintf(text + n, room - n, "    - u%u@b.example\n", i);
	n += (size_t)snprintf(text + n, room - n,
			      "proxy:\n  max_breadth: 7\n  record_route: false\n");
	assert_loads(slice_of(text, n));
	free(text);
	assert_int_equal(config->file->registrar.users_count, USERS);
	assert_int_equal(config->file->proxy.max_breadth, 7);
	assert_false(config->file->proxy.record_route);
}

GTEST_F(Config, anchors_and_comments, NULL, unload)
{
	assert_loads(SLICE("# a comment\n"
			   "instance: a\n"
			   "ports:\n"
			   "  - {name: p, device: d, addresses: [&here 192.0.2.1/24]}\n"
			   "  - {name: q, device: e, addresses: [*here]} # the same again\n"
			   "listen:\n"
			   "  - {port: q, address: 192.0.2.1}\n"));
	assert_int_equal(config->port[1].address[0].bits, 24);
}

/* ---- the documented keys and the schema ---- */

static unsigned int documented;

static void walk(const cyaml_schema_value_t *schema, const char *path);

static void
walk_field(const cyaml_schema_field_t *field, const char *path)
{
	const struct config_key *key;
	char child[96];

	snprintf(child, sizeof(child), "%s%s%s", path, path[0] != '\0' ? "." : "", field->key);
	key = config_key_find(child);
	if (key == NULL)
		fail_msg("'%s' is in the schema but not among the documented keys", child);
	documented++;
	if ((field->value.type == CYAML_UINT) != (key->max != 0))
		fail_msg("'%s' is a number in one of both only", child);
	walk(&field->value, child);
}

static void
walk(const cyaml_schema_value_t *schema, const char *path)
{
	char child[96];

	if (schema->type == CYAML_MAPPING) {
		for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key != NULL; f++)
			walk_field(f, path);
	} else if (schema->type == CYAML_SEQUENCE) {
		snprintf(child, sizeof(child), "%.90s[]", path);
		walk(schema->sequence.entry, child);
	}
}

GTEST(ConfigKeys, same_as_the_schema)
{
	unsigned int keys = 0;

	documented = 0;
	walk(&config_schema, "");
	for (const struct config_key *k = config_keys; k->path != NULL; k++)
		keys++;
	/* The walk found a row for each field; as many rows as fields: no row is left over. */
	assert_int_equal(keys, documented);
}

GTEST(ConfigKeys, each_is_told_once_and_whole)
{
	for (const struct config_key *k = config_keys; k->path != NULL; k++) {
		char range[64];

		assert_ptr_equal(config_key_find(k->path), k);
		assert_in_range(strlen(k->expected), 1, 100);
		assert_in_range(strlen(k->help), 3, 200);
		if (k->max == 0)
			continue;
		assert_true(k->min <= k->max);
		if (k->number != 0)
			assert_in_range(k->number, k->min, k->max);
		snprintf(range, sizeof(range), k->max > 1000000000 ? "from %u" : "from %u to %u",
			 k->min, k->max);
		if (strstr(k->expected, range) == NULL)
			fail_msg("%s: \"%s\" does not say \"%s\"", k->path, k->expected, range);
	}
	assert_null(config_key_find("ports[0].mtu"));
	assert_null(config_key_find(""));
	assert_null(config_key_find("dataplane.worker"));
}

/* What only looks like a mistake. */
GTEST_F(Config, next_hops_that_fit, NULL, unload)
{
	assert_loads(SLICE(LEAST "  - {port: wan, address: 192.0.2.11, standby: true}\n"
				 "domains: [a.example]\n"
				 "next_hops:\n"
				 "  - domain: b.example\n"
				 "    targets:\n"
				 "      - host: 192.0.2.11\n" /* another engine's, while it lives */
				 "      - {host: 192.0.2.11, port: 5070}\n"
				 "      - {host: 192.0.2.10, port: 5070}\n"
				 "      - host: c.example\n"
				 "      - {host: c.example, port: 5060}\n"
				 "  - {domain: a.b.example, address: 192.0.2.11}\n"
				 "  - {domain: '*', address: 192.0.2.11}\n"
				 "edge: {unsolicited_notify: [dialog, presence.winfo]}\n"));
	assert_int_equal(config->next_hop[0].target_count, 5);
	assert_int_equal(config->next_hop_count, 3);
}
