/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_MEMIF_H
#define BENCH_MEMIF_H

#include "generator.h"

/** Our end of a memif: shared memory with another process, which copies each message twice. */
extern const struct generator_link memif_link;

/** The device string of the other end. */
const char *memif_device(void);

/** Listen for the other end. False: DPDK has no memif here. */
bool memif_open(void);

/** Whether the other end is there. */
bool memif_is_up(void);

void memif_close(void);

#endif
