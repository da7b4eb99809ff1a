/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "sip/chars.h"
#include "sip/field/identity.h"
#include "sip/field/syntax.h"
#include "sip/field/response_auth.h"
#include "sip/list.h"
#include "sip/param.h"
#include "sip/quoted.h"
#include "sip/uri.h"

/* What was kept is what the parameters have under that name, once, with or without its quotes. */
static void
must_be_param(struct slice kept, struct slice params, struct slice name)
{
	struct slice key, value;
	unsigned int n = 0;

	must_lie_in(kept, params);
	while (sip_param_next(&params, &key, &value)) {
		if (!slice_eq_nocase(key, name))
			continue;
		n++;
		MUST(slice_eq(sip_unquote(value), kept));
	}
	MUST(params.ptr == NULL && n == (kept.ptr != NULL));
}

static void
must_be_uri(struct slice uri, struct slice text)
{
	struct sip_uri decoded;

	must_lie_in(uri, text);
	MUST(sip_uri_decode(uri, &decoded));
}

static void
check_identity(struct slice text)
{
	struct sip_identity i;

	if (!sip_identity_decode(text, &i))
		return;
	must_lie_in(i.digest, text);
	must_lie_in(i.signature, i.digest);
	MUST(i.signature.len > 0 && slice_end(i.signature) == slice_end(i.digest));
	if (i.form == SIP_IDENTITY_RFC4474) {
		MUST(sip_base64_is_valid(i.digest, true) && i.info.ptr == NULL && i.params.ptr == NULL);
		return;
	}
	must_be_uri(i.info, text);
	must_lie_in(i.params, text);
	must_be_param(i.alg, i.params, SLICE("alg"));
	must_be_param(i.ppt, i.params, SLICE("ppt"));
	if (i.form == SIP_IDENTITY_FULL)
		MUST(i.header.len + i.claims.len + i.signature.len + 2 == i.digest.len &&
		     i.header.len > 0 && i.claims.len > 0);
	else
		MUST(i.header.ptr == NULL && i.claims.ptr == NULL &&
		     i.signature.len + 2 == i.digest.len);
}

static void
check_infos(struct slice text)
{
	struct sip_identity_info info, looser;

	if (sip_responder_info_decode(text, &looser)) {
		must_be_uri(looser.uri, text);
		must_lie_in(looser.params, text);
		must_be_param(looser.alg, looser.params, SLICE("alg"));
	}
	/* Whatever is an Identity-Info would be a Responder-Info as well. */
	if (sip_identity_info_decode(text, &info))
		MUST(sip_responder_info_decode(text, &looser) &&
		     memcmp(&info, &looser, sizeof(info)) == 0);
}

static void
check_responder(struct slice text)
{
	struct sip_responder r;

	if (!sip_responder_decode(text, &r))
		return;
	must_lie_in(r.claimer, text);
	must_lie_in(r.params, text);
	must_be_param(r.verify_method_text, r.params, SLICE("verify-method"));
	MUST((r.verify_method == SIP_VERIFY_NONE) == (r.verify_method_text.ptr == NULL));
	if (r.is_bare)
		MUST(memchr(r.claimer.ptr, '@', r.claimer.len) != NULL);
	else
		must_be_uri(r.claimer, text);
}

static void
check_hop(struct slice text)
{
	struct sip_response_authentication challenge;
	struct sip_response_authorization answer;

	if (sip_response_authentication_decode(text, &challenge)) {
		must_be_param(challenge.method_text, text, SLICE("method"));
		must_be_param(challenge.nonce, text, SLICE("nonce"));
		must_be_param(challenge.alg, text, SLICE("alg"));
		must_lie_in(challenge.params, text);
		MUST(sip_all(challenge.method_text, SIP_CHAR_TOKEN));
	}
	if (sip_response_authorization_decode(text, &answer)) {
		must_be_param(answer.digest, text, SLICE("digest"));
		must_be_param(answer.alg, text, SLICE("alg"));
		must_lie_in(answer.params, text);
		MUST(sip_base64_is_valid(answer.digest, false));
	}
}

static void
check_asserted(struct slice text)
{
	struct sip_asserted a;
	struct slice rest = text;
	unsigned int n = 0;

	if (!sip_asserted_decode(text, &a))
		return;
	while (rest.ptr != NULL) {
		struct slice element = sip_list_cut(&rest);
		struct sip_address address;

		MUST(sip_address_decode(element, &address));
		n++;
	}
	MUST(n == a.ignored + (a.sip.uri.ptr != NULL) + (a.tel.uri.ptr != NULL));
	if (a.sip.uri.ptr != NULL)
		must_be_uri(a.sip.uri, text);
	if (a.tel.uri.ptr != NULL)
		must_be_uri(a.tel.uri, text);
	must_lie_in(a.sip.display, text);
	must_lie_in(a.sip.params, text);
	must_lie_in(a.tel.display, text);
	must_lie_in(a.tel.params, text);
}

/* The set is that of the values one by one. */
static void
check_privacy(struct slice text)
{
	struct slice rest = text, token;
	unsigned int set = 0, one, all = 0, n = 0;

	if (!sip_privacy_decode(text, &set)) {
		MUST(set == 0);
		return;
	}
	while (sip_privacy_next(&rest, &token)) {
		must_lie_in(token, text);
		one = 0;
		MUST(sip_privacy_decode(token, &one) && (one & (one - 1)) == 0);
		all |= one;
		n++;
	}
	MUST(rest.ptr == NULL && all == set && n >= (unsigned int)__builtin_popcount(set));
	MUST((set & SIP_PRIVACY_NONE) == 0 || n == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);

	check_identity(text);
	check_infos(text);
	check_responder(text);
	check_hop(text);
	check_asserted(text);
	check_privacy(text);
	return 0;
}
