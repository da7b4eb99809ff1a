/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/identity.h"

#include "sip/field/known_param.h"
#include "sip/list.h"
#include "sip/uri.h"

/* base64-char of RFC 8224 §4 has '+' and '/'; a PASSporT is base64url, with '-' and '_'. */
static bool
is_passport_part(struct slice part)
{
	return sip_all_alphanum_or(part, "+/-_");
}

/* RFC 8224 §4.1: full "header.claims.signature", or compact "..signature". */
static bool
passport_decode(struct sip_identity *identity)
{
	struct slice rest = identity->digest;
	struct slice header = slice_cut(&rest, '.');
	struct slice claims = slice_cut(&rest, '.');

	identity->signature = rest;
	if (!is_passport_part(identity->signature))
		return false;
	if (header.len == 0 && claims.len == 0) {
		identity->form = SIP_IDENTITY_COMPACT;
		return true;
	}
	identity->form = SIP_IDENTITY_FULL;
	identity->header = header;
	identity->claims = claims;
	return is_passport_part(header) && is_passport_part(claims);
}

/* "info" EQUAL <URI> and what comes behind. */
static bool
info_param_decode(struct slice value, struct sip_identity *identity)
{
	struct slice again;
	const struct sip_known_param known[] = {
		{ SLICE("info"), SIP_PARAM_TOKEN, &again },
		{ SLICE("alg"), SIP_PARAM_TOKEN_OR_QUOTED, &identity->alg },
		{ SLICE("ppt"), SIP_PARAM_TOKEN_OR_QUOTED, &identity->ppt },
	};
	struct slice name = sip_trim(slice_cut(&value, '='));

	return slice_eq_nocase(name, SLICE("info")) &&
	       sip_enclosed_uri_cut(value, &identity->info, &identity->params) &&
	       sip_known_params_decode(identity->params, known, SIP_COUNT(known)) &&
	       again.ptr == NULL;
}

bool
sip_identity_decode(struct slice value, struct sip_identity *identity)
{
	struct slice params;

	memset(identity, 0, sizeof(*identity));
	params = sip_trim(value);
	if (params.len == 0)
		return false;
	if (memchr(params.ptr, ';', params.len) == NULL) {
		identity->form = SIP_IDENTITY_RFC4474;
		if (!sip_param_value_decode(params, SIP_PARAM_OPAQUE, &identity->digest))
			return false;
		identity->signature = identity->digest;
		return sip_base64_is_valid(identity->digest, true);
	}
	identity->digest = sip_trim(slice_cut(&params, ';'));
	return passport_decode(identity) && info_param_decode(params, identity);
}

bool
sip_identity_info_decode(struct slice value, struct sip_identity_info *info)
{
	const struct sip_known_param alg = { SLICE("alg"), SIP_PARAM_TOKEN, &info->alg };

	memset(info, 0, sizeof(*info));
	return sip_enclosed_uri_cut(value, &info->uri, &info->params) &&
	       sip_known_params_decode(info->params, &alg, 1) && info->alg.ptr != NULL;
}

/* Put one value where it belongs, unless something stands there. */
static bool
asserted_add(struct slice element, struct sip_asserted *asserted)
{
	struct sip_address address, *slot = NULL;
	struct sip_uri uri;

	if (!sip_address_decode(element, &address) || !sip_uri_decode(address.uri, &uri))
		return false;
	if (uri.scheme == SIP_SCHEME_SIP || uri.scheme == SIP_SCHEME_SIPS)
		slot = &asserted->sip;
	else if (uri.scheme == SIP_SCHEME_TEL)
		slot = &asserted->tel;
	if (slot != NULL && slot->uri.ptr == NULL)
		*slot = address;
	else
		asserted->ignored++;
	return true;
}

bool
sip_asserted_find(const struct sip_message *msg, enum sip_header_id id,
		  struct sip_asserted *asserted)
{
	struct sip_list_iter it;
	struct slice element;

	memset(asserted, 0, sizeof(*asserted));
	sip_list_iter_init(&it, msg, id);
	while (sip_list_next(&it, &element))
		if (!asserted_add(element, asserted))
			return false;
	return true;
}

bool
sip_asserted_decode(struct slice value, struct sip_asserted *asserted)
{
	memset(asserted, 0, sizeof(*asserted));
	while (value.ptr != NULL)
		if (!asserted_add(sip_list_cut(&value), asserted))
			return false;
	return asserted->sip.uri.ptr != NULL || asserted->tel.uri.ptr != NULL ||
	       asserted->ignored > 0;
}

static unsigned int
privacy_bit(struct slice token)
{
	static const struct {
		struct slice name;
		unsigned int bit;
	} values[] = {
		{ { "header", 6 }, SIP_PRIVACY_HEADER },
		{ { "session", 7 }, SIP_PRIVACY_SESSION },
		{ { "user", 4 }, SIP_PRIVACY_USER },
		{ { "none", 4 }, SIP_PRIVACY_NONE },
		{ { "critical", 8 }, SIP_PRIVACY_CRITICAL },
		{ { "id", 2 }, SIP_PRIVACY_ID },
		{ { "history", 7 }, SIP_PRIVACY_HISTORY },
	};

	for (size_t i = 0; i < SIP_COUNT(values); i++)
		if (slice_eq_nocase(token, values[i].name))
			return values[i].bit;
	return SIP_PRIVACY_UNKNOWN;
}

bool
sip_privacy_next(struct slice *rest, struct slice *token)
{
	struct slice behind = *rest;

	if (rest->ptr == NULL)
		return false;
	*token = sip_trim(slice_cut(&behind, ';'));
	if (!sip_all(*token, SIP_CHAR_TOKEN))
		return false;
	*rest = behind;
	return true;
}

bool
sip_privacy_decode(struct slice value, unsigned int *set)
{
	unsigned int added = 0;
	struct slice token;

	if (value.ptr == NULL)
		return false;
	while (sip_privacy_next(&value, &token)) {
		unsigned int bit = privacy_bit(token);

		if (bit != SIP_PRIVACY_UNKNOWN && (added & bit) != 0)
			return false;
		added |= bit;
	}
	added |= *set;
	if (value.ptr != NULL || ((added & SIP_PRIVACY_NONE) != 0 && added != SIP_PRIVACY_NONE))
		return false;
	*set = added;
	return true;
}
