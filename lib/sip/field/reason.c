/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/reason.h"

#include "sip/field/known_param.h"
#include "sip/uri.h"

bool
sip_reason_decode(struct slice value, struct sip_reason *out)
{
	static const char *const protocols[SIP_REASON_COUNT] = {
		[SIP_REASON_SIP] = "SIP",
		[SIP_REASON_Q850] = "Q.850",
	};
	struct slice cause;
	const struct sip_known_param known[] = {
		{ SLICE("cause"), SIP_PARAM_NUMBER, &cause },
		{ SLICE("text"), SIP_PARAM_QUOTED, &out->text },
	};

	if (!sip_token_cut(value, &out->protocol_text, &out->params) ||
	    !sip_known_params_decode(out->params, known, SIP_COUNT(known)))
		return false;
	out->protocol = SIP_WORD_FIND(out->protocol_text, protocols);
	out->cause = 0;
	out->has_cause = sip_uint(cause, &out->cause);
	return true;
}

/* Take what comes before white space, and that white space, of which there has to be some. */
static bool
take_word(struct slice *rest, struct slice *word)
{
	const char *p = rest->ptr, *end = slice_end(*rest), *behind;

	while (p < end && !sip_char_is(*p, SIP_CHAR_LWS))
		p++;
	*word = slice_between(rest->ptr, p);
	behind = sip_skip_lws(p, end);
	*rest = slice_between(behind, end);
	return behind > p;
}

bool
sip_warning_decode(struct slice value, struct sip_warning *out)
{
	struct slice rest = sip_trim(value), digits, host;
	uint32_t code;
	uint16_t port;

	if (!take_word(&rest, &digits) || digits.len != 3 || !sip_uint(digits, &code) ||
	    !take_word(&rest, &out->agent))
		return false;
	out->code = (uint16_t)code;
	out->text = rest;
	return (sip_all(out->agent, SIP_CHAR_TOKEN) ||
		sip_hostport_decode(out->agent, &host, &port)) &&
	       sip_quoted_is_valid(out->text);
}
