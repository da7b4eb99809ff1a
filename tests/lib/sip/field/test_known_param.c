/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/known_param.h"

static const struct params_row {
	const char *label;
	const char *text; /* NULL: no parameters at all */
	bool good;
	const char *flag, *number;
} params[] = {
	{ "absent", NULL, true, NULL, NULL },
	{ "known", "FLAG; n =\r\n 12", true, "FLAG", "12" },
	{ "unknown-may-repeat", "a=1;a=2;a;flag", true, "flag", NULL },
	{ "flag-value", "flag=1", false, NULL, NULL },
	{ "flag-twice", "flag;Flag", false, NULL, NULL },
	{ "number-alone", "n", false, NULL, NULL },
	{ "number-hex", "n=1a", false, NULL, NULL },
	{ "number-twice", "n=1;x;N=1", false, NULL, NULL },
	{ "empty-list", "", false, NULL, NULL },
	{ "empty-item", "flag;;n=1", false, NULL, NULL },
	{ "empty-value", "x=", false, NULL, NULL },
	{ "no-name", "=x", false, NULL, NULL },
	{ "name-in-quotes", "\"x\"=y", false, NULL, NULL },
};

static void
params_are_decoded(void **state)
{
	const struct params_row *row = *state;
	struct slice text = row->text != NULL ? at_wall(slice_str(row->text)) : SLICE_ABSENT;
	struct slice flag = SLICE("left over"), number = SLICE("left over");
	const struct sip_known_param known[] = {
		{ SLICE("flag"), SIP_PARAM_FLAG, &flag },
		{ SLICE("n"), SIP_PARAM_NUMBER, &number },
	};

	assert_int_equal(sip_known_params_decode(text, known, SIP_COUNT(known)), row->good);
	if (!row->good)
		return;
	assert_slice(flag, row->flag);
	assert_slice(number, row->number);
}
GTEST_ROWS(Syntax, params, label, params_are_decoded);

static const struct form_row {
	const char *label;
	enum sip_param_form form;
	const char *text; /* NULL: the parameter has no value */
	bool good;
	const char *kept;
} forms[] = {
	/* clang-format off */
	{ "flag", SIP_PARAM_FLAG, NULL, true, "n" },
	{ "flag-value", SIP_PARAM_FLAG, "x", false, NULL },
	{ "token", SIP_PARAM_TOKEN, "x", true, "x" },
	{ "token-none", SIP_PARAM_TOKEN, NULL, false, NULL },
	{ "token-quoted", SIP_PARAM_TOKEN, "\"x\"", false, NULL },
	{ "number", SIP_PARAM_NUMBER, "99999999999999999999", true, "99999999999999999999" },
	{ "number-sign", SIP_PARAM_NUMBER, "-1", false, NULL },
	{ "host", SIP_PARAM_HOST, "[::1]", true, "[::1]" },
	{ "host-token", SIP_PARAM_HOST, "a!b", false, NULL },
	{ "generic", SIP_PARAM_GENERIC, "\"a b\"", true, "\"a b\"" },
	{ "generic-host", SIP_PARAM_GENERIC, "[::1]", true, "[::1]" },
	{ "generic-none", SIP_PARAM_GENERIC, NULL, false, NULL },
	{ "media", SIP_PARAM_MEDIA, "\"a b\"", true, "\"a b\"" },
	{ "media-host", SIP_PARAM_MEDIA, "[::1]", false, NULL },
	{ "quoted", SIP_PARAM_QUOTED, "\"\"", true, "\"\"" },
	{ "quoted-token", SIP_PARAM_QUOTED, "x", false, NULL },
	{ "quoted-control", SIP_PARAM_QUOTED, "\"\x01\"", false, NULL },
	{ "either-token", SIP_PARAM_TOKEN_OR_QUOTED, "x", true, "x" },
	{ "either-quoted", SIP_PARAM_TOKEN_OR_QUOTED, "\"x\"", true, "x" },
	{ "either-words", SIP_PARAM_TOKEN_OR_QUOTED, "\"x y\"", false, NULL },
	{ "either-empty", SIP_PARAM_TOKEN_OR_QUOTED, "\"\"", false, NULL },
	{ "base64", SIP_PARAM_BASE64, "ab==", true, "ab==" },
	{ "base64-quoted", SIP_PARAM_BASE64, "\"ab==\"", true, "ab==" },
	{ "base64-length", SIP_PARAM_BASE64, "abc", false, NULL },
	{ "opaque", SIP_PARAM_OPAQUE, "abc=", true, "abc=" },
	{ "opaque-quoted", SIP_PARAM_OPAQUE, "\"a b\"", true, "a b" },
	{ "opaque-empty", SIP_PARAM_OPAQUE, "\"\"", false, NULL },
	{ "opaque-dash", SIP_PARAM_OPAQUE, "a-b", false, NULL },
	/* clang-format on */
};

static void
value_has_its_form(void **state)
{
	const struct form_row *row = *state;
	struct slice text = row->text != NULL ? at_wall(slice_str(row->text)) : SLICE_ABSENT;
	struct slice kept = SLICE_ABSENT;
	const struct sip_known_param known = { SLICE("n"), row->form, &kept };

	assert_int_equal(sip_known_param_keep(&known, 1, SLICE("n"), text), row->good);
	if (row->good)
		assert_slice(kept, row->kept);
}
GTEST_ROWS(KnownParam, forms, label, value_has_its_form);

/* RFC 3261 §25.1: a generic-param may stand alone, an m-parameter may not. */
GTEST(KnownParam, media_parameters_have_values)
{
	struct slice value;
	const struct sip_known_param known = { SLICE("boundary"), SIP_PARAM_MEDIA, &value };

	assert_true(sip_media_params_decode(SLICE("a=b;boundary=\"x y\""), &known, 1));
	assert_slice(value, "\"x y\"");
	assert_false(sip_media_params_decode(SLICE("a"), &known, 1));
	assert_false(sip_media_params_decode(SLICE("a=[::1]"), &known, 1));
	assert_false(sip_media_params_decode(SLICE("boundary=x;boundary=y"), &known, 1));
	assert_true(sip_known_params_decode(SLICE("a;b=[::1]"), &known, 1));
	assert_slice(value, NULL);
}

GTEST(KnownParam, first_parameter)
{
	struct slice behind;

	assert_true(sip_first_param_is(SLICE("A=b;c"), SLICE("a"), &behind));
	assert_slice(behind, "c");
	assert_true(sip_first_param_is(SLICE("a"), SLICE("a"), &behind));
	assert_slice(behind, NULL);
	assert_false(sip_first_param_is(SLICE("c;a"), SLICE("a"), &behind));
	assert_false(sip_first_param_is(SLICE_ABSENT, SLICE("a"), &behind));
}
