/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/geolocation.h"

#include "sip/field/known_param.h"

bool
sip_location_decode(struct slice element, struct sip_location *location)
{
	struct slice rest, scheme;

	if (!sip_enclosed_uri_cut(element, &location->uri, &location->params) ||
	    !sip_generic_params_are_valid(location->params))
		return false;
	rest = location->uri;
	scheme = slice_cut(&rest, ':');
	location->content_id = slice_eq_nocase(scheme, SLICE("cid")) ? rest : SLICE_ABSENT;
	return true;
}

bool
sip_location_routing_decode(struct slice value, enum sip_location_routing *routing)
{
	static const char *const words[] = {
		[SIP_LOCATION_ROUTING_NO] = "no",
		[SIP_LOCATION_ROUTING_YES] = "yes",
	};
	struct slice argument = sip_trim(value);
	struct slice name = sip_trim(slice_cut(&argument, '='));

	*routing = SIP_LOCATION_ROUTING_OTHER;
	if (argument.ptr == NULL)
		*routing = SIP_WORD_FIND(name, words);
	return sip_generic_param_is_valid(name, sip_trim(argument));
}

bool
sip_location_error_decode(struct slice value, struct sip_location_error *error)
{
	const struct sip_known_param known[] = {
		{ SLICE("code"), SIP_PARAM_QUOTED, &error->text },
	};
	struct slice code = sip_head_cut(value, &error->params);
	uint32_t number;

	if (code.len > 3 || !sip_uint(code, &number))
		return false;
	error->code = (uint16_t)number;
	return sip_known_params_decode(error->params, known, SIP_COUNT(known));
}
