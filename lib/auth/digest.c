/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/digest.h"

#include <endian.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "sip/quoted.h"

/*
 * OpenSSL's hash functions, which it deprecates in favour of EVP. EVP allocates for each hash, also
 * in a context that is used again (docs/decisions/0015-digest.md).
 */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <openssl/md5.h>
#include <openssl/sha.h>

enum hash { HASH_MD5, HASH_SHA_256, HASH_SHA_512_256, HASHES };

/* The hash that is going on. */
struct digest_context {
	enum hash hash;
	bool good;
	union {
		MD5_CTX md5;
		SHA256_CTX sha256;
		SHA512_CTX sha512;
	};
};

static enum hash
hash_of(enum sip_digest_algorithm algorithm)
{
	switch (digest_base(algorithm)) {
	case SIP_DIGEST_MD5:
		return HASH_MD5;
	case SIP_DIGEST_SHA_256:
		return HASH_SHA_256;
	case SIP_DIGEST_SHA_512_256:
		return HASH_SHA_512_256;
	default:
		return HASHES;
	}
}

struct digest_context *
digest_context_new(void)
{
	return calloc(1, sizeof(struct digest_context));
}

void
digest_context_free(struct digest_context *c)
{
	if (c != NULL)
		OPENSSL_cleanse(c, sizeof(*c));
	free(c);
}

enum sip_digest_algorithm
digest_base(enum sip_digest_algorithm algorithm)
{
	switch (algorithm) {
	case SIP_DIGEST_MD5_SESS:
		return SIP_DIGEST_MD5;
	case SIP_DIGEST_SHA_256_SESS:
		return SIP_DIGEST_SHA_256;
	case SIP_DIGEST_SHA_512_256_SESS:
		return SIP_DIGEST_SHA_512_256;
	default:
		return algorithm;
	}
}

size_t
digest_size(enum sip_digest_algorithm algorithm)
{
	static const size_t sizes[HASHES + 1] = { 16, 32, 32, 0 };

	return sizes[hash_of(algorithm)];
}

/* ---- one hash ---- */

/* FIPS 180-4 §5.3.6.2; but for where it begins and ends it is SHA-512. */
static void
sha512_256_init(SHA512_CTX *ctx)
{
	static const uint64_t first[8] = {
		UINT64_C(0x22312194fc2bf72c), UINT64_C(0x9f555fa3c84c64c2),
		UINT64_C(0x2393b86b6f53b151), UINT64_C(0x963877195940eabd),
		UINT64_C(0x96283ee2a88effe3), UINT64_C(0xbe5e1e2553863992),
		UINT64_C(0x2b0199fc2c85b8aa), UINT64_C(0x0eb72ddc81c52ca2),
	};

	SHA512_Init(ctx);
	for (int i = 0; i < 8; i++)
		ctx->h[i] = first[i];
	ctx->md_len = 32;
}

static void
begin(struct digest_context *c, enum hash hash)
{
	c->hash = hash;
	c->good = true;
	switch (hash) {
	case HASH_MD5:
		MD5_Init(&c->md5);
		break;
	case HASH_SHA_256:
		SHA256_Init(&c->sha256);
		break;
	default:
		sha512_256_init(&c->sha512);
	}
}

static void
add(struct digest_context *c, struct slice s)
{
	switch (c->hash) {
	case HASH_MD5:
		MD5_Update(&c->md5, s.ptr, s.len);
		break;
	case HASH_SHA_256:
		SHA256_Update(&c->sha256, s.ptr, s.len);
		break;
	default:
		SHA512_Update(&c->sha512, s.ptr, s.len);
	}
}

static void
add_next(struct digest_context *c, struct slice s)
{
	add(c, SLICE(":"));
	add(c, s);
}

/* ":" and the text that the inside of a quoted string stands for. */
static void
add_next_unquoted(struct digest_context *c, struct slice inside)
{
	struct slice piece;

	if (sip_quoted_is_literal(inside)) {
		add_next(c, inside);
		return;
	}
	add(c, SLICE(":"));
	while (sip_quoted_next(&inside, &piece))
		add(c, piece);
	c->good &= inside.len == 0;
}

static bool
end(struct digest_context *c, uint8_t out[DIGEST_MAX])
{
	switch (c->hash) {
	case HASH_MD5:
		return MD5_Final(out, &c->md5) == 1 && c->good;
	case HASH_SHA_256:
		return SHA256_Final(out, &c->sha256) == 1 && c->good;
	default:
		return SHA512_Final(out, &c->sha512) == 1 && c->good;
	}
}

/* Four octets at a time: their halves apart, then each half as a digit or a letter. */
static struct slice
hex(const uint8_t *octets, size_t n, char out[2 * DIGEST_MAX])
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	for (size_t i = 0; i < n; i += 4) {
		uint32_t four;
		uint64_t x;

		memcpy(&four, octets + i, sizeof(four));
		x = le32toh(four);
		x = (x | x << 16) & UINT64_C(0x0000ffff0000ffff);
		x = (x | x << 8) & UINT64_C(0x00ff00ff00ff00ff);
		x = (x >> 4 | x << 8) & 15 * ones;
		x += '0' * ones + ((x + 6 * ones) >> 4 & ones) * ('a' - '0' - 10);
		x = htole64(x);
		memcpy(out + 2 * i, &x, sizeof(x));
	}
	return slice_of(out, 2 * n);
}

/* ---- what Digest makes of them ---- */

bool
digest_ha1(struct digest_context *c, enum sip_digest_algorithm algorithm, struct slice username,
	   struct slice realm, struct slice password, uint8_t out[DIGEST_MAX])
{
	if (digest_size(algorithm) == 0)
		return false;
	begin(c, hash_of(algorithm));
	add(c, username);
	add_next(c, realm);
	add_next(c, password);
	return end(c, out);
}

/* RFC 7616 §3.4.2: of a session variant, the hash of another A1 that begins with `ha1`. */
static bool
session_ha1(struct digest_context *c, const uint8_t *ha1, const struct sip_credentials *credentials,
	    uint8_t out[DIGEST_MAX])
{
	char text[2 * DIGEST_MAX];

	begin(c, hash_of(credentials->algorithm));
	add(c, hex(ha1, digest_size(credentials->algorithm), text));
	add_next_unquoted(c, credentials->nonce);
	add_next_unquoted(c, credentials->cnonce);
	return end(c, out);
}

/* RFC 7616 §3.4.3; of rspauth without a method (§3.5). */
static bool
ha2(struct digest_context *c, const struct digest_input *in, uint8_t out[DIGEST_MAX])
{
	enum sip_digest_algorithm algorithm = in->credentials->algorithm;
	bool with_body = in->credentials->qop == SIP_QOP_AUTH_INT, good = true;
	char text[2 * DIGEST_MAX];
	uint8_t body[DIGEST_MAX];

	if (with_body) {
		begin(c, hash_of(algorithm));
		add(c, in->body);
		good = end(c, body);
	}
	begin(c, hash_of(algorithm));
	add(c, in->method);
	add_next_unquoted(c, in->credentials->uri);
	if (with_body)
		add_next(c, hex(body, digest_size(algorithm), text));
	return end(c, out) && good;
}

/* RFC 7616 §3.4.1, and without qop RFC 2617 §3.2.2.1 for clients of RFC 2069. */
static bool
compute(struct digest_context *c, const uint8_t *ha1, const struct digest_input *in,
	char out[2 * DIGEST_MAX])
{
	const struct sip_credentials *credentials = in->credentials;
	size_t size = digest_size(credentials->algorithm);
	uint8_t a1[DIGEST_MAX], a2[DIGEST_MAX];
	char text[2 * DIGEST_MAX];

	if (size == 0 || credentials->qop == SIP_QOP_OTHER)
		return false;
	if (sip_digest_algorithm_is_session(credentials->algorithm)) {
		if (!session_ha1(c, ha1, credentials, a1))
			return false;
		ha1 = a1;
	}
	if (!ha2(c, in, a2))
		return false;
	begin(c, hash_of(credentials->algorithm));
	add(c, hex(ha1, size, text));
	add_next_unquoted(c, credentials->nonce);
	if (credentials->qop != SIP_QOP_NONE) {
		add_next(c, credentials->nc_text);
		add_next_unquoted(c, credentials->cnonce);
		add_next(c, credentials->qop_text);
	}
	add_next(c, hex(a2, size, text));
	if (!end(c, a1))
		return false;
	hex(a1, size, out);
	return true;
}

/* Takes as long wherever they differ; CRYPTO_memcmp() goes octet by octet. */
static bool
is_same(const char *a, const char *b, size_t len)
{
	uint64_t x, y, differ = 0;

	for (size_t i = 0; i < len; i += sizeof(x)) {
		memcpy(&x, a + i, sizeof(x));
		memcpy(&y, b + i, sizeof(y));
		differ |= x ^ y;
	}
	return differ == 0;
}

bool
digest_check(struct digest_context *c, const uint8_t *ha1, const struct digest_input *in)
{
	size_t len = 2 * digest_size(in->credentials->algorithm);
	char want[2 * DIGEST_MAX];

	return compute(c, ha1, in, want) && in->credentials->response.len == len &&
	       is_same(want, in->credentials->response.ptr, len);
}

bool
digest_response(struct digest_context *c, const uint8_t *ha1, const struct digest_input *in,
		char out[DIGEST_TEXT_MAX])
{
	bool good = compute(c, ha1, in, out);

	out[good ? 2 * digest_size(in->credentials->algorithm) : 0] = '\0';
	return good;
}

bool
digest_rspauth(struct digest_context *c, const uint8_t *ha1, const struct digest_input *in,
	       char out[DIGEST_TEXT_MAX])
{
	struct digest_input ours = *in;

	ours.method = SLICE("");
	return digest_response(c, ha1, &ours, out);
}
