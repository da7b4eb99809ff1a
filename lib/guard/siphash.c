/* SPDX-License-Identifier: BSD-3-Clause */
/* SipHash-2-4 (Aumasson, Bernstein: SipHash: a fast short-input PRF), little-endian hosts. */
#include "guard/siphash_inline.h"

struct siphash_key
siphash_key_load(const uint8_t octets[SIPHASH_KEY_SIZE])
{
	struct siphash_key key;

	memcpy(&key.k0, octets, 8);
	memcpy(&key.k1, octets + 8, 8);
	return key;
}

void
siphash_init(struct siphash *h, struct siphash_key key, int wide)
{
	*h = siphash_start(key, wide);
}

/* In these three the state is copied: by itself it would be stored and loaded at each step. */

void
siphash_update(struct siphash *state, const void *data, size_t len)
{
	struct siphash h = *state;

	siphash_put_text(&h, slice_of(data, len));
	*state = h;
}

uint64_t
siphash_final(struct siphash *state)
{
	struct siphash h = *state;

	return siphash_end(&h);
}

void
siphash_final_wide(struct siphash *state, uint64_t out[2])
{
	struct siphash h = *state;

	siphash_end_wide(&h, out);
}

uint64_t
siphash(struct siphash_key key, const void *data, size_t len)
{
	struct siphash h = siphash_start(key, false);

	siphash_put_text(&h, slice_of(data, len));
	return siphash_end(&h);
}

/* ---- two at a time ---- */

/*
 * The second hash is done with half the pace of the first: one of its rounds fits into the time
 * that two of the first take anyhow, two would not. Where that would leave it behind, it keeps pace
 * for as many words as are too many, at the begin.
 */
void
siphash_pair(struct siphash_key key, const char *a, size_t a_words, const char *b, size_t b_words,
	     uint64_t out[2])
{
	struct siphash x = siphash_start(key, false), y = x;
	const char *a_end = a + 8 * a_words, *b_end = b + 8 * b_words;
	size_t want = 2 * b_words + 4, fast = want > a_words ? want - a_words : 0;

	for (fast = fast < b_words ? fast : b_words; fast > 0; fast--, a += 8, b += 8) {
		siphash_absorb(&x, sip_word_load(a));
		siphash_absorb(&y, sip_word_load(b));
	}
	for (; b < b_end; a += 16, b += 8) {
		uint64_t m = sip_word_load(b);

		y.v3 ^= m;
		siphash_absorb(&x, sip_word_load(a));
		siphash_round(&y);
		siphash_absorb(&x, sip_word_load(a + 8));
		siphash_round(&y);
		y.v0 ^= m;
	}
	y.v2 ^= 0xff;
	if (a_end - a >= 32) {
		for (int i = 0; i < 4; i++, a += 8) {
			siphash_absorb(&x, sip_word_load(a));
			siphash_round(&y);
		}
		out[1] = y.v0 ^ y.v1 ^ y.v2 ^ y.v3;
	} else {
		out[1] = siphash_result(&y);
	}
	for (; a < a_end; a += 8)
		siphash_absorb(&x, sip_word_load(a));
	x.v2 ^= 0xff;
	out[0] = siphash_result(&x);
}

/* ---- four at a time ---- */

typedef uint64_t lanes __attribute__((vector_size(32)));

#define LANES_ROTL(x, b) ((x) << (b) | (x) >> (64 - (b)))

#define LANES_ROUND                                                                                \
	do {                                                                                       \
		v0 += v1;                                                                          \
		v2 += v3;                                                                          \
		v1 = LANES_ROTL(v1, 13) ^ v0;                                                      \
		v3 = LANES_ROTL(v3, 16) ^ v2;                                                      \
		v0 = LANES_ROTL(v0, 32);                                                           \
		v2 += v1;                                                                          \
		v0 += v3;                                                                          \
		v1 = LANES_ROTL(v1, 17) ^ v2;                                                      \
		v3 = LANES_ROTL(v3, 21) ^ v0;                                                      \
		v2 = LANES_ROTL(v2, 32);                                                           \
	} while (0)

#define LANES_ABSORB(m)                                                                            \
	do {                                                                                       \
		v3 ^= (m);                                                                         \
		LANES_ROUND;                                                                       \
		LANES_ROUND;                                                                       \
		v0 ^= (m);                                                                         \
	} while (0)

/* The results for `steps` times 32 octets; step 0 is the numbers. */
static void
hash_lanes(struct siphash_key key, const uint8_t *p, size_t steps, uint64_t out[4])
{
	lanes m = { 0, 1, 2, 3 }, v0 = m ^ m, v1 = v0, v2 = v0, v3 = v0;
	uint64_t last = (uint64_t)(8 * (steps + 1)) << 56;

	v0 += key.k0 ^ UINT64_C(0x736f6d6570736575);
	v1 += key.k1 ^ UINT64_C(0x646f72616e646f6d);
	v2 += key.k0 ^ UINT64_C(0x6c7967656e657261);
	v3 += key.k1 ^ UINT64_C(0x7465646279746573);
	LANES_ABSORB(m);
	for (; steps > 0; steps--, p += sizeof(m)) {
		memcpy(&m, p, sizeof(m));
		LANES_ABSORB(m);
	}
	LANES_ABSORB(last);
	v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		LANES_ROUND;
	v0 ^= v1 ^ v2 ^ v3;
	memcpy(out, &v0, sizeof(v0));
}

uint64_t
siphash_long(struct siphash_key key, const void *data, size_t len)
{
	size_t steps = len / sizeof(lanes), done = steps * sizeof(lanes);
	uint64_t words[5] = { 4 }, length = len;
	struct siphash h;

	hash_lanes(key, data, steps, words + 1);
	siphash_init(&h, key, 0);
	siphash_update(&h, words, sizeof(words));
	siphash_update(&h, (const uint8_t *)data + done, len - done);
	siphash_update(&h, &length, sizeof(length));
	return siphash_final(&h);
}
