/* SPDX-License-Identifier: BSD-3-Clause */
/** name-addr and addr-spec with header parameters (RFC 3261 §25.1). */
#ifndef SIP_READER_ADDRESS_H
#define SIP_READER_ADDRESS_H

#include "sip/address.h"
#include "sip/reader/span.h"

/* Step over a value: whatever ends no parameter and no element, or a quoted string. */
static inline const char *
take_param_value(const char *p, struct bounds b, struct slice *value)
{
	const char *begin = p;

	if (p < b.end && *p == '"')
		p = skip_quoted(p, b);
	else
		p = span(p, b, SIP_CHAR_VALUE);
	if (p == NULL || p == begin)
		return NULL;
	*value = slice_between(begin, p);
	return p;
}

/* RFC 3261 §7.3.1 forbids a second one. Some devices send it; the first one counts. */
static inline void
keep_tag(struct sip_address *a, struct slice name, struct slice value)
{
	if (name.len == 3 && name_is(name.ptr, "tag") && a->tag.ptr == NULL)
		a->tag = value;
}

/* Header parameters from the first ';' up to ',' or the end. NULL when malformed. */
static const char *
take_header_params(const char *p, struct bounds b, struct sip_address *a)
{
	const char *begin = p + 1, *last;

	do {
		struct slice name, value = SLICE_ABSENT;
		const char *at = skip_lws(p + 1, b.end);

		p = last = span(at, b, SIP_CHAR_TOKEN);
		name = slice_between(at, p);
		if (name.len == 0)
			return NULL;
		p = skip_lws(p, b.end);
		if (p < b.end && *p == '=') {
			p = last = take_param_value(skip_lws(p + 1, b.end), b, &value);
			if (p == NULL)
				return NULL;
			p = skip_lws(p, b.end);
		}
		keep_tag(a, name, value);
	} while (p < b.end && *p == ';');
	a->params = slice_between(begin, last);
	return p == b.end || *p == ',' ? p : NULL;
}

/* What may follow the URI. */
static inline const char *
take_after_uri(const char *p, struct bounds b, struct sip_address *a)
{
	p = skip_lws(p, b.end);
	if (p == b.end || *p == ',')
		return p;
	return *p == ';' ? take_header_params(p, b, a) : NULL;
}

/* Without <>: the URI may hold neither ';' nor '?' nor ',' of its own (RFC 3261 §20). */
static __attribute__((noinline)) const char *
take_addr_spec(const char *p, struct bounds b, struct sip_address *a)
{
	const char *begin = p;

	p = span(p, b, SIP_CHAR_VALUE);
	a->uri = slice_between(begin, p);
	if (p == begin || memchr(begin, ':', a->uri.len) == NULL)
		return NULL;
	return take_after_uri(p, b, a);
}

/* From '<' on. */
static inline const char *
take_bracketed(const char *p, struct bounds b, struct sip_address *a)
{
	const char *close = find(p, b, '>');

	if (close == b.end || close == p + 1 || sip_char_is(p[1], SIP_CHAR_LWS) ||
	    sip_char_is(close[-1], SIP_CHAR_LWS))
		return NULL;
	a->bracketed = true;
	a->uri = slice_between(p + 1, close);
	return take_after_uri(close + 1, b, a);
}

#ifdef SIP_VECTOR

/* A mask for the 64 octets from `p` on. */
static inline uint64_t
both(uint32_t low, uint32_t high)
{
	return low | (uint64_t)high << 32;
}

/* The first 64 octets of an address. */
struct window {
	vec low, high;
};

/* Where the octets of the window are `c`. */
static inline uint64_t
window_eq(const struct window *w, char c)
{
	return both(vec_eq(w->low, c), vec_eq(w->high, c));
}

/* Where they are not of the class. */
static inline uint64_t
window_outside(const struct window *w, unsigned int class)
{
	const uint8_t *rows = sip_char_rows_[__builtin_ctz(class)];

	return both(vec_outside(w->low, rows), vec_outside(w->high, rows));
}

/* The display name, if there is one. Where '<' has to be, or 64: it is not the usual address. */
static inline uint32_t
take_usual_display(const char *p, const struct window *w, struct sip_address *a)
{
	uint32_t open = 0;

	if (*p == '"') {
		uint64_t quotes = window_eq(w, '"') & ~UINT64_C(1);

		open = lowest(quotes);
		if (quotes == 0 || p[open - 1] == '\\' || open > 60)
			return 64;
		a->display = slice_of(p, open + 1);
		open += p[open + 1] == ' ' ? 2 : 1;
	} else if (*p != '<') {
		uint64_t outside = window_outside(w, SIP_CHAR_DISPLAY);

		open = lowest(outside);
		if (outside == 0 || open < 2 || p[open - 1] != ' ' || p[open - 2] == ' ')
			return 64;
		a->display = slice_of(p, open - 1);
	}
	return p[open] == '<' ? open : 64;
}

/**
 * The usual address: `<URI>`, `"Name" <URI>` or `Name <URI>`, then nothing or `;tag=` and a token,
 * all of it in 64 octets. It is looked at once: each step asks a mask, and none has to wait for
 * octets that the step before has found. NULL for every other one, which take_address() takes.
 */
static inline const char *
take_usual_address(const char *p, struct bounds b, struct sip_address *a)
{
	struct window w;
	uint64_t close;
	uint32_t open, at;
	const char *stop;

	if (b.limit - p < 64)
		return NULL;
	w = (struct window){ vec_load(p), vec_load(p + 32) };
	open = take_usual_display(p, &w, a);
	if (open == 64)
		return NULL;
	close = window_eq(&w, '>') >> open;
	at = open + lowest(close);
	stop = p + at + 1;
	if (close == 0 || stop > b.end || at < open + 2 || (uint8_t)p[open + 1] <= ' ' ||
	    (uint8_t)stop[-2] <= ' ')
		return NULL;
	a->bracketed = true;
	a->uri = slice_between(p + open + 1, stop - 1);
	if (stop == b.end)
		return stop;
	if (at < 58 && stop[0] == ';' && same4(stop + 1, "tag=") && stop[4] == '=') {
		uint64_t outside = window_outside(&w, SIP_CHAR_TOKEN);

		at += 6;
		outside >>= at;
		a->tag = slice_of(p + at, lowest(outside));
		if (outside != 0 && a->tag.len > 0 && p + at + a->tag.len == b.end) {
			a->params = slice_between(stop + 1, b.end);
			return b.end;
		}
	}
	return NULL;
}

#else

static inline const char *
take_usual_address(const char *p, struct bounds b, struct sip_address *a)
{
	(void)p, (void)b, (void)a;
	return NULL;
}

#endif

/**
 * Take one element of a list. Returns the position of the ',' behind it, or the end; NULL when it
 * is malformed. See sip_address_decode(): the URI itself is not read.
 */
static const char *
take_address(const char *p, struct bounds b, struct sip_address *a)
{
	const char *begin, *behind;

	memset(a, 0, sizeof(*a));
	begin = p = skip_lws(p, b.end);
	if (p == b.end)
		return NULL;
	if (*p == '<')
		behind = p;
	else if (*p == '"')
		behind = skip_quoted(p, b);
	else
		behind = span(p, b, SIP_CHAR_DISPLAY);
	if (behind == NULL)
		return NULL;
	p = skip_lws(behind, b.end);
	if (p == b.end || *p != '<')
		return *begin == '"' ? NULL : take_addr_spec(begin, b, a);
	/* of a display name without quotes the white space before '<' is no part */
	a->display = sip_trim(slice_between(begin, behind));
	return take_bracketed(p, b, a);
}

#endif
