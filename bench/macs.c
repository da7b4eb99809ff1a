/* SPDX-License-Identifier: BSD-3-Clause */
/* Ours, and what OpenSSL documents. */
#include "macs.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "bench.h"

static struct hmac_sha256 worked_in;
static uint8_t the_key[HMAC_BLOCK_SIZE];
static size_t the_key_len, the_len;
static EVP_MAC_CTX *evp;

static bool
open_keys(const uint8_t *key, size_t key_len, size_t len)
{
	memcpy(the_key, key, key_len);
	the_key_len = key_len;
	the_len = len;
	hmac_sha256_init(&worked_in, key, key_len);
	return true;
}

static bool
same(const uint8_t *a, const uint8_t *b)
{
	return CRYPTO_memcmp(a, b, MACS_SIZE) == 0;
}

/* ---- ours ---- */

static void
single_make(struct macs_item *items, unsigned int n)
{
	uint8_t mac[HMAC_SHA256_SIZE];

	for (unsigned int i = 0; i < n; i++) {
		hmac_sha256_block(&worked_in, items[i].state, mac);
		memcpy(items[i].mac, mac, MACS_SIZE);
	}
}

static bool
single_verify(const struct macs_item *items, unsigned int n)
{
	uint8_t mac[HMAC_SHA256_SIZE];
	bool good = true;

	for (unsigned int i = 0; i < n; i++) {
		hmac_sha256_block(&worked_in, items[i].state, mac);
		good &= same(mac, items[i].mac);
	}
	return good;
}

static void
burst(const struct macs_item *items, struct hmac_sha256_job *jobs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		jobs[i].key = &worked_in;
		jobs[i].block = items[i].state;
	}
	hmac_sha256_burst(jobs, n);
}

static void
burst_make(struct macs_item *items, unsigned int n)
{
	struct hmac_sha256_job jobs[MACS_BATCH];

	burst(items, jobs, n);
	for (unsigned int i = 0; i < n; i++)
		memcpy(items[i].mac, jobs[i].mac, MACS_SIZE);
}

static bool
burst_verify(const struct macs_item *items, unsigned int n)
{
	struct hmac_sha256_job jobs[MACS_BATCH];
	bool good = true;

	burst(items, jobs, n);
	for (unsigned int i = 0; i < n; i++)
		good &= same(jobs[i].mac, items[i].mac);
	return good;
}

/* ---- EVP_MAC, its context kept ---- */

static bool
open_evp(const uint8_t *key, size_t key_len, size_t len)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){ "SHA256" }, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac;

	open_keys(key, key_len, len);
	if (evp != NULL)
		return true;
	mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	evp = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	return evp != NULL && EVP_MAC_init(evp, key, key_len, params) == 1;
}

static void
evp_one(const struct macs_item *item, uint8_t mac[HMAC_SHA256_SIZE])
{
	size_t size;

	if (EVP_MAC_init(evp, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(evp, item->state, the_len) != 1 ||
	    EVP_MAC_final(evp, mac, &size, HMAC_SHA256_SIZE) != 1)
		bench_die("token: EVP_MAC fails");
}

static void
evp_make(struct macs_item *items, unsigned int n)
{
	uint8_t mac[HMAC_SHA256_SIZE];

	for (unsigned int i = 0; i < n; i++) {
		evp_one(&items[i], mac);
		memcpy(items[i].mac, mac, MACS_SIZE);
	}
}

static bool
evp_verify(const struct macs_item *items, unsigned int n)
{
	uint8_t mac[HMAC_SHA256_SIZE];
	bool good = true;

	for (unsigned int i = 0; i < n; i++) {
		evp_one(&items[i], mac);
		good &= same(mac, items[i].mac);
	}
	return good;
}

/* ---- HMAC() ---- */

static void
hmac_one(const struct macs_item *item, uint8_t mac[HMAC_SHA256_SIZE])
{
	if (HMAC(EVP_sha256(), the_key, (int)the_key_len, item->state, the_len, mac, NULL) == NULL)
		bench_die("token: HMAC() fails");
}

static void
hmac_make(struct macs_item *items, unsigned int n)
{
	uint8_t mac[HMAC_SHA256_SIZE];

	for (unsigned int i = 0; i < n; i++) {
		hmac_one(&items[i], mac);
		memcpy(items[i].mac, mac, MACS_SIZE);
	}
}

static bool
hmac_verify(const struct macs_item *items, unsigned int n)
{
	uint8_t mac[HMAC_SHA256_SIZE];
	bool good = true;

	for (unsigned int i = 0; i < n; i++) {
		hmac_one(&items[i], mac);
		good &= same(mac, items[i].mac);
	}
	return good;
}

const struct macs_way macs_here[] = {
	{ "viaduct", MACS_BATCH, open_keys, single_make, single_verify },
	{ "viaduct.burst8", 8, open_keys, burst_make, burst_verify },
	{ "viaduct.burst32", 32, open_keys, burst_make, burst_verify },
	{ "EVP_MAC", MACS_BATCH, open_evp, evp_make, evp_verify },
	{ "HMAC()", MACS_BATCH, open_keys, hmac_make, hmac_verify },
	{ .name = NULL },
};
