/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Eight octets of text at a time, as one number whose lowest octet is the first. Nothing here reads
 * beyond the text. Any processor with that order of octets; no instruction set beyond its basic
 * one.
 */
#ifndef SIP_WORD_H
#define SIP_WORD_H

#include "sip/slice.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are loaded as they lie");

/** Sixteen octets, for what the compiler turns into vector instructions of any processor. */
typedef uint8_t sip_octets16 __attribute__((vector_size(16)));
typedef uint64_t sip_words2 __attribute__((vector_size(16)));

/** The same octet eight times. */
#define SIP_WORD_ALL(octet) (UINT64_C(0x0101010101010101) * (octet))

static inline uint64_t
sip_word_load(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

/** The first `n` octets at `p`, 0 to 7; the others are zero. */
static inline uint64_t
sip_word_load_few(const char *p, size_t n)
{
	uint32_t first, last;

	if (n >= 4) {
		memcpy(&first, p, 4);
		memcpy(&last, p + n - 4, 4);
		return first | (uint64_t)last << (8 * (n - 4));
	}
	if (n == 0)
		return 0;
	return (uint64_t)(uint8_t)p[0] | (uint64_t)(uint8_t)p[n / 2] << (8 * (n / 2)) |
	       (uint64_t)(uint8_t)p[n - 1] << (8 * (n - 1));
}

/** The last `n` octets of the eight before `end`, 0 to 7, as sip_word_load_few() gives them. */
static inline uint64_t
sip_word_load_last(const char *end, size_t n)
{
	return sip_word_load(end - 8) >> 1 >> (63 - 8 * n);
}

/** Not 0 if `octet` is one of the eight. */
static inline uint64_t
sip_word_find(uint64_t x, uint8_t octet)
{
	x ^= SIP_WORD_ALL(octet);
	return (x - SIP_WORD_ALL(0x01)) & ~x & SIP_WORD_ALL(0x80);
}

/** The top bit of each octet from `low` to `high`, both below 128. */
static inline uint64_t
sip_word_between(uint64_t x, uint8_t low, uint8_t high)
{
	uint64_t rest = x & SIP_WORD_ALL(0x7f);
	uint64_t from = rest + SIP_WORD_ALL((uint8_t)(0x80 - low));
	uint64_t above = rest + SIP_WORD_ALL((uint8_t)(0x7f - high));

	return from & ~above & ~x & SIP_WORD_ALL(0x80);
}

/** Octets of ones where there is a letter from 'A' to 'Z', or an octet `other`. */
static inline sip_octets16
sip_octets_upper_or(sip_octets16 x, uint8_t other)
{
	return (sip_octets16)(x - 'A' < 26) | (sip_octets16)(x == other);
}

/** Whether there is a letter from 'A' to 'Z' in `text`, or an octet `other`, which is not 0. */
static inline bool
sip_text_has_upper_or(struct slice text, uint8_t other)
{
	const char *p = text.ptr, *last;
	sip_octets16 x = { 0 }, found = { 0 };
	sip_words2 words = { 0 };

	if (text.len >= 16) {
		for (last = p + text.len - 16; p < last; p += 16) {
			memcpy(&x, p, 16);
			found |= sip_octets_upper_or(x, other);
		}
		memcpy(&x, last, 16);
	} else if (text.len >= 8) {
		x = (sip_octets16)(sip_words2){ sip_word_load(p), sip_word_load(p + text.len - 8) };
	} else {
		x = (sip_octets16)(sip_words2){ sip_word_load_few(p, text.len) };
	}
	words = (sip_words2)(found | sip_octets_upper_or(x, other));
	return (words[0] | words[1]) != 0;
}

static inline bool
sip_text_has_upper(struct slice text)
{
	return sip_text_has_upper_or(text, 'A');
}

#define SIP_WORD_DECIMALS 100000000

/** The eight decimal digits of `v`, below 10^8, with leading zeros. */
static inline uint64_t
sip_word_decimal(uint32_t v)
{
	uint64_t x = v / 10000 | (uint64_t)(v % 10000) << 32, tens;

	/* from two numbers of four digits to four of two, to eight of one */
	tens = x * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
	x = tens | (x - 100 * tens) << 16;
	tens = x * 103 >> 10 & UINT64_C(0x000f000f000f000f);
	x = tens | (x - 10 * tens) << 8;
	return x + SIP_WORD_ALL('0');
}

/** How many decimal digits `v` has; this does not wait for them. */
static inline unsigned int
sip_decimal_len(uint32_t v)
{
	static const uint32_t power[] = { 10,      100,      1000,      10000,     100000,
					  1000000, 10000000, 100000000, 1000000000 };
	/* log10(2) is 1233/4096: one too few at times */
	unsigned int n = (31 - (unsigned int)__builtin_clz(v | 1)) * 1233 >> 12;

	return n + 1 + (n < 9 && v >= power[n]);
}

/** Write the sixteen hexadecimal digits of `v`, most significant first, lower case. */
static inline void
sip_hex_write16(char *out, uint64_t v)
{
	sip_octets16 x = (sip_octets16)(sip_words2){ __builtin_bswap64(v) };

	x = __builtin_shufflevector(x >> 4, x & 15, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22,
				    7, 23);
	x += '0' + ((sip_octets16)(x > 9) & ('a' - '0' - 10));
	memcpy(out, &x, sizeof(x));
}

/** Read eight hexadecimal digits, either case. False, with *v undefined, where one is none. */
static inline bool
sip_hex_read8(const char *p, uint32_t *v)
{
	uint64_t x = sip_word_load(p), digits, letters;

	/* 0x40 to 0x5f: to lower case, so that only a letter becomes one */
	x |= (x & SIP_WORD_ALL(0x40)) >> 1;
	digits = sip_word_between(x, '0', '9');
	letters = sip_word_between(x, 'a', 'f');
	x = __builtin_bswap64((x & SIP_WORD_ALL(0x0f)) + (letters >> 7) * 9);
	x = (x | x >> 4) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x | x >> 8) & UINT64_C(0x0000ffff0000ffff);
	*v = (uint32_t)(x | x >> 16);
	return (digits | letters) == SIP_WORD_ALL(0x80);
}

static inline bool
sip_hex_read16(const char *p, uint64_t *v)
{
	uint32_t high, low;

	if (!sip_hex_read8(p, &high) || !sip_hex_read8(p + 8, &low))
		return false;
	*v = (uint64_t)high << 32 | low;
	return true;
}

#endif
