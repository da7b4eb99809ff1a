/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/feature_caps.h"
#include "sip/param.h"

static const struct row {
	const char *label;
	const char *text;
	bool good;
	const char *caps;
} rows[] = {
	/* clang-format off */
	{ "RFC6809-6.2", "*;+g.3gpp.srvcc", true, "+g.3gpp.srvcc" },
	{ "RFC6809-value", "* ; +g.3gpp.atcf=\"<tel:+1-237-888-9999>\" ; +a", true,
	  " +g.3gpp.atcf=\"<tel:+1-237-888-9999>\" ; +a" },
	{ "RFC3840-9-list", "*;+a=\"x,!y,#>=5,#=-1.5,#1:+2.,TRUE\"", true,
	  "+a=\"x,!y,#>=5,#=-1.5,#1:+2.,TRUE\"" },
	{ "string-escapes", "*;+a=\"<\\>\\\\>\"", true, "+a=\"<\\>\\\\>\"" },
	{ "string-empty", "*;+a=\"<>\"", true, "+a=\"<>\"" },
	{ "name-chars", "*;+a1!'.-%", true, "+a1!'.-%" },
	{ "alone", " * ", true, NULL },
	{ "empty", "", false, NULL },
	{ "no-star", "+a", false, NULL },
	{ "two-stars", "**;+a", false, NULL },
	{ "no-plus", "*;ab", false, NULL },
	{ "plus-alone", "*;+", false, NULL },
	{ "digit-first", "*;+1a", false, NULL },
	{ "name-char", "*;+a_b", false, NULL },
	{ "token-value", "*;+a=x", false, NULL },
	{ "value-empty", "*;+a=\"\"", false, NULL },
	{ "list-empty-element", "*;+a=\"x,,y\"", false, NULL },
	{ "list-space", "*;+a=\"x, y\"", false, NULL },
	{ "list-two-bangs", "*;+a=\"!!x\"", false, NULL },
	{ "list-bang-alone", "*;+a=\"!\"", false, NULL },
	{ "numeric-alone", "*;+a=\"#\"", false, NULL },
	{ "numeric-relation", "*;+a=\"#>5\"", false, NULL },
	{ "numeric-word", "*;+a=\"#=x\"", false, NULL },
	{ "numeric-no-colon", "*;+a=\"#5\"", false, NULL },
	{ "numeric-half", "*;+a=\"#5:\"", false, NULL },
	{ "numeric-and-more", "*;+a=\"#=5x\"", false, NULL },
	{ "string-nested", "*;+a=\"<a<b>\"", false, NULL },
	{ "string-open", "*;+a=\"<a\"", false, NULL },
	{ "string-end-escaped", "*;+a=\"<a\\>\"", false, NULL },
	{ "quote-open", "*;+a=\"<a>", false, NULL },
	{ "parameter-missing", "*;", false, NULL },
	/* clang-format on */
};

static void
is_decoded(void **state)
{
	const struct row *row = *state;
	struct slice caps;

	assert_int_equal(sip_feature_caps_decode(at_wall(slice_str(row->text)), &caps), row->good);
	if (row->good)
		assert_slice(caps, row->caps);
}
GTEST_ROWS(FeatureCaps, rows, label, is_decoded);
TRUNCATIONS(FeatureCaps, rows, struct slice, sip_feature_caps_decode);

GTEST(FeatureCaps, is_walked)
{
	struct slice caps, name, value;

	assert_true(sip_feature_caps_decode(SLICE("*;+a=\"<b>\";+c"), &caps));
	assert_true(sip_param_next(&caps, &name, &value));
	assert_slice(name, "+a");
	assert_slice(value, "\"<b>\"");
	assert_true(sip_param_next(&caps, &name, &value));
	assert_slice(name, "+c");
	assert_slice(value, NULL);
	assert_false(sip_param_next(&caps, &name, &value));
}
