/* SPDX-License-Identifier: BSD-3-Clause */
/** spec/outbound.md 5.1 item 12: what an opaque token does not tell. And bursts of all forms. */
#include <pthread.h>

#include "token_support.h"

enum { CLEAR_SIZE = 2 };

static size_t
opaque_octets(const struct flow_keys *keys, const struct flow *flow, uint8_t raw[RAW_MAX])
{
	char text[FLOW_TOKEN_MAX];
	size_t len = flow_token_make(keys, FLOW_TOKEN_OPAQUE, flow, FLOW_TOKEN_PATH, text);

	assert_true(base64url_decode(slice_of(text, len), raw, len / 4 * 3));
	return len / 4 * 3;
}

/* Four octets in a row: by chance in one token of some 100 million. */
GTEST(FlowTokenOpaque, no_address_in_it)
{
	struct flow_keys keys = vector_keys();
	uint64_t seed = 3;

	for (int i = 0; i < 5000; i++) {
		struct flow flow = random_flow(&seed);
		size_t ip = flow_ip_size(flow.local.family);
		uint8_t raw[RAW_MAX];
		size_t size = opaque_octets(&keys, &flow, raw);

		assert_null(memmem(raw, size, flow.local.ip, 4));
		assert_null(memmem(raw, size, flow.remote.ip, 4));
		assert_null(memmem(raw, size, flow.local.ip + ip - 4, 4));
		assert_null(memmem(raw, size, flow.remote.ip + ip - 4, 4));
	}
}

/* What differs between two strings of octets, in bits. */
static unsigned int
distance(const uint8_t *a, const uint8_t *b, size_t n)
{
	unsigned int bits = 0;

	for (size_t i = 0; i < n; i++)
		bits += (unsigned int)__builtin_popcount(a[i] ^ b[i]);
	return bits;
}

/*
 * Flows that differ in one bit of a port: the texts have nothing to do with each other. So do their
 * parts: no octet of the state stays the same more often than chance has it.
 */
GTEST(FlowTokenOpaque, similar_flows_have_unrelated_texts)
{
	struct flow_keys keys = vector_keys();
	uint64_t seed = 4;

	for (unsigned int i = 0; i < 2000; i++) {
		struct flow a = random_flow(&seed), b = a;
		uint8_t raw_a[RAW_MAX], raw_b[RAW_MAX];
		size_t size;
		unsigned int differ, hidden;

		b.remote.port ^= (uint16_t)(1u << i % 16);
		size = opaque_octets(&keys, &a, raw_a);
		assert_int_equal(opaque_octets(&keys, &b, raw_b), size);
		assert_memory_equal(raw_a + MAC_SIZE, raw_b + MAC_SIZE, CLEAR_SIZE);
		hidden = (unsigned int)(size - MAC_SIZE - CLEAR_SIZE);
		differ = distance(raw_a + MAC_SIZE + CLEAR_SIZE, raw_b + MAC_SIZE + CLEAR_SIZE,
				  hidden);
		assert_in_range(differ, hidden * 2,
				hidden * 6); /* half of the bits: 4 in each octet */
		assert_in_range(distance(raw_a, raw_b, MAC_SIZE), 20, 76);
	}
}

/* The same key stream twice would show the difference of two states; the class changes it, too. */
GTEST(FlowTokenOpaque, class_changes_the_text)
{
	uint8_t path[RAW_MAX], route[RAW_MAX];

	assert_true(base64url_decode(slice_str(vectors[0].token[FLOW_TOKEN_OPAQUE]), path, 30));
	assert_true(base64url_decode(slice_str(vectors[1].token[FLOW_TOKEN_OPAQUE]), route, 30));
	assert_in_range(distance(path + 14, route + 14, 16), 32, 96);
}

GTEST(FlowTokenOpaque, another_key_hides_otherwise)
{
	struct flow flow = flow_of(&vectors[5]);
	uint8_t a[RAW_MAX], b[RAW_MAX];
	struct flow_keys keys;
	struct keyring ring;
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	flow_keys_init(&keys, &ring);
	opaque_octets(&keys, &flow, a);
	assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	flow_keys_init(&keys, &ring);
	opaque_octets(&keys, &flow, b);
	assert_in_range(distance(a + 14, b + 14, 40), 80, 240);
}

/* ---- one ring, many threads ---- */

static void *
make_and_open(void *argument)
{
	const struct flow_keys *keys = argument;
	uint64_t seed = 6;

	for (int i = 0; i < 20000; i++) {
		struct flow flow = random_flow(&seed), got;
		enum flow_token_class class;
		char text[FLOW_TOKEN_MAX];
		size_t len = flow_token_make(keys, FLOW_TOKEN_OPAQUE, &flow, FLOW_TOKEN_PATH, text);

		if (flow_token_open(keys, slice_of(text, len), &got, &class) != FLOW_TOKEN_OK ||
		    memcmp(&flow, &got, sizeof(flow)) != 0)
			return argument;
	}
	return NULL;
}

GTEST(FlowTokenOpaque, threads_share_the_keys)
{
	struct flow_keys keys = vector_keys();
	pthread_t thread[4];

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, make_and_open, &keys), 0);
	for (size_t i = 0; i < 4; i++) {
		void *failed;

		pthread_join(thread[i], &failed);
		assert_null(failed);
	}
}

/* ---- bursts ---- */

/* A token of any form and key; one in four with a bit changed, some with an end missing. */
static struct slice
any_token(const struct flow_keys *rings, uint64_t *seed, char text[FLOW_TOKEN_MAX])
{
	enum flow_token_form form = (enum flow_token_form)random_below(seed, FORMS);
	struct flow flow = random_flow(seed);
	size_t len = flow_token_make(
		&rings[random_below(seed, 3)], form, &flow,
		random_below(seed, 2) == 0 ? FLOW_TOKEN_PATH : FLOW_TOKEN_RECORD_ROUTE, text);

	if (random_below(seed, 4) == 0)
		text[random_below(seed, (unsigned int)len)] ^= (char)(1u << random_below(seed, 7));
	if (random_below(seed, 8) == 0)
		len = random_below(seed, (unsigned int)len + 1);
	return slice_of(text, len);
}

/* Rings: the one that opens, that of before with a key since retired, and a stranger's. */
static void
make_rings(struct flow_keys rings[3])
{
	struct keyring ring;
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	flow_keys_init(&rings[2], &ring);
	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	flow_keys_init(&rings[1], &ring);
	for (int i = 0; i < 5; i++)
		assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	assert_int_equal(keyring_retire(&ring, 0), KEYRING_OK);
	flow_keys_init(&rings[0], &ring);
}

GTEST(FlowTokenBurst, equals_one_by_one)
{
	enum { MOST = 100 };
	static char text[MOST][FLOW_TOKEN_MAX];
	unsigned int seen[FLOW_TOKEN_KEY_RETIRED + 1] = { 0 };
	struct flow_keys rings[3];
	uint64_t seed = 5;

	make_rings(rings);
	for (unsigned int round = 0; round < 1000; round++) {
		struct flow_token_job jobs[MOST];
		unsigned int n = random_below(&seed, MOST + 1);

		memset(jobs, 0xa5, sizeof(jobs));
		for (unsigned int i = 0; i < n; i++)
			jobs[i].text = any_token(rings, &seed, text[i]);
		flow_token_open_burst(&rings[0], jobs, n);
		for (unsigned int i = 0; i < n; i++) {
			struct flow flow;
			enum flow_token_class class;

			memset(&flow, 0xa5, sizeof(flow));
			memset(&class, 0xa5, sizeof(class));
			assert_int_equal(flow_token_open(&rings[0], jobs[i].text, &flow, &class),
					 jobs[i].result);
			assert_memory_equal(&flow, &jobs[i].flow, sizeof(flow));
			assert_int_equal(class, jobs[i].class);
			seen[jobs[i].result]++;
		}
	}
	for (unsigned int i = 0; i <= FLOW_TOKEN_KEY_RETIRED; i++)
		assert_in_range(seen[i], 1000, 1000000);
}

GTEST(FlowTokenBurst, of_none)
{
	struct flow_keys keys = vector_keys();

	flow_token_open_burst(&keys, NULL, 0);
}
