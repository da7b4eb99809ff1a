/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROCESS_CLOCK_H
#define PROCESS_CLOCK_H

#include <stdint.h>
#include <time.h>

/** Milliseconds of a clock; not of a coarse one. Thread-safe. */
static inline uint64_t
clock_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/** Wall clock, in milliseconds since 1970: what the shared tables count in. */
static inline uint64_t
clock_wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

/** Milliseconds since the machine started; they never go back. */
static inline uint64_t
clock_steady_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

#endif
