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
	bool bare_cr;   /* a CR without its LF stood before the empty line */
	uint8_t before; /* what the octet before the block was: BEFORE_LF and the others */
	uint16_t lf[LINES_AHEAD + LINES_SPARE]; /* offsets */
};

enum { BEFORE_LF = 1, BEFORE_CR = 2, BEFORE_FIRST_CR = 4 };

/* The LFs and CRs of a block, a bit for each octet, the lowest for the first. */
struct block {
	uint64_t lf, cr;
};

static inline uint64_t
block_eq(const char *p, char c)
{
#ifdef SIP_VECTOR
	return vec_eq(vec_load(p), c) | (uint64_t)vec_eq(vec_load(p + 32), c) << 32;
#else
	const uint64_t low7 = UINT64_C(0x7f7f7f7f7f7f7f7f);
	const uint64_t all = UINT64_C(0x0101010101010101) * (uint8_t)c;
	uint64_t mask = 0;

	/* The high bit of each octet of `hit` is set where the octet is `c`; gathered into one. */
	for (unsigned int i = 0; i < 64; i += 8) {
		uint64_t v, hit;

		memcpy(&v, p + i, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		v = __builtin_bswap64(v);
#endif
		v ^= all;
		hit = ~(((v & low7) + low7) | v | low7);
		mask |= ((hit >> 7) * UINT64_C(0x0102040810204080) >> 56) << i;
	}
	return mask;
#endif
}

static inline struct block
block_at(const char *p, size_t octets)
{
	char last[64];

	if (octets < 64) {
		memset(last, 0, sizeof(last));
		memcpy(last, p, octets);
		p = last;
	}
	return (struct block){ block_eq(p, '\n'), block_eq(p, '\r') };
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
 * Look at the next octets, up to the empty line or LINES_AHEAD of them, and note their LFs in
 * l->lf. False when all octets have been looked at.
 */
static bool
lines_look_ahead(struct lines *l)
{
	uint64_t last_lf = (l->before & BEFORE_LF) != 0, last_cr = (l->before & BEFORE_CR) != 0;
	uint64_t last_first_cr = (l->before & BEFORE_FIRST_CR) != 0, bare = 0;
	uint32_t at = l->next, stop = at + LINES_AHEAD;
	uint16_t *to = l->lf;

	if (stop > l->size)
		stop = l->size;
	if (at == stop)
		return false;
	while (at < stop) {
		struct block block = block_at(l->base + at, l->size - at);
		uint64_t first = block.lf << 1 | last_lf; /* octets that are first of a line */
		uint64_t first_cr = block.cr & first;
		uint64_t empty = block.lf & (first | first_cr << 1 | last_first_cr);

		if (empty != 0) {
			/* nothing behind it is ours */
			block.lf &= empty ^ (empty - 1);
			block.cr &= empty ^ (empty - 1);
		}
		/* what comes behind a CR has to be an LF */
		bare |= (block.cr << 1 | last_cr) & ~block.lf;
		to = note_lfs(to, at, block.lf);
		last_lf = block.lf >> 63;
		last_cr = block.cr >> 63;
		last_first_cr = first_cr >> 63;
		at = empty != 0 ? l->size : at + 64;
	}
	l->count = (uint32_t)(to - l->lf);
	l->bare_cr |= bare != 0;
	l->before = (uint8_t)(last_lf * BEFORE_LF | last_cr * BEFORE_CR |
			      last_first_cr * BEFORE_FIRST_CR);
	l->next = at < l->size ? at : l->size;
	return true;
}

static inline void
lines_init(struct lines *l, const char *base, size_t size)
{
	l->base = base;
	l->size = (uint32_t)size;
	l->next = l->count = 0;
	l->bare_cr = false;
	l->before = 0;
}

#endif
