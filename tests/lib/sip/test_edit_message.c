/* SPDX-License-Identifier: BSD-3-Clause */
/* Edits of what an indexed message has in it. */
#include "lib/sip/support.h"
#include "sip/edit.h"
#include "sip/list.h"

static struct sip_edits edits;

/* By what a decoder gave: the offset of `part` in "0123456789", its length, the text. */
static const struct part_row {
	const char *label;
	int at;
	size_t len;
	const char *text, *want; /* no want: fails */
} edited_parts[] = {
	{ "replace", 2, 3, "ab", "01ab56789" },
	{ "replace-all", 0, 10, "a", "a" },
	{ "remove", 2, 3, NULL, "0156789" },
	{ "remove-to-end", 8, 2, NULL, "01234567" },
	{ "remove-nothing", 8, 0, NULL, "0123456789" },
	{ "insert", 2, 0, "ab", "01ab23456789" },
	{ "insert-at-begin", 0, 0, "ab", "ab0123456789" },
	{ "insert-at-end", 10, 0, "ab", "0123456789ab" },
	{ "before", -1, 0, "a", NULL },
	{ "begins-before", -1, 5, "a", NULL },
	{ "behind", 11, 0, "a", NULL },
	{ "ends-behind", 8, 3, "a", NULL },
	{ "length-wraps", 8, SIZE_MAX, "a", NULL },
};

static void
part_is_edited(void **state)
{
	static const char text[] = "#0123456789#";
	const struct part_row *row = *state;
	struct sip_message msg = { .base = text + 1, .len = 10 };
	char buffer[64];
	struct sip_writer w;

	sip_edits_init(&edits);
	if (row->text == NULL)
		sip_edit_remove(&edits, &msg, slice_of(msg.base + row->at, row->len));
	else if (row->len == 0)
		sip_edit_insert(&edits, &msg, msg.base + row->at, slice_str(row->text));
	else
		sip_edit_replace_part(&edits, &msg, slice_of(msg.base + row->at, row->len),
				      slice_str(row->text));
	assert_int_equal(edits.failed, row->want == NULL);
	assert_int_equal(edits.count, row->want != NULL);
	sip_writer_init(&w, buffer, sizeof(buffer));
	sip_edits_render(&edits, &msg, 0, msg.len, &w);
	assert_slice(sip_written(&w), row->want != NULL ? row->want : "0123456789");
}
GTEST_ROWS(Edit, edited_parts, label, part_is_edited);

GTEST(Edit, absent_part_fails)
{
	struct sip_message msg = { .base = "x", .len = 1 }, none = { 0 };

	sip_edits_init(&edits);
	sip_edit_remove(&edits, &msg, SLICE_ABSENT);
	assert_true(edits.failed);
	sip_edits_init(&edits);
	sip_edit_remove(&edits, &none, SLICE_ABSENT);
	assert_true(edits.failed);
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
