/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_WRITER_H
#define SIP_WRITER_H

#include "sip/slice.h"

/**
 * Appends text to a buffer that somebody else owns. What does not fit is left out and remembered,
 * and so is a value that may not stand where it was put (sip/escape.h, sip/build.h,
 * sip/field/date.h): look once, at the end. The functions of this file write what they are given.
 */
struct sip_writer {
	char *begin;
	char *p;
	char *end;
	bool overflow;
	bool refused; /* a value was not written: it cannot be, or would be read as another */
};

static inline void
sip_writer_init(struct sip_writer *w, char *buffer, size_t size)
{
	*w = (struct sip_writer){ buffer, buffer, buffer + size, false, false };
}

static inline void
sip_put(struct sip_writer *w, struct slice s)
{
	if ((size_t)(w->end - w->p) < s.len) {
		w->overflow = true;
		return;
	}
	if (s.len > 0)
		memcpy(w->p, s.ptr, s.len);
	w->p += s.len;
}

static inline void
sip_put_char(struct sip_writer *w, char c)
{
	sip_put(w, slice_of(&c, 1));
}

#define SIP_PUT(w, literal) sip_put((w), SLICE(literal))

/** Decimal, without sign or leading zeros. */
static inline void
sip_put_uint(struct sip_writer *w, uint64_t v)
{
	char digits[20];
	size_t n = sizeof(digits);

	do {
		digits[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	sip_put(w, slice_of(digits + n, sizeof(digits) - n));
}

/** `digits` hexadecimal digits of `v`, most significant first, lower case. */
static inline void
sip_put_hex(struct sip_writer *w, uint64_t v, unsigned int digits)
{
	for (unsigned int i = digits; i-- > 0;)
		sip_put_char(w, "0123456789abcdef"[(v >> (4 * i)) & 15]);
}

/** What was written; absent after an overflow or a refused value. */
static inline struct slice
sip_written(const struct sip_writer *w)
{
	return w->overflow || w->refused ? SLICE_ABSENT : slice_between(w->begin, w->p);
}

#endif
