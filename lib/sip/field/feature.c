/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/feature.h"

#include <math.h>

#include "sip/field/known_param.h"
#include "sip/list.h"
#include "sip/param.h"
#include "sip/quoted.h"

static bool
predicate_decode(struct slice element, struct sip_contact_predicate *predicate,
		 const struct sip_known_param *known, size_t count)
{
	struct slice head = sip_head_cut(element, &predicate->params);

	predicate->require = predicate->explicit_only = false;
	return slice_eq(head, SLICE("*")) &&
	       sip_known_params_decode(predicate->params, known, count);
}

bool
sip_accept_contact_decode(struct slice element, struct sip_contact_predicate *predicate)
{
	struct slice require, explicit_only;
	const struct sip_known_param known[] = {
		{ SLICE("require"), SIP_PARAM_FLAG, &require },
		{ SLICE("explicit"), SIP_PARAM_FLAG, &explicit_only },
	};

	if (!predicate_decode(element, predicate, known, SIP_COUNT(known)))
		return false;
	predicate->require = require.ptr != NULL;
	predicate->explicit_only = explicit_only.ptr != NULL;
	return true;
}

bool
sip_reject_contact_decode(struct slice element, struct sip_contact_predicate *predicate)
{
	return predicate_decode(element, predicate, NULL, 0);
}

/* Take `prefix` off the beginning. */
static bool
take_prefix(struct slice *text, struct slice prefix)
{
	if (text->len < prefix.len || !slice_eq_nocase(slice_of(text->ptr, prefix.len), prefix))
		return false;
	*text = slice_of(text->ptr + prefix.len, text->len - prefix.len);
	return true;
}

/* ALPHA *( ALPHA / DIGIT / "!" / "'" / "." / "-" / "%" ) */
static bool
ftag_name_is_valid(struct slice name)
{
	if (name.len == 0 || !sip_is_letter(name.ptr[0]))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!sip_char_is(name.ptr[i], SIP_CHAR_TOKEN) ||
		    strchr("*_+`~", name.ptr[i]) != NULL)
			return false;
	return true;
}

/* Decode a parameter name as enc-feature-tag (RFC 3841 §8). False: some other parameter. */
static bool
tag_decode(struct slice name, struct sip_feature *feature)
{
	/* The first row is not looked at; the last two are not of the sip tree. */
	static const char *const base[] = {
		NULL,         "audio",       "automata",    "class",   "duplex",   "data",
		"control",    "mobility",    "description", "events",  "priority", "methods",
		"schemes",    "application", "video",       "isfocus", "actor",    "text",
		"extensions", "language",    "type",
	};
	unsigned int found;

	feature->tag = name;
	if (take_prefix(&feature->tag, SLICE("+"))) {
		if (!ftag_name_is_valid(feature->tag))
			return false;
		feature->sip_tree = take_prefix(&feature->tag, SLICE("sip."));
		return true;
	}
	found = SIP_WORD_FIND(name, base);
	feature->sip_tree = found < SIP_COUNT(base) - 2;
	return found != 0;
}

/* [ "+" / "-" ] 1*DIGIT ["." 0*DIGIT], taken off the beginning. False also for what overflows. */
static bool
take_number(struct slice *text, double *number)
{
	const char *p = text->ptr, *end = slice_end(*text), *begin;
	bool minus = p < end && *p == '-';
	double value = 0, scale = 1;

	if (p < end && (*p == '+' || *p == '-'))
		p++;
	for (begin = p; p < end && sip_char_is(*p, SIP_CHAR_DIGIT); p++)
		value = value * 10 + (*p - '0');
	if (p == begin)
		return false;
	if (p < end && *p == '.') {
		/* What is behind the digits that a double holds changes nothing. */
		for (p++; p < end && sip_char_is(*p, SIP_CHAR_DIGIT); p++) {
			if (value < 1e14 && scale < 1e22) {
				value = value * 10 + (*p - '0');
				scale *= 10;
			}
		}
	}
	*text = slice_between(p, end);
	*number = (minus ? -value : value) / scale;
	return isfinite(*number);
}

/* Behind the '#': ">=" / "<=" / "=" number, or number ":" number. */
static bool
numeric_decode(struct slice text, struct sip_feature_value *value)
{
	bool at_least = take_prefix(&text, SLICE(">="));
	bool at_most = !at_least && take_prefix(&text, SLICE("<="));
	bool equal = !at_least && !at_most && take_prefix(&text, SLICE("="));

	if (!take_number(&text, &value->low))
		return false;
	value->high = value->low;
	if (at_least)
		value->high = INFINITY;
	else if (at_most)
		value->low = -INFINITY;
	else if (!equal && (!take_prefix(&text, SLICE(":")) || !take_number(&text, &value->high)))
		return false;
	return text.len == 0;
}

/* tag-value = ["!"] (token-nobang / boolean / numeric) */
static bool
tag_value_decode(struct slice text, struct sip_feature_value *value)
{
	*value = (struct sip_feature_value){ .kind = SIP_FEATURE_TOKEN };
	value->negated = take_prefix(&text, SLICE("!"));
	value->text = text;
	if (take_prefix(&text, SLICE("#"))) {
		value->kind = SIP_FEATURE_NUMBER;
		return numeric_decode(text, value);
	}
	value->truth = slice_eq_nocase(text, SLICE("TRUE"));
	if (value->truth || slice_eq_nocase(text, SLICE("FALSE")))
		value->kind = SIP_FEATURE_BOOLEAN;
	return sip_all(text, SIP_CHAR_TOKEN) && memchr(text.ptr, '!', text.len) == NULL;
}

static bool
list_is_valid(struct slice list)
{
	struct sip_feature_value value;

	while (list.ptr != NULL)
		if (!tag_value_decode(slice_cut(&list, ','), &value))
			return false;
	return true;
}

/* The inside of <>: no other bracket, unless it is escaped. */
static bool
string_is_valid(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '<' || text.ptr[i] == '>')
			return false;
		if (text.ptr[i] == '\\' && ++i == text.len)
			return false;
	}
	return true;
}

static enum sip_feature_kind
value_decode(struct slice text, struct slice *value)
{
	*value = text;
	if (text.ptr == NULL)
		return SIP_FEATURE_FLAG;
	if (!sip_quoted_is_valid(text))
		return SIP_FEATURE_MALFORMED;
	*value = sip_unquote(text);
	if (value->len < 2 || value->ptr[0] != '<' || value->ptr[value->len - 1] != '>')
		return list_is_valid(*value) ? SIP_FEATURE_LIST : SIP_FEATURE_MALFORMED;
	*value = slice_of(value->ptr + 1, value->len - 2);
	return string_is_valid(*value) ? SIP_FEATURE_STRING : SIP_FEATURE_MALFORMED;
}

bool
sip_feature_decode(struct slice name, struct slice value, struct sip_feature *feature)
{
	if (!tag_decode(name, feature))
		return false;
	feature->kind = value_decode(value, &feature->value);
	feature->rest = feature->value;
	feature->more = feature->kind != SIP_FEATURE_MALFORMED;
	return true;
}

bool
sip_feature_next(struct slice *rest, struct sip_feature *feature)
{
	struct slice name, value;

	while (sip_param_next(rest, &name, &value))
		if (sip_feature_decode(name, value, feature))
			return true;
	return false;
}

bool
sip_feature_same_tag(const struct sip_feature *a, const struct sip_feature *b)
{
	return a->sip_tree == b->sip_tree && slice_eq_nocase(a->tag, b->tag);
}

bool
sip_feature_find(struct slice params, struct slice name, struct sip_feature *feature)
{
	struct sip_feature wanted, next;
	unsigned int found = 0;

	if (!tag_decode(name, &wanted))
		return false;
	while (sip_feature_next(&params, &next)) {
		if (!sip_feature_same_tag(&next, &wanted))
			continue;
		*feature = next;
		found++;
	}
	return found == 1 && feature->kind != SIP_FEATURE_MALFORMED;
}

bool
sip_feature_value_next(struct sip_feature *feature, struct sip_feature_value *value)
{
	bool good;

	if (!feature->more)
		return false;
	if (feature->kind == SIP_FEATURE_LIST) {
		good = tag_value_decode(slice_cut(&feature->rest, ','), value);
		feature->more = feature->rest.ptr != NULL;
		return good;
	}
	feature->more = false;
	*value = (struct sip_feature_value){
		.kind = feature->kind == SIP_FEATURE_FLAG ? SIP_FEATURE_BOOLEAN : SIP_FEATURE_TEXT,
		.truth = feature->kind == SIP_FEATURE_FLAG,
		.text = feature->value,
	};
	return true;
}

bool
sip_request_disposition_decode(struct slice value, unsigned int *set)
{
	/* Row n + 1 is bit n. */
	static const char *const directives[] = {
		NULL,         "proxy",   "redirect", "cancel",     "no-cancel",
		"fork",       "no-fork", "recurse",  "no-recurse", "parallel",
		"sequential", "queue",   "no-queue",
	};
	unsigned int added = 0;

	if (value.ptr == NULL)
		return false;
	while (value.ptr != NULL) {
		unsigned int found = SIP_WORD_FIND(sip_trim(slice_cut(&value, ',')), directives);

		if (found == 0)
			return false;
		added |= 1u << (found - 1);
	}
	*set |= added;
	return true;
}

unsigned int
sip_directive_conflicts(unsigned int set)
{
	/* Bits 2n and 2n + 1 contradict each other. */
	unsigned int pairs = set & set >> 1 & 0x555;

	return pairs | pairs << 1;
}
