/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Eight octets of text at a time, as one number whose lowest octet is the first. Nothing here reads
 * beyond the text. Any processor with that order of octets; no instruction set beyond its basic one.
 */
#ifndef SIP_WORD_H
#define SIP_WORD_H

#include "sip/slice.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are loaded as they lie");

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

/** Whether there is a letter from 'A' to 'Z' in `text`, or an octet `other`, which is not 0. */
static inline bool
sip_text_has_upper_or(struct slice text, uint8_t other)
{
	typedef uint8_t octets __attribute__((vector_size(16)));
	const char *p = text.ptr, *end = slice_end(text);
	octets x = { 0 }, found = { 0 };
	uint64_t halves[2];

	for (; end - p > 16; p += 16) {
		memcpy(&x, p, 16);
		found |= (octets)(x - 'A' < 26) | (octets)(x == other);
	}
	if (text.len >= 16)
		memcpy(&x, end - 16, 16);
	else if (text.len > 0)
		memcpy(&x, p, text.len);
	found |= (octets)(x - 'A' < 26) | (octets)(x == other);
	memcpy(halves, &found, 16);
	return (halves[0] | halves[1]) != 0;
}

static inline bool
sip_text_has_upper(struct slice text)
{
	return sip_text_has_upper_or(text, 'A');
}

#define SIP_WORD_DECIMAL_END 100000000

/** The decimal digits of `v`, below 10^8, without leading zeros; *n is how many: 1 to 8. */
static inline uint64_t
sip_word_decimal(uint32_t v, unsigned int *n)
{
	uint64_t x = v / 10000 | (uint64_t)(v % 10000) << 32, tens, zeros;

	/* from two numbers of four digits to four of two, to eight of one */
	tens = x * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
	x = tens | (x - 100 * tens) << 16;
	tens = x * 103 >> 10 & UINT64_C(0x000f000f000f000f);
	x = tens | (x - 10 * tens) << 8;
	zeros = (uint64_t)__builtin_ctzll(x | UINT64_C(1) << 56) & 56;
	*n = 8 - (unsigned int)zeros / 8;
	return (x + SIP_WORD_ALL('0')) >> zeros;
}

/** Write the eight hexadecimal digits of `v`, most significant first, lower case. */
static inline void
sip_hex_write8(char *out, uint32_t v)
{
	uint64_t x = __builtin_bswap32(v), letters;

	/* one octet in two: its high half in the first, its low half in the second */
	x = (x | x << 16) & UINT64_C(0x0000ffff0000ffff);
	x = (x | x << 8) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x >> 4 | x << 8) & SIP_WORD_ALL(0x0f);
	letters = (x + SIP_WORD_ALL(6)) >> 4 & SIP_WORD_ALL(1);
	x += SIP_WORD_ALL('0') + letters * ('a' - '0' - 10);
	memcpy(out, &x, sizeof(x));
}

static inline void
sip_hex_write16(char *out, uint64_t v)
{
	sip_hex_write8(out, (uint32_t)(v >> 32));
	sip_hex_write8(out + 8, (uint32_t)v);
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
	bool good = sip_hex_read8(p, &high) & sip_hex_read8(p + 8, &low);

	*v = (uint64_t)high << 32 | low;
	return good;
}

#endif
