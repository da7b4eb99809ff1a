/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_ICMP_QUOTE_H
#define FLOW_ICMP_QUOTE_H

#include "flow/address.h"

enum icmp_quote_result {
	ICMP_QUOTE_NONE, /* no error that ends a UDP flow: none of our business */
	ICMP_QUOTE_BAD,  /* such an error, but damaged, cut short or not about a packet of ours */
	ICMP_QUOTE_OK,
};

/** A UDP datagram that an ICMP error quotes. */
struct icmp_quote {
	struct flow flow;  /* as we see it: local is what sent the datagram */
	uint16_t length;   /* UDP length of the datagram */
	uint16_t checksum; /* UDP checksum of the datagram */
	uint32_t mark;     /* identification of its IPv4 header, or flow label of its IPv6 header */
	bool host;         /* the host or network refused; false: nobody listens at the port */
};

/**
 * Read an IP packet as an ICMP error that says that a UDP datagram did not arrive and that others
 * will not either: destination unreachable but for the network, the route and the packet's size
 * (RFC 792 type 3 codes 1, 2, 3, 9, 10, 13; RFC 4443 type 1 codes 1, 3, 4, 5, 6). Checksums must be
 * right, the error must be addressed to the sender of the quoted packet, and that must look as we
 * write it: no IP options, no extension header but a fragment's, no later fragment.
 *
 * `len` octets from the IP header on; what lies behind the packet (padding) does not matter. Any
 * input; `out` is written only with ICMP_QUOTE_OK. Any thread.
 */
enum icmp_quote_result icmp_quote_read(const uint8_t *packet, size_t len, struct icmp_quote *out);

#endif
