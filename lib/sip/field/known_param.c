/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/known_param.h"

#include "sip/host.h"
#include "sip/param.h"
#include "sip/quoted.h"

static bool
opaque_is_valid(struct slice value)
{
	if (value.len > 0 && value.ptr[0] == '"')
		return value.len > 2 && sip_quoted_is_valid(value);
	while (value.len > 0 && value.ptr[value.len - 1] == '=')
		value.len--;
	return sip_all_alphanum_or(value, "+/");
}

bool
sip_param_value_decode(struct slice value, enum sip_param_form form, struct slice *kept)
{
	*kept = form >= SIP_PARAM_TOKEN_OR_QUOTED ? sip_unquote(value) : value;
	switch (form) {
	case SIP_PARAM_FLAG:
		return value.ptr == NULL;
	case SIP_PARAM_TOKEN:
	case SIP_PARAM_TOKEN_OR_QUOTED:
		return sip_all(*kept, SIP_CHAR_TOKEN);
	case SIP_PARAM_NUMBER:
		return sip_all(value, SIP_CHAR_DIGIT);
	case SIP_PARAM_HOST:
		return sip_host_is_valid(value);
	case SIP_PARAM_GENERIC:
		return sip_gen_value_is_valid(value);
	case SIP_PARAM_MEDIA:
		return sip_all(value, SIP_CHAR_TOKEN) || sip_quoted_is_valid(value);
	case SIP_PARAM_QUOTED:
		return sip_quoted_is_valid(value);
	case SIP_PARAM_BASE64:
		return sip_base64_is_valid(*kept, false);
	case SIP_PARAM_OPAQUE:
		return opaque_is_valid(value);
	}
	return false;
}

static const struct sip_known_param *
known_find(const struct sip_known_param *known, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq_nocase(name, known[i].name))
			return &known[i];
	return NULL;
}

static bool
keep_known(const struct sip_known_param *k, struct slice name, struct slice value)
{
	if (k->value->ptr != NULL || !sip_param_value_decode(value, k->form, k->value))
		return false;
	if (k->form == SIP_PARAM_FLAG)
		*k->value = name;
	return true;
}

/* `others`: what the value of a parameter looks like that is not known. */
static bool
keep(const struct sip_known_param *known, size_t count, enum sip_param_form others,
     struct slice name, struct slice value)
{
	const struct sip_known_param *k = known_find(known, count, name);
	struct slice unused;

	if (k != NULL)
		return keep_known(k, name, value);
	if (others == SIP_PARAM_GENERIC && value.ptr == NULL)
		return sip_all(name, SIP_CHAR_TOKEN);
	return sip_all(name, SIP_CHAR_TOKEN) && sip_param_value_decode(value, others, &unused);
}

bool
sip_known_param_keep(const struct sip_known_param *known, size_t count, struct slice name,
		     struct slice value)
{
	return keep(known, count, SIP_PARAM_GENERIC, name, value);
}

static bool
walk(struct slice params, const struct sip_known_param *known, size_t count,
     enum sip_param_form others)
{
	struct slice name, value;

	for (size_t i = 0; i < count; i++)
		*known[i].value = SLICE_ABSENT;
	while (sip_param_next(&params, &name, &value))
		if (!keep(known, count, others, name, value))
			return false;
	return params.ptr == NULL;
}

bool
sip_known_params_decode(struct slice params, const struct sip_known_param *known, size_t count)
{
	return walk(params, known, count, SIP_PARAM_GENERIC);
}

bool
sip_media_params_decode(struct slice params, const struct sip_known_param *known, size_t count)
{
	return walk(params, known, count, SIP_PARAM_MEDIA);
}

bool
sip_first_param_is(struct slice params, struct slice name, struct slice *behind)
{
	struct slice first, value;

	*behind = params;
	return sip_param_next(behind, &first, &value) && slice_eq_nocase(first, name);
}
