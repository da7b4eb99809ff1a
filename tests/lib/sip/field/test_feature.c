/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "lib/sip/support.h"
#include "sip/field/feature.h"

static const struct predicate_row {
	const char *label;
	const char *text;
	bool good, reject_good;
	bool require, explicit_only;
	const char *params;
} predicates[] = {
	/* clang-format off */
	{ "RFC3841-10", "*;audio;require", true, true, true, false, "audio;require" },
	{ "AM-33", "* ; Explicit ; REQUIRE ; +sip.x=\"a,b\"", true, true, true, true,
	  " Explicit ; REQUIRE ; +sip.x=\"a,b\"" },
	{ "RFC3841-10-no-params", "*", true, true, false, false, NULL },
	{ "AM-44-tag-twice", "*;audio;audio", true, true, false, false, "audio;audio" },
	{ "RFC3841-10-require-twice", "*;require;require", false, true, false, false,
	  "require;require" },
	{ "RFC3841-10-explicit-twice", "*;explicit;audio;explicit", false, true, false, false,
	  "explicit;audio;explicit" },
	{ "RFC3841-10-uri", "<sip:a@b>;audio", false, false, false, false, NULL },
	{ "RFC3841-10-token", "x;audio", false, false, false, false, NULL },
	{ "RFC3841-10-stars", "**", false, false, false, false, NULL },
	{ "RFC3841-10-flag-name", "*;explicit:require;audio", false, false, false, false, NULL },
	{ "RFC3841-10-two", "*,*", false, false, false, false, NULL },
	{ "RFC3841-10-empty", "", false, false, false, false, NULL },
	{ "RFC3841-10-empty-param", "*;", false, false, false, false, NULL },
	/* clang-format on */
};

static void
predicate_is_decoded(void **state)
{
	const struct predicate_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_contact_predicate predicate;

	assert_int_equal(sip_accept_contact_decode(text, &predicate), row->good);
	if (row->good) {
		assert_int_equal(predicate.require, row->require);
		assert_int_equal(predicate.explicit_only, row->explicit_only);
		assert_slice(predicate.params, row->params);
	}
	assert_int_equal(sip_reject_contact_decode(text, &predicate), row->reject_good);
	if (row->reject_good) {
		assert_false(predicate.require);
		assert_false(predicate.explicit_only);
		assert_slice(predicate.params, row->params);
	}
}
GTEST_ROWS(ContactPredicate, predicates, label, predicate_is_decoded);

/* One feature parameter and what it is. */
static const struct feature_row {
	const char *label;
	const char *text;
	bool is_feature;
	bool sip_tree;
	const char *tag;
	enum sip_feature_kind kind;
	const char *value;
} features[] = {
	/* clang-format off */
	{ "RF-04-base", "audio", true, true, "audio", SIP_FEATURE_FLAG, NULL },
	{ "RF-07-case", "AUDIO", true, true, "AUDIO", SIP_FEATURE_FLAG, NULL },
	{ "RF-07-plus", "+sip.audio", true, true, "audio", SIP_FEATURE_FLAG, NULL },
	{ "RFC3840-5-other", "+rangeparam=\"#-4:+5.125\"", true, false, "rangeparam",
	  SIP_FEATURE_LIST, "#-4:+5.125" },
	{ "RFC3841-8-language", "language=\"en,de\"", true, false, "language", SIP_FEATURE_LIST,
	  "en,de" },
	{ "RFC3841-8-type", "type=\"a\"", true, false, "type", SIP_FEATURE_LIST, "a" },
	{ "RFC3841-8-extensions", "extensions=\"answermode\"", true, true, "extensions",
	  SIP_FEATURE_LIST, "answermode" },
	{ "RFC3840-9-encoded", "+g.a!b'c%2d-1", true, false, "g.a!b'c%2d-1", SIP_FEATURE_FLAG,
	  NULL },
	{ "RFC3840-9-string", "description=\"<PC>\"", true, true, "description", SIP_FEATURE_STRING,
	  "PC" },
	{ "RF-05-string", "description=\"<PC; \\\"left\\\", desk>\"", true, true, "description",
	  SIP_FEATURE_STRING, "PC; \\\"left\\\", desk" },
	{ "RFC3840-9-string-empty", "description=\"<>\"", true, true, "description",
	  SIP_FEATURE_STRING, "" },
	{ "RFC5626-4.1-instance", "+sip.instance=\"<urn:uuid:0-1>\"", true, true, "instance",
	  SIP_FEATURE_STRING, "urn:uuid:0-1" },
	{ "RF-06-not", "events=\"!presence,message-summary\"", true, true, "events",
	  SIP_FEATURE_LIST, "!presence,message-summary" },
	{ "spaces", " audio\r\n = \"TRUE\" ", true, true, "audio", SIP_FEATURE_LIST, "TRUE" },
	{ "RFC3840-9-q", "q=0.5", false, false, NULL, 0, NULL },
	{ "RFC3840-9-expires", "expires=60", false, false, NULL, 0, NULL },
	{ "RFC3841-10-require", "require", false, false, NULL, 0, NULL },
	{ "RFC3840-9-digit", "+1x", false, false, NULL, 0, NULL },
	{ "RFC3840-9-underscore", "+a_b", false, false, NULL, 0, NULL },
	{ "RFC3840-9-plus", "+", false, false, NULL, 0, NULL },
	{ "AM-28-bare", "answermode", false, false, NULL, 0, NULL },
	{ "bad-unquoted", "audio=TRUE", true, true, "audio", SIP_FEATURE_MALFORMED, "TRUE" },
	{ "bad-empty", "audio=\"\"", true, true, "audio", SIP_FEATURE_MALFORMED, "" },
	{ "bad-no-value", "audio=", true, true, "audio", SIP_FEATURE_MALFORMED, "" },
	{ "bad-item", "class=\"a,,b\"", true, true, "class", SIP_FEATURE_MALFORMED, "a,,b" },
	{ "bad-space", "class=\"a, b\"", true, true, "class", SIP_FEATURE_MALFORMED, "a, b" },
	{ "bad-nots", "class=\"!!a\"", true, true, "class", SIP_FEATURE_MALFORMED, "!!a" },
	{ "bad-not-alone", "class=\"!\"", true, true, "class", SIP_FEATURE_MALFORMED, "!" },
	{ "bad-bracket", "class=\"<a\"", true, true, "class", SIP_FEATURE_MALFORMED, "<a" },
	{ "bad-brackets", "class=\"<a<b>\"", true, true, "class", SIP_FEATURE_MALFORMED, "a<b" },
	{ "bad-string-escape", "class=\"<a\\>\"", true, true, "class", SIP_FEATURE_MALFORMED,
	  "a\\" },
	/* clang-format on */
};

static void
feature_is_decoded(void **state)
{
	const struct feature_row *row = *state;
	struct slice rest = at_wall(slice_str(row->text));
	struct sip_feature feature;

	assert_int_equal(sip_feature_next(&rest, &feature), row->is_feature);
	assert_true(rest.ptr == NULL);
	if (!row->is_feature)
		return;
	assert_int_equal(feature.sip_tree, row->sip_tree);
	assert_slice(feature.tag, row->tag);
	assert_int_equal(feature.kind, row->kind);
	assert_slice(feature.value, row->value);
}
GTEST_ROWS(Feature, features, label, feature_is_decoded);

static const struct number_row {
	const char *label;
	const char *text;
	bool good;
	double low, high;
} numbers[] = {
	{ "equal", "\"#=4\"", true, 4, 4 },
	{ "at-least", "\"#>=-4.5\"", true, -4.5, INFINITY },
	{ "at-most", "\"#<=+4.25\"", true, -INFINITY, 4.25 },
	{ "range", "\"#-4:+5.125\"", true, -4, 5.125 },
	{ "dot-last", "\"#=4.\"", true, 4, 4 },
	{ "zeros", "\"#=001.10\"", true, 1.1, 1.1 },
	{ "many-digits", "\"#=0.1000000000000000000000000000000000000000\"", true, 0.1, 0.1 },
	{ "nothing", "\"#\"", false, 0, 0 },
	{ "number-alone", "\"#4\"", false, 0, 0 },
	{ "no-number", "\"#>=\"", false, 0, 0 },
	{ "relation", "\"#>4\"", false, 0, 0 },
	{ "sign-alone", "\"#=-\"", false, 0, 0 },
	{ "no-integer", "\"#=.5\"", false, 0, 0 },
	{ "range-half", "\"#4:\"", false, 0, 0 },
	{ "range-relation", "\"#=4:5\"", false, 0, 0 },
	{ "more", "\"#=4x\"", false, 0, 0 },
};

static void
number_is_decoded(void **state)
{
	const struct number_row *row = *state;
	char text[128];
	struct slice rest;
	struct sip_feature feature;
	struct sip_feature_value value;

	snprintf(text, sizeof(text), "+x=%s", row->text);
	rest = at_wall(slice_str(text));
	assert_true(sip_feature_next(&rest, &feature));
	assert_int_equal(feature.kind, row->good ? SIP_FEATURE_LIST : SIP_FEATURE_MALFORMED);
	assert_int_equal(sip_feature_value_next(&feature, &value), row->good);
	if (!row->good)
		return;
	assert_int_equal(value.kind, SIP_FEATURE_NUMBER);
	assert_true(value.low == row->low && value.high == row->high);
	assert_false(sip_feature_value_next(&feature, &value));
}
GTEST_ROWS(Feature, numbers, label, number_is_decoded);

/* A number must be what an ANSI C double can hold. */
GTEST(Feature, RFC3840_9_number_too_large)
{
	char text[400];
	struct slice rest = slice_of(text, sizeof(text));
	struct sip_feature feature;

	memset(text, '9', sizeof(text));
	memcpy(text, "+x=\"#=", 6);
	text[sizeof(text) - 1] = '"';
	assert_true(sip_feature_next(&rest, &feature));
	assert_int_equal(feature.kind, SIP_FEATURE_MALFORMED);
}

/* Digits that a double does not hold change nothing, however many. */
GTEST(Feature, RFC3840_9_number_of_many_digits)
{
	char text[800];
	struct slice rest = slice_of(text, sizeof(text));
	struct sip_feature feature;
	struct sip_feature_value value;

	memset(text, '3', sizeof(text));
	memcpy(text, "+x=\"#=0.", 8);
	text[sizeof(text) - 1] = '"';
	assert_true(sip_feature_next(&rest, &feature));
	assert_true(sip_feature_value_next(&feature, &value));
	assert_true(fabs(value.low - 1.0 / 3) < 1e-13);
}

static struct sip_feature
only_feature(const char *text)
{
	struct slice rest = at_wall(slice_str(text));
	struct sip_feature feature;

	assert_true(sip_feature_next(&rest, &feature));
	assert_true(rest.ptr == NULL);
	return feature;
}

GTEST(FeatureValues, RFC3841_8_list)
{
	struct sip_feature feature = only_feature("events=\"!presence,Winfo,!FALSE,!#=1\"");
	struct sip_feature_value value;

	assert_true(sip_feature_value_next(&feature, &value));
	assert_int_equal(value.kind, SIP_FEATURE_TOKEN);
	assert_true(value.negated);
	assert_slice(value.text, "presence");
	assert_true(sip_feature_value_next(&feature, &value));
	assert_int_equal(value.kind, SIP_FEATURE_TOKEN);
	assert_false(value.negated);
	assert_slice(value.text, "Winfo");
	assert_true(sip_feature_value_next(&feature, &value));
	assert_int_equal(value.kind, SIP_FEATURE_BOOLEAN);
	assert_true(value.negated && !value.truth);
	assert_true(sip_feature_value_next(&feature, &value));
	assert_int_equal(value.kind, SIP_FEATURE_NUMBER);
	assert_true(value.negated && value.low == 1 && value.high == 1);
	assert_false(sip_feature_value_next(&feature, &value));
}

GTEST(FeatureValues, RFC3841_8_flag_is_true)
{
	struct sip_feature feature = only_feature("automata");
	struct sip_feature_value value;

	assert_true(sip_feature_value_next(&feature, &value));
	assert_int_equal(value.kind, SIP_FEATURE_BOOLEAN);
	assert_true(value.truth && !value.negated);
	assert_slice(value.text, NULL);
	assert_false(sip_feature_value_next(&feature, &value));
}

GTEST(FeatureValues, RFC3841_8_string)
{
	struct sip_feature feature = only_feature("description=\"<!a,b>\"");
	struct sip_feature_value value;

	assert_true(sip_feature_value_next(&feature, &value));
	assert_int_equal(value.kind, SIP_FEATURE_TEXT);
	assert_slice(value.text, "!a,b");
	assert_false(value.negated);
	assert_false(sip_feature_value_next(&feature, &value));
}

GTEST(FeatureValues, malformed_has_none)
{
	struct sip_feature feature = only_feature("audio=x");
	struct sip_feature_value value;

	assert_false(sip_feature_value_next(&feature, &value));
}

static const struct find_row {
	const char *label;
	const char *params, *name;
	bool found;
	const char *value;
} finds[] = {
	{ "RF-07", "q=1;+SIP.Extensions=\"a\";x", "extensions", true, "a" },
	{ "RF-07-base", "q=1;extensions=\"a\";x", "+sip.extensions", true, "a" },
	{ "RF-07-not-sip", "+audio", "audio", false, NULL },
	{ "RFC3841-8-language", "+language=\"en\"", "language", true, "en" },
	{ "AM-29-twice", "extensions=\"a\";+sip.extensions=\"b\"", "extensions", false, NULL },
	{ "RF-10-twice", "audio;audio=\"FALSE\"", "audio", false, NULL },
	{ "RF-10-malformed", "audio=1;video=\"FALSE\"", "audio", false, NULL },
	{ "RF-10-next-to-malformed", "audio=1;video=\"FALSE\"", "video", true, "FALSE" },
	{ "missing", "audio", "video", false, NULL },
	{ "no-feature-name", "foo=bar", "foo", false, NULL },
};

static void
feature_is_found(void **state)
{
	const struct find_row *row = *state;
	struct sip_feature feature;

	assert_int_equal(sip_feature_find(slice_str(row->params), slice_str(row->name), &feature),
			 row->found);
	if (row->found)
		assert_slice(feature.value, row->value);
}
GTEST_ROWS(Feature, finds, label, feature_is_found);

GTEST(Feature, list_that_does_not_end)
{
	struct slice rest = SLICE("audio;x=\"a;video");
	struct sip_feature feature;

	assert_true(sip_feature_next(&rest, &feature));
	assert_false(sip_feature_next(&rest, &feature));
	assert_true(rest.ptr != NULL);
}

static const struct disposition_row {
	const char *label;
	const char *text;
	bool good;
	unsigned int set, conflicts;
} dispositions[] = {
	/* clang-format off */
	{ "RFC3841-9.1", "proxy, recurse, parallel", true, SIP_DIRECTIVE_PROXY |
	  SIP_DIRECTIVE_RECURSE | SIP_DIRECTIVE_PARALLEL, 0 },
	{ "AM-47-proxy", "PROXY", true, SIP_DIRECTIVE_PROXY, 0 },
	{ "AM-47-redirect", "redirect", true, SIP_DIRECTIVE_REDIRECT, 0 },
	{ "AM-47-cancel", "cancel", true, SIP_DIRECTIVE_CANCEL, 0 },
	{ "AM-47-no-cancel", "no-cancel", true, SIP_DIRECTIVE_NO_CANCEL, 0 },
	{ "AM-47-fork", "fork", true, SIP_DIRECTIVE_FORK, 0 },
	{ "AM-47-no-fork", "No-Fork", true, SIP_DIRECTIVE_NO_FORK, 0 },
	{ "AM-47-recurse", "recurse", true, SIP_DIRECTIVE_RECURSE, 0 },
	{ "AM-47-no-recurse", "no-recurse", true, SIP_DIRECTIVE_NO_RECURSE, 0 },
	{ "AM-47-parallel", "parallel", true, SIP_DIRECTIVE_PARALLEL, 0 },
	{ "AM-47-sequential", "sequential", true, SIP_DIRECTIVE_SEQUENTIAL, 0 },
	{ "AM-47-queue", "queue", true, SIP_DIRECTIVE_QUEUE, 0 },
	{ "AM-47-no-queue", "no-queue", true, SIP_DIRECTIVE_NO_QUEUE, 0 },
	{ "folded", "fork\r\n ,\r\n\tqueue", true,
	  SIP_DIRECTIVE_FORK | SIP_DIRECTIVE_QUEUE, 0 },
	{ "same-twice", "fork,fork", true, SIP_DIRECTIVE_FORK, 0 },
	{ "RFC3841-9.1-pair", "proxy, fork, redirect", true, SIP_DIRECTIVE_PROXY |
	  SIP_DIRECTIVE_REDIRECT | SIP_DIRECTIVE_FORK,
	  SIP_DIRECTIVE_PROXY | SIP_DIRECTIVE_REDIRECT },
	{ "RFC3841-9.1-neighbours", "no-cancel,fork,no-fork,recurse,no-queue", true,
	  SIP_DIRECTIVE_NO_CANCEL | SIP_DIRECTIVE_FORK | SIP_DIRECTIVE_NO_FORK |
	  SIP_DIRECTIVE_RECURSE | SIP_DIRECTIVE_NO_QUEUE,
	  SIP_DIRECTIVE_FORK | SIP_DIRECTIVE_NO_FORK },
	{ "RFC3841-9.1-pair-queue", "no-queue,queue", true,
	  SIP_DIRECTIVE_QUEUE | SIP_DIRECTIVE_NO_QUEUE,
	  SIP_DIRECTIVE_QUEUE | SIP_DIRECTIVE_NO_QUEUE },
	{ "RFC3841-9.1-not-extensible", "proxy, teleport", false, 0, 0 },
	{ "empty", "", false, 0, 0 },
	{ "empty-element", "proxy,,fork", false, 0, 0 },
	{ "comma-last", "proxy,", false, 0, 0 },
	{ "param", "proxy;x", false, 0, 0 },
	/* clang-format on */
};

static void
disposition_is_decoded(void **state)
{
	const struct disposition_row *row = *state;
	unsigned int set = 0;

	assert_int_equal(sip_request_disposition_decode(at_wall(slice_str(row->text)), &set),
			 row->good);
	assert_int_equal(set, row->set);
	assert_int_equal(sip_directive_conflicts(set), row->conflicts);
}
GTEST_ROWS(RequestDisposition, dispositions, label, disposition_is_decoded);

GTEST(RequestDisposition, lines_add_up)
{
	unsigned int set = 0;

	assert_true(sip_request_disposition_decode(SLICE("fork"), &set));
	assert_true(sip_request_disposition_decode(SLICE("queue"), &set));
	assert_false(sip_request_disposition_decode(SLICE("proxy, x"), &set));
	assert_int_equal(set, SIP_DIRECTIVE_FORK | SIP_DIRECTIVE_QUEUE);
}
