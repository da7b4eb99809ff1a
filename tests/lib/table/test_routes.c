/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/table/support.h"
#include "table/routes.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct routes_table table;

static int
close_routes(void **state)
{
	routes_detach(&table);
	return remove_dir(state);
}

static struct flow_address
ip(const char *text)
{
	struct flow_address a;

	assert_true(flow_ip_decode(slice_str(text), &a));
	return a;
}

static void
publish(const struct routes_content *content)
{
	assert_int_equal(routes_publish(test_dir, content), SEGMENT_OK);
	routes_detach(&table);
	assert_int_equal(routes_attach(&table, test_dir), SEGMENT_OK);
}

/* In no order; `via` NULL: on link. Each has a port of its own, by which it is known. */
static const struct {
	const char *prefix;
	uint8_t bits;
	const char *via;
} plan[] = {
	{ "0.0.0.0", 0, "192.0.2.1" },
	{ "192.0.2.0", 24, NULL },
	{ "198.51.100.0", 24, "192.0.2.2" },
	{ "198.51.100.128", 25, "192.0.2.3" },
	{ "198.51.100.200", 32, "192.0.2.4" },
	{ "198.51.0.0", 16, "192.0.2.5" },
	{ "::", 0, "2001:db8::1" },
	{ "2001:db8::", 64, NULL },
	{ "2001:db8:1::", 48, "2001:db8::2" },
	{ "2001:db8:1::7", 128, "2001:db8::3" },
};

static void
publish_plan(unsigned int first, unsigned int last)
{
	struct routes_route routes[COUNT(plan)];
	unsigned int n = 0;

	memset(routes, 0, sizeof(routes));
	for (unsigned int i = first; i <= last; i++, n++) {
		routes[n].prefix = ip(plan[i].prefix);
		if (plan[i].via != NULL)
			routes[n].gateway = ip(plan[i].via);
		routes[n].bits = plan[i].bits;
		routes[n].port = (uint8_t)i;
	}
	publish(&(struct routes_content){ .routes = routes, .route_count = n });
}

static const struct find_row {
	const char *to;
	int route; /* of the plan */
} finds[] = {
	{ "8.8.8.8", 0 },         { "192.0.2.77", 1 },
	{ "192.0.3.77", 0 },      { "198.51.100.1", 2 },
	{ "198.51.100.128", 3 },  { "198.51.100.199", 3 },
	{ "198.51.100.200", 4 },  { "198.51.99.1", 5 },
	{ "198.52.0.0", 0 },      { "255.255.255.255", 0 },
	{ "2620::1", 6 },         { "2001:db8::ffff", 7 },
	{ "2001:db8:0:1::1", 6 }, { "2001:db8:1::8", 8 },
	{ "2001:db8:1::7", 9 },   { "::ffff:198.51.100.200", 6 },
};

static void
check_find(void **state)
{
	const struct find_row *r = gtest_row();
	const struct routes_route *found;
	struct flow_address to = ip(r->to);

	(void)state;
	publish_plan(0, COUNT(plan) - 1);
	to.port = 5060;
	found = routes_find(&table, &to);
	assert_non_null(found);
	assert_int_equal(found->port, r->route);
	assert_int_equal(found->gateway.family != 0, plan[r->route].via != NULL);
}
GTEST_ROWS_F(Routes, finds, to, check_find, make_dir, close_routes);

GTEST_F(Routes, without_a_default_route, make_dir, close_routes)
{
	struct flow_address far = ip("8.8.8.8"), near = ip("192.0.2.7"), v6 = ip("2001:db8::7");
	struct flow_address none = { .family = 0 };

	publish_plan(1, 5);
	assert_null(routes_find(&table, &far));
	assert_null(routes_find(&table, &v6));
	assert_null(routes_find(&table, &none));
	assert_non_null(routes_find(&table, &near));
}

GTEST_F(Routes, nothing_at_all, make_dir, close_routes)
{
	struct flow_address a = ip("192.0.2.7");

	publish(&(struct routes_content){ 0 });
	assert_null(routes_find(&table, &a));
	assert_null(routes_neighbour_find(&table, &a, 0));
	assert_false(routes_is_local(&table, &a));
}

/* A table that was never attached answers, too. */
GTEST(Routes, not_attached)
{
	const struct routes_table none = { 0 };
	struct flow_address a = ip("192.0.2.7");

	assert_null(routes_find(&none, &a));
	assert_null(routes_neighbour_find(&none, &a, 0));
	assert_false(routes_is_local(&none, &a));
}

GTEST_F(Routes, local_addresses, make_dir, close_routes)
{
	const struct routes_local locals[] = {
		{ .address = ip("192.0.2.10"), .bits = 24 },
		{ .address = ip("2001:db8::10"), .bits = 64, .port = 1 },
	};
	struct flow_address a;

	publish(&(struct routes_content){ .locals = locals, .local_count = COUNT(locals) });
	a = ip("192.0.2.10");
	a.port = 5060;
	assert_true(routes_is_local(&table, &a));
	a = ip("2001:db8::10");
	assert_true(routes_is_local(&table, &a));
	a = ip("192.0.2.11");
	assert_false(routes_is_local(&table, &a));
	a = ip("::ffff:192.0.2.10");
	assert_false(routes_is_local(&table, &a));
}

static struct routes_neighbour
neighbour(uint32_t n, uint8_t port)
{
	struct routes_neighbour row = { .address = { .family = n % 2 == 0 ? 4 : 6 }, .port = port };

	memcpy(row.address.ip, &n, sizeof(n));
	memcpy(row.mac, &n, sizeof(n));
	row.mac[5] = port;
	return row;
}

static const struct {
	const char *address;
	bool is;
} broadcasts[] = {
	{ "192.0.2.255", true }, { "192.0.2.0", true }, { "192.0.2.10", false },
	{ "192.0.3.255", false }, { "10.1.255.255", true }, { "10.1.0.255", false },
	{ "10.1.0.0", true }, { "198.51.100.4", false }, { "198.51.100.5", false },
	{ "198.51.100.9", false }, { "2001:db8::ffff:ffff", false }, { "2001:db8::", false },
	{ "::", false },
};

static void
check_broadcast(void **state)
{
	struct routes_local locals[5] = { { .bits = 24 }, { .bits = 16 }, { .bits = 31 },
					  { .bits = 32 }, { .bits = 64 } };
	const __typeof__(broadcasts[0]) *b = gtest_row();
	struct flow_address a = ip(b->address);

	(void)state;
	locals[0].address = ip("192.0.2.10");
	locals[1].address = ip("10.1.2.3");
	locals[2].address = ip("198.51.100.4");
	locals[3].address = ip("198.51.100.9");
	locals[4].address = ip("2001:db8::10");
	publish(&(struct routes_content){ .locals = locals, .local_count = COUNT(locals) });
	assert_int_equal(routes_is_broadcast(&table, &a), b->is);
}
GTEST_ROWS_F(Routes, broadcasts, address, check_broadcast, make_dir, close_routes);

GTEST_F(Routes, neighbours, make_dir, close_routes)
{
	enum { MANY = 2000 };
	static struct routes_neighbour rows[MANY];
	static const uint32_t counts[] = { 1, 8, 9, 16, 17, MANY };

	for (uint32_t i = 0; i < MANY; i++)
		rows[i] = neighbour(i / 2 * 3, i % 2);
	for (size_t c = 0; c < COUNT(counts); c++) {
		publish(&(struct routes_content){ .neighbours = rows,
						  .neighbour_count = counts[c] });
		for (uint32_t i = 0; i < MANY; i++) {
			struct flow_address a = rows[i].address;
			const struct routes_neighbour *n;

			a.port = 5060;
			n = routes_neighbour_find(&table, &a, rows[i].port);
			assert_int_equal(n != NULL, i < counts[c]);
			if (n != NULL)
				assert_memory_equal(n, &rows[i], sizeof(*n));
			assert_null(routes_neighbour_find(&table, &a, 2));
		}
	}
}

/* No empty slot to stop at: the search still ends. */
GTEST_F(Routes, every_neighbour_slot_taken, make_dir, close_routes)
{
	struct routes_neighbour row = neighbour(1, 0);
	struct flow_address other = ip("192.0.2.7");
	struct routes_content content = { .neighbours = &row, .neighbour_count = 1 };
	struct routes_header h;
	int fd;

	publish(&content);
	fd = open(in_dir("routes"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, &h, sizeof(h)), sizeof(h));
	close(fd);
	for (uint32_t i = 0; i < h.neighbour_slots; i++)
		patch_file("routes", h.neighbours_off + i * sizeof(row), &row, sizeof(row));
	assert_null(routes_neighbour_find(&table, &other, 0));
	assert_non_null(routes_neighbour_find(&table, &row.address, 0));
}

GTEST_F(Routes, a_new_snapshot, make_dir, close_routes)
{
	struct flow_address far = ip("8.8.8.8"), near = ip("192.0.2.7");

	publish_plan(0, 0);
	assert_non_null(routes_find(&table, &far));
	assert_int_equal(routes_publish(test_dir, &(struct routes_content){ 0 }), SEGMENT_OK);
	assert_true(segment_replaced(&table.segment));
	/* The old one stays as it was until we look. */
	assert_non_null(routes_find(&table, &far));
	publish_plan(1, 1);
	assert_null(routes_find(&table, &far));
	assert_non_null(routes_find(&table, &near));
	assert_int_equal(table.segment.header->generation, 3);
}

/* The longest of all prefixes that hold an address, among many. */
GTEST_F(Routes, random_prefixes, make_dir, close_routes)
{
	enum { ROUTES = 200 };
	static struct routes_route routes[ROUTES];
	uint64_t seed = 1;

	for (unsigned int i = 0; i < ROUTES; i++) {
		routes[i] = (struct routes_route){ .prefix = { .family = i % 2 == 0 ? 4 : 6 } };
		for (size_t k = 0; k < flow_ip_size(routes[i].prefix.family); k++)
			routes[i].prefix.ip[k] = (uint8_t)random_below(&seed, 4);
		routes[i].bits = (uint8_t)random_below(&seed, i % 2 == 0 ? 33 : 129);
	}
	publish(&(struct routes_content){ .routes = routes, .route_count = ROUTES });
	for (unsigned int i = 0; i < 5000; i++) {
		struct flow_address to = { .family = i % 2 == 0 ? 4 : 6 };
		const struct routes_route *found;
		int best = -1;

		for (size_t k = 0; k < flow_ip_size(to.family); k++)
			to.ip[k] = (uint8_t)random_below(&seed, 4);
		for (unsigned int k = 0; k < ROUTES; k++)
			if (flow_ip_in(&to, &routes[k].prefix, routes[k].bits) &&
			    routes[k].bits > best)
				best = routes[k].bits;
		found = routes_find(&table, &to);
		assert_int_equal(found != NULL ? found->bits : -1, best);
		if (found != NULL)
			assert_true(flow_ip_in(&to, &found->prefix, found->bits));
	}
}

static const struct header_row headers[] = {
	SEGMENT_HEADER_ROWS,
	{ "locals-outside", FIELD(struct routes_header, locals_off), UINT64_C(1) << 40,
	  SEGMENT_ERR_SHORT },
	{ "locals-unaligned", FIELD(struct routes_header, locals_off), 130, SEGMENT_ERR_SHORT },
	{ "locals-too-many", FIELD(struct routes_header, local_count), UINT32_MAX,
	  SEGMENT_ERR_SHORT },
	{ "routes-outside", FIELD(struct routes_header, routes_off), UINT64_MAX - 3,
	  SEGMENT_ERR_SHORT },
	{ "routes-too-many", FIELD(struct routes_header, route_count), UINT32_MAX,
	  SEGMENT_ERR_SHORT },
	{ "neighbours-outside", FIELD(struct routes_header, neighbours_off), UINT64_C(1) << 40,
	  SEGMENT_ERR_SHORT },
	{ "neighbours-unaligned", FIELD(struct routes_header, neighbours_off), 129,
	  SEGMENT_ERR_SHORT },
	{ "neighbour-slots-0", FIELD(struct routes_header, neighbour_slots), 0, SEGMENT_ERR_SHORT },
	{ "neighbour-slots-no-power", FIELD(struct routes_header, neighbour_slots), 15,
	  SEGMENT_ERR_SHORT },
	{ "neighbour-slots-too-many", FIELD(struct routes_header, neighbour_slots),
	  UINT32_C(1) << 31, SEGMENT_ERR_SHORT },
};

static void
check_header(void **state)
{
	const struct header_row *r = gtest_row();

	(void)state;
	publish_plan(0, 3);
	routes_detach(&table);
	patch_header("routes", r);
	assert_int_equal(routes_attach(&table, test_dir), r->error);
	if (r->error != SEGMENT_OK)
		assert_null(table.routes);
}
GTEST_ROWS_F(Routes, headers, label, check_header, make_dir, close_routes);

/* A prefix length that no address has matches nothing, and nothing is read behind an address. */
GTEST_F(Routes, impossible_prefix_lengths, make_dir, close_routes)
{
	struct flow_address a = ip("2001:db8::7");
	struct routes_route route = { .prefix = a };

	for (unsigned int bits = 129; bits < 256; bits++) {
		route.bits = (uint8_t)bits;
		publish(&(struct routes_content){ .routes = &route, .route_count = 1 });
		assert_null(routes_find(&table, &a));
	}
}
