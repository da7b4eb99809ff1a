/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_PACKET_H
#define BENCH_PACKET_H

#include <sys/types.h>

#include "generator.h"

/**
 * Our end of a veth pair, whose other end is in the network namespace of another process: the
 * engine drives that one with net_af_packet, a peer leaves it to the kernel. Frames are sent and
 * received here through a packet socket, 32 with each system call.
 */
extern const struct generator_link packet_link;

/** Name of the other end. Its MAC address is world_engine_mac. */
#define PACKET_PEER_INTERFACE "dut0"

/** Put this thread into a network namespace of its own, and back. */
bool packet_enter(void);
void packet_leave(void);

/** Lay the cable to a process in a namespace of its own. */
bool packet_lay(pid_t pid);

void packet_close(void);

#endif
