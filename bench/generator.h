/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_GENERATOR_H
#define BENCH_GENERATOR_H

#include "bench.h"
#include "frames.h"

/**
 * Sends frames over a link, at a rate or as fast as they come back, and looks at each that comes
 * back. One at a time; one thread.
 */

/** Frames that are sent, or received, at once. */
#define GENERATOR_BURST 32

/** A frame that came back. */
struct generator_frame {
	const uint8_t *bytes;
	uint16_t len;
};

/** What frames are sent over. */
struct generator_link {
	/** Places for `n` frames of FRAME_MAX octets. */
	void (*rooms)(uint8_t *room[GENERATOR_BURST], unsigned int n);
	/** Send what was written there; returns how many were taken. The others are gone. */
	unsigned int (*send)(const uint16_t *len, unsigned int n);
	/** What has come back; good until the next call. */
	unsigned int (*receive)(struct generator_frame frame[GENERATOR_BURST]);
	unsigned int window;  /* messages under way when it is sent as fast as possible */
	bool fills_checksums; /* UDP checksums of what comes back are there to be checked */
};

/** What one trial sent and saw. */
struct generator_trial {
	uint64_t sent;    /* taken by the link */
	uint64_t refused; /* not: it was full when their time had come */
	uint64_t received;
	uint64_t in_time; /* received while sending; flat out only */
	uint64_t ns;      /* of sending */
};

/** Values of all runs of one set over one link. */
struct generator_result {
	struct samples lossless, flat_out, p50, p99;
};

/** Use a link and a set from now on. */
void generator_use(const struct generator_link *link, const struct frame_set *set);

/** Free what it has taken. */
void generator_close(void);

/** Whether messages pass without loss within some seconds: whoever forwards them has started. */
bool generator_warm_up(void);

/**
 * Send for a while as fast as they come back; how many came back in that time. For whoever may be
 * so slow that what comes back afterwards must not count.
 */
uint64_t generator_answers(uint64_t length_ns);

/** As fast as they come back; messages a second, of the best of some short trials. */
double generator_flat_out(void);

/**
 * Send message number `serial` once, and show what comes back, as often as it is asked for. False
 * when nothing came within a short time. `bytes` are good until the next call.
 */
bool generator_ask(uint32_t serial, struct generator_frame *answer);

/** One run: flat out, the highest rate without loss near that, latency at half of it. */
void generator_measure(struct generator_result *r);

/** Report under these names with a prefix ("" or "stun."). */
void generator_report(const char *bench, const char *prefix, const struct generator_result *r);

/** This thread on one core, ahead of what else wants it. */
void generator_take_core(unsigned int core);

#endif
