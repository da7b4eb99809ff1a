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
