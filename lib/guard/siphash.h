/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GUARD_SIPHASH_H
#define GUARD_SIPHASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SIPHASH_KEY_SIZE 16

/** A SipHash key. Secret: whoever has it can aim inputs at one hash. */
struct siphash_key {
	uint64_t k0, k1;
};

/** SipHash-2-4 in progress. Input may come in pieces of any length. */
struct siphash {
	uint64_t v0, v1, v2, v3;
	uint64_t tail;
	size_t length;
};

/** Take 16 octets as a key, in the order of the SipHash paper (little-endian words). */
struct siphash_key siphash_key_load(const uint8_t octets[SIPHASH_KEY_SIZE]);

/** Begin. `wide` chooses the variant with 128 bits of result. */
void siphash_init(struct siphash *h, struct siphash_key key, int wide);

void siphash_update(struct siphash *h, const void *data, size_t len);

/** End, 64-bit variant. */
uint64_t siphash_final(struct siphash *h);

/** End, 128-bit variant: out[0] is the first word. */
void siphash_final_wide(struct siphash *h, uint64_t out[2]);

/** All of it in one call, 64-bit variant. */
uint64_t siphash(struct siphash_key key, const void *data, size_t len);

/** Octets behind an input that siphash_pad() may write. */
#define SIPHASH_PAD 8

/** Pad an input of `len` octets to whole words for siphash_pair(). Returns how many words it has.
 */
static inline size_t
siphash_pad(char *input, size_t len)
{
	memset(input + len, 0, SIPHASH_PAD);
	input[len | 7] = (char)len;
	return len / 8 + 1;
}

/**
 * Two hashes under one key for little more than one: a round of SipHash waits for the one before it
 * most of the time, and the other hash takes that time. Both inputs are padded, the first has more
 * words. out[0] and out[1] are what siphash() gives for them.
 */
void siphash_pair(struct siphash_key key, const char *a, size_t a_words, const char *b,
		  size_t b_words, uint64_t out[2]);

/**
 * A hash of long texts that costs a fraction of that: four SipHashes side by side, of every fourth
 * word of eight octets each, and one over their results. Not the same hash as siphash(): the input
 * of each of the five begins with its number, 0 to 4, as a word; that of the last one goes on with
 * the four results, the octets behind the last 32, and the length as a word.
 */
uint64_t siphash_long(struct siphash_key key, const void *data, size_t len);

#endif
