/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/aes.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

/* Single blocks: for a thread that has no context (docs/decisions/0003-flow-token). */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <openssl/aes.h>

/* Contexts: for counters, then for blocks each way. */
enum {
	ENCRYPT = AES128_PLACES,
	DECRYPT = ENCRYPT + AES128_BLOCK_PLACES,
	CONTEXTS = DECRYPT + AES128_BLOCK_PLACES,
};

struct contexts {
	EVP_CIPHER_CTX *ctx[CONTEXTS];
	uint8_t key[CONTEXTS][AES128_KEY_SIZE];
};

/*
 * A context may be used by one thread at a time only (openssl-threads(7)), and the keys that it is
 * loaded with are read by all: so each thread has its own.
 */
static _Thread_local struct contexts *mine;

/* What releases them; made while the library is loaded. */
static pthread_key_t at_thread_end;
static bool released_at_end;

static void
release(void *contexts)
{
	struct contexts *c = contexts;

	for (unsigned int i = 0; i < CONTEXTS; i++)
		EVP_CIPHER_CTX_free(c->ctx[i]);
	OPENSSL_clear_free(c, sizeof(*c));
}

static __attribute__((constructor)) void
make_key(void)
{
	released_at_end = pthread_key_create(&at_thread_end, release) == 0;
}

static __attribute__((destructor)) void
delete_key(void)
{
	if (released_at_end)
		pthread_key_delete(at_thread_end);
}

static bool
make_contexts(void)
{
	struct contexts *c;

	if (!released_at_end)
		return false;
	c = OPENSSL_zalloc(sizeof(*c));
	if (c == NULL)
		return false;
	if (pthread_setspecific(at_thread_end, c) != 0) {
		OPENSSL_free(c);
		return false;
	}
	mine = c;
	return true;
}

/* Without padding: it would keep back the last block that is decrypted. */
static bool
init(EVP_CIPHER_CTX *ctx, bool fresh, bool encrypt, const uint8_t *key)
{
	const EVP_CIPHER *cipher = fresh ? EVP_aes_128_ecb() : NULL;

	return EVP_CipherInit_ex(ctx, cipher, NULL, key, NULL, encrypt) == 1 &&
	       EVP_CIPHER_CTX_set_padding(ctx, 0) == 1;
}

static __attribute__((noinline)) EVP_CIPHER_CTX *
load(unsigned int place, const uint8_t *key)
{
	EVP_CIPHER_CTX *ctx;
	bool fresh;

	if (mine == NULL && !make_contexts())
		return NULL;
	fresh = mine->ctx[place] == NULL;
	ctx = fresh ? EVP_CIPHER_CTX_new() : mine->ctx[place];
	mine->ctx[place] = NULL;
	if (ctx == NULL || !init(ctx, fresh, place < DECRYPT, key)) {
		EVP_CIPHER_CTX_free(ctx);
		return NULL;
	}
	memcpy(mine->key[place], key, AES128_KEY_SIZE);
	mine->ctx[place] = ctx;
	return ctx;
}

static inline EVP_CIPHER_CTX *
context(unsigned int place, const uint8_t *key)
{
	if (mine != NULL && mine->ctx[place] != NULL &&
	    memcmp(mine->key[place], key, AES128_KEY_SIZE) == 0)
		return mine->ctx[place];
	return load(place, key);
}

static void
encrypt_without_context(const uint8_t *key, uint8_t *blocks, int len)
{
	AES_KEY schedule;

	AES_set_encrypt_key(key, 8 * AES128_KEY_SIZE, &schedule);
	for (int i = 0; i < len; i += AES_BLOCK_SIZE)
		AES_encrypt(blocks + i, blocks + i, &schedule);
	OPENSSL_cleanse(&schedule, sizeof(schedule));
}

void
aes128_counter(unsigned int place, const uint8_t key[AES128_KEY_SIZE],
	       const uint8_t nonce[AES128_NONCE_SIZE], uint8_t *data, size_t len)
{
	int written, size = (int)(len + AES_BLOCK_SIZE - 1) & -AES_BLOCK_SIZE;
	uint8_t blocks[AES128_COUNTER_MAX] = { 0 };
	const uint8_t *p = blocks;
	EVP_CIPHER_CTX *ctx;

	assert(place < AES128_PLACES && len <= AES128_COUNTER_MAX);
	for (int i = 0; i < AES128_COUNTER_MAX / AES_BLOCK_SIZE; i++) {
		memcpy(blocks + AES_BLOCK_SIZE * i, nonce, AES128_NONCE_SIZE);
		blocks[AES_BLOCK_SIZE * i + AES_BLOCK_SIZE - 1] = (uint8_t)i;
	}
	ctx = context(place, key);
	if (ctx == NULL || EVP_EncryptUpdate(ctx, blocks, &written, blocks, size) != 1)
		encrypt_without_context(key, blocks, size);
	for (; len >= sizeof(uint64_t); data += sizeof(uint64_t), len -= sizeof(uint64_t)) {
		uint64_t a, b;

		memcpy(&a, data, sizeof(a));
		memcpy(&b, p, sizeof(b));
		a ^= b;
		memcpy(data, &a, sizeof(a));
		p += sizeof(uint64_t);
	}
	for (size_t i = 0; i < len; i++)
		data[i] ^= p[i];
}

void
aes128_encrypt(unsigned int place, const uint8_t key[AES128_KEY_SIZE],
	       const uint8_t in[AES128_BLOCK_SIZE], uint8_t out[AES128_BLOCK_SIZE])
{
	EVP_CIPHER_CTX *ctx;
	int written;

	assert(place < AES128_BLOCK_PLACES);
	ctx = context(ENCRYPT + place, key);
	if (ctx != NULL && EVP_EncryptUpdate(ctx, out, &written, in, AES_BLOCK_SIZE) == 1)
		return;
	memmove(out, in, AES_BLOCK_SIZE);
	encrypt_without_context(key, out, AES_BLOCK_SIZE);
}

void
aes128_decrypt(unsigned int place, const uint8_t key[AES128_KEY_SIZE],
	       const uint8_t in[AES128_BLOCK_SIZE], uint8_t out[AES128_BLOCK_SIZE])
{
	EVP_CIPHER_CTX *ctx;
	AES_KEY schedule;
	int written;

	assert(place < AES128_BLOCK_PLACES);
	ctx = context(DECRYPT + place, key);
	if (ctx != NULL && EVP_DecryptUpdate(ctx, out, &written, in, AES_BLOCK_SIZE) == 1)
		return;
	AES_set_decrypt_key(key, 8 * AES128_KEY_SIZE, &schedule);
	AES_decrypt(in, out, &schedule);
	OPENSSL_cleanse(&schedule, sizeof(schedule));
}
