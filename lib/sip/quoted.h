/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Quoted strings (RFC 3261 §25.1). The inside of one is the text between its two quotes: see
 * sip_unquote().
 */
#ifndef SIP_QUOTED_H
#define SIP_QUOTED_H

#include "sip/slice.h"

/**
 * Position behind a quoted string that begins at `p` (where *p == '"'), or NULL when it does not
 * end before `end` or holds what the grammar keeps out: control characters, an escaped CR or LF.
 * Every octet above 127 passes for UTF8-NONASCII. White space and folds are legal.
 */
const char *sip_quoted_skip(const char *p, const char *end);

/** One quoted string, its quotes included, that fills `text`. */
static inline bool
sip_quoted_is_valid(struct slice text)
{
	return text.len > 0 && text.ptr[0] == '"' &&
	       sip_quoted_skip(text.ptr, slice_end(text)) == slice_end(text);
}

/**
 * The text of a quoted string without its quotes: `"<urn:x>"` gives `<urn:x>`. Escapes stay.
 * Any other text is returned as it is.
 */
struct slice sip_unquote(struct slice text);

/**
 * The inside of a quoted string stands for itself, octet for octet: no quoted-pair, no fold.
 */
static inline bool
sip_quoted_is_literal(struct slice inside)
{
	return inside.len == 0 || (memchr(inside.ptr, '\\', inside.len) == NULL &&
				   memchr(inside.ptr, '\n', inside.len) == NULL &&
				   memchr(inside.ptr, '\r', inside.len) == NULL);
}

/**
 * Take the next run of what the inside of a quoted string stands for, as sip_quoted_decode() says,
 * out of `*rest`; the pieces together are the whole. False at the end, where `*rest` is empty, and
 * for a backslash with nothing behind it, where it is not. `*rest` must not be absent.
 */
bool sip_quoted_next(struct slice *rest, struct slice *piece);

/**
 * Decode the inside of a quoted string into `out` (`size` octets): quoted-pairs become the
 * character they stand for, a fold with the white space around it one SP (RFC 3261 §25.1: it has
 * "the same semantics as SP"). Other white space stays as it is; Digest hashes it.
 *
 * The result lies in `out`, never longer than `inside`, without a NUL. Absent when it does not fit
 * or a backslash has nothing behind it.
 */
struct slice sip_quoted_decode(struct slice inside, char *out, size_t size);

/**
 * Whether the inside of a quoted string, decoded as by sip_quoted_decode(), is `plain`, with
 * regard to case. An absent slice equals nothing.
 */
bool sip_quoted_eq(struct slice inside, struct slice plain);

#endif
