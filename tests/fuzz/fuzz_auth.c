/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "sip/chars.h"
#include "sip/field/auth.h"
#include "sip/quoted.h"

/* Room for any decoded value: none grows. */
static char out[UINT16_MAX];

/* A value of a parameter lies in the list, and decoding it agrees with comparing it. */
static void
check_value(struct slice value, struct slice params)
{
	struct slice plain;

	must_lie_in(value, params);
	if (value.ptr == NULL)
		return;
	plain = sip_quoted_decode(value, out, sizeof(out));
	if (memchr(value.ptr, '\\', value.len) == NULL)
		MUST(plain.ptr != NULL);
	if (plain.ptr == NULL)
		return;
	MUST(plain.len <= value.len && sip_quoted_eq(value, plain));
	MUST(plain.len == 0 || !sip_quoted_eq(value, slice_of(plain.ptr, plain.len - 1)));
	MUST(sip_quoted_decode(value, out, plain.len).ptr != NULL);
	MUST(plain.len == 0 || sip_quoted_decode(value, out, plain.len - 1).ptr == NULL);
}

/* How often a name is in a list that can be walked to its end, and the last value of it. */
static unsigned int
count_param(struct slice params, struct slice name, struct slice *value)
{
	struct sip_auth_param param;
	struct slice rest = params;
	unsigned int n = 0;

	*value = SLICE_ABSENT;
	while (sip_auth_param_next(&rest, &param)) {
		must_lie_in(param.name, params);
		check_value(param.value, params);
		MUST(sip_all(param.name, SIP_CHAR_TOKEN));
		MUST(param.quoted || param.value.len > 0);
		if (slice_eq_nocase(param.name, name)) {
			*value = param.value;
			n++;
		}
	}
	MUST(rest.ptr == NULL);
	return n;
}

/* What was kept is what the list has under that name, once. */
static void
must_be_param(struct slice kept, struct slice params, struct slice name)
{
	struct slice value;

	check_value(kept, params);
	MUST(count_param(params, name, &value) == (kept.ptr != NULL));
	MUST(value.ptr == kept.ptr && value.len == kept.len);
}

static void
check_credentials(struct slice text)
{
	struct sip_credentials c, again;

	if (!sip_credentials_decode(text, &c))
		return;
	must_lie_in(c.scheme, text);
	must_lie_in(c.params, text);
	MUST(sip_all(c.scheme, SIP_CHAR_TOKEN) && c.params.len > 0);
	MUST(sip_credentials_decode(slice_between(c.scheme.ptr, slice_end(c.params)), &again));
	MUST(memcmp(&c, &again, sizeof(c)) == 0);
	if (!c.is_digest) {
		MUST(c.realm.ptr == NULL && c.username.ptr == NULL);
		return;
	}
	must_be_param(c.username, c.params, SLICE("username"));
	must_be_param(c.username_ext, c.params, SLICE("username*"));
	must_be_param(c.realm, c.params, SLICE("realm"));
	must_be_param(c.nonce, c.params, SLICE("nonce"));
	must_be_param(c.uri, c.params, SLICE("uri"));
	must_be_param(c.response, c.params, SLICE("response"));
	must_be_param(c.algorithm_text, c.params, SLICE("algorithm"));
	must_be_param(c.cnonce, c.params, SLICE("cnonce"));
	must_be_param(c.opaque, c.params, SLICE("opaque"));
	must_be_param(c.qop_text, c.params, SLICE("qop"));
	must_be_param(c.nc_text, c.params, SLICE("nc"));
	must_be_param(c.userhash_text, c.params, SLICE("userhash"));
	must_be_param(c.auts, c.params, SLICE("auts"));
	must_be_param(c.integrity_protected, c.params, SLICE("integrity-protected"));
	MUST((c.username.ptr == NULL) != (c.username_ext.ptr == NULL));
	MUST(c.realm.ptr != NULL && c.nonce.ptr != NULL && c.uri.len > 0 && c.response.ptr != NULL);
	MUST(c.qop == SIP_QOP_NONE || (c.cnonce.ptr != NULL && c.nc_text.len == 8));
	MUST((c.qop & (c.qop - 1)) == 0 && (c.qop == SIP_QOP_NONE) == (c.qop_text.ptr == NULL));
}

static void
check_challenge(const struct sip_challenge *c, struct slice text)
{
	struct slice one = slice_between(c->scheme.ptr, slice_end(c->params));
	struct sip_challenge again;
	struct slice value;

	must_lie_in(one, text);
	MUST(sip_all(c->scheme, SIP_CHAR_TOKEN) && c->params.len > 0);
	count_param(c->params, SLICE("realm"), &value);
	/* Alone it reads as it did among the others. */
	MUST(sip_challenge_next(&one, &again) && one.ptr == NULL);
	MUST(memcmp(c, &again, sizeof(again)) == 0);
	if (!c->is_digest)
		return;
	must_be_param(c->realm, c->params, SLICE("realm"));
	must_be_param(c->domain, c->params, SLICE("domain"));
	must_be_param(c->nonce, c->params, SLICE("nonce"));
	must_be_param(c->opaque, c->params, SLICE("opaque"));
	must_be_param(c->algorithm_text, c->params, SLICE("algorithm"));
	must_be_param(c->qop_text, c->params, SLICE("qop"));
	must_be_param(c->stale_text, c->params, SLICE("stale"));
	must_be_param(c->charset, c->params, SLICE("charset"));
	must_be_param(c->userhash_text, c->params, SLICE("userhash"));
	must_be_param(c->ik, c->params, SLICE("ik"));
	must_be_param(c->ck, c->params, SLICE("ck"));
	MUST(c->realm.ptr != NULL && c->nonce.ptr != NULL);
	MUST((c->qop == 0) == (c->qop_text.ptr == NULL));
}

static void
check_info(struct slice text)
{
	struct sip_authentication_info info;

	if (!sip_authentication_info_decode(text, &info))
		return;
	must_lie_in(info.params, text);
	must_be_param(info.nextnonce, info.params, SLICE("nextnonce"));
	must_be_param(info.rspauth, info.params, SLICE("rspauth"));
	must_be_param(info.cnonce, info.params, SLICE("cnonce"));
	must_be_param(info.qop_text, info.params, SLICE("qop"));
	must_be_param(info.nc_text, info.params, SLICE("nc"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size), rest = text;
	struct sip_challenge challenge;

	if (size > UINT16_MAX)
		return 0;
	if (memchr(data, '"', size) == NULL)
		check_value(text, text);
	check_credentials(text);
	check_info(text);
	while (sip_challenge_next(&rest, &challenge)) {
		check_challenge(&challenge, text);
		must_lie_in(rest, text);
		/* Nothing is read twice. */
		MUST(rest.ptr == NULL || rest.ptr > slice_end(challenge.params));
	}
	must_lie_in(rest, text);
	return 0;
}
