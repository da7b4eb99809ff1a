/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/reader/steps.h"
#include "lib/sip/support.h"

/* The line finder looks at 64 octets at once, and at 1024 before it hands out what it found. */
enum { BLOCK = 64, AHEAD = 1024 };

/* Line ends octet by octet. Returns whether there is an empty line: nothing behind it counts. */
static bool
naive_lines(struct slice text, struct found_lines *found)
{
	const char *p = text.ptr;

	found->count = 0;
	found->bare_cr = false;
	for (unsigned int i = 0; i < text.len; i++) {
		if (p[i] == '\r' && i + 1 < text.len && p[i + 1] != '\n')
			found->bare_cr = true;
		if (p[i] != '\n')
			continue;
		found->lf[found->count++] = (uint16_t)i;
		/* the first line is a start line, which is not empty */
		if (i >= 1 && p[i - 1] == '\n')
			return true;
		if (i >= 2 && p[i - 1] == '\r' && p[i - 2] == '\n')
			return true;
	}
	return false;
}

static void
find_as_naive(const struct reader_steps *steps, struct slice text, unsigned int before)
{
	static struct found_lines want, got;
	bool complete = naive_lines(text, &want);

	steps->find_lines(text, &got);
	/* of a CR that is the very last octet nothing can be said */
	if (!complete && text.ptr[text.len - 1] == '\r')
		got.bare_cr = want.bare_cr;
	if (got.count == want.count && got.bare_cr == want.bare_cr &&
	    memcmp(got.lf, want.lf, want.count * sizeof(want.lf[0])) == 0)
		return;
	for (unsigned int i = before; i < text.len && i < before + 16; i++)
		print_error("%s ", text.ptr[i] == '\r' ? "CR" : text.ptr[i] == '\n' ? "LF" : "-");
	fail_msg("at %u of %zu: %u line ends, want %u; bare CR %u, want %u", before, text.len,
		 got.count, want.count, got.bare_cr, want.bare_cr);
}

/* The next string of CR, LF and another; false when there is none. */
static bool
next_string(char *string, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++) {
		switch (string[i]) {
		case 'a':
			string[i] = '\r';
			return true;
		case '\r':
			string[i] = '\n';
			return true;
		default:
			string[i] = 'a';
		}
	}
	return false;
}

/* All strings of `len` octets, with so many other octets before and behind them. */
static void
try_strings(const struct reader_steps *steps, unsigned int len, unsigned int before,
	    unsigned int behind)
{
	const struct slice text = slice_of(wall() - behind - len - before, before + len + behind);
	char *octets = wall() - text.len;

	memset(octets, 'a', text.len);
	do
		find_as_naive(steps, text, before);
	while (next_string(octets + before, len));
}

static void
at_the_start(void **state)
{
	for (unsigned int len = 1; len <= 9; len++)
		try_strings(*state, len, 0, 0);
}

static void
across_blocks(void **state)
{
	try_strings(*state, 12, BLOCK - 6, 0);
	for (unsigned int in_first = 0; in_first <= 8; in_first++)
		try_strings(*state, 8, BLOCK - in_first, BLOCK + 3);
}

static void
across_look_aheads(void **state)
{
	for (unsigned int in_first = 0; in_first <= 7; in_first++) {
		try_strings(*state, 7, AHEAD - in_first, 0);
		try_strings(*state, 7, AHEAD - in_first, BLOCK + 3);
	}
}

/* The last offsets that there are. */
static void
at_65535(void **state)
{
	try_strings(*state, 4, UINT16_MAX - 4, 0);
}

/* As many line ends as there can be: every other octet, and none of the lines is empty. */
static void
many_lines(void **state)
{
	for (unsigned int len = 1; len <= 2 * AHEAD; len++) {
		char *octets = wall() - len;

		for (unsigned int at = 0; at < len; at++)
			octets[at] = at % 2 == 0 ? 'a' : '\n';
		find_as_naive(*state, slice_of(octets, len), 0);
	}
}

/* Long texts, in which CR and LF are more or less frequent. */
static void
at_random(void **state)
{
	uint64_t random = 1;

	for (unsigned int round = 0; round < 2000; round++) {
		unsigned int len = 1 + random_below(&random, 4 * AHEAD);
		unsigned int others = 3 + random_below(&random, 200);
		char *octets = wall() - len;

		for (unsigned int i = 0; i < len; i++) {
			unsigned int kind = random_below(&random, others);

			octets[i] = kind == 0 ? '\r' : kind == 1 ? '\n' : (char)(kind | 0x80);
			if (kind == 2 && i > 0 && octets[i - 1] != '\n')
				octets[i] = '\n';
		}
		find_as_naive(*state, slice_of(octets, len), 0);
	}
}

void
gtest_register(void)
{
	add_for_readers("Lines", "at_the_start", at_the_start);
	add_for_readers("Lines", "across_blocks", across_blocks);
	add_for_readers("Lines", "across_look_aheads", across_look_aheads);
	add_for_readers("Lines", "at_65535", at_65535);
	add_for_readers("Lines", "many_lines", many_lines);
	add_for_readers("Lines", "at_random", at_random);
}
