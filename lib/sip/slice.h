/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_SLICE_H
#define SIP_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * A borrowed run of bytes: never owned, never NUL-terminated.
 *
 * ptr == NULL means absent; a non-NULL ptr with len == 0 means present and empty.
 * It lives as long as the buffer it points into.
 */
struct slice {
	const char *ptr;
	size_t len;
};

/* Not for users of the library; found by it without a detour over a table of addresses. */
#define SIP_INTERNAL __attribute__((visibility("hidden")))

/** A slice over a string literal. */
#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })

#define SLICE_ABSENT ((struct slice){ NULL, 0 })

/** `%.*s` arguments for a slice. */
#define SLICE_FMT(s) (int)(s).len, ((s).ptr != NULL ? (s).ptr : "")

static inline struct slice
slice_of(const char *ptr, size_t len)
{
	return (struct slice){ ptr, len };
}

/** A slice over a NUL-terminated string; absent for NULL. */
static inline struct slice
slice_str(const char *s)
{
	return (struct slice){ s, s != NULL ? strlen(s) : 0 };
}

/** The bytes from `begin` up to, but without, `end`. */
static inline struct slice
slice_between(const char *begin, const char *end)
{
	return (struct slice){ begin, (size_t)(end - begin) };
}

static inline const char *
slice_end(struct slice s)
{
	return s.ptr != NULL ? s.ptr + s.len : NULL;
}

/** ASCII lower case, without a locale. */
static inline char
slice_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** Equal without regard to ASCII case (RFC 3261 §7.3.1). */
static inline bool
slice_eq_nocase(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (slice_lower(a.ptr[i]) != slice_lower(b.ptr[i]))
			return false;
	return true;
}

/**
 * Take the bytes before the first `sep` out of `*rest`; `*rest` keeps what follows the separator,
 * or becomes absent when there was none.
 */
static inline struct slice
slice_cut(struct slice *rest, char sep)
{
	struct slice head = *rest;
	const char *at = rest->len > 0 ? memchr(rest->ptr, sep, rest->len) : NULL;

	if (at == NULL) {
		*rest = SLICE_ABSENT;
		return head;
	}
	head.len = (size_t)(at - head.ptr);
	*rest = slice_of(at + 1, rest->len - head.len - 1);
	return head;
}

#endif
