/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/refer.h"

#include "sip/quoted.h"

bool
sip_refer_to_decode(struct slice value, struct sip_party *target)
{
	return sip_party_decode(value, target);
}

bool
sip_referred_by_decode(struct slice value, struct sip_referred_by *referred_by)
{
	const struct sip_known_param known = { SLICE("cid"), SIP_PARAM_QUOTED, &referred_by->cid };

	if (!sip_party_params_decode(value, &known, 1, &referred_by->referrer))
		return false;
	referred_by->cid = sip_unquote(referred_by->cid);
	return referred_by->cid.ptr == NULL || sip_clean_msg_id_is_valid(referred_by->cid);
}

bool
sip_refer_sub_decode(struct slice value, bool *subscribe)
{
	struct slice text = sip_trim(value);
	const char *end = slice_end(text);
	const char *p = sip_char_span(text.ptr, end, SIP_CHAR_TOKEN);
	struct slice word = slice_between(text.ptr, p);

	if (p < end && *p != ';' && !sip_char_is(*p, SIP_CHAR_LWS))
		return false;
	*subscribe = slice_eq_nocase(word, SLICE("true"));
	return *subscribe || slice_eq_nocase(word, SLICE("false"));
}
