/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/token.h"

#include <openssl/crypto.h>

#include "flow/base64url.h"

enum {
	MAC_SIZE = 12,
	VERSION_PLAIN = 1,
	VERSION_OPAQUE = 2,
	CLEAR_SIZE = 2, /* octets in front of what an opaque token hides */
	FLAG_IPV6 = 0x80,
	FLAG_RECORD_ROUTE = 0x40,
	TRANSPORT_MASK = 0x3f,
	DRAFT_MAC_SIZE = 10,
	BURST = 32,
};

/* What base64 carries. The state ends as its hash wants it, so that it is hashed where it is. */
struct raw {
	uint8_t mac[MAC_SIZE];
	uint8_t state[HMAC_BLOCK_SIZE];
};

/* The same of Algorithm 2. */
struct draft_raw {
	uint8_t mac[DRAFT_MAC_SIZE];
	uint8_t state[HMAC_BLOCK_SIZE];
};

_Static_assert(sizeof(struct raw) == MAC_SIZE + HMAC_BLOCK_SIZE, "no padding");
_Static_assert(sizeof(struct draft_raw) == DRAFT_MAC_SIZE + HMAC_BLOCK_SIZE, "no padding");

static inline size_t
pair_size(uint8_t family)
{
	return 2 * (flow_ip_size(family) + 2);
}

static inline size_t
state_size(uint8_t family)
{
	return CLEAR_SIZE + pair_size(family) + 4;
}

static inline size_t
draft_state_size(uint8_t family)
{
	return 1 + pair_size(family);
}

/* Two copies of constant size cost less than one that is not. */
static inline void
copy_ip(uint8_t *to, const uint8_t *from, uint8_t family)
{
	if (family == 6)
		memcpy(to, from, 16);
	else
		memcpy(to, from, 4);
}

static inline uint8_t *
put_address(uint8_t *p, const struct flow_address *a)
{
	size_t n = flow_ip_size(a->family);

	copy_ip(p, a->ip, a->family);
	p[n] = (uint8_t)(a->port >> 8);
	p[n + 1] = (uint8_t)a->port;
	return p + n + 2;
}

static inline const uint8_t *
get_address(const uint8_t *p, uint8_t family, struct flow_address *a)
{
	size_t n = flow_ip_size(family);

	memset(a, 0, sizeof(*a));
	copy_ip(a->ip, p, family);
	a->port = (uint16_t)(p[n] << 8 | p[n + 1]);
	a->family = family;
	return p + n + 2;
}

/* ---- plain and opaque ---- */

static void
hide(const struct flow_keys *keys, unsigned int id, struct raw *raw, size_t size)
{
	aes128_counter(id, keys->cipher[id], raw->mac, raw->state + CLEAR_SIZE, size - CLEAR_SIZE);
}

static size_t
put_state(uint8_t *state, const struct flow *flow, enum flow_token_class class)
{
	uint8_t *p = state + CLEAR_SIZE;

	state[1] = (uint8_t)(flow->transport | (flow->local.family == 6 ? FLAG_IPV6 : 0) |
			     (class == FLOW_TOKEN_RECORD_ROUTE ? FLAG_RECORD_ROUTE : 0));
	p = put_address(p, &flow->local);
	p = put_address(p, &flow->remote);
	for (int i = 0; i < 4; i++)
		*p++ = (uint8_t)(flow->generation >> (24 - 8 * i));
	return (size_t)(p - state);
}

/* The state is authentic, so we wrote it: false only if another node wrote nonsense. */
static inline bool
get_state(const uint8_t *state, uint8_t family, struct flow *flow, enum flow_token_class *class)
{
	uint8_t kind = state[1], transport = kind & TRANSPORT_MASK;
	const uint8_t *p = state + CLEAR_SIZE;

	if (((kind & FLAG_IPV6) != 0) != (family == 6) || transport == 0 || transport > FLOW_WSS)
		return false;
	p = get_address(p, family, &flow->local);
	p = get_address(p, family, &flow->remote);
	flow->generation = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	flow->transport = transport;
	memset(flow->reserved, 0, sizeof(flow->reserved));
	*class = (kind & FLAG_RECORD_ROUTE) != 0 ? FLOW_TOKEN_RECORD_ROUTE : FLOW_TOKEN_PATH;
	return true;
}

/*
 * As far as the MAC: the state is in the clear and ready to be hashed under the key `*id`. `raw` is
 * zero.
 */
static inline enum flow_token_result
unwrap(const struct flow_keys *keys, struct slice text, uint8_t family, struct raw *raw,
       unsigned int *id)
{
	size_t size = state_size(family);
	unsigned int version;

	if (!base64url_decode(text, raw->mac, MAC_SIZE + size))
		return FLOW_TOKEN_MALFORMED;
	version = raw->state[0] >> 4;
	*id = raw->state[0] & 15;
	if (version != VERSION_PLAIN && version != VERSION_OPAQUE)
		return FLOW_TOKEN_MALFORMED;
	if (!keys->usable[*id])
		return FLOW_TOKEN_KEY_RETIRED;
	if (version == VERSION_OPAQUE)
		hide(keys, *id, raw, size);
	hmac_pad(raw->state, size);
	return FLOW_TOKEN_OK;
}

static inline enum flow_token_result
verify(const struct raw *raw, const uint8_t *mac, uint8_t family, struct flow *flow,
       enum flow_token_class *class)
{
	if (CRYPTO_memcmp(mac, raw->mac, MAC_SIZE) != 0)
		return FLOW_TOKEN_FORGED;
	return get_state(raw->state, family, flow, class) ? FLOW_TOKEN_OK : FLOW_TOKEN_MALFORMED;
}

static enum flow_token_result
open_one(const struct flow_keys *keys, struct slice text, struct flow *flow,
	 enum flow_token_class *class)
{
	uint8_t family = text.len == FLOW_TOKEN_MAX ? 6 : 4, mac[HMAC_SHA256_SIZE];
	enum flow_token_result result;
	struct raw raw = { .mac = { 0 } };
	unsigned int id;

	result = unwrap(keys, text, family, &raw, &id);
	if (result != FLOW_TOKEN_OK)
		return result;
	hmac_sha256_block(&keys->mac[id], raw.state, mac);
	return verify(&raw, mac, family, flow, class);
}

/* ---- Algorithm 2 ---- */

static size_t
draft_make(const struct flow_keys *keys, const struct flow *flow, char out[FLOW_TOKEN_MAX])
{
	size_t size = draft_state_size(flow->local.family);
	struct draft_raw raw = { .mac = { 0 } };
	uint8_t mac[HMAC_SHA1_SIZE];

	raw.state[0] = flow->transport;
	put_address(put_address(raw.state + 1, &flow->local), &flow->remote);
	hmac_pad(raw.state, size);
	hmac_sha1_block(&keys->draft_mac[keys->active], raw.state, mac);
	memcpy(raw.mac, mac, DRAFT_MAC_SIZE);
	base64_encode(raw.mac, DRAFT_MAC_SIZE + size, out);
	return BASE64_LEN(DRAFT_MAC_SIZE + size);
}

static bool
draft_mac_matches(const struct flow_keys *keys, unsigned int id, const struct draft_raw *raw)
{
	uint8_t mac[HMAC_SHA1_SIZE];

	hmac_sha1_block(&keys->draft_mac[id], raw->state, mac);
	return CRYPTO_memcmp(mac, raw->mac, DRAFT_MAC_SIZE) == 0;
}

/* Nothing says which key it is: the active one most likely, or one of those before it. */
static bool
draft_authentic(const struct flow_keys *keys, const struct draft_raw *raw)
{
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++) {
		unsigned int id = (keys->active - i) % KEYRING_SLOTS;

		if (keys->usable[id] && draft_mac_matches(keys, id, raw))
			return true;
	}
	return false;
}

static enum flow_token_result
draft_open(const struct flow_keys *keys, struct slice text, struct flow *flow,
	   enum flow_token_class *class)
{
	uint8_t family = text.len == BASE64_LEN(DRAFT_MAC_SIZE + draft_state_size(6)) ? 6 : 4;
	size_t size = draft_state_size(family);
	struct draft_raw raw = { .mac = { 0 } };
	const uint8_t *p = raw.state + 1;

	if (!base64_decode(text, raw.mac, DRAFT_MAC_SIZE + size))
		return FLOW_TOKEN_MALFORMED;
	hmac_pad(raw.state, size);
	if (!draft_authentic(keys, &raw))
		return FLOW_TOKEN_FORGED;
	/* A connection without its generation would be any later one as well (OB-03). */
	if (raw.state[0] != FLOW_UDP)
		return FLOW_TOKEN_MALFORMED;
	p = get_address(p, family, &flow->local);
	get_address(p, family, &flow->remote);
	flow->generation = 0;
	flow->transport = FLOW_UDP;
	memset(flow->reserved, 0, sizeof(flow->reserved));
	*class = FLOW_TOKEN_ANY_CLASS;
	return FLOW_TOKEN_OK;
}

/* ---- all forms ---- */

/* No other text of our forms has one of these lengths; any other length is refused on the way. */
static inline bool
is_draft_length(size_t len)
{
	return len == BASE64_LEN(DRAFT_MAC_SIZE + draft_state_size(4)) ||
	       len == BASE64_LEN(DRAFT_MAC_SIZE + draft_state_size(6));
}

size_t
flow_token_make(const struct flow_keys *keys, enum flow_token_form form, const struct flow *flow,
		enum flow_token_class class, char out[FLOW_TOKEN_MAX])
{
	unsigned int version = form == FLOW_TOKEN_OPAQUE ? VERSION_OPAQUE : VERSION_PLAIN;
	struct raw raw = { .mac = { 0 } };
	uint8_t mac[HMAC_SHA256_SIZE];
	size_t size;

	if (form == FLOW_TOKEN_ALGORITHM2 && flow->transport == FLOW_UDP && flow->generation == 0)
		return draft_make(keys, flow, out);
	raw.state[0] = (uint8_t)(version << 4 | keys->active);
	size = put_state(raw.state, flow, class);
	hmac_pad(raw.state, size);
	hmac_sha256_block(&keys->mac[keys->active], raw.state, mac);
	memcpy(raw.mac, mac, MAC_SIZE);
	if (form == FLOW_TOKEN_OPAQUE)
		hide(keys, keys->active, &raw, size);
	base64url_encode(raw.mac, MAC_SIZE + size, out);
	return BASE64URL_LEN(MAC_SIZE + size);
}

enum flow_token_result
flow_token_open(const struct flow_keys *keys, struct slice text, struct flow *flow,
		enum flow_token_class *class)
{
	if (is_draft_length(text.len))
		return draft_open(keys, text, flow, class);
	return open_one(keys, text, flow, class);
}

/* At most BURST jobs. */
static void
open_some(const struct flow_keys *keys, struct flow_token_job *jobs, unsigned int n)
{
	struct hmac_sha256_job hash[BURST];
	struct flow_token_job *waiting[BURST];
	struct raw raw[BURST];
	unsigned int count = 0, id;

	memset(raw, 0, n * sizeof(raw[0]));
	for (unsigned int i = 0; i < n; i++) {
		struct flow_token_job *job = &jobs[i];
		uint8_t family = job->text.len == FLOW_TOKEN_MAX ? 6 : 4;

		if (is_draft_length(job->text.len)) {
			job->result = draft_open(keys, job->text, &job->flow, &job->class);
			continue;
		}
		job->result = unwrap(keys, job->text, family, &raw[i], &id);
		if (job->result != FLOW_TOKEN_OK)
			continue;
		hash[count].key = &keys->mac[id];
		hash[count].block = raw[i].state;
		waiting[count++] = job;
	}
	hmac_sha256_burst(hash, count);
	for (unsigned int i = 0; i < count; i++) {
		struct flow_token_job *job = waiting[i];

		job->result =
			verify(&raw[job - jobs], hash[i].mac,
			       job->text.len == FLOW_TOKEN_MAX ? 6 : 4, &job->flow, &job->class);
	}
}

void
flow_token_open_burst(const struct flow_keys *keys, struct flow_token_job *jobs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i += BURST)
		open_some(keys, jobs + i, n - i < BURST ? n - i : BURST);
}
