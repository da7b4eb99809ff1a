/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/token.h"

#include <openssl/crypto.h>

#include "flow/base64url.h"

enum {
	MAC_SIZE = 12,
	VERSION = 1,
	FLAG_IPV6 = 0x80,
	FLAG_RECORD_ROUTE = 0x40,
	TRANSPORT_MASK = 0x3f,
	STATE_MAX = 2 + 2 * (16 + 2) + 4,
};

static size_t
state_size(uint8_t family)
{
	return 2 + 2 * (flow_ip_size(family) + 2) + 4;
}

static uint8_t *
put_address(uint8_t *p, const struct flow_address *a)
{
	size_t n = flow_ip_size(a->family);

	memcpy(p, a->ip, n);
	p[n] = (uint8_t)(a->port >> 8);
	p[n + 1] = (uint8_t)a->port;
	return p + n + 2;
}

static const uint8_t *
get_address(const uint8_t *p, uint8_t family, struct flow_address *a)
{
	size_t n = flow_ip_size(family);

	memset(a, 0, sizeof(*a));
	memcpy(a->ip, p, n);
	a->port = (uint16_t)(p[n] << 8 | p[n + 1]);
	a->family = family;
	return p + n + 2;
}

size_t
flow_token_make(const struct flow_keys *keys, const struct flow *flow, enum flow_token_class class,
		char out[FLOW_TOKEN_MAX])
{
	uint8_t raw[HMAC_SHA256_SIZE + STATE_MAX], mac[HMAC_SHA256_SIZE];
	uint8_t *state = raw + MAC_SIZE, *p = state + 2;
	size_t size = state_size(flow->local.family);

	state[0] = (uint8_t)(VERSION << 4 | keys->active);
	state[1] = (uint8_t)(flow->transport | (flow->local.family == 6 ? FLAG_IPV6 : 0) |
			     (class == FLOW_TOKEN_RECORD_ROUTE ? FLAG_RECORD_ROUTE : 0));
	p = put_address(p, &flow->local);
	p = put_address(p, &flow->remote);
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(flow->generation >> (24 - 8 * i));
	hmac_sha256_short(&keys->mac[keys->active], state, size, mac);
	memcpy(raw, mac, MAC_SIZE);
	base64url_encode(raw, MAC_SIZE + size, out);
	return BASE64URL_LEN(MAC_SIZE + size);
}

enum flow_token_result
flow_token_open(const struct flow_keys *keys, struct slice text, struct flow *flow,
		enum flow_token_class *class)
{
	uint8_t raw[MAC_SIZE + STATE_MAX], mac[HMAC_SHA256_SIZE];
	const uint8_t *state = raw + MAC_SIZE, *p = state + 2;
	uint8_t family = text.len == FLOW_TOKEN_MAX ? 6 : 4;
	size_t size = state_size(family);
	unsigned int id;

	if (!base64url_decode(text, raw, MAC_SIZE + size) || state[0] >> 4 != VERSION)
		return FLOW_TOKEN_MALFORMED;
	id = state[0] & 15;
	if (!keys->usable[id])
		return FLOW_TOKEN_KEY_RETIRED;
	hmac_sha256_short(&keys->mac[id], state, size, mac);
	if (CRYPTO_memcmp(mac, raw, MAC_SIZE) != 0)
		return FLOW_TOKEN_FORGED;
	/* Authentic, so we wrote it: these can only be wrong if another node wrote nonsense. */
	if (((state[1] & FLAG_IPV6) != 0) != (family == 6) || (state[1] & TRANSPORT_MASK) == 0 ||
	    (state[1] & TRANSPORT_MASK) > FLOW_WSS)
		return FLOW_TOKEN_MALFORMED;
	memset(flow, 0, sizeof(*flow));
	p = get_address(p, family, &flow->local);
	p = get_address(p, family, &flow->remote);
	flow->generation = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	flow->transport = state[1] & TRANSPORT_MASK;
	*class = (state[1] & FLAG_RECORD_ROUTE) != 0 ? FLOW_TOKEN_RECORD_ROUTE : FLOW_TOKEN_PATH;
	return FLOW_TOKEN_OK;
}
