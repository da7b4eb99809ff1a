/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/dialog_id.h"

#include "sip/field/known_param.h"

bool
sip_call_id_is_valid(struct slice text)
{
	struct slice host = text;
	struct slice word = slice_cut(&host, '@');

	return sip_all(word, SIP_CHAR_WORD) && (host.ptr == NULL || sip_all(host, SIP_CHAR_WORD));
}

bool
sip_target_dialog_decode(struct slice value, struct sip_target_dialog *target)
{
	const struct sip_known_param known[] = {
		{ SLICE("local-tag"), SIP_PARAM_TOKEN, &target->local_tag },
		{ SLICE("remote-tag"), SIP_PARAM_TOKEN, &target->remote_tag },
	};

	target->call_id = sip_head_cut(value, &target->params);
	return sip_call_id_is_valid(target->call_id) &&
	       sip_known_params_decode(target->params, known, SIP_COUNT(known)) &&
	       target->local_tag.ptr != NULL && target->remote_tag.ptr != NULL;
}

/* Join has no early-only: there it would be an unknown parameter, which may look like anything. */
static bool
replaces_decode(struct slice value, struct sip_replaces *replaces, struct slice *early_only)
{
	const struct sip_known_param known[] = {
		{ SLICE("to-tag"), SIP_PARAM_TOKEN, &replaces->to_tag },
		{ SLICE("from-tag"), SIP_PARAM_TOKEN, &replaces->from_tag },
		{ SLICE("early-only"), SIP_PARAM_FLAG, early_only },
	};
	size_t count = early_only != NULL ? SIP_COUNT(known) : SIP_COUNT(known) - 1;

	replaces->early_only = false;
	replaces->call_id = sip_head_cut(value, &replaces->params);
	return sip_call_id_is_valid(replaces->call_id) &&
	       sip_known_params_decode(replaces->params, known, count) &&
	       replaces->to_tag.ptr != NULL && replaces->from_tag.ptr != NULL;
}

bool
sip_replaces_decode(struct slice value, struct sip_replaces *replaces)
{
	struct slice early_only;

	if (!replaces_decode(value, replaces, &early_only))
		return false;
	replaces->early_only = early_only.ptr != NULL;
	return true;
}

bool
sip_join_decode(struct slice value, struct sip_replaces *join)
{
	return replaces_decode(value, join, NULL);
}

bool
sip_replaces_tag_matches(struct slice tag, struct slice dialog_tag)
{
	return slice_eq(tag, dialog_tag) || (dialog_tag.len == 0 && slice_eq(tag, SLICE("0")));
}

bool
sip_in_reply_to_next(struct slice *rest, struct slice *call_id)
{
	struct slice behind = *rest;

	if (rest->ptr == NULL)
		return false;
	*call_id = sip_trim(slice_cut(&behind, ','));
	if (!sip_call_id_is_valid(*call_id))
		return false;
	*rest = behind;
	return true;
}
