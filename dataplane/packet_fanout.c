/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_af_packet joins a fanout group with PACKET_FANOUT_FLAG_DEFRAG and has no option against it.
 * The kernel then puts IPv4 fragments together and hands over datagrams that are longer than a
 * frame of the PMD's ring, which cuts them: a SIP message in two fragments arrives as rubbish. The
 * driver calls setsockopt() through the dynamic linker, so this one, in the executable, is found
 * first; it takes that flag out and changes nothing else
 * (docs/decisions/0008-af-packet-fragments.md).
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/if_packet.h>

__attribute__((visibility("default"))) int
setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	int fanout;

	if (level == SOL_PACKET && name == PACKET_FANOUT && size == sizeof(fanout)) {
		memcpy(&fanout, value, sizeof(fanout));
		fanout &= (int)~((uint32_t)PACKET_FANOUT_FLAG_DEFRAG << 16);
		value = &fanout;
	}
	return (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}
