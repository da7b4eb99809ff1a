/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include "flow/address.h"
#include "messages.h"

/** Messages as complete ethernet frames, and what has to come out for each. */

#define FRAME_MAX (SAMPLE_MAX + 64)

/** Ethernet, IPv4 and UDP headers. */
#define FRAME_HEADERS 42

struct frame {
	struct sample sample;
	struct flow_address expect; /* where it is sent; family 0: its callee's binding tells */
	struct slice next_via;      /* responses: the line that is the first Via afterwards */
	uint16_t len;
	uint8_t bytes[FRAME_MAX] __attribute__((aligned(2)));
};

/** Frames that are sent in turns: number `serial` is frame[serial % count]. */
struct frame_set {
	const char *name;
	struct frame *frame;
	unsigned int count;
	uint32_t bindings; /* users that are called */
	double octets;     /* of one message, on average */
};

/** Make `each` frames of each of the kinds, shuffled; `mac` is that of our port. */
void frame_set_init(struct frame_set *set, const char *name, const enum sample_kind *kinds,
		    unsigned int kind_count, unsigned int each, uint32_t bindings,
		    const uint8_t mac[6]);

void frame_set_fini(struct frame_set *set);

/** Write message number `serial` with its checksums; returns its length. */
uint16_t frame_write(const struct frame_set *set, uint32_t serial, uint8_t to[FRAME_MAX]);

/**
 * What came out, held against what went in: destination, our Via on top or gone, Max-Forwards one
 * less, our Routes gone, body as it was, and the UDP checksum if `thorough`. NULL when all is
 * well; else what is wrong. `*serial` is its number, if that could be read.
 */
const char *frame_check(const struct frame_set *set, const uint8_t *bytes, size_t len,
			bool thorough, uint32_t *serial);

#endif
