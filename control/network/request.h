/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_NETWORK_REQUEST_H
#define CONTROL_NETWORK_REQUEST_H

#include <stdint.h>

#include <libmnl/libmnl.h>

#include "config/config.h"

/** A netlink socket for questions and their answers, one at a time. */
struct netlink_request {
	struct mnl_socket *socket;
	unsigned int sequence;
};

/** Returns 0 or a negative errno. */
int netlink_request_open(struct netlink_request *r);
void netlink_request_close(struct netlink_request *r);

/** Ask for a whole table (RTM_GETADDR and its like); `row` is called for each message. */
int netlink_request_dump(struct netlink_request *r, uint16_t type, uint8_t family, mnl_cb_t row,
			 void *context);

/** Bring an interface up with an MTU. */
int netlink_request_link_up(struct netlink_request *r, unsigned int ifindex, uint32_t mtu);

/** Put an address on an interface; one that is there already is no error. */
int netlink_request_address(struct netlink_request *r, unsigned int ifindex,
			    const struct config_network *address);

/** Add a route, in place of one to the same network. */
int netlink_request_route(struct netlink_request *r, unsigned int ifindex,
			  const struct config_port_route *route);

/** Behave as if the neighbour had just been used: the kernel confirms it. */
int netlink_request_use_neighbour(struct netlink_request *r, unsigned int ifindex,
				  const struct flow_address *address);

#endif
