/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One value of Authorization, as a stranger writes it, through everything of lib/auth: responses,
 * nonces, counts, and the lines that answer it.
 */
#include "fuzz.h"

#include "auth/authenticate.h"
#include "auth/challenge.h"
#include "sip/quoted.h"

enum { NOW = 1800000000, LIFETIME = 300, ROWS = 7 };

static const uint8_t secret[NONCE_KEY_SIZE] = "thirty-two octets of fuzzed key";

static struct digest_context *digest;
static struct nonce_key key;
static struct nonce_counts counts;
static _Alignas(64) uint8_t counts_memory[512];

static bool
find_user(void *context, struct slice username, struct slice realm, enum sip_digest_algorithm base,
	  uint8_t ha1[DIGEST_MAX])
{
	(void)context;
	return digest_ha1(digest, base, username, realm, SLICE("secret"), ha1);
}

static void
start(void)
{
	if (digest == NULL) {
		digest = digest_context_new();
		nonce_key_init(&key, secret);
	}
	MUST(digest != NULL);
	nonce_counts_init(&counts, counts_memory, ROWS, LIFETIME);
}

/* A text that is not ours is no nonce, and ours is whatever the realm. */
static void
check_nonce(struct slice text)
{
	struct nonce_input in = { text, NULL, NOW, text.len };
	struct nonce_id id;
	char nonce[NONCE_MAX];

	MUST(nonce_check(&key, &in, text, LIFETIME, &id) == NONCE_FORGED);
	MUST(nonce_make(&key, &in, nonce) == NONCE_LEN);
	MUST(nonce_check(&key, &in, slice_of(nonce, NONCE_LEN), LIFETIME, &id) == NONCE_FRESH);
	nonce[text.len % NONCE_LEN] ^= 1;
	MUST(nonce_check(&key, &in, slice_of(nonce, NONCE_LEN), LIFETIME, &id) == NONCE_FORGED);
}

/* What is written reads back, or is not written. */
static void
check_lines(const struct sip_credentials *c, struct slice rspauth)
{
	const struct auth_policy policy = { .realm = c->realm,
					    .algorithms = { SIP_DIGEST_SHA_256, SIP_DIGEST_MD5 },
					    .algorithm_count = 2,
					    .qop = SIP_QOP_AUTH };
	const struct challenge challenge = { &policy, c->nonce, c->opaque, false, true };
	const struct authentication_info info = { c, rspauth, c->nonce, true };
	struct sip_authentication_info got;
	struct sip_challenge read;
	static char out[4 * UINT16_MAX];
	struct sip_writer w;
	struct slice lines;

	sip_writer_init(&w, out, sizeof(out));
	challenge_write(&w, &challenge);
	for (lines = sip_written(&w); lines.len > 0;) {
		struct slice line = slice_cut(&lines, '\n');

		slice_cut(&line, ' ');
		line.len--;
		MUST(sip_challenge_next(&line, &read) && line.ptr == NULL && read.stale);
	}
	sip_writer_init(&w, out, sizeof(out));
	digest_authentication_info_write(&w, &info);
	lines = sip_written(&w);
	if (lines.ptr == NULL)
		return;
	slice_cut(&lines, ' ');
	lines.len -= 2;
	MUST(sip_authentication_info_decode(lines, &got) && got.qop == c->qop);
}

/* The response we would give is the one that we take. */
static void
check_response(struct sip_credentials *c, struct slice body)
{
	const struct digest_input in = { c, SLICE("REGISTER"), body };
	char text[DIGEST_TEXT_MAX], ours[DIGEST_TEXT_MAX] = "";
	uint8_t ha1[DIGEST_MAX] = { 1 };

	digest_check(digest, ha1, &in);
	if (!digest_response(digest, ha1, &in, text)) {
		MUST(digest_size(c->algorithm) == 0 || c->qop == SIP_QOP_OTHER);
		return;
	}
	MUST(digest_rspauth(digest, ha1, &in, ours));
	MUST(strlen(text) == 2 * digest_size(c->algorithm) && strcmp(text, ours) != 0);
	c->response = slice_str(text);
	MUST(digest_check(digest, ha1, &in));
	text[body.len % strlen(text)] ^= 1;
	MUST(!digest_check(digest, ha1, &in));
	check_lines(c, slice_str(ours));
}

/* All of it, as in a request. */
static void
check_request(struct slice value)
{
	static char text[2 * UINT16_MAX];
	const struct auth_policy policy = { .realm = SLICE("r"),
					    .algorithms = { SIP_DIGEST_MD5 },
					    .algorithm_count = 1,
					    .qop = SIP_QOP_AUTH,
					    .nonce_lifetime_s = UINT32_MAX,
					    .allow_no_qop = true };
	const struct auth_users users = { find_user, NULL };
	struct auth_request request = { .header = SIP_HDR_AUTHORIZATION, .now_s = NOW };
	static struct auth_result result;
	struct sip_message msg;
	enum auth_verdict verdict;
	int n = snprintf(text, sizeof(text),
			 "REGISTER sip:h SIP/2.0\r\nAuthorization: %.*s\r\n\r\n", SLICE_FMT(value));

	request.msg = &msg;
	if (n > UINT16_MAX || sip_message_index(slice_of(text, (size_t)n), &msg) != SIP_FAULT_NONE)
		return;
	verdict = auth_check(digest, &key, &policy, &request, &users, &result);
	if (verdict != AUTH_OK)
		return;
	MUST(result.nonce == NONCE_FRESH && result.username.len <= AUTH_USERNAME_MAX);
	MUST(auth_count(&counts, &result, NOW, 1, NULL) == AUTH_OK);
	MUST(auth_count(&counts, &result, NOW, 1, NULL) == AUTH_OK);
	MUST(auth_count(&counts, &result, NOW, 2, NULL) == AUTH_STALE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice value = slice_of((const char *)data, size);
	struct sip_credentials c;

	if (size > UINT16_MAX)
		return 0;
	start();
	check_nonce(value);
	check_request(value);
	if (sip_credentials_decode(value, &c) && c.is_digest) {
		check_nonce(c.nonce);
		check_response(&c, c.opaque);
	}
	return 0;
}
