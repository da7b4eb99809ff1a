/* SPDX-License-Identifier: BSD-3-Clause */
/** Finds line ends, 64 octets at a time. Knows no SIP. */
#ifndef SIP_READER_LINES_H
#define SIP_READER_LINES_H

#include "sip/reader/span.h"

/**
 * The block of 64 octets that is being looked at: bits for the LFs not yet taken, and for the CRs
 * without an LF behind them. `p` is behind the last LF taken.
 */
struct lines {
	const char *p;
	const char *end;
	const char *block;
	uint64_t lf;
	uint64_t bare_cr;
	bool cr_at_edge;  /* the last octet of the block was a CR */
	bool bare_before; /* a bare CR in an earlier block */
};

static inline uint64_t
block_eq(const char *p, char c)
{
#ifdef SIP_VECTOR
	return vec_eq(vec_load(p), c) | (uint64_t)vec_eq(vec_load(p + 32), c) << 32;
#else
	uint64_t mask = 0;

	for (unsigned int i = 0; i < 64; i++)
		mask |= (uint64_t)(p[i] == c) << i;
	return mask;
#endif
}

static inline void
lines_look(struct lines *l)
{
	size_t left = (size_t)(l->end - l->block);
	const char *from = l->block;
	char last[64];
	uint64_t cr;

	if (left < 64) {
		memset(last, 0, sizeof(last));
		memcpy(last, from, left);
		from = last;
	}
	l->lf = block_eq(from, '\n');
	cr = block_eq(from, '\r');
	l->bare_before |= l->cr_at_edge && (l->lf & 1) == 0;
	/* a CR in the last octet is judged with the next block */
	l->bare_cr = cr & ~(l->lf >> 1) & ~(UINT64_C(1) << 63);
	l->cr_at_edge = cr >> 63;
}

static inline void
lines_init(struct lines *l, const char *p, const char *end)
{
	*l = (struct lines){ .p = p, .end = end, .block = p };
	lines_look(l);
}

/** Take one line: [l->p, LF). The position of its LF, or NULL when no LF follows. */
static inline const char *
lines_next(struct lines *l)
{
	const char *lf;

	while (l->lf == 0) {
		l->bare_before |= l->bare_cr != 0;
		if (l->end - l->block <= 64)
			return NULL;
		l->block += 64;
		lines_look(l);
	}
	lf = l->block + __builtin_ctzll(l->lf);
	l->lf &= l->lf - 1;
	l->p = lf + 1;
	return lf;
}

/** A CR without its LF stands in what has been taken. It would be a line end to some. */
static inline bool
lines_had_bare_cr(const struct lines *l)
{
	size_t taken = (size_t)(l->p - l->block);

	/* the last octet taken is an LF, so that no CR waits at the edge */
	return l->bare_before || (taken > 0 && (l->bare_cr << (64 - taken)) != 0);
}

#endif
