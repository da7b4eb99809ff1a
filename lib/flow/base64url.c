/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/base64url.h"

#if defined(__SSSE3__)
#include <immintrin.h>
#endif

#define LETTERS_AND_NUMBERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* RFC 4648 §5 and §4: they differ in the last two digits. */
static const char url_digits[] = LETTERS_AND_NUMBERS "-_";
static const char standard_digits[] = LETTERS_AND_NUMBERS "+/";

/* Set in the value of a character that is no digit of this alphabet. */
enum { NOT_STANDARD = 0x40, NOT_URL = 0x80 };

static const uint8_t values[256] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbe, 0xff, 0x7e, 0xff, 0xbf,
	0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e,
	0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0xff, 0xff, 0xff, 0xff, 0x7f,
	0xff, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
	0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

#if defined(__SSSE3__)

/* 12 octets become 16 digits; 16 octets are read. */
static inline void
encode_vector(const char *digits, const uint8_t *in, char *out)
{
	const __m128i spread = _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
	/* What to add to a value: its digit is in one of six runs. */
	const __m128i shift = _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
		'0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, (char)(digits[62] - 62),
		(char)(digits[63] - 63), 'A', 0, 0);
	__m128i v = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)in), spread), run, upper;

	/* The 1st and 3rd, then the 2nd and 4th value of each three octets, to an octet each. */
	v = _mm_or_si128(
		_mm_mulhi_epu16(_mm_and_si128(v, _mm_set1_epi32(0x0fc0fc00)), _mm_set1_epi32(0x04000040)),
		_mm_mullo_epi16(_mm_and_si128(v, _mm_set1_epi32(0x003f03f0)), _mm_set1_epi32(0x01000010)));
	run = _mm_subs_epu8(v, _mm_set1_epi8(51));
	upper = _mm_and_si128(_mm_cmpgt_epi8(_mm_set1_epi8(26), v), _mm_set1_epi8(13));
	run = _mm_or_si128(run, upper);
	_mm_storeu_si128((__m128i *)out, _mm_add_epi8(v, _mm_shuffle_epi8(shift, run)));
}

/* Where `v` is between the two, both among them: `shift`; elsewhere 0. */
static inline __m128i
in_run(__m128i v, char first, char last, char shift, __m128i *seen)
{
	__m128i in = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(first - 1))),
				   _mm_cmpgt_epi8(_mm_set1_epi8((char)(last + 1)), v));

	*seen = _mm_or_si128(*seen, in);
	return _mm_and_si128(in, _mm_set1_epi8(shift));
}

/* 16 digits become 12 octets; 16 are written. False if one is no digit. */
static inline bool
decode_vector(const char *digits, const uint8_t *in, uint8_t *out)
{
	const __m128i order =
		_mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
	__m128i v = _mm_loadu_si128((const __m128i *)in), shift, seen = _mm_setzero_si128();

	shift = in_run(v, 'A', 'Z', -'A', &seen);
	shift = _mm_or_si128(shift, in_run(v, 'a', 'z', 26 - 'a', &seen));
	shift = _mm_or_si128(shift, in_run(v, '0', '9', 52 - '0', &seen));
	shift = _mm_or_si128(shift, in_run(v, digits[62], digits[62], (char)(62 - digits[62]), &seen));
	shift = _mm_or_si128(shift, in_run(v, digits[63], digits[63], (char)(63 - digits[63]), &seen));
	v = _mm_maddubs_epi16(_mm_add_epi8(v, shift), _mm_set1_epi32(0x01400140));
	v = _mm_madd_epi16(v, _mm_set1_epi32(0x00011000));
	_mm_storeu_si128((__m128i *)out, _mm_shuffle_epi8(v, order));
	return _mm_movemask_epi8(seen) == 0xffff;
}

#endif

/* Returns the end of the text. */
static inline char *
encode(const char *digits, const uint8_t *in, size_t len, char *out)
{
#if defined(__SSSE3__)
	for (; len >= 16; in += 12, len -= 12, out += 16)
		encode_vector(digits, in, out);
#endif
	for (; len >= 3; in += 3, len -= 3, out += 4) {
		uint32_t bits = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

		out[0] = digits[bits >> 18];
		out[1] = digits[bits >> 12 & 63];
		out[2] = digits[bits >> 6 & 63];
		out[3] = digits[bits & 63];
	}
	if (len == 0)
		return out;
	*out++ = digits[in[0] >> 2];
	if (len == 1) {
		*out++ = digits[in[0] << 4 & 63];
		return out;
	}
	*out++ = digits[(in[0] << 4 | in[1] >> 4) & 63];
	*out++ = digits[in[1] << 2 & 63];
	return out;
}

/* `text` has the right length; `bad`: which values are no digits. */
static inline bool
decode(const char *digits, const char *text, uint8_t *out, size_t len, uint32_t bad)
{
	const uint8_t *p = (const uint8_t *)text;
	uint32_t seen = 0, spare = 0;
	bool good = true;

#if defined(__SSSE3__)
	for (; len >= 16; p += 16, len -= 12, out += 12)
		good &= decode_vector(digits, p, out);
#else
	(void)digits;
#endif
	for (; len >= 3; p += 4, len -= 3, out += 3) {
		uint32_t a = values[p[0]], b = values[p[1]], c = values[p[2]], d = values[p[3]];
		uint32_t bits = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63);

		seen |= a | b | c | d;
		out[0] = (uint8_t)(bits >> 16);
		out[1] = (uint8_t)(bits >> 8);
		out[2] = (uint8_t)bits;
	}
	if (len > 0) {
		uint32_t a = values[p[0]], b = values[p[1]], c = len == 2 ? values[p[2]] : 0;
		uint32_t bits = (a & 63) << 12 | (b & 63) << 6 | (c & 63);

		seen |= a | b | c;
		spare = len == 2 ? bits & 3 : bits >> 6 & 15;
		out[0] = (uint8_t)(bits >> 10);
		if (len == 2)
			out[1] = (uint8_t)(bits >> 2);
	}
	return good && (seen & bad) == 0 && spare == 0;
}

void
base64url_encode(const uint8_t *in, size_t len, char *out)
{
	encode(url_digits, in, len, out);
}

bool
base64url_decode(struct slice text, uint8_t *out, size_t len)
{
	return text.len == BASE64URL_LEN(len) && decode(url_digits, text.ptr, out, len, NOT_URL);
}

void
base64_encode(const uint8_t *in, size_t len, char *out)
{
	char *end = out + BASE64_LEN(len);

	out = encode(standard_digits, in, len, out);
	while (out < end)
		*out++ = '=';
}

bool
base64_decode(struct slice text, uint8_t *out, size_t len)
{
	if (text.len != BASE64_LEN(len))
		return false;
	for (size_t i = BASE64URL_LEN(len); i < text.len; i++)
		if (text.ptr[i] != '=')
			return false;
	return decode(standard_digits, text.ptr, out, len, NOT_STANDARD);
}
