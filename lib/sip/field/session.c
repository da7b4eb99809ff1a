/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/session.h"

#include "sip/field/known_param.h"

bool
sip_session_expires_decode(struct slice value, struct sip_session_expires *out)
{
	static const char *const refreshers[] = {
		[SIP_REFRESHER_UAC] = "uac",
		[SIP_REFRESHER_UAS] = "uas",
	};
	struct slice refresher;
	const struct sip_known_param known[] = {
		{ SLICE("refresher"), SIP_PARAM_TOKEN, &refresher },
	};

	if (!sip_uint(sip_head_cut(value, &out->params), &out->seconds) ||
	    !sip_known_params_decode(out->params, known, SIP_COUNT(known)))
		return false;
	out->refresher = SIP_WORD_FIND(refresher, refreshers);
	return refresher.ptr == NULL || out->refresher != SIP_REFRESHER_NONE;
}

bool
sip_min_se_decode(struct slice value, uint32_t *seconds)
{
	struct slice params;

	return sip_uint(sip_head_cut(value, &params), seconds) &&
	       sip_generic_params_are_valid(params);
}

/* sess-uuid or null: lower case only. */
static bool
uuid_is_valid(struct slice s)
{
	return s.len == SIP_SESSION_UUID_LEN && sip_lower_hex_is_valid(s);
}

bool
sip_session_id_decode(struct slice value, struct sip_session_id *out)
{
	const struct sip_known_param known[] = {
		{ SLICE("remote"), SIP_PARAM_TOKEN, &out->remote },
	};

	out->local = sip_head_cut(value, &out->params);
	return uuid_is_valid(out->local) &&
	       sip_known_params_decode(out->params, known, SIP_COUNT(known)) &&
	       (out->remote.ptr == NULL || uuid_is_valid(out->remote));
}

bool
sip_session_uuid_is_nil(struct slice uuid)
{
	return slice_eq(uuid, SLICE("00000000000000000000000000000000"));
}

bool
sip_user_to_user_decode(struct slice value, struct sip_user_to_user *out)
{
	const struct sip_known_param known[] = {
		{ SLICE("purpose"), SIP_PARAM_TOKEN, &out->purpose },
		{ SLICE("content"), SIP_PARAM_TOKEN, &out->content },
		{ SLICE("encoding"), SIP_PARAM_TOKEN, &out->encoding },
	};

	return sip_word_cut(value, &out->data, &out->params) &&
	       sip_known_params_decode(out->params, known, SIP_COUNT(known));
}
