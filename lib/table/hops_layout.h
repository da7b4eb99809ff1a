/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_HOPS_LAYOUT_H
#define TABLE_HOPS_LAYOUT_H

#include "table/hops.h"

/** What reader and writer of the next hops' table agree on. Not for users of the library. */

/** Mixes 64 bits thoroughly (the finalizer of MurmurHash3). */
static inline uint64_t
hops_mix(uint64_t x)
{
	x = (x ^ x >> 33) * UINT64_C(0xff51afd7ed558ccd);
	x = (x ^ x >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

/** Of address and port: the same on every machine. */
static inline uint64_t
hops_address_hash(const struct flow_address *a)
{
	uint64_t half[2];

	memcpy(half, a->ip, sizeof(half));
	return hops_mix(half[0] ^
			hops_mix(half[1] ^ hops_mix((uint64_t)a->family << 16 | a->port)));
}

/** Where a name begins to be looked for; `lower` is in lower case. */
static inline uint64_t
hops_name_hash(struct siphash_key key, struct slice lower, uint16_t port)
{
	struct siphash h;

	siphash_init(&h, key, 0);
	siphash_update(&h, &port, sizeof(port));
	siphash_update(&h, lower.ptr, lower.len);
	return siphash_final(&h);
}

#endif
