/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/p_charging.h"

#include "sip/field/known_param.h"
#include "sip/param.h"

bool
sip_p_charging_vector_decode(struct slice value, struct sip_p_charging_vector *vector)
{
	const struct sip_known_param known[] = {
		{ SLICE("icid-value"), SIP_PARAM_GENERIC, &vector->icid },
		{ SLICE("icid-generated-at"), SIP_PARAM_HOST, &vector->icid_generated_at },
		{ SLICE("orig-ioi"), SIP_PARAM_GENERIC, &vector->orig_ioi },
		{ SLICE("term-ioi"), SIP_PARAM_GENERIC, &vector->term_ioi },
		{ SLICE("transit-ioi"), SIP_PARAM_QUOTED, &vector->transit_ioi },
		{ SLICE("related-icid"), SIP_PARAM_GENERIC, &vector->related_icid },
		{ SLICE("related-icid-generated-at"), SIP_PARAM_HOST,
		  &vector->related_icid_generated_at },
	};

	return sip_first_param_is(value, SLICE("icid-value"), &vector->params) &&
	       sip_known_params_decode(value, known, SIP_COUNT(known));
}

/* ALPHA *(ALPHA / DIGIT); operators write domain names, too, so a token it is. */
bool
sip_transit_ioi_next(struct slice *rest, struct sip_transit_ioi *ioi)
{
	struct slice behind = *rest, one;
	size_t dot;

	if (rest->ptr == NULL)
		return false;
	one = sip_trim(slice_cut(&behind, ','));
	*ioi = (struct sip_transit_ioi){ SLICE_ABSENT, 0 };
	if (!slice_eq_nocase(one, SLICE("void"))) {
		for (dot = one.len; dot > 0 && one.ptr[dot - 1] != '.'; dot--)
			;
		if (dot == 0)
			return false;
		ioi->name = slice_of(one.ptr, dot - 1);
		if (!sip_all(ioi->name, SIP_CHAR_TOKEN) ||
		    !sip_uint(slice_of(one.ptr + dot, one.len - dot), &ioi->index))
			return false;
	}
	*rest = behind;
	return true;
}

bool
sip_charging_address_next(struct slice *rest, struct sip_charging_address *address)
{
	static const char *const functions[] = {
		[SIP_CHARGING_CCF] = "ccf",
		[SIP_CHARGING_ECF] = "ecf",
		[SIP_CHARGING_CCF_2] = "ccf-2",
		[SIP_CHARGING_ECF_2] = "ecf-2",
	};
	struct slice behind = *rest;

	if (!sip_param_next(&behind, &address->function_text, &address->value) ||
	    !sip_generic_param_is_valid(address->function_text, address->value))
		return false;
	address->function = SIP_WORD_FIND(address->function_text, functions);
	if (address->function != SIP_CHARGING_OTHER && address->value.ptr == NULL)
		return false;
	*rest = behind;
	return true;
}
