/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/hmac.h"

#include <assert.h>
#include <string.h>

#include <openssl/crypto.h>

/*
 * OpenSSL's compression function, which it deprecates in favour of EVP. EVP cannot start from a
 * stored state without an allocation, and costs more than the hash
 * (docs/decisions/0003-flow-token).
 */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <openssl/sha.h>

static void
pad_state(uint32_t state[8], const uint8_t *key, size_t len, uint8_t pad)
{
	uint8_t block[SHA256_CBLOCK];
	SHA256_CTX ctx;

	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < len; i++)
		block[i] ^= key[i];
	SHA256_Init(&ctx);
	SHA256_Transform(&ctx, block);
	memcpy(state, ctx.h, sizeof(ctx.h));
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(&ctx, sizeof(ctx));
}

void
hmac_sha256_init(struct hmac_sha256 *h, const uint8_t *key, size_t len)
{
	assert(len <= SHA256_CBLOCK);
	pad_state(h->inner, key, len, 0x36);
	pad_state(h->outer, key, len, 0x5c);
}

/* One block behind the padded key: data, the bit 1, zeros, length in bits. */
static void
last_block(SHA256_CTX *ctx, const uint32_t state[8], const uint8_t *data, size_t len)
{
	uint8_t block[SHA256_CBLOCK] = { 0 };
	uint64_t bits = 8 * (SHA256_CBLOCK + (uint64_t)len);

	memcpy(block, data, len);
	block[len] = 0x80;
	for (int i = 0; i < 8; i++)
		block[SHA256_CBLOCK - 1 - i] = (uint8_t)(bits >> (8 * i));
	memcpy(ctx->h, state, sizeof(ctx->h));
	SHA256_Transform(ctx, block);
}

static void
store_words(uint8_t *out, const uint32_t *h)
{
	for (int i = 0; i < 8; i++) {
		uint32_t big = __builtin_bswap32(h[i]);

		memcpy(out + 4 * i, &big, 4);
	}
}

void
hmac_sha256_short(const struct hmac_sha256 *h, const uint8_t *data, size_t len,
		  uint8_t mac[HMAC_SHA256_SIZE])
{
	uint8_t digest[HMAC_SHA256_SIZE];
	SHA256_CTX ctx;

	assert(len <= SHA256_CBLOCK - 9);
	last_block(&ctx, h->inner, data, len);
	store_words(digest, ctx.h);
	last_block(&ctx, h->outer, digest, sizeof(digest));
	store_words(mac, ctx.h);
}
