/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_NETWORK_DNS_SOCKETS_H
#define CONTROL_NETWORK_DNS_SOCKETS_H

#include <ares.h>
#include <uv.h>

/** The sockets of a c-ares channel as the event loop watches them. */
struct dns_sockets {
	uv_loop_t *loop;
	ares_channel channel;
	struct dns_watch *watches;
};

/** For the channel's sock_state_cb, with the struct as its data: what c-ares waits for now. */
void dns_sockets_on_state(void *sockets, ares_socket_t fd, int readable, int writable);

/** Watch none of them any more. The channel is gone; the loop still has to close the handles. */
void dns_sockets_close(struct dns_sockets *s);

#endif
