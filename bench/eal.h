/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_EAL_H
#define BENCH_EAL_H

#include <stdbool.h>

#include <rte_mbuf.h>

/** Start EAL with one core, once; later calls do nothing. In hugepages if enough are free. */
void eal_open(void);

/** Whether packet buffers are in hugepages. */
bool eal_has_hugepages(void);

/** A pool of buffers as viaduct-dataplane makes them. */
struct rte_mempool *eal_pool(const char *name, unsigned int buffers, unsigned int room);

#endif
