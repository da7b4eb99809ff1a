/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/quoted.h"

static const struct skip_row {
	const char *label;
	const char *text;
	int len; /* of the quoted string, or -1 */
} skips[] = {
	{ "RFC3261-25.1-plain", "\"abc\"d", 5 },
	{ "RFC3261-25.1-empty", "\"\"", 2 },
	{ "RFC3261-25.1-quoted-pair", "\"a\\\"b\\\\\"", 8 },
	{ "RFC3261-25.1-escaped-control", "\"a\\\x01\"", 5 },
	{ "RFC3261-25.1-utf8", "\"J\xc3\xa4s\"", 6 },
	{ "RFC3261-7.3.1-fold", "\"a\r\n b\"", 7 },
	{ "RFC3261-25.1-tab", "\"a\tb\"", 5 },
	{ "RFC3261-25.1-control", "\"a\x01\"", -1 },
	{ "RFC3261-25.1-del", "\"a\x7f\"", -1 },
	{ "RFC3261-25.1-escaped-cr", "\"a\\\r\n b\"", -1 },
	{ "RFC3261-25.1-escaped-utf8", "\"a\\\xc3\xa4\"", -1 },
	{ "open", "\"abc", -1 },
	{ "open-escape", "\"abc\\", -1 },
	{ "open-escaped-quote", "\"abc\\\"", -1 },
	{ "quote-alone", "\"", -1 },
};

static void
quoted_is_skipped(void **state)
{
	const struct skip_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	const char *behind = sip_quoted_skip(text.ptr, slice_end(text));

	assert_int_equal(behind != NULL ? behind - text.ptr : -1, row->len);
}
GTEST_ROWS(Quoted, skips, label, quoted_is_skipped);

static const struct unquote_row {
	const char *label;
	const char *text, *want;
} unquotes[] = {
	{ "urn", "\"<urn:x>\"", "<urn:x>" },	 { "plain", "abc", "abc" },
	{ "empty", "\"\"", "" },		 { "one-quote", "\"", "\"" },
	{ "open", "\"a", "\"a" },		 { "escape-stays", "\"a\\\"b\"", "a\\\"b" },
};

static void
text_is_unquoted(void **state)
{
	const struct unquote_row *row = *state;

	assert_slice(sip_unquote(at_wall(slice_str(row->text))), row->want);
}
GTEST_ROWS(Quoted, unquotes, label, text_is_unquoted);

static const struct decode_row {
	const char *label;
	const char *inside;
	size_t size;
	const char *plain;
} decodes[] = {
	{ "plain", "Alice", 5, "Alice" },
	{ "no-room", "Alice", 4, NULL },
	{ "empty", "", 0, "" },
	{ "RFC3261-25.1-quoted-pair", "a\\\"b\\\\c\\d", 7, "a\"b\\cd" },
	{ "RFC3261-25.1-pair-fits", "\\a", 1, "a" },
	{ "RFC3261-25.1-pair-no-room", "a\\b", 1, NULL },
	{ "RFC7616-3.4.5-spaces-count", "a  b\t ", 6, "a  b\t " },
	{ "RFC3261-7.3.1-fold", "a \r\n\t b", 3, "a b" },
	{ "RFC3261-7.3.1-fold-lf", "a\n b", 9, "a b" },
	{ "cr-alone", "a\rb", 9, "a b" },
	{ "escaped-space", "a\\ \\ b", 9, "a  b" },
	{ "utf8", "J\xc3\xa4s", 9, "J\xc3\xa4s" },
	{ "backslash-alone", "abc\\", 9, NULL },
};

static void
quoted_is_decoded(void **state)
{
	const struct decode_row *row = *state;
	struct slice inside = at_wall(slice_str(row->inside));
	char out[16];

	memset(out, '#', sizeof(out));
	assert_slice(sip_quoted_decode(inside, out, row->size), row->plain);
	for (size_t i = row->size; i < sizeof(out); i++)
		assert_int_equal(out[i], '#');
}
GTEST_ROWS(Quoted, decodes, label, quoted_is_decoded);

static void
quoted_equals_its_plain_text(void **state)
{
	const struct decode_row *row = *state;
	struct slice inside = at_wall(slice_str(row->inside));
	char longer[20];

	if (row->plain == NULL)
		return;
	assert_true(sip_quoted_eq(inside, slice_str(row->plain)));
	snprintf(longer, sizeof(longer), "%sx", row->plain);
	assert_false(sip_quoted_eq(inside, slice_str(longer)));
	longer[0] ^= 1;
	assert_false(sip_quoted_eq(inside, slice_of(longer, strlen(row->plain))) &&
		     row->plain[0] != '\0');
	if (row->plain[0] != '\0')
		assert_false(sip_quoted_eq(inside, slice_of(row->plain, strlen(row->plain) - 1)));
}
GTEST_ROWS(QuotedEq, decodes, label, quoted_equals_its_plain_text);

GTEST(QuotedEq, absent_equals_nothing)
{
	assert_false(sip_quoted_eq(SLICE_ABSENT, SLICE("")));
	assert_false(sip_quoted_eq(SLICE(""), SLICE_ABSENT));
	assert_false(sip_quoted_eq(SLICE_ABSENT, SLICE_ABSENT));
	assert_true(sip_quoted_eq(SLICE(""), SLICE("")));
}

GTEST(QuotedEq, case_counts)
{
	assert_false(sip_quoted_eq(SLICE("Alice"), SLICE("alice")));
}

GTEST(QuotedEq, backslash_alone_is_not_left_out)
{
	assert_false(sip_quoted_eq(SLICE("abc\\"), SLICE("abc")));
}

GTEST(Quoted, absent_is_not_decoded)
{
	char out[1];

	assert_slice(sip_quoted_decode(SLICE_ABSENT, out, sizeof(out)), NULL);
}
