/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "transaction/text_store.h"

enum { PAGES = 40, TEXTS = 3000, STEPS = 200000 };

struct text {
	uint32_t ref;
	size_t len;
	char fill;
};

static void
fill(struct text_store *s, struct text *t, size_t len, char c)
{
	char *room;

	*t = (struct text){ text_store_alloc(s, len, &room), len, c };
	if (t->ref != 0)
		memset(room, c, len);
	else
		assert_null(room);
}

static void
check(const struct text_store *s, const struct text *t)
{
	struct slice got = text_store_get(s, t->ref);

	assert_int_equal(got.len, t->len);
	assert_non_null(got.ptr);
	if (got.len > 0 &&
	    (got.ptr[0] != t->fill || memcmp(got.ptr, got.ptr + 1, got.len - 1) != 0))
		fail_msg("%zu octets are not what was written", got.len);
}

static void
drop(struct text_store *s, struct text *t)
{
	check(s, t);
	text_store_free(s, t->ref);
	t->ref = 0;
}

/* Mostly messages as they are, some short ones, a few of any length. */
static size_t
some_length(uint64_t *random)
{
	switch (random_below(random, 16)) {
	case 0:
		return random_below(random, TEXT_STORE_LONGEST + 1);
	case 1:
	case 2:
		return random_below(random, 130);
	default:
		return 300 + random_below(random, 1500);
	}
}

/* Whatever comes and goes: each keeps what was written to it, and in the end nothing is used. */
GTEST(TextStore, against_what_was_written)
{
	static struct text text[TEXTS];
	unsigned int refused = 0, kept = 0;
	struct text_store s;
	uint64_t random = 11;

	assert_int_equal(text_store_open(&s, PAGES * TEXT_STORE_PAGE), 0);
	assert_int_equal(text_store_size(&s), PAGES * TEXT_STORE_PAGE);
	for (unsigned int step = 0; step < STEPS; step++) {
		/* The number that live goes up and down, so that pages change their class. */
		unsigned int range = step % 20000 < 10000 ? TEXTS : TEXTS / 50;
		struct text *t = &text[random_below(&random, range)];

		if (t->ref != 0)
			drop(&s, t);
		fill(&s, t, some_length(&random), (char)step);
		refused += t->ref == 0;
		kept += t->ref != 0;
		if (step % 20000 == 10000)
			for (unsigned int i = TEXTS / 50; i < TEXTS; i++)
				if (text[i].ref != 0)
					drop(&s, &text[i]);
		assert_true(text_store_used(&s) <= text_store_size(&s));
	}
	assert_true(refused > 100 && kept > STEPS / 2);
	for (unsigned int i = 0; i < TEXTS; i++)
		if (text[i].ref != 0)
			drop(&s, &text[i]);
	assert_int_equal(text_store_used(&s), 0);
	text_store_close(&s);
}

/* How many texts of one length a page takes. */
static const struct room_row {
	const char *label;
	size_t len;
	unsigned int a_page;
} rooms[] = {
	{ "0", 0, 1024 },      { "124", 124, 1024 },  { "125", 125, 682 },   { "188", 188, 682 },
	{ "189", 189, 512 },   { "252", 252, 512 },   { "253", 253, 341 },   { "508", 508, 256 },
	{ "509", 509, 170 },   { "1020", 1020, 128 }, { "1021", 1021, 85 },  { "1500", 1500, 85 },
	{ "2044", 2044, 64 },  { "32764", 32764, 4 }, { "32765", 32765, 2 }, { "65532", 65532, 2 },
	{ "65535", 65535, 1 },
};

/* The order in which texts are freed, so that none lies beside the one before. */
static unsigned int
scattered(unsigned int k, unsigned int n)
{
	return k < (n + 1) / 2 ? 2 * k : 2 * (k - (n + 1) / 2) + 1;
}

/* All room of a store is for texts of any one length, whatever was there before. */
static void
all_for_one_class(void **state)
{
	static struct text text[PAGES * 1024 + 1];
	const struct room_row *row = *state;
	struct text_store s;

	assert_int_equal(text_store_open(&s, PAGES * TEXT_STORE_PAGE), 0);
	for (unsigned int round = 0; round < 3; round++) {
		const struct room_row *now = round == 1 ? &rooms[5] : row;
		unsigned int n = 0;

		for (;;) {
			fill(&s, &text[n], now->len, (char)n);
			if (text[n].ref == 0)
				break;
			n++;
		}
		assert_int_equal(n, PAGES * now->a_page);
		for (unsigned int k = 0; k < n; k++)
			drop(&s, &text[scattered(k, n)]);
		assert_int_equal(text_store_used(&s), 0);
	}
	text_store_close(&s);
}
GTEST_ROWS(TextStore, rooms, label, all_for_one_class);

/* A full store has room for another class as soon as a page of it is empty. */
GTEST(TextStore, no_class_starves)
{
	static struct text text[PAGES * 1024];
	struct text_store s;
	struct text other;

	assert_int_equal(text_store_open(&s, PAGES * TEXT_STORE_PAGE), 0);
	for (unsigned int i = 0; i < PAGES * 1024; i++)
		fill(&s, &text[i], 100, (char)i);
	assert_int_equal(text_store_used(&s), text_store_size(&s));
	for (unsigned int i = 0; i < 1024; i++) {
		fill(&s, &other, 5000, 'o');
		assert_int_equal(other.ref, 0);
		drop(&s, &text[i]);
	}
	fill(&s, &other, 5000, 'o');
	assert_int_not_equal(other.ref, 0);
	drop(&s, &other);
	text_store_close(&s);
}

/* Also when it lies in another page than those that were used since. */
GTEST(TextStore, last_freed_is_first_used)
{
	static struct text text[3 * 1024];
	struct text_store s;
	uint64_t random = 6;

	assert_int_equal(text_store_open(&s, PAGES * TEXT_STORE_PAGE), 0);
	for (unsigned int i = 0; i < 3 * 1024; i++)
		fill(&s, &text[i], 100, (char)i);
	for (unsigned int i = 5; i < 3 * 1024; i += 1024) /* so that no page is full */
		drop(&s, &text[i]);
	for (unsigned int round = 0; round < 1000; round++) {
		struct text *t = &text[random_below(&random, 3 * 1024)];
		uint32_t ref = t->ref;

		if (ref == 0)
			continue;
		drop(&s, t);
		fill(&s, t, 100, (char)round);
		assert_int_equal(t->ref, ref);
	}
	text_store_close(&s);
}

GTEST(TextStore, put_copies)
{
	struct text_store s;
	uint32_t a, b;

	assert_int_equal(text_store_open(&s, 1), 0);
	assert_int_equal(text_store_size(&s), TEXT_STORE_PAGE);
	a = text_store_put(&s, "SIP/2.0 200 OK", 14);
	b = text_store_put(&s, NULL, 0);
	assert_slice(text_store_get(&s, a), "SIP/2.0 200 OK");
	assert_slice(text_store_get(&s, b), "");
	text_store_prefetch(&s, a);
	text_store_free(&s, a);
	text_store_free(&s, b);
	assert_int_equal(text_store_used(&s), 0);
	text_store_close(&s);
}

GTEST(TextStore, what_there_is_not)
{
	static const char text[TEXT_STORE_LONGEST + 1];
	struct text_store s = { .memory = NULL };
	char *room;

	assert_int_equal(text_store_alloc(&s, 1, &room), 0);
	text_store_close(&s);
	assert_int_equal(text_store_open(&s, 0), -1);
	assert_int_equal(text_store_open(&s, (size_t)256 << 30), -1);
	assert_int_equal(text_store_open(&s, SIZE_MAX), -1);
	assert_int_equal(text_store_open(&s, SIZE_MAX - TEXT_STORE_PAGE), -1);
	text_store_close(&s);
	assert_int_equal(text_store_open(&s, TEXT_STORE_PAGE), 0);
	assert_int_equal(text_store_put(&s, text, sizeof(text)), 0);
	assert_int_equal(text_store_alloc(&s, SIZE_MAX, &room), 0);
	assert_null(room);
	assert_slice(text_store_get(&s, 0), NULL);
	text_store_prefetch(&s, 0);
	text_store_free(&s, 0);
	assert_int_equal(text_store_used(&s), 0);
	text_store_close(&s);
}

/* The end of a large store. Nothing is written there but what is asked for. */
GTEST(TextStore, refs_reach_64_gib)
{
	const size_t size = (size_t)64 << 30;
	struct text_store s;
	struct text t;

	if (text_store_open(&s, size) != 0)
		skip_msg("no %zu octets of address space", size);
	s.touched = s.pages - 1;
	fill(&s, &t, TEXT_STORE_LONGEST, 'z');
	assert_int_not_equal(t.ref, 0);
	assert_true(text_store_get(&s, t.ref).ptr >= s.memory + size - TEXT_STORE_PAGE);
	assert_true(slice_end(text_store_get(&s, t.ref)) <= s.memory + size);
	drop(&s, &t);
	text_store_close(&s);
}
