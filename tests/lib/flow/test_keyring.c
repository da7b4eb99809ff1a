/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/keyring.h"
#include "lib/sip/support.h"

#define HEX16 "000102030405060708090a0b0c0d0e0f"
#define HEX32 HEX16 "101112131415161718191a1b1c1d1e1f"
#define HEAD "branch " HEX16 "\nloop ffffffffffffffffffffffffffffffff\n"
#define GOOD HEAD "flow 1 active " HEX32 "\n"

static const struct decode_row {
	const char *label;
	const char *text;
	enum keyring_error error;
	unsigned int line; /* 0: of no interest */
} decodes[] = {
	{ "good", GOOD, KEYRING_OK, 0 },
	{ "no-newline-at-end", HEAD "flow 1 active " HEX32, KEYRING_OK, 0 },
	{ "comments", "# a\n\n  \n" GOOD "#flow\n", KEYRING_OK, 0 },
	{ "CRLF", "branch " HEX16 "\r\nloop " HEX16 "\r\nflow 1 active " HEX32 "\r\n", KEYRING_OK,
	  0 },
	{ "upper-case-hex", HEAD "flow 0 active ABCDEF030405060708090A0B0C0D0E0F" HEX16 "\n",
	  KEYRING_OK, 0 },
	{ "any-order", "flow 15 active " HEX32 "\nflow 0 retired\nloop " HEX16 "\nbranch " HEX16,
	  KEYRING_OK, 0 },
	{ "empty", "", KEYRING_ERR_NO_ACTIVE, 0 },
	{ "no-flow-key", HEAD, KEYRING_ERR_NO_ACTIVE, 0 },
	{ "no-active-key", HEAD "flow 1 accepted " HEX32, KEYRING_ERR_NO_ACTIVE, 0 },
	{ "only-retired", HEAD "flow 1 retired", KEYRING_ERR_NO_ACTIVE, 0 },
	{ "no-branch-key", "loop " HEX16 "\nflow 1 active " HEX32, KEYRING_ERR_NO_ACTIVE, 0 },
	{ "no-loop-key", "branch " HEX16 "\nflow 1 active " HEX32, KEYRING_ERR_NO_ACTIVE, 0 },
	{ "unknown-kind", GOOD "stream " HEX16, KEYRING_ERR_SYNTAX, 4 },
	{ "kind-case", GOOD "Flow 2 retired", KEYRING_ERR_SYNTAX, 4 },
	{ "branch-short", "\nbranch 00\n", KEYRING_ERR_SYNTAX, 2 },
	{ "branch-long", "branch " HEX16 "00\n", KEYRING_ERR_SYNTAX, 1 },
	{ "branch-alone", "branch\n", KEYRING_ERR_SYNTAX, 1 },
	{ "branch-no-hex", "branch 000102030405060708090a0b0c0d0e0g", KEYRING_ERR_SYNTAX, 1 },
	{ "loop-short", "loop 00", KEYRING_ERR_SYNTAX, 1 },
	{ "branch-twice", GOOD "branch " HEX16, KEYRING_ERR_DUPLICATE, 4 },
	{ "loop-twice", GOOD "loop " HEX16, KEYRING_ERR_DUPLICATE, 4 },
	{ "flow-twice", GOOD "flow 1 accepted " HEX32, KEYRING_ERR_DUPLICATE, 4 },
	{ "flow-twice-retired", GOOD "flow 2 retired\nflow 2 retired", KEYRING_ERR_DUPLICATE, 5 },
	{ "two-active", GOOD "flow 2 active " HEX32, KEYRING_ERR_DUPLICATE, 4 },
	{ "flow-alone", "flow\n", KEYRING_ERR_SYNTAX, 1 },
	{ "flow-without-state", "flow 1\n", KEYRING_ERR_SYNTAX, 1 },
	{ "flow-without-key", "flow 1 active\n", KEYRING_ERR_SYNTAX, 1 },
	{ "flow-key-short", "flow 1 active " HEX16, KEYRING_ERR_SYNTAX, 1 },
	{ "flow-key-long", "flow 1 active " HEX32 "0", KEYRING_ERR_SYNTAX, 1 },
	{ "flow-key-and-more", "flow 1 active " HEX32 " x", KEYRING_ERR_SYNTAX, 1 },
	{ "flow-16", "flow 16 active " HEX32, KEYRING_ERR_SYNTAX, 1 },
	{ "flow-4294967297", "flow 4294967297 active " HEX32, KEYRING_ERR_SYNTAX, 1 },
	{ "flow-minus", "flow -1 active " HEX32, KEYRING_ERR_SYNTAX, 1 },
	{ "flow-no-number", "flow x active " HEX32, KEYRING_ERR_SYNTAX, 1 },
	{ "flow-unknown-state", "flow 1 spare " HEX32, KEYRING_ERR_SYNTAX, 1 },
	{ "flow-two-spaces", "flow  1 active " HEX32, KEYRING_ERR_SYNTAX, 1 },
	{ "retired-with-key", "flow 1 retired " HEX32, KEYRING_ERR_SYNTAX, 1 },
};

static void
check_decode(void **state)
{
	const struct decode_row *r = *state;
	struct keyring ring;
	unsigned int line = 0;

	assert_int_equal(keyring_decode(at_wall(slice_str(r->text)), &ring, &line), r->error);
	if (r->line != 0)
		assert_int_equal(line, r->line);
}
GTEST_ROWS(Keyring, decodes, label, check_decode);

GTEST(Keyring, fields_of_a_good_ring)
{
	struct keyring ring;
	unsigned int line;

	assert_int_equal(keyring_decode(SLICE(GOOD "flow 2 retired\nflow 3 accepted " HEX32 "\n"),
					&ring, &line),
			 KEYRING_OK);
	for (unsigned int i = 0; i < sizeof(ring.branch_key); i++) {
		assert_int_equal(ring.branch_key[i], i);
		assert_int_equal(ring.loop_key[i], 0xff);
	}
	for (unsigned int i = 0; i < KEYRING_FLOW_KEY_SIZE; i++) {
		assert_int_equal(ring.slot[1].key[i], i);
		assert_int_equal(ring.slot[2].key[i], 0);
		assert_int_equal(ring.slot[3].key[i], i);
	}
	assert_int_equal(ring.slot[0].state, KEYRING_EMPTY);
	assert_int_equal(ring.slot[1].state, KEYRING_ACTIVE);
	assert_int_equal(ring.slot[2].state, KEYRING_RETIRED);
	assert_int_equal(ring.slot[3].state, KEYRING_ACCEPTED);
}

/* Every proper prefix of a good text lacks the active key or ends inside a line. */
GTEST(Keyring, every_prefix_is_refused)
{
	for (size_t len = 0; len < sizeof(GOOD) - 2; len++) {
		struct keyring ring;
		unsigned int line;

		if (keyring_decode(at_wall(slice_of(GOOD, len)), &ring, &line) == KEYRING_OK)
			fail_msg("the first %zu octets are taken for a ring", len);
	}
}

GTEST(Keyring, generated_rings_differ)
{
	static const uint8_t zero[KEYRING_FLOW_KEY_SIZE];
	struct keyring a, b;

	assert_int_equal(keyring_generate(&a), KEYRING_OK);
	assert_int_equal(keyring_generate(&b), KEYRING_OK);
	assert_int_equal(a.slot[0].state, KEYRING_ACTIVE);
	for (unsigned int i = 1; i < KEYRING_SLOTS; i++)
		assert_int_equal(a.slot[i].state, KEYRING_EMPTY);
	assert_memory_not_equal(a.slot[0].key, b.slot[0].key, KEYRING_FLOW_KEY_SIZE);
	assert_memory_not_equal(a.slot[0].key, zero, sizeof(zero));
	assert_memory_not_equal(a.branch_key, b.branch_key, sizeof(a.branch_key));
	assert_memory_not_equal(a.loop_key, b.loop_key, sizeof(a.loop_key));
	assert_memory_not_equal(a.loop_key, a.branch_key, sizeof(a.loop_key));
}

static void
assert_round_trip(const struct keyring *ring)
{
	char text[KEYRING_TEXT_MAX], again_text[KEYRING_TEXT_MAX];
	size_t len = keyring_encode(ring, text);
	struct keyring again;
	unsigned int line;

	assert_in_range(len, 1, sizeof(text));
	assert_int_equal(text[len - 1], '\n');
	assert_int_equal(keyring_decode(at_wall(slice_of(text, len)), &again, &line), KEYRING_OK);
	assert_memory_equal(ring, &again, sizeof(again));
	assert_int_equal(keyring_encode(&again, again_text), len);
	assert_memory_equal(text, again_text, len);
}

static unsigned int
count_state(const struct keyring *ring, enum keyring_state state)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < KEYRING_SLOTS; i++)
		n += ring->slot[i].state == (uint32_t)state;
	return n;
}

GTEST(Keyring, rotates_sixteen_times)
{
	struct keyring ring, before;
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	assert_round_trip(&ring);
	for (unsigned int i = 1; i < KEYRING_SLOTS; i++) {
		before = ring;
		assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
		assert_int_equal(id, i);
		assert_int_equal(ring.slot[i].state, KEYRING_ACTIVE);
		assert_int_equal(ring.slot[i - 1].state, KEYRING_ACCEPTED);
		assert_int_equal(count_state(&ring, KEYRING_ACTIVE), 1);
		assert_int_equal(count_state(&ring, KEYRING_ACCEPTED), i);
		for (unsigned int k = 0; k < i; k++)
			assert_memory_equal(ring.slot[k].key, before.slot[k].key,
					    KEYRING_FLOW_KEY_SIZE);
		assert_memory_not_equal(ring.slot[i].key, ring.slot[i - 1].key,
					KEYRING_FLOW_KEY_SIZE);
		assert_memory_equal(ring.branch_key, before.branch_key, sizeof(ring.branch_key));
		assert_memory_equal(ring.loop_key, before.loop_key, sizeof(ring.loop_key));
		assert_round_trip(&ring);
	}
	before = ring;
	assert_int_equal(keyring_rotate(&ring, &id), KEYRING_ERR_FULL);
	assert_memory_equal(&ring, &before, sizeof(ring));
}

GTEST(Keyring, a_retired_id_is_used_again_last)
{
	struct keyring ring;
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	for (unsigned int i = 1; i < 4; i++)
		assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	assert_int_equal(keyring_retire(&ring, 2), KEYRING_OK);
	for (unsigned int i = 4; i < KEYRING_SLOTS; i++) {
		assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
		assert_int_equal(id, i);
	}
	assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	assert_int_equal(id, 2);
	assert_int_equal(ring.slot[2].state, KEYRING_ACTIVE);
	assert_int_equal(keyring_rotate(&ring, &id), KEYRING_ERR_FULL);
}

/* Tokens can be accepted everywhere before the first is made: a new key is not active at once. */
GTEST(Keyring, add_then_activate)
{
	struct keyring ring, before;
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	before = ring;
	assert_int_equal(keyring_add(&ring, &id), KEYRING_OK);
	assert_int_equal(id, 1);
	assert_int_equal(ring.slot[0].state, KEYRING_ACTIVE);
	assert_int_equal(ring.slot[1].state, KEYRING_ACCEPTED);
	assert_memory_not_equal(ring.slot[1].key, ring.slot[0].key, KEYRING_FLOW_KEY_SIZE);
	assert_memory_not_equal(ring.slot[1].key, before.slot[1].key, KEYRING_FLOW_KEY_SIZE);
	assert_round_trip(&ring);
	assert_int_equal(keyring_add(&ring, &id), KEYRING_OK);
	assert_int_equal(id, 2);
	before = ring;
	assert_int_equal(keyring_activate(&ring, 1), KEYRING_OK);
	assert_int_equal(ring.slot[0].state, KEYRING_ACCEPTED);
	assert_int_equal(ring.slot[1].state, KEYRING_ACTIVE);
	assert_int_equal(ring.slot[2].state, KEYRING_ACCEPTED);
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++)
		assert_memory_equal(ring.slot[i].key, before.slot[i].key, KEYRING_FLOW_KEY_SIZE);
	assert_round_trip(&ring);
	before = ring;
	assert_int_equal(keyring_activate(&ring, 1), KEYRING_OK);
	assert_memory_equal(&ring, &before, sizeof(ring));
}

GTEST(Keyring, activate_refused)
{
	struct keyring ring, before;
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	assert_int_equal(keyring_retire(&ring, 0), KEYRING_OK);
	before = ring;
	assert_int_equal(keyring_activate(&ring, 0), KEYRING_ERR_RETIRED);
	assert_int_equal(keyring_activate(&ring, 2), KEYRING_ERR_NO_SLOT);
	assert_int_equal(keyring_activate(&ring, 16), KEYRING_ERR_NO_SLOT);
	assert_int_equal(keyring_activate(&ring, 0xffffffff), KEYRING_ERR_NO_SLOT);
	assert_memory_equal(&ring, &before, sizeof(ring));
}

GTEST(Keyring, full_ring_takes_no_more)
{
	struct keyring ring, before;
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	for (unsigned int i = 1; i < KEYRING_SLOTS; i++)
		assert_int_equal(keyring_add(&ring, &id), KEYRING_OK);
	before = ring;
	assert_int_equal(keyring_add(&ring, &id), KEYRING_ERR_FULL);
	assert_memory_equal(&ring, &before, sizeof(ring));
	assert_int_equal(keyring_retire(&ring, 7), KEYRING_OK);
	assert_int_equal(keyring_add(&ring, &id), KEYRING_OK);
	assert_int_equal(id, 7);
}

/* By another implementation: HMAC-SHA-256 of "viaduct key fingerprint", its first four octets. */
GTEST(Keyring, fingerprint)
{
	char text[KEYRING_FINGERPRINT_LEN + 1];
	uint8_t key[KEYRING_FLOW_KEY_SIZE];

	for (unsigned int i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	keyring_fingerprint(key, sizeof(key), text);
	assert_string_equal(text, "874aabca");
	key[31] ^= 1;
	keyring_fingerprint(key, sizeof(key), text);
	assert_string_not_equal(text, "874aabca");
}

/* By another implementation; each key by itself, and the same ring for the same store only. */
GTEST(Keyring, GR_33_gruu_keys_of_one_store)
{
	static const char hex[] = "9cc603ac74aa637a45254ce5fc5a168607bfdacfbdae2607106597a6401864ff"
				  "dedf4220b5169e03a7005fd697f358a1";
	uint8_t identity[16], want[KEYRING_GRUU_KEY_SIZE];
	struct keyring ring, of_store, of_other, none = { .loop_key = { 1 } };

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	assert_int_equal(keyring_rotate_gruu(&ring), KEYRING_OK);
	for (unsigned int i = 0; i < KEYRING_GRUU_KEY_SIZE; i++) {
		ring.gruu_key[KEYRING_PREVIOUS][i] = (uint8_t)i;
		sscanf(hex + 2 * i, "%2hhx", &want[i]);
	}
	for (unsigned int i = 0; i < sizeof(identity); i++)
		identity[i] = (uint8_t)(0xa0 + i);
	of_store = of_other = ring;
	keyring_bind_gruu(&of_store, identity, sizeof(identity));
	assert_memory_equal(of_store.gruu_key[KEYRING_PREVIOUS], want, sizeof(want));
	identity[15] ^= 1;
	keyring_bind_gruu(&of_other, identity, sizeof(identity));
	for (unsigned int age = 0; age < KEYRING_AGES; age++) {
		assert_memory_not_equal(of_store.gruu_key[age], ring.gruu_key[age], sizeof(want));
		assert_memory_not_equal(of_store.gruu_key[age], of_other.gruu_key[age],
					sizeof(want));
		memcpy(of_store.gruu_key[age], ring.gruu_key[age], sizeof(want));
	}
	assert_memory_equal(&of_store, &ring, sizeof(ring)); /* and nothing else */
	keyring_bind_gruu(&none, identity, sizeof(identity));
	assert_memory_equal(&none, &(struct keyring){ .loop_key = { 1 } }, sizeof(none));
}

GTEST(Keyring, retire)
{
	static const uint8_t zero[KEYRING_FLOW_KEY_SIZE];
	struct keyring ring;
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	assert_int_equal(keyring_retire(&ring, 0), KEYRING_ERR_IN_USE);
	assert_int_equal(keyring_retire(&ring, 1), KEYRING_ERR_NO_SLOT);
	assert_int_equal(keyring_retire(&ring, 15), KEYRING_ERR_NO_SLOT);
	assert_int_equal(keyring_retire(&ring, 16), KEYRING_ERR_NO_SLOT);
	assert_int_equal(keyring_retire(&ring, 0xffffffff), KEYRING_ERR_NO_SLOT);
	assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	assert_int_equal(keyring_retire(&ring, 0), KEYRING_OK);
	assert_int_equal(ring.slot[0].state, KEYRING_RETIRED);
	assert_memory_equal(ring.slot[0].key, zero, sizeof(zero));
	assert_int_equal(keyring_retire(&ring, 0), KEYRING_OK);
	assert_round_trip(&ring);
}

GTEST(Keyring, worked_in_keys)
{
	struct flow_keys keys;
	struct keyring ring;
	unsigned int id;

	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	for (unsigned int i = 1; i < 4; i++)
		assert_int_equal(keyring_rotate(&ring, &id), KEYRING_OK);
	assert_int_equal(keyring_retire(&ring, 1), KEYRING_OK);
	flow_keys_init(&keys, &ring);
	assert_int_equal(keys.active, 3);
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++)
		assert_int_equal(keys.usable[i], i == 0 || i == 2 || i == 3);
}

GTEST(Keyring, every_error_has_a_sentence)
{
	for (int i = KEYRING_OK; i <= KEYRING_ERR_RETIRED; i++)
		assert_in_range(strlen(keyring_error_text((enum keyring_error)i)), 1, 200);
}
