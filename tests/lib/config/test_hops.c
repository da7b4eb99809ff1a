/* SPDX-License-Identifier: BSD-3-Clause */
/** From next_hops and dns to targets, and which listener leads to them. */
#include "config/hops.h"

#include "lib/config/support.h"

static const char hops[] =
	LEAST "  - {port: wan, address: 192.0.2.10, udp: 5070}\n"
	      "  - {port: wan, address: '2001:db8::10'}\n"
	      "next_hops:\n"
	      "  - {domain: one.example, address: 192.0.2.77, port: 5099}\n"
	      "  - domain: many.example\n"
	      "    balance: aor\n"
	      "    targets:\n"
	      "      - {host: 192.0.2.3, priority: 20, weight: 5}\n"
	      "      - {host: named.example, priority: 10, weight: 2}\n"
	      "      - {host: 192.0.2.1, priority: 10}\n"
	      "      - {host: named.example, priority: 10, port: 5080}\n"
	      "      - {host: '2001:db8::9', port: 5090, priority: 20}\n"
	      "dns:\n"
	      "  servers: [192.0.2.53, '192.0.2.54:5353', '2001:db8::53', '[2001:db8::54]:5354']\n";

static struct flow_address
ip(const char *text, uint16_t port)
{
	struct flow_address a;

	assert_true(flow_ip_decode(slice_str(text), &a));
	a.port = port;
	return a;
}

GTEST_F(ConfigHops, ports, NULL, unload)
{
	const struct config_next_hop *hop;

	assert_loads(slice_str(hops));
	assert_int_equal(config->next_hop[0].target[0].address.port, 5099);
	hop = &config->next_hop[1];
	assert_int_equal(hop->target[0].address.port, 5060);
	assert_int_equal(hop->target[4].address.port, 5090);
	/* a name without a port: the SRV records say */
	assert_int_equal(hop->target[1].address.family, 0);
	assert_int_equal(hop->target[1].port, 0);
	assert_int_equal(hop->target[3].port, 5080);
}

static const struct {
	const char *ip;
	uint16_t port;
} servers[] = {
	{ "192.0.2.53", 53 },
	{ "192.0.2.54", 5353 },
	{ "2001:db8::53", 53 },
	{ "2001:db8::54", 5354 },
};

GTEST_F(ConfigHops, servers, NULL, unload)
{
	assert_loads(slice_str(hops));
	assert_int_equal(config->server_count, 4);
	for (unsigned int i = 0; i < 4; i++) {
		struct flow_address want = ip(servers[i].ip, servers[i].port);

		assert_true(flow_address_eq(&config->server[i], &want));
	}
}

/* "named.example": two groups, the first of two targets; with a port: nothing. */
static unsigned int
resolve(const struct config_target *target, struct hops_target *out, unsigned int max,
	void *context)
{
	assert_ptr_equal(context, servers);
	assert_true(slice_eq(target->host, SLICE("named.example")));
	assert_in_range(max, 3, HOPS_TARGETS_MAX);
	if (target->port != 0)
		return 0;
	out[0] = (struct hops_target){ .address = ip("192.0.2.11", 1), .weight = 30 };
	out[1] = (struct hops_target){ .address = ip("192.0.2.12", 1), .weight = 10 };
	out[2] = (struct hops_target){ .address = ip("192.0.2.13", 1), .weight = 7, .group = 1 };
	return 3;
}

static const struct {
	const char *ip;
	uint16_t group, priority;
	uint32_t weight; /* in 65536ths */
} want[] = {
	{ "192.0.2.11", 0, 10, 2 * 65536 / 4 * 3 },
	{ "192.0.2.12", 0, 10, 2 * 65536 / 4 },
	{ "192.0.2.1", 0, 10, 65536 },
	{ "192.0.2.13", 1, 10, 2 * 65536 },
	{ "192.0.2.3", 2, 20, 5 * 65536 },
	{ "2001:db8::9", 2, 20, 65536 },
};

GTEST_F(ConfigHops, targets, NULL, unload)
{
	struct hops_target got[HOPS_TARGETS_MAX];
	unsigned int n, found = 0;

	assert_loads(slice_str(hops));
	n = config_hops_targets(&config->next_hop[1], resolve, (void *)(uintptr_t)servers, got);
	assert_int_equal(n, 6);
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int k = 0; k < n; k++) {
			struct flow_address a = ip(want[k].ip, 0);

			if (!flow_ip_eq(&got[i].address, &a))
				continue;
			found++;
			assert_int_equal(got[i].group, want[k].group);
			assert_int_equal(got[i].priority, want[k].priority);
			assert_int_equal(got[i].weight, want[k].weight);
		}
	assert_int_equal(found, 6);
	assert_int_equal(config_hops_targets(&config->next_hop[1], NULL, NULL, got), 3);
}

GTEST_F(ConfigHops, families, NULL, unload)
{
	assert_loads(SLICE(LEAST));
	assert_int_equal(config_families(config), HOPS_IPV4);
	assert_loads(SLICE(LEAST "  - {port: wan, address: '2001:db8::10'}\n"));
	assert_int_equal(config_families(config), HOPS_IPV4 | HOPS_IPV6);
}

GTEST_F(ConfigHops, source_listener, NULL, unload)
{
	const struct routes_route routes[] = {
		{ .prefix = { .family = 4, .ip = { 192, 0, 2 } }, .bits = 24 },
		{ .prefix = { .family = 4, .ip = { 10 } }, .bits = 8, .port = 1 },
		{ .prefix = { .family = 6 }, .bits = 0 },
	};
	const struct routes_table table = { .routes = routes, .route_count = 3 };
	struct flow_address near = ip("192.0.2.7", 5060), far = ip("198.51.100.1", 5060);
	struct flow_address other = ip("10.0.0.1", 5060), six = ip("2001:db8::1", 5060);

	assert_loads(slice_str(hops));
	assert_int_equal(config_source_listener(config, &table, &near, 0), 0);
	assert_int_equal(config_source_listener(config, &table, &near, 1), 1);
	assert_int_equal(config_source_listener(config, &table, &far, 0), -1);
	assert_int_equal(config_source_listener(config, &table, &other, 0), -1);
	assert_int_equal(config_source_listener(config, &table, &six, 0), 2);
	assert_loads(SLICE(LEAST));
	assert_int_equal(config_source_listener(config, &table, &six, 0), -1);
}
