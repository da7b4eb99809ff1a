/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/info.h"

#include "sip/field/known_param.h"

bool
sip_info_decode(struct slice value, struct sip_info *out)
{
	const struct sip_known_param known[] = {
		{ SLICE("purpose"), SIP_PARAM_TOKEN, &out->purpose },
	};

	return sip_enclosed_uri_cut(value, &out->uri, &out->params) &&
	       sip_known_params_decode(out->params, known, SIP_COUNT(known));
}

/* index-val: numbers without leading zeros between dots. */
static bool
index_is_valid(struct slice index)
{
	struct slice rest = index;

	do {
		struct slice number = slice_cut(&rest, '.');

		if (!sip_all(number, SIP_CHAR_DIGIT) || (number.len > 1 && *number.ptr == '0'))
			return false;
	} while (rest.ptr != NULL);
	return true;
}

bool
sip_history_info_decode(struct slice value, struct sip_history_info *out)
{
	const struct sip_known_param known[] = {
		{ SLICE("index"), SIP_PARAM_TOKEN, &out->index },
		{ SLICE("rc"), SIP_PARAM_TOKEN, &out->rc },
		{ SLICE("mp"), SIP_PARAM_TOKEN, &out->mp },
		{ SLICE("np"), SIP_PARAM_TOKEN, &out->np },
	};

	if (!sip_address_decode(value, &out->address) || !out->address.bracketed ||
	    !sip_known_params_decode(out->address.params, known, SIP_COUNT(known)))
		return false;
	for (size_t i = 0; i < SIP_COUNT(known); i++)
		if (known[i].value->ptr != NULL && !index_is_valid(*known[i].value))
			return false;
	return true;
}
