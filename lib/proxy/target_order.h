/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROXY_TARGET_ORDER_H
#define PROXY_TARGET_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/** In which order a request goes to the contacts of an AOR (RFC 3261 §16.6, RFC 3841 §7.2.4). */

/** Contacts that can be put in order. */
#define TARGET_ORDER_MAX 64

enum target_order_policy {
	TARGET_ORDER_BY_Q,       /* those of one q at once, then the next ones; Qa is their order */
	TARGET_ORDER_BY_QA,      /* those of one q and Qa at once, then the next ones */
	TARGET_ORDER_PARALLEL,   /* all at once */
	TARGET_ORDER_SEQUENTIAL, /* one after the other */
};

/** A contact. */
struct target_order_in {
	uint16_t q;          /* thousandths: what the callee prefers */
	uint32_t qa;         /* what the caller prefers (RFC 3841 §7.2.4), in any unit */
	uint64_t updated_ms; /* when it was last registered */
	uint32_t instance;   /* 0: none; equal numbers: the same instance */
};

/** A target. */
struct target_order_out {
	uint8_t index;    /* into the contacts */
	uint8_t group;    /* those of one group are tried at once; counts up from 0 */
	bool alternative; /* another flow to the instance of the target before it (RFC 5626 §7) */
};

/**
 * Put up to TARGET_ORDER_MAX contacts in order: the highest q first, then the highest Qa, then the
 * one that was updated last; of equals, the first. Of the contacts of one instance the best is a
 * target; the others follow it as alternatives of the same group, each to be tried when the one
 * before has failed and the instance has not answered (OB-67 to OB-71).
 *
 * `out` has room for `count`. Returns how many were written: `count`, or TARGET_ORDER_MAX.
 */
unsigned int target_order(const struct target_order_in *in, unsigned int count, int policy,
			  struct target_order_out *out);

#endif
