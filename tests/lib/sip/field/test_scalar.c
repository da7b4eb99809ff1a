/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/scalar.h"

static const struct number_row {
	const char *label;
	const char *text;
	bool good;
	uint32_t number;
} numbers[] = {
	{ "RFC3261-20.19", "5", true, 5 },
	{ "zero", "0", true, 0 },
	{ "leading-zeros", "0000000000000000000000003600", true, 3600 },
	{ "white-space", " \r\n 70\t", true, 70 },
	{ "largest", "4294967295", true, UINT32_MAX },
	{ "RFC4475-3.1.2.4", "4294967296", true, UINT32_MAX },
	{ "RFC4475-3.1.2.4-2^64", "18446744073709551617", true, UINT32_MAX },
	{ "RFC4475-3.1.2.4-100-digits",
	  "10000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
	  true, UINT32_MAX },
	{ "negative", "-1", false, 0 },
	{ "plus", "+1", false, 0 },
	{ "fraction", "1.5", false, 0 },
	{ "hexadecimal", "0x10", false, 0 },
	{ "date", "Thu, 01 Dec 1994 16:00:00 GMT", false, 0 },
	{ "two", "1 2", false, 0 },
	{ "parameters", "60;x", false, 0 },
	{ "empty", "", false, 0 },
};

static void
number_is_decoded(void **state)
{
	const struct number_row *row = *state;
	uint32_t number = 1;

	assert_int_equal(sip_number_decode(at_wall(slice_str(row->text)), &number), row->good);
	if (row->good)
		assert_int_equal(number, row->number);
}
GTEST_ROWS(Scalar, numbers, label, number_is_decoded);
TRUNCATIONS(Scalar, numbers, uint32_t, sip_number_decode);

static const struct text_row {
	const char *label;
	const char *text;
	bool is_token, is_text;
} texts[] = {
	{ "RFC3903-etag", "dx200xyz", true, true },
	{ "token-chars", "a-.!%*_+`'~9", true, true },
	{ "RFC3261-20.36", "Need more boxes", false, true },
	{ "white-space", " abc\r\n ", true, true },
	{ "folded", "Need\r\n more\tboxes", false, true },
	{ "quoted", "\"abc\"", false, true },
	{ "utf-8", "\xc3\x84rger", false, true },
	{ "latin-1", "\xc4rger", false, true },
	{ "list", "a,b", false, true },
	{ "empty", "", false, true },
	{ "control", "a\x01z", false, false },
	{ "escape", "a\x1b[0m", false, false },
	{ "delete", "a\x7f", false, false },
};

static void
text_is_decoded(void **state)
{
	const struct text_row *row = *state;
	struct slice text = at_wall(slice_str(row->text)), token, line;

	assert_int_equal(sip_token_decode(text, &token), row->is_token);
	assert_int_equal(sip_text_decode(text, &line), row->is_text);
	if (row->is_token)
		assert_true(slice_eq(token, line));
}
GTEST_ROWS(Scalar, texts, label, text_is_decoded);

GTEST(Scalar, nul_is_no_text)
{
	struct slice text;

	assert_false(sip_text_decode(at_wall(SLICE("a\0b")), &text));
}

static const struct priority_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_priority priority;
	const char *name;
} priorities[] = {
	{ "RFC3261-20.26", "emergency", true, SIP_PRIORITY_EMERGENCY, "emergency" },
	{ "case", " Non-Urgent ", true, SIP_PRIORITY_NON_URGENT, "Non-Urgent" },
	{ "normal", "normal", true, SIP_PRIORITY_NORMAL, "normal" },
	{ "urgent", "urgent", true, SIP_PRIORITY_URGENT, "urgent" },
	{ "RFC7090", "psap-callback", true, SIP_PRIORITY_PSAP_CALLBACK, "psap-callback" },
	{ "other", "urgently", true, SIP_PRIORITY_OTHER, "urgently" },
	{ "empty", "", false, 0, NULL },
	{ "two-words", "very urgent", false, 0, NULL },
};

static void
priority_is_decoded(void **state)
{
	const struct priority_row *row = *state;
	enum sip_priority priority;
	struct slice name;

	assert_int_equal(sip_priority_decode(at_wall(slice_str(row->text)), &priority, &name),
			 row->good);
	if (row->good) {
		assert_int_equal(priority, row->priority);
		assert_slice(name, row->name);
	}
}
GTEST_ROWS(Scalar, priorities, label, priority_is_decoded);

static const struct retry_row {
	const char *label;
	const char *text;
	bool good;
	uint32_t seconds;
	int64_t duration; /* -1: none is written */
	const char *comment;
} retries[] = {
	/* clang-format off */
	{ "RFC3261-20.33", "18000;duration=3600", true, 18000, 3600, NULL },
	{ "RFC3261-20.33-comment", "120 (I'm in a meeting)", true, 120, -1,
	  "(I'm in a meeting)" },
	{ "plain", "5", true, 5, -1, NULL },
	{ "all", "5(a;b \\) (c, (d)))\r\n ;x;Duration = 60;y=\"z\"", true, 5, 60,
	  "(a;b \\) (c, (d)))" },
	{ "duration-0", "5;duration=0", true, 5, 0, NULL },
	{ "duration-most", "5;duration=4294967295", true, 5, UINT32_MAX, NULL },
	{ "empty-comment", "5 ()", true, 5, -1, "()" },
	{ "RFC4475-3.1.2.5", "949302838503028349304023988;duration=99999999999", true, UINT32_MAX,
	  UINT32_MAX, NULL },
	{ "comment-depth-16", "1 ((((((((((((((((x))))))))))))))))", true, 1, -1,
	  "((((((((((((((((x))))))))))))))))" },
	{ "comment-depth-17", "1 (((((((((((((((((x)))))))))))))))))", false, 0, 0, NULL },
	{ "comment-open", "5 (a", false, 0, 0, NULL },
	{ "comment-open-inside", "5 (a(b)", false, 0, 0, NULL },
	{ "comment-escape-open", "5 (a\\)", false, 0, 0, NULL },
	{ "comment-control", "5 (a\x02)", false, 0, 0, NULL },
	{ "two-comments", "5 (a) (b)", false, 0, 0, NULL },
	{ "comment-alone", "(a)", false, 0, 0, NULL },
	{ "word", "5 x", false, 0, 0, NULL },
	{ "date", "Thu, 01 Dec 1994 16:00:00 GMT", false, 0, 0, NULL },
	{ "duration-twice", "5;duration=1;duration=1", false, 0, 0, NULL },
	{ "duration-no-number", "5;duration=x", false, 0, 0, NULL },
	{ "duration-without-value", "5;duration", false, 0, 0, NULL },
	{ "parameter-missing", "5;", false, 0, 0, NULL },
	{ "empty", "", false, 0, 0, NULL },
	/* clang-format on */
};

static void
retry_is_decoded(void **state)
{
	const struct retry_row *row = *state;
	struct sip_retry_after retry;

	assert_int_equal(sip_retry_after_decode(at_wall(slice_str(row->text)), &retry), row->good);
	if (!row->good)
		return;
	assert_int_equal(retry.seconds, row->seconds);
	assert_int_equal(retry.has_duration, row->duration >= 0);
	assert_int_equal(retry.duration, row->duration >= 0 ? row->duration : 0);
	assert_slice(retry.comment, row->comment);
}
GTEST_ROWS(Scalar, retries, label, retry_is_decoded);
TRUNCATIONS(Scalar, retries, struct sip_retry_after, sip_retry_after_decode);

static const struct timestamp_row {
	const char *label;
	const char *text;
	bool good;
	uint64_t time_us, delay_us;
	bool has_delay;
	const char *time;
} timestamps[] = {
	/* clang-format off */
	{ "RFC3261-20.38", "54", true, 54000000, 0, false, "54" },
	{ "fraction", "54.21", true, 54210000, 0, false, "54.21" },
	{ "delay", " 54.21\r\n 0.5 ", true, 54210000, 500000, true, "54.21" },
	{ "dot-last", "54.", true, 54000000, 0, false, "54." },
	{ "delay-fraction", "1 .25", true, 1000000, 250000, true, "1" },
	{ "delay-dot", "1 .", true, 1000000, 0, true, "1" },
	{ "finer", "0.0000019", true, 1, 0, false, "0.0000019" },
	{ "finest", "1.00000000000000000000000000000001 2", true, 1000000, 2000000, true,
	  "1.00000000000000000000000000000001" },
	{ "RFC4475-3.1.2.4", "36893488147419103232", true, UINT64_MAX, 0, false,
	  "36893488147419103232" },
	{ "near-the-end", "18446744073709.551616", true, UINT64_MAX, 0, false,
	  "18446744073709.551616" },
	{ "at-the-end", "18446744073709.551614", true, UINT64_MAX - 1, 0, false,
	  "18446744073709.551614" },
	{ "empty", "", false, 0, 0, false, NULL },
	{ "no-whole", ".5", false, 0, 0, false, NULL },
	{ "negative", "-1", false, 0, 0, false, NULL },
	{ "two-dots", "1.2.3", false, 0, 0, false, NULL },
	{ "delay-negative", "1 -1", false, 0, 0, false, NULL },
	{ "three", "1 2 3", false, 0, 0, false, NULL },
	{ "exponent", "1e3", false, 0, 0, false, NULL },
	/* clang-format on */
};

static void
timestamp_is_decoded(void **state)
{
	const struct timestamp_row *row = *state;
	struct sip_timestamp stamp;

	assert_int_equal(sip_timestamp_decode(at_wall(slice_str(row->text)), &stamp), row->good);
	if (!row->good)
		return;
	assert_true(stamp.time_us == row->time_us);
	assert_true(stamp.delay_us == row->delay_us);
	assert_int_equal(stamp.has_delay, row->has_delay);
	assert_slice(stamp.time, row->time);
}
GTEST_ROWS(Scalar, timestamps, label, timestamp_is_decoded);
TRUNCATIONS(Scalar, timestamps, struct sip_timestamp, sip_timestamp_decode);
