/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/char_rules.h"
#include "lib/sip/support.h"

/* Octet n of the class's row, bit h: is the character 16 * h + n of the class? */
static bool
row_has(enum sip_char_class class, uint8_t octet)
{
	const uint8_t *row = sip_char_rows[__builtin_ctz(class)];

	return octet < 128 && (row[octet & 15] >> (octet >> 4) & 1) != 0;
}

static void
class_is_the_rule(void **state)
{
	const struct char_rule *rule = *state;

	assert_int_equal(__builtin_popcount(rule->class), 1);
	assert_true(((rule->class & SIP_CHAR_HIGH) != 0) == rule->high);
	for (unsigned int octet = 0; octet < 256; octet++) {
		bool has = char_rule_has(rule, (uint8_t)octet);

		if (sip_char_is((char)octet, rule->class) != has)
			fail_msg("table: 0x%02x is %sof the class", octet, has ? "not " : "");
		if (row_has(rule->class, (uint8_t)octet) != (has && octet < 128))
			fail_msg("rows: 0x%02x is %sof the class", octet, has ? "not " : "");
	}
}
GTEST_ROWS(Chars, char_rules, label, class_is_the_rule);

GTEST(Chars, each_class_has_its_rule)
{
	unsigned int classes = 0, used = 0;

	for (unsigned int i = 0; i < SIP_CHAR_CLASSES; i++)
		classes |= char_rules[i].class;
	for (unsigned int octet = 0; octet < 256; octet++)
		used |= sip_char_table[octet];
	assert_int_equal(classes, (1 << SIP_CHAR_CLASSES) - 1);
	assert_int_equal(used, classes);
}

/* RFC 3261 §25.1 quoted-string, what it is made of octet by octet. */
static const struct quoted_row {
	const char *label;
	const char *text;
	int behind; /* octets stepped over, or -1 */
} quoted[] = {
	{ "empty", "\"\"", 2 },
	{ "more-behind", "\"a\"b\"", 3 },
	{ "quoted-pair", "\"a\\\"b\"c", 6 },
	{ "backslash-pair", "\"a\\\\\"b\"", 5 },
	{ "open", "\"a", -1 },
	{ "open-pair", "\"a\\", -1 },
	{ "escaped-end", "\"a\\\"", -1 },
	{ "lone", "\"", -1 },
};

static void
quoted_string_is_skipped(void **state)
{
	const struct quoted_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	const char *behind = sip_skip_quoted(text.ptr, slice_end(text));

	assert_int_equal(behind == NULL ? -1 : behind - text.ptr, row->behind);
}
GTEST_ROWS(Chars, quoted, label, quoted_string_is_skipped);
