/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/product.h"

static const struct row {
	const char *label;
	const char *text;
	const char
		*want; /* name/version or (comment), each with a '|' behind; '!' when malformed */
} rows[] = {
	/* clang-format off */
	{ "RFC3261-20.35", "HomeServer v2", "HomeServer|v2|" },
	{ "RFC3261-20.41", "Softphone Beta1.5", "Softphone|Beta1.5|" },
	{ "RFC4475-3.1.1.11", "SIPimp.org/0.2.5 (curses)", "SIPimp.org/0.2.5|(curses)|" },
	{ "nested", "Kamailio (5.5.0 (x86_64/linux))", "Kamailio|(5.5.0 (x86_64/linux))|" },
	{ "spaces", " a / 1\r\n (b)\t c\r\n ", "a/1|(b)|c|" },
	{ "slash-folded", "a\r\n /\r\n 1", "a/1|" },
	{ "comment-first", "(x) a", "(x)|a|" },
	{ "comment-escapes", "(a\\)b\\\\)", "(a\\)b\\\\)|" },
	{ "comment-utf-8", "(\xc3\xa4)", "(\xc3\xa4)|" },
	{ "FreePBX", "FPBX-2.8.1(1.8.20)", "FPBX-2.8.1|(1.8.20)|" },
	{ "comment-before-token", "(x)a", "(x)|a|" },
	{ "depth-16", "((((((((((((((((x))))))))))))))))", "((((((((((((((((x))))))))))))))))|" },
	{ "depth-17", "a (((((((((((((((((x)))))))))))))))))", "a|!" },
	{ "empty", "", "!" },
	{ "blank", " \r\n ", "!" },
	{ "version-missing", "a/ ", "!" },
	{ "version-comment", "a/(x)", "!" },
	{ "two-versions", "a/1/2", "!" },
	{ "name-missing", "/1", "!" },
	{ "comment-open", "a (b", "a|!" },
	{ "comment-close", "a b)", "a|!" },
	{ "brackets", "a [b]", "a|!" },
	{ "comma", "a, b", "!" },
	{ "control", "a\x01", "!" },
	/* clang-format on */
};

static void
put(char *out, size_t size, struct slice s, const char *behind)
{
	size_t n = strlen(out);

	snprintf(out + n, size - n, "%.*s%s", SLICE_FMT(s), behind);
}

static void
is_walked(void **state)
{
	const struct row *row = *state;
	struct slice rest = at_wall(slice_str(row->text));
	struct sip_product product;
	char got[256] = "";

	while (sip_product_next(&rest, &product)) {
		assert_true((product.name.ptr != NULL) != (product.comment.ptr != NULL));
		put(got, sizeof(got), product.name, product.version.ptr != NULL ? "/" : "");
		put(got, sizeof(got), product.version, "");
		put(got, sizeof(got), product.comment, "|");
	}
	put(got, sizeof(got), SLICE_ABSENT, rest.ptr != NULL ? "!" : "");
	assert_string_equal(got, row->want);
}
GTEST_ROWS(Product, rows, label, is_walked);

GTEST(Product, truncations)
{
	struct sip_product product;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t len = 0; len <= strlen(rows[i].text); len++) {
			struct slice rest = at_wall(slice_of(rows[i].text, len));

			while (sip_product_next(&rest, &product))
				;
		}
}

GTEST(Product, absent)
{
	struct slice rest = SLICE_ABSENT;
	struct sip_product product;

	assert_false(sip_product_next(&rest, &product));
	assert_null(rest.ptr);
}
