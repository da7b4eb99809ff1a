/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/event.h"

static const struct event_row {
	const char *label;
	const char *text;
	bool good;
	const char *type, *package, *templates, *id;
} events[] = {
	/* clang-format off */
	{ "RFC6665-8.4", "presence", true, "presence", "presence", NULL, NULL },
	{ "RFC6665-8.4-template", "presence.winfo", true, "presence.winfo", "presence", "winfo",
	  NULL },
	{ "RFC6665-8.4-templates", "a.b.c;id=1", true, "a.b.c", "a", "b.c", "1" },
	{ "RFC6665-8.2.1-other-params", "foo; param=abcd; id=1234", true, "foo", "foo", NULL,
	  "1234" },
	{ "RFC6665-8.2.1-quoted-param", "foo;x=\";id=2\";id=1", true, "foo", "foo", NULL, "1" },
	{ "EV-61-rates", "presence;max-rate=0.05;min-rate=1", true, "presence", "presence", NULL,
	  NULL },
	{ "folded", "refer\r\n ;\r\n id\r\n =\r\n 93809824", true, "refer", "refer", NULL,
	  "93809824" },
	{ "id-name-case", "refer;ID=a", true, "refer", "refer", NULL, "a" },
	{ "EV-22-two-types", "foo, bar", false, NULL, NULL, NULL, NULL },
	{ "EV-22-two-words", "foo bar", false, NULL, NULL, NULL, NULL },
	{ "EV-22-empty", "", false, NULL, NULL, NULL, NULL },
	{ "EV-22-only-params", ";id=1", false, NULL, NULL, NULL, NULL },
	{ "id-twice", "foo;id=1;id=1", false, NULL, NULL, NULL, NULL },
	{ "id-without-value", "foo;id", false, NULL, NULL, NULL, NULL },
	{ "id-empty", "foo;id=", false, NULL, NULL, NULL, NULL },
	{ "id-quoted", "foo;id=\"1\"", false, NULL, NULL, NULL, NULL },
	{ "dot-first", ".foo", false, NULL, NULL, NULL, NULL },
	{ "dot-last", "foo.", false, NULL, NULL, NULL, NULL },
	{ "dots", "foo..bar", false, NULL, NULL, NULL, NULL },
	{ "type-quoted", "\"foo\"", false, NULL, NULL, NULL, NULL },
	{ "empty-param", "foo;", false, NULL, NULL, NULL, NULL },
	{ "quote-open", "foo;x=\"a", false, NULL, NULL, NULL, NULL },
	/* clang-format on */
};

static void
event_is_decoded(void **state)
{
	const struct event_row *row = *state;
	struct sip_event event;

	assert_int_equal(sip_event_decode(at_wall(slice_str(row->text)), &event), row->good);
	if (!row->good)
		return;
	assert_slice(event.type.text, row->type);
	assert_slice(event.type.package, row->package);
	assert_slice(event.type.templates, row->templates);
	assert_slice(event.id, row->id);
}
GTEST_ROWS(Event, events, label, event_is_decoded);

GTEST(Event, absent_value)
{
	struct sip_event event;
	struct sip_subscription_state sub;

	assert_false(sip_event_decode(SLICE_ABSENT, &event));
	assert_false(sip_subscription_state_decode(SLICE_ABSENT, &sub));
}

GTEST(AllowEvents, RFC6665_8_4_element)
{
	struct sip_event_type type;

	assert_true(sip_event_type_decode(SLICE(" \r\n presence.winfo\t"), &type));
	assert_slice(type.text, "presence.winfo");
	assert_slice(type.package, "presence");
	assert_slice(type.templates, "winfo");
	assert_false(sip_event_type_decode(SLICE("presence;id=1"), &type));
	assert_false(sip_event_type_decode(SLICE(""), &type));
}

static const struct match_row {
	const char *label;
	const char *a, *b;
	bool same;
} matches[] = {
	{ "RFC6665-8.2.1-param", "foo; id=1234", "foo; param=abcd; id=1234", true },
	{ "RFC6665-8.2.1-no-id", "foo; id=1234", "foo", false },
	{ "RFC6665-8.2.1-type-case", "foo; id=1234", "Foo; id=1234", false },
	{ "RFC6665-8.2.1-id-case", "foo; id=a", "foo; id=A", false },
	{ "RFC6665-8.2.1-id", "foo; id=1", "foo; id=01", false },
	{ "RFC6665-8.2.1-template", "foo", "foo.winfo", false },
	{ "RFC6665-8.2.1-neither-id", "foo", "foo;x", true },
};

static void
event_is_matched(void **state)
{
	const struct match_row *row = *state;
	struct sip_event a, b;

	assert_true(sip_event_decode(slice_str(row->a), &a));
	assert_true(sip_event_decode(slice_str(row->b), &b));
	assert_int_equal(sip_event_matches(&a, &b), row->same);
	assert_int_equal(sip_event_matches(&b, &a), row->same);
}
GTEST_ROWS(Event, matches, label, event_is_matched);

#define MAX UINT32_MAX
#define NO (-1) /* absent */

static const struct state_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_substate state;
	enum sip_substate_reason reason;
	const char *reason_text;
	int64_t expires, retry_after;
} states[] = {
	/* clang-format off */
	{ "EV-52-active", "active;expires=3600", true, SIP_SUBSTATE_ACTIVE, SIP_SUBREASON_OTHER, NULL,
	  3600, NO },
	{ "EV-38-pending", "pending;expires=0", true, SIP_SUBSTATE_PENDING, SIP_SUBREASON_OTHER, NULL,
	  0, NO },
	{ "EV-44-timeout", "terminated;reason=timeout", true, SIP_SUBSTATE_TERMINATED,
	  SIP_SUBREASON_TIMEOUT, "timeout", NO, NO },
	{ "EV-47-deactivated", "terminated;reason=deactivated", true, SIP_SUBSTATE_TERMINATED,
	  SIP_SUBREASON_DEACTIVATED, "deactivated", NO, NO },
	{ "EV-53-probation", "terminated;reason=probation;retry-after=60", true,
	  SIP_SUBSTATE_TERMINATED, SIP_SUBREASON_PROBATION, "probation", NO, 60 },
	{ "EV-53-giveup", "terminated;retry-after=5;reason=giveup", true, SIP_SUBSTATE_TERMINATED,
	  SIP_SUBREASON_GIVEUP, "giveup", NO, 5 },
	{ "EV-53-invariant", "terminated;reason=invariant", true, SIP_SUBSTATE_TERMINATED,
	  SIP_SUBREASON_INVARIANT, "invariant", NO, NO },
	{ "EV-38-rejected", "terminated;reason=rejected", true, SIP_SUBSTATE_TERMINATED,
	  SIP_SUBREASON_REJECTED, "rejected", NO, NO },
	{ "EV-48-noresource", "terminated;reason=noresource", true, SIP_SUBSTATE_TERMINATED,
	  SIP_SUBREASON_NORESOURCE, "noresource", NO, NO },
	{ "RFC4660-badfilter", "terminated;reason=badfilter", true, SIP_SUBSTATE_TERMINATED,
	  SIP_SUBREASON_BADFILTER, "badfilter", NO, NO },
	{ "RFC6665-8.4-extensions", "dozing;reason=bored;x=[::1];y", true, SIP_SUBSTATE_OTHER,
	  SIP_SUBREASON_OTHER, "bored", NO, NO },
	{ "RFC3261-7.3.1-case", "ACTIVE;Expires=1;REASON=TimeOut", true, SIP_SUBSTATE_ACTIVE,
	  SIP_SUBREASON_TIMEOUT, "TimeOut", 1, NO },
	{ "folded", "active\r\n ; expires\r\n = 7", true, SIP_SUBSTATE_ACTIVE, SIP_SUBREASON_OTHER,
	  NULL, 7, NO },
	{ "saturates", "active;expires=99999999999999999999", true, SIP_SUBSTATE_ACTIVE,
	  SIP_SUBREASON_OTHER, NULL, MAX, NO },
	{ "expires-twice", "active;expires=1;expires=1", false, 0, 0, NULL, NO, NO },
	{ "reason-twice", "terminated;reason=a;Reason=b", false, 0, 0, NULL, NO, NO },
	{ "retry-after-twice", "active;retry-after=1;retry-after=2", false, 0, 0, NULL, NO, NO },
	{ "expires-no-number", "active;expires=soon", false, 0, 0, NULL, NO, NO },
	{ "expires-negative", "active;expires=-1", false, 0, 0, NULL, NO, NO },
	{ "expires-alone", "active;expires", false, 0, 0, NULL, NO, NO },
	{ "two", "active, pending", false, 0, 0, NULL, NO, NO },
	{ "empty", "", false, 0, 0, NULL, NO, NO },
	{ "param-name", "active;a b=1", false, 0, 0, NULL, NO, NO },
	{ "param-value", "active;a=b/c", false, 0, 0, NULL, NO, NO },
	/* clang-format on */
};

static void
state_is_decoded(void **state)
{
	const struct state_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_subscription_state sub;

	assert_int_equal(sip_subscription_state_decode(text, &sub), row->good);
	if (!row->good)
		return;
	assert_int_equal(sub.state, row->state);
	assert_int_equal(sub.reason, row->reason);
	assert_slice(sub.reason_text, row->reason_text);
	assert_int_equal(sub.has_expires ? (int64_t)sub.expires : NO, row->expires);
	assert_int_equal(sub.has_retry_after ? (int64_t)sub.retry_after : NO, row->retry_after);
}
GTEST_ROWS(SubscriptionState, states, label, state_is_decoded);
