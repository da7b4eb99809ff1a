/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_HOPS_H
#define CONFIG_HOPS_H

#include "config/config.h"
#include "table/hops.h"
#include "table/routes.h"

/** From the configuration to the table of next hops. */

/** The families that there are listeners of: a mask of HOPS_IPV4 and HOPS_IPV6. */
unsigned int config_families(const struct config *config);

/**
 * Where a target that is a host name leads: `group` from 0, `weight` from 1 and `address` of at
 * most `max` rows. Returns how many there are.
 */
typedef unsigned int (*config_hops_resolve)(const struct config_target *target,
					    struct hops_target *out, unsigned int max,
					    void *context);

/**
 * The targets of a domain. Those of a name share its weight, and the groups that the name has
 * divide its priority. `resolve` NULL: names are left out. Returns how many there are.
 */
unsigned int config_hops_targets(const struct config_next_hop *hop, config_hops_resolve resolve,
				 void *context, struct hops_target out[HOPS_TARGETS_MAX]);

/** Publish what the file alone says: no names resolved, nobody down. */
enum segment_error config_hops_publish(const struct config *config, const char *dir);

/**
 * The listener that a message to `to` leaves from: one on the port that the route leads to, the
 * one with the UDP port of listener `in` if there is such. -1 when there is no route or listener.
 */
int config_source_listener(const struct config *config, const struct routes_table *routes,
			   const struct flow_address *to, unsigned int in);

#endif
