/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/event.h"

#include "sip/field/known_param.h"

bool
sip_event_type_decode(struct slice text, struct sip_event_type *type)
{
	type->text = sip_trim(text);
	type->templates = type->text;
	type->package = slice_cut(&type->templates, '.');
	return sip_dot_atom_is_valid(type->text);
}

bool
sip_event_decode(struct slice value, struct sip_event *event)
{
	const struct sip_known_param known[] = {
		{ SLICE("id"), SIP_PARAM_TOKEN, &event->id },
	};
	struct slice head = sip_head_cut(value, &event->params);

	return sip_event_type_decode(head, &event->type) &&
	       sip_known_params_decode(event->params, known, SIP_COUNT(known));
}

bool
sip_event_matches(const struct sip_event *a, const struct sip_event *b)
{
	return slice_eq(a->type.text, b->type.text) && (a->id.ptr == NULL) == (b->id.ptr == NULL) &&
	       slice_eq(a->id, b->id);
}

bool
sip_subscription_state_decode(struct slice value, struct sip_subscription_state *state)
{
	static const char *const states[] = {
		[SIP_SUBSTATE_ACTIVE] = "active",
		[SIP_SUBSTATE_PENDING] = "pending",
		[SIP_SUBSTATE_TERMINATED] = "terminated",
	};
	static const char *const reasons[] = {
		[SIP_SUBREASON_DEACTIVATED] = "deactivated",
		[SIP_SUBREASON_PROBATION] = "probation",
		[SIP_SUBREASON_REJECTED] = "rejected",
		[SIP_SUBREASON_TIMEOUT] = "timeout",
		[SIP_SUBREASON_GIVEUP] = "giveup",
		[SIP_SUBREASON_NORESOURCE] = "noresource",
		[SIP_SUBREASON_INVARIANT] = "invariant",
		[SIP_SUBREASON_BADFILTER] = "badfilter",
	};
	struct slice expires, retry_after;
	const struct sip_known_param known[] = {
		{ SLICE("reason"), SIP_PARAM_TOKEN, &state->reason_text },
		{ SLICE("expires"), SIP_PARAM_NUMBER, &expires },
		{ SLICE("retry-after"), SIP_PARAM_NUMBER, &retry_after },
	};

	memset(state, 0, sizeof(*state));
	if (!sip_token_cut(value, &state->text, &state->params) ||
	    !sip_known_params_decode(state->params, known, SIP_COUNT(known)))
		return false;
	state->state = SIP_WORD_FIND(state->text, states);
	state->reason = SIP_WORD_FIND(state->reason_text, reasons);
	state->has_expires = sip_uint(expires, &state->expires);
	state->has_retry_after = sip_uint(retry_after, &state->retry_after);
	return true;
}
