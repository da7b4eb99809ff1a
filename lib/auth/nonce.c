/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/nonce.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "flow/base64url.h"

enum {
	VERSION = 1,
	HEAD_SIZE = 14,
	MAC_SIZE = 13,
	RAW_SIZE = HEAD_SIZE + MAC_SIZE,
	IP_MAX = 16,
	REALM_SHORT = HMAC_SHORT_MAX - HEAD_SIZE - 1 - IP_MAX,
	REALM_LONG = 0xff, /* in place of a length */
	LINK_SIZE = 16,
};

_Static_assert(BASE64URL_LEN(RAW_SIZE) == NONCE_LEN, "no bits to spare");
_Static_assert(REALM_SHORT >= LINK_SIZE && REALM_SHORT < REALM_LONG, "a long realm fits as well");

void
nonce_key_init(struct nonce_key *key, const uint8_t secret[NONCE_KEY_SIZE])
{
	hmac_sha256_init(&key->hmac, secret, NONCE_KEY_SIZE);
}

bool
nonce_key_generate(struct nonce_key *key)
{
	uint8_t secret[NONCE_KEY_SIZE];
	bool got = RAND_priv_bytes(secret, sizeof(secret)) == 1;

	if (got)
		nonce_key_init(key, secret);
	OPENSSL_cleanse(secret, sizeof(secret));
	return got;
}

/* A nonce begins with VERSION, a link of a long realm with 0: neither MAC is one of the other. */
static void
hash_realm(const struct hmac_sha256 *key, struct slice realm, uint8_t link[LINK_SIZE])
{
	enum { PIECE = HMAC_SHORT_MAX - 1 - LINK_SIZE };

	memset(link, 0, LINK_SIZE);
	while (realm.len > 0) {
		size_t n = realm.len < PIECE ? realm.len : PIECE;
		uint8_t text[HMAC_SHORT_MAX] = { 0 }, mac[HMAC_SHA256_SIZE];

		memcpy(text + 1, link, LINK_SIZE);
		memcpy(text + 1 + LINK_SIZE, realm.ptr, n);
		hmac_sha256_short(key, text, 1 + LINK_SIZE + n, mac);
		memcpy(link, mac, LINK_SIZE);
		realm = slice_of(realm.ptr + n, realm.len - n);
	}
}

static void
make_mac(const struct hmac_sha256 *key, const uint8_t head[HEAD_SIZE], const struct nonce_input *in,
	 uint8_t mac[HMAC_SHA256_SIZE])
{
	uint8_t text[HMAC_BLOCK_SIZE] = { 0 }, *p = text + HEAD_SIZE;

	memcpy(text, head, HEAD_SIZE);
	if (in->realm.len <= REALM_SHORT) {
		*p++ = (uint8_t)in->realm.len;
		if (in->realm.len > 0)
			memcpy(p, in->realm.ptr, in->realm.len);
		p += in->realm.len;
	} else {
		*p++ = REALM_LONG;
		hash_realm(key, in->realm, p);
		p += LINK_SIZE;
	}
	if (head[1] != 0) {
		memcpy(p, in->source->ip, flow_ip_size(head[1]));
		p += flow_ip_size(head[1]);
	}
	hmac_pad(text, (size_t)(p - text));
	hmac_sha256_block(key, text, mac);
}

static void
put_big(uint8_t *p, uint64_t v, int octets)
{
	for (int i = 0; i < octets; i++)
		p[i] = (uint8_t)(v >> 8 * (octets - 1 - i));
}

size_t
nonce_make(const struct nonce_key *key, const struct nonce_input *in, char out[NONCE_MAX])
{
	uint8_t raw[RAW_SIZE], mac[HMAC_SHA256_SIZE];

	raw[0] = VERSION;
	raw[1] = in->source != NULL ? in->source->family : 0;
	put_big(raw + 2, in->now_s, 4);
	put_big(raw + 6, in->unique, 8);
	make_mac(&key->hmac, raw, in, mac);
	memcpy(raw + HEAD_SIZE, mac, MAC_SIZE);
	base64url_encode(raw, RAW_SIZE, out);
	return NONCE_LEN;
}

static bool
is_authentic(const struct nonce_key *key, const struct nonce_input *in, const uint8_t raw[RAW_SIZE])
{
	uint8_t mac[HMAC_SHA256_SIZE];

	if (raw[0] != VERSION)
		return false;
	if (raw[1] != 0 && (in->source == NULL || raw[1] != in->source->family))
		return false;
	make_mac(&key->hmac, raw, in, mac);
	return CRYPTO_memcmp(mac, raw + HEAD_SIZE, MAC_SIZE) == 0;
}

enum nonce_verdict
nonce_check(const struct nonce_key *key, const struct nonce_input *in, struct slice text,
	    uint32_t lifetime_s, struct nonce_id *id)
{
	uint8_t raw[RAW_SIZE];
	uint64_t name;
	uint32_t created_s;

	if (!base64url_decode(text, raw, RAW_SIZE) || !is_authentic(key, in, raw))
		return NONCE_FORGED;
	created_s =
		(uint32_t)raw[2] << 24 | (uint32_t)raw[3] << 16 | (uint32_t)raw[4] << 8 | raw[5];
	memcpy(&name, raw + HEAD_SIZE, sizeof(name));
	*id = (struct nonce_id){ name != 0 ? name : 1, created_s, raw[1] != 0 };
	/* the thread that made it may have been ahead of this one */
	if (created_s < in->now_s && in->now_s - created_s > lifetime_s)
		return NONCE_STALE;
	return NONCE_FRESH;
}
