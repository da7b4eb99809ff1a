/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_SHA256_LANES_H
#define FLOW_SHA256_LANES_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Four compressions of SHA-256 at once. The instructions of one depend on each other, so a
 * processor with SHA instructions is idle for more than half of the time it spends in one.
 */
#define SHA256_LANES 4

/** This processor has what sha256_lanes() needs. */
bool sha256_lanes_usable(void);

/**
 * Work a block of 64 octets into each state (FIPS 180-4 §6.2.2). A state may be there only once.
 * Any thread; only where sha256_lanes_usable().
 */
void sha256_lanes(uint32_t *const state[SHA256_LANES], const uint8_t *const block[SHA256_LANES]);

#endif
