/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_ROUTES_H
#define TABLE_ROUTES_H

#include "flow/address.h"
#include "table/segment.h"

/**
 * The kernel's view of the ports' TAP twins, mirrored: local addresses, routes, neighbours.
 *
 * An immutable snapshot: control builds a whole new segment for each change (collected for some
 * milliseconds) and publishes it in place of the one before.
 */

struct routes_local {
	struct flow_address address; /* port is 0 */
	uint8_t bits;                /* of the on-link prefix */
	uint8_t port;                /* index of the dataplane port */
	uint16_t reserved;
};

struct routes_route {
	struct flow_address prefix;  /* port is 0 */
	struct flow_address gateway; /* family 0: on link */
	uint8_t bits;
	uint8_t port;
	uint16_t reserved;
};

struct routes_neighbour {
	struct flow_address address; /* port is 0; family 0: empty slot */
	uint8_t mac[6];
	uint8_t port;
	uint8_t reserved;
};

_Static_assert(sizeof(struct routes_local) == 24, "routes ABI");
_Static_assert(sizeof(struct routes_route) == 44, "routes ABI");
_Static_assert(sizeof(struct routes_neighbour) == 28, "routes ABI");

struct routes_header {
	struct segment_header segment;
	uint64_t locals_off, routes_off, neighbours_off;
	uint32_t local_count, route_count;
	uint32_t neighbour_slots; /* a power of two; open addressing */
	uint32_t neighbour_count;
};

extern const struct segment_type routes_segment_type;

/** A reader's view. */
struct routes_table {
	struct segment segment;
	const struct routes_local *locals;
	const struct routes_route *routes; /* longest prefixes first */
	const struct routes_neighbour *neighbours;
	uint32_t local_count, route_count, neighbour_mask;
};

enum segment_error routes_attach(struct routes_table *t, const char *dir);
void routes_detach(struct routes_table *t);

/** The route with the longest prefix that holds `to`, or NULL. */
const struct routes_route *routes_find(const struct routes_table *t, const struct flow_address *to);

/** The neighbour with this address on this port, or NULL when its MAC is not known. */
const struct routes_neighbour *routes_neighbour_find(const struct routes_table *t,
						     const struct flow_address *address,
						     uint8_t port);

/** `address` is one of this host's. */
bool routes_is_local(const struct routes_table *t, const struct flow_address *address);

/** Of the network of one of our addresses: everybody there, or nobody (RFC 1122 §3.2.1.3). */
bool routes_is_broadcast(const struct routes_table *t, const struct flow_address *address);

/** What a snapshot is made of; the arrays are the caller's and copied. */
struct routes_content {
	const struct routes_local *locals;
	const struct routes_route *routes; /* in any order */
	const struct routes_neighbour *neighbours;
	uint32_t local_count, route_count, neighbour_count;
};

/** Build a snapshot and publish it. One writer. */
enum segment_error routes_publish(const char *dir, const struct routes_content *content);

#endif
