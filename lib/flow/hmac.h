/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_HMAC_H
#define FLOW_HMAC_H

#include <stddef.h>
#include <stdint.h>

#define HMAC_SHA256_SIZE 32
#define HMAC_SHA1_SIZE 20

/** Octets that both hashes take at a time. */
#define HMAC_BLOCK_SIZE 64

/** Longest message that hmac_pad() takes. */
#define HMAC_SHORT_MAX (HMAC_BLOCK_SIZE - 9)

/**
 * HMAC-SHA-256 with its key already worked in: the hash states behind the inner and the outer
 * padded key (RFC 2104 §4). Two of the four compressions of a short message are saved.
 */
struct hmac_sha256 {
	uint32_t inner[8];
	uint32_t outer[8];
};

/** The same of HMAC-SHA-1. */
struct hmac_sha1 {
	uint32_t inner[5];
	uint32_t outer[5];
};

/** Work a key of at most 64 octets in. */
void hmac_sha256_init(struct hmac_sha256 *h, const uint8_t *key, size_t len);
void hmac_sha1_init(struct hmac_sha1 *h, const uint8_t *key, size_t len);

/** MAC of at most HMAC_SHORT_MAX octets: one compression inside, one outside. Any thread. */
void hmac_sha256_short(const struct hmac_sha256 *h, const uint8_t *data, size_t len,
		       uint8_t mac[HMAC_SHA256_SIZE]);
void hmac_sha1_short(const struct hmac_sha1 *h, const uint8_t *data, size_t len,
		     uint8_t mac[HMAC_SHA1_SIZE]);

/**
 * End a message of `len` octets, at most HMAC_SHORT_MAX, at the beginning of a block that is zero
 * behind it: the bit 1 and its length behind a padded key.
 */
static inline void
hmac_pad(uint8_t block[HMAC_BLOCK_SIZE], size_t len)
{
	size_t bits = 8 * (HMAC_BLOCK_SIZE + len);

	block[len] = 0x80;
	block[HMAC_BLOCK_SIZE - 2] = (uint8_t)(bits >> 8);
	block[HMAC_BLOCK_SIZE - 1] = (uint8_t)bits;
}

/** MAC of a message that hmac_pad() has ended. Any thread. */
void hmac_sha256_block(const struct hmac_sha256 *h, const uint8_t block[HMAC_BLOCK_SIZE],
		       uint8_t mac[HMAC_SHA256_SIZE]);
void hmac_sha1_block(const struct hmac_sha1 *h, const uint8_t block[HMAC_BLOCK_SIZE],
		     uint8_t mac[HMAC_SHA1_SIZE]);

/** One of several messages, each under its own key; `block` as for hmac_sha256_block(). */
struct hmac_sha256_job {
	const struct hmac_sha256 *key;
	const uint8_t *block;
	uint8_t mac[HMAC_SHA256_SIZE];
};

/**
 * MACs of several messages, several at a time where the processor has SHA instructions. The keys
 * may be the same; jobs must not overlap. Any thread.
 */
void hmac_sha256_burst(struct hmac_sha256_job *jobs, unsigned int n);

#endif
