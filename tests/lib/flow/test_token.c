/* SPDX-License-Identifier: BSD-3-Clause */
/** Flow tokens: what they say, and under which keys. */
#include "token_support.h"

static void
check_form(const struct vector_row *r, enum flow_token_form form)
{
	struct flow_keys keys = vector_keys();
	struct flow flow = flow_of(r), got;
	enum flow_token_class class;
	char text[FLOW_TOKEN_MAX];
	size_t len = flow_token_make(&keys, form, &flow, r->class, text);

	assert_slice(slice_of(text, len), r->token[form]);
	assert_int_equal(len, token_len(form, &flow));
	memset(&got, 0xa5, sizeof(got));
	assert_int_equal(flow_token_open(&keys, at_wall(slice_str(r->token[form])), &got, &class),
			 FLOW_TOKEN_OK);
	assert_true(flow_eq(&got, &flow));
	assert_memory_equal(&got, &flow, sizeof(flow));
	assert_int_equal(class, class_back(form, &flow, r->class));
}

static void
check_vector(void **state)
{
	for (enum flow_token_form form = FLOW_TOKEN_PLAIN; form < FORMS; form++)
		check_form(*state, form);
}
GTEST_ROWS(FlowToken, vectors, label, check_vector);

static const struct text_row {
	const char *label;
	const char *text;
	enum flow_token_result want;
} refused[] = {
	{ "OB-19-empty", "", FLOW_TOKEN_MALFORMED },
	{ "OB-19-user", "alice", FLOW_TOKEN_MALFORMED },
	{ "OB-19-all-A", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", FLOW_TOKEN_MALFORMED },
	{ "OB-19-32-A", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", FLOW_TOKEN_MALFORMED },
	{ "OB-19-31-A-and-padding", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", FLOW_TOKEN_FORGED },
	{ "OB-19-padding", "f37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAA==", FLOW_TOKEN_MALFORMED },
	{ "OB-19-plain-base64", "f37/t/DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAAA", FLOW_TOKEN_MALFORMED },
	{ "OB-19-opaque-base64", "45oDtGLabR0385fYIQHuympPkmIMOW2dOXsvIf+9", FLOW_TOKEN_MALFORMED },
	{ "OB-19-escape", "f37%5Ft_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAA", FLOW_TOKEN_MALFORMED },
	{ "OB-19-space-behind", "f37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAA ", FLOW_TOKEN_MALFORMED },
	{ "OB-19-twice",
	  "f37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAAAf37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAAA",
	  FLOW_TOKEN_MALFORMED },
	{ "algorithm2-unpadded", "oEwO7GSWBa1F3QHAAAIKE8TLAHEHnXg", FLOW_TOKEN_MALFORMED },
	{ "algorithm2-padded-twice", "oEwO7GSWBa1F3QHAAAIKE8TLAHEHnX==", FLOW_TOKEN_MALFORMED },
	{ "algorithm2-padded-behind", "oEwO7GSWBa1F3QHAAAIKE8TLAHEHnXg==", FLOW_TOKEN_MALFORMED },
	{ "algorithm2-spare-bits", "oEwO7GSWBa1F3QHAAAIKE8TLAHEHnXh=", FLOW_TOKEN_MALFORMED },
	{ "algorithm2-escape", "oEwO7GSWBa1F3QHAAAIKE8TLAHEHnXg%3D", FLOW_TOKEN_MALFORMED },
	{ "algorithm2-url-alphabet",
	  "u0G-THJqrcgWKAEgAQ24AAAAAAAAAAAAAAAQE8QgAQ24AAEAAAAAAAAAAAAHnXg=",
	  FLOW_TOKEN_MALFORMED },
};

static void
check_refused(void **state)
{
	const struct text_row *r = *state;
	struct flow_keys keys = vector_keys();

	assert_int_equal(open_refused(&keys, slice_str(r->text)), r->want);
}
GTEST_ROWS(FlowToken, refused, label, check_refused);

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
	uint8_t octet; /* the second of the state; of Algorithm 2 the first */
	bool ok, draft_ok;
} nonsense[] = {
	{ "transport-0", 0, false, false },
	{ "transport-1", 1, true, true },
	{ "OB-03-transport-2", 2, true, false },
	{ "OB-03-transport-6", 6, true, false },
	{ "transport-7", 7, false, false },
	{ "transport-63", 63, false, false },
	{ "ipv6-in-30-octets", 0x81, false, false },
	{ "record-route", 0x41, true, false },
	{ "transport-0-record-route", 0x40, false, false },
};

static void
check_nonsense(void **state)
{
	const struct nonsense_row *r = *state;
	struct flow_keys keys = vector_keys();
	uint8_t raw[RAW_MAX], mac[HMAC_SHA256_SIZE];
	char text[FLOW_TOKEN_MAX];

	assert_true(base64url_decode(slice_str(vectors[0].token[FLOW_TOKEN_PLAIN]), raw, 30));
	raw[MAC_SIZE + 1] = r->octet;
	hmac_sha256_short(&keys.mac[1], raw + MAC_SIZE, 30 - MAC_SIZE, mac);
	memcpy(raw, mac, MAC_SIZE);
	base64url_encode(raw, 30, text);
	assert_int_equal(open_refused(&keys, slice_of(text, 40)),
			 r->ok ? FLOW_TOKEN_OK : FLOW_TOKEN_MALFORMED);

	assert_true(base64_decode(slice_str(vectors[0].token[FLOW_TOKEN_ALGORITHM2]), raw, 23));
	raw[DRAFT_MAC_SIZE] = r->octet;
	hmac_sha1_short(&keys.draft_mac[1], raw + DRAFT_MAC_SIZE, 23 - DRAFT_MAC_SIZE, mac);
	memcpy(raw, mac, DRAFT_MAC_SIZE);
	base64_encode(raw, 23, text);
	assert_int_equal(open_refused(&keys, slice_of(text, 32)),
			 r->draft_ok ? FLOW_TOKEN_OK : FLOW_TOKEN_MALFORMED);
}
GTEST_ROWS(FlowToken, nonsense, label, check_nonsense);

GTEST(FlowToken, OB_02_flow_recovered_from_the_token_alone)
{
	struct flow_keys keys = vector_keys();
	uint64_t seed = 1;

	for (unsigned int i = 0; i < 50000; i++) {
		enum flow_token_class class =
			i % 2 == 0 ? FLOW_TOKEN_PATH : FLOW_TOKEN_RECORD_ROUTE;
		enum flow_token_form form = (enum flow_token_form)random_below(&seed, FORMS);
		struct flow flow = random_flow(&seed), got;
		enum flow_token_class got_class;
		char text[FLOW_TOKEN_MAX];
		size_t len = flow_token_make(&keys, form, &flow, class, text);

		assert_int_equal(len, token_len(form, &flow));
		assert_int_equal(flow_token_open(&keys, slice_of(text, len), &got, &got_class),
				 FLOW_TOKEN_OK);
		assert_memory_equal(&got, &flow, sizeof(flow));
		assert_int_equal(got_class, class_back(form, &flow, class));
	}
}

/* OB-20: tokens under an honoured key open, those under a retired one get 430: where it is named.
 */
GTEST(FlowToken, OB_20_all_keys_of_a_full_ring)
{
	char token[KEYRING_SLOTS][FORMS][FLOW_TOKEN_MAX], text[KEYRING_TEXT_MAX];
	struct flow flow = flow_of(&vectors[0]);
	struct flow_keys keys;
	struct keyring ring, again;
	unsigned int id = 0, line;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++) {
		if (i > 0)
			assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
		flow_keys_init(&keys, &ring);
		for (enum flow_token_form form = FLOW_TOKEN_PLAIN; form < FORMS; form++)
			flow_token_make(&keys, form, &flow, FLOW_TOKEN_PATH, token[i][form]);
	}
	/* The text is what a restart reads. */
	assert_int_equal(keyring_decode(slice_of(text, keyring_encode(&ring, text)), &again, &line),
			 KEYRING_OK);
	for (unsigned int retired = 0; retired < KEYRING_SLOTS; retired++) {
		flow_keys_init(&keys, &again);
		for (unsigned int k = 0; k < KEYRING_SLOTS * FORMS; k++) {
			enum flow_token_form form = (enum flow_token_form)(k % FORMS);
			enum flow_token_result want = form == FLOW_TOKEN_ALGORITHM2
							      ? FLOW_TOKEN_FORGED
							      : FLOW_TOKEN_KEY_RETIRED;

			assert_int_equal(open_refused(&keys, slice_of(token[k / FORMS][form],
								      token_len(form, &flow))),
					 k / FORMS < retired ? want : FLOW_TOKEN_OK);
		}
		if (retired < KEYRING_SLOTS - 1)
			assert_int_equal(keyring_retire(&again, retired), KEYRING_OK);
	}
}

GTEST(FlowToken, OB_19_another_ring)
{
	struct flow flow = flow_of(&vectors[0]);
	struct flow_keys keys, others;
	struct keyring a, b;

	assert_int_equal(keyring_generate(&a), KEYRING_OK);
	assert_int_equal(keyring_generate(&b), KEYRING_OK);
	flow_keys_init(&keys, &a);
	flow_keys_init(&others, &b);
	for (enum flow_token_form form = FLOW_TOKEN_PLAIN; form < FORMS; form++) {
		char token[FLOW_TOKEN_MAX];
		size_t len = flow_token_make(&keys, form, &flow, FLOW_TOKEN_PATH, token);

		assert_int_equal(open_refused(&others, slice_of(token, len)), FLOW_TOKEN_FORGED);
		assert_int_equal(open_refused(&keys, slice_of(token, len)), FLOW_TOKEN_OK);
	}
}

/* An id that is honoured too does not make another key's token good. */
GTEST(FlowToken, OB_19_another_honoured_id)
{
	struct flow flow = flow_of(&vectors[0]);
	struct flow_keys keys;
	struct keyring ring;
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	for (unsigned int i = 1; i < KEYRING_SLOTS; i++)
		assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	flow_keys_init(&keys, &ring);
	for (enum flow_token_form form = FLOW_TOKEN_PLAIN; form <= FLOW_TOKEN_OPAQUE; form++) {
		char token[FLOW_TOKEN_MAX];
		uint8_t raw[RAW_MAX];

		flow_token_make(&keys, form, &flow, FLOW_TOKEN_PATH, token);
		assert_true(base64url_decode(slice_of(token, 40), raw, 30));
		for (unsigned int i = 0; i < KEYRING_SLOTS - 1; i++) {
			raw[MAC_SIZE] = (uint8_t)((raw[MAC_SIZE] & 0xf0) | i);
			base64url_encode(raw, 30, token);
			assert_int_equal(open_refused(&keys, slice_of(token, 40)),
					 FLOW_TOKEN_FORGED);
		}
	}
}

/* A key that is accepted here and active on another node. */
GTEST(FlowToken, OB_20_key_of_a_node_that_is_ahead)
{
	struct flow flow = flow_of(&vectors[0]);
	struct flow_keys behind, ahead;
	struct keyring ring;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	memset(ring.slot[9].key, 7, sizeof(ring.slot[9].key));
	ring.slot[9].state = KEYRING_ACCEPTED;
	flow_keys_init(&behind, &ring);
	ring.slot[0].state = KEYRING_ACCEPTED;
	ring.slot[9].state = KEYRING_ACTIVE;
	flow_keys_init(&ahead, &ring);
	for (enum flow_token_form form = FLOW_TOKEN_PLAIN; form < FORMS; form++) {
		char token[FLOW_TOKEN_MAX];
		size_t len = flow_token_make(&ahead, form, &flow, FLOW_TOKEN_PATH, token);

		assert_int_equal(open_refused(&behind, slice_of(token, len)), FLOW_TOKEN_OK);
		len = flow_token_make(&behind, form, &flow, FLOW_TOKEN_PATH, token);
		assert_int_equal(open_refused(&ahead, slice_of(token, len)), FLOW_TOKEN_OK);
	}
}
