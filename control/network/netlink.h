/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_NETWORK_NETLINK_H
#define CONTROL_NETWORK_NETLINK_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/**
 * The kernel's side of the ports. Addresses and routes of the configuration are put on the TAP
 * twins whenever these appear (a dataplane that restarts makes new ones); addresses, routes and
 * neighbours that the kernel then has there are mirrored into the `routes` segment.
 */
struct netlink;

/** Open the sockets. NULL, with a sentence in `message`, when that is refused. */
struct netlink *netlink_open(const struct config *config, char *message, size_t size);

/** Takes NULL. */
void netlink_close(struct netlink *n);

/** File descriptor to poll for reading; netlink_read() then takes what is there. */
int netlink_fd(const struct netlink *n);

/** Take the kernel's events. Returns true when something that we mirror may have changed. */
bool netlink_read(struct netlink *n);

/**
 * Set up twins that are new, read everything and publish a snapshot. Returns false, with a sentence
 * in netlink_message(), when the kernel or the segment refused.
 */
bool netlink_mirror(struct netlink *n);

/** Have the kernel confirm neighbours that it has not heard of for a while. Each few seconds. */
void netlink_refresh_neighbours(struct netlink *n);

const char *netlink_message(const struct netlink *n);

#endif
