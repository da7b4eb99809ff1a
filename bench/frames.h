/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include "flow/address.h"
#include "messages.h"

/** What is sent together. */
enum frame_traffic {
	FRAMES_MIX,      /* look-ups, requests by token and responses, a third each */
	FRAMES_LOOKUP,   /* INVITEs to users of ours */
	FRAMES_TOKEN,    /* requests from a proxy by a token of any kind */
	FRAMES_RESPONSE, /* to what we forwarded */
	FRAMES_EDGE,     /* in a dialog, from the home proxy by a token, 800 octets */
	FRAMES_REGISTER, /* from user agents to the home proxy */
	FRAMES_REFRESH,  /* from user agents, to us: answered with 200 */
	FRAMES_STUN,     /* keepalives */
	FRAMES_TRAFFICS
};

/** Name of a traffic: of a metric, and of an option. */
extern const char *const frame_traffic_name[FRAMES_TRAFFICS];

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
	bool echo; /* frames have to come back as they are */
	struct frame *frame;
	unsigned int count;
	uint32_t bindings; /* users that are called */
	double octets;     /* of one message, on average */
};

/** Make `each` frames of each of the kinds of a traffic, shuffled; `mac` is that of our port. */
void frame_set_init(struct frame_set *set, enum frame_traffic traffic, unsigned int each,
		    uint32_t bindings, const uint8_t mac[6]);

void frame_set_fini(struct frame_set *set);

/** Write message number `serial` with its checksums; returns its length. */
uint16_t frame_write(const struct frame_set *set, uint32_t serial, uint8_t to[FRAME_MAX]);

/**
 * What came out, held against what went in: destination, our Via on top or gone, Max-Forwards one
 * less, our Routes gone, body as it was, and the UDP checksum if `thorough`; of an echo, that it
 * is one, and every octet if `thorough`. NULL when all is well; else what is wrong. `*serial` is
 * its number, if that could be read.
 */
const char *frame_check(const struct frame_set *set, const uint8_t *bytes, size_t len,
			bool thorough, uint32_t *serial);

#endif
