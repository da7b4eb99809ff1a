/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/routes.h"

#include <stdlib.h>

const struct segment_type routes_segment_type = {
	.kind = SEGMENT_ROUTES,
	.abi_major = 1,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct routes_local), sizeof(struct routes_route),
				 sizeof(struct routes_neighbour)),
	.name = "routes",
	.spare = true,
};

/* Neighbours are few and not chosen by strangers: any mixing will do. */
static uint32_t
neighbour_slot(const struct flow_address *a, uint8_t port)
{
	uint32_t h = port;

	for (int i = 0; i < 16; i++)
		h = (h ^ a->ip[i]) * UINT32_C(16777619);
	return h ^ h >> 15;
}

static bool
layout_is_sound(const struct segment *s, const struct routes_header *h)
{
	return s->size >= sizeof(*h) && h->neighbour_slots > 0 &&
	       (h->neighbour_slots & (h->neighbour_slots - 1)) == 0 &&
	       segment_holds(s, h->locals_off,
			     (uint64_t)h->local_count * sizeof(struct routes_local), 4) &&
	       segment_holds(s, h->routes_off,
			     (uint64_t)h->route_count * sizeof(struct routes_route), 4) &&
	       segment_holds(s, h->neighbours_off,
			     (uint64_t)h->neighbour_slots * sizeof(struct routes_neighbour), 4);
}

enum segment_error
routes_attach(struct routes_table *t, const char *dir)
{
	const struct routes_header *h;
	enum segment_error error;
	const uint8_t *base;

	memset(t, 0, sizeof(*t));
	error = segment_attach(&t->segment, dir, &routes_segment_type, false);
	if (error != SEGMENT_OK)
		return error;
	h = (const struct routes_header *)t->segment.header;
	if (!layout_is_sound(&t->segment, h)) {
		routes_detach(t);
		return SEGMENT_ERR_SHORT;
	}
	base = (const uint8_t *)h;
	t->locals = (const struct routes_local *)(base + h->locals_off);
	t->routes = (const struct routes_route *)(base + h->routes_off);
	t->neighbours = (const struct routes_neighbour *)(base + h->neighbours_off);
	t->local_count = h->local_count;
	t->route_count = h->route_count;
	t->neighbour_mask = h->neighbour_slots - 1;
	return SEGMENT_OK;
}

void
routes_detach(struct routes_table *t)
{
	segment_detach(&t->segment);
	memset(t, 0, sizeof(*t));
}

const struct routes_route *
routes_find(const struct routes_table *t, const struct flow_address *to)
{
	for (uint32_t i = 0; i < t->route_count; i++)
		if (t->routes[i].bits <= 128 &&
		    flow_ip_in(to, &t->routes[i].prefix, t->routes[i].bits))
			return &t->routes[i];
	return NULL;
}

const struct routes_neighbour *
routes_neighbour_find(const struct routes_table *t, const struct flow_address *address,
		      uint8_t port)
{
	uint32_t slot = neighbour_slot(address, port);

	for (uint32_t i = 0; t->neighbours != NULL && i <= t->neighbour_mask; i++) {
		const struct routes_neighbour *n = &t->neighbours[(slot + i) & t->neighbour_mask];

		if (n->address.family == 0)
			return NULL;
		if (n->port == port && flow_ip_eq(&n->address, address))
			return n;
	}
	return NULL;
}

bool
routes_is_local(const struct routes_table *t, const struct flow_address *address)
{
	for (uint32_t i = 0; i < t->local_count; i++)
		if (flow_ip_eq(&t->locals[i].address, address))
			return true;
	return false;
}

static uint32_t
ipv4(const struct flow_address *a)
{
	return (uint32_t)a->ip[0] << 24 | (uint32_t)a->ip[1] << 16 | (uint32_t)a->ip[2] << 8 |
	       a->ip[3];
}

bool
routes_is_broadcast(const struct routes_table *t, const struct flow_address *address)
{
	for (uint32_t i = 0; i < t->local_count && address->family == 4; i++) {
		const struct routes_local *local = &t->locals[i];
		/* RFC 3021: a network of two addresses has no other */
		uint32_t hosts = local->bits < 31 ? UINT32_MAX >> local->bits : 0;
		uint32_t host = ipv4(address) & hosts;

		if (hosts != 0 && local->address.family == 4 && (host == 0 || host == hosts) &&
		    flow_ip_in(address, &local->address, local->bits))
			return true;
	}
	return false;
}

static int
longer_prefix_first(const void *a, const void *b)
{
	const struct routes_route *x = a, *y = b;

	return (int)y->bits - (int)x->bits;
}

static void
fill_neighbours(struct routes_neighbour *slots, uint32_t mask, const struct routes_content *c)
{
	for (uint32_t i = 0; i < c->neighbour_count; i++) {
		uint32_t at = neighbour_slot(&c->neighbours[i].address, c->neighbours[i].port);

		while (slots[at & mask].address.family != 0)
			at++;
		slots[at & mask] = c->neighbours[i];
	}
}

enum segment_error
routes_publish(const char *dir, const struct routes_content *c)
{
	uint32_t slots = 16;
	struct routes_header *h;
	enum segment_error error;
	struct segment s;
	size_t locals = c->local_count * sizeof(*c->locals);
	size_t routes = c->route_count * sizeof(*c->routes);
	uint8_t *base;

	while (slots < 2 * c->neighbour_count)
		slots *= 2;
	error = segment_create(&s, dir, &routes_segment_type,
			       sizeof(*h) + locals + routes + slots * sizeof(*c->neighbours));
	if (error != SEGMENT_OK)
		return error;
	h = (struct routes_header *)s.header;
	base = (uint8_t *)h;
	h->local_count = c->local_count;
	h->route_count = c->route_count;
	h->neighbour_count = c->neighbour_count;
	h->neighbour_slots = slots;
	h->locals_off = sizeof(*h);
	h->routes_off = h->locals_off + locals;
	h->neighbours_off = h->routes_off + routes;
	if (locals > 0)
		memcpy(base + h->locals_off, c->locals, locals);
	if (routes > 0) {
		memcpy(base + h->routes_off, c->routes, routes);
		qsort(base + h->routes_off, c->route_count, sizeof(*c->routes),
		      longer_prefix_first);
	}
	fill_neighbours((struct routes_neighbour *)(base + h->neighbours_off), slots - 1, c);
	error = segment_publish(&s);
	segment_detach(&s);
	return error;
}
