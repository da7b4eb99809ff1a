/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/response_auth.h"

#include "sip/field/known_param.h"
#include "sip/uri.h"

static enum sip_verify_method
verify_method_find(struct slice text)
{
	if (text.ptr == NULL)
		return SIP_VERIFY_NONE;
	if (slice_eq_nocase(text, SLICE("DAS")))
		return SIP_VERIFY_DAS;
	return slice_eq_nocase(text, SLICE("AIB")) ? SIP_VERIFY_AIB : SIP_VERIFY_OTHER;
}

/* user@host[:port], nothing else */
static bool
is_user_at_host(struct slice text)
{
	struct slice hostport = text, host;
	struct slice user = slice_cut(&hostport, '@');
	uint16_t port;

	return sip_all(user, SIP_CHAR_USER) && sip_uri_hostport_decode(hostport, &host, &port);
}

/* name-addr or addr-spec with a URI that is one; else user@host. */
static bool
claimer_decode(struct slice text, struct sip_responder *responder)
{
	struct sip_address address;
	struct sip_uri uri;

	if (sip_address_decode(text, &address) && sip_uri_decode(address.uri, &uri)) {
		responder->claimer = address.uri;
		responder->params = address.params;
		return true;
	}
	responder->claimer = sip_head_cut(text, &responder->params);
	responder->is_bare = true;
	return is_user_at_host(responder->claimer);
}

bool
sip_responder_decode(struct slice value, struct sip_responder *responder)
{
	const struct sip_known_param known = { SLICE("verify-method"), SIP_PARAM_TOKEN,
					       &responder->verify_method_text };
	struct slice name;

	memset(responder, 0, sizeof(*responder));
	name = sip_trim(slice_cut(&value, '='));
	if (!slice_eq_nocase(name, SLICE("claimer")) || !claimer_decode(value, responder) ||
	    !sip_known_params_decode(responder->params, &known, 1))
		return false;
	responder->verify_method = verify_method_find(responder->verify_method_text);
	return true;
}

/* absoluteURI *(SEMI params), with or without <>. */
static bool
uri_cut(struct slice value, struct slice *uri, struct slice *params)
{
	if (sip_enclosed_uri_cut(value, uri, params))
		return true;
	*uri = sip_head_cut(value, params);
	return sip_absolute_uri_is_valid(*uri);
}

bool
sip_responder_info_decode(struct slice value, struct sip_identity_info *info)
{
	const struct sip_known_param alg = { SLICE("alg"), SIP_PARAM_TOKEN, &info->alg };

	memset(info, 0, sizeof(*info));
	return uri_cut(value, &info->uri, &info->params) &&
	       sip_known_params_decode(info->params, &alg, 1);
}

static enum sip_hop_method
hop_method_find(struct slice text)
{
	if (slice_eq_nocase(text, SLICE("DAS")))
		return SIP_HOP_DAS;
	if (slice_eq_nocase(text, SLICE("SharedKey")))
		return SIP_HOP_SHARED_KEY;
	return slice_eq_nocase(text, SLICE("PublicKey")) ? SIP_HOP_PUBLIC_KEY : SIP_HOP_OTHER;
}

bool
sip_response_authentication_decode(struct slice value,
				   struct sip_response_authentication *challenge)
{
	const struct sip_known_param known[] = {
		{ SLICE("method"), SIP_PARAM_TOKEN, &challenge->method_text },
		{ SLICE("nonce"), SIP_PARAM_OPAQUE, &challenge->nonce },
		{ SLICE("alg"), SIP_PARAM_TOKEN, &challenge->alg },
	};

	if (!sip_first_param_is(value, SLICE("method"), &challenge->params) ||
	    !sip_known_params_decode(value, known, SIP_COUNT(known)))
		return false;
	challenge->method = hop_method_find(challenge->method_text);
	return true;
}

bool
sip_response_authorization_decode(struct slice value, struct sip_response_authorization *answer)
{
	const struct sip_known_param known[] = {
		{ SLICE("digest"), SIP_PARAM_BASE64, &answer->digest },
		{ SLICE("alg"), SIP_PARAM_TOKEN, &answer->alg },
	};

	return sip_first_param_is(value, SLICE("digest"), &answer->params) &&
	       sip_known_params_decode(value, known, SIP_COUNT(known));
}
