/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GUARD_BREADTH_H
#define GUARD_BREADTH_H

#include <stdint.h>

#include "sip/check.h"

/** RFC 5393 §5.3.3 recommends 60 for both. */
#define BREADTH_DEFAULT 60

/** Configuration of Max-Breadth (MB-02, MB-03). */
struct breadth_policy {
	uint32_t if_absent; /* value that a request without Max-Breadth gets */
	uint32_t limit;     /* no request leaves with more */
};

/**
 * The Incoming Max-Breadth of a request: what it carries, MB-02 when it carries none, never more
 * than the limit (MB-04). `received` may be SIP_NUMBER_ABSENT; it is not 0 (MB-21 refused that).
 * One target gets exactly this value (MB-10).
 */
static inline uint32_t
breadth_incoming(const struct breadth_policy *policy, uint32_t received)
{
	uint32_t value = received == SIP_NUMBER_ABSENT ? policy->if_absent : received;

	return value > policy->limit ? policy->limit : value;
}

#endif
