/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_NETWORK_RESOLVER_H
#define CONTROL_NETWORK_RESOLVER_H

#include <uv.h>

#include "config/config.h"
#include "network/asker.h"
#include "table/hops.h"

/**
 * Names that the DNS was asked for: what they lead to, for how long, and who is in use. Bounded by
 * dns.entries; the name that was not asked for longest makes room, first among those that only one
 * asker ever wanted.
 *
 * A name that a request wanted is asked for again before it expires, some times over; then it is
 * left to expire, and whoever still sends there brings it back with one request that waits. A
 * pinned name, of the configuration, is kept fresh for ever, and keeps what it led to as long as
 * the DNS does not answer.
 */
struct resolver;

struct resolver_name {
	struct slice name; /* in lower case */
	uint16_t port;
	uint8_t kind;  /* enum hops_kind; 0: not known yet */
	bool pinned;   /* a target of the configuration */
	bool demanded; /* by a request */
	uint64_t expires_ms;
	struct hops_target *targets; /* made ready by hops_prepare() */
	unsigned int count;
	void *waiting; /* the user's */
};

/** What was known of a name has changed; `name->waiting` may be looked at. */
typedef void (*resolver_changed)(struct resolver_name *name, void *context);

/** NULL, with a sentence in `message`, when it cannot be done. Times are uv_now()'s. */
struct resolver *resolver_open(uv_loop_t *loop, const struct config *config,
			       resolver_changed changed, void *context, char *message, size_t size);

/** Takes NULL. */
void resolver_close(struct resolver *r);

/**
 * Pin a name: it is asked for from now on. Until there is an answer it leads to the `count`
 * targets that are known already. False without memory.
 */
bool resolver_pin(struct resolver *r, struct slice host, uint16_t port,
		  const struct hops_target *known, unsigned int count);

/**
 * A request wants this name. When `kind` is 0 it is being asked for, and `changed` will be called.
 * NULL when it is not and there is no room for it, or none for the asker. Valid until the loop runs
 * on.
 */
struct resolver_name *resolver_demand(struct resolver *r, struct slice host, uint16_t port,
				      struct asker asker);

/** A name that is known to the resolver, or NULL. */
struct resolver_name *resolver_find(struct resolver *r, struct slice host, uint16_t port);

/** All names, by number from 0 on. NULL at the end. */
struct resolver_name *resolver_at(const struct resolver *r, unsigned int number);
unsigned int resolver_count(const struct resolver *r);

/** Time passes: call each 10 ms or so. */
void resolver_tick(struct resolver *r);

#endif
