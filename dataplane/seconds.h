/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_SECONDS_H
#define DATAPLANE_SECONDS_H

#include <stdint.h>

/** Ages in seconds, of rows that one worker writes and another one reads, in 32 bits. */

/** A moment of any clock of milliseconds. */
static inline uint32_t
via_seconds(uint64_t now_ms)
{
	return (uint32_t)(now_ms / 1000);
}

/**
 * How far two moments of one clock are apart, whichever comes first: another worker's clock may
 * have been read earlier, and a clock may have been set back.
 */
static inline uint32_t
via_seconds_apart(uint32_t a, uint32_t b)
{
	return a - b < b - a ? a - b : b - a;
}

#endif
