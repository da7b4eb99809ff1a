/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/sequence.h"

#include "sip/field/syntax.h"

/* Take the digits at `p` and the LWS behind them, which is mandatory; NULL without either. */
static const char *
take_number(struct slice value, struct slice *digits)
{
	const char *end = slice_end(value);
	const char *stop = sip_char_span(value.ptr, end, SIP_CHAR_DIGIT);
	const char *p = sip_skip_lws(stop, end);

	*digits = slice_between(value.ptr, stop);
	return p > stop ? p : NULL;
}

bool
sip_cseq_decode(struct slice value, struct sip_cseq *out)
{
	struct slice digits;
	const char *p;

	value = sip_trim(value);
	p = take_number(value, &digits);
	if (p == NULL || !sip_uint(digits, &out->number) || out->number > INT32_MAX)
		return false;
	out->method_text = slice_between(p, slice_end(value));
	out->method = sip_method_find(out->method_text);
	return sip_all(out->method_text, SIP_CHAR_TOKEN);
}

bool
sip_rseq_decode(struct slice value, uint32_t *number)
{
	uint64_t v;

	if (!sip_decimal(sip_trim(value), &v) || v == 0 || v > UINT32_MAX)
		return false;
	*number = (uint32_t)v;
	return true;
}

bool
sip_rack_decode(struct slice value, struct sip_rack *out)
{
	struct slice digits;
	const char *p;

	value = sip_trim(value);
	p = take_number(value, &digits);
	return p != NULL && sip_rseq_decode(digits, &out->rseq) &&
	       sip_cseq_decode(slice_between(p, slice_end(value)), &out->cseq);
}
