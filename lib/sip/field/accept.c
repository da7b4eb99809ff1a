/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/accept.h"

#include "sip/address.h"
#include "sip/field/known_param.h"

static bool
accept_params_decode(struct slice params, uint16_t *q)
{
	struct slice value;
	const struct sip_known_param known[] = {
		{ SLICE("q"), SIP_PARAM_TOKEN, &value },
	};

	*q = 1000;
	return sip_known_params_decode(params, known, SIP_COUNT(known)) &&
	       (value.ptr == NULL || sip_qvalue_decode(value, q));
}

bool
sip_accept_decode(struct slice value, struct sip_accept *out)
{
	return sip_media_cut(value, &out->type, &out->subtype, &out->params) &&
	       accept_params_decode(out->params, &out->q);
}

bool
sip_accept_covers(const struct sip_accept *range, const struct sip_content_type *ct)
{
	bool any_subtype = slice_eq(range->subtype, SLICE("*"));

	if (slice_eq(range->type, SLICE("*")))
		return any_subtype;
	return slice_eq_nocase(range->type, ct->type) &&
	       (any_subtype || slice_eq_nocase(range->subtype, ct->subtype));
}

bool
sip_accept_encoding_decode(struct slice value, struct sip_accept_word *out)
{
	return sip_token_cut(value, &out->word, &out->params) &&
	       accept_params_decode(out->params, &out->q);
}

bool
sip_accept_language_decode(struct slice value, struct sip_accept_word *out)
{
	out->word = sip_head_cut(value, &out->params);
	return (slice_eq(out->word, SLICE("*")) || sip_language_tag_is_valid(out->word)) &&
	       accept_params_decode(out->params, &out->q);
}

bool
sip_allow_decode(struct slice value, enum sip_method *method, struct slice *text)
{
	*text = sip_trim(value);
	*method = sip_method_find(*text);
	return sip_all(*text, SIP_CHAR_TOKEN);
}
