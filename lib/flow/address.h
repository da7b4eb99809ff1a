/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_ADDRESS_H
#define FLOW_ADDRESS_H

#include "sip/slice.h"

/** Longest text of an address: IPv6 without brackets or zone. */
#define FLOW_IP_TEXT_MAX 46

/** Longest text of an address and a port: "[...]:65535". */
#define FLOW_ADDRESS_TEXT_MAX (FLOW_IP_TEXT_MAX + 8)

/**
 * An IP address and a port. Part of shared tables: fixed layout, no padding. An IPv4 address is in
 * the first four octets and the rest is zero, so that equality is equality of octets.
 */
struct flow_address {
	uint8_t ip[16];
	uint16_t port;  /* host order */
	uint8_t family; /* 4, 6, or 0: no address */
	uint8_t reserved;
};

_Static_assert(sizeof(struct flow_address) == 20, "shared layout");

enum flow_transport {
	FLOW_UDP = 1, /* the numbers of spec/outbound.md 3.2 are on the wire, in flow tokens */
	FLOW_TCP = 2,
	FLOW_TLS = 3,
	FLOW_SCTP = 4,
	FLOW_WS = 5,
	FLOW_WSS = 6,
};

/** A flow: the pair of addresses, the transport and, of a connection, its generation. */
struct flow {
	struct flow_address local;
	struct flow_address remote;
	uint32_t generation; /* 0 for UDP */
	uint8_t transport;   /* enum flow_transport */
	uint8_t reserved[3];
};

_Static_assert(sizeof(struct flow) == 48, "shared layout");

static inline bool
flow_ip_eq(const struct flow_address *a, const struct flow_address *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

static inline bool
flow_address_eq(const struct flow_address *a, const struct flow_address *b)
{
	return a->port == b->port && flow_ip_eq(a, b);
}

static inline bool
flow_eq(const struct flow *a, const struct flow *b)
{
	return a->transport == b->transport && a->generation == b->generation &&
	       flow_address_eq(&a->remote, &b->remote) && flow_address_eq(&a->local, &b->local);
}

/** Octets of an address of this family: 4 or 16. */
static inline size_t
flow_ip_size(uint8_t family)
{
	return family == 6 ? 16 : 4;
}

/**
 * Read an IPv4 address, or an IPv6 address with or without brackets. IPv4-mapped IPv6 addresses
 * stay IPv6. `out->port` becomes 0. False when `text` is neither: a host name, most likely.
 */
bool flow_ip_decode(struct slice text, struct flow_address *out);

/** Write the address without port or brackets; returns a slice of `out`. */
struct slice flow_ip_text(const struct flow_address *a, char out[FLOW_IP_TEXT_MAX]);

/** Write "address:port", IPv6 in brackets, as a sent-by or hostport; without ":0". */
struct slice flow_address_text(const struct flow_address *a, char out[FLOW_ADDRESS_TEXT_MAX]);

/** Whether `a` lies in the network of `prefix` with `bits` leading bits. */
bool flow_ip_in(const struct flow_address *a, const struct flow_address *prefix, unsigned int bits);

/** Neither unspecified, nor loopback, nor multicast, nor IPv4 in IPv6: something can be sent there.
 */
bool flow_ip_is_unicast(const struct flow_address *a);

#endif
