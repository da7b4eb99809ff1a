/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "sip/message.h"
#include "sip/stream.h"

enum { FRAMES_MAX = 4096, HEADER_MAX = 2000, BODY_MAX = 200, STEPS_MAX = 16 };

struct framing {
	size_t count;
	struct {
		enum sip_stream_event event;
		enum sip_stream_fault fault;
		struct slice bytes;
	} frame[FRAMES_MAX];
};

static struct framing whole, cut;

/* The index sees the same message, and its body is as long as its one Content-Length says. */
static void
check_message(struct slice bytes)
{
	struct sip_message msg;
	unsigned int i;

	MUST(sip_message_index(bytes, &msg) != SIP_FAULT_NOT_SIP);
	i = sip_header_first(&msg, SIP_HDR_CONTENT_LENGTH);
	MUST(msg.base == bytes.ptr && msg.len == bytes.len && msg.body_off <= HEADER_MAX);
	MUST(i != SIP_NO_HEADER && sip_header_next(&msg, i) == SIP_NO_HEADER);
	MUST(sip_body(&msg).len <= BODY_MAX &&
	     strtoul(sip_header_get(&msg, SIP_HDR_CONTENT_LENGTH).ptr, NULL, 10) ==
		     sip_body(&msg).len);
}

static void
check_frame(const struct sip_frame *frame, struct slice buffer)
{
	must_lie_in(frame->bytes, buffer);
	MUST((frame->need > 0) == (frame->event == SIP_STREAM_MORE));
	MUST((frame->fault != SIP_STREAM_FAULT_NONE) == (frame->event == SIP_STREAM_FAULT));
	switch (frame->event) {
	case SIP_STREAM_MORE:
		MUST(buffer.len < HEADER_MAX + BODY_MAX && frame->bytes.ptr == NULL);
		break;
	case SIP_STREAM_FAULT:
		MUST((sip_stream_fault_info(frame->fault)->status != 0) ==
		     (frame->bytes.ptr != NULL));
		break;
	case SIP_STREAM_MESSAGE:
		check_message(frame->bytes);
		break;
	case SIP_STREAM_CRLF:
	case SIP_STREAM_PING:
		MUST(slice_eq(frame->bytes, SLICE("\r\n")) || slice_eq(frame->bytes, SLICE("\n")));
	}
}

/* The frames of `text` when it comes in reads of these many octets, over and over. */
static void
frame_all(struct slice text, const uint8_t *steps, size_t step_count, struct framing *out)
{
	const struct sip_stream_limits limits = { HEADER_MAX, BODY_MAX };
	size_t received = 0, consumed = 0;
	struct sip_stream s;
	struct sip_frame frame;

	sip_stream_init(&s, &limits);
	out->count = 0;
	for (size_t i = 0;; i++) {
		size_t step = step_count > 0 ? steps[i % step_count] + 1u : text.len;

		received += step < text.len - received ? step : text.len - received;
		do {
			struct slice buffer = slice_of(text.ptr + consumed, received - consumed);

			sip_stream_next(&s, buffer, &frame);
			check_frame(&frame, buffer);
			out->frame[out->count].event = frame.event;
			out->frame[out->count].fault = frame.fault;
			out->frame[out->count].bytes = frame.bytes;
			out->count += frame.event != SIP_STREAM_MORE;
			consumed += sip_stream_consume(&s);
		} while (frame.event > SIP_STREAM_FAULT);
		if (frame.event == SIP_STREAM_FAULT || received == text.len)
			return;
	}
}

/* First octet: how many reads are told by the octets behind it; then the stream. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t steps;

	if (size == 0 || size > FRAMES_MAX)
		return 0;
	steps = data[0] % STEPS_MAX;
	if (size < 1 + steps)
		return 0;
	struct slice text = slice_of((const char *)data + 1 + steps, size - 1 - steps);

	frame_all(text, NULL, 0, &whole);
	frame_all(text, data + 1, steps, &cut);
	MUST(whole.count == cut.count);
	for (size_t i = 0; i < whole.count; i++)
		MUST(whole.frame[i].event == cut.frame[i].event &&
		     whole.frame[i].fault == cut.frame[i].fault &&
		     whole.frame[i].bytes.ptr == cut.frame[i].bytes.ptr &&
		     whole.frame[i].bytes.len == cut.frame[i].bytes.len);
	return 0;
}
