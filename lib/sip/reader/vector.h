/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * What an instruction set has to offer to the reader: SIP_VECTOR octets at once, compared with one
 * octet or with a class of them. The answer is a mask with a bit for each octet, the lowest for the
 * first. Without SIP_VECTOR the reader goes octet by octet (span.h).
 *
 * A class of ASCII octets is a matrix of 16 columns (low half of the octet) and 8 rows (high half).
 * One shuffle fetches the column as a set of rows, another turns the high half into the bit of its
 * row; an octet is in the class when the two meet. An octet above 127 fetches nothing.
 */
#ifndef SIP_READER_VECTOR_H
#define SIP_READER_VECTOR_H

#include "sip/chars.h"

/* sip_char_rows, for the inside of the library. */
extern SIP_INTERNAL const uint8_t sip_char_rows_[SIP_CHAR_CLASSES][16];

/* Number of the lowest bit that is set; 64 when there is none. */
#ifdef __BMI__
#include <immintrin.h>
#define lowest(mask) ((uint32_t)_tzcnt_u64(mask))
#else
static inline uint32_t
lowest(uint64_t mask)
{
	return mask != 0 ? (uint32_t)__builtin_ctzll(mask) : 64;
}
#endif

#if defined(SIP_ISA_AVX2)
#include <immintrin.h>
#define SIP_VECTOR 32

typedef __m256i vec;

static inline vec
vec_load(const char *p)
{
	return _mm256_loadu_si256((const __m256i_u *)(const void *)p);
}

static inline uint32_t
vec_eq(vec v, char c)
{
	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_set1_epi8(c)));
}

static inline uint32_t
vec_outside(vec v, const uint8_t rows[16])
{
	const vec bit = _mm256_broadcastsi128_si256(
		_mm_set_epi8(0, 0, 0, 0, 0, 0, 0, 0, -128, 64, 32, 16, 8, 4, 2, 1));
	vec column =
		_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)(const void *)rows));
	vec high = _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15));
	vec in = _mm256_and_si256(_mm256_shuffle_epi8(column, v), _mm256_shuffle_epi8(bit, high));

	return vec_eq(in, 0);
}

/** Control characters: below 32. */
static inline uint32_t
vec_control(vec v)
{
	vec low = _mm256_min_epu8(v, _mm256_set1_epi8(31));

	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, v));
}

static inline uint32_t
vec_eq_folded(vec v, const char *lower)
{
	vec folded = _mm256_or_si256(v, _mm256_set1_epi8(0x20));

	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(folded, vec_load(lower)));
}

#elif defined(SIP_ISA_SSE42)
#include <nmmintrin.h>
#define SIP_VECTOR 32

typedef struct {
	__m128i half[2];
} vec;

static inline vec
vec_load(const char *p)
{
	const __m128i_u *from = (const __m128i_u *)(const void *)p;

	return (vec){ { _mm_loadu_si128(from), _mm_loadu_si128(from + 1) } };
}

static inline uint32_t
vec_mask(__m128i low, __m128i high)
{
	return (uint32_t)_mm_movemask_epi8(low) | (uint32_t)_mm_movemask_epi8(high) << 16;
}

static inline uint32_t
vec_eq(vec v, char c)
{
	__m128i all = _mm_set1_epi8(c);

	return vec_mask(_mm_cmpeq_epi8(v.half[0], all), _mm_cmpeq_epi8(v.half[1], all));
}

static inline uint32_t
vec_control(vec v)
{
	__m128i most = _mm_set1_epi8(31);

	return vec_mask(_mm_cmpeq_epi8(_mm_min_epu8(v.half[0], most), v.half[0]),
			_mm_cmpeq_epi8(_mm_min_epu8(v.half[1], most), v.half[1]));
}

static inline __m128i
vec_outside_half(__m128i v, __m128i column)
{
	const __m128i bit = _mm_set_epi8(0, 0, 0, 0, 0, 0, 0, 0, -128, 64, 32, 16, 8, 4, 2, 1);
	__m128i high = _mm_and_si128(_mm_srli_epi16(v, 4), _mm_set1_epi8(15));
	__m128i in = _mm_and_si128(_mm_shuffle_epi8(column, v), _mm_shuffle_epi8(bit, high));

	return _mm_cmpeq_epi8(in, _mm_setzero_si128());
}

static inline uint32_t
vec_outside(vec v, const uint8_t rows[16])
{
	__m128i column = _mm_loadu_si128((const __m128i_u *)(const void *)rows);

	return vec_mask(vec_outside_half(v.half[0], column), vec_outside_half(v.half[1], column));
}

static inline uint32_t
vec_eq_folded(vec v, const char *lower)
{
	const __m128i bit = _mm_set1_epi8(0x20);
	vec name = vec_load(lower);

	return vec_mask(_mm_cmpeq_epi8(_mm_or_si128(v.half[0], bit), name.half[0]),
			_mm_cmpeq_epi8(_mm_or_si128(v.half[1], bit), name.half[1]));
}

#elif defined(SIP_ISA_NEON)
#include <arm_neon.h>
#define SIP_VECTOR 32

typedef uint8x16x2_t vec;

static inline vec
vec_load(const char *p)
{
	const uint8_t *from = (const uint8_t *)p;

	return (vec){ { vld1q_u8(from), vld1q_u8(from + 16) } };
}

/* Each octet keeps the bit of its place; three rounds of adding neighbours gather eight in one. */
static inline uint32_t
vec_mask(uint8x16_t low, uint8x16_t high)
{
	static const uint8_t place[16] = {
		1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128
	};
	uint8x16_t bit = vld1q_u8(place);
	uint8x16_t sum = vpaddq_u8(vandq_u8(low, bit), vandq_u8(high, bit));

	sum = vpaddq_u8(sum, sum);
	sum = vpaddq_u8(sum, sum);
	return vgetq_lane_u32(vreinterpretq_u32_u8(sum), 0);
}

static inline uint32_t
vec_eq(vec v, char c)
{
	uint8x16_t all = vdupq_n_u8((uint8_t)c);

	return vec_mask(vceqq_u8(v.val[0], all), vceqq_u8(v.val[1], all));
}

static inline uint32_t
vec_control(vec v)
{
	uint8x16_t space = vdupq_n_u8(' ');

	return vec_mask(vcltq_u8(v.val[0], space), vcltq_u8(v.val[1], space));
}

static inline uint8x16_t
vec_outside_half(uint8x16_t v, uint8x16_t column)
{
	static const uint8_t bits[16] = { 1, 2, 4, 8, 16, 32, 64, 128 };
	uint8x16_t bit = vqtbl1q_u8(vld1q_u8(bits), vshrq_n_u8(v, 4));

	return vceqzq_u8(vandq_u8(vqtbl1q_u8(column, vandq_u8(v, vdupq_n_u8(15))), bit));
}

static inline uint32_t
vec_outside(vec v, const uint8_t rows[16])
{
	uint8x16_t column = vld1q_u8(rows);

	return vec_mask(vec_outside_half(v.val[0], column), vec_outside_half(v.val[1], column));
}

static inline uint32_t
vec_eq_folded(vec v, const char *lower)
{
	uint8x16_t bit = vdupq_n_u8(0x20);
	vec name = vec_load(lower);

	return vec_mask(vceqq_u8(vorrq_u8(v.val[0], bit), name.val[0]),
			vceqq_u8(vorrq_u8(v.val[1], bit), name.val[1]));
}

#endif

#endif
