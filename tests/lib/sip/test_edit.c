/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/edit.h"
#include "sip/escape.h"

#define ROUNDS 20000

static struct sip_edits edits;

/* One edit list to be, and what it makes, octet by octet from the definition. */
struct plan {
	size_t length;
	unsigned int count;
	struct sip_edit edit[SIP_MAX_EDITS];
	char text[SIP_MAX_EDITS][40];
};

static size_t
reference(const struct plan *plan, const char *message, char *out)
{
	size_t n = 0;

	for (size_t at = 0; at <= plan->length; at++) {
		bool deleted = false;

		for (unsigned int i = 0; i < plan->count; i++) {
			const struct sip_edit *e = &plan->edit[i];

			if (e->off == at) {
				memcpy(out + n, plan->text[i], e->ins_len);
				n += e->ins_len;
			}
			deleted |= at >= e->off && at < (size_t)e->off + e->del;
		}
		if (!deleted && at < plan->length)
			out[n++] = message[at];
	}
	return n;
}

/* Non-overlapping edits: at each offset any number of insertions, then perhaps a deletion. */
static void
make_plan(uint64_t *random, struct plan *plan)
{
	unsigned int want = random_below(random, SIP_MAX_EDITS + 1);
	unsigned int step = 1 + random_below(random, 40);
	unsigned int bias = random_below(random, 4);
	size_t at = 0;

	plan->length = random_below(random, 400);
	plan->count = 0;
	while (plan->count < want && at <= plan->length) {
		struct sip_edit *e = &plan->edit[plan->count];

		at += random_below(random, step);
		if (at > plan->length)
			break;
		e->off = (uint16_t)at;
		e->ins_len = (uint16_t)(bias == 0 ? 0 : random_below(random, bias == 1 ? 5 : 40));
		e->del = (uint16_t)(bias == 3 ? 0 : random_below(random, 30));
		if (e->del > plan->length - at)
			e->del = (uint16_t)(plan->length - at);
		at += e->del;
		for (unsigned int i = 0; i < e->ins_len; i++)
			plan->text[plan->count][i] = (char)('A' + random_below(random, 26));
		plan->count++;
	}
}

/* Add them in any order that keeps those at one offset as they are. */
static void
add_plan(uint64_t *random, const struct plan *plan)
{
	bool added[SIP_MAX_EDITS] = { false };

	sip_edits_init(&edits);
	for (unsigned int left = plan->count; left > 0; left--) {
		unsigned int pick = random_below(random, left), i = 0;

		while (added[i] || pick-- > 0)
			i++;
		while (i > 0 && !added[i - 1] && plan->edit[i - 1].off == plan->edit[i].off)
			i--;
		added[i] = true;
		sip_edit_replace(&edits, plan->edit[i].off, plan->edit[i].del,
				 slice_of(plan->text[i], plan->edit[i].ins_len));
	}
	assert_false(edits.failed);
	assert_int_equal(edits.count, plan->count);
}

/* The segments are `want` in pieces: none empty, and no two that could be one. */
static void
check_segments(const char *message, size_t length, const char *want, size_t want_len)
{
	struct slice out[SIP_MAX_SEGMENTS];
	size_t n = sip_edits_segments(&edits, message, length, out, SIP_MAX_SEGMENTS), at = 0;

	assert_true(n > 0 || want_len == 0);
	for (size_t i = 0; i < n; i++) {
		bool of_room = out[i].ptr >= edits.room && out[i].ptr < edits.room + SIP_EDIT_ROOM;

		assert_true(of_room ||
			    (out[i].ptr >= message && slice_end(out[i]) <= message + length));
		assert_true(out[i].len > 0 && out[i].len <= want_len - at);
		assert_memory_equal(out[i].ptr, want + at, out[i].len);
		at += out[i].len;
		if (i > 0)
			assert_ptr_not_equal(slice_end(out[i - 1]), out[i].ptr);
	}
	assert_int_equal(at, want_len);
	if (n > 0) {
		assert_int_equal(sip_edits_segments(&edits, message, length, out, n), n);
		assert_int_equal(sip_edits_segments(&edits, message, length, out, n - 1), 0);
	}
}

GTEST(Edit, render_and_apply_and_segments_equal_the_reference)
{
	char message[512], want[4096], got[4096], before[4096];
	uint64_t random = 7;

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (char)('a' + i % 26);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct sip_message msg = { .base = message };
		struct sip_writer w;
		struct plan plan;
		size_t length, room;
		char *base, *out;

		make_plan(&random, &plan);
		add_plan(&random, &plan);
		msg.len = (uint16_t)plan.length;
		length = reference(&plan, message, want);
		assert_int_equal(sip_edits_length(&edits, plan.length), length);

		sip_writer_init(&w, got, length);
		sip_edits_render(&edits, &msg, 0, msg.len, &w);
		assert_false(w.overflow);
		assert_int_equal(sip_written(&w).len, length);
		assert_memory_equal(got, want, length);
		check_segments(message, plan.length, want, length);

		/* The message ends at the wall, with exactly the headroom that it takes. */
		room = length > plan.length ? length - plan.length : 0;
		base = wall() - plan.length;
		memcpy(base, message, plan.length);
		memset(base - room - 16, '#', room + 16);
		if (room > 0) {
			memcpy(before, base - room - 16, room + 16 + plan.length);
			assert_null(sip_edits_apply(&edits, base, room - 1));
			assert_memory_equal(before, base - room - 16, room + 16 + plan.length);
		}
		out = sip_edits_apply(&edits, base, room);
		if (out != wall() - length)
			fail_msg("round %u: begins %td octets off", round, out - (wall() - length));
		assert_memory_equal(out, want, length);
		for (int i = 1; i <= 16; i++)
			assert_int_equal(base[-(ptrdiff_t)room - i], '#');
	}
}

/* Two halves make the whole, wherever the cut is, if no edit lies on it. */
GTEST(Edit, render_of_parts)
{
	char message[512], whole[4096], parts[4096];
	uint64_t random = 8;

	memset(message, 'm', sizeof(message));
	for (unsigned int round = 0; round < 2000; round++) {
		struct sip_message msg = { .base = message };
		struct sip_writer w;
		struct plan plan;
		bool clean = true;
		uint16_t cut;
		size_t n;

		make_plan(&random, &plan);
		add_plan(&random, &plan);
		cut = (uint16_t)random_below(&random, (unsigned int)plan.length + 1);
		for (unsigned int i = 0; i < plan.count; i++)
			clean &= cut < plan.edit[i].off ||
				 cut > plan.edit[i].off + plan.edit[i].del;
		if (!clean)
			continue;
		sip_writer_init(&w, whole, sizeof(whole));
		sip_edits_render(&edits, &msg, 0, (uint16_t)plan.length, &w);
		n = sip_written(&w).len;
		sip_writer_init(&w, parts, sizeof(parts));
		sip_edits_render(&edits, &msg, 0, cut, &w);
		sip_edits_render(&edits, &msg, cut, (uint16_t)plan.length, &w);
		assert_int_equal(sip_written(&w).len, n);
		assert_memory_equal(parts, whole, n);
	}
}

GTEST(Edit, empty_list_is_identity)
{
	static const char text[] = "OPTIONS sip:a SIP/2.0\r\n\r\n";
	struct sip_message msg = { .base = text, .len = sizeof(text) - 1 };
	char copy[sizeof(text)], out[sizeof(text)];
	struct slice segment;
	struct sip_writer w;

	memcpy(copy, text, sizeof(text));
	sip_edits_init(&edits);
	assert_int_equal(sip_edits_length(&edits, msg.len), msg.len);
	assert_ptr_equal(sip_edits_apply(&edits, copy, 0), copy);
	assert_memory_equal(copy, text, sizeof(text));
	sip_writer_init(&w, out, msg.len);
	sip_edits_render(&edits, &msg, 0, msg.len, &w);
	assert_slice(sip_written(&w), text);
	assert_int_equal(sip_edits_segments(&edits, text, msg.len, &segment, 1), 1);
	assert_ptr_equal(segment.ptr, text);
	assert_int_equal(segment.len, msg.len);
}

/* As many as there can be, and an edit that does nothing, which parts nothing. */
GTEST(Edit, most_segments)
{
	struct slice out[SIP_MAX_SEGMENTS];
	char message[SIP_MAX_EDITS + 1];

	sip_edits_init(&edits);
	for (unsigned int i = 0; i < SIP_MAX_EDITS; i++)
		sip_edit_replace(&edits, (uint16_t)(i + 1), 0, SLICE("x"));
	assert_int_equal(
		sip_edits_segments(&edits, message, sizeof(message), out, SIP_MAX_SEGMENTS),
		SIP_MAX_SEGMENTS);
	sip_edits_init(&edits);
	sip_edit_replace(&edits, 5, 0, SLICE_ABSENT);
	assert_int_equal(sip_edits_segments(&edits, message, sizeof(message), out, 1), 1);
	assert_int_equal(out[0].len, sizeof(message));
	assert_int_equal(sip_edits_segments(&edits, message, sizeof(message), out, 0), 0);
	sip_edits_init(&edits);
	sip_edit_replace(&edits, 0, sizeof(message), SLICE_ABSENT);
	assert_int_equal(sip_edits_segments(&edits, message, sizeof(message), out, 1), 0);
}

/* A message right behind the room is still another object. */
GTEST(Edit, segments_of_room_and_message_stay_apart)
{
	static struct {
		struct sip_edits edits;
		char message[8];
	} s;
	static char text[SIP_EDIT_ROOM];
	struct slice out[2];

	assert_ptr_equal(s.edits.room + SIP_EDIT_ROOM, s.message);
	sip_edits_init(&s.edits);
	sip_edit_replace(&s.edits, 0, 0, slice_of(text, sizeof(text)));
	assert_int_equal(sip_edits_segments(&s.edits, s.message, sizeof(s.message), out, 2), 2);
	assert_ptr_equal(out[0].ptr, s.edits.room);
	assert_ptr_equal(out[1].ptr, s.message);
}

static const struct overlap_row {
	const char *label;
	unsigned int a_off, a_del, b_off, b_del;
	bool fails;
} overlaps[] = {
	{ "apart", 0, 4, 8, 4, false },
	{ "touching", 0, 4, 4, 4, false },
	{ "touching-back", 4, 4, 0, 4, false },
	{ "insert-behind", 0, 4, 4, 0, false },
	{ "two-inserts", 4, 0, 4, 0, false },
	{ "insert-then-delete", 4, 0, 4, 4, false },
	{ "same", 4, 4, 4, 4, true },
	{ "inside", 0, 8, 2, 4, true },
	{ "around", 2, 4, 0, 8, true },
	{ "begin", 4, 4, 2, 4, true },
	{ "end", 4, 4, 6, 4, true },
	{ "insert-inside", 4, 4, 6, 0, true },
	{ "around-insert", 6, 0, 4, 4, true },
};

static void
overlap_is_seen(void **state)
{
	const struct overlap_row *row = *state;

	sip_edits_init(&edits);
	sip_edit_replace(&edits, (uint16_t)row->a_off, (uint16_t)row->a_del, SLICE("a"));
	assert_false(edits.failed);
	sip_edit_replace(&edits, (uint16_t)row->b_off, (uint16_t)row->b_del, SLICE("b"));
	assert_int_equal(edits.failed, row->fails);
}
GTEST_ROWS(Edit, overlaps, label, overlap_is_seen);

GTEST(Edit, too_many_fail)
{
	sip_edits_init(&edits);
	for (unsigned int i = 0; i < SIP_MAX_EDITS; i++)
		sip_edit_replace(&edits, (uint16_t)i, 0, SLICE("x"));
	assert_false(edits.failed);
	sip_edit_replace(&edits, 100, 0, SLICE("x"));
	assert_true(edits.failed);
}

GTEST(Edit, too_much_text_fails)
{
	static char text[SIP_EDIT_ROOM];
	struct sip_writer w;

	sip_edits_init(&edits);
	sip_edit_replace(&edits, 0, 0, slice_of(text, sizeof(text)));
	assert_false(edits.failed);
	sip_edit_replace(&edits, 1, 1, SLICE_ABSENT);
	assert_false(edits.failed);
	w = sip_edit_begin(&edits);
	SIP_PUT(&w, "x");
	sip_edit_commit(&edits, 2, 0, &w);
	assert_true(edits.failed);
	assert_int_equal(edits.count, 2);
}

GTEST(Edit, refused_text_fails)
{
	struct sip_writer w;

	sip_edits_init(&edits);
	w = sip_edit_begin(&edits);
	SIP_PUT(&w, "Subject: ");
	sip_put_text(&w, SLICE("a\r\nVia: b"));
	SIP_PUT(&w, "\r\n");
	sip_edit_commit(&edits, 0, 0, &w);
	assert_true(edits.failed);
	assert_int_equal(edits.count, 0);
	assert_int_equal(edits.room_used, 0);
}
