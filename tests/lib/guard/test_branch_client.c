/* SPDX-License-Identifier: BSD-3-Clause */
/** The branch of a client transaction. */
#include "guard/branch.h"
#include "lib/sip/support.h"

static const struct siphash_key key = { 0x1234, 0x5678 };

static struct slice
written(char out[BRANCH_LOOP_LEN], const struct branch_client *id, const struct loop_part *loop)
{
	struct sip_writer w;

	sip_writer_init(&w, out, BRANCH_LOOP_LEN);
	branch_client_write(&w, id, loop);
	return sip_written(&w);
}

GTEST(BranchClient, LD_05_text)
{
	const struct branch_client id = { 0x3f, 0xabcdef, UINT64_C(0x0123456789abcdef) };
	const struct loop_part loop = { UINT64_C(0xdfb724d6a286a680), 0x2bcb23b0 };
	char out[BRANCH_LOOP_LEN];

	assert_slice(written(out, &id, NULL), "z9hG4bK3fabcdef0123456789abcdef");
	assert_slice(written(out, &id, &loop),
		     "z9hG4bK3fabcdef0123456789abcdef.Ldfb724d6a286a6802bcb23b0");
}

GTEST(BranchClient, no_room)
{
	const struct branch_client id = { 1, 2, 3 };
	const struct loop_part loop = { 4, 5 };

	for (size_t room = 0; room <= BRANCH_LOOP_LEN; room++) {
		for (int with_loop = 0; with_loop < 2; with_loop++) {
			size_t need = with_loop ? BRANCH_LOOP_LEN : BRANCH_LEN;
			struct sip_writer w;

			sip_writer_init(&w, wall() - room, room);
			branch_client_write(&w, &id, with_loop ? &loop : NULL);
			assert_int_equal(w.overflow, room < need);
			assert_int_equal(w.p - w.begin, room < need ? 0 : need);
		}
	}
}

/* Any of them comes back as it was; then with one octet changed it is another one, or none. */
GTEST(BranchClient, LD_06_round_trip)
{
	uint64_t seed = 7;

	for (int i = 0; i < 20000; i++) {
		const struct branch_client id = { (uint8_t)random_below(&seed, BRANCH_WORKERS),
						  random_below(&seed, 1 << 24),
						  next_random(&seed) };
		const struct loop_part loop = { next_random(&seed),
						(uint32_t)next_random(&seed) };
		char out[BRANCH_LOOP_LEN], *changed;
		struct branch_client read;
		struct branch_id stateless;
		struct loop_part found;
		struct slice branch = at_wall(written(out, &id, i % 2 == 0 ? &loop : NULL));

		assert_true(branch_client_read(branch, &read));
		assert_int_equal(read.worker, id.worker);
		assert_int_equal(read.client, id.client);
		assert_int_equal(read.tag, id.tag);
		assert_int_equal(loop_part_find(branch, &found), i % 2 == 0);
		if (i % 2 == 0)
			assert_true(found.h1 == loop.h1 && found.h2 == loop.h2);
		/* the other form reads it, too, and its worker tells which it is */
		assert_true(branch_read(branch, &stateless));
		assert_int_equal(stateless.worker, id.worker);

		changed = wall() - branch.len + random_below(&seed, BRANCH_LEN);
		*changed = (char)(*changed ^ (1 + (int)random_below(&seed, 255)));
		if (slice_eq_nocase(branch, slice_of(out, branch.len)))
			continue;
		if (branch_client_read(branch, &read) && read.worker == id.worker &&
		    read.client == id.client && read.tag == id.tag)
			fail_msg("%.*s is taken for %.*s", SLICE_FMT(branch), (int)branch.len, out);
	}
}

static const struct read_row {
	const char *label;
	const char *branch;
	bool ours;
} reads[] = {
	{ "ours", "z9hG4bK0102030405060708090a0b0c", true },
	{ "upper-case", "Z9HG4BK0102030405060708090A0B0C", true },
	{ "with-loop-part", "z9hG4bK0102030405060708090a0b0c.Ldfb724d6a286a6802bcb23b0", true },
	{ "last-worker", "z9hG4bK3f02030405060708090a0b0c", true },
	{ "no-worker", "z9hG4bK4002030405060708090a0b0c", false },
	{ "no-owner", "z9hG4bKff02030405060708090a0b0c", false },
	{ "control", "z9hG4bKfe02030405060708090a0b0c", false },
	{ "with-target", "z9hG4bK0102030405060708090a0b0c.Ldfb724d6a286a6802bcb23b0T0b5afe010000",
	  false },
	{ "no-cookie", "z9hG4bX0102030405060708090a0b0c", false },
	{ "no-hex", "z9hG4bK0102030405060708090a0b0g", false },
	{ "no-hex-first", "z9hG4bKg102030405060708090a0b0c", false },
	{ "no-hex-in-number", "z9hG4bK01020g0405060708090a0b0c", false },
	{ "short", "z9hG4bK0102030405060708090a0b0", false },
	{ "long", "z9hG4bK0102030405060708090a0b0cd", false },
	{ "half-a-loop-part", "z9hG4bK0102030405060708090a0b0c.Ldfb724d6a286a6802bcb23b", false },
	{ "not-a-loop-part", "z9hG4bK0102030405060708090a0b0c.Mdfb724d6a286a6802bcb23b0", false },
	{ "empty", "", false },
};

static void
branch_is_read(void **state)
{
	const struct read_row *row = *state;
	struct branch_client id;

	assert_int_equal(branch_client_read(at_wall(slice_str(row->branch)), &id), row->ours);
}
GTEST_ROWS(BranchClient, reads, label, branch_is_read);

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* LD-07: neighbours share nothing; another key gives others; and no two are the same. */
GTEST(BranchClient, LD_07_tags)
{
	enum { COUNT = 1 << 17 };
	static uint64_t tag[COUNT];
	const struct siphash_key other = { key.k0, key.k1 ^ 1 };
	unsigned int bits = 0;

	for (uint64_t i = 0; i < COUNT; i++) {
		tag[i] = branch_client_tag(key, i);
		assert_int_equal(tag[i], branch_client_tag(key, i));
		assert_int_not_equal(tag[i], branch_client_tag(other, i));
		if (i > 0)
			bits += (unsigned int)__builtin_popcountll(tag[i] ^ tag[i - 1]);
	}
	assert_in_range(bits / COUNT, 31, 32);
	qsort(tag, COUNT, sizeof(tag[0]), by_value);
	for (int i = 1; i < COUNT; i++)
		assert_int_not_equal(tag[i], tag[i - 1]);
}
