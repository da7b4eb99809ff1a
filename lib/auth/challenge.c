/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/challenge.h"

#include "sip/build.h"
#include "sip/quoted.h"

/* RFC 8760 §2.3: lines of one realm differ in their algorithms. */
static bool
algorithms_are_valid(const struct auth_policy *policy)
{
	uint32_t seen = 0;

	if (policy->algorithm_count == 0 || policy->algorithm_count > AUTH_ALGORITHMS_MAX)
		return false;
	for (unsigned int i = 0; i < policy->algorithm_count; i++) {
		unsigned int algorithm = policy->algorithms[i];

		if (algorithm >= SIP_DIGEST_OTHER || (seen >> algorithm & 1) != 0)
			return false;
		seen |= UINT32_C(1) << algorithm;
	}
	return true;
}

static void
put_qop(struct sip_writer *w, unsigned int qop)
{
	bool both = (qop & SIP_QOP_AUTH) != 0 && (qop & SIP_QOP_AUTH_INT) != 0;

	SIP_PUT(w, ", qop=\"");
	if ((qop & SIP_QOP_AUTH) != 0)
		SIP_PUT(w, "auth");
	if (both)
		SIP_PUT(w, ",");
	if ((qop & SIP_QOP_AUTH_INT) != 0)
		SIP_PUT(w, "auth-int");
	SIP_PUT(w, "\"");
}

static void
put_line(struct sip_writer *w, const struct challenge *c, enum sip_digest_algorithm algorithm)
{
	sip_begin_header(w, c->proxy ? SIP_HDR_PROXY_AUTHENTICATE : SIP_HDR_WWW_AUTHENTICATE);
	SIP_PUT(w, "Digest realm=");
	sip_put_quoted(w, c->policy->realm);
	SIP_PUT(w, ", nonce=");
	sip_put_quoted(w, c->nonce);
	if (c->opaque.ptr != NULL) {
		SIP_PUT(w, ", opaque=");
		sip_put_quoted(w, c->opaque);
	}
	if (c->stale)
		SIP_PUT(w, ", stale=true");
	SIP_PUT(w, ", algorithm=");
	sip_put_token(w, sip_digest_algorithm_name(algorithm));
	put_qop(w, c->policy->qop);
	sip_end_header(w);
}

void
challenge_write(struct sip_writer *w, const struct challenge *c)
{
	if (!algorithms_are_valid(c->policy) || c->nonce.len == 0 ||
	    (c->policy->qop & (SIP_QOP_AUTH | SIP_QOP_AUTH_INT)) == 0) {
		w->refused = true;
		return;
	}
	for (unsigned int i = 0; i < c->policy->algorithm_count; i++)
		put_line(w, c, (enum sip_digest_algorithm)c->policy->algorithms[i]);
}

/* Text that stood between quotes, escapes and all. */
static void
put_inside(struct sip_writer *w, struct slice inside)
{
	char *begin = w->p;

	SIP_PUT(w, "\"");
	sip_put_text(w, inside);
	SIP_PUT(w, "\"");
	if (!w->overflow && !sip_quoted_is_valid(slice_between(begin, w->p)))
		w->refused = true;
}

void
digest_authentication_info_write(struct sip_writer *w, const struct authentication_info *info)
{
	const struct sip_credentials *credentials = info->credentials;

	sip_begin_header(w, info->proxy ? SIP_HDR_PROXY_AUTHENTICATION_INFO
					: SIP_HDR_AUTHENTICATION_INFO);
	if (info->nextnonce.ptr != NULL) {
		SIP_PUT(w, "nextnonce=");
		sip_put_quoted(w, info->nextnonce);
		sip_put_comma(w);
	}
	SIP_PUT(w, "rspauth=");
	sip_put_quoted(w, info->rspauth);
	if (credentials->qop != SIP_QOP_NONE) {
		SIP_PUT(w, ", qop=");
		sip_put_token(w, credentials->qop_text);
		SIP_PUT(w, ", nc=");
		sip_put_token(w, credentials->nc_text);
		SIP_PUT(w, ", cnonce=");
		put_inside(w, credentials->cnonce);
	}
	sip_end_header(w);
}
