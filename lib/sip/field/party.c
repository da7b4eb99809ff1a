/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/party.h"

#include "sip/quoted.h"

bool
sip_party_params_decode(struct slice value, const struct sip_known_param *known, size_t count,
			struct sip_party *party)
{
	return sip_address_decode(value, &party->address) &&
	       sip_known_params_decode(party->address.params, known, count) &&
	       sip_uri_decode(party->address.uri, &party->uri);
}

bool
sip_from_decode(struct slice value, struct sip_party *party)
{
	struct slice tag;
	const struct sip_known_param known = { SLICE("tag"), SIP_PARAM_TOKEN, &tag };

	return sip_party_params_decode(value, &known, 1, party);
}

bool
sip_trigger_consent_decode(struct slice element, struct sip_trigger_consent *out)
{
	const struct sip_known_param known = { SLICE("target-uri"), SIP_PARAM_QUOTED,
					       &out->target_uri };

	if (!sip_party_params_decode(element, &known, 1, &out->relay))
		return false;
	out->target_uri = sip_unquote(out->target_uri);
	return !out->relay.address.bracketed && (out->relay.uri.scheme == SIP_SCHEME_SIP ||
						 out->relay.uri.scheme == SIP_SCHEME_SIPS);
}
