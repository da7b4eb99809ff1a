/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/date.h"

#include "sip/chars.h"

enum { SECONDS_PER_DAY = 86400, DAYS_PER_400_YEARS = 146097, DAYS_TO_1970 = 719468 };

/* Three letters each; 1970-01-01 was a Thursday. */
static const char weekdays[] = "ThuFriSatSunMonTueWed";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/*
 * Days since 1970-01-01. A year is counted from its 1 March here, so that the leap day is its last;
 * 1 March of the year 0 is DAYS_TO_1970 days before 1970. All is moved up by 400 years, a whole
 * turn of the calendar, so that no number is negative in January of the year 0.
 */
static int64_t
days_of_date(unsigned int year, unsigned int month, unsigned int day)
{
	unsigned int y = year + 400 - (month <= 2);
	unsigned int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t leap_days = (int64_t)y / 4 - y / 100 + y / 400;

	return (int64_t)y * 365 + leap_days + day_of_year - DAYS_TO_1970 - DAYS_PER_400_YEARS;
}

/* The inverse. */
static void
date_of_days(int64_t days, unsigned int *year, unsigned int *month, unsigned int *day)
{
	unsigned int n = (unsigned int)(days + DAYS_TO_1970 + DAYS_PER_400_YEARS);
	unsigned int era = n / DAYS_PER_400_YEARS, of_era = n % DAYS_PER_400_YEARS;
	unsigned int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned int of_year = of_era - (365 * y + y / 4 - y / 100);
	unsigned int m = (5 * of_year + 2) / 153; /* from March */

	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = era * 400 + y + (*month <= 2) - 400;
}

static unsigned int
days_in_month(unsigned int year, unsigned int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* Take a number of exactly so many digits. */
static bool
take_number(struct slice *rest, size_t digits, unsigned int below, unsigned int *number)
{
	uint32_t v;

	if (rest->len < digits || !sip_uint(slice_of(rest->ptr, digits), &v) || v >= below)
		return false;
	*number = v;
	*rest = slice_of(rest->ptr + digits, rest->len - digits);
	return true;
}

static bool
take_text(struct slice *rest, struct slice text)
{
	if (rest->len < text.len || !slice_eq(slice_of(rest->ptr, text.len), text))
		return false;
	*rest = slice_of(rest->ptr + text.len, rest->len - text.len);
	return true;
}

/* One space, or the fold that stands for one (RFC 3261 §7.3.1): a line end and white space. */
static bool
take_space(struct slice *rest)
{
	const char *p = rest->ptr, *end = slice_end(*rest), *behind;

	if (take_text(rest, SLICE(" ")))
		return true;
	if (p == end || (*p != '\r' && *p != '\n'))
		return false;
	behind = sip_skip_lws(p, end);
	*rest = slice_between(behind, end);
	return behind[-1] == ' ' || behind[-1] == '\t';
}

/* One of the three-letter names; its position. */
static bool
take_name(struct slice *rest, const char *names, unsigned int count, unsigned int *index)
{
	for (unsigned int i = 0; i < count; i++)
		if (take_text(rest, slice_of(names + (size_t)3 * i, 3))) {
			*index = i;
			return true;
		}
	return false;
}

/* Position in `weekdays`; `days` may be negative. */
static unsigned int
weekday_of_days(int64_t days)
{
	return (unsigned int)((days % 7 + 7) % 7);
}

bool
sip_date_decode(struct slice value, int64_t *seconds)
{
	struct slice rest = sip_trim(value);
	unsigned int weekday, day, month, year, h, m, s;
	int64_t days;

	if (!take_name(&rest, weekdays, 7, &weekday) || !take_text(&rest, SLICE(",")) ||
	    !take_space(&rest) || !take_number(&rest, 2, 32, &day) || !take_space(&rest) ||
	    !take_name(&rest, months, 12, &month) || !take_space(&rest) ||
	    !take_number(&rest, 4, 10000, &year) || !take_space(&rest))
		return false;
	if (!take_number(&rest, 2, 24, &h) || !take_text(&rest, SLICE(":")) ||
	    !take_number(&rest, 2, 60, &m) || !take_text(&rest, SLICE(":")) ||
	    !take_number(&rest, 2, 60, &s) || !take_space(&rest) ||
	    !take_text(&rest, SLICE("GMT")) || rest.len > 0)
		return false;
	month++;
	if (day == 0 || day > days_in_month(year, month))
		return false;
	days = days_of_date(year, month, day);
	*seconds = days * SECONDS_PER_DAY + (int64_t)(h * 3600 + m * 60 + s);
	return weekday_of_days(days) == weekday;
}

static void
put_padded(struct sip_writer *w, unsigned int v, unsigned int digits)
{
	char text[4];

	for (unsigned int i = digits; i-- > 0; v /= 10)
		text[i] = (char)('0' + v % 10);
	sip_put(w, slice_of(text, digits));
}

void
sip_put_date(struct sip_writer *w, int64_t seconds)
{
	unsigned int day, month, year, of_day;
	int64_t days;

	if (seconds < SIP_DATE_MIN || seconds > SIP_DATE_MAX) {
		w->refused = true;
		return;
	}
	of_day = (unsigned int)((seconds - SIP_DATE_MIN) % SECONDS_PER_DAY);
	days = (seconds - of_day) / SECONDS_PER_DAY;
	date_of_days(days, &year, &month, &day);
	sip_put(w, slice_of(weekdays + (size_t)3 * weekday_of_days(days), 3));
	SIP_PUT(w, ", ");
	put_padded(w, day, 2);
	SIP_PUT(w, " ");
	sip_put(w, slice_of(months + (size_t)3 * (month - 1), 3));
	SIP_PUT(w, " ");
	put_padded(w, year, 4);
	SIP_PUT(w, " ");
	put_padded(w, of_day / 3600, 2);
	SIP_PUT(w, ":");
	put_padded(w, of_day / 60 % 60, 2);
	SIP_PUT(w, ":");
	put_padded(w, of_day % 60, 2);
	SIP_PUT(w, " GMT");
}
