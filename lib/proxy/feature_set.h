/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Feature set predicates (RFC 3840 §5, RFC 3841 §8): decoded once, then held against each other by
 * the rules of RFC 2533. Pure functions; any thread; slices borrow from the parameters.
 */
#ifndef PROXY_FEATURE_SET_H
#define PROXY_FEATURE_SET_H

#include "sip/field/feature.h"

/** Feature tags, and alternatives of all of them together, that one set holds. */
enum { FEATURE_TERMS = 64, FEATURE_VALUES = 128 };

/** What the alternatives of a term are. A boolean is a token (RFC 3841 §7.2.4). */
enum feature_type { FEATURE_IS_TOKEN, FEATURE_IS_NUMBER, FEATURE_IS_STRING, FEATURE_IS_INSTANCE };

/** One alternative of a term. */
struct feature_value {
	double low, high; /* of a number */
	struct slice text;
	uint32_t hash; /* of a token */
	uint8_t type;  /* enum feature_type */
	bool negated;
};

/** One feature tag and what it may be: any of its alternatives. */
struct feature_term {
	struct slice tag; /* as in struct sip_feature */
	uint32_t hash;
	uint8_t first, count; /* of its alternatives in the set */
	bool sip_tree;
	bool twice; /* the tag came again, which RFC 3840 §9 forbids: it says nothing */
};

/** A conjunction of terms, or several of them one behind the other. About 7 KiB. */
struct feature_set {
	uint8_t term_count, value_count;
	struct feature_term term[FEATURE_TERMS];
	struct feature_value value[FEATURE_VALUES];
};

/** Some terms of a set that make one predicate. */
struct feature_span {
	uint8_t first, count;
};

enum feature_added {
	FEATURE_ADDED,
	FEATURE_BAD,   /* no feature-param */
	FEATURE_TWICE, /* the predicate has the tag already: now it says nothing */
	FEATURE_FULL,
};

/** Forget everything. */
static inline void
feature_set_init(struct feature_set *set)
{
	set->term_count = set->value_count = 0;
}

/** Add a feature parameter to the predicate that begins with term `first`. */
enum feature_added feature_set_add(struct feature_set *set, unsigned int first,
				   const struct sip_feature *feature);

/** Add a term of the sip tree with one token: `tag` "methods" and `token` "INVITE". */
enum feature_added feature_set_add_token(struct feature_set *set, unsigned int first,
					 struct slice tag, struct slice token);

/**
 * The predicate of a contact (RFC 3841 §7.2.3). `params` are parameters of a Contact; what is no
 * feature among them is left out, and so is what is malformed, or too much for the set.
 * `instance`, if it is there, is the +sip.instance that `params` do not have.
 */
void feature_set_read(struct feature_set *set, struct slice params, struct slice instance);

/** How a predicate of a caller compares with that of a contact. */
struct feature_comparison {
	bool matches;         /* RFC 2533: something is in both sets */
	unsigned int present; /* terms whose tag the contact has, too */
};

/**
 * Hold the predicate `span` of `wanted` against all of `contact`. A tag that only one of them has
 * hinders nothing. At most FEATURE_TERMS² looks at a tag and FEATURE_VALUES² at values.
 */
struct feature_comparison feature_set_compare(const struct feature_set *wanted,
					      struct feature_span span,
					      const struct feature_set *contact);

#endif
