/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/security.h"

#include "sip/address.h"
#include "sip/field/known_param.h"
#include "sip/quoted.h"

static const char *const mechanisms[SIP_SECURITY_COUNT] = {
	[SIP_SECURITY_DIGEST] = "digest",         [SIP_SECURITY_TLS] = "tls",
	[SIP_SECURITY_IPSEC_IKE] = "ipsec-ike",   [SIP_SECURITY_IPSEC_MAN] = "ipsec-man",
	[SIP_SECURITY_IPSEC_3GPP] = "ipsec-3gpp",
};

enum { DIGEST_LEN = 32 };

/* LDQUOT 32LHEX RDQUOT; takes the quotes off. */
static bool
digest_take(struct slice *quoted)
{
	*quoted = sip_unquote(*quoted);
	return quoted->len == DIGEST_LEN && sip_lower_hex_is_valid(*quoted);
}

bool
sip_security_decode(struct slice value, struct sip_security *out)
{
	struct slice q;
	const struct sip_known_param known[] = {
		{ SLICE("q"), SIP_PARAM_TOKEN, &q },
		{ SLICE("d-alg"), SIP_PARAM_TOKEN, &out->digest_algorithm },
		{ SLICE("d-qop"), SIP_PARAM_TOKEN, &out->digest_qop },
		{ SLICE("d-ver"), SIP_PARAM_QUOTED, &out->digest_verify },
	};

	if (!sip_token_cut(value, &out->mechanism_text, &out->params) ||
	    !sip_known_params_decode(out->params, known, SIP_COUNT(known)))
		return false;
	out->mechanism = SIP_WORD_FIND(out->mechanism_text, mechanisms);
	out->q = 0;
	out->has_q = q.ptr != NULL;
	return (!out->has_q || sip_qvalue_decode(q, &out->q)) &&
	       (out->digest_verify.ptr == NULL || digest_take(&out->digest_verify));
}
