/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_TESTPMD_H
#define BENCH_TESTPMD_H

/**
 * Arguments of DPDK's testpmd, which sends back on one core what comes in by `device`. NULL when it
 * is not installed. Static storage, until the next call.
 */
char *const *testpmd_args(const char *device);

#endif
