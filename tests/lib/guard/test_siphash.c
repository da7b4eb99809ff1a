/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/siphash.h"
#include "lib/sip/support.h"

/*
 * Key 00 01 .. 0f, input 00 01 .. n-1. 15 octets is the worked example of the SipHash paper, whose
 * authors publish the others to 63. All were computed apart from the code under test.
 */
static const struct vector_row {
	const char *label;
	size_t n;
	uint64_t narrow, wide[2];
} vectors[] = {
	{ "0",
	  0,
	  UINT64_C(0x726fdb47dd0e0e31),
	  { UINT64_C(0xe6a825ba047f81a3), UINT64_C(0x930255c71472f66d) } },
	{ "1",
	  1,
	  UINT64_C(0x74f839c593dc67fd),
	  { UINT64_C(0x44af996bd8c187da), UINT64_C(0x45fc229b11597634) } },
	{ "2",
	  2,
	  UINT64_C(0x0d6c8009d9a94f5a),
	  { UINT64_C(0xc75da4a48d227781), UINT64_C(0xe4ff0af6de8ba3fc) } },
	{ "3",
	  3,
	  UINT64_C(0x85676696d7fb7e2d),
	  { UINT64_C(0x4ea967520cb6709c), UINT64_C(0x51ed8529b0b6335f) } },
	{ "4",
	  4,
	  UINT64_C(0xcf2794e0277187b7),
	  { UINT64_C(0xaf8f9c2dc16481f8), UINT64_C(0x7955cd7b7c6e0f7d) } },
	{ "5",
	  5,
	  UINT64_C(0x18765564cd99a68d),
	  { UINT64_C(0x886f778059876813), UINT64_C(0x27960e69077a5254) } },
	{ "6",
	  6,
	  UINT64_C(0xcbc9466e58fee3ce),
	  { UINT64_C(0x1386208b33caee14), UINT64_C(0x5ea1d78f30a05e48) } },
	{ "7",
	  7,
	  UINT64_C(0xab0200f58b01d137),
	  { UINT64_C(0x53c1dbd8beebf1a1), UINT64_C(0x3982f01fa64ab8c0) } },
	{ "8",
	  8,
	  UINT64_C(0x93f5f5799a932462),
	  { UINT64_C(0x61f55862baa9623b), UINT64_C(0xb49714f364e2830f) } },
	{ "9",
	  9,
	  UINT64_C(0x9e0082df0ba9e4b0),
	  { UINT64_C(0xabbad90a06994426), UINT64_C(0xed716dbb028b7fc4) } },
	{ "14",
	  14,
	  UINT64_C(0xf723ca908e7af2ee),
	  { UINT64_C(0x9cded766aceffc31), UINT64_C(0x024949e45f48c77e) } },
	{ "15",
	  15,
	  UINT64_C(0xa129ca6149be45e5),
	  { UINT64_C(0x11a8b03399e99354), UINT64_C(0xd9c3cf970fec087e) } },
	{ "16",
	  16,
	  UINT64_C(0x3f2acc7f57c29bdb),
	  { UINT64_C(0xbb54b067caa4e26e), UINT64_C(0x77052385bf1533fd) } },
	{ "17",
	  17,
	  UINT64_C(0x699ae9f52cbe4794),
	  { UINT64_C(0x98b88d73e8063d47), UINT64_C(0x4077e47ac466c054) } },
	{ "31",
	  31,
	  UINT64_C(0x32d892fad841c342),
	  { UINT64_C(0xfcfa233218b03929), UINT64_C(0x353dc4524fde2317) } },
	{ "63",
	  63,
	  UINT64_C(0x958a324ceb064572),
	  { UINT64_C(0x4a83502f77d15051), UINT64_C(0x7cbd3f979a063e50) } },
	{ "255",
	  255,
	  UINT64_C(0xa9c169fec74db21a),
	  { UINT64_C(0x8e5f162875b69b1c), UINT64_C(0xab0e9b79e3488246) } },
	{ "256",
	  256,
	  UINT64_C(0x999d0526d2a7bfd7),
	  { UINT64_C(0x464c83d30403a067), UINT64_C(0xcb9a575f7beeea12) } },
	{ "300",
	  300,
	  UINT64_C(0x4b0b710db6117839),
	  { UINT64_C(0x6db3146d405a00ce), UINT64_C(0x11b3e1a7f7b58653) } },
};

static struct siphash_key
paper_key(void)
{
	uint8_t octets[SIPHASH_KEY_SIZE];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)i;
	return siphash_key_load(octets);
}

static struct slice
counting(size_t n)
{
	char octets[512];

	for (size_t i = 0; i < n; i++)
		octets[i] = (char)i;
	return at_wall(slice_of(octets, n));
}

static void
vector_holds(void **state)
{
	const struct vector_row *row = *state;
	struct slice input = counting(row->n);
	struct siphash h;
	uint64_t wide[2];

	assert_int_equal(siphash(paper_key(), input.ptr, input.len), row->narrow);
	siphash_init(&h, paper_key(), 1);
	siphash_update(&h, input.ptr, input.len);
	siphash_final_wide(&h, wide);
	assert_int_equal(wide[0], row->wide[0]);
	assert_int_equal(wide[1], row->wide[1]);
}
GTEST_ROWS(Siphash, vectors, label, vector_holds);

GTEST(Siphash, key_octets_are_little_endian)
{
	struct siphash_key key = paper_key();

	assert_int_equal(key.k0, UINT64_C(0x0706050403020100));
	assert_int_equal(key.k1, UINT64_C(0x0f0e0d0c0b0a0908));
}

/* Cut in three at every pair of places: the same result. */
GTEST(Siphash, pieces_make_the_whole)
{
	struct slice input = counting(40);
	uint64_t whole = siphash(paper_key(), input.ptr, input.len);

	for (size_t a = 0; a <= input.len; a++) {
		for (size_t b = a; b <= input.len; b++) {
			struct siphash h;

			siphash_init(&h, paper_key(), 0);
			siphash_update(&h, input.ptr, a);
			siphash_update(&h, input.ptr + a, b - a);
			siphash_update(&h, input.ptr + b, input.len - b);
			if (siphash_final(&h) != whole)
				fail_msg("pieces of %zu, %zu and %zu", a, b - a, input.len - b);
		}
	}
}

/* As siphash.h says what it is, by the hash it is made of. */
static uint64_t
long_by_definition(const char *p, size_t len)
{
	uint64_t word[5] = { 4 }, number, all = len;
	struct siphash h;

	for (number = 0; number < 4; number++) {
		siphash_init(&h, paper_key(), 0);
		siphash_update(&h, &number, 8);
		for (size_t at = 8 * number; at < len / 32 * 32; at += 32)
			siphash_update(&h, p + at, 8);
		word[number + 1] = siphash_final(&h);
	}
	siphash_init(&h, paper_key(), 0);
	siphash_update(&h, word, sizeof(word));
	siphash_update(&h, p + len / 32 * 32, len % 32);
	siphash_update(&h, &all, 8);
	return siphash_final(&h);
}

GTEST(Siphash, long_ones)
{
	for (size_t len = 0; len <= 512; len++) {
		struct slice input = counting(len);

		assert_int_equal(siphash_long(paper_key(), input.ptr, input.len),
				 long_by_definition(input.ptr, input.len));
	}
}

/* Longer than one octet of length can say. */
GTEST(Siphash, very_long_ones)
{
	static char text[65536];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7 + (i >> 8));
	for (size_t len = sizeof(text) - 70; len <= sizeof(text); len++)
		assert_int_equal(siphash_long(paper_key(), text, len),
				 long_by_definition(text, len));
}

GTEST(Siphash, every_key_bit_counts)
{
	struct slice input = counting(9);
	uint64_t whole = siphash(paper_key(), input.ptr, input.len);

	for (unsigned int bit = 0; bit < 128; bit++) {
		struct siphash_key key = paper_key();

		if (bit < 64)
			key.k0 ^= UINT64_C(1) << bit;
		else
			key.k1 ^= UINT64_C(1) << (bit - 64);
		assert_int_not_equal(siphash(key, input.ptr, input.len), whole);
	}
}

/* Two at a time, of any two lengths. */
GTEST(Siphash, pairs)
{
	char a[256 + SIPHASH_PAD], b[256 + SIPHASH_PAD];

	for (size_t i = 0; i < 256; i++) {
		for (size_t k = 0; k <= i; k++) {
			struct slice input = counting(i);
			uint64_t out[2];

			memcpy(a, input.ptr, i);
			memset(b, (int)i, k);
			siphash_pair(paper_key(), a, siphash_pad(a, i), b, siphash_pad(b, k), out);
			if (out[0] != siphash(paper_key(), a, i) ||
			    out[1] != siphash(paper_key(), b, k))
				fail_msg("%zu and %zu octets", i, k);
		}
	}
}
