/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Caller preferences (RFC 3841): what a request says of the contacts that it may be sent to, and
 * how. For the proxy that owns the domain of the Request-URI and has looked the contacts up
 * (§7.2); of a GRUU they are those of its instance (GR-49).
 *
 * No allocation; any thread. Bounded by the limits below whatever is in the request and in the
 * features of the contacts.
 */
#ifndef PROXY_PREFERENCES_H
#define PROXY_PREFERENCES_H

#include "proxy/feature_set.h"
#include "sip/message.h"

/** Accept-Contact and Reject-Contact values of one request (RFC 3841 §11: about 20). */
#define PREFERENCES_RULES 20

/** Qa of a contact that has all that is preferred, and of one that says nothing of itself. */
#define PREFERENCES_QA_ONE 1000000

/** One value of Accept-Contact or Reject-Contact. */
struct preferences_rule {
	struct feature_span span;
	bool reject;        /* Reject-Contact */
	bool require;       /* a contact that does not match is dropped */
	bool explicit_only; /* a contact that does not say all of it is no good match */
};

/** The preferences of one request. Slices borrow from it. About 7 KiB. */
struct preferences {
	/**
	 * Request-Disposition: enum sip_directive. Of two that contradict each other there is
	 * neither, and with SIP_DIRECTIVE_REDIRECT none about branches (§9.1).
	 */
	uint16_t directives;
	uint8_t rule_count;
	bool implicit; /* they were not written: its method, and the event of a SUBSCRIBE */
	struct preferences_rule rule[PREFERENCES_RULES];
	struct feature_set set; /* of all rules */
};

/**
 * Read the preferences of a request that was indexed. A REGISTER has only directives.
 *
 * A value that is malformed is not heeded: it has something other than "*", `require` or
 * `explicit` or a feature tag twice, a feature parameter that is none, or nothing to reject; and
 * likewise a line of Request-Disposition with a word that is no directive. It is not refused
 * either, because it asks for nothing that the caller could count on.
 *
 * False when there are more than PREFERENCES_RULES values, or more in them than FEATURE_TERMS
 * parameters and FEATURE_VALUES alternatives: to be refused with 400 (§11). Only `directives` is
 * set then.
 */
bool preferences_read(const struct sip_message *request, struct preferences *out);

/** A contact that a request may be sent to. */
struct preferences_target {
	/**
	 * Parameters of its Contact: those of struct binding, or those of a redirection with
	 * whatever else is among them.
	 */
	struct slice features;
	/** +sip.instance of a binding, which is not among its features. Absent without one. */
	struct slice instance;
	uint32_t qa;  /* out: how well it suits the caller, up to PREFERENCES_QA_ONE */
	uint16_t q;   /* in: thousandths, as its owner wants it */
	bool dropped; /* out: the caller does not want it */
};

/**
 * Hold the targets against the preferences (§7.2.3, §7.2.4): sets `qa` and `dropped` of each.
 * One that has no feature is immune. When every target would be dropped for preferences that were
 * not written, none is; for those that were, the answer is 480 (Temporarily Unavailable).
 */
void preferences_apply(const struct preferences *p, struct preferences_target *target,
		       unsigned int count);

/** Whether `a` comes before `b`: by q, which is the callee's wish, then by Qa (§7.2.4). */
static inline bool
preferences_before(const struct preferences_target *a, const struct preferences_target *b)
{
	return a->q != b->q ? a->q > b->q : a->qa > b->qa;
}

#endif
