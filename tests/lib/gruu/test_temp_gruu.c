/* SPDX-License-Identifier: BSD-3-Clause */
#include "gruu_support.h"

static const struct vector_row {
	const char *label;
	uint8_t random[TEMP_GRUU_RANDOM_SIZE];
	uint64_t epoch;
	const char *user;
} vectors[] = {
	{ "GR-12-first",
	  { 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18, 0x29, 0x3a },
	  0x42,
	  USER_1 },
	{ "GR-12-second",
	  { 0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78, 0x87, 0x96 },
	  0x42,
	  USER_2 },
	{ "GR-12-third",
	  { 0x55, 0xaa, 0x55, 0xaa, 0x55, 0xaa, 0x55, 0xaa, 0x55, 0xaa },
	  0x43,
	  USER_3 },
};

static void
check_vector(void **state)
{
	const struct vector_row *r = *state;
	struct temp_gruu_keys keys = vector_keys();
	char user[TEMP_GRUU_USER_LEN];
	uint64_t epoch;

	temp_gruu_make(&keys, r->random, r->epoch, user);
	assert_slice(slice_of(user, sizeof(user)), r->user);
	assert_true(opens(&keys, slice_str(r->user), &epoch));
	assert_int_equal(epoch, r->epoch);
}
GTEST_ROWS(TempGruu, vectors, label, check_vector);

static const struct text_row {
	const char *label;
	const char *user;
	bool good, looks_like;
} texts[] = {
	{ "as-made", USER_1, true, true },
	{ "5.1-10-plus", "tgruu.mGWcowZthCEfFbpX+1UY8Q1LkvmZsN-YvFOQ", true, true },
	{ "5.1-10-both-plus", "tgruu.mGWcowZthCEfFbpX+1UY8Q1LkvmZsN+YvFOQ", true, true },
	{ "5.1-10-slash", "tgruu.XBCVcBuYQxfhjtS/t1AvpggWSXOXKNiXXFQg", true, true },
	{ "5.1-10-escape-in-prefix", "%74gru%75.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOQ", true, true },
	{ "5.1-10-escaped-dot", "tgruu%2emGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOQ", true, true },
	{ "5.1-10-escaped-plus", "tgruu.mGWcowZthCEfFbpX%2B1UY8Q1LkvmZsN%2bYvFOQ", true, true },
	{ "5.1-10-escaped-slash", "tgruu.XBCVcBuYQxfhjtS%2Ft1AvpggWSXOXKNiXXFQg", true, true },
	{ "5.1-10-escaped-last", "tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFO%51", true, true },
	{ "5.1-10-escaped-all",
	  "%74%67%72%75%75%2E%6D%47%57%63%6F%77%5A%74%68%43%45%66%46%62%70%58%2D%31%55%59%38%51"
	  "%31%4C%6B%76%6D%5A%73%4E%2D%59%76%46%4F%51",
	  true, true },
	{ "5.1-10-spare-22nd", "tgruu.mGWcowZthCEfFbpX-1UY8R1LkvmZsN-YvFOQ", false, true },
	{ "5.1-10-spare-22nd-top", "tgruu.mGWcowZthCEfFbpX-1UY8f1LkvmZsN-YvFOQ", false, true },
	{ "5.1-10-spare-36th", "tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOR", false, true },
	{ "5.1-10-spare-36th-top", "tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOY", false, true },
	{ "GR-40-changed", "tgruu.nGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOQ", false, true },
	{ "GR-40-mac-of-another", "tgruu.mGWcowZthCEfFbpX-1UY8Q710FFc4XfvVe0w", false, true },
	{ "GR-40-one-less", "tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFO", false, true },
	{ "GR-40-one-more", "tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOQA", false, true },
	{ "GR-40-padding", "tgruu.mGWcowZthCEfFbpX-1UY8Q==1LkvmZsN-YvFOQ==", false, true },
	{ "GR-40-user-parameter", USER_1 ";x", false, true },
	{ "GR-40-broken-escape", "tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFO%5", false, true },
	{ "GR-40-escape-in-42", "tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-Yv%4F", false, true },
	{ "GR-40-no-digit", "tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvF!Q", false, true },
	{ "GR-40-prefix-alone", "tgruu.", false, true },
	{ "GR-56-case", "TGRUU.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOQ", false, false },
	{ "GR-56-prefix-cut", "tgruu", false, false },
	{ "GR-56-escaped-prefix-cut", "%74gruu", false, false },
	{ "GR-56-another", "tgruuX.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFO", false, false },
	{ "GR-56-escaped-twice", "%2574gruu.", false, false },
	{ "GR-56-behind", "xtgruu.", false, false },
	{ "user", "alice", false, false },
	{ "empty", "", false, false },
};

static void
check_text(void **state)
{
	const struct text_row *r = *state;
	struct temp_gruu_keys keys = vector_keys();
	uint64_t epoch;

	assert_int_equal(opens(&keys, slice_str(r->user), &epoch), r->good);
	assert_int_equal(temp_gruu_looks_like(at_wall(slice_str(r->user))), r->looks_like);
	if (r->good)
		assert_in_range(epoch, 0x42, 0x43);
}
GTEST_ROWS(TempGruu, texts, label, check_text);

GTEST(TempGruu, absent)
{
	struct temp_gruu_keys keys = vector_keys();
	uint64_t epoch = 7;

	assert_false(temp_gruu_open(&keys, SLICE_ABSENT, &epoch));
	assert_int_equal(epoch, 7);
	assert_false(temp_gruu_looks_like(SLICE_ABSENT));
}

/* Acceptance scenario 8: any character changed, but for one that is of the other alphabet. */
GTEST(TempGruu, GR_40_each_character_changed)
{
	struct temp_gruu_keys keys = vector_keys();
	uint64_t epoch;

	for (unsigned int i = 0; i < TEMP_GRUU_USER_LEN; i++)
		for (unsigned int c = 0; c < 256; c++) {
			char user[] = USER_1;
			bool same = (char)c == user[i] || (c == '+' && user[i] == '-');

			user[i] = (char)c;
			assert_int_equal(opens(&keys, slice_of(user, TEMP_GRUU_USER_LEN), &epoch),
					 same);
		}
}

GTEST(TempGruu, GR_11_every_epoch_comes_back)
{
	static const uint64_t edges[] = { 0, 1, UINT64_C(0xffffffff), UINT64_C(0x100000000),
					  TEMP_GRUU_EPOCHS - 1 };
	struct temp_gruu_keys keys = vector_keys();
	uint64_t seed = 1, got;

	for (unsigned int i = 0; i < 20000; i++) {
		uint64_t epoch = i < 5 ? edges[i] : random_epoch(&seed);
		uint8_t random[TEMP_GRUU_RANDOM_SIZE];
		char user[TEMP_GRUU_USER_LEN];

		random_octets(&seed, random, sizeof(random));
		temp_gruu_make(&keys, random, epoch, user);
		assert_true(opens(&keys, slice_of(user, sizeof(user)), &got));
		assert_int_equal(got, epoch);
	}
}

GTEST(TempGruu, bits_above_48_do_not_count)
{
	struct temp_gruu_keys keys = vector_keys();
	char user[TEMP_GRUU_USER_LEN];

	temp_gruu_make(&keys, vectors[0].random, vectors[0].epoch | TEMP_GRUU_EPOCHS, user);
	assert_slice(slice_of(user, sizeof(user)), vectors[0].user);
}

/* GR-12: two of one epoch have no more characters in common than chance gives. */
GTEST(TempGruu, GR_12_one_epoch_cannot_be_seen)
{
	struct temp_gruu_keys keys = vector_keys();
	unsigned int same = 0, rounds = 2000;
	uint64_t seed = 2;

	for (unsigned int i = 0; i < rounds; i++) {
		char user[2][TEMP_GRUU_USER_LEN];

		for (int k = 0; k < 2; k++) {
			uint8_t random[TEMP_GRUU_RANDOM_SIZE];

			random_octets(&seed, random, sizeof(random));
			temp_gruu_make(&keys, random, 0x42, user[k]);
		}
		for (unsigned int c = 6; c < TEMP_GRUU_USER_LEN; c++)
			same += user[0][c] == user[1][c];
	}
	/* 34 characters of 64 and two of 4 */
	assert_in_range(same, rounds * 9 / 10, rounds * 12 / 10);
}

/* Old key sets: kept for as long as a registration lasts, then gone (spec 5.2). */
GTEST(TempGruu, GR_34_the_previous_set_opens)
{
	uint8_t old[TEMP_GRUU_KEY_SIZE], new[TEMP_GRUU_KEY_SIZE] = { 9 };
	char user[TEMP_GRUU_USER_LEN];
	struct temp_gruu_keys keys;
	uint64_t epoch;

	vector_key(old);
	temp_gruu_keys_init(&keys, new, old);
	assert_true(opens(&keys, SLICE(USER_3), &epoch));
	assert_int_equal(epoch, 0x43);
	temp_gruu_make(&keys, vectors[2].random, 0x43, user);
	assert_slice(slice_of(user, 6), TEMP_GRUU_PREFIX);
	assert_memory_not_equal(user, USER_3, sizeof(user));
	assert_true(opens(&keys, slice_of(user, sizeof(user)), &epoch));

	temp_gruu_keys_init(&keys, old, NULL);
	assert_false(opens(&keys, slice_of(user, sizeof(user)), &epoch));
	temp_gruu_keys_init(&keys, new, NULL);
	assert_true(opens(&keys, slice_of(user, sizeof(user)), &epoch));
	assert_false(opens(&keys, SLICE(USER_3), &epoch));
}

/* Each half of a key set counts: one that has the MAC's half alone must not decrypt otherwise. */
GTEST(TempGruu, GR_12_keys_are_not_mixed)
{
	uint8_t a[TEMP_GRUU_KEY_SIZE], b[TEMP_GRUU_KEY_SIZE];
	struct temp_gruu_keys keys;
	uint64_t epoch;

	vector_key(a);
	vector_key(b);
	a[TEMP_GRUU_KEY_SIZE - 1] ^= 1;
	temp_gruu_keys_init(&keys, a, b);
	assert_true(opens(&keys, SLICE(USER_1), &epoch));
	assert_int_equal(epoch, 0x42);
	memset(a, 3, AES128_KEY_SIZE);
	temp_gruu_keys_init(&keys, a, b);
	assert_true(opens(&keys, SLICE(USER_1), &epoch));
	assert_int_equal(epoch, 0x42);
}

GTEST(TempGruu, zeros_open_nothing)
{
	uint8_t zeros[TEMP_GRUU_KEY_SIZE] = { 0 };
	struct temp_gruu_keys keys, none;
	char user[TEMP_GRUU_USER_LEN];
	uint64_t epoch;

	memset(&none, 0, sizeof(none));
	temp_gruu_keys_init(&keys, zeros, NULL);
	temp_gruu_make(&keys, vectors[0].random, 1, user);
	assert_true(opens(&keys, slice_of(user, sizeof(user)), &epoch));
	assert_false(opens(&none, slice_of(user, sizeof(user)), &epoch));
	assert_false(opens(&none, SLICE(USER_1), &epoch));
	/* one who hashes with what is there as they do */
	none.set[TEMP_GRUU_CURRENT].usable = true;
	temp_gruu_make(&none, vectors[0].random, 1, user);
	assert_true(opens(&none, slice_of(user, sizeof(user)), &epoch));
	none.set[TEMP_GRUU_CURRENT].usable = false;
	assert_false(opens(&none, slice_of(user, sizeof(user)), &epoch));
}
