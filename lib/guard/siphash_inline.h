/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * SipHash for inputs that are put together from pieces on the fast path: siphash.h with its state
 * in registers. A round waits for the one before it most of the time; what brings the next octets
 * together, or another hash beside this one, takes that time. So no input is copied into one piece
 * first, and each octet is loaded once.
 *
 * The state has to be a local variable whose address no call gets: all of this is inlined. Any
 * thread; nothing beyond the input is read.
 */
#ifndef GUARD_SIPHASH_INLINE_H
#define GUARD_SIPHASH_INLINE_H

#include "guard/siphash.h"
#include "sip/word.h"

#define SIPHASH_INLINE static inline __attribute__((always_inline))

SIPHASH_INLINE uint64_t
siphash_rotl(uint64_t x, unsigned int b)
{
	return x << b | x >> (64 - b);
}

SIPHASH_INLINE void
siphash_round(struct siphash *h)
{
	h->v0 += h->v1;
	h->v2 += h->v3;
	h->v1 = siphash_rotl(h->v1, 13) ^ h->v0;
	h->v3 = siphash_rotl(h->v3, 16) ^ h->v2;
	h->v0 = siphash_rotl(h->v0, 32);
	h->v2 += h->v1;
	h->v0 += h->v3;
	h->v1 = siphash_rotl(h->v1, 17) ^ h->v2;
	h->v3 = siphash_rotl(h->v3, 21) ^ h->v0;
	h->v2 = siphash_rotl(h->v2, 32);
}

/** One word of the input. */
SIPHASH_INLINE void
siphash_absorb(struct siphash *h, uint64_t m)
{
	h->v3 ^= m;
	siphash_round(h);
	siphash_round(h);
	h->v0 ^= m;
}

SIPHASH_INLINE struct siphash
siphash_start(struct siphash_key key, bool wide)
{
	return (struct siphash){
		.v0 = key.k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = key.k1 ^ UINT64_C(0x646f72616e646f6d) ^ (wide ? 0xee : 0),
		.v2 = key.k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = key.k1 ^ UINT64_C(0x7465646279746573),
	};
}

/** Bits of the last word that are taken: 0 to 56. Whole words do not change it. */
SIPHASH_INLINE unsigned int
siphash_bits(const struct siphash *h)
{
	return 8 * (h->length & 7);
}

/** Eight octets of input; `bits` is siphash_bits(). */
SIPHASH_INLINE void
siphash_put_word(struct siphash *h, uint64_t x, unsigned int bits)
{
	siphash_absorb(h, h->tail | x << bits);
	/* by 64 - bits, which may be 64 */
	h->tail = x >> 1 >> (63 - bits);
	h->length += 8;
}

/** The first `n` octets of `x`, 0 to 8; the others are zero. */
SIPHASH_INLINE void
siphash_put_few(struct siphash *h, uint64_t x, size_t n)
{
	unsigned int bits = siphash_bits(h);

	h->tail |= x << bits;
	h->length += n;
	if (bits + 8 * n >= 64) {
		siphash_absorb(h, h->tail);
		h->tail = x >> 1 >> (63 - bits);
	}
}

/** What is left of `text` behind its whole words. */
SIPHASH_INLINE void
siphash_put_rest(struct siphash *h, struct slice text)
{
	size_t n = text.len & 7;
	uint64_t x = text.len >= 8 ? sip_word_load_last(slice_end(text), n)
				   : sip_word_load_few(text.ptr, n);

	siphash_put_few(h, x, n);
}

/** `text` from the octet `at` on, a multiple of 8. */
SIPHASH_INLINE void
siphash_put_from(struct siphash *h, struct slice text, size_t at)
{
	unsigned int bits = siphash_bits(h);

	for (; at + 8 <= text.len; at += 8)
		siphash_put_word(h, sip_word_load(text.ptr + at), bits);
	siphash_put_rest(h, text);
}

SIPHASH_INLINE void
siphash_put_text(struct siphash *h, struct slice text)
{
	siphash_put_from(h, text, 0);
}

SIPHASH_INLINE uint64_t
siphash_result(struct siphash *h)
{
	for (int i = 0; i < 4; i++)
		siphash_round(h);
	return h->v0 ^ h->v1 ^ h->v2 ^ h->v3;
}

/** End, 64-bit variant. */
SIPHASH_INLINE uint64_t
siphash_end(struct siphash *h)
{
	siphash_absorb(h, h->tail | (uint64_t)h->length << 56);
	h->v2 ^= 0xff;
	return siphash_result(h);
}

/** End, 128-bit variant: out[0] is the first word. */
SIPHASH_INLINE void
siphash_end_wide(struct siphash *h, uint64_t out[2])
{
	siphash_absorb(h, h->tail | (uint64_t)h->length << 56);
	h->v2 ^= 0xee;
	out[0] = siphash_result(h);
	h->v1 ^= 0xdd;
	out[1] = siphash_result(h);
}

#endif
