/* SPDX-License-Identifier: BSD-3-Clause */
#include "proxy/feature_set.h"

#include <math.h>

#include "gruu/instance.h"
#include "sip/param.h"
#include "sip/quoted.h"

/* A string with escapes that is longer than this when they are gone equals no other. */
enum { STRING_MAX = 1024 };

/* ---- making ---- */

/* FNV-1a, without regard to case. What it finds equal is compared. */
static uint32_t
hash_of(struct slice text)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < text.len; i++)
		h = (h ^ (uint8_t)slice_lower(text.ptr[i])) * 16777619u;
	return h;
}

static bool
has_tag(const struct feature_term *a, const struct feature_term *b)
{
	return a->hash == b->hash && a->sip_tree == b->sip_tree && slice_eq_nocase(a->tag, b->tag);
}

/* A term without alternatives yet. */
static enum feature_added
add_term(struct feature_set *set, unsigned int first, struct slice tag, bool sip_tree)
{
	struct feature_term *t = &set->term[set->term_count];

	if (set->term_count == FEATURE_TERMS)
		return FEATURE_FULL;
	*t = (struct feature_term){
		.tag = tag,
		.hash = hash_of(tag),
		.first = set->value_count,
		.sip_tree = sip_tree,
	};
	for (unsigned int i = first; i < set->term_count; i++) {
		if (has_tag(&set->term[i], t)) {
			set->term[i].twice = true;
			return FEATURE_TWICE;
		}
	}
	set->term_count++;
	return FEATURE_ADDED;
}

/* To the term that was added last. */
static bool
add_value(struct feature_set *set, const struct feature_value *value)
{
	if (set->value_count == FEATURE_VALUES)
		return false;
	set->value[set->value_count++] = *value;
	set->term[set->term_count - 1].count++;
	return true;
}

static bool
is_instance(const struct feature_term *t)
{
	return t->sip_tree && slice_eq_nocase(t->tag, SLICE("instance"));
}

static struct feature_value
value_of(const struct feature_term *t, const struct sip_feature_value *v)
{
	struct feature_value value = { .text = v->text, .negated = v->negated };

	switch (v->kind) {
	case SIP_FEATURE_NUMBER:
		value.type = FEATURE_IS_NUMBER;
		value.low = v->low;
		value.high = v->high;
		break;
	case SIP_FEATURE_TEXT:
		value.type = is_instance(t) ? FEATURE_IS_INSTANCE : FEATURE_IS_STRING;
		break;
	case SIP_FEATURE_BOOLEAN:
	case SIP_FEATURE_TOKEN:
		/* a flag has no text (RFC 3841 §8) */
		if (value.text.ptr == NULL)
			value.text = SLICE("TRUE");
		value.hash = hash_of(value.text);
		break;
	}
	return value;
}

/* All alternatives or, where there is no room, not even the term: half a list would say less. */
static enum feature_added
add_values(struct feature_set *set, struct sip_feature *rest)
{
	struct feature_term *t = &set->term[set->term_count - 1];
	struct sip_feature_value next;

	while (sip_feature_value_next(rest, &next)) {
		const struct feature_value value = value_of(t, &next);

		if (!add_value(set, &value)) {
			set->term_count--;
			set->value_count = t->first;
			return FEATURE_FULL;
		}
	}
	return FEATURE_ADDED;
}

enum feature_added
feature_set_add(struct feature_set *set, unsigned int first, const struct sip_feature *feature)
{
	struct sip_feature rest = *feature;
	enum feature_added added;

	if (feature->kind == SIP_FEATURE_MALFORMED)
		return FEATURE_BAD;
	added = add_term(set, first, feature->tag, feature->sip_tree);
	return added == FEATURE_ADDED ? add_values(set, &rest) : added;
}

enum feature_added
feature_set_add_token(struct feature_set *set, unsigned int first, struct slice tag,
		      struct slice token)
{
	const struct feature_value value = {
		.type = FEATURE_IS_TOKEN,
		.text = token,
		.hash = hash_of(token),
	};
	enum feature_added added = add_term(set, first, tag, true);

	if (added == FEATURE_ADDED && !add_value(set, &value)) {
		set->term_count--;
		added = FEATURE_FULL;
	}
	return added;
}

void
feature_set_read(struct feature_set *set, struct slice params, struct slice instance)
{
	struct sip_feature feature = {
		.kind = SIP_FEATURE_STRING,
		.sip_tree = true,
		.tag = SLICE("instance"),
		.value = instance,
		.more = true,
	};

	feature_set_init(set);
	if (instance.len > 0)
		feature_set_add(set, 0, &feature);
	while (sip_feature_next(&params, &feature))
		feature_set_add(set, 0, &feature);
}

/* ---- comparing ---- */

/*
 * Whether a number is in both. A negated range is all that is outside of it; of an empty one,
 * "#5:3", everything is.
 */
static bool
numbers_meet(const struct feature_value *a, const struct feature_value *b)
{
	if (!a->negated && !b->negated)
		return fmax(a->low, b->low) <= fmin(a->high, b->high);
	if (a->negated && b->negated)
		return fmin(a->low, b->low) > -INFINITY || fmax(a->high, b->high) < INFINITY ||
		       a->high < b->low || b->high < a->low;
	if (a->negated)
		return numbers_meet(b, a);
	return a->low <= a->high && (a->low < b->low || a->high > b->high);
}

/* With regard to case, whatever is escaped. */
static bool
same_string(struct slice a, struct slice b)
{
	char plain[STRING_MAX];

	if (sip_quoted_is_literal(a) && sip_quoted_is_literal(b))
		return slice_eq(a, b);
	return sip_quoted_eq(a, sip_quoted_decode(b, plain, sizeof(plain)));
}

/* A registered one is kept in its canonical form (RFC 5626 §4.1). */
static bool
same_instance(struct slice a, struct slice b)
{
	char first[INSTANCE_MAX + 1], second[INSTANCE_MAX + 1];
	size_t n = instance_canonical(a, first), m = instance_canonical(b, second);

	return n > 0 && slice_eq(slice_of(first, n), slice_of(second, m));
}

static bool
same_text(const struct feature_value *a, const struct feature_value *b)
{
	switch ((enum feature_type)a->type) {
	case FEATURE_IS_TOKEN:
		return a->hash == b->hash && slice_eq_nocase(a->text, b->text);
	case FEATURE_IS_INSTANCE:
		return same_instance(a->text, b->text);
	default:
		return same_string(a->text, b->text);
	}
}

/* Whether there is something that both alternatives hold for. */
static bool
values_meet(const struct feature_value *a, const struct feature_value *b)
{
	/* nothing of one type is of another: what is not a token may be any number */
	if (a->type != b->type)
		return a->negated || b->negated;
	if (a->type == FEATURE_IS_NUMBER)
		return numbers_meet(a, b);
	/* there are always more than two texts */
	if (a->negated && b->negated)
		return true;
	return same_text(a, b) == (a->negated == b->negated);
}

static bool
terms_meet(const struct feature_set *a, const struct feature_term *t, const struct feature_set *b,
	   const struct feature_term *u)
{
	for (unsigned int i = 0; i < t->count; i++)
		for (unsigned int k = 0; k < u->count; k++)
			if (values_meet(&a->value[t->first + i], &b->value[u->first + k]))
				return true;
	return false;
}

static const struct feature_term *
find_tag(const struct feature_set *set, const struct feature_term *wanted)
{
	for (unsigned int i = 0; i < set->term_count; i++)
		if (has_tag(&set->term[i], wanted))
			return set->term[i].twice ? NULL : &set->term[i];
	return NULL;
}

struct feature_comparison
feature_set_compare(const struct feature_set *wanted, struct feature_span span,
		    const struct feature_set *contact)
{
	struct feature_comparison result = { .matches = true };

	for (unsigned int i = span.first; i < (unsigned int)span.first + span.count; i++) {
		const struct feature_term *t = &wanted->term[i], *u = find_tag(contact, t);

		if (u == NULL)
			continue;
		result.present++;
		result.matches = result.matches && terms_meet(wanted, t, contact, u);
	}
	return result;
}
