/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TRANSACTION_AGES_H
#define DATAPLANE_TRANSACTION_AGES_H

#include <stdint.h>

/**
 * How long the oldest of many has been there, to a second: how many came in each second is counted.
 * One is added and removed by one step; to look for the oldest takes as many as there have been
 * seconds since the last look. All zero is an empty one. One thread.
 */

enum { AGES_SECONDS = 4096 };

struct ages {
	uint32_t count[AGES_SECONDS]; /* by the low bits of the second */
	uint32_t total;
	uint32_t first; /* nobody came before this second, unless long before */
};

/** One came in this second of a clock that does not run back. */
void ages_add(struct ages *a, uint32_t second);

/** One of that second has gone. */
void ages_remove(struct ages *a, uint32_t second);

/**
 * Seconds since the oldest came, but AGES_SECONDS - 1 at most; 0 when there is none. To be asked
 * for at least that often.
 */
uint32_t ages_oldest(struct ages *a, uint32_t now);

#endif
