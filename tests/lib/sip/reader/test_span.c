/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/char_rules.h"
#include "lib/sip/reader/steps.h"
#include "lib/sip/support.h"

/*
 * Steps over octets of a text that ends where the octets end that may be read, at the wall, or some
 * octets before: what is behind its end must not count.
 */

enum { RUN = 41 };

static const unsigned int readable[] = { 0, 1, 8, 31, 32, 64 };

enum { READABLE = sizeof(readable) / sizeof(readable[0]) };

struct text {
	char *p, *end, *limit;
};

static struct text
text_of(unsigned int len, unsigned int behind)
{
	return (struct text){ wall() - behind - len, wall() - behind, wall() };
}

/* `octet` at `position` of a run; behind the text the run goes on. */
static void
span_one(const struct reader_steps *steps, const struct char_rule *rule, struct text t, char member,
	 unsigned int position, uint8_t octet)
{
	const char *want = t.p + position, *got;

	memset(t.p, member, (size_t)(t.limit - t.p));
	if (want < t.limit)
		t.p[position] = (char)octet;
	if (want > t.end || char_rule_has(rule, octet))
		want = t.end;
	got = steps->span(t.p, t.end, t.limit, rule->class);
	if (got != want)
		fail_msg("%s: 0x%02x at %u of %td, %td behind: stops at %td, want %td", rule->label,
			 octet, position, t.end - t.p, t.limit - t.end, got - t.p, want - t.p);
}

static void
span_each_position(const struct reader_steps *steps, const struct char_rule *rule, char member,
		   uint8_t octet)
{
	for (unsigned int position = 0; position < RUN; position++)
		for (unsigned int i = 0; i < READABLE; i++) {
			/* it is behind the text, right behind it, the last one, and in between */
			span_one(steps, rule, text_of(position / 2, readable[i]), member, position,
				 octet);
			span_one(steps, rule, text_of(position, readable[i]), member, position,
				 octet);
			span_one(steps, rule, text_of(position + 1, readable[i]), member, position,
				 octet);
			span_one(steps, rule, text_of(RUN, readable[i]), member, position, octet);
		}
}

static void
span_stops_at_each_octet(void **state)
{
	for (unsigned int class = 0; class < SIP_CHAR_CLASSES; class ++)
		for (unsigned int octet = 0; octet < 256; octet++) {
			const struct char_rule *rule = &char_rules[class];

			span_each_position(*state, rule, rule->members[0], (uint8_t)octet);
			if (rule->high)
				span_each_position(*state, rule, '\xe9', (uint8_t)octet);
		}
}

/* A text of up to three vectors, its octets out of `alphabet`, and some behind it. */
static struct text
random_text(uint64_t *random, const char *alphabet)
{
	const unsigned int kinds = (unsigned int)strlen(alphabet);
	struct text t = text_of(random_below(random, 100), random_below(random, 70));

	for (char *p = t.p; p < t.limit; p++)
		*p = alphabet[random_below(random, kinds)];
	return t;
}

static void
span_notes_two_octets(void **state)
{
	static const char *const alphabets[] = { "aaaaaaaaaaaaaaaaaaaaaaaaaa%",
						 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:",
						 "aaaaaaaaaaaaaaaaaaaaaaaaaa<",
						 "aaaaaaaaaaaaaaaaaaa%<:aaaaa" };
	const struct reader_steps *steps = *state;
	uint64_t random = 1;

	for (unsigned int round = 0; round < 50000; round++) {
		struct text t = random_text(&random, alphabets[round % 4]);
		bool noted = round % 2 == 0, seen = false;
		const char *want, *got;

		for (want = t.p; want < t.end && *want != '<'; want++)
			seen |= *want == '%' || *want == ':';
		got = steps->span_noting(t.p, t.end, t.limit, SIP_CHAR_USER, '%', ':', &noted);
		if (got != want || noted != seen)
			fail_msg("\"%.*s\" and \"%.*s\": stops at %td, noted: %u",
				 (int)(t.end - t.p), t.p, (int)(t.limit - t.end), t.end, got - t.p,
				 noted);
	}
}

static void
octet_is_found(void **state)
{
	const struct reader_steps *steps = *state;
	uint64_t random = 1;

	for (unsigned int round = 0; round < 50000; round++) {
		struct text t = random_text(&random, "aaaaaaaaaaaaaaaaaaaaaaaaaaaa\xbb\xc4;");
		const char *want = t.p, *got;

		while (want < t.end && *want != ';')
			want++;
		got = steps->find(t.p, t.end, t.limit, ';');
		if (got != want)
			fail_msg("\"%.*s\": found at %td, want %td", (int)(t.end - t.p), t.p,
				 got - t.p, want - t.p);
	}
}

/* Behind a quoted string that begins at `p`, or NULL: RFC 3261 §25.1. */
static const char *
naive_quoted(const char *p, const char *end)
{
	bool escaped = false;

	for (p++; p < end; p++) {
		if (!escaped && *p == '"')
			return p + 1;
		escaped = !escaped && *p == '\\';
	}
	return NULL;
}

/* All strings of quotes, backslashes and others behind a quote and some more octets. */
static void
try_quoted(const struct reader_steps *steps, struct text t, unsigned int before)
{
	static const char kinds[] = { 'a', '"', '\\' };

	for (unsigned int number = 0; number < 6561; number++) {
		const char *want, *got;

		memset(t.p, 'a', (size_t)(t.end - t.p));
		memset(t.end, '"', (size_t)(t.limit - t.end));
		*t.p = '"';
		for (unsigned int i = 1 + before, rest = number; t.p + i < t.end; i++, rest /= 3)
			t.p[i] = kinds[rest % 3];
		want = naive_quoted(t.p, t.end);
		got = steps->skip_quoted(t.p, t.end, t.limit);
		if (got != want)
			fail_msg("%.*s: ends at %td, want %td", (int)(t.end - t.p), t.p,
				 got == NULL ? -1 : got - t.p, want == NULL ? -1 : want - t.p);
	}
}

static void
quoted_string_is_skipped(void **state)
{
	for (unsigned int i = 0; i < READABLE; i++)
		for (unsigned int before = 0; before <= 30; before += 15)
			try_quoted(*state, text_of(1 + before + 8, readable[i]), before);
}

/* Digits up to the end of the text, as strtoull() reads them. */
static void
number_one(const struct reader_steps *steps, struct text t)
{
	char copy[32] = "";
	uint32_t got = 4711;
	uint64_t want;
	size_t digits;

	memcpy(copy, t.p, (size_t)(t.end - t.p));
	digits = strspn(copy, "0123456789");
	copy[digits] = '\0';
	want = digits > 0 ? strtoull(copy, NULL, 10) : 4711;
	if (want > UINT32_MAX)
		want = UINT32_MAX;
	if (steps->take_number(t.p, t.end, t.limit, &got) != t.p + digits || got != want)
		fail_msg("\"%.*s\", %td behind: %u, want %u", (int)(t.end - t.p), t.p,
			 t.limit - t.end, got, (unsigned int)want);
}

/* Each octet behind 0 to 12 digits: the text ends before it, with it, or in the digits already. */
static void
number_is_taken(void **state)
{
	uint64_t random = 1;

	for (unsigned int octet = 0; octet < 256; octet++)
		for (unsigned int digits = 0; digits <= 12; digits++)
			for (unsigned int i = 0; i < 8 * READABLE; i++) {
				struct text t = text_of(digits + 1, readable[i % READABLE]);

				for (char *p = t.p; p < t.limit; p++)
					*p = (char)('0' + random_below(&random, 10));
				t.p[digits] = (char)octet;
				number_one(*state, t);
				t.end -= 1 + random_below(&random, digits + 1);
				number_one(*state, t);
			}
}

static void
number_saturates(void **state)
{
	static const char *const numbers[] = { "0",
					       "00000000",
					       "9999999",
					       "10000000",
					       "99999999",
					       "2147483647",
					       "2147483648",
					       "4294967294",
					       "4294967295",
					       "4294967296",
					       "04294967295",
					       "42949672960",
					       "18446744073709551615",
					       "18446744073709551616",
					       "99999999999999999999" };

	for (unsigned int n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++)
		for (unsigned int i = 0; i < READABLE; i++) {
			unsigned int len = (unsigned int)strlen(numbers[n]);
			struct text t = text_of(len, readable[i]);

			memset(t.p, '7', (size_t)(t.limit - t.p));
			memcpy(t.p, numbers[n], len);
			number_one(*state, t);
		}
}

/* Letters have two cases, and nothing else is taken for one. */
static void
name_is_compared(void **state)
{
	static const char *const names[] = {
		"lr",    "tag",    "ttl",    "keep",     "user",      "maddr",
		"rport", "branch", "method", "received", "transport", "abcdefghijklmnop"
	};
	const struct reader_steps *steps = *state;

	for (unsigned int n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		for (unsigned int i = 0; i < strlen(names[n]); i++)
			for (unsigned int octet = 0; octet < 256; octet++) {
				struct slice name = at_wall(slice_str(names[n]));

				((char *)(uintptr_t)name.ptr)[i] = (char)octet;
				if (steps->name_is(name.ptr, names[n], name.len) !=
				    slice_eq_nocase(name, slice_str(names[n])))
					fail_msg("%s with 0x%02x at %u", names[n], octet, i);
			}
}

void
gtest_register(void)
{
	add_for_readers("Span", "stops_at_each_octet", span_stops_at_each_octet);
	add_for_readers("Span", "notes_two_octets", span_notes_two_octets);
	add_for_readers("Find", "octet", octet_is_found);
	add_for_readers("Quoted", "is_skipped", quoted_string_is_skipped);
	add_for_readers("Number", "is_taken", number_is_taken);
	add_for_readers("Number", "saturates", number_saturates);
	add_for_readers("Name", "is_compared", name_is_compared);
}
