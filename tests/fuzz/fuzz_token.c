/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "flow/base64url.h"
#include "flow/token.h"

/* Key 1 of spec/outbound.md 3.2, so that its test vectors are good seeds. */
static void
make_keys(struct flow_keys *keys)
{
	struct keyring ring;

	memset(&ring, 0, sizeof(ring));
	for (unsigned int i = 0; i < KEYRING_FLOW_KEY_SIZE; i++)
		ring.slot[1].key[i] = (uint8_t)i;
	ring.slot[1].state = KEYRING_ACTIVE;
	ring.slot[2].state = KEYRING_RETIRED;
	flow_keys_init(keys, &ring);
}

/* A token that opens is the one text that its flow has. */
static void
check_text(const struct flow_keys *keys, struct slice text)
{
	char again[FLOW_TOKEN_MAX];
	enum flow_token_class class;
	struct flow flow;
	size_t len;

	if (flow_token_open(keys, text, &flow, &class) != FLOW_TOKEN_OK)
		return;
	MUST(flow.local.family == flow.remote.family);
	len = flow_token_make(keys, &flow, class, again);
	MUST(slice_eq(slice_of(again, len), text));
}

/* A flow made of the input comes back, and its token with one bit changed does not open. */
static void
check_flow(const struct flow_keys *keys, const uint8_t *data, size_t size)
{
	struct flow flow = { .transport = (uint8_t)(1 + data[0] % FLOW_WSS) }, got;
	enum flow_token_class class = data[0] & 0x80 ? FLOW_TOKEN_PATH : FLOW_TOKEN_RECORD_ROUTE;
	enum flow_token_class got_class;
	uint8_t family = data[0] & 0x40 ? 4 : 6, raw[54];
	size_t bit, len, n = flow_ip_size(family);
	char text[FLOW_TOKEN_MAX];

	if (size < 2 + 2 * n + 8)
		return;
	flow.local.family = flow.remote.family = family;
	memcpy(flow.local.ip, data + 2, n);
	memcpy(flow.remote.ip, data + 2 + n, n);
	memcpy(&flow.local.port, data + 2 + 2 * n, 2);
	memcpy(&flow.remote.port, data + 4 + 2 * n, 2);
	memcpy(&flow.generation, data + 6 + 2 * n, 4);
	len = flow_token_make(keys, &flow, class, text);
	MUST(flow_token_open(keys, slice_of(text, len), &got, &got_class) == FLOW_TOKEN_OK);
	MUST(memcmp(&got, &flow, sizeof(flow)) == 0 && got_class == class);
	MUST(base64url_decode(slice_of(text, len), raw, len * 6 / 8));
	bit = (size_t)data[1] * 2 % (len * 6);
	raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
	base64url_encode(raw, len * 6 / 8, text);
	MUST(flow_token_open(keys, slice_of(text, len), &got, &got_class) != FLOW_TOKEN_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct flow_keys keys;
	static bool ready;

	if (!ready) {
		make_keys(&keys);
		ready = true;
	}
	check_text(&keys, slice_of((const char *)data, size));
	if (size > 0)
		check_flow(&keys, data, size);
	return 0;
}
