/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "sip/edit.h"

enum { EDIT_OCTETS = 4, MESSAGE_MAX = 8192 };

static struct sip_edits edits;
static char rendered[MESSAGE_MAX + SIP_EDIT_ROOM];
static char memory[SIP_EDIT_ROOM + MESSAGE_MAX];

/* The segments are the rendering in pieces: none empty, no two that could be one. */
static void
check_segments(const struct sip_message *msg, size_t length)
{
	struct slice out[SIP_MAX_SEGMENTS];
	size_t n = sip_edits_segments(&edits, msg->base, msg->len, out, SIP_MAX_SEGMENTS), at = 0;

	MUST(n > 0 || length == 0);
	for (size_t i = 0; i < n; i++) {
		MUST(out[i].len > 0 && out[i].len <= length - at);
		MUST(memcmp(out[i].ptr, rendered + at, out[i].len) == 0);
		MUST(i == 0 || slice_end(out[i - 1]) != out[i].ptr);
		at += out[i].len;
	}
	MUST(at == length);
	if (n > 0)
		MUST(sip_edits_segments(&edits, msg->base, msg->len, out, n - 1) == 0);
	if (edits.count == 0 && n > 0)
		MUST(n == 1 && out[0].ptr == msg->base);
}

/*
 * The first octet is how many edits follow, four octets each: offset (two), octets to delete,
 * octets to insert. The rest is the message, and what is inserted comes from its front.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = size > 0 ? data[0] : 0, length, room;
	char *base = memory + SIP_EDIT_ROOM, *out;
	struct sip_message msg = { 0 };
	struct sip_writer w;

	if (size < 1 + count * EDIT_OCTETS || size - 1 - count * EDIT_OCTETS > MESSAGE_MAX)
		return 0;
	msg.base = (const char *)data + 1 + count * EDIT_OCTETS;
	msg.len = (uint16_t)(size - 1 - count * EDIT_OCTETS);
	sip_edits_init(&edits);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *e = data + 1 + i * EDIT_OCTETS;
		unsigned int off = (unsigned int)(e[0] << 8 | e[1]) % (msg.len + 1u);
		unsigned int del = e[2] < msg.len - off ? e[2] : msg.len - off;
		size_t ins = e[3] < msg.len ? e[3] : msg.len;

		sip_edit_replace(&edits, (uint16_t)off, (uint16_t)del, slice_of(msg.base, ins));
	}
	MUST(edits.count <= SIP_MAX_EDITS && edits.room_used <= SIP_EDIT_ROOM);
	for (unsigned int i = 1; i < edits.count; i++)
		MUST(edits.edit[i - 1].off + edits.edit[i - 1].del <= edits.edit[i].off);

	/* Also after a failure: what could be added is a list in order. */
	length = sip_edits_length(&edits, msg.len);
	sip_writer_init(&w, rendered, length);
	sip_edits_render(&edits, &msg, 0, msg.len, &w);
	MUST(sip_written(&w).len == length && !w.overflow);
	check_segments(&msg, length);

	memcpy(base, msg.base, msg.len);
	room = length > msg.len ? length - msg.len : 0;
	if (room > 0) {
		MUST(sip_edits_apply(&edits, base, room - 1) == NULL);
		MUST(memcmp(base, msg.base, msg.len) == 0);
	}
	out = sip_edits_apply(&edits, base, room);
	MUST(out == base + msg.len - length);
	MUST(memcmp(out, rendered, length) == 0);
	return 0;
}
