/* SPDX-License-Identifier: BSD-3-Clause */
/* SipHash-2-4 (Aumasson, Bernstein: SipHash: a fast short-input PRF), little-endian hosts. */
#include "guard/siphash.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are loaded as they lie");

static inline uint64_t
rotl(uint64_t x, unsigned int b)
{
	return x << b | x >> (64 - b);
}

static inline void
sip_round(struct siphash *h)
{
	h->v0 += h->v1;
	h->v2 += h->v3;
	h->v1 = rotl(h->v1, 13) ^ h->v0;
	h->v3 = rotl(h->v3, 16) ^ h->v2;
	h->v0 = rotl(h->v0, 32);
	h->v2 += h->v1;
	h->v0 += h->v3;
	h->v1 = rotl(h->v1, 17) ^ h->v2;
	h->v3 = rotl(h->v3, 21) ^ h->v0;
	h->v2 = rotl(h->v2, 32);
}

static inline void
absorb(struct siphash *h, uint64_t m)
{
	h->v3 ^= m;
	sip_round(h);
	sip_round(h);
	h->v0 ^= m;
}

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
	h->v0 = key.k0 ^ UINT64_C(0x736f6d6570736575);
	h->v1 = key.k1 ^ UINT64_C(0x646f72616e646f6d) ^ (wide ? 0xee : 0);
	h->v2 = key.k0 ^ UINT64_C(0x6c7967656e657261);
	h->v3 = key.k1 ^ UINT64_C(0x7465646279746573);
	h->tail = 0;
	h->length = 0;
}

void
siphash_update(struct siphash *h, const void *data, size_t len)
{
	unsigned int filled = h->length & 7;
	const uint8_t *p = data, *end;
	uint64_t m;

	if (len == 0)
		return;
	end = p + len;

	h->length += len;
	while (filled != 0 && p < end) {
		h->tail |= (uint64_t)*p++ << (8 * filled);
		filled = (filled + 1) & 7;
		if (filled == 0) {
			absorb(h, h->tail);
			h->tail = 0;
		}
	}
	for (; end - p >= 8; p += 8) {
		memcpy(&m, p, 8);
		absorb(h, m);
	}
	for (; p < end; p++, filled++)
		h->tail |= (uint64_t)*p << (8 * filled);
}

static void
finish(struct siphash *h, uint64_t mark)
{
	absorb(h, h->tail | (uint64_t)h->length << 56);
	h->v2 ^= mark;
	for (int i = 0; i < 4; i++)
		sip_round(h);
}

uint64_t
siphash_final(struct siphash *h)
{
	finish(h, 0xff);
	return h->v0 ^ h->v1 ^ h->v2 ^ h->v3;
}

void
siphash_final_wide(struct siphash *h, uint64_t out[2])
{
	finish(h, 0xee);
	out[0] = h->v0 ^ h->v1 ^ h->v2 ^ h->v3;
	h->v1 ^= 0xdd;
	for (int i = 0; i < 4; i++)
		sip_round(h);
	out[1] = h->v0 ^ h->v1 ^ h->v2 ^ h->v3;
}

uint64_t
siphash(struct siphash_key key, const void *data, size_t len)
{
	struct siphash h;

	siphash_init(&h, key, 0);
	siphash_update(&h, data, len);
	return siphash_final(&h);
}
