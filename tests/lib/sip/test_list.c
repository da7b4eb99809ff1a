/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/list.h"

static const struct cut_row {
	const char *label;
	const char *text, *head, *rest;
} cuts[] = {
	{ "two", "a, b", "a", " b" },
	{ "one", "a", "a", NULL },
	{ "empty", "", "", NULL },
	{ "empty-first", ",a", "", "a" },
	{ "empty-last", "a,", "a", "" },
	{ "quoted", "\"a,b\" <sip:c>, d", "\"a,b\" <sip:c>", " d" },
	{ "quoted-escape", "\"a\\\",b\", d", "\"a\\\",b\"", " d" },
	{ "angle", "<sip:a,b@c>,d", "<sip:a,b@c>", "d" },
	{ "quote-in-angle", "<sip:a\"b>,\"c\"", "<sip:a\"b>", "\"c\"" },
	{ "angle-in-quote", "\"<\",b", "\"<\"", "b" },
	{ "quote-open", "\"a,b", "\"a,b", NULL },
	{ "angle-open", "<a,b", "<a,b", NULL },
	{ "escape-at-end", "\"a\\", "\"a\\", NULL },
};

static void
list_is_cut(void **state)
{
	const struct cut_row *row = *state;
	struct slice rest = at_wall(slice_str(row->text));

	assert_slice(sip_list_cut(&rest), row->head);
	assert_slice(rest, row->rest);
}
GTEST_ROWS(List, cuts, label, list_is_cut);

#define START "OPTIONS sip:b SIP/2.0\r\n"

static const struct walk_row {
	const char *label;
	const char *text;
	const char *elements[6]; /* of Route */
	unsigned int lines[6];
} walks[] = {
	{ "none", START "To: x\r\n\r\n", { NULL }, { 0 } },
	{ "RFC3261-7.3.1-lines", START "Route: <sip:a>\r\nTo: x\r\nRoute: <sip:b>\r\n\r\n",
	  { "<sip:a>", "<sip:b>" }, { 0, 2 } },
	{ "RFC3261-7.3.1-commas", START "Route: <sip:a>,<sip:b>\r\nROUTE : <sip:c>\r\n\r\n",
	  { "<sip:a>", "<sip:b>", "<sip:c>" }, { 0, 0, 1 } },
	{ "folded", START "Route: <sip:a>,\r\n\t<sip:b>\r\n ,<sip:c>\r\n\r\n",
	  { "<sip:a>", "<sip:b>", "<sip:c>" }, { 0, 0, 0 } },
	{ "empty-elements", START "Route: ,<sip:a>,\r\nRoute:\r\nRoute: x\r\n\r\n",
	  { "", "<sip:a>", "", "", "x" }, { 0, 0, 0, 1, 2 } },
};

static void
list_is_walked(void **state)
{
	const struct walk_row *row = *state;
	struct sip_list_iter it;
	struct sip_message msg;
	struct slice element;
	unsigned int n = 0;

	assert_int_equal(sip_message_index(at_wall(slice_str(row->text)), &msg), SIP_FAULT_NONE);
	sip_list_iter_init(&it, &msg, SIP_HDR_ROUTE);
	while (sip_list_next(&it, &element)) {
		assert_non_null(row->elements[n]);
		assert_slice(element, row->elements[n]);
		assert_int_equal(it.header, row->lines[n]);
		n++;
	}
	assert_null(row->elements[n]);
	assert_false(sip_list_next(&it, &element));
}
GTEST_ROWS(List, walks, label, list_is_walked);

static const struct has_row {
	const char *label;
	const char *token;
	bool has;
} tokens[] = {
	{ "first", "path", true },   { "case", "GRUU", true },	    { "second-line", "outbound",
	  true },
	{ "folded", "timer", true }, { "prefix", "out", false },    { "joined", "path,gruu",
	  false },
	{ "missing", "x", false },   { "longer", "paths", false },
};

static void
list_has_token(void **state)
{
	const struct has_row *row = *state;
	struct sip_message msg;

	assert_int_equal(sip_message_index(SLICE(START "Supported: path ,gruu\r\nTo: x\r\n"
						       "k: outbound,\r\n  timer\r\n\r\n"), &msg),
			 SIP_FAULT_NONE);
	assert_int_equal(sip_list_has(&msg, SIP_HDR_SUPPORTED, slice_str(row->token)), row->has);
	assert_false(sip_list_has(&msg, SIP_HDR_REQUIRE, slice_str(row->token)));
}
GTEST_ROWS(List, tokens, label, list_has_token);
