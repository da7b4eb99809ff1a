/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/message.h"
#include "sip/stream.h"

#define OPTIONS "OPTIONS sip:b SIP/2.0\r\n"
#define EMPTY OPTIONS "Content-Length: 0\r\n\r\n"
#define FIVE OPTIONS "l: 5\r\n\r\nhello"
#define HEADER_MAX 600
#define BODY_MAX 300

static const struct sip_stream_limits limits = { HEADER_MAX, BODY_MAX };

/*
 * `frames` are as log_frame() writes them: <header>+<body> for a message, "crlf", "ping", and
 * for a fault its name, with the length of the header section that it comes with; "..." when the
 * stream goes on.
 */
static const struct stream_row {
	const char *label;
	struct slice stream;
	const char *frames;
} streams[] = {
	/* clang-format off */
	{ "nothing", SLICE(""), "..." },
	{ "RFC3261-18.3", SLICE(EMPTY), "44+0 ..." },
	{ "RFC3261-18.3-body", SLICE(FIVE), "31+5 ..." },
	{ "RFC3261-18.3-back-to-back", SLICE(FIVE EMPTY FIVE), "31+5 44+0 31+5 ..." },
	{ "RFC3261-18.3-response", SLICE("SIP/2.0 200 OK\r\nl: 1\r\n\r\nx"), "24+1 ..." },
	{ "RFC3261-18.3-body-to-come", SLICE(OPTIONS "l: 6\r\n\r\nhello"), "..." },
	{ "RFC3261-18.3-header-to-come", SLICE(OPTIONS "l: 6\r\n\r"), "..." },
	{ "RFC3261-18.3-body-of-messages", SLICE(OPTIONS "l: 4\r\n\r\n\r\n\r\n" FIVE),
	  "31+4 31+5 ..." },
	{ "RFC3261-7.3.3-compact", SLICE(OPTIONS "L: 1\r\n\r\nx"), "31+1 ..." },
	{ "RFC3261-7.3.1-before-colon", SLICE(OPTIONS "Content-Length \t : 1\r\n\r\nx"),
	  "47+1 ..." },
	{ "RFC3261-7.3.1-case", SLICE(OPTIONS "cONTENT-lENGTH:1\r\n\r\nx"), "43+1 ..." },
	{ "RFC3261-7.3.1-folded", SLICE(OPTIONS "l:\r\n\t\r\n 1\r\n\r\nx"), "36+1 ..." },
	{ "RFC3261-7.3.1-folded-behind", SLICE(OPTIONS "l: 1\r\n \r\n\r\nx"), "34+1 ..." },
	{ "RFC3261-7.3.1-fold-of-another", SLICE(OPTIONS "Subject: x\r\n l: 1\r\nl: 2\r\n\r\nxy"),
	  "50+2 ..." },
	{ "RFC3261-7.3.1-two-in-a-fold", SLICE(OPTIONS "l: 1\r\n 2\r\n\r\n"),
	  "BAD_CONTENT_LENGTH(35)" },
	{ "leading-zeros", SLICE(OPTIONS "l: 0000000000005\r\n\r\nhello"), "43+5 ..." },
	{ "RFC3261-7.5-crlf-before", SLICE("\r\n" EMPTY), "crlf 44+0 ..." },
	{ "RFC3261-7.5-crlf-between", SLICE(EMPTY "\r\n" EMPTY), "44+0 crlf 44+0 ..." },
	{ "RFC5626-4.4.1-pong", SLICE("\r\n"), "crlf ..." },
	{ "RFC5626-4.4.1-ping", SLICE("\r\n\r\n"), "crlf ping ..." },
	{ "RFC5626-4.4.1-two-pings", SLICE("\r\n\r\n\r\n\r\n"), "crlf ping crlf ping ..." },
	{ "RFC5626-4.4.1-ping-and-more", SLICE("\r\n\r\n\r\n" EMPTY "\r\n"),
	  "crlf ping crlf 44+0 crlf ..." },
	{ "RFC5626-4.4.1-half-a-ping", SLICE("\r\n\r"), "crlf ..." },
	{ "RFC5626-4.4.1-message-between", SLICE("\r\n" EMPTY "\r\n"), "crlf 44+0 crlf ..." },
	{ "LF", SLICE("OPTIONS sip:b SIP/2.0\nl: 1\n\nx\n\n"), "28+1 crlf ping ..." },
	{ "LF-and-CRLF", SLICE("OPTIONS sip:b SIP/2.0\r\nl: 1\n\r\nx"), "30+1 ..." },
	{ "CR-CR-LF-is-no-empty-line", SLICE(OPTIONS "l: 1\r\n\r\r\n\r\nx"), "BAD_HEADER(34)" },
	{ "blank-line-is-no-empty-line", SLICE(OPTIONS "l: 1\r\n \t\r\n\r\nx"), "35+1 ..." },
	{ "bare-CR-is-no-line-end", SLICE(OPTIONS "s: x\rl: 1\r\n\r\n"),
	  "BAD_HEADER(36)" },
	{ "index-will-drop", SLICE("SIP/2.0 999 x\r\nl: 1\r\n\r\nx" EMPTY), "23+1 44+0 ..." },
	{ "index-will-reject", SLICE("OPTIONS sip:b SIP/3.0\r\nl: 0\r\n:\r\n\r\n" EMPTY),
	  "34+0 44+0 ..." },
	{ "NO_CONTENT_LENGTH", SLICE(OPTIONS "To: x\r\n\r\n" EMPTY), "NO_CONTENT_LENGTH(32)" },
	{ "no-header-at-all", SLICE(OPTIONS "\r\n"), "NO_CONTENT_LENGTH(25)" },
	{ "smuggled-by-a-bare-CR", SLICE(OPTIONS "X: a\rl: 999\r\nl: 0\r\n\r\n" FIVE), "BAD_HEADER(44)" },
	{ "smuggled-by-a-NUL", SLICE(OPTIONS "X: a\0\r\nl: 0\r\n\r\n" FIVE), "BAD_HEADER(38)" },
	{ "no-colon", SLICE(OPTIONS "Content-Length 5\r\n\r\n"), "BAD_HEADER(43)" },
	{ "colon-in-a-fold", SLICE(OPTIONS "Content-Length\r\n : 5\r\n\r\n"),
	  "BAD_HEADER(47)" },
	{ "second-after-good", SLICE(FIVE OPTIONS "\r\n"), "31+5 NO_CONTENT_LENGTH(25)" },
	{ "RFC4475-3.3.9", SLICE(OPTIONS "Content-Length: 13\r\nl: 5\r\n\r\n"),
	  "MULTIPLE_CONTENT_LENGTH(51)" },
	{ "RFC4475-3.3.9-equal", SLICE(OPTIONS "l: 5\r\nl: 5\r\n\r\nhello"),
	  "MULTIPLE_CONTENT_LENGTH(37)" },
	{ "RFC4475-3.3.9-comma", SLICE(OPTIONS "l: 5, 5\r\n\r\nhello"), "BAD_CONTENT_LENGTH(34)" },
	{ "RFC4475-3.1.2.3-negative", SLICE(OPTIONS "l: -999\r\n\r\n"),
	  "BAD_CONTENT_LENGTH(34)" },
	{ "plus", SLICE(OPTIONS "l: +5\r\n\r\nhello"), "BAD_CONTENT_LENGTH(32)" },
	{ "hexadecimal", SLICE(OPTIONS "l: 0x5\r\n\r\nhello"), "BAD_CONTENT_LENGTH(33)" },
	{ "no-number", SLICE(OPTIONS "l: \r\n\r\n"), "BAD_CONTENT_LENGTH(30)" },
	{ "parameter", SLICE(OPTIONS "l: 5;x\r\n\r\nhello"), "BAD_CONTENT_LENGTH(33)" },
	{ "BODY_TOO_LARGE", SLICE(OPTIONS "l: 301\r\n\r\n"), "BODY_TOO_LARGE(33)" },
	{ "BODY_TOO_LARGE-2^32", SLICE(OPTIONS "l: 4294967296\r\n\r\n"), "BODY_TOO_LARGE(40)" },
	{ "BODY_TOO_LARGE-2^64+5", SLICE(OPTIONS "l: 18446744073709551621\r\n\r\nhello"),
	  "BODY_TOO_LARGE(50)" },
	{ "largest-body", SLICE(OPTIONS "l: 300\r\n\r\nx"), "..." },
	{ "HTTP", SLICE("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), "NOT_SIP" },
	{ "HTTP-first-line", SLICE("GET / HTTP/1.1\n"), "NOT_SIP" },
	{ "HTTP-response", SLICE("HTTP/1.1 200 OK\r\n"), "NOT_SIP" },
	{ "SMTP", SLICE("EHLO b\r\n"), "NOT_SIP" },
	{ "one-word", SLICE("x\n"), "NOT_SIP" },
	{ "no-line-yet", SLICE("GET / HTTP/1.1\r"), "..." },
	{ "blank-first", SLICE(" " EMPTY), "NOT_SIP" },
	{ "NUL-in-the-method", SLICE("OPT\0ONS sip:b SIP/2.0\r\n"), "NOT_SIP" },
	{ "NUL-in-the-URI", SLICE("OPTIONS sip:\0 SIP/2.0\r\n"), "NOT_SIP" },
	{ "CR-alone", SLICE("\rOPTIONS"), "NOT_SIP" },
	{ "CR-CR-LF", SLICE("\r\r\n"), "NOT_SIP" },
	{ "CR-alone-behind-a-ping", SLICE("\r\n\r\n\rx"), "crlf ping NOT_SIP" },
	{ "TLS", SLICE("\x16\x03\x01\x02"), "NOT_SIP" },
	{ "RFC5626-4.4.2-STUN", SLICE("\0\1\0\0\x21\x12\xa4\x42"), "STUN" },
	{ "RFC5626-4.4.2-STUN-response", SLICE("\1\1"), "STUN" },
	{ "STUN-behind-a-message", SLICE(EMPTY "\0\1"), "44+0 STUN" },
	{ "body-behind-a-short-length", SLICE(OPTIONS "l: 1\r\n\r\nhello"), "31+1 ..." },
	{ "body-behind-a-short-length-line", SLICE(OPTIONS "l: 1\r\n\r\nhello\r\n"),
	  "31+1 NOT_SIP" },
	/* clang-format on */
};

struct log {
	char text[256];
	size_t len;
};

static void
log_text(struct log *log, const char *text)
{
	log->len += (size_t)snprintf(log->text + log->len, sizeof(log->text) - log->len, "%s%s",
				     log->len > 0 ? " " : "", text);
	assert_true(log->len < sizeof(log->text));
}

/* What a frame promises, whichever it is. */
static void
check_frame(const struct sip_frame *frame, struct slice buffer)
{
	struct sip_message msg;

	assert_int_equal(frame->need > 0, frame->event == SIP_STREAM_MORE);
	assert_int_equal(frame->fault != SIP_STREAM_FAULT_NONE, frame->event == SIP_STREAM_FAULT);
	if (frame->bytes.ptr == NULL) {
		assert_int_equal(sip_stream_fault_info(frame->fault)->status, 0);
		return;
	}
	assert_ptr_equal(frame->bytes.ptr, buffer.ptr);
	assert_true(frame->bytes.len > 0 && frame->bytes.len <= buffer.len);
	if (frame->event == SIP_STREAM_FAULT) {
		assert_true(sip_stream_fault_info(frame->fault)->status >= 400);
		sip_message_index(frame->bytes, &msg);
		assert_int_equal(msg.body_off, frame->bytes.len);
	}
}

static void
log_frame(struct log *log, const struct sip_frame *frame)
{
	struct sip_message msg;
	char text[64];

	switch (frame->event) {
	case SIP_STREAM_MESSAGE:
		sip_message_index(frame->bytes, &msg);
		assert_ptr_equal(msg.base, frame->bytes.ptr);
		snprintf(text, sizeof(text), "%u+%zu", msg.body_off, sip_body(&msg).len);
		break;
	case SIP_STREAM_FAULT:
		snprintf(text, sizeof(text), frame->bytes.ptr == NULL ? "%s" : "%s(%zu)",
			 sip_stream_fault_info(frame->fault)->name, frame->bytes.len);
		break;
	case SIP_STREAM_CRLF:
	case SIP_STREAM_PING:
		strcpy(text, frame->event == SIP_STREAM_PING ? "ping" : "crlf");
		break;
	case SIP_STREAM_MORE:
		strcpy(text, "...");
	}
	log_text(log, text);
}

/* One connection that hands out its stream read by read. */
struct peer {
	struct sip_stream stream;
	struct slice whole;
	size_t received; /* octets of `whole` that have come */
	size_t consumed;
	struct log log;
};

static struct peer
peer_of(struct slice whole, const struct sip_stream_limits *with)
{
	struct peer peer = { .whole = whole };

	sip_stream_init(&peer.stream, with);
	return peer;
}

/* `n` more octets come; whatever is complete is taken. The buffer is elsewhere each time. */
static enum sip_stream_event
receive(struct peer *peer, size_t n)
{
	struct sip_frame frame, again;

	peer->received += n;
	for (;;) {
		struct slice buffer = at_wall(slice_of(peer->whole.ptr + peer->consumed,
						       peer->received - peer->consumed));

		sip_stream_next(&peer->stream, buffer, &frame);
		assert_int_equal(sip_stream_next(&peer->stream, buffer, &again), frame.event);
		assert_memory_equal(&frame, &again, sizeof(frame));
		check_frame(&frame, buffer);
		if (frame.event <= SIP_STREAM_FAULT)
			break;
		log_frame(&peer->log, &frame);
		assert_int_equal(sip_stream_consume(&peer->stream), frame.bytes.len);
		peer->consumed += frame.bytes.len;
	}
	assert_int_equal(sip_stream_consume(&peer->stream), 0);
	if (frame.event == SIP_STREAM_MORE)
		assert_true(frame.need <= HEADER_MAX + BODY_MAX);
	if (frame.event == SIP_STREAM_FAULT || peer->received == peer->whole.len)
		log_frame(&peer->log, &frame);
	return frame.event;
}

/* However it is cut: at once, in two reads, octet by octet. */
static void
stream_is_framed(void **state)
{
	const struct stream_row *row = *state;

	for (size_t cut = 0; cut <= row->stream.len; cut++) {
		struct peer peer = peer_of(row->stream, &limits);

		if (cut == 0 || receive(&peer, cut) != SIP_STREAM_FAULT)
			if (cut < row->stream.len || cut == 0)
				receive(&peer, row->stream.len - cut);
		assert_string_equal(peer.log.text, row->frames);
	}
	for (size_t step = 1; step < row->stream.len && step < 8; step++) {
		struct peer peer = peer_of(row->stream, &limits);

		while (peer.received < row->stream.len) {
			size_t left = row->stream.len - peer.received;

			if (receive(&peer, step < left ? step : left) == SIP_STREAM_FAULT)
				break;
		}
		assert_string_equal(peer.log.text, row->frames);
	}
}
GTEST_ROWS(Stream, streams, label, stream_is_framed);

/* A header section of exactly `len` octets behind which `body` octets come. */
static struct slice
message_of(char *out, size_t len, unsigned int body)
{
	size_t n = (size_t)sprintf(out, OPTIONS "l: %u\r\nSubject: ", body);

	memset(out + n, 'x', len - n - 4);
	memcpy(out + len - 4, "\r\n\r\n", 4);
	memset(out + len, 'b', body);
	return slice_of(out, len + body);
}

static const struct {
	const char *label;
	size_t header;
	unsigned int body;
	const char *frames;
} limited[] = {
	{ "at-both-limits", HEADER_MAX, BODY_MAX, "600+300 ..." },
	{ "header-above", HEADER_MAX + 1, 0, "HEADER_TOO_LARGE" },
	{ "header-far-above", 2 * HEADER_MAX, 0, "HEADER_TOO_LARGE" },
	{ "body-above", HEADER_MAX, BODY_MAX + 1, "BODY_TOO_LARGE(600)" },
};

static void
limit_holds(void **state)
{
	const typeof(limited[0]) *row = *state;
	char room[4 * HEADER_MAX];
	struct slice text = message_of(room, row->header, row->body);

	for (size_t cut = 1; cut < text.len; cut++) {
		struct peer peer = peer_of(text, &limits);

		if (receive(&peer, cut) != SIP_STREAM_FAULT)
			receive(&peer, text.len - cut);
		assert_string_equal(peer.log.text, row->frames);
	}
}
GTEST_ROWS(Stream, limited, label, limit_holds);

GTEST(Stream, no_line_end_within_the_limit)
{
	char room[HEADER_MAX];
	struct peer peer = peer_of(slice_of(room, sizeof(room)), &limits);

	memset(room, 'x', sizeof(room));
	assert_int_equal(receive(&peer, HEADER_MAX - 1), SIP_STREAM_MORE);
	assert_int_equal(receive(&peer, 1), SIP_STREAM_FAULT);
	assert_string_equal(peer.log.text, "HEADER_TOO_LARGE");
}

/* The index has room for so many lines; behind them another Content-Length could hide. */
static const struct {
	const char *label;
	const char *start;
	unsigned int lines;
	const char *frames;
} crowds[] = {
	{ "as-many-as-the-index-holds", OPTIONS, SIP_MAX_HEADERS, "443+1 ..." },
	{ "one-more", OPTIONS, SIP_MAX_HEADERS + 1, "TOO_MANY_HEADERS(447)" },
	{ "one-more-and-another-fault", "OPTIONS sip:b SIP/3.0\r\n", SIP_MAX_HEADERS + 1,
	  "TOO_MANY_HEADERS(447)" },
};

static void
crowd_is_framed(void **state)
{
	const typeof(crowds[0]) *row = *state;
	char room[HEADER_MAX];
	struct peer peer;
	size_t n = (size_t)sprintf(room, "%sl: 1\r\n", row->start);

	for (unsigned int i = 1; i < row->lines; i++)
		n += (size_t)sprintf(room + n, "a:\r\n");
	n += (size_t)sprintf(room + n, "\r\nx");
	peer = peer_of(slice_of(room, n), &limits);
	receive(&peer, n);
	assert_string_equal(peer.log.text, row->frames);
}
GTEST_ROWS(Stream, crowds, label, crowd_is_framed);

/* A fault is the end: nothing that comes later makes a message. */
GTEST(Stream, fault_stays)
{
	struct sip_stream s;
	struct sip_frame frame;

	sip_stream_init(&s, &limits);
	assert_int_equal(sip_stream_next(&s, SLICE("\x16"), &frame), SIP_STREAM_FAULT);
	assert_int_equal(sip_stream_next(&s, SLICE(EMPTY), &frame), SIP_STREAM_FAULT);
	assert_int_equal(frame.fault, SIP_STREAM_FAULT_NOT_SIP);
	assert_int_equal(sip_stream_consume(&s), 0);
}

GTEST(Stream, need_is_what_the_body_lacks)
{
	struct sip_stream s;
	struct sip_frame frame;
	struct slice text = SLICE(FIVE);

	sip_stream_init(&s, &limits);
	for (size_t len = 0; len < text.len; len++) {
		assert_int_equal(sip_stream_next(&s, slice_of(text.ptr, len), &frame),
				 SIP_STREAM_MORE);
		assert_int_equal(frame.need, len < text.len - 5 ? 1 : text.len - len);
	}
}

/*
 * Octets that were looked at are not looked at again: pages full of them are taken away while the
 * next ones come, and lent once when the header section is complete.
 */
GTEST(Stream, nothing_is_looked_at_twice)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), head = 8 * page, body = 8 * page;
	const struct sip_stream_limits large = { UINT16_MAX, UINT16_MAX };
	char *map = wall() - head - body;
	struct slice text = message_of(map, head, (unsigned int)body);
	struct sip_stream s;
	struct sip_frame frame;

	assert_true(head <= UINT16_MAX && text.len == head + body);
	sip_stream_init(&s, &large);
	for (size_t len = 1; len < text.len; len++) {
		if (len == head)
			assert_int_equal(mprotect(map, head, PROT_READ | PROT_WRITE), 0);
		else if (len > page && len % page == 1)
			assert_int_equal(mprotect(map + len - 1 - page, page, PROT_NONE), 0);
		assert_int_equal(sip_stream_next(&s, slice_of(map, len), &frame), SIP_STREAM_MORE);
	}
	assert_int_equal(sip_stream_next(&s, slice_of(map, text.len), &frame), SIP_STREAM_MESSAGE);
	assert_int_equal(mprotect(map, text.len, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(frame.bytes.len, text.len);
}

/* Messages, pings and rubbish in any order and in reads of any size: the same frames. */
GTEST(Stream, any_cut_gives_the_same)
{
	static const struct slice parts[] = { SLICE(EMPTY), SLICE(FIVE),   SLICE("\r\n"),
					      SLICE("\n"),  SLICE("\r\n"), SLICE("x"),
					      SLICE("\r"),  SLICE(OPTIONS) };
	uint64_t random = 1;

	for (unsigned int round = 0; round < 3000; round++) {
		char room[512];
		size_t n = 0;

		for (unsigned int i = random_below(&random, 9); i > 0; i--) {
			struct slice part = parts[random_below(&random, 8)];

			memcpy(room + n, part.ptr, part.len);
			n += part.len;
		}
		struct peer whole = peer_of(slice_of(room, n), &limits);
		struct peer cut = peer_of(slice_of(room, n), &limits);

		receive(&whole, n);
		do {
			size_t left = n - cut.received, most = left < 20 ? left : 20;
			size_t step = random_below(&random, (unsigned int)most + 1);

			if (receive(&cut, left == 0 ? 0 : step + (step == 0)) == SIP_STREAM_FAULT)
				break;
		} while (cut.received < n);
		assert_string_equal(cut.log.text, whole.log.text);
	}
}

GTEST(Stream, faults_have_texts)
{
	for (int i = 0; i < SIP_STREAM_FAULT_COUNT; i++) {
		const struct sip_stream_fault_info *info =
			sip_stream_fault_info((enum sip_stream_fault)i);

		assert_true(strlen(info->text) > 0 && strlen(info->name) > 0);
		assert_int_equal(info->status > 0, info->phrase.len > 0);
	}
}
