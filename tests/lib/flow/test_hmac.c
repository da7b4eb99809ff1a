/* SPDX-License-Identifier: BSD-3-Clause */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <openssl/sha.h>

#include "flow/hmac.h"
#include "flow/sha256_lanes.h"
#include "lib/sip/support.h"

#define TEN(c) c c c c c c c c c c

/* Cases 6 and 7 have keys longer than a block, which we never have. */
static const struct vector_row {
	const char *label;
	const char *key, *data;
	const char *mac; /* case 5 gives the first 16 octets only */
} vectors[] = {
	{ "RFC4231-4.2", TEN("\x0b") TEN("\x0b"), "Hi There",
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "RFC4231-4.3", "Jefe", "what do ya want for nothing?",
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "RFC4231-4.4", TEN("\xaa") TEN("\xaa"),
	  TEN("\xdd") TEN("\xdd") TEN("\xdd") TEN("\xdd") TEN("\xdd"),
	  "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	{ "RFC4231-4.5",
	  "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15"
	  "\x16\x17\x18\x19",
	  TEN("\xcd") TEN("\xcd") TEN("\xcd") TEN("\xcd") TEN("\xcd"),
	  "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
	{ "RFC4231-4.6", TEN("\x0c") TEN("\x0c"), "Test With Truncation",
	  "a3b6167473100ee06e0c796c2955552b" },
};

static void
check_vector(void **state)
{
	const struct vector_row *r = *state;
	uint8_t mac[HMAC_SHA256_SIZE];
	char hex[2 * HMAC_SHA256_SIZE + 1];
	struct hmac_sha256 h;

	hmac_sha256_init(&h, (const uint8_t *)r->key, strlen(r->key));
	hmac_sha256_short(&h, (const uint8_t *)r->data, strlen(r->data), mac);
	for (size_t i = 0; i < sizeof(mac); i++)
		snprintf(hex + 2 * i, 3, "%02x", mac[i]);
	hex[strlen(r->mac)] = '\0';
	assert_string_equal(hex, r->mac);
}
GTEST_ROWS(Hmac, vectors, label, check_vector);

GTEST(Hmac, same_as_openssl_for_every_length)
{
	uint64_t seed = 1;

	for (size_t key_len = 0; key_len <= 64; key_len++) {
		uint8_t key[64], data[55];
		struct hmac_sha256 h;

		for (size_t i = 0; i < sizeof(key); i++)
			key[i] = (uint8_t)next_random(&seed);
		hmac_sha256_init(&h, key, key_len);
		for (size_t len = 0; len <= sizeof(data); len++) {
			uint8_t mac[HMAC_SHA256_SIZE], want[HMAC_SHA256_SIZE];

			for (size_t i = 0; i < len; i++)
				data[i] = (uint8_t)next_random(&seed);
			hmac_sha256_short(&h, data, len, mac);
			assert_non_null(
				HMAC(EVP_sha256(), key, (int)key_len, data, len, want, NULL));
			assert_memory_equal(mac, want, sizeof(mac));
		}
	}
}

/* ---- SHA-1 ---- */

static const struct vector_row sha1_vectors[] = {
	{ "RFC2202-3-1", TEN("\x0b") TEN("\x0b"), "Hi There",
	  "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ "RFC2202-3-2", "Jefe", "what do ya want for nothing?",
	  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ "RFC2202-3-3", TEN("\xaa") TEN("\xaa"),
	  TEN("\xdd") TEN("\xdd") TEN("\xdd") TEN("\xdd") TEN("\xdd"),
	  "125d7342b9ac11cd91a39af48aa17b4f63f175d3" },
	{ "RFC2202-3-5", TEN("\x0c") TEN("\x0c"), "Test With Truncation",
	  "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04" },
};

static void
check_sha1_vector(void **state)
{
	const struct vector_row *r = *state;
	char hex[2 * HMAC_SHA1_SIZE + 1];
	uint8_t mac[HMAC_SHA1_SIZE];
	struct hmac_sha1 h;

	hmac_sha1_init(&h, (const uint8_t *)r->key, strlen(r->key));
	hmac_sha1_short(&h, (const uint8_t *)r->data, strlen(r->data), mac);
	for (size_t i = 0; i < sizeof(mac); i++)
		snprintf(hex + 2 * i, 3, "%02x", mac[i]);
	assert_string_equal(hex, r->mac);
}
GTEST_ROWS(Hmac, sha1_vectors, label, check_sha1_vector);

GTEST(Hmac, sha1_same_as_openssl_for_every_length)
{
	uint64_t seed = 1;

	for (size_t key_len = 0; key_len <= 64; key_len++) {
		uint8_t key[64], data[55];
		struct hmac_sha1 h;

		for (size_t i = 0; i < sizeof(key); i++)
			key[i] = (uint8_t)next_random(&seed);
		hmac_sha1_init(&h, key, key_len);
		for (size_t len = 0; len <= sizeof(data); len++) {
			uint8_t mac[HMAC_SHA1_SIZE], want[HMAC_SHA1_SIZE];

			for (size_t i = 0; i < len; i++)
				data[i] = (uint8_t)next_random(&seed);
			hmac_sha1_short(&h, data, len, mac);
			assert_non_null(HMAC(EVP_sha1(), key, (int)key_len, data, len, want, NULL));
			assert_memory_equal(mac, want, sizeof(mac));
		}
	}
}

/* ---- bursts ---- */

GTEST(Hmac, burst_equals_one_by_one)
{
	enum { MOST = 37 };
	static uint8_t block[MOST][HMAC_BLOCK_SIZE];
	struct hmac_sha256_job jobs[MOST];
	struct hmac_sha256 key[MOST];
	uint64_t seed = 2;

	for (unsigned int n = 0; n <= MOST; n++) {
		memset(block, 0, sizeof(block));
		memset(jobs, 0, sizeof(jobs));
		for (unsigned int i = 0; i < n; i++) {
			size_t len = random_below(&seed, HMAC_SHORT_MAX + 1);
			uint8_t octets[16];

			for (size_t k = 0; k < sizeof(octets); k++)
				octets[k] = (uint8_t)next_random(&seed);
			for (size_t k = 0; k < len; k++)
				block[i][k] = (uint8_t)next_random(&seed);
			hmac_sha256_init(&key[i], octets, sizeof(octets));
			hmac_pad(block[i], len);
			jobs[i].key = &key[random_below(&seed, i + 1)];
			jobs[i].block = block[i];
		}
		hmac_sha256_burst(jobs, n);
		for (unsigned int i = 0; i < n; i++) {
			uint8_t want[HMAC_SHA256_SIZE];

			hmac_sha256_block(jobs[i].key, block[i], want);
			assert_memory_equal(jobs[i].mac, want, sizeof(want));
		}
	}
}

/* Any state and block, not only those of a MAC. */
GTEST(Sha256Lanes, same_as_openssl)
{
	uint64_t seed = 3;

	if (!sha256_lanes_usable())
		skip();
	for (int round = 0; round < 10000; round++) {
		uint8_t block[SHA256_LANES][64];
		uint32_t words[SHA256_LANES][8], *states[SHA256_LANES];
		const uint8_t *blocks[SHA256_LANES];
		SHA256_CTX want[SHA256_LANES];

		for (unsigned int i = 0; i < SHA256_LANES; i++) {
			SHA256_Init(&want[i]);
			for (unsigned int k = 0; k < 8; k++)
				want[i].h[k] = words[i][k] = (uint32_t)next_random(&seed);
			for (unsigned int k = 0; k < 64; k++)
				block[i][k] = (uint8_t)next_random(&seed);
			states[i] = words[i];
			blocks[i] = block[round % 2 == 0 ? i : 0];
			SHA256_Transform(&want[i], blocks[i]);
		}
		sha256_lanes(states, blocks);
		for (unsigned int i = 0; i < SHA256_LANES; i++)
			assert_memory_equal(words[i], want[i].h, sizeof(words[i]));
	}
}
