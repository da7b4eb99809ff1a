/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/check.h"
#include "sip/edit.h"
#include "sip/list.h"

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

GTEST(Edit, render_and_apply_equal_the_reference)
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
	struct sip_writer w;

	memcpy(copy, text, sizeof(text));
	sip_edits_init(&edits);
	assert_int_equal(sip_edits_length(&edits, msg.len), msg.len);
	assert_ptr_equal(sip_edits_apply(&edits, copy, 0), copy);
	assert_memory_equal(copy, text, sizeof(text));
	sip_writer_init(&w, out, msg.len);
	sip_edits_render(&edits, &msg, 0, msg.len, &w);
	assert_slice(sip_written(&w), text);
}

static const struct overlap_row {
	const char *label;
	unsigned int a_off, a_del, b_off, b_del;
	bool fails;
} overlaps[] = {
	{ "apart", 0, 4, 8, 4, false },		{ "touching", 0, 4, 4, 4, false },
	{ "touching-back", 4, 4, 0, 4, false }, { "insert-behind", 0, 4, 4, 0, false },
	{ "two-inserts", 4, 0, 4, 0, false },	{ "insert-then-delete", 4, 0, 4, 4, false },
	{ "same", 4, 4, 4, 4, true },		{ "inside", 0, 8, 2, 4, true },
	{ "around", 2, 4, 0, 8, true },		{ "begin", 4, 4, 2, 4, true },
	{ "end", 4, 4, 6, 4, true },		{ "insert-inside", 4, 4, 6, 0, true },
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

#define LINES(...) "OPTIONS sip:b SIP/2.0\r\n" __VA_ARGS__ "\r\nbody"

/* Each row: the header lines, the operation, the lines that it leaves. */
static const struct pop_row {
	const char *label;
	const char *before;
	int count; /* -1: all lines */
	const char *after;
} pops[] = {
	{ "nothing", LINES("Route: <sip:a>\r\n"), 0, LINES("Route: <sip:a>\r\n") },
	{ "none-there", LINES("To: x\r\n"), 1, LINES("To: x\r\n") },
	{ "line", LINES("A: x\r\nRoute: <sip:a>\r\nTo: x\r\n"), 1, LINES("A: x\r\nTo: x\r\n") },
	{ "last-line", LINES("To: x\r\nRoute: <sip:a>\r\n"), 1, LINES("To: x\r\n") },
	{ "comma", LINES("Route: <sip:a;x=1,2> , <sip:b>\r\n"), 1, LINES("Route: <sip:b>\r\n") },
	{ "folded", LINES("Route: <sip:a>,\r\n\t<sip:b>\r\n"), 1, LINES("Route: <sip:b>\r\n") },
	{ "folded-line", LINES("Route:\r\n <sip:a>\r\nTo: x\r\n"), 1, LINES("To: x\r\n") },
	{ "two-lines", LINES("Route: <sip:a>\r\nTo: x\r\nroute: <sip:b>\r\n"), 2,
	  LINES("To: x\r\n") },
	{ "into-second-line", LINES("Route: <sip:a>\r\nTo: x\r\nRoute: <sip:b>,<sip:c>\r\n"), 2,
	  LINES("To: x\r\nRoute: <sip:c>\r\n") },
	{ "second-line-stays", LINES("Route: <sip:a>\r\nRoute: <sip:b>\r\n"), 1,
	  LINES("Route: <sip:b>\r\n") },
	{ "more-than-there", LINES("Route: <sip:a>\r\n"), 9, LINES("") },
	{ "bare-LF", LINES("Route: <sip:a>\nTo: x\n"), 1, LINES("To: x\n") },
	{ "all", LINES("Route: <sip:a>,<sip:b>\r\nTo: x\r\nRoute:\r\n"), -1, LINES("To: x\r\n") },
};

static void
apply_to(const char *text, const struct sip_message *msg, const char *want)
{
	char buffer[2048], *base = buffer + 1024, *out;

	assert_false(edits.failed);
	memcpy(base, text, strlen(text));
	out = sip_edits_apply(&edits, base, 1024);
	assert_non_null(out);
	assert_slice(slice_of(out, sip_edits_length(&edits, msg->len)), want);
}

static void
header_is_popped(void **state)
{
	const struct pop_row *row = *state;
	struct sip_message msg;

	assert_int_equal(sip_message_index(slice_str(row->before), &msg), SIP_FAULT_NONE);
	sip_edits_init(&edits);
	if (row->count < 0)
		sip_edit_remove_all(&edits, &msg, SIP_HDR_ROUTE);
	else
		sip_edit_pop(&edits, &msg, SIP_HDR_ROUTE, (unsigned int)row->count);
	apply_to(row->before, &msg, row->after);
}
GTEST_ROWS(Edit, pops, label, header_is_popped);

#define TOP(via) LINES("Via: " via "\r\nVia: SIP/2.0/UDP x;received=1.1.1.1;rport\r\n")

static const struct source_row {
	const char *label;
	const char *before, *ip, *after;
} sources[] = {
	{ "RFC3261-18.2.1-same", TOP("SIP/2.0/UDP 192.0.2.1;branch=z"), "192.0.2.1",
	  TOP("SIP/2.0/UDP 192.0.2.1;branch=z") },
	{ "RFC3261-18.2.1-name", TOP("SIP/2.0/UDP bobspc.biloxi.com:5060"), "192.0.2.4",
	  TOP("SIP/2.0/UDP bobspc.biloxi.com:5060;received=192.0.2.4") },
	{ "RFC3261-18.2.1-list", TOP("SIP/2.0/UDP a , SIP/2.0/UDP b"), "192.0.2.4",
	  TOP("SIP/2.0/UDP a;received=192.0.2.4 , SIP/2.0/UDP b") },
	{ "RFC3581-4", TOP("SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z"), "192.0.2.1",
	  TOP("SIP/2.0/UDP 10.1.1.1:4540;rport=9988;received=192.0.2.1;branch=z") },
	{ "RFC3581-4-same-host", TOP("SIP/2.0/UDP 192.0.2.1;rport"), "192.0.2.1",
	  TOP("SIP/2.0/UDP 192.0.2.1;rport=9988;received=192.0.2.1") },
	{ "rport-spaces", TOP("SIP/2.0/UDP a ;rport ;branch=z"), "192.0.2.1",
	  TOP("SIP/2.0/UDP a ;rport=9988;received=192.0.2.1 ;branch=z") },
	{ "forged-rport", TOP("SIP/2.0/UDP a;rport = 1;branch=z"), "192.0.2.1",
	  TOP("SIP/2.0/UDP a;rport = 9988;received=192.0.2.1;branch=z") },
	{ "forged-received", TOP("SIP/2.0/UDP a;received=6.6.6.6;branch=z"), "192.0.2.1",
	  TOP("SIP/2.0/UDP a;received=192.0.2.1;branch=z") },
	{ "forged-received-same-host", TOP("SIP/2.0/UDP 192.0.2.1;received=6.6.6.6"), "192.0.2.1",
	  TOP("SIP/2.0/UDP 192.0.2.1;received=192.0.2.1") },
	{ "forged-both", TOP("SIP/2.0/UDP a;received=6.6.6.6;rport=1"), "192.0.2.1",
	  TOP("SIP/2.0/UDP a;received=192.0.2.1;rport=9988") },
	{ "forged-both-other-order", TOP("SIP/2.0/UDP a;rport=1;received=6.6.6.6"), "192.0.2.1",
	  TOP("SIP/2.0/UDP a;rport=9988;received=192.0.2.1") },
	{ "RFC5118-4.5", TOP("SIP/2.0/UDP [2001:DB8::9];branch=z"), "2001:db8::9",
	  TOP("SIP/2.0/UDP [2001:DB8::9];branch=z") },
	{ "RFC5118-4.5-other", TOP("SIP/2.0/UDP [2001:db8::9]"), "2001:db8::1",
	  TOP("SIP/2.0/UDP [2001:db8::9];received=2001:db8::1") },
};

static void
source_is_noted(void **state)
{
	const struct source_row *row = *state;
	struct slice text = slice_str(row->before);
	struct sip_list_iter it;
	struct sip_message msg;
	struct slice value;
	struct sip_via via;

	assert_int_equal(sip_message_index(text, &msg), SIP_FAULT_NONE);
	sip_list_iter_init(&it, &msg, SIP_HDR_VIA);
	assert_true(sip_list_next(&it, &value) && sip_via_decode(value, &via));
	sip_edits_init(&edits);
	sip_edit_source(&edits, &msg, &via, slice_str(row->ip), 9988);
	apply_to(row->before, &msg, row->after);
}
GTEST_ROWS(Edit, sources, label, source_is_noted);
