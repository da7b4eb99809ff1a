/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/hmac.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/crypto.h>

#include "flow/sha256_lanes.h"

/*
 * OpenSSL's compression functions, which it deprecates in favour of EVP. EVP cannot start from a
 * stored state without an allocation, and costs more than the hash
 * (docs/decisions/0003-flow-token).
 */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <openssl/sha.h>

_Static_assert(SHA256_CBLOCK == HMAC_BLOCK_SIZE && SHA_CBLOCK == HMAC_BLOCK_SIZE, "one block size");

static void
store_words(uint8_t *out, const uint32_t *h, int words)
{
	for (int i = 0; i < words; i++) {
		uint32_t big = __builtin_bswap32(h[i]);

		memcpy(out + 4 * i, &big, 4);
	}
}

static void
pad_key(uint8_t block[HMAC_BLOCK_SIZE], const uint8_t *key, size_t len, uint8_t pad)
{
	assert(len <= HMAC_BLOCK_SIZE);
	memset(block, pad, HMAC_BLOCK_SIZE);
	for (size_t i = 0; i < len; i++)
		block[i] ^= key[i];
}

/* ---- SHA-256 ---- */

static inline void
compress256(uint32_t out[8], const uint32_t state[8], const uint8_t *block)
{
	SHA256_CTX ctx;

	memcpy(ctx.h, state, sizeof(ctx.h));
	SHA256_Transform(&ctx, block);
	memcpy(out, ctx.h, sizeof(ctx.h));
}

void
hmac_sha256_init(struct hmac_sha256 *h, const uint8_t *key, size_t len)
{
	uint8_t block[HMAC_BLOCK_SIZE];
	SHA256_CTX ctx;

	SHA256_Init(&ctx);
	pad_key(block, key, len, 0x36);
	compress256(h->inner, ctx.h, block);
	pad_key(block, key, len, 0x5c);
	compress256(h->outer, ctx.h, block);
	OPENSSL_cleanse(block, sizeof(block));
}

void
hmac_sha256_block(const struct hmac_sha256 *h, const uint8_t block[HMAC_BLOCK_SIZE],
		  uint8_t mac[HMAC_SHA256_SIZE])
{
	uint8_t digest[HMAC_BLOCK_SIZE] = { 0 };
	uint32_t state[8];

	compress256(state, h->inner, block);
	store_words(digest, state, 8);
	hmac_pad(digest, HMAC_SHA256_SIZE);
	compress256(state, h->outer, digest);
	store_words(mac, state, 8);
}

void
hmac_sha256_short(const struct hmac_sha256 *h, const uint8_t *data, size_t len,
		  uint8_t mac[HMAC_SHA256_SIZE])
{
	uint8_t block[HMAC_BLOCK_SIZE] = { 0 };

	assert(len <= HMAC_SHORT_MAX);
	memcpy(block, data, len);
	hmac_pad(block, len);
	hmac_sha256_block(h, block, mac);
}

/* ---- several at a time ---- */

/* Decided once, before main() or while the library is loaded. */
static bool has_lanes;

static __attribute__((constructor)) void
choose(void)
{
	has_lanes = sha256_lanes_usable();
}

/* `n` of 2 to SHA256_LANES jobs; the lanes that are left repeat the first job. */
static void
lanes(struct hmac_sha256_job *jobs, unsigned int n)
{
	uint8_t digest[SHA256_LANES][HMAC_BLOCK_SIZE] = { 0 };
	const uint8_t *block[SHA256_LANES];
	uint32_t state[SHA256_LANES][8], *states[SHA256_LANES];

	for (unsigned int i = 0; i < SHA256_LANES; i++) {
		const struct hmac_sha256_job *job = &jobs[i < n ? i : 0];

		memcpy(state[i], job->key->inner, sizeof(state[i]));
		states[i] = state[i];
		block[i] = job->block;
	}
	sha256_lanes(states, block);
	for (unsigned int i = 0; i < SHA256_LANES; i++) {
		store_words(digest[i], state[i], 8);
		hmac_pad(digest[i], HMAC_SHA256_SIZE);
		memcpy(state[i], jobs[i < n ? i : 0].key->outer, sizeof(state[i]));
		block[i] = digest[i];
	}
	sha256_lanes(states, block);
	for (unsigned int i = 0; i < n; i++)
		store_words(jobs[i].mac, state[i], 8);
}

void
hmac_sha256_burst(struct hmac_sha256_job *jobs, unsigned int n)
{
	while (has_lanes && n > 1) {
		unsigned int now = n < SHA256_LANES ? n : SHA256_LANES;

		lanes(jobs, now);
		jobs += now;
		n -= now;
	}
	for (unsigned int i = 0; i < n; i++)
		hmac_sha256_block(jobs[i].key, jobs[i].block, jobs[i].mac);
}

/* ---- SHA-1 ---- */

static inline void
compress1(uint32_t out[5], const uint32_t state[5], const uint8_t *block)
{
	SHA_CTX ctx;

	ctx.h0 = state[0];
	ctx.h1 = state[1];
	ctx.h2 = state[2];
	ctx.h3 = state[3];
	ctx.h4 = state[4];
	SHA1_Transform(&ctx, block);
	out[0] = ctx.h0;
	out[1] = ctx.h1;
	out[2] = ctx.h2;
	out[3] = ctx.h3;
	out[4] = ctx.h4;
}

void
hmac_sha1_init(struct hmac_sha1 *h, const uint8_t *key, size_t len)
{
	static const uint32_t start[5] = { /* FIPS 180-4 §5.3.1 */
					   0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
					   0xc3d2e1f0
	};
	uint8_t block[HMAC_BLOCK_SIZE];

	pad_key(block, key, len, 0x36);
	compress1(h->inner, start, block);
	pad_key(block, key, len, 0x5c);
	compress1(h->outer, start, block);
	OPENSSL_cleanse(block, sizeof(block));
}

void
hmac_sha1_block(const struct hmac_sha1 *h, const uint8_t block[HMAC_BLOCK_SIZE],
		uint8_t mac[HMAC_SHA1_SIZE])
{
	uint8_t digest[HMAC_BLOCK_SIZE] = { 0 };
	uint32_t state[5];

	compress1(state, h->inner, block);
	store_words(digest, state, 5);
	hmac_pad(digest, HMAC_SHA1_SIZE);
	compress1(state, h->outer, digest);
	store_words(mac, state, 5);
}

void
hmac_sha1_short(const struct hmac_sha1 *h, const uint8_t *data, size_t len,
		uint8_t mac[HMAC_SHA1_SIZE])
{
	uint8_t block[HMAC_BLOCK_SIZE] = { 0 };

	assert(len <= HMAC_SHORT_MAX);
	memcpy(block, data, len);
	hmac_pad(block, len);
	hmac_sha1_block(h, block, mac);
}
