/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/refer.h"

static const struct refer_row {
	const char *label;
	const char *text;
	bool good;
	const char *uri, *host, *params;
} refers[] = {
	/* clang-format off */
	{ "RF-02", "<sip:conf44@example.com>;isfocus", true, "sip:conf44@example.com",
	  "example.com", "isfocus" },
	{ "RF-03", "sip:conf44@example.com;isfocus", true, "sip:conf44@example.com",
	  "example.com", "isfocus" },
	{ "RF-02-display", "\"Alice's Videophone\" <sip:alice@vphone.example.com>\r\n ;audio;video",
	  true, "sip:alice@vphone.example.com", "vphone.example.com", "audio;video" },
	{ "RF-02-uri-params", "<sip:alice-vm@example.com;transport=tcp>;actor=\"msg-taker\";audio",
	  true, "sip:alice-vm@example.com;transport=tcp", "example.com",
	  "actor=\"msg-taker\";audio" },
	{ "RF-08-method", "<sip:c@example.com;method=INVITE>;methods=\"INVITE,BYE\"", true,
	  "sip:c@example.com;method=INVITE", "example.com", "methods=\"INVITE,BYE\"" },
	{ "RF-08-headers", "<sip:d@example.org?Replaces=12%40h%3Bto-tag%3D1%3Bfrom-tag%3D2>"
	  ";video=\"FALSE\"", true, "sip:d@example.org?Replaces=12%40h%3Bto-tag%3D1%3Bfrom-tag%3D2",
	  "example.org", "video=\"FALSE\"" },
	{ "RF-05", "<sip:e@example.com>;description=\"<PC; \\\"left\\\", desk>\";+sip.x=\"#>=4\"",
	  true, "sip:e@example.com", "example.com",
	  "description=\"<PC; \\\"left\\\", desk>\";+sip.x=\"#>=4\"" },
	{ "RF-05-uri-in-value", "<sip:ok@example.com>;+sip.x=\"<sip:x@premium.example.org>\"", true,
	  "sip:ok@example.com", "example.com", "+sip.x=\"<sip:x@premium.example.org>\"" },
	{ "RF-02-uri-in-display", "\"sip:x@premium.example.org\" <sip:ok@example.com>", true,
	  "sip:ok@example.com", "example.com", NULL },
	{ "RF-09", "http://www.example.org/a;isfocus", true, "http://www.example.org/a", NULL,
	  "isfocus" },
	{ "RF-09-tel", "<tel:+1-201-555-0123;phone-context=x>", true,
	  "tel:+1-201-555-0123;phone-context=x", NULL, NULL },
	{ "RF-04-generic", "<sip:g@example.com>;foo=bar;AUDIO", true, "sip:g@example.com",
	  "example.com", "foo=bar;AUDIO" },
	{ "RF-10-twice", "<sip:h@example.com>;audio;audio=\"FALSE\"", true, "sip:h@example.com",
	  "example.com", "audio;audio=\"FALSE\"" },
	{ "RF-10-bracket", "<sip:i@example.com;isfocus", false, NULL, NULL, NULL },
	{ "RF-10-quote", "<sip:i@example.com>;x=\"a", false, NULL, NULL, NULL },
	{ "RF-03-question", "sip:i@example.com?a=b", false, NULL, NULL, NULL },
	{ "RF-14-two", "<sip:i@example.com>, <sip:j@example.com>", false, NULL, NULL, NULL },
	{ "RF-14-two-bare", "sip:i@example.com,sip:j@example.com", false, NULL, NULL, NULL },
	{ "RF-14-two-behind-param", "<sip:i@a.example>;x=y, <sip:j@b.example>", false, NULL, NULL,
	  NULL },
	{ "RF-21-host-escape", "<sip:x@pr%65mium.example.org>", false, NULL, NULL, NULL },
	{ "RF-21-empty", "", false, NULL, NULL, NULL },
	{ "RF-21-no-uri", "<>", false, NULL, NULL, NULL },
	/* clang-format on */
};

static void
refer_is_decoded(void **state)
{
	const struct refer_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_party refer;

	assert_int_equal(sip_refer_to_decode(text, &refer), row->good);
	if (!row->good)
		return;
	assert_slice(refer.address.uri, row->uri);
	assert_slice(refer.uri.host, row->host);
	assert_slice(refer.address.params, row->params);
}
GTEST_ROWS(ReferTo, refers, label, refer_is_decoded);

static const struct referred_row {
	const char *label;
	const char *text;
	bool good;
	const char *uri, *cid;
} referreds[] = {
	/* clang-format off */
	{ "RFC3892-3", "sip:r@ref.example;cid=\"2UWQFN309shb3@ref.example\"", true,
	  "sip:r@ref.example", "2UWQFN309shb3@ref.example" },
	{ "RFC3892-3-no-cid", "\"R\" <sip:r@ref.example;a=b>;x", true, "sip:r@ref.example;a=b",
	  NULL },
	{ "RFC3892-3-host", "<sips:r@ref.example> ; CID = \"a.b@[2001:db8::1]\"", true,
	  "sips:r@ref.example", "a.b@[2001:db8::1]" },
	{ "RFC3892-3-twice", "<sip:r@h>;cid=\"a@b\";cid=\"a@b\"", false, NULL, NULL },
	{ "RFC3892-3-bare", "<sip:r@h>;cid=a", false, NULL, NULL },
	{ "RFC3892-3-brackets", "<sip:r@h>;cid=\"<a@b>\"", false, NULL, NULL },
	{ "RFC3892-3-no-at", "<sip:r@h>;cid=\"ab\"", false, NULL, NULL },
	{ "RFC3892-3-no-left", "<sip:r@h>;cid=\"@b\"", false, NULL, NULL },
	{ "RFC3892-3-dots", "<sip:r@h>;cid=\"a..c@b\"", false, NULL, NULL },
	{ "RFC3892-3-empty-cid", "<sip:r@h>;cid=\"\"", false, NULL, NULL },
	{ "RFC3892-3-alone", "<sip:r@h>;cid", false, NULL, NULL },
	{ "RFC8217-question", "sip:r@h?a=b;cid=\"a@b\"", false, NULL, NULL },
	{ "empty", " ", false, NULL, NULL },
	/* clang-format on */
};

static void
referred_is_decoded(void **state)
{
	const struct referred_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_referred_by referred;

	assert_int_equal(sip_referred_by_decode(text, &referred), row->good);
	if (!row->good)
		return;
	assert_slice(referred.referrer.address.uri, row->uri);
	assert_slice(referred.cid, row->cid);
}
GTEST_ROWS(ReferredBy, referreds, label, referred_is_decoded);

static const struct sub_row {
	const char *label;
	const char *text;
	bool good, subscribe;
} subs[] = {
	{ "NR-02-false", "false", true, false },
	{ "NR-02-true", "true", true, true },
	{ "NR-02-case", "FALSE", true, false },
	{ "NR-02-case-true", "True", true, true },
	{ "NR-02-params", "false ;x=y;z", true, false },
	{ "NR-02-draft-text", "false and (any) \"text", true, false },
	{ "NR-02-folded", "\r\n true\r\n ;a", true, true },
	{ "NR-02-falsehood", "falsehood", false, false },
	{ "NR-02-other-word", "maybe", false, false },
	{ "NR-02-two", "true, false", false, false },
	{ "NR-02-equals", "true=1", false, false },
	{ "NR-02-empty", "", false, false },
	{ "NR-02-params-alone", ";true", false, false },
};

static void
sub_is_decoded(void **state)
{
	const struct sub_row *row = *state;
	bool subscribe;

	assert_int_equal(sip_refer_sub_decode(at_wall(slice_str(row->text)), &subscribe),
			 row->good);
	if (row->good)
		assert_int_equal(subscribe, row->subscribe);
}
GTEST_ROWS(ReferSub, subs, label, sub_is_decoded);
