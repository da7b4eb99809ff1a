/* SPDX-License-Identifier: BSD-3-Clause */
/** OB-19: every way to change a token a little, in every form and both families. */
#include "token_support.h"

#define FLOWS(form)                                                                                \
	{ "OB-19-" #form "-udp", form, 0 }, { "OB-19-" #form "-record-route", form, 1 },           \
		{ "OB-19-" #form "-tcp", form, 3 },                                                \
	{                                                                                          \
		"OB-19-" #form "-ipv6", form, 5                                                    \
	}

#define ALL FLOWS(FLOW_TOKEN_PLAIN), FLOWS(FLOW_TOKEN_OPAQUE), FLOWS(FLOW_TOKEN_ALGORITHM2)

static const struct tampered_row {
	const char *label;
	enum flow_token_form form;
	unsigned int vector;
} flips[] = { ALL }, cuts[] = { ALL }, replacements[] = { ALL }, insertions[] = { ALL };

/* The octets of a token, and back; the last character of Algorithm 2 is padding. */
struct octets {
	uint8_t raw[RAW_MAX];
	size_t size, len;
	bool draft;
};

static struct octets
decode(const char *token)
{
	struct octets o = { .len = strlen(token) };

	o.draft = o.len == 32 || o.len == 64;
	o.size = o.draft ? o.len / 4 * 3 - 1 : o.len / 4 * 3;
	if (o.draft)
		assert_true(base64_decode(slice_str(token), o.raw, o.size));
	else
		assert_true(base64url_decode(slice_str(token), o.raw, o.size));
	return o;
}

static void
encode(const struct octets *o, char text[FLOW_TOKEN_MAX])
{
	if (o->draft)
		base64_encode(o->raw, o->size, text);
	else
		base64url_encode(o->raw, o->size, text);
}

static const char *
token_of(const struct tampered_row *r)
{
	return vectors[r->vector].token[r->form];
}

static enum flow_token_result
expected_of_flip(const struct octets *o, size_t bit)
{
	size_t octet = bit / 8;

	if (o->draft || octet != MAC_SIZE)
		return FLOW_TOKEN_FORGED;
	return (1u << bit % 8 & ID_BITS) != 0 ? FLOW_TOKEN_KEY_RETIRED : FLOW_TOKEN_MALFORMED;
}

static void
check_flips(void **state)
{
	struct octets o = decode(token_of(*state));
	struct flow_keys keys = vector_keys();
	char text[FLOW_TOKEN_MAX];

	encode(&o, text);
	assert_int_equal(open_refused(&keys, slice_of(text, o.len)), FLOW_TOKEN_OK);
	for (size_t bit = 0; bit < 8 * o.size; bit++) {
		enum flow_token_result got;

		o.raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
		encode(&o, text);
		o.raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
		got = open_refused(&keys, slice_of(text, o.len));
		if (got != expected_of_flip(&o, bit))
			fail_msg("bit %zu flipped: got %d, want %d", bit, got,
				 expected_of_flip(&o, bit));
	}
}
GTEST_ROWS(FlowTokenTampered, flips, label, check_flips);

/* Cut at either end, and with more behind it than any token has. */
static void
check_lengths(void **state)
{
	const char *token = token_of(*state);
	struct flow_keys keys = vector_keys();
	size_t len = strlen(token);
	char text[3 * FLOW_TOKEN_MAX];

	memset(text, 'A', sizeof(text));
	memcpy(text, token, len);
	for (size_t n = 0; n <= sizeof(text); n++)
		if (n != len && open_refused(&keys, slice_of(text, n)) == FLOW_TOKEN_OK)
			fail_msg("%zu characters of %zu open", n, len);
	for (size_t from = 1; from < len; from++)
		if (open_refused(&keys, slice_of(token + from, len - from)) == FLOW_TOKEN_OK)
			fail_msg("still opens without its first %zu characters", from);
}
GTEST_ROWS(FlowTokenTampered, cuts, label, check_lengths);

/* Each character in turn replaced by every other octet. */
static void
check_characters(void **state)
{
	const char *token = token_of(*state);
	struct flow_keys keys = vector_keys();
	size_t len = strlen(token);
	char text[FLOW_TOKEN_MAX];

	memcpy(text, token, len);
	for (size_t at = 0; at < len; at++) {
		for (int c = 0; c < 256; c++) {
			text[at] = (char)c;
			if (text[at] != token[at] &&
			    open_refused(&keys, slice_of(text, len)) == FLOW_TOKEN_OK)
				fail_msg("still opens with octet %d in place %zu", c, at);
		}
		text[at] = token[at];
	}
}
GTEST_ROWS(FlowTokenTampered, replacements, label, check_characters);

/* One more octet, any one, in every place and at both ends. */
static void
check_insertions(void **state)
{
	const char *token = token_of(*state);
	struct flow_keys keys = vector_keys();
	size_t len = strlen(token);
	char text[FLOW_TOKEN_MAX + 1];

	for (size_t at = 0; at <= len; at++)
		for (int c = 0; c < 256; c++) {
			memcpy(text, token, at);
			text[at] = (char)c;
			memcpy(text + at + 1, token + at, len - at);
			if (open_refused(&keys, slice_of(text, len + 1)) != FLOW_TOKEN_MALFORMED)
				fail_msg("octet %d more in place %zu is no malformed token", c, at);
		}
}
GTEST_ROWS(FlowTokenTampered, insertions, label, check_insertions);

/* The state of one form is not taken for another's. */
GTEST(FlowTokenTampered, plain_and_opaque_are_not_interchangeable)
{
	struct flow_keys keys = vector_keys();

	for (unsigned int i = 0; i < VECTORS; i++)
		for (enum flow_token_form form = FLOW_TOKEN_PLAIN; form <= FLOW_TOKEN_OPAQUE;
		     form++) {
			struct octets o = decode(vectors[i].token[form]);
			char text[FLOW_TOKEN_MAX];

			assert_int_equal(o.raw[MAC_SIZE], form == FLOW_TOKEN_PLAIN ? 0x11 : 0x21);
			o.raw[MAC_SIZE] ^= 0x30;
			encode(&o, text);
			assert_int_equal(open_refused(&keys, slice_of(text, o.len)),
					 FLOW_TOKEN_FORGED);
		}
}

/* Any of the 14 other versions. */
GTEST(FlowTokenTampered, other_versions)
{
	struct flow_keys keys = vector_keys();

	for (unsigned int version = 0; version < 16; version++) {
		struct octets o = decode(vectors[0].token[FLOW_TOKEN_PLAIN]);
		char text[FLOW_TOKEN_MAX];

		if (version == 1 || version == 2)
			continue;
		o.raw[MAC_SIZE] = (uint8_t)(version << 4 | 1);
		encode(&o, text);
		assert_int_equal(open_refused(&keys, slice_of(text, o.len)), FLOW_TOKEN_MALFORMED);
	}
}
