/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/date.h"

static const struct date_row {
	const char *label;
	const char *text;
	bool good;
	int64_t seconds;
} dates[] = {
	{ "RFC3261-20.17", "Sat, 13 Nov 2010 23:29:00 GMT", true, 1289690940 },
	{ "RFC4475-3.1.1.11", "Sat, 15 Oct 2005 04:44:56 GMT", true, 1129351496 },
	{ "epoch", "Thu, 01 Jan 1970 00:00:00 GMT", true, 0 },
	{ "before-epoch", "Wed, 31 Dec 1969 23:59:59 GMT", true, -1 },
	{ "leap-day", "Thu, 29 Feb 2024 12:00:00 GMT", true, 1709208000 },
	{ "leap-day-2000", "Tue, 29 Feb 2000 00:00:00 GMT", true, 951782400 },
	{ "after-2038", "Tue, 19 Jan 2038 03:14:08 GMT", true, INT64_C(2147483648) },
	{ "first", "Sat, 01 Jan 0000 00:00:00 GMT", true, SIP_DATE_MIN },
	{ "last", "Fri, 31 Dec 9999 23:59:59 GMT", true, SIP_DATE_MAX },
	{ "white-space", " Thu, 01 Jan 1970 00:00:01 GMT\r\n ", true, 1 },
	{ "RFC3261-7.3.1-fold", "Thu,\r\n 01 Jan 1970\r\n\t 00:00:01 GMT", true, 1 },
	{ "bare-line-end", "Thu,\n01 Jan 1970 00:00:01 GMT", false, 0 },
	{ "RFC4475-3.1.2.12", "Fri, 01 Jan 2010 16:00:00 EST", false, 0 },
	{ "offset", "Fri, 01 Jan 2010 16:00:00 +0000", false, 0 },
	{ "RFC3261-20.17-case", "sat, 13 Nov 2010 23:29:00 GMT", false, 0 },
	{ "month-case", "Sat, 13 NOV 2010 23:29:00 GMT", false, 0 },
	{ "zone-case", "Sat, 13 Nov 2010 23:29:00 gmt", false, 0 },
	{ "weekday", "Sun, 13 Nov 2010 23:29:00 GMT", false, 0 },
	{ "no-weekday", "13 Nov 2010 23:29:00 GMT", false, 0 },
	{ "leap-day-1900", "Thu, 29 Feb 1900 00:00:00 GMT", false, 0 },
	{ "leap-day-2023", "Wed, 29 Feb 2023 00:00:00 GMT", false, 0 },
	{ "april-31", "Wed, 31 Apr 2024 00:00:00 GMT", false, 0 },
	{ "day-0", "Sun, 00 Nov 2010 23:29:00 GMT", false, 0 },
	{ "day-32", "Wed, 32 Jan 2010 23:29:00 GMT", false, 0 },
	{ "one-digit", "Mon, 1 Nov 2010 23:29:00 GMT", false, 0 },
	{ "hour-24", "Sat, 13 Nov 2010 24:00:00 GMT", false, 0 },
	{ "minute-60", "Sat, 13 Nov 2010 23:60:00 GMT", false, 0 },
	{ "second-60", "Sat, 13 Nov 2010 23:59:60 GMT", false, 0 },
	{ "no-seconds", "Sat, 13 Nov 2010 23:29 GMT", false, 0 },
	{ "year-2-digits", "Sat, 13 Nov 10 23:29:00 GMT", false, 0 },
	{ "year-5-digits", "Sat, 13 Nov 12010 23:29:00 GMT", false, 0 },
	{ "two-spaces", "Sat,  13 Nov 2010 23:29:00 GMT", false, 0 },
	{ "no-space", "Sat,13 Nov 2010 23:29:00 GMT", false, 0 },
	{ "tab", "Sat,\t13 Nov 2010 23:29:00 GMT", false, 0 },
	{ "RFC850", "Saturday, 13-Nov-10 23:29:00 GMT", false, 0 },
	{ "asctime", "Sat Nov 13 23:29:00 2010", false, 0 },
	{ "more", "Sat, 13 Nov 2010 23:29:00 GMTX", false, 0 },
	{ "empty", "", false, 0 },
};

static void
date_is_decoded(void **state)
{
	const struct date_row *row = *state;
	int64_t seconds = 0;

	assert_int_equal(sip_date_decode(at_wall(slice_str(row->text)), &seconds), row->good);
	if (row->good)
		assert_true(seconds == row->seconds);
}
GTEST_ROWS(Date, dates, label, date_is_decoded);
TRUNCATIONS(Date, dates, int64_t, sip_date_decode);

/* Every day there is, at another second each. */
GTEST(Date, every_day_comes_back)
{
	char text[SIP_DATE_LEN];
	unsigned int n = 0;

	for (int64_t s = SIP_DATE_MIN; s <= SIP_DATE_MAX; s += 86400 + 1) {
		struct sip_writer w;
		int64_t read;

		sip_writer_init(&w, text, sizeof(text));
		sip_put_date(&w, s);
		assert_int_equal(sip_written(&w).len, SIP_DATE_LEN);
		if (!sip_date_decode(sip_written(&w), &read) || read != s)
			fail_msg("%.*s is not %lld", SLICE_FMT(sip_written(&w)), (long long)s);
		n++;
	}
	assert_true(n > 3600000);
}

GTEST(Date, outside_of_four_digits)
{
	static const int64_t outside[] = { SIP_DATE_MIN - 1, SIP_DATE_MAX + 1, INT64_MIN,
					   INT64_MAX };

	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		char text[SIP_DATE_LEN];
		struct sip_writer w;

		sip_writer_init(&w, text, sizeof(text));
		sip_put_date(&w, outside[i]);
		assert_true(w.refused && !w.overflow);
		assert_ptr_equal(w.p, w.begin);
		assert_null(sip_written(&w).ptr);
	}
}

GTEST(Date, buffer_too_small)
{
	char text[SIP_DATE_LEN - 1];
	struct sip_writer w;

	sip_writer_init(&w, text, sizeof(text));
	sip_put_date(&w, 0);
	assert_true(w.overflow && !w.refused);
}
