/* SPDX-License-Identifier: BSD-3-Clause */
#include "proxy/preferences.h"

#include "sip/field/event.h"
#include "sip/list.h"

/* ---- reading ---- */

static uint16_t
read_directives(const struct sip_message *request)
{
	unsigned int i = sip_header_first(request, SIP_HDR_REQUEST_DISPOSITION), set = 0;

	for (; i != SIP_NO_HEADER; i = sip_header_next(request, i))
		sip_request_disposition_decode(sip_header_value(request, &request->header[i]),
					       &set);
	set &= ~sip_directive_conflicts(set);
	if ((set & SIP_DIRECTIVE_REDIRECT) != 0)
		set &= SIP_DIRECTIVE_REDIRECT | SIP_DIRECTIVE_CANCEL | SIP_DIRECTIVE_NO_CANCEL |
		       SIP_DIRECTIVE_QUEUE | SIP_DIRECTIVE_NO_QUEUE;
	return (uint16_t)set;
}

/* The terms of a rule that begins at the end of the set. */
static enum feature_added
read_terms(struct feature_set *set, struct slice params, struct feature_span *span)
{
	enum feature_added added = FEATURE_ADDED;
	struct sip_feature feature;

	span->first = set->term_count;
	while (added == FEATURE_ADDED && sip_feature_next(&params, &feature))
		added = feature_set_add(set, span->first, &feature);
	span->count = (uint8_t)(set->term_count - span->first);
	return added;
}

static bool
decode_rule(struct slice element, struct preferences_rule *rule, struct slice *params)
{
	struct sip_contact_predicate predicate;

	if (!(rule->reject ? sip_reject_contact_decode : sip_accept_contact_decode)(element,
										    &predicate))
		return false;
	rule->require = predicate.require;
	rule->explicit_only = predicate.explicit_only;
	*params = predicate.params;
	return true;
}

/* One value, if it is to be heeded. False: it is too much. */
static bool
add_rule(struct preferences *p, bool reject, struct slice element)
{
	const uint8_t terms = p->set.term_count, values = p->set.value_count;
	struct preferences_rule rule = { .reject = reject };
	enum feature_added added;
	struct slice params;

	if (!decode_rule(element, &rule, &params))
		return true;
	added = read_terms(&p->set, params, &rule.span);
	if (added == FEATURE_FULL)
		return false;
	/* without anything that is not wanted all would be rejected */
	if (added != FEATURE_ADDED || (reject && rule.span.count == 0)) {
		p->set.term_count = terms;
		p->set.value_count = values;
		return true;
	}
	if (p->rule_count == PREFERENCES_RULES)
		return false;
	p->rule[p->rule_count++] = rule;
	return true;
}

static bool
read_header(struct preferences *p, const struct sip_message *request, enum sip_header_id id)
{
	struct sip_list_iter it;
	struct slice element;

	sip_list_iter_init(&it, request, id);
	while (sip_list_next(&it, &element))
		if (!add_rule(p, id == SIP_HDR_REJECT_CONTACT, element))
			return false;
	return true;
}

/* The method that the contacts are to have: ACK and CANCEL go where their INVITE went. */
static struct slice
method_of(const struct sip_message *request)
{
	if (request->method == SIP_ACK || request->method == SIP_CANCEL)
		return SLICE("INVITE");
	return sip_span_slice(request, request->method_text);
}

/* RFC 3841 §7.2.2: required, and not explicit. */
static void
read_implicit(struct preferences *p, const struct sip_message *request)
{
	struct slice event = sip_header_get(request, SIP_HDR_EVENT);
	struct sip_event decoded;

	p->implicit = true;
	feature_set_add_token(&p->set, 0, SLICE("methods"), method_of(request));
	if (request->method == SIP_SUBSCRIBE && event.ptr != NULL &&
	    sip_event_decode(event, &decoded))
		feature_set_add_token(&p->set, 0, SLICE("events"), decoded.type.text);
	p->rule[0] = (struct preferences_rule){
		.span = { 0, p->set.term_count },
		.require = true,
	};
	p->rule_count = 1;
}

bool
preferences_read(const struct sip_message *request, struct preferences *out)
{
	out->rule_count = 0;
	out->implicit = false;
	feature_set_init(&out->set);
	out->directives = read_directives(request);
	/* RFC 3841 §9 has neither header field in a REGISTER */
	if (request->method == SIP_REGISTER)
		return true;
	if (sip_header_first(request, SIP_HDR_ACCEPT_CONTACT) == SIP_NO_HEADER &&
	    sip_header_first(request, SIP_HDR_REJECT_CONTACT) == SIP_NO_HEADER) {
		read_implicit(out, request);
		return true;
	}
	if (read_header(out, request, SIP_HDR_REJECT_CONTACT) &&
	    read_header(out, request, SIP_HDR_ACCEPT_CONTACT))
		return true;
	out->rule_count = 0;
	return false;
}

/* ---- applying ---- */

/* Only what the contact says of itself in full speaks against it. */
static bool
is_rejected(const struct preferences_rule *rule, const struct feature_comparison *c)
{
	return c->present == rule->span.count && c->matches;
}

/* The scores of a contact, of the rules that it matches. */
struct scores {
	uint64_t sum;
	unsigned int matched, rules;
};

/* Figure 1 of RFC 3841. False: the contact is dropped. */
static bool
add_score(struct scores *s, const struct preferences_rule *rule, const struct feature_comparison *c)
{
	const unsigned int n = rule->span.count;

	s->rules++;
	if (!c->matches)
		return !rule->require;
	s->matched++;
	if (c->present == n)
		s->sum += PREFERENCES_QA_ONE;
	else if (!rule->explicit_only)
		s->sum += (uint64_t)c->present * PREFERENCES_QA_ONE / n;
	else
		return !rule->require;
	return true;
}

/* False: the contact is dropped. */
static bool
judge(const struct preferences *p, const struct feature_set *contact, uint32_t *qa)
{
	struct scores scores = { 0 };

	for (unsigned int i = 0; i < p->rule_count; i++) {
		const struct preferences_rule *rule = &p->rule[i];
		struct feature_comparison c = feature_set_compare(&p->set, rule->span, contact);

		if (rule->reject ? is_rejected(rule, &c) : !add_score(&scores, rule, &c))
			return false;
	}
	/* who asks for nothing prefers nobody */
	if (scores.rules > 0)
		*qa = scores.matched > 0 ? (uint32_t)(scores.sum / scores.matched) : 0;
	return true;
}

void
preferences_apply(const struct preferences *p, struct preferences_target *target,
		  unsigned int count)
{
	struct feature_set contact;
	bool any_left = false;

	for (unsigned int i = 0; i < count; i++) {
		struct preferences_target *t = &target[i];

		t->qa = PREFERENCES_QA_ONE;
		feature_set_read(&contact, t->features, t->instance);
		t->dropped = contact.term_count > 0 && !judge(p, &contact, &t->qa);
		any_left |= !t->dropped;
	}
	for (unsigned int i = 0; i < count && !any_left && p->implicit; i++)
		target[i].dropped = false; /* with the Qa that it began with */
}
