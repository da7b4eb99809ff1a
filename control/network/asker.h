/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_NETWORK_ASKER_H
#define CONTROL_NETWORK_ASKER_H

#include "config/config.h"

/**
 * For whom a name is asked for, so that nobody can take all the room with names whose servers do
 * not answer. One asker is one IPv4 address or one /64 of IPv6.
 */
struct asker {
	uint64_t source; /* 0: nobody, and without a limit */
	bool own;        /* the configuration */
	bool peer;       /* a proxy of ours, with the names of all who are behind it */
};

static inline struct asker
asker_of(const struct config *config, const struct flow_address *a)
{
	struct asker asker = { .peer = config_network_has(&config->peers, a) };

	/* an IPv4 address takes the place of a /64 that nobody has: ::/16 is not assigned */
	for (int i = 0; i < (a->family == 6 ? 8 : 4); i++)
		asker.source = asker.source << 8 | a->ip[i];
	if (a->family == 4)
		asker.source |= UINT64_C(1) << 32;
	return asker;
}

/** How much of the room one asker may take: an eighth, a proxy of ours half; at least one. */
static inline unsigned int
asker_share(struct asker asker, unsigned int room)
{
	unsigned int share = room / (asker.peer ? 2 : 8);

	return asker.source == 0 ? room : share > 0 ? share : 1;
}

#endif
