/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The reader's steps: over a run of octets of one class, to the next octet of a kind, over a
 * number.
 *
 * Each takes the octets in one vector and asks the mask where to stop, so that a token of five
 * octets and one of twenty cost the same and nothing is guessed about their lengths.
 */
#ifndef SIP_READER_SPAN_H
#define SIP_READER_SPAN_H

#include "sip/reader/vector.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)

/**
 * Where the text ends, and where the octets end that may be read. A value is followed by the rest
 * of its message: a vector may reach into that, and what it finds there is not used.
 */
struct bounds {
	const char *end;
	const char *limit; /* at or behind `end` */
};

static inline struct bounds
bounds_of(struct slice text)
{
	return (struct bounds){ text.ptr + text.len, text.ptr + text.len };
}

/** The same readable octets, but the text ends at `end` already. */
static inline struct bounds
bounds_until(struct bounds b, const char *end)
{
	b.end = end;
	return b;
}

#ifdef SIP_VECTOR

static __attribute__((noinline)) const char *
span_far(const char *p, const char *end, enum sip_char_class class)
{
	const uint8_t *rows = sip_char_rows_[__builtin_ctz(class)];

	while (end - p >= SIP_VECTOR) {
		uint32_t outside = vec_outside(vec_load(p), rows);

		if (outside == 0) {
			p += SIP_VECTOR;
			continue;
		}
		p += __builtin_ctz(outside);
		if (!sip_char_is(*p, class))
			return p;
		p++; /* above 127, and in the class */
	}
	return sip_char_span(p, end, class);
}

/** First position from `p` on that is not of `class`. */
static inline const char *
span(const char *p, struct bounds b, enum sip_char_class class)
{
	if (LIKELY(b.limit - p >= SIP_VECTOR)) {
		uint32_t outside = vec_outside(vec_load(p), sip_char_rows_[__builtin_ctz(class)]);

		if (LIKELY(outside != 0)) {
			const char *stop = p + __builtin_ctz(outside);

			if (stop >= b.end)
				return b.end;
			if ((class & SIP_CHAR_HIGH) == 0 || LIKELY((uint8_t)*stop < 128))
				return stop;
		}
	}
	return span_far(p, b.end, class);
}

/**
 * The same, and whether `c` or `d`, which are of the class, are among the octets stepped over.
 */
static inline const char *
span_noting(const char *p, struct bounds b, enum sip_char_class class, char c, char d, bool *noted)
{
	if (LIKELY(b.limit - p >= SIP_VECTOR)) {
		vec v = vec_load(p);
		uint32_t outside = vec_outside(v, sip_char_rows_[__builtin_ctz(class)]);
		uint32_t before = outside ^ (outside - 1); /* up to where it stops */

		if (LIKELY(outside != 0 && p + __builtin_ctz(outside) <= b.end)) {
			*noted = ((vec_eq(v, c) | vec_eq(v, d)) & before) != 0;
			return p + __builtin_ctz(outside);
		}
	}
	{
		const char *stop = span_far(p, b.end, class);

		*noted = memchr(p, c, (size_t)(stop - p)) != NULL ||
			 memchr(p, d, (size_t)(stop - p)) != NULL;
		return stop;
	}
}

/** First position from `p` on that holds `c`, or the end. */
static inline const char *
find(const char *p, struct bounds b, char c)
{
	for (; LIKELY(b.limit - p >= SIP_VECTOR); p += SIP_VECTOR) {
		uint32_t hit = vec_eq(vec_load(p), c);

		if (LIKELY(hit != 0)) {
			p += __builtin_ctz(hit);
			return p < b.end ? p : b.end;
		}
		if (b.end - p <= SIP_VECTOR)
			return b.end;
	}
	while (p < b.end && *p != c)
		p++;
	return p;
}

#else

static inline const char *
span(const char *p, struct bounds b, enum sip_char_class class)
{
	return sip_char_span(p, b.end, class);
}

static inline const char *
span_noting(const char *p, struct bounds b, enum sip_char_class class, char c, char d, bool *noted)
{
	*noted = false;
	for (; p < b.end && sip_char_is(*p, class); p++)
		*noted |= *p == c || *p == d;
	return p;
}

static inline const char *
find(const char *p, struct bounds b, char c)
{
	while (p < b.end && *p != c)
		p++;
	return p;
}

#endif

/* Four or eight octets; bit 0x20 does not count where `lower` has it: letters in either case. */
static inline bool
same4(const char *p, const char *lower)
{
	uint32_t a, b;

	memcpy(&a, p, sizeof(a));
	memcpy(&b, lower, sizeof(b));
	return (a | (b & UINT32_C(0x20202020))) == b;
}

static inline bool
same8(const char *p, const char *lower)
{
	uint64_t a, b;

	memcpy(&a, p, sizeof(a));
	memcpy(&b, lower, sizeof(b));
	return (a | (b & UINT64_C(0x2020202020202020))) == b;
}

static inline bool
name_is_(const char *p, const char *lower, size_t n)
{
	if (n >= 8)
		return same8(p, lower) && same8(p + n - 8, lower + n - 8);
	if (n >= 4)
		return same4(p, lower) && same4(p + n - 4, lower + n - 4);
	for (size_t i = 0; i < n; i++)
		if ((p[i] | 0x20) != lower[i])
			return false;
	return true;
}

/**
 * The token at `p` is `lower`, a literal of letters in lower case; that it is as long is known.
 */
#define name_is(p, lower) name_is_((p), "" lower, sizeof(lower) - 1)

static inline const char *
skip_lws(const char *p, const char *end)
{
	return p == end || LIKELY((uint8_t)*p > ' ') ? p : sip_skip_lws(p, end);
}

/** Position behind a quoted string that begins at `p`, or NULL when it does not end. */
static inline const char *
skip_quoted(const char *p, struct bounds b)
{
	const char *stop = find(p + 1, b, '"');

	if (stop == b.end)
		return NULL;
	if (LIKELY(stop[-1] != '\\'))
		/* no escape right before it; one further in front cannot reach it */
		return stop + 1;
	return sip_skip_quoted(p, b.end);
}

/**
 * Step over 1*DIGIT; `*number` saturates to UINT32_MAX. Returns `p` when there is no digit.
 */
static inline const char *
take_number(const char *p, struct bounds b, uint32_t *number)
{
	const char *begin = p;
	uint64_t v = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	/* Up to seven digits at once: as octets, shifted up so that the last digit comes last. */
	if (LIKELY(b.limit - p >= 8)) {
		uint64_t digits, other;
		unsigned int n;

		memcpy(&digits, p, sizeof(digits));
		digits ^= UINT64_C(0x3030303030303030);
		other = ((digits + UINT64_C(0x7676767676767676)) | digits) &
			UINT64_C(0x8080808080808080);
		n = other != 0 ? (unsigned int)__builtin_ctzll(other) / 8 : 8;
		if (n > 0 && n < 8 && p + n <= b.end) {
			digits <<= 64 - 8 * n;
			digits = digits * 10 + (digits >> 8);
			digits = ((digits & UINT64_C(0x000000ff000000ff)) *
					  UINT64_C(0x000f424000000064) +
				  ((digits >> 16) & UINT64_C(0x000000ff000000ff)) *
					  UINT64_C(0x0000271000000001)) >>
				 32;
			*number = (uint32_t)digits;
			return p + n;
		}
	}
#endif
	for (; p < b.end && *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (uint64_t)(*p - '0');
		if (v > UINT32_MAX)
			v = UINT32_MAX;
	}
	if (p > begin)
		*number = (uint32_t)v;
	return p;
}

#endif
