/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DATAGRAM_H
#define DATAPLANE_DATAGRAM_H

#include "engine.h"

/**
 * Put UDP and IP headers in front of a message, checksums included; l3_len of the mbuf is the IP
 * header's. The mbuf is one piece and has VIA_HEADER_ROOM octets of headroom.
 */
void datagram_write_headers(struct rte_mbuf *m, const struct flow_address *from,
			    const struct flow_address *to);

/** Pieces that one datagram can come to. */
#define DATAGRAM_MAX_FRAGMENTS 64

/**
 * Cut an IP packet (no ethernet header) into fragments of at most `mtu` octets. Returns how many
 * mbufs are in `out`, 0 when it cannot be done; the packet itself is freed in either case. A
 * packet that fits comes back as it is.
 */
unsigned int datagram_fragment(struct via_engine *e, struct rte_mbuf *m, uint16_t mtu,
			       struct rte_mbuf *out[DATAGRAM_MAX_FRAGMENTS]);

#endif
