/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The header fields of an INVITE and, behind an empty line, the parameters of a contact on each
 * line. What a caller does not want does not depend on who else is there, or on the order.
 */
#include "fuzz.h"

#include "proxy/preferences.h"

enum { CONTACTS = 8, TEXT_MAX = 8192 };

/* Up to the first empty line; `*rest` is what is behind it, or absent. */
static struct slice
cut_headers(struct slice *rest)
{
	struct slice whole = *rest, line;

	while (rest->ptr != NULL) {
		line = slice_cut(rest, '\n');
		if (line.len == 0)
			return slice_between(whole.ptr, line.ptr);
	}
	return whole;
}

static bool
index_request(struct slice headers, struct sip_message *msg)
{
	static char text[TEXT_MAX + 64];
	int n = snprintf(text, sizeof(text), "SUBSCRIBE sip:b SIP/2.0\r\n%.*s\r\n\r\n",
			 SLICE_FMT(headers));

	return n > 0 && (size_t)n < sizeof(text) &&
	       sip_message_index(slice_of(text, (size_t)n), msg) == SIP_FAULT_NONE;
}

static void
check_rules(const struct preferences *p)
{
	unsigned int terms = 0;
	bool accept = false;

	MUST(sip_directive_conflicts(p->directives) == 0);
	MUST(p->rule_count <= PREFERENCES_RULES);
	MUST(p->set.term_count <= FEATURE_TERMS && p->set.value_count <= FEATURE_VALUES);
	for (unsigned int i = 0; i < p->rule_count; i++) {
		const struct preferences_rule *r = &p->rule[i];

		MUST(r->span.first == terms);
		terms += r->span.count;
		MUST(!r->reject || (r->span.count > 0 && !accept && !p->implicit));
		MUST(!r->reject || (!r->require && !r->explicit_only));
		accept |= !r->reject;
	}
	MUST(terms == p->set.term_count);
}

/* Something is in both, whichever of them is asked first. */
static void
check_symmetry(const struct feature_set *a, const struct feature_set *b)
{
	const struct feature_span all_a = { 0, a->term_count }, all_b = { 0, b->term_count };
	struct feature_comparison there = feature_set_compare(a, all_a, b);
	struct feature_comparison back = feature_set_compare(b, all_b, a);

	for (unsigned int i = 0; i < a->term_count; i++)
		if (a->term[i].twice)
			return;
	for (unsigned int i = 0; i < b->term_count; i++)
		if (b->term[i].twice)
			return;
	MUST(there.matches == back.matches && there.present == back.present);
}

static void
check_targets(const struct preferences *p, struct preferences_target *target, unsigned int count)
{
	struct preferences_target alone[CONTACTS];
	struct feature_set a, b;
	unsigned int left = 0;

	for (unsigned int i = 0; i < count; i++) {
		alone[i] = target[count - 1 - i];
		feature_set_read(&a, target[i].features, SLICE_ABSENT);
		feature_set_read(&b, target[0].features, SLICE("urn:uuid:0"));
		check_symmetry(&a, &b);
	}
	preferences_apply(p, target, count);
	preferences_apply(p, alone, count);
	for (unsigned int i = 0; i < count; i++) {
		MUST(target[i].qa <= PREFERENCES_QA_ONE);
		MUST(target[i].dropped == alone[count - 1 - i].dropped);
		MUST(target[i].dropped || target[i].qa == alone[count - 1 - i].qa);
		left += !target[i].dropped;
	}
	MUST(!p->implicit || count == 0 || left > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice contacts = slice_of((const char *)data, size), headers;
	struct preferences_target target[CONTACTS] = { 0 };
	static struct preferences preferences;
	struct sip_message msg;
	unsigned int count = 0;

	if (size == 0 || size > TEXT_MAX || memchr(data, '\0', size) != NULL)
		return 0;
	headers = cut_headers(&contacts);
	while (contacts.ptr != NULL && count < CONTACTS)
		target[count++].features = slice_cut(&contacts, '\n');
	if (!index_request(headers, &msg))
		return 0;
	if (!preferences_read(&msg, &preferences)) {
		MUST(preferences.rule_count == 0);
		return 0;
	}
	check_rules(&preferences);
	check_targets(&preferences, target, count);
	return 0;
}
