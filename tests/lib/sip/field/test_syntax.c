/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/syntax.h"

static const struct value_row {
	const char *label;
	const char *text;
	bool good;
} values[] = {
	{ "RFC3261-25.1-token", "a-b.c%", true },
	{ "RFC3261-25.1-host", "a.example.com", true },
	{ "RFC3261-25.1-ipv6", "[2001:db8::1]", true },
	{ "RFC3261-25.1-quoted", "\"a \\\" ;,<b\"", true },
	{ "RFC3261-25.1-quoted-empty", "\"\"", true },
	{ "RFC3261-25.1-empty", "", false },
	{ "RFC3261-25.1-open", "\"a", false },
	{ "RFC3261-25.1-escape-last", "\"a\\\"", false },
	{ "RFC3261-25.1-more", "\"a\"b", false },
	{ "RFC3261-25.1-control", "\"a\x01\"", false },
	{ "RFC3261-25.1-colons", "a:b", false },
	{ "RFC3261-25.1-words", "a b", false },
	{ "RFC3261-25.1-port", "a.example.com:5060", false },
	{ "RFC3261-25.1-ipv6-bare", "2001:db8::1", false },
	{ "RFC3261-25.1-ipv6-open", "[2001:db8::1", false },
};

static void
value_is_judged(void **state)
{
	const struct value_row *row = *state;

	assert_int_equal(sip_gen_value_is_valid(at_wall(slice_str(row->text))), row->good);
}
GTEST_ROWS(Syntax, values, label, value_is_judged);

static const struct head_row {
	const char *label;
	const char *text;
	bool good;
	const char *head, *params;
} heads[] = {
	{ "token", " a ; b", true, "a", " b" },
	{ "token-alone", "a", true, "a", NULL },
	{ "quoted", "\r\n \"a;b\" ;c", true, "\"a;b\"", "c" },
	{ "quoted-alone", "\"a\"", true, "\"a\"", NULL },
	{ "quoted-no-params", "\"a\";", true, "\"a\"", "" },
	{ "quoted-and-more", "\"a\" b;c", false, NULL, NULL },
	{ "quoted-open", "\"a;c", false, NULL, NULL },
	{ "words", "a b;c", false, NULL, NULL },
	{ "empty", "", false, NULL, NULL },
	{ "empty-head", " ;a", false, NULL, NULL },
};

static void
head_is_cut(void **state)
{
	const struct head_row *row = *state;
	struct slice head, rest;

	assert_int_equal(sip_word_cut(at_wall(slice_str(row->text)), &head, &rest), row->good);
	if (!row->good)
		return;
	assert_slice(head, row->head);
	assert_slice(rest, row->params);
}
GTEST_ROWS(Syntax, heads, label, head_is_cut);

static const struct uri_row {
	const char *label;
	const char *text;
	bool good;
	const char *uri, *params;
} uris[] = {
	{ "plain", "<cid:a@b>", true, "cid:a@b", NULL },
	{ "params", " < ", false, NULL, NULL },
	{ "params", "<https://h/p?q=1;r,s> ; x=y", true, "https://h/p?q=1;r,s", " x=y" },
	{ "bare", "cid:a@b", false, NULL, NULL },
	{ "display", "A <cid:a@b>", false, NULL, NULL },
	{ "display-quoted", "\"\" <cid:a@b>", false, NULL, NULL },
	{ "no-scheme", "<a@b>", false, NULL, NULL },
	{ "space", "<cid:a b>", false, NULL, NULL },
	{ "open", "<cid:a@b", false, NULL, NULL },
	{ "sip-host", "<sip:a@b c>", false, NULL, NULL },
	{ "two", "<cid:a@b>, <cid:c@d>", false, NULL, NULL },
};

static void
uri_is_enclosed(void **state)
{
	const struct uri_row *row = *state;
	struct slice uri, rest;

	assert_int_equal(sip_enclosed_uri_cut(at_wall(slice_str(row->text)), &uri, &rest),
			 row->good);
	if (!row->good)
		return;
	assert_slice(uri, row->uri);
	assert_slice(rest, row->params);
}
GTEST_ROWS(Syntax, uris, label, uri_is_enclosed);

static const struct base64_row {
	const char *label;
	const char *text;
	bool good, good_with_lws;
} base64s[] = {
	{ "RFC4648-4", "AZaz09+/", true, true },
	{ "RFC4648-4-one-pad", "abc=", true, true },
	{ "RFC4648-4-two-pads", "ab==", true, true },
	{ "fold", "ab\r\n ==", false, true },
	{ "three-pads", "a===", false, false },
	{ "pad-inside", "ab=c", false, false },
	{ "no-pad", "abc", false, false },
	{ "RFC4648-5", "ab-_", false, false },
	{ "empty", "", false, false },
	{ "white", "    ", false, false },
};

static void
base64_is_judged(void **state)
{
	const struct base64_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));

	assert_int_equal(sip_base64_is_valid(text, false), row->good);
	assert_int_equal(sip_base64_is_valid(text, true), row->good_with_lws);
}
GTEST_ROWS(Syntax, base64s, label, base64_is_judged);

static const struct text_row {
	const char *label;
	const char *text;
	bool dot_atom, clean_msg_id, uric, lower_hex;
} texts[] = {
	{ "RFC6665-8.4", "presence.winfo", true, false, true, false },
	{ "RFC3892-3", "a.b@c.d", false, true, true, false },
	{ "RFC3892-3-host", "a@[2001:db8::1]", false, true, false, false },
	{ "RFC3892-3-atom-of-RFC5322", "a$b@c", false, false, true, false },
	{ "dot-first", ".a", false, false, true, false },
	{ "dot-last", "a.", false, false, true, false },
	{ "dots", "a..b", false, false, true, false },
	{ "digits", "09af", true, false, true, true },
	{ "capital", "0A", true, false, true, false },
	{ "RFC3261-25.1-escape", "urn:x:%41", false, false, true, false },
	{ "escape-short", "urn:x:%4", false, false, false, false },
	{ "escape-no-hex", "%zz", true, false, false, false },
	{ "quote", "a\"b", false, false, false, false },
	{ "bracket", "<a>", false, false, false, false },
	{ "empty", "", false, false, false, true },
};

static void
text_is_judged(void **state)
{
	const struct text_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));

	assert_int_equal(sip_dot_atom_is_valid(text), row->dot_atom);
	assert_int_equal(sip_clean_msg_id_is_valid(text), row->clean_msg_id);
	assert_int_equal(sip_uric_is_valid(text), row->uric);
	assert_int_equal(sip_lower_hex_is_valid(text), row->lower_hex);
}
GTEST_ROWS(Syntax, texts, label, text_is_judged);
