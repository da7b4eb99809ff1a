/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/base64url.h"
#include "flow/token.h"
#include "lib/sip/support.h"

enum { RAW_MAX = 54, MAC_SIZE = 12, ID_BITS = 0x0f };

/* spec/outbound.md 3.2; K is the octets 00 to 1f, the key id is 1. */
static const struct vector_row {
	const char *label;
	enum flow_transport transport;
	const char *local;
	uint16_t local_port;
	const char *remote;
	uint16_t remote_port;
	uint32_t generation;
	enum flow_token_class class;
	const char *token;
} vectors[] = {
	{ "OB-02-udp", FLOW_UDP, "192.0.2.10", 5060, "203.0.113.7", 40312, 0, FLOW_TOKEN_PATH,
	  "f37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAAA" },
	{ "OB-02-record-route", FLOW_UDP, "192.0.2.10", 5060, "203.0.113.7", 40312, 0,
	  FLOW_TOKEN_RECORD_ROUTE, "cDukGMVZQGbQl5TQEUHAAAIKE8TLAHEHnXgAAAAA" },
	{ "OB-02-another-flow", FLOW_UDP, "192.0.2.11", 5060, "203.0.113.7", 40313, 0,
	  FLOW_TOKEN_PATH, "X3ru7rRmk8jybxBlEQHAAAILE8TLAHEHnXkAAAAA" },
	{ "OB-03-generation-5", FLOW_TCP, "192.0.2.10", 5060, "203.0.113.7", 51514, 5,
	  FLOW_TOKEN_PATH, "BX8EFTIgFfrD_kCsEQLAAAIKE8TLAHEHyToAAAAF" },
	{ "OB-03-generation-6", FLOW_TCP, "192.0.2.10", 5060, "203.0.113.7", 51514, 6,
	  FLOW_TOKEN_PATH, "ODWVf5swhH5bYyLjEQLAAAIKE8TLAHEHyToAAAAG" },
	{ "OB-02-ipv6", FLOW_UDP, "2001:db8::10", 5060, "2001:db8:1::7", 40312, 0, FLOW_TOKEN_PATH,
	  "5baPliEh0KmA12h_EYEgAQ24AAAAAAAAAAAAAAAQE8QgAQ24AAEAAAAAAAAAAAAHnXgAAAAA" },
};

static void
vector_ring(struct keyring *ring)
{
	memset(ring, 0, sizeof(*ring));
	for (unsigned int i = 0; i < KEYRING_FLOW_KEY_SIZE; i++)
		ring->slot[1].key[i] = (uint8_t)i;
	ring->slot[1].state = KEYRING_ACTIVE;
}

static struct flow_keys
vector_keys(void)
{
	struct flow_keys keys;
	struct keyring ring;

	vector_ring(&ring);
	flow_keys_init(&keys, &ring);
	return keys;
}

static struct flow
flow_of(const struct vector_row *r)
{
	struct flow flow = { .transport = (uint8_t)r->transport, .generation = r->generation };

	assert_true(flow_ip_decode(slice_str(r->local), &flow.local));
	assert_true(flow_ip_decode(slice_str(r->remote), &flow.remote));
	flow.local.port = r->local_port;
	flow.remote.port = r->remote_port;
	return flow;
}

/* Open a token that is to be refused; nothing may be written then. */
static enum flow_token_result
open_refused(const struct flow_keys *keys, struct slice text)
{
	enum flow_token_class class, untouched_class;
	struct flow flow, untouched;
	enum flow_token_result result;

	memset(&flow, 0xa5, sizeof(flow));
	memset(&class, 0x5a, sizeof(class));
	untouched = flow;
	untouched_class = class;
	result = flow_token_open(keys, at_wall(text), &flow, &class);
	if (result == FLOW_TOKEN_OK)
		return result;
	assert_memory_equal(&flow, &untouched, sizeof(flow));
	assert_memory_equal(&class, &untouched_class, sizeof(class));
	return result;
}

static void
check_vector(void **state)
{
	const struct vector_row *r = *state;
	struct flow_keys keys = vector_keys();
	struct flow flow = flow_of(r), got;
	enum flow_token_class class;
	char text[FLOW_TOKEN_MAX];
	size_t len = flow_token_make(&keys, &flow, r->class, text);

	assert_slice(slice_of(text, len), r->token);
	assert_int_equal(flow_token_open(&keys, at_wall(slice_str(r->token)), &got, &class),
			 FLOW_TOKEN_OK);
	assert_true(flow_eq(&got, &flow));
	assert_memory_equal(&got, &flow, sizeof(flow));
	assert_int_equal(class, r->class);
}
GTEST_ROWS(FlowToken, vectors, label, check_vector);

#define TOKENS                                                                                     \
	{ "OB-19-udp", "f37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAAA" },                               \
		{ "OB-19-record-route", "cDukGMVZQGbQl5TQEUHAAAIKE8TLAHEHnXgAAAAA" },              \
		{ "OB-19-tcp", "BX8EFTIgFfrD_kCsEQLAAAIKE8TLAHEHyToAAAAF" },                       \
	{                                                                                          \
		"OB-19-ipv6",                                                                      \
			"5baPliEh0KmA12h_EYEgAQ24AAAAAAAAAAAAAAAQE8QgAQ24AAEAAAAAAAAAAAAHnXgAAAAA" \
	}

static const struct bits_row {
	const char *label;
	const char *token;
} flips[] = { TOKENS }, cuts[] = { TOKENS }, replacements[] = { TOKENS };

static enum flow_token_result
expected_of_flip(size_t bit)
{
	size_t octet = bit / 8;

	if (octet != MAC_SIZE)
		return FLOW_TOKEN_FORGED;
	return (1u << bit % 8 & ID_BITS) != 0 ? FLOW_TOKEN_KEY_RETIRED : FLOW_TOKEN_MALFORMED;
}

static void
check_flips(void **state)
{
	const struct bits_row *r = *state;
	size_t len = strlen(r->token), size = len * 6 / 8;
	struct flow_keys keys = vector_keys();
	uint8_t raw[RAW_MAX];
	char text[FLOW_TOKEN_MAX];

	assert_true(base64url_decode(slice_str(r->token), raw, size));
	for (size_t bit = 0; bit < 8 * size; bit++) {
		enum flow_token_result got;

		raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
		base64url_encode(raw, size, text);
		raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
		got = open_refused(&keys, slice_of(text, len));
		if (got != expected_of_flip(bit))
			fail_msg("bit %zu flipped: got %d, want %d", bit, got,
				 expected_of_flip(bit));
	}
}
GTEST_ROWS(FlowToken, flips, label, check_flips);

static void
check_lengths(void **state)
{
	const struct bits_row *r = *state;
	struct flow_keys keys = vector_keys();
	size_t len = strlen(r->token);
	char text[3 * FLOW_TOKEN_MAX];

	memset(text, 'A', sizeof(text));
	memcpy(text, r->token, len);
	for (size_t n = 0; n <= sizeof(text); n++) {
		enum flow_token_result got = open_refused(&keys, slice_of(text, n));
		enum flow_token_result want =
			n == 40 || n == 72 ? FLOW_TOKEN_FORGED : FLOW_TOKEN_MALFORMED;

		if (n != len && got != want)
			fail_msg("%zu characters of %zu: got %d, want %d", n, len, got, want);
	}
	for (size_t from = 1; from < len; from++)
		if (open_refused(&keys, slice_of(r->token + from, len - from)) == FLOW_TOKEN_OK)
			fail_msg("still opens without its first %zu characters", from);
}
GTEST_ROWS(FlowToken, cuts, label, check_lengths);

/* Each character in turn replaced by every other octet. */
static void
check_characters(void **state)
{
	const struct bits_row *r = *state;
	struct flow_keys keys = vector_keys();
	size_t len = strlen(r->token);
	char text[FLOW_TOKEN_MAX];

	memcpy(text, r->token, len);
	for (size_t at = 0; at < len; at++) {
		for (int c = 0; c < 256; c++) {
			text[at] = (char)c;
			if (text[at] != r->token[at] &&
			    open_refused(&keys, slice_of(text, len)) == FLOW_TOKEN_OK)
				fail_msg("still opens with octet %d in place %zu", c, at);
		}
		text[at] = r->token[at];
	}
}
GTEST_ROWS(FlowToken, replacements, label, check_characters);

static const struct text_row {
	const char *label;
	const char *text;
} malformed[] = {
	{ "OB-19-empty", "" },
	{ "OB-19-user", "alice" },
	{ "OB-19-all-A", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
	{ "OB-19-padding", "f37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAA==" },
	{ "OB-19-plain-base64", "f37/t/DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAAA" },
	{ "OB-19-escape", "f37%5Ft_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAA" },
	{ "OB-19-space-behind", "f37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAA " },
	{ "OB-19-twice",
	  "f37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAAAf37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAAA" },
	{ "draft-6.1-algorithm-2", "oEwO7GSWBa1F3QHAAAIKE8TLAHEHnXg=" },
};

static void
check_malformed(void **state)
{
	const struct text_row *r = *state;
	struct flow_keys keys = vector_keys();

	assert_int_equal(open_refused(&keys, slice_str(r->text)), FLOW_TOKEN_MALFORMED);
}
GTEST_ROWS(FlowToken, malformed, label, check_malformed);

GTEST(FlowToken, absent_is_malformed)
{
	struct flow_keys keys = vector_keys();
	enum flow_token_class class;
	struct flow flow;

	assert_int_equal(flow_token_open(&keys, SLICE_ABSENT, &flow, &class), FLOW_TOKEN_MALFORMED);
}

/* Authentic nonsense, as another node of the same proxy might write it. */
static const struct nonsense_row {
	const char *label;
	uint8_t octet; /* the second of the state */
	bool ok;
} nonsense[] = {
	{ "transport-0", 0, false },    { "transport-1", 1, true },
	{ "transport-6", 6, true },     { "transport-7", 7, false },
	{ "transport-63", 63, false },  { "ipv6-in-30-octets", 0x81, false },
	{ "record-route", 0x41, true }, { "transport-0-record-route", 0x40, false },
};

static void
check_nonsense(void **state)
{
	const struct nonsense_row *r = *state;
	struct flow_keys keys = vector_keys();
	uint8_t raw[RAW_MAX], mac[HMAC_SHA256_SIZE];
	enum flow_token_class class;
	char text[FLOW_TOKEN_MAX];
	struct flow flow;

	assert_true(base64url_decode(slice_str(vectors[0].token), raw, 30));
	raw[MAC_SIZE + 1] = r->octet;
	hmac_sha256_short(&keys.mac[1], raw + MAC_SIZE, 30 - MAC_SIZE, mac);
	memcpy(raw, mac, MAC_SIZE);
	base64url_encode(raw, 30, text);
	if (r->ok)
		assert_int_equal(flow_token_open(&keys, slice_of(text, 40), &flow, &class),
				 FLOW_TOKEN_OK);
	else
		assert_int_equal(open_refused(&keys, slice_of(text, 40)), FLOW_TOKEN_MALFORMED);
}
GTEST_ROWS(FlowToken, nonsense, label, check_nonsense);

static struct flow
random_flow(uint64_t *seed)
{
	struct flow flow = { .transport = (uint8_t)(1 + random_below(seed, 6)) };

	flow.local.family = flow.remote.family = random_below(seed, 2) == 0 ? 4 : 6;
	for (size_t i = 0; i < flow_ip_size(flow.local.family); i++) {
		flow.local.ip[i] = (uint8_t)next_random(seed);
		flow.remote.ip[i] = (uint8_t)next_random(seed);
	}
	flow.local.port = (uint16_t)next_random(seed);
	flow.remote.port = (uint16_t)next_random(seed);
	flow.generation = (uint32_t)next_random(seed);
	return flow;
}

GTEST(FlowToken, OB_02_flow_recovered_from_the_token_alone)
{
	struct flow_keys keys = vector_keys();
	uint64_t seed = 1;

	for (int i = 0; i < 50000; i++) {
		enum flow_token_class class =
			i % 2 == 0 ? FLOW_TOKEN_PATH : FLOW_TOKEN_RECORD_ROUTE;
		struct flow flow = random_flow(&seed), got;
		enum flow_token_class got_class;
		char text[FLOW_TOKEN_MAX];
		size_t len = flow_token_make(&keys, &flow, class, text);

		assert_int_equal(len, flow.local.family == 4 ? 40 : 72);
		assert_int_equal(flow_token_open(&keys, slice_of(text, len), &got, &got_class),
				 FLOW_TOKEN_OK);
		assert_memory_equal(&got, &flow, sizeof(flow));
		assert_int_equal(got_class, class);
	}
}

/* OB-20: tokens under an honoured key open, those under a retired one get 430. */
GTEST(FlowToken, OB_20_all_keys_of_a_full_ring)
{
	char token[KEYRING_SLOTS][FLOW_TOKEN_MAX], text[KEYRING_TEXT_MAX];
	struct flow flow = flow_of(&vectors[0]), got;
	enum flow_token_class class;
	struct flow_keys keys;
	struct keyring ring, again;
	unsigned int id = 0, line;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++) {
		if (i > 0)
			assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
		flow_keys_init(&keys, &ring);
		assert_int_equal(flow_token_make(&keys, &flow, FLOW_TOKEN_PATH, token[i]), 40);
	}
	/* The text is what a restart reads. */
	assert_int_equal(keyring_decode(slice_of(text, keyring_encode(&ring, text)), &again, &line),
			 KEYRING_OK);
	for (unsigned int retired = 0; retired < KEYRING_SLOTS; retired++) {
		flow_keys_init(&keys, &again);
		for (unsigned int i = 0; i < KEYRING_SLOTS; i++)
			assert_int_equal(
				flow_token_open(&keys, slice_of(token[i], 40), &got, &class),
				i < retired ? FLOW_TOKEN_KEY_RETIRED : FLOW_TOKEN_OK);
		if (retired < KEYRING_SLOTS - 1)
			assert_int_equal(keyring_retire(&again, retired), KEYRING_OK);
	}
}

GTEST(FlowToken, OB_19_another_key_under_the_same_id)
{
	struct flow flow = flow_of(&vectors[0]);
	char token[FLOW_TOKEN_MAX];
	struct flow_keys keys;
	struct keyring a, b;

	assert_int_equal(keyring_generate(&a), KEYRING_OK);
	assert_int_equal(keyring_generate(&b), KEYRING_OK);
	flow_keys_init(&keys, &a);
	flow_token_make(&keys, &flow, FLOW_TOKEN_PATH, token);
	flow_keys_init(&keys, &b);
	assert_int_equal(open_refused(&keys, slice_of(token, 40)), FLOW_TOKEN_FORGED);
}

/* An id that is honoured too does not make another key's token good. */
GTEST(FlowToken, OB_19_another_honoured_id)
{
	struct flow flow = flow_of(&vectors[0]);
	struct flow_keys keys;
	struct keyring ring;
	char token[FLOW_TOKEN_MAX];
	uint8_t raw[RAW_MAX];
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	for (unsigned int i = 1; i < KEYRING_SLOTS; i++)
		assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	flow_keys_init(&keys, &ring);
	flow_token_make(&keys, &flow, FLOW_TOKEN_PATH, token);
	assert_true(base64url_decode(slice_of(token, 40), raw, 30));
	for (unsigned int i = 0; i < KEYRING_SLOTS - 1; i++) {
		raw[MAC_SIZE] = (uint8_t)(0x10 | i);
		base64url_encode(raw, 30, token);
		assert_int_equal(open_refused(&keys, slice_of(token, 40)), FLOW_TOKEN_FORGED);
	}
}
