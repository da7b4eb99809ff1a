/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/mode.h"

#include "sip/field/known_param.h"
#include "sip/field/scalar.h"

bool
sip_answer_decode(struct slice value, struct sip_answer *answer)
{
	static const char *const modes[] = {
		[SIP_ANSWER_MANUAL] = "Manual",
		[SIP_ANSWER_AUTO] = "Auto",
	};
	static const char *const required[] = {
		[SIP_ANSWER_MANUAL] = "ManualReq",
		[SIP_ANSWER_AUTO] = "AutoReq",
	};
	struct slice require;
	const struct sip_known_param known[] = {
		{ SLICE("require"), SIP_PARAM_FLAG, &require },
	};

	if (!sip_token_cut(value, &answer->mode_text, &answer->params) ||
	    !sip_known_params_decode(answer->params, known, SIP_COUNT(known)))
		return false;
	answer->mode = SIP_WORD_FIND(answer->mode_text, required);
	answer->draft = answer->mode != SIP_ANSWER_OTHER;
	if (!answer->draft)
		answer->mode = SIP_WORD_FIND(answer->mode_text, modes);
	answer->require = answer->draft || require.ptr != NULL;
	return true;
}

bool
sip_alert_mode_decode(struct slice value, enum sip_alert_mode *mode)
{
	static const char *const modes[] = {
		[SIP_ALERT_NORMAL] = "Normal",
		[SIP_ALERT_NULL] = "Null",
	};
	struct slice text;

	if (!sip_token_params_decode(value, &text))
		return false;
	*mode = SIP_WORD_FIND(text, modes);
	return true;
}
