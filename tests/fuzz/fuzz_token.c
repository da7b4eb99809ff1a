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

static bool
is_draft(size_t len)
{
	return len == 32 || len == 64;
}

/* Which form a text that opens has. */
static enum flow_token_form
form_of(struct slice text)
{
	uint8_t raw[54];

	if (is_draft(text.len))
		return FLOW_TOKEN_ALGORITHM2;
	MUST(base64url_decode(text, raw, text.len * 6 / 8));
	return raw[12] >> 4 == 2 ? FLOW_TOKEN_OPAQUE : FLOW_TOKEN_PLAIN;
}

/* A token that opens is the one text that its flow has in its form. In a burst it is the same. */
static void
check_text(const struct flow_keys *keys, struct slice text)
{
	char again[FLOW_TOKEN_MAX];
	struct flow_token_job jobs[3] = { { .text = text }, { .text = text }, { .text = text } };
	enum flow_token_class class;
	enum flow_token_result result;
	struct flow flow;
	size_t len;

	result = flow_token_open(keys, text, &flow, &class);
	flow_token_open_burst(keys, jobs, 3);
	for (int i = 0; i < 3; i++) {
		MUST(jobs[i].result == result);
		MUST(result != FLOW_TOKEN_OK ||
		     (jobs[i].class == class && memcmp(&jobs[i].flow, &flow, sizeof(flow)) == 0));
	}
	if (result != FLOW_TOKEN_OK)
		return;
	MUST(flow.local.family == flow.remote.family);
	len = flow_token_make(keys, form_of(text), &flow, class, again);
	MUST(slice_eq(slice_of(again, len), text));
}

/* The text with one of its bits changed. */
static void
flip(char *text, size_t len, size_t number)
{
	size_t size = is_draft(len) ? len / 4 * 3 - 1 : len / 4 * 3, bit = number % (8 * size);
	struct slice slice = slice_of(text, len);
	uint8_t raw[54];

	MUST(is_draft(len) ? base64_decode(slice, raw, size) : base64url_decode(slice, raw, size));
	raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
	if (is_draft(len))
		base64_encode(raw, size, text);
	else
		base64url_encode(raw, size, text);
}

/* A flow comes back, and its token with one bit changed does not open. */
static void
check_flow(const struct flow_keys *keys, enum flow_token_form form, const struct flow *flow,
	   enum flow_token_class class, size_t number)
{
	char text[FLOW_TOKEN_MAX];
	size_t len = flow_token_make(keys, form, flow, class, text);
	enum flow_token_class got_class;
	struct flow got;

	MUST(flow_token_open(keys, slice_of(text, len), &got, &got_class) == FLOW_TOKEN_OK);
	MUST(memcmp(&got, flow, sizeof(got)) == 0);
	MUST(got_class == (is_draft(len) ? FLOW_TOKEN_ANY_CLASS : class));
	flip(text, len, number);
	MUST(flow_token_open(keys, slice_of(text, len), &got, &got_class) != FLOW_TOKEN_OK);
}

/* A flow made of the input, in every form. */
static void
check_flows(const struct flow_keys *keys, const uint8_t *data, size_t size)
{
	struct flow flow = { .transport = (uint8_t)(1 + data[0] % FLOW_WSS) };
	enum flow_token_class class = data[0] & 0x80 ? FLOW_TOKEN_PATH : FLOW_TOKEN_RECORD_ROUTE;
	uint8_t family = data[0] & 0x40 ? 4 : 6;
	size_t n = flow_ip_size(family);

	if (size < 2 + 2 * n + 8)
		return;
	flow.local.family = flow.remote.family = family;
	memcpy(flow.local.ip, data + 2, n);
	memcpy(flow.remote.ip, data + 2 + n, n);
	memcpy(&flow.local.port, data + 2 + 2 * n, 2);
	memcpy(&flow.remote.port, data + 4 + 2 * n, 2);
	if ((data[0] & 0x20) != 0)
		memcpy(&flow.generation, data + 6 + 2 * n, 4);
	check_flow(keys, FLOW_TOKEN_PLAIN, &flow, class, data[1] * 2u);
	check_flow(keys, FLOW_TOKEN_OPAQUE, &flow, class, data[1] * 2u);
	check_flow(keys, FLOW_TOKEN_ALGORITHM2, &flow, class, data[1] * 2u);
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
		check_flows(&keys, data, size);
	return 0;
}
