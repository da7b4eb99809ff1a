/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/auth_param.h"

#include "sip/chars.h"
#include "sip/quoted.h"

/* RFC 5987 attr-char has these besides the characters of a token. */
static bool
is_ext_value_char(char c)
{
	return sip_char_is(c, SIP_CHAR_TOKEN) || (c != '\0' && strchr("#$&^|", c) != NULL);
}

/* token, or what RFC 5987 puts behind a name that ends in '*' */
static const char *
skip_bare_value(const char *p, const char *end, struct slice name)
{
	if (slice_end(name)[-1] != '*')
		return sip_char_span(p, end, SIP_CHAR_TOKEN);
	while (p < end && is_ext_value_char(*p))
		p++;
	return p;
}

const char *
sip_auth_param_take(const char *p, const char *end, struct sip_auth_param *param)
{
	const char *value, *stop;

	p = sip_skip_lws(p, end);
	stop = sip_char_span(p, end, SIP_CHAR_TOKEN);
	param->name = slice_between(p, stop);
	p = sip_skip_lws(stop, end);
	if (param->name.len == 0 || p == end || *p != '=')
		return NULL;
	value = sip_skip_lws(p + 1, end);
	param->quoted = value < end && *value == '"';
	if (param->quoted) {
		stop = sip_quoted_skip(value, end);
		if (stop == NULL)
			return NULL;
		param->value = slice_between(value + 1, stop - 1);
	} else {
		stop = skip_bare_value(value, end, param->name);
		if (stop == value)
			return NULL;
		param->value = slice_between(value, stop);
	}
	return sip_skip_lws(stop, end);
}

bool
sip_auth_param_next(struct slice *rest, struct sip_auth_param *param)
{
	const char *end = slice_end(*rest), *p;

	if (rest->ptr == NULL)
		return false;
	p = sip_auth_param_take(rest->ptr, end, param);
	if (p == NULL || (p < end && *p != ','))
		return false;
	*rest = p < end ? slice_between(p + 1, end) : SLICE_ABSENT;
	return true;
}

static struct slice *
slot_of(const struct sip_auth_field *field, void *out)
{
	return (struct slice *)((char *)out + field->offset);
}

/* Put the value where its field wants it. False when it is there already or written wrongly. */
static bool
keep_param(const struct sip_auth_param *param, const struct sip_auth_field *fields, size_t count,
	   void *out)
{
	for (size_t i = 0; i < count; i++) {
		struct slice *slot = slot_of(&fields[i], out);

		if (!slice_eq_nocase(param->name, fields[i].name))
			continue;
		if (slot->ptr != NULL || (fields[i].form == SIP_AUTH_QUOTED && !param->quoted) ||
		    (fields[i].form == SIP_AUTH_BARE && param->quoted))
			return false;
		*slot = param->value;
		break;
	}
	return true;
}

bool
sip_auth_params_decode(struct slice params, const struct sip_auth_field *fields, size_t count,
		       void *out)
{
	struct sip_auth_param param;

	while (sip_auth_param_next(&params, &param))
		if (!keep_param(&param, fields, count, out))
			return false;
	if (params.ptr != NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		if (fields[i].mandatory && slot_of(&fields[i], out)->ptr == NULL)
			return false;
	return true;
}
