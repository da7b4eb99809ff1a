/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_NETWORK_PARKING_H
#define CONTROL_NETWORK_PARKING_H

#include "network/resolver.h"
#include "table/message_ring.h"

/**
 * Requests that wait for a name (MESSAGE_RESOLVE), in the order in which they came, and go back to
 * their worker when it is known (MESSAGE_AGAIN). Bounded in number and in octets, for each asker
 * too.
 */
struct parking;

/** At most `most` requests wait at once; targets are of a family of the mask. NULL: no memory. */
struct parking *parking_open(unsigned int most, unsigned int families);

/** Forgets who waits. Takes NULL. */
void parking_close(struct parking *p);

/**
 * Keep a request until parking_release() of its name. A copy of one that waits already is taken
 * and not kept. False when there is no room, or none for this asker.
 */
bool parking_keep(struct parking *p, struct resolver_name *name, unsigned int worker,
		  struct asker asker, const struct message_head *head, struct slice bytes);

/** Give back at once, with what is known of the name; `name` NULL: nothing. */
void parking_return(struct parking *p, struct message_rings *rings,
		    const struct resolver_name *name, unsigned int worker,
		    const struct message_head *head, struct slice bytes);

/** The name is known, or known not to be: give back all who wait for it. */
void parking_release(struct parking *p, struct message_rings *rings, struct resolver_name *name);

#endif
