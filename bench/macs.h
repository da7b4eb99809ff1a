/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_MACS_H
#define BENCH_MACS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/hmac.h"

/** HMAC-SHA-256, cut to 12 octets, of what a token says, by the libraries that could be used. */

#define MACS_SIZE 12

/** The state of a token in the room that one block of the hash takes: as hmac_pad() leaves it. */
struct macs_item {
	uint8_t state[HMAC_BLOCK_SIZE];
	uint8_t mac[MACS_SIZE];
};

/** One way to do it, under the key that open() was told, for states of `len` octets. */
struct macs_way {
	const char *name;
	unsigned int batch; /* how many items a call gets, at most MACS_BATCH */
	bool (*open)(const uint8_t *key, size_t key_len, size_t len); /* false: not here */
	void (*make)(struct macs_item *items, unsigned int n);
	bool (*verify)(const struct macs_item *items, unsigned int n); /* all of them are good */
};

#define MACS_BATCH 32

/** Ours and OpenSSL's, ipsec-mb's, and those by way of DPDK's cryptodev; ended by a name of NULL.
 */
extern const struct macs_way macs_here[], macs_ipsec_mb[], macs_cryptodev[];

#endif
