/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the files of the rig: rig.c has the engine on the bench, rig_traffic.c what goes in and
 * comes out, rig_frame.c the octets.
 */
#ifndef TESTS_DATAPLANE_RIG_INTERNAL_H
#define TESTS_DATAPLANE_RIG_INTERNAL_H

#include "rig.h"

/* Of the engine that is open: buffers of the usual size and for the largest datagram, the graphs. */
extern struct rte_mempool *rig_pool, *rig_large_pool;
extern struct rte_graph *rig_graph[VIA_MAX_WORKERS];

enum { RIG_LARGEST = 65535 };

/* Room for a frame of the largest datagram, besides the padding. */
enum { RIG_FRAME_MAX = RIG_LARGEST + 256 };

/* A packet that reached a port. */
struct rig_caught {
	uint8_t port;
	size_t len;
	uint8_t *octets;
};

/* One packet, its headers read. */
struct rig_packet {
	struct flow_address from, to;
	const uint8_t *payload;
	size_t len, offset;
	uint32_t id, mark;
	bool fragment, more;
};

/* Write the frame that comes in by `port` into RIG_FRAME_MAX octets. Returns its length. */
size_t rig_build_frame(uint8_t *out, const struct rig_frame *f, struct slice sip,
		       const struct flow_address *from, const struct flow_address *to,
		       uint8_t port);

/* Read the headers below UDP, and fail unless they are right. */
void rig_read_packet(const struct rig_caught *c, struct rig_packet *p);

/* The same for UDP, of a datagram that is whole: ports and payload. */
void rig_finish_datagram(struct rig_datagram *d, char *udp, size_t n);

#endif
