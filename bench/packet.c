/* SPDX-License-Identifier: BSD-3-Clause */
#include "packet.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include "process.h"
#include "world.h"

enum { ROOM = 2048, SOCKET_BUFFER = 64 << 20, WINDOW = 256 };

#define INTERFACE "gen0"

static int home = -1, fd = -1;
static uint8_t outgoing[GENERATOR_BURST][ROOM], incoming[GENERATOR_BURST][ROOM];
static struct iovec out_iov[GENERATOR_BURST], in_iov[GENERATOR_BURST];
static struct mmsghdr out[GENERATOR_BURST], in[GENERATOR_BURST];

_Static_assert(FRAME_MAX <= ROOM, "a frame has its room");

bool
packet_enter(void)
{
	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return home >= 0 && unshare(CLONE_NEWNET) == 0;
}

void
packet_leave(void)
{
	packet_close();
	if (home >= 0 && setns(home, CLONE_NEWNET) != 0)
		bench_die("the way back into the network is barred");
	close(home);
	home = -1;
}

void
packet_close(void)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static void
prepare_messages(void)
{
	for (unsigned int i = 0; i < GENERATOR_BURST; i++) {
		out_iov[i] = (struct iovec){ outgoing[i], 0 };
		in_iov[i] = (struct iovec){ incoming[i], ROOM };
		out[i].msg_hdr = (struct msghdr){ .msg_iov = &out_iov[i], .msg_iovlen = 1 };
		in[i].msg_hdr = (struct msghdr){ .msg_iov = &in_iov[i], .msg_iovlen = 1 };
	}
}

/* Bound to IPv4: what we send is not shown to us as well. */
static bool
open_socket(void)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
	int one = 1, size = SOCKET_BUFFER;

	packet_close();
	to.sll_ifindex = (int)if_nametoindex(INTERFACE);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 || to.sll_ifindex == 0)
		return false;
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	prepare_messages();
	return bind(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

bool
packet_lay(pid_t pid)
{
	/* the cable of the one before may not be gone yet */
	process_command("ip link del " INTERFACE " 2>/dev/null");
	return process_command("ip link add " INTERFACE " address 02:00:00:00:00:02 type veth "
			       "peer name " PACKET_PEER_INTERFACE " address 02:00:00:00:00:01 "
			       "netns %d",
			       (int)pid) &&
	       process_command("ip link set " INTERFACE " up") && open_socket();
}

static void
rooms(uint8_t *room[GENERATOR_BURST], unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		room[i] = outgoing[i];
}

static unsigned int
send_frames(const uint16_t *len, unsigned int n)
{
	int taken;

	for (unsigned int i = 0; i < n; i++)
		out_iov[i].iov_len = len[i];
	taken = sendmmsg(fd, out, n, MSG_DONTWAIT);
	return taken > 0 ? (unsigned int)taken : 0;
}

static unsigned int
receive_frames(struct generator_frame frame[GENERATOR_BURST])
{
	int n = recvmmsg(fd, in, GENERATOR_BURST, MSG_DONTWAIT, NULL);

	for (int i = 0; i < n; i++) {
		frame[i].bytes = incoming[i];
		frame[i].len = (uint16_t)in[i].msg_len;
	}
	return n > 0 ? (unsigned int)n : 0;
}

const struct generator_link packet_link = {
	.rooms = rooms,
	.send = send_frames,
	.receive = receive_frames,
	.window = WINDOW,
	/* the kernel leaves them to the card, and there is none */
	.fills_checksums = false,
};
