/* SPDX-License-Identifier: BSD-3-Clause */
#include "gruu/temp_gruu.h"

#include <assert.h>

#include <openssl/crypto.h>

#include "flow/base64url.h"
#include "sip/uri_char.h"

enum {
	PREFIX_LEN = sizeof(TEMP_GRUU_PREFIX) - 1,
	CIPHER_LEN = BASE64URL_LEN(AES128_BLOCK_SIZE),
	EPOCH_SIZE = 6,
	MAC_SIZE = 10,
	MAC_LEN = BASE64URL_LEN(MAC_SIZE),
};

_Static_assert(PREFIX_LEN + CIPHER_LEN + MAC_LEN == TEMP_GRUU_USER_LEN, "the parts of a user part");
_Static_assert(TEMP_GRUU_RANDOM_SIZE + EPOCH_SIZE == AES128_BLOCK_SIZE, "one block");
_Static_assert((int)TEMP_GRUU_SETS <= AES128_BLOCK_PLACES, "a place for each key set");

static void
init_set(struct temp_gruu_keys *keys, unsigned int i, const uint8_t *key)
{
	memcpy(keys->set[i].cipher, key, AES128_KEY_SIZE);
	hmac_sha256_init(&keys->set[i].mac, key + AES128_KEY_SIZE, TEMP_GRUU_MAC_KEY_SIZE);
	keys->set[i].usable = true;
}

void
temp_gruu_keys_init(struct temp_gruu_keys *keys, const uint8_t current[TEMP_GRUU_KEY_SIZE],
		    const uint8_t *previous)
{
	memset(keys, 0, sizeof(*keys));
	init_set(keys, TEMP_GRUU_CURRENT, current);
	if (previous != NULL)
		init_set(keys, TEMP_GRUU_PREVIOUS, previous);
}

void
temp_gruu_make(const struct temp_gruu_keys *keys, const uint8_t random[TEMP_GRUU_RANDOM_SIZE],
	       uint64_t epoch, char user[TEMP_GRUU_USER_LEN])
{
	uint8_t block[HMAC_BLOCK_SIZE] = { 0 }, mac[HMAC_SHA256_SIZE];

	assert(keys->set[TEMP_GRUU_CURRENT].usable);
	memcpy(block, random, TEMP_GRUU_RANDOM_SIZE);
	for (unsigned int i = 0; i < EPOCH_SIZE; i++)
		block[TEMP_GRUU_RANDOM_SIZE + i] = (uint8_t)(epoch >> 8 * (EPOCH_SIZE - 1 - i));
	aes128_encrypt(TEMP_GRUU_CURRENT, keys->set[TEMP_GRUU_CURRENT].cipher, block, block);
	hmac_pad(block, AES128_BLOCK_SIZE);
	hmac_sha256_block(&keys->set[TEMP_GRUU_CURRENT].mac, block, mac);
	memcpy(user, TEMP_GRUU_PREFIX, PREFIX_LEN);
	base64url_encode(block, AES128_BLOCK_SIZE, user + PREFIX_LEN);
	base64url_encode(mac, MAC_SIZE, user + PREFIX_LEN + CIPHER_LEN);
}

/*
 * Without escapes, in the alphabet that we write. False when that is not as long as ours are. One
 * of our length that has escapes is too short without, and '%' is no digit.
 */
static inline bool
unescape(struct slice user, char out[TEMP_GRUU_USER_LEN])
{
	const char *p = user.ptr, *end = slice_end(user);
	size_t n = 0;

	if (user.len == TEMP_GRUU_USER_LEN) {
		memcpy(out, p, TEMP_GRUU_USER_LEN);
	} else {
		while (p < end && n < TEMP_GRUU_USER_LEN)
			out[n++] = (char)sip_uri_octet(&p, end);
		if (n < TEMP_GRUU_USER_LEN || p < end)
			return false;
	}
	for (size_t i = 0; i < TEMP_GRUU_USER_LEN; i++)
		out[i] = (char)(out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i]);
	return true;
}

static uint64_t
epoch_of(const uint8_t *block)
{
	uint64_t epoch = 0;

	for (unsigned int i = TEMP_GRUU_RANDOM_SIZE; i < AES128_BLOCK_SIZE; i++)
		epoch = epoch << 8 | block[i];
	return epoch;
}

bool
temp_gruu_open(const struct temp_gruu_keys *keys, struct slice user, uint64_t *epoch)
{
	uint8_t block[HMAC_BLOCK_SIZE] = { 0 }, got[AES128_BLOCK_SIZE], mac[HMAC_SHA256_SIZE];
	char text[TEMP_GRUU_USER_LEN];

	if (!unescape(user, text) || memcmp(text, TEMP_GRUU_PREFIX, PREFIX_LEN) != 0 ||
	    !base64url_decode(slice_of(text + PREFIX_LEN, CIPHER_LEN), block, AES128_BLOCK_SIZE) ||
	    !base64url_decode(slice_of(text + PREFIX_LEN + CIPHER_LEN, MAC_LEN), got, MAC_SIZE))
		return false;
	hmac_pad(block, AES128_BLOCK_SIZE);
	for (unsigned int i = 0; i < TEMP_GRUU_SETS; i++) {
		if (!keys->set[i].usable)
			continue;
		hmac_sha256_block(&keys->set[i].mac, block, mac);
		if (CRYPTO_memcmp(mac, got, MAC_SIZE) != 0)
			continue;
		aes128_decrypt(i, keys->set[i].cipher, block, block);
		*epoch = epoch_of(block);
		return true;
	}
	return false;
}

bool
temp_gruu_looks_like(struct slice user)
{
	return user.len >= PREFIX_LEN &&
	       sip_uri_skip(user.ptr, slice_end(user), SLICE(TEMP_GRUU_PREFIX), false) != NULL;
}
