/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_ORDERS_H
#define TABLE_ORDERS_H

#include "sip/slice.h"
#include "table/segment.h"

/** Room for the Contact of a 305: several URIs with their q. */
#define ORDERS_CONTACT_MAX 1024

/** What an operator has told the engine to do; the numbers are shared. */
enum orders_state {
	ORDERS_OPEN = 0,     /* everything is served */
	ORDERS_DRAINING = 1, /* dialogs and flows go on, nothing new begins (RC-40, PR-09) */
	ORDERS_CLOSED = 2,   /* nothing is served */
};

/** Orders as control hands them to the dataplane: an immutable snapshot. */
struct orders {
	uint32_t state;       /* enum orders_state */
	uint32_t contact_len; /* octets of `contact` */
	uint64_t since_ms;    /* CLOCK_REALTIME of the order */
	uint32_t run;         /* of the supervisor that it was given under: its process id */
	uint8_t retry_now; /* our name leads to another host, too: Retry-After may be 0 (RC-36) */
	uint8_t reserved[3];
	char contact[ORDERS_CONTACT_MAX]; /* value of the Contact of a 305; empty: no 305 */
};

_Static_assert(sizeof(struct orders) == 24 + ORDERS_CONTACT_MAX, "shared layout");

struct orders_segment {
	struct segment_header segment;
	struct orders orders;
};

extern const struct segment_type orders_segment_type;

/** Publish orders in place of those before. One writer. */
enum segment_error orders_publish(const char *dir, const struct orders *orders);

/**
 * Copy the published orders out; what a state or a length that cannot be is read as ORDERS_OPEN.
 * `*seen` is the segment they came from, unmapped: segment_replaced() tells when there are others.
 */
enum segment_error orders_read(const char *dir, struct orders *out, struct segment *seen);

#endif
