/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/accept.h"

static const struct accept_row {
	const char *label;
	const char *text;
	bool good;
	const char *type, *subtype;
	unsigned int q;
	bool covers_sdp; /* application/sdp */
} ranges[] = {
	/* clang-format off */
	{ "RFC3261-20.1", "application/sdp;level=1", true, "application", "sdp", 1000, true },
	{ "any", "*/*", true, "*", "*", 1000, true },
	{ "any-of-type", "application/*;q=0.2", true, "application", "*", 200, true },
	{ "other-type", "text/*;Q=0.25", true, "text", "*", 250, false },
	{ "other", "application/x-private", true, "application", "x-private", 1000, false },
	{ "case", "APPLICATION / SDP ; q = 1.000", true, "APPLICATION", "SDP", 1000, true },
	{ "refused", "application/sdp;q=0", true, "application", "sdp", 0, true },
	{ "flag", "text/html;level=1;x;q=0.001", true, "text", "html", 1, false },
	{ "star-first", "*/sdp", true, "*", "sdp", 1000, false },
	{ "empty", "", false, NULL, NULL, 0, false },
	{ "no-subtype", "text", false, NULL, NULL, 0, false },
	{ "q-twice", "a/b;q=1;q=1", false, NULL, NULL, 0, false },
	{ "q-above-one", "a/b;q=1.1", false, NULL, NULL, 0, false },
	{ "q-four-digits", "a/b;q=0.1234", false, NULL, NULL, 0, false },
	{ "q-without-value", "a/b;q", false, NULL, NULL, 0, false },
	{ "q-quoted", "a/b;q=\"1\"", false, NULL, NULL, 0, false },
	{ "list", "a/b, c/d", false, NULL, NULL, 0, false },
	/* clang-format on */
};

static void
range_is_decoded(void **state)
{
	const struct accept_row *row = *state;
	struct sip_content_type sdp;
	struct sip_accept range;

	assert_true(sip_content_type_decode(SLICE("application/sdp"), &sdp));
	assert_int_equal(sip_accept_decode(at_wall(slice_str(row->text)), &range), row->good);
	if (!row->good)
		return;
	assert_slice(range.type, row->type);
	assert_slice(range.subtype, row->subtype);
	assert_int_equal(range.q, row->q);
	assert_int_equal(sip_accept_covers(&range, &sdp), row->covers_sdp);
}
GTEST_ROWS(Accept, ranges, label, range_is_decoded);
TRUNCATIONS(Accept, ranges, struct sip_accept, sip_accept_decode);

static const struct word_row {
	const char *label;
	const char *text;
	bool coding, language; /* good as one of those */
	const char *word;
	unsigned int q;
} words[] = {
	/* clang-format off */
	{ "RFC3261-20.2", "gzip", true, true, "gzip", 1000 },
	{ "RFC3261-20.3", "en-gb;q=0.8", true, true, "en-gb", 800 },
	{ "any", "*;q=0", true, true, "*", 0 },
	{ "spaces", " da \r\n ; q = 0.5 ;x", true, true, "da", 500 },
	{ "token", "x_gzip", true, false, "x_gzip", 1000 },
	{ "nine-letters", "abcdefghi", true, false, "abcdefghi", 1000 },
	{ "any-subtag", "*-gb", true, false, "*-gb", 1000 },
	{ "empty", "", false, false, NULL, 0 },
	{ "q-twice", "da;q=1;Q=0", false, false, NULL, 0 },
	{ "q-bad", "da;q=2", false, false, NULL, 0 },
	{ "two-words", "da en", false, false, NULL, 0 },
	{ "parameter-missing", "da;", false, false, NULL, 0 },
	/* clang-format on */
};

static void
word_is_decoded(void **state)
{
	const struct word_row *row = *state;
	struct slice text = at_wall(slice_str(row->text));
	struct sip_accept_word coding, language;

	assert_int_equal(sip_accept_encoding_decode(text, &coding), row->coding);
	assert_int_equal(sip_accept_language_decode(text, &language), row->language);
	if (row->coding) {
		assert_slice(coding.word, row->word);
		assert_int_equal(coding.q, row->q);
	}
	if (row->language) {
		assert_slice(language.word, row->word);
		assert_int_equal(language.q, row->q);
	}
}
GTEST_ROWS(Accept, words, label, word_is_decoded);
TRUNCATIONS(Accept, words, struct sip_accept_word, sip_accept_encoding_decode);

static const struct allow_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_method method;
	const char *name;
} methods[] = {
	{ "RFC3261-20.5", "INVITE", true, SIP_INVITE, "INVITE" },
	{ "white-space", " OPTIONS\r\n ", true, SIP_OPTIONS, "OPTIONS" },
	{ "RFC3261-7.1-case", "invite", true, SIP_METHOD_OTHER, "invite" },
	{ "other", "!interesting-Method0123456789_*+`.%indeed'~", true, SIP_METHOD_OTHER,
	  "!interesting-Method0123456789_*+`.%indeed'~" },
	{ "empty", "", false, 0, NULL },
	{ "two-words", "INVITE ACK", false, 0, NULL },
	{ "parameters", "INVITE;x", false, 0, NULL },
};

static void
method_is_decoded(void **state)
{
	const struct allow_row *row = *state;
	enum sip_method method;
	struct slice name;

	assert_int_equal(sip_allow_decode(at_wall(slice_str(row->text)), &method, &name),
			 row->good);
	if (row->good) {
		assert_int_equal(method, row->method);
		assert_slice(name, row->name);
	}
}
GTEST_ROWS(Accept, methods, label, method_is_decoded);
