/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/contact.h"

#include "sip/quoted.h"

/* 1 to 2^31-1, or absent. */
static bool
id_decode(struct slice text, uint32_t *id)
{
	*id = 0;
	return text.ptr == NULL || (sip_uint(text, id) && *id > 0 && *id <= INT32_MAX);
}

static bool
instance_decode(struct slice quoted, struct slice *instance)
{
	*instance = sip_without_brackets(sip_unquote(quoted));
	return quoted.ptr == NULL || sip_uric_is_valid(*instance);
}

bool
sip_contact_decode(struct slice element, struct sip_contact *contact)
{
	struct slice q, instance, reg_id, flow_id;
	const struct sip_known_param known[] = {
		{ SLICE("q"), SIP_PARAM_TOKEN, &q },
		{ SLICE("expires"), SIP_PARAM_GENERIC, &contact->expires_text },
		{ SLICE("+sip.instance"), SIP_PARAM_QUOTED, &instance },
		{ SLICE("reg-id"), SIP_PARAM_NUMBER, &reg_id },
		{ SLICE("flow-id"), SIP_PARAM_NUMBER, &flow_id },
		{ SLICE("pub-gruu"), SIP_PARAM_QUOTED, &contact->pub_gruu },
		{ SLICE("temp-gruu"), SIP_PARAM_QUOTED, &contact->temp_gruu },
		{ SLICE("gruu"), SIP_PARAM_QUOTED, &contact->gruu },
	};

	memset(contact, 0, sizeof(*contact));
	contact->star = slice_eq(sip_trim(element), SLICE("*"));
	if (contact->star)
		return true;
	if (!sip_party_params_decode(element, known, SIP_COUNT(known), &contact->party))
		return false;
	contact->q = 1000;
	contact->has_expires = sip_uint(contact->expires_text, &contact->expires);
	contact->pub_gruu = sip_unquote(contact->pub_gruu);
	contact->temp_gruu = sip_unquote(contact->temp_gruu);
	contact->gruu = sip_unquote(contact->gruu);
	return (q.ptr == NULL || sip_qvalue_decode(q, &contact->q)) &&
	       instance_decode(instance, &contact->instance) &&
	       id_decode(reg_id, &contact->reg_id) && id_decode(flow_id, &contact->flow_id);
}
