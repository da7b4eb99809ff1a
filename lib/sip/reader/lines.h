/* SPDX-License-Identifier: BSD-3-Clause */
/** Finds the line ends of a header section, 64 octets at a time. Knows no SIP. */
#ifndef SIP_READER_LINES_H
#define SIP_READER_LINES_H

#include "sip/reader/span.h"

/* Octets that are searched at once, and how many line ends are noted without counting. */
enum { LINES_AHEAD = 1024, LINES_SPARE = 3 };

/**
 * Line ends are noted down for some blocks at a time, and taken from there: whether a block holds a
 * line end, and how many, is what a processor guesses wrong most of all.
 */
struct lines {
	const char *base; /* offsets count from here */
	uint32_t size;    /* octets behind it, at most 65535 */
	uint32_t next;    /* offset of the next block to look at */
	uint32_t count;
	bool odd;       /* a control character that is neither an LF nor right before one */
	uint8_t before; /* what the octet before the block was: BEFORE_LF and the others */
	uint16_t lf[LINES_AHEAD + LINES_SPARE]; /* offsets */
};

enum { BEFORE_LF = 1, BEFORE_CONTROL = 2, BEFORE_FIRST_CONTROL = 4 };

/* LFs and other control characters of a block, a bit for each octet, the lowest for the first. */
struct block {
	uint64_t lf, control;
};

#ifdef SIP_VECTOR

static inline struct block
block_of(const char *p)
{
	vec low = vec_load(p), high = vec_load(p + 32);
	uint64_t lf = vec_eq(low, '\n') | (uint64_t)vec_eq(high, '\n') << 32;
	uint64_t control = vec_control(low) | (uint64_t)vec_control(high) << 32;

	return (struct block){ lf, control & ~lf };
}

#else

/* A bit for each octet of `v` that is 0, the lowest for the one at the lowest address. */
static inline uint64_t
zeros_of(uint64_t v)
{
	const uint64_t low7 = UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t hit = ~(((v & low7) + low7) | v | low7); /* its high bit */

	return (hit >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static inline struct block
block_of(const char *p)
{
	struct block block = { 0, 0 };

	for (unsigned int i = 0; i < 64; i += 8) {
		uint64_t v;

		memcpy(&v, p + i, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		v = __builtin_bswap64(v);
#endif
		block.lf |= zeros_of(v ^ UINT64_C(0x0a0a0a0a0a0a0a0a)) << i;
		block.control |= zeros_of(v & UINT64_C(0xe0e0e0e0e0e0e0e0)) << i;
	}
	block.control &= ~block.lf;
	return block;
}

#endif

static inline struct block
block_at(const char *p, size_t octets)
{
	char last[64];

	if (octets < 64) {
		memset(last, ' ', sizeof(last));
		memcpy(last, p, octets);
		p = last;
	}
	return block_of(p);
}

/* Note down the LFs of the block at `offset`. Returns where to go on. */
static inline uint16_t *
note_lfs(uint16_t *to, uint32_t offset, uint64_t lf)
{
	uint32_t n = (uint32_t)__builtin_popcountll(lf);

	/* seldom are there more; what is written too much is written over */
	for (uint32_t i = 0; i < LINES_SPARE; i++, lf &= lf - 1)
		to[i] = (uint16_t)(offset + lowest(lf));
	for (uint32_t i = LINES_SPARE; i < n; i++, lf &= lf - 1)
		to[i] = (uint16_t)(offset + lowest(lf));
	return to + n;
}

/**
 * Look at the next octets, up to what looks like the empty line or LINES_AHEAD of them, and note
 * their LFs in l->lf. False when all octets have been looked at.
 *
 * An octet below 32 in front of an LF is taken for its CR here. Where it is another one, the line
 * is not empty after all, and the next call goes on behind it.
 */
static bool
lines_look_ahead(struct lines *l)
{
	uint64_t last_lf = (l->before & BEFORE_LF) != 0;
	uint64_t last_control = (l->before & BEFORE_CONTROL) != 0;
	uint64_t last_first = (l->before & BEFORE_FIRST_CONTROL) != 0, odd = 0;
	uint32_t at = l->next, stop = at + LINES_AHEAD;
	uint16_t *to = l->lf;
	uint64_t empty;

	if (stop > l->size)
		stop = l->size;
	if (at == stop)
		return false;
	do {
		struct block block = block_at(l->base + at, l->size - at);
		uint64_t first = block.lf << 1 | last_lf; /* octets that are first of a line */
		uint64_t first_control = block.control & first;

		empty = block.lf & (first | first_control << 1 | last_first);
		if (empty != 0) {
			/* what is behind it is not looked at, or looked at again */
			block.lf &= empty ^ (empty - 1);
			block.control &= empty ^ (empty - 1);
		}
		odd |= (block.control << 1 | last_control) & ~block.lf;
		to = note_lfs(to, at, block.lf);
		last_lf = block.lf >> 63;
		last_control = block.control >> 63;
		last_first = first_control >> 63;
		at += 64;
	} while (empty == 0 && at < stop);
	if (empty != 0) {
		at += lowest(empty) + 1 - 64;
		last_lf = 1;
		last_control = last_first = 0;
	}
	l->count = (uint32_t)(to - l->lf);
	l->odd |= odd != 0;
	l->before = (uint8_t)(last_lf * BEFORE_LF | last_control * BEFORE_CONTROL |
			      last_first * BEFORE_FIRST_CONTROL);
	l->next = at < l->size ? at : l->size;
	return true;
}

static inline void
lines_init(struct lines *l, const char *base, size_t size)
{
	l->base = base;
	l->size = (uint32_t)size;
	l->next = l->count = 0;
	l->odd = false;
	l->before = 0;
}

#endif
