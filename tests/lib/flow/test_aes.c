/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdatomic.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "flow/aes.h"
#include "lib/sip/support.h"

/* AES in counter mode, as OpenSSL has it: with a counter of 128 bits. */
static void
reference(const uint8_t *key, const uint8_t *nonce, uint8_t *data, size_t len)
{
	uint8_t block[16] = { 0 };
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int written;

	memcpy(block, nonce, AES128_NONCE_SIZE);
	assert_non_null(ctx);
	assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, block), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, data, &written, data, (int)len), 1);
	EVP_CIPHER_CTX_free(ctx);
}

static void
random_octets(uint64_t *seed, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)next_random(seed);
}

/* The octet behind the data stays as it is. */
static void
check_one(uint64_t *seed, unsigned int place, const uint8_t *key, size_t len)
{
	uint8_t nonce[AES128_NONCE_SIZE], got[AES128_COUNTER_MAX + 1], want[AES128_COUNTER_MAX + 1];

	random_octets(seed, nonce, sizeof(nonce));
	random_octets(seed, got, sizeof(got));
	memcpy(want, got, sizeof(want));
	aes128_counter(place, key, nonce, got, len);
	reference(key, nonce, want, len);
	assert_memory_equal(got, want, sizeof(got));
}

GTEST(Aes, same_as_openssl_for_every_length)
{
	uint64_t seed = 1;

	for (size_t len = 0; len <= AES128_COUNTER_MAX; len++)
		for (unsigned int place = 0; place < AES128_PLACES; place++) {
			uint8_t key[AES128_KEY_SIZE];

			random_octets(&seed, key, sizeof(key));
			check_one(&seed, place, key, len);
			check_one(&seed, place, key, len);
		}
}

/* FIPS 197 appendix C.1. */
GTEST(Aes, FIPS197_C1_known_block)
{
	static const uint8_t want[16] = { 0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
					  0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a };
	uint8_t key[AES128_KEY_SIZE], plain[AES128_BLOCK_SIZE], got[AES128_BLOCK_SIZE];

	for (unsigned int i = 0; i < 16; i++) {
		key[i] = (uint8_t)i;
		plain[i] = (uint8_t)(i * 0x11);
	}
	for (unsigned int place = 0; place < AES128_BLOCK_PLACES; place++) {
		aes128_encrypt(place, key, plain, got);
		assert_memory_equal(got, want, sizeof(want));
		aes128_decrypt(place, key, got, got);
		assert_memory_equal(got, plain, sizeof(plain));
	}
}

/* One place for many keys, and counters, blocks and their way back in turns. */
GTEST(Aes, blocks_come_back)
{
	uint64_t seed = 4;

	for (unsigned int i = 0; i < 2000; i++) {
		uint8_t key[AES128_KEY_SIZE], plain[AES128_BLOCK_SIZE], got[AES128_BLOCK_SIZE];
		unsigned int place = random_below(&seed, AES128_BLOCK_PLACES);

		random_octets(&seed, key, sizeof(key));
		random_octets(&seed, plain, sizeof(plain));
		for (unsigned int k = 0; k < 1 + i % 3; k++) {
			aes128_encrypt(place, key, plain, got);
			assert_memory_not_equal(got, plain, sizeof(plain));
			check_one(&seed, place, key, 40);
			aes128_decrypt(AES128_BLOCK_PLACES - 1 - place, key, got, got);
			assert_memory_equal(got, plain, sizeof(plain));
		}
	}
}

/* The first line of RFC 4493 §4: AES-128 of zeros. */
GTEST(Aes, RFC4493_4_known_answer)
{
	static const uint8_t want[16] = { 0x7d, 0xf7, 0x6b, 0x0c, 0x1a, 0xb8, 0x99, 0xb3,
					  0x3e, 0x42, 0xf0, 0x47, 0xb9, 0x1b, 0x54, 0x6f };
	uint8_t key[AES128_KEY_SIZE] = { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
					 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c };
	uint8_t nonce[AES128_NONCE_SIZE] = { 0 }, data[16] = { 0 };

	aes128_counter(0, key, nonce, data, sizeof(data));
	assert_memory_equal(data, want, sizeof(want));
}

/* ---- without memory for a context ---- */

static _Thread_local bool no_memory;
static _Atomic int refusals;

static void *
take(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	refusals += no_memory;
	return no_memory ? NULL : malloc(size);
}

static void *
take_again(void *old, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return no_memory ? NULL : realloc(old, size);
}

static void
give(void *p, const char *file, int line)
{
	(void)file, (void)line;
	free(p);
}

/* OpenSSL takes other functions only before it has used its own. */
static __attribute__((constructor)) void
set_memory(void)
{
	if (CRYPTO_set_mem_functions(take, take_again, give) != 1)
		abort();
}

static const uint8_t key_of_threads[AES128_KEY_SIZE] = { 5 },
		     nonce_of_threads[AES128_NONCE_SIZE] = { 6 };

static void *
in_want_of_memory(void *data)
{
	no_memory = true;
	aes128_counter(3, key_of_threads, nonce_of_threads, data, AES128_COUNTER_MAX);
	no_memory = false;
	return NULL;
}

GTEST(Aes, same_without_memory_for_a_context)
{
	uint8_t got[AES128_COUNTER_MAX] = { 0 }, want[AES128_COUNTER_MAX] = { 0 };
	pthread_t thread;

	refusals = 0;
	assert_int_equal(pthread_create(&thread, NULL, in_want_of_memory, got), 0);
	pthread_join(thread, NULL);
	assert_int_not_equal(refusals, 0);
	reference(key_of_threads, nonce_of_threads, want, sizeof(want));
	assert_memory_equal(got, want, sizeof(want));
}

struct blocks {
	uint8_t plain[AES128_BLOCK_SIZE], cipher[AES128_BLOCK_SIZE], back[AES128_BLOCK_SIZE];
};

static void *
blocks_in_want_of_memory(void *data)
{
	struct blocks *b = data;

	no_memory = true;
	aes128_encrypt(1, key_of_threads, b->plain, b->cipher);
	aes128_decrypt(1, key_of_threads, b->cipher, b->back);
	no_memory = false;
	return NULL;
}

GTEST(Aes, same_block_without_memory_for_a_context)
{
	struct blocks b = { .plain = { 7 } };
	uint8_t want[AES128_BLOCK_SIZE];
	pthread_t thread;

	refusals = 0;
	assert_int_equal(pthread_create(&thread, NULL, blocks_in_want_of_memory, &b), 0);
	pthread_join(thread, NULL);
	assert_int_not_equal(refusals, 0);
	aes128_encrypt(1, key_of_threads, b.plain, want);
	assert_memory_equal(b.cipher, want, sizeof(want));
	assert_memory_equal(b.back, b.plain, sizeof(b.plain));
}

/* Contexts end with their thread: a leak is seen by the sanitizer. */
static void *
use_all_places(void *unused)
{
	uint64_t seed = 9;

	for (unsigned int place = 0; place < AES128_PLACES; place++)
		check_one(&seed, place, key_of_threads, 40);
	return unused;
}

GTEST(Aes, threads_come_and_go)
{
	for (int i = 0; i < 20; i++) {
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, use_all_places, NULL), 0);
		pthread_join(thread, NULL);
	}
}
