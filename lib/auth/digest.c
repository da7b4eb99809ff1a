/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/digest.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "sip/quoted.h"

enum hash { HASH_MD5, HASH_SHA_256, HASH_SHA_512_256, HASHES };

enum { STAGE = 256 };

/* A context that has been given its algorithm starts again without looking it up. */
struct digest_context {
	EVP_MD_CTX *hash[HASHES]; /* NULL: not supported */
};

static const struct {
	const char *name; /* as the crypto library knows it */
	size_t size;
} hashes[HASHES] = { { "MD5", 16 }, { "SHA2-256", 32 }, { "SHA2-512/256", 32 } };

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

static EVP_MD_CTX *
hash_new(const char *name)
{
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	EVP_MD_CTX *ctx = md != NULL ? EVP_MD_CTX_new() : NULL;

	if (ctx != NULL && EVP_DigestInit_ex2(ctx, md, NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_MD_free(md);
	return ctx;
}

struct digest_context *
digest_context_new(void)
{
	struct digest_context *c = calloc(1, sizeof(*c));

	for (int i = 0; c != NULL && i < HASHES; i++)
		c->hash[i] = hash_new(hashes[i].name);
	return c;
}

void
digest_context_free(struct digest_context *c)
{
	for (int i = 0; c != NULL && i < HASHES; i++)
		EVP_MD_CTX_free(c->hash[i]);
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
	enum hash hash = hash_of(algorithm);

	return hash < HASHES ? hashes[hash].size : 0;
}

bool
digest_supports(const struct digest_context *c, enum sip_digest_algorithm algorithm)
{
	enum hash hash = hash_of(algorithm);

	return hash < HASHES && c->hash[hash] != NULL;
}

/* ---- one hash ---- */

/* Pieces are gathered first: each call of the crypto library costs as much as some octets. */
struct hashing {
	EVP_MD_CTX *ctx;
	bool good;
	size_t staged;
	char stage[STAGE];
};

static void
begin(struct hashing *h, EVP_MD_CTX *ctx)
{
	h->ctx = ctx;
	h->staged = 0;
	h->good = EVP_DigestInit_ex2(ctx, NULL, NULL) == 1;
}

static void
flush(struct hashing *h)
{
	h->good &= EVP_DigestUpdate(h->ctx, h->stage, h->staged) == 1;
	h->staged = 0;
}

static void
add(struct hashing *h, struct slice s)
{
	if (s.len > STAGE - h->staged)
		flush(h);
	if (s.len > STAGE) {
		h->good &= EVP_DigestUpdate(h->ctx, s.ptr, s.len) == 1;
	} else if (s.len > 0) {
		memcpy(h->stage + h->staged, s.ptr, s.len);
		h->staged += s.len;
	}
}

static void
add_next(struct hashing *h, struct slice s)
{
	add(h, SLICE(":"));
	add(h, s);
}

/* ":" and the text that the inside of a quoted string stands for. */
static void
add_next_unquoted(struct hashing *h, struct slice inside)
{
	struct slice piece;

	if (sip_quoted_is_literal(inside)) {
		add_next(h, inside);
		return;
	}
	add(h, SLICE(":"));
	while (sip_quoted_next(&inside, &piece))
		add(h, piece);
	h->good &= inside.len == 0;
}

static bool
end(struct hashing *h, uint8_t out[DIGEST_MAX])
{
	flush(h);
	return EVP_DigestFinal_ex(h->ctx, out, NULL) == 1 && h->good;
}

static struct slice
hex(const uint8_t *octets, size_t n, char out[2 * DIGEST_MAX])
{
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = "0123456789abcdef"[octets[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[octets[i] & 15];
	}
	return slice_of(out, 2 * n);
}

/* ---- what Digest makes of them ---- */

bool
digest_ha1(struct digest_context *c, enum sip_digest_algorithm algorithm, struct slice username,
	   struct slice realm, struct slice password, uint8_t out[DIGEST_MAX])
{
	struct hashing h;
	bool good;

	if (!digest_supports(c, algorithm))
		return false;
	begin(&h, c->hash[hash_of(algorithm)]);
	add(&h, username);
	add_next(&h, realm);
	add_next(&h, password);
	good = end(&h, out);
	OPENSSL_cleanse(h.stage, sizeof(h.stage));
	return good;
}

/* RFC 7616 §3.4.2: of a session variant, the hash of another A1 that begins with `ha1`. */
static bool
session_ha1(EVP_MD_CTX *ctx, size_t size, const uint8_t *ha1,
	    const struct sip_credentials *credentials, uint8_t out[DIGEST_MAX])
{
	char text[2 * DIGEST_MAX];
	struct hashing h;

	begin(&h, ctx);
	add(&h, hex(ha1, size, text));
	add_next_unquoted(&h, credentials->nonce);
	add_next_unquoted(&h, credentials->cnonce);
	return end(&h, out);
}

/* RFC 7616 §3.4.3; of rspauth without a method (§3.5). */
static bool
ha2(EVP_MD_CTX *ctx, size_t size, const struct digest_input *in, uint8_t out[DIGEST_MAX])
{
	bool with_body = in->credentials->qop == SIP_QOP_AUTH_INT, good = true;
	uint8_t body[DIGEST_MAX];
	char text[2 * DIGEST_MAX];
	struct hashing h;

	if (with_body) {
		begin(&h, ctx);
		add(&h, in->body);
		good = end(&h, body);
	}
	begin(&h, ctx);
	add(&h, in->method);
	add_next_unquoted(&h, in->credentials->uri);
	if (with_body)
		add_next(&h, hex(body, size, text));
	return end(&h, out) && good;
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
	EVP_MD_CTX *ctx;
	struct hashing h;

	if (!digest_supports(c, credentials->algorithm) || credentials->qop == SIP_QOP_OTHER)
		return false;
	ctx = c->hash[hash_of(credentials->algorithm)];
	if (sip_digest_algorithm_is_session(credentials->algorithm)) {
		if (!session_ha1(ctx, size, ha1, credentials, a1))
			return false;
		ha1 = a1;
	}
	if (!ha2(ctx, size, in, a2))
		return false;
	begin(&h, ctx);
	add(&h, hex(ha1, size, text));
	add_next_unquoted(&h, credentials->nonce);
	if (credentials->qop != SIP_QOP_NONE) {
		add_next(&h, credentials->nc_text);
		add_next_unquoted(&h, credentials->cnonce);
		add_next(&h, credentials->qop_text);
	}
	add_next(&h, hex(a2, size, text));
	if (!end(&h, a1))
		return false;
	hex(a1, size, out);
	return true;
}

bool
digest_check(struct digest_context *c, const uint8_t *ha1, const struct digest_input *in)
{
	size_t len = 2 * digest_size(in->credentials->algorithm);
	char want[2 * DIGEST_MAX];

	return compute(c, ha1, in, want) && in->credentials->response.len == len &&
	       CRYPTO_memcmp(want, in->credentials->response.ptr, len) == 0;
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
