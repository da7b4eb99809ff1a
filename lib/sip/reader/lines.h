/* SPDX-License-Identifier: BSD-3-Clause */
/** Finds line ends, 64 octets at a time. Knows no SIP. */
#ifndef SIP_READER_LINES_H
#define SIP_READER_LINES_H

#include "sip/reader/span.h"

/* Octets that are searched at once, and line ends that they can hold. */
enum { LINES_AHEAD = 1024, LINES_SPARE = 4 };

/**
 * The lines of a header section, up to the empty line at its end.
 *
 * Line ends are noted down for some blocks at a time and taken from there: whether a block holds a
 * line end, and how many, is what a processor guesses wrong most of all.
 */
struct lines {
	const char *base; /* offsets count from here */
	const char *p;    /* behind the last LF taken */
	const char *end;
	const char *block; /* next one to look at; `end` when there is none */
	unsigned int taken, count;
	uint64_t last_lf, last_cr;              /* the octet before the block was one: 0 or 1 */
	uint64_t last_empty_cr;                 /* it was a CR and first of its line */
	unsigned int crs, crlfs;                /* how many there were */
	uint16_t lf[LINES_AHEAD + LINES_SPARE]; /* not yet taken: [taken, count) */
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

static inline unsigned int
lowest(uint64_t mask)
{
	return mask != 0 ? (unsigned int)__builtin_ctzll(mask) : 64;
}

/* Note down the LFs of one block, `offset` octets from the base. */
static inline void
lines_note(struct lines *l, unsigned int offset, uint64_t lf)
{
	unsigned int n = (unsigned int)__builtin_popcountll(lf);
	uint16_t *to = l->lf + l->count;

	/* seldom are there more; what is written too much is written over */
	for (unsigned int i = 0; i < LINES_SPARE; i++, lf &= lf - 1)
		to[i] = (uint16_t)(offset + lowest(lf));
	for (unsigned int i = LINES_SPARE; i < n; i++, lf &= lf - 1)
		to[i] = (uint16_t)(offset + lowest(lf));
	l->count += n;
}

/* Look at one block. False when the empty line was in it. */
static inline bool
lines_look(struct lines *l)
{
	size_t left = (size_t)(l->end - l->block);
	uint64_t lf, cr, first, empty;
	const char *from = l->block;
	char last[64];

	if (left < 64) {
		memset(last, 0, sizeof(last));
		memcpy(last, from, left);
		from = last;
	}
	lf = block_eq(from, '\n');
	cr = block_eq(from, '\r');
	first = lf << 1 | l->last_lf; /* octets that are the first of a line */
	empty = lf & (first | (cr & first) << 1 | l->last_empty_cr);
	if (empty != 0) {
		uint64_t ours = empty ^ (empty - 1); /* up to the end of the empty line */

		lf &= ours;
		cr &= ours;
	}
	l->crs += (unsigned int)__builtin_popcountll(cr);
	l->crlfs += (unsigned int)__builtin_popcountll(lf & (cr << 1 | l->last_cr));
	lines_note(l, (unsigned int)(l->block - l->base), lf);
	l->last_lf = lf >> 63;
	l->last_cr = cr >> 63;
	l->last_empty_cr = (cr & first) >> 63;
	l->block = left > 64 && empty == 0 ? l->block + 64 : l->end;
	return empty == 0;
}

static void
lines_look_ahead(struct lines *l)
{
	l->taken = l->count = 0;
	for (unsigned int i = 0; i < LINES_AHEAD / 64 && l->block < l->end; i++)
		if (!lines_look(l))
			break;
}

static inline void
lines_init(struct lines *l, const char *p, const char *end)
{
	l->base = l->p = l->block = p;
	l->end = end;
	l->last_lf = l->last_cr = l->last_empty_cr = 0;
	l->crs = l->crlfs = 0;
	lines_look_ahead(l);
}

/** Take one line: [l->p, LF). The position of its LF, or NULL when no LF follows. */
static inline const char *
lines_next(struct lines *l)
{
	const char *lf;

	while (l->taken == l->count) {
		if (l->block == l->end)
			return NULL;
		lines_look_ahead(l);
	}
	lf = l->base + l->lf[l->taken++];
	l->p = lf + 1;
	return lf;
}

/** A CR without its LF stands in the header section. It would be a line end to some. */
static inline bool
lines_had_bare_cr(const struct lines *l)
{
	return l->crs != l->crlfs;
}

#endif
