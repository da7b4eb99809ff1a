/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_NODE_VIA_OUTPUT_H
#define DATAPLANE_NODE_VIA_OUTPUT_H

/** Edges of via_output; those to the ports' ethdev_tx nodes follow, in the order of our ports. */
enum { VIA_OUTPUT_EXCEPTION, VIA_OUTPUT_DROP, VIA_OUTPUT_PORT };

/**
 * Edges of via_exception: those to ethdev_tx nodes follow, one for each DPDK port (TAP twins
 * included) in the order of their ids.
 */
enum { VIA_EXCEPTION_DROP, VIA_EXCEPTION_PORT };

#endif
