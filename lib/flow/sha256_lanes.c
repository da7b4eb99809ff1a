/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/sha256_lanes.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define SHA_TARGET __attribute__((target("sha,sse4.1")))
#define SHA_INLINE static inline SHA_TARGET __attribute__((always_inline))

/* FIPS 180-4 §4.2.2 */
static const uint32_t constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

bool
sha256_lanes_usable(void)
{
	unsigned int a, b, c, d, features;

	if (__get_cpuid(1, &a, &b, &features, &d) == 0 || (features & bit_SSE4_1) == 0 ||
	    (features & bit_SSSE3) == 0)
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

/* The instructions want the eight words of a state as ABEF and CDGH. */
struct lanes {
	__m128i abef[SHA256_LANES], cdgh[SHA256_LANES];
	__m128i word[SHA256_LANES][4]; /* the last 16 of the message schedule */
};

/* Rounds 4*i to 4*i+3 in all lanes; after inlining `i` is a constant and nothing is in memory. */
SHA_INLINE void
four_rounds(struct lanes *l, const uint8_t *const block[SHA256_LANES], int i)
{
	const __m128i big = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	const __m128i k = _mm_load_si128((const __m128i *)(constants + 4 * i));

	for (int s = 0; s < SHA256_LANES; s++) {
		__m128i *w = &l->word[s][i & 3], m;

		if (i < 4) {
			m = _mm_loadu_si128((const __m128i *)(block[s] + 16 * i));
			*w = _mm_shuffle_epi8(m, big);
		} else {
			__m128i last = l->word[s][(i + 3) & 3];

			m = _mm_alignr_epi8(last, l->word[s][(i + 2) & 3], 4);
			m = _mm_add_epi32(_mm_sha256msg1_epu32(*w, l->word[s][(i + 1) & 3]), m);
			*w = _mm_sha256msg2_epu32(m, last);
		}
		m = _mm_add_epi32(*w, k);
		l->cdgh[s] = _mm_sha256rnds2_epu32(l->cdgh[s], l->abef[s], m);
		l->abef[s] =
			_mm_sha256rnds2_epu32(l->abef[s], l->cdgh[s], _mm_shuffle_epi32(m, 0x0e));
	}
}

SHA_INLINE void
load_state(const uint32_t *state, __m128i *abef, __m128i *cdgh)
{
	__m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
	__m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);

	*abef = _mm_alignr_epi8(badc, hgfe, 8);
	*cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);
}

SHA_INLINE void
store_state(uint32_t *state, __m128i abef, __m128i cdgh)
{
	__m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);

	_mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

SHA_TARGET void
sha256_lanes(uint32_t *const state[SHA256_LANES], const uint8_t *const block[SHA256_LANES])
{
	struct lanes l;

	for (int s = 0; s < SHA256_LANES; s++)
		load_state(state[s], &l.abef[s], &l.cdgh[s]);
	four_rounds(&l, block, 0), four_rounds(&l, block, 1), four_rounds(&l, block, 2);
	four_rounds(&l, block, 3), four_rounds(&l, block, 4), four_rounds(&l, block, 5);
	four_rounds(&l, block, 6), four_rounds(&l, block, 7), four_rounds(&l, block, 8);
	four_rounds(&l, block, 9), four_rounds(&l, block, 10), four_rounds(&l, block, 11);
	four_rounds(&l, block, 12), four_rounds(&l, block, 13), four_rounds(&l, block, 14);
	four_rounds(&l, block, 15);
	for (int s = 0; s < SHA256_LANES; s++) {
		__m128i abef, cdgh;

		load_state(state[s], &abef, &cdgh);
		store_state(state[s], _mm_add_epi32(abef, l.abef[s]),
			    _mm_add_epi32(cdgh, l.cdgh[s]));
	}
}

#else

bool
sha256_lanes_usable(void)
{
	return false;
}

void
sha256_lanes(uint32_t *const state[SHA256_LANES], const uint8_t *const block[SHA256_LANES])
{
	(void)state, (void)block;
}

#endif
