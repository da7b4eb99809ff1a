/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_HMAC_H
#define FLOW_HMAC_H

#include <stddef.h>
#include <stdint.h>

#define HMAC_SHA256_SIZE 32

/**
 * HMAC-SHA-256 with its key already worked in: the hash states behind the inner and the outer
 * padded key (RFC 2104 §4). Two of the four compressions of a short message are saved.
 */
struct hmac_sha256 {
	uint32_t inner[8];
	uint32_t outer[8];
};

/** Work a key of at most 64 octets in. */
void hmac_sha256_init(struct hmac_sha256 *h, const uint8_t *key, size_t len);

/** MAC of at most 55 octets: one compression inside, one outside. Any thread. */
void hmac_sha256_short(const struct hmac_sha256 *h, const uint8_t *data, size_t len,
		       uint8_t mac[HMAC_SHA256_SIZE]);

#endif
