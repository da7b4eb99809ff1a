/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/product.h"

#include "sip/field/syntax.h"

/* token [ SLASH token ]; the position behind it, or NULL. */
static const char *
take_product(const char *p, const char *end, struct sip_product *out)
{
	const char *stop = sip_char_span(p, end, SIP_CHAR_TOKEN), *slash;

	out->name = slice_between(p, stop);
	if (stop == p)
		return NULL;
	slash = sip_skip_lws(stop, end);
	if (slash == end || *slash != '/')
		return stop;
	p = sip_skip_lws(slash + 1, end);
	stop = sip_char_span(p, end, SIP_CHAR_TOKEN);
	out->version = slice_between(p, stop);
	return stop > p ? stop : NULL;
}

bool
sip_product_next(struct slice *rest, struct sip_product *out)
{
	struct slice text = sip_trim(*rest);
	const char *p = text.ptr, *end = slice_end(text), *next;

	memset(out, 0, sizeof(*out));
	if (text.len == 0)
		return false;
	if (*p == '(') {
		next = sip_skip_comment(p, end);
		if (next == NULL)
			return false;
		out->comment = slice_between(p, next);
	} else {
		next = take_product(p, end, out);
		if (next == NULL ||
		    (next < end && *next != '(' && !sip_char_is(*next, SIP_CHAR_LWS)))
			return false;
	}
	*rest = next < end ? slice_between(next, end) : SLICE_ABSENT;
	return true;
}
