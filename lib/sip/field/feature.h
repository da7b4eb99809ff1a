/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Capabilities of a Contact (RFC 3840 §9) and what a caller prefers (RFC 3841). Any thread; slices
 * borrow from the value.
 */
#ifndef SIP_FIELD_FEATURE_H
#define SIP_FIELD_FEATURE_H

#include "sip/slice.h"

/** An Accept-Contact or Reject-Contact element. */
struct sip_contact_predicate {
	struct slice params; /* behind the first ';'; walk them with sip_feature_next() */
	bool require;        /* Accept-Contact: drop a contact that does not match */
	bool explicit_only;  /* Accept-Contact: `explicit`, drop one that does not say */
};

/**
 * Decode one element of Accept-Contact or Reject-Contact (RFC 3841 §10): '*' and parameters. False
 * when it is malformed, or has `require` or `explicit` twice. Reject-Contact has neither: there
 * both stay false.
 */
bool sip_accept_contact_decode(struct slice element, struct sip_contact_predicate *predicate);
bool sip_reject_contact_decode(struct slice element, struct sip_contact_predicate *predicate);

enum sip_feature_kind {
	SIP_FEATURE_MALFORMED, /* the value is none of the others: not a feature-param */
	SIP_FEATURE_FLAG,      /* without a value: TRUE */
	SIP_FEATURE_LIST,      /* tag-value-list, any of which will do */
	SIP_FEATURE_STRING,    /* "<text>" */
};

/** One feature parameter. */
struct sip_feature {
	enum sip_feature_kind kind;
	bool sip_tree;      /* the tag is "sip." + `tag`: "audio" and "+sip.audio" */
	struct slice tag;   /* without '+' and "sip."; '!' stands for ':', '\'' for '/' */
	struct slice value; /* without quotes, a string without <>; its escapes stay */
	struct slice rest;  /* of a list: what sip_feature_value_next() has not given yet */
	bool more;          /* likewise of any kind */
};

/**
 * Decode one parameter by its name and its value, which is absent or has its quotes. False when the
 * name is none of a feature; a value that is none of one gives SIP_FEATURE_MALFORMED.
 */
bool sip_feature_decode(struct slice name, struct slice value, struct sip_feature *feature);

/**
 * The next feature parameter out of `*rest`, the parameters of a Contact, Refer-To or predicate.
 * Those that are none (q, expires, require...) are left out. `*rest` moves on and becomes absent
 * at the end. False at the end or when the list is malformed (then *rest stays present).
 *
 * A tag may come twice although RFC 3840 §9 forbids it: what that means is up to the caller.
 */
bool sip_feature_next(struct slice *rest, struct sip_feature *feature);

/** The two have the same feature tag, in whatever form it was written. */
bool sip_feature_same_tag(const struct sip_feature *a, const struct sip_feature *b);

/**
 * Find a feature by the name it has in a header field ("audio", "+sip.audio", "+g.oma.sip-im").
 * False when it is not there, malformed, or there more than once: then it says nothing.
 */
bool sip_feature_find(struct slice params, struct slice name, struct sip_feature *feature);

enum sip_feature_value_kind {
	SIP_FEATURE_TOKEN,   /* compared without regard to case */
	SIP_FEATURE_BOOLEAN, /* TRUE or FALSE */
	SIP_FEATURE_NUMBER,  /* a range */
	SIP_FEATURE_TEXT,    /* a string: compared with regard to case */
};

/** One alternative of a feature's value. */
struct sip_feature_value {
	enum sip_feature_value_kind kind;
	bool negated;      /* anything but this */
	bool truth;        /* of a boolean */
	struct slice text; /* without '!'; absent for a flag, which has none */
	double low, high;  /* of a number, both included; open ends are infinite */
};

/**
 * The next alternative of a feature that is not malformed: one of a flag (TRUE) or a string, each
 * of a list. False behind the last.
 */
bool sip_feature_value_next(struct sip_feature *feature, struct sip_feature_value *value);

/** Directives of Request-Disposition (RFC 3841 §9.1): each pair contradicts itself. */
enum sip_directive {
	SIP_DIRECTIVE_PROXY = 1 << 0,
	SIP_DIRECTIVE_REDIRECT = 1 << 1,
	SIP_DIRECTIVE_CANCEL = 1 << 2,
	SIP_DIRECTIVE_NO_CANCEL = 1 << 3,
	SIP_DIRECTIVE_FORK = 1 << 4,
	SIP_DIRECTIVE_NO_FORK = 1 << 5,
	SIP_DIRECTIVE_RECURSE = 1 << 6,
	SIP_DIRECTIVE_NO_RECURSE = 1 << 7,
	SIP_DIRECTIVE_PARALLEL = 1 << 8,
	SIP_DIRECTIVE_SEQUENTIAL = 1 << 9,
	SIP_DIRECTIVE_QUEUE = 1 << 10,
	SIP_DIRECTIVE_NO_QUEUE = 1 << 11,
};

/**
 * Decode one Request-Disposition line and add its directives (enum sip_directive) to `*set`,
 * which begins as 0: the field may be spread over lines. False when an element is empty or no
 * directive; the set of them "is not extensible on purpose". *set is then as it was.
 */
bool sip_request_disposition_decode(struct slice value, unsigned int *set);

/**
 * The directives of `set` whose opposite is in it, too: only one of a pair may be. 0 when all is
 * well; `set & ~conflicts` is what can be honoured still.
 */
unsigned int sip_directive_conflicts(unsigned int set);

#endif
