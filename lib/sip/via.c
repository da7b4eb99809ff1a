/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/via.h"

#include "sip/chars.h"
#include "sip/uri.h"

/* Take a token and the LWS on both sides of it. */
static const char *
take_token(const char *p, const char *end, struct slice *token)
{
	const char *begin = sip_skip_lws(p, end);
	const char *stop = sip_char_span(begin, end, SIP_CHAR_TOKEN);

	*token = slice_between(begin, stop);
	return sip_skip_lws(stop, end);
}

/* "SIP / 2.0 / UDP" and the white space behind it, which is mandatory. */
static const char *
take_protocol(const char *p, const char *end, struct sip_via *via)
{
	struct slice name, version;

	p = take_token(p, end, &name);
	if (p == end || *p++ != '/' || !slice_eq_nocase(name, SLICE("SIP")))
		return NULL;
	p = take_token(p, end, &version);
	if (p == end || *p++ != '/' || version.len == 0)
		return NULL;
	via->other_version = !slice_eq(version, SLICE("2.0"));
	p = take_token(p, end, &via->transport);
	if (via->transport.len == 0 || p == slice_end(via->transport))
		return NULL;
	return p;
}

/* A parameter value is a token, a host or a quoted string; `received` comes with brackets, too. */
static bool
param_value_is_valid(struct slice value)
{
	if (value.len == 0)
		return false;
	if (value.ptr[0] == '"')
		return sip_skip_quoted(value.ptr, slice_end(value)) == slice_end(value);
	for (size_t i = 0; i < value.len; i++)
		if (!sip_char_is(value.ptr[i], SIP_CHAR_TOKEN) && value.ptr[i] != ':' &&
		    value.ptr[i] != '[' && value.ptr[i] != ']')
			return false;
	return true;
}

/* False when a parameter that says where responses go is there twice, or without its value. */
static bool
keep_param(struct sip_via *via, struct slice name, struct slice value)
{
	struct slice *field = NULL;

	if (slice_eq_nocase(name, SLICE("branch")))
		field = &via->branch;
	else if (slice_eq_nocase(name, SLICE("received")))
		field = &via->received;
	else if (slice_eq_nocase(name, SLICE("maddr")))
		field = &via->maddr;
	if (field != NULL) {
		if (field->ptr != NULL || value.ptr == NULL)
			return false;
		*field = value;
	} else if (slice_eq_nocase(name, SLICE("rport"))) {
		const char *behind = value.ptr != NULL ? slice_end(value) : slice_end(name);

		if (via->has_rport)
			return false;
		via->has_rport = true;
		via->rport = value;
		via->rport_end = (uint16_t)(behind - via->value.ptr);
	} else if (slice_eq_nocase(name, SLICE("keep")) && value.ptr == NULL) {
		via->has_keep = true;
		via->keep_end = (uint16_t)(slice_end(name) - via->value.ptr);
	}
	return true;
}

bool
sip_via_decode(struct slice value, struct sip_via *via)
{
	const char *end, *p, *semi;
	struct slice rest, name, val;

	memset(via, 0, sizeof(*via));
	via->value = sip_trim(value);
	if (via->value.len == 0)
		return false;
	end = slice_end(via->value);
	p = take_protocol(via->value.ptr, end, via);
	if (p == NULL)
		return false;
	semi = memchr(p, ';', (size_t)(end - p));
	if (!sip_hostport_decode(sip_trim(slice_between(p, semi != NULL ? semi : end)), &via->host,
				 &via->port)) {
		via->host = SLICE_ABSENT;
		return false;
	}
	if (semi == NULL)
		return true;
	via->params = rest = slice_between(semi + 1, end);
	while (sip_param_next(&rest, &name, &val)) {
		if (!sip_all(name, SIP_CHAR_TOKEN) ||
		    (val.ptr != NULL && !param_value_is_valid(val)))
			return false;
		if (!keep_param(via, name, val))
			return false;
	}
	return rest.ptr == NULL;
}

bool
sip_branch_has_cookie(struct slice branch)
{
	size_t n = sizeof(SIP_BRANCH_COOKIE) - 1;

	return branch.len > n && slice_eq_nocase(slice_of(branch.ptr, n), SLICE(SIP_BRANCH_COOKIE));
}
