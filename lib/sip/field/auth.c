/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/auth.h"

#include "sip/field/syntax.h"

enum { NC_DIGITS = 8 };

#define FIELD(type, member, name, form, mandatory)                                                 \
	{                                                                                          \
		{ name, sizeof(name) - 1 }, offsetof(struct type, member), SIP_AUTH_##form,        \
			mandatory                                                                  \
	}

static const struct sip_auth_field credentials_fields[] = {
	FIELD(sip_credentials, username, "username", QUOTED, false),
	FIELD(sip_credentials, username_ext, "username*", BARE, false),
	FIELD(sip_credentials, realm, "realm", QUOTED, true),
	FIELD(sip_credentials, nonce, "nonce", QUOTED, true),
	FIELD(sip_credentials, uri, "uri", QUOTED, true),
	FIELD(sip_credentials, response, "response", QUOTED, true),
	FIELD(sip_credentials, algorithm_text, "algorithm", EITHER, false),
	FIELD(sip_credentials, cnonce, "cnonce", QUOTED, false),
	FIELD(sip_credentials, opaque, "opaque", QUOTED, false),
	FIELD(sip_credentials, qop_text, "qop", EITHER, false),
	FIELD(sip_credentials, nc_text, "nc", EITHER, false),
	FIELD(sip_credentials, userhash_text, "userhash", EITHER, false),
	FIELD(sip_credentials, auts, "auts", QUOTED, false),
	FIELD(sip_credentials, integrity_protected, "integrity-protected", EITHER, false),
};

static const struct sip_auth_field challenge_fields[] = {
	FIELD(sip_challenge, realm, "realm", QUOTED, true),
	FIELD(sip_challenge, domain, "domain", QUOTED, false),
	FIELD(sip_challenge, nonce, "nonce", QUOTED, true),
	FIELD(sip_challenge, opaque, "opaque", QUOTED, false),
	FIELD(sip_challenge, algorithm_text, "algorithm", EITHER, false),
	FIELD(sip_challenge, qop_text, "qop", EITHER, false),
	FIELD(sip_challenge, stale_text, "stale", EITHER, false),
	FIELD(sip_challenge, charset, "charset", EITHER, false),
	FIELD(sip_challenge, userhash_text, "userhash", EITHER, false),
	FIELD(sip_challenge, ik, "ik", QUOTED, false),
	FIELD(sip_challenge, ck, "ck", QUOTED, false),
};

static const struct sip_auth_field info_fields[] = {
	FIELD(sip_authentication_info, nextnonce, "nextnonce", QUOTED, false),
	FIELD(sip_authentication_info, rspauth, "rspauth", QUOTED, false),
	FIELD(sip_authentication_info, cnonce, "cnonce", QUOTED, false),
	FIELD(sip_authentication_info, qop_text, "qop", EITHER, false),
	FIELD(sip_authentication_info, nc_text, "nc", EITHER, false),
};

/* auth-scheme LWS; NULL when either is missing. */
static const char *
take_scheme(const char *p, const char *end, struct slice *scheme)
{
	p = sip_skip_lws(p, end);
	*scheme = slice_between(p, sip_char_span(p, end, SIP_CHAR_TOKEN));
	p = sip_skip_lws(slice_end(*scheme), end);
	return p > slice_end(*scheme) ? p : NULL;
}

static const struct {
	struct slice name;
	bool session;
} algorithms[] = {
#define X(symbol, name, session) { { name, sizeof(name) - 1 }, session },
	SIP_DIGEST_ALGORITHMS(X)
#undef X
};

enum sip_digest_algorithm
sip_digest_algorithm_find(struct slice name)
{
	unsigned int i = 0;

	if (name.ptr == NULL)
		return SIP_DIGEST_MD5;
	while (i < SIP_DIGEST_OTHER && !slice_eq_nocase(name, algorithms[i].name))
		i++;
	return (enum sip_digest_algorithm)i;
}

struct slice
sip_digest_algorithm_name(enum sip_digest_algorithm algorithm)
{
	return algorithm < SIP_DIGEST_OTHER ? algorithms[algorithm].name : SLICE_ABSENT;
}

bool
sip_digest_algorithm_is_session(enum sip_digest_algorithm algorithm)
{
	return algorithm < SIP_DIGEST_OTHER && algorithms[algorithm].session;
}

/* Quotes may have brought anything in. */
static bool
token_or_absent(struct slice text)
{
	return text.ptr == NULL || sip_all(text, SIP_CHAR_TOKEN);
}

static bool
qop_decode(struct slice text, enum sip_qop *qop)
{
	if (text.ptr == NULL)
		*qop = SIP_QOP_NONE;
	else if (slice_eq_nocase(text, SLICE("auth")))
		*qop = SIP_QOP_AUTH;
	else if (slice_eq_nocase(text, SLICE("auth-int")))
		*qop = SIP_QOP_AUTH_INT;
	else
		*qop = SIP_QOP_OTHER;
	return token_or_absent(text);
}

/* One or more, commas between; white space as in RFC 7616 §3.9.1. */
static bool
qop_options_decode(struct slice text, unsigned int *set)
{
	while (text.ptr != NULL) {
		enum sip_qop qop;

		if (!qop_decode(sip_trim(slice_cut(&text, ',')), &qop))
			return false;
		*set |= qop;
	}
	return true;
}

/* RFC 7616 §3.5 wants exactly eight digits, of either case; RFC 3261 §25.1 lower case. */
static bool
nc_decode(struct slice text, uint32_t *nc)
{
	if (text.ptr == NULL)
		return true;
	if (text.len != NC_DIGITS || !sip_all(text, SIP_CHAR_HEX))
		return false;
	for (size_t i = 0; i < NC_DIGITS; i++)
		*nc = *nc << 4 | (uint32_t)sip_hex_value(text.ptr[i]);
	return true;
}

/* RFC 7616 §3.3, §3.4: "true" or "false" and nothing else. */
static bool
userhash_decode(struct slice text, bool *userhash)
{
	*userhash = slice_eq_nocase(text, SLICE("true"));
	return text.ptr == NULL || *userhash || slice_eq_nocase(text, SLICE("false"));
}

/* RFC 5987: charset "'" [ language ] "'" value, '%' only before two hex digits. */
static bool
is_ext_value(struct slice text)
{
	struct slice value = text;
	struct slice charset = slice_cut(&value, '\'');
	struct slice language = slice_cut(&value, '\'');

	if (value.ptr == NULL || memchr(value.ptr, '\'', value.len) != NULL ||
	    !sip_all(charset, SIP_CHAR_TOKEN) || (language.len > 0 && !token_or_absent(language)))
		return false;
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] == '*' ||
		    (value.ptr[i] == '%' &&
		     (value.len - i < 3 || sip_hex_value(value.ptr[i + 1]) < 0 ||
		      sip_hex_value(value.ptr[i + 2]) < 0)))
			return false;
	return true;
}

/* RFC 7616 §3.4: one of the two names, and a hash needs no encoding. */
static bool
username_is_valid(const struct sip_credentials *c)
{
	if (c->username_ext.ptr == NULL)
		return c->username.ptr != NULL;
	return c->username.ptr == NULL && !c->userhash && is_ext_value(c->username_ext);
}

static bool
digest_response_decode(struct sip_credentials *c)
{
	if (!sip_auth_params_decode(c->params, credentials_fields, SIP_COUNT(credentials_fields),
				    c))
		return false;
	c->algorithm = sip_digest_algorithm_find(c->algorithm_text);
	if (!token_or_absent(c->algorithm_text) || !token_or_absent(c->integrity_protected) ||
	    !qop_decode(c->qop_text, &c->qop) || !nc_decode(c->nc_text, &c->nc) ||
	    !userhash_decode(c->userhash_text, &c->userhash))
		return false;
	if (c->qop != SIP_QOP_NONE && (c->cnonce.ptr == NULL || c->nc_text.ptr == NULL))
		return false;
	if (sip_digest_algorithm_is_session(c->algorithm) && c->cnonce.ptr == NULL)
		return false;
	return username_is_valid(c) && sip_lower_hex_is_valid(c->response) && c->uri.len > 0;
}

/* RFC 7235 §2.1: what Bearer carries. */
static bool
is_token68(struct slice text)
{
	while (text.len > 0 && text.ptr[text.len - 1] == '=')
		text.len--;
	return sip_all_alphanum_or(text, "-._~+/");
}

bool
sip_credentials_decode(struct slice value, struct sip_credentials *credentials)
{
	const char *p;

	memset(credentials, 0, sizeof(*credentials));
	value = sip_trim(value);
	p = take_scheme(value.ptr, slice_end(value), &credentials->scheme);
	if (p == NULL)
		return false;
	credentials->params = slice_between(p, slice_end(value));
	credentials->is_digest = slice_eq_nocase(credentials->scheme, SLICE("Digest"));
	if (credentials->is_digest)
		return digest_response_decode(credentials);
	return is_token68(credentials->params) ||
	       sip_auth_params_decode(credentials->params, NULL, 0, NULL);
}

bool
sip_credentials_find(const struct sip_message *msg, enum sip_header_id id, struct slice realm,
		     struct sip_credentials *credentials)
{
	unsigned int i = sip_header_first(msg, id);

	for (; i != SIP_NO_HEADER; i = sip_header_next(msg, i))
		if (sip_credentials_decode(sip_header_value(msg, &msg->header[i]), credentials) &&
		    sip_quoted_eq(credentials->realm, realm)) /* absent but in Digest */
			return true;
	return false;
}

/* A comma is followed by another parameter, or by a scheme: then no '=' comes behind the token. */
static bool
param_follows(const char *p, const char *end)
{
	p = sip_skip_lws(p, end);
	p = sip_skip_lws(sip_char_span(p, end, SIP_CHAR_TOKEN), end);
	return p < end && *p == '=';
}

/* Where the parameters that begin at `p` end: at `end`, or at the comma before the next scheme. */
static const char *
skip_params(const char *p, const char *end)
{
	struct sip_auth_param param;

	for (;;) {
		p = sip_auth_param_take(p, end, &param);
		if (p == NULL || p == end)
			return p;
		if (*p != ',')
			return NULL;
		if (!param_follows(p + 1, end))
			return p;
		p++;
	}
}

static bool
digest_challenge_decode(struct sip_challenge *c)
{
	if (!sip_auth_params_decode(c->params, challenge_fields, SIP_COUNT(challenge_fields), c))
		return false;
	c->algorithm = sip_digest_algorithm_find(c->algorithm_text);
	c->stale = slice_eq_nocase(c->stale_text, SLICE("true"));
	return token_or_absent(c->algorithm_text) && qop_options_decode(c->qop_text, &c->qop) &&
	       userhash_decode(c->userhash_text, &c->userhash);
}

bool
sip_challenge_next(struct slice *rest, struct sip_challenge *challenge)
{
	const char *end = slice_end(*rest), *p, *stop;

	if (rest->ptr == NULL)
		return false;
	memset(challenge, 0, sizeof(*challenge));
	p = take_scheme(rest->ptr, end, &challenge->scheme);
	stop = p != NULL ? skip_params(p, end) : NULL;
	if (stop == NULL)
		return false;
	challenge->params = sip_trim(slice_between(p, stop));
	challenge->is_digest = slice_eq_nocase(challenge->scheme, SLICE("Digest"));
	if (challenge->is_digest && !digest_challenge_decode(challenge))
		return false;
	*rest = stop < end ? slice_between(stop + 1, end) : SLICE_ABSENT;
	return true;
}

void
sip_challenge_iter_init(struct sip_challenge_iter *it, const struct sip_message *msg,
			enum sip_header_id id)
{
	it->msg = msg;
	it->header = sip_header_first(msg, id);
	it->rest = sip_header_get(msg, id);
	it->malformed = 0;
}

bool
sip_challenge_iter_next(struct sip_challenge_iter *it, struct sip_challenge *challenge)
{
	while (it->header != SIP_NO_HEADER) {
		if (sip_challenge_next(&it->rest, challenge))
			return true;
		it->malformed += it->rest.ptr != NULL;
		it->header = sip_header_next(it->msg, it->header);
		if (it->header != SIP_NO_HEADER)
			it->rest = sip_header_value(it->msg, &it->msg->header[it->header]);
	}
	return false;
}

bool
sip_authentication_info_decode(struct slice value, struct sip_authentication_info *info)
{
	memset(info, 0, sizeof(*info));
	info->params = sip_trim(value);
	if (info->params.ptr == NULL ||
	    !sip_auth_params_decode(info->params, info_fields, SIP_COUNT(info_fields), info) ||
	    !qop_decode(info->qop_text, &info->qop) || !nc_decode(info->nc_text, &info->nc) ||
	    !sip_lower_hex_is_valid(info->rspauth))
		return false;
	return (info->qop & (SIP_QOP_AUTH | SIP_QOP_AUTH_INT)) == 0 ||
	       (info->rspauth.ptr != NULL && info->cnonce.ptr != NULL && info->nc_text.ptr != NULL);
}
