/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/stream.h"

#include "sip/chars.h"
#include "sip/message.h"

/* RFC 7983 §7: what a STUN message begins with. No text does. */
enum { STUN_FIRST_OCTET_MAX = 3 };

static const struct sip_stream_fault_info faults[SIP_STREAM_FAULT_COUNT] = {
#define X(sym, status, phrase, text)                                                               \
	[SIP_STREAM_FAULT_##sym] = { #sym, status, { phrase, sizeof(phrase) - 1 }, text },
	SIP_STREAM_FAULTS(X)
#undef X
};

const struct sip_stream_fault_info *
sip_stream_fault_info(enum sip_stream_fault fault)
{
	return &faults[fault];
}

void
sip_stream_init(struct sip_stream *s, const struct sip_stream_limits *limits)
{
	*s = (struct sip_stream){ .limits = *limits };
}

/*
 * Every line end between messages is told at once, and the second of two is the ping: to wait for
 * what may follow the first would hold back a pong for as long as the peer is silent.
 */
static void
take_line_end(struct sip_stream *s, struct slice b)
{
	size_t n = b.ptr[0] == '\n' ? 1 : 2;

	if (b.len < n)
		return;
	if (b.ptr[n - 1] != '\n') {
		s->fault = SIP_STREAM_FAULT_NOT_SIP;
		return;
	}
	s->event = s->after_crlf ? SIP_STREAM_PING : SIP_STREAM_CRLF;
	s->frame_len = n;
}

/* One line alone is no message, but the index tells whether it could begin one. */
static bool
is_start_line(struct slice line)
{
	struct sip_message msg;

	return memchr(line.ptr, '\0', line.len) == NULL &&
	       sip_message_index(line, &msg) != SIP_FAULT_NOT_SIP;
}

/*
 * Go on to the empty line. The start line is judged as soon as it is there, so that a peer that
 * speaks another protocol is not listened to for long.
 */
static void
scan_header(struct sip_stream *s, struct slice b)
{
	size_t max = s->limits.max_header;
	size_t end = b.len < max ? b.len : max;

	while (s->scanned < end) {
		const char *line = b.ptr + s->line;
		const char *lf = memchr(b.ptr + s->scanned, '\n', end - s->scanned);

		if (lf == NULL)
			break;
		s->line = s->scanned = (size_t)(lf + 1 - b.ptr);
		if (line == b.ptr && !is_start_line(slice_between(line, lf + 1))) {
			s->fault = SIP_STREAM_FAULT_NOT_SIP;
			return;
		}
		if (lf == line || (lf == line + 1 && *line == '\r')) {
			s->header_len = s->scanned;
			return;
		}
	}
	s->scanned = end;
	if (end == max)
		s->fault = SIP_STREAM_FAULT_HEADER_TOO_LARGE;
}

/* RFC 3261 §18.3: how long the body is, from one Content-Length that is a number. */
static enum sip_stream_fault
body_length(struct slice header, uint32_t max, uint32_t *length)
{
	struct sip_message msg;
	enum sip_fault fault;
	unsigned int i;

	fault = sip_message_index(header, &msg);
	if (fault == SIP_FAULT_HEADER_LINE || fault == SIP_FAULT_BARE_CR ||
	    fault == SIP_FAULT_CONTROL)
		return SIP_STREAM_FAULT_BAD_HEADER;
	/* An index that was full before the empty line may lack the one that counts. */
	if (msg.headers_end == msg.body_off)
		return SIP_STREAM_FAULT_TOO_MANY_HEADERS;
	i = sip_header_first(&msg, SIP_HDR_CONTENT_LENGTH);
	if (i == SIP_NO_HEADER)
		return SIP_STREAM_FAULT_NO_CONTENT_LENGTH;
	if (sip_header_next(&msg, i) != SIP_NO_HEADER)
		return SIP_STREAM_FAULT_MULTIPLE_CONTENT_LENGTH;
	if (!sip_uint(sip_header_value(&msg, &msg.header[i]), length))
		return SIP_STREAM_FAULT_BAD_CONTENT_LENGTH;
	return *length > max ? SIP_STREAM_FAULT_BODY_TOO_LARGE : SIP_STREAM_FAULT_NONE;
}

/* Nothing is known of the front but what was scanned of its header section. */
static void
measure(struct sip_stream *s, struct slice b)
{
	uint32_t body;

	if (s->scanned == 0) {
		if (b.ptr[0] == '\r' || b.ptr[0] == '\n') {
			take_line_end(s, b);
			return;
		}
		if (!sip_char_is(b.ptr[0], SIP_CHAR_TOKEN)) {
			s->fault = (uint8_t)b.ptr[0] <= STUN_FIRST_OCTET_MAX
					   ? SIP_STREAM_FAULT_STUN
					   : SIP_STREAM_FAULT_NOT_SIP;
			return;
		}
	}
	scan_header(s, b);
	if (s->header_len == 0)
		return;
	s->fault = body_length(slice_of(b.ptr, s->header_len), s->limits.max_body, &body);
	if (s->fault == SIP_STREAM_FAULT_NONE)
		s->frame_len = s->header_len + body;
}

enum sip_stream_event
sip_stream_next(struct sip_stream *s, struct slice buffer, struct sip_frame *frame)
{
	*frame = (struct sip_frame){ .event = SIP_STREAM_MORE };
	if (s->fault == SIP_STREAM_FAULT_NONE && s->frame_len == 0 && buffer.len > 0)
		measure(s, buffer);
	if (s->fault != SIP_STREAM_FAULT_NONE) {
		s->event = SIP_STREAM_FAULT;
		frame->fault = s->fault;
		if (s->header_len != 0)
			frame->bytes = slice_of(buffer.ptr, s->header_len);
	} else if (s->frame_len == 0) {
		frame->need = 1;
	} else if (s->frame_len > buffer.len) {
		frame->need = s->frame_len - buffer.len;
	} else {
		if (s->header_len != 0)
			s->event = SIP_STREAM_MESSAGE;
		frame->bytes = slice_of(buffer.ptr, s->frame_len);
	}
	frame->event = s->event;
	return s->event;
}

size_t
sip_stream_consume(struct sip_stream *s)
{
	size_t n = s->frame_len;

	if (s->event <= SIP_STREAM_FAULT)
		return 0;
	*s = (struct sip_stream){ .limits = s->limits, .after_crlf = s->event == SIP_STREAM_CRLF };
	return n;
}
