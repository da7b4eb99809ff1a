/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Where one message ends and the next begins on TCP and TLS (RFC 3261 §7.5, §18.3), and the
 * keepalives between them (RFC 5626 §4.4.1).
 *
 * The caller owns a buffer and appends to it what was read; nothing is copied here:
 *
 *	while (sip_stream_next(&stream, filled, &frame) > SIP_STREAM_FAULT) {
 *		handle(frame.event, frame.bytes);
 *		drop sip_stream_consume(&stream) octets from the front of `filled`;
 *	}
 *	if frame.event is SIP_STREAM_MORE, read at least frame.need octets, and again; else close
 *
 * However a stream is cut into reads, the same frames come out of it. No octet of a header section
 * is looked for twice: work is linear in the octets, even when they come one by one.
 *
 * WebSocket needs none of this: a WebSocket message, put together from its frames, holds exactly
 * one SIP message (RFC 7118 §5) and goes to sip_message_index() as it is, like a datagram.
 */
#ifndef SIP_STREAM_H
#define SIP_STREAM_H

#include "sip/slice.h"

enum sip_stream_event {
	SIP_STREAM_MORE,    /* nothing is complete yet */
	SIP_STREAM_FAULT,   /* close the connection: nobody knows where the next message begins */
	SIP_STREAM_MESSAGE, /* one message, its body included */
	SIP_STREAM_CRLF,    /* a pong, if one is awaited; else it means nothing (RFC 3261 §7.5) */
	SIP_STREAM_PING,    /* the second CRLF of two: answer with one CRLF (RFC 5626 §4.4.1) */
};

/**
 * Why framing cannot go on, one row each: X(symbol, status, "Reason Phrase", "text").
 * The status is 0 when there is no header section by which a request could be answered.
 */
#define SIP_STREAM_FAULTS(X)                                                                       \
	X(NONE, 0, "", "no fault")                                                                 \
	X(STUN, 0, "", "STUN, which has no place on a stream (RFC 5626 4.4.2)")                    \
	X(NOT_SIP, 0, "", "the first line is no SIP start line")                                   \
	X(HEADER_TOO_LARGE, 0, "", "header section longer than the limit")                         \
	X(BAD_HEADER, 400, "Bad Header Line",                                                      \
	  "a header line that others may read otherwise: where the body ends is unsure")           \
	X(TOO_MANY_HEADERS, 400, "Too Many Header Lines", "more header lines than an index holds") \
	X(NO_CONTENT_LENGTH, 400, "Missing Content-Length",                                        \
	  "no Content-Length on a stream (RFC 3261 18.3)")                                         \
	X(BAD_CONTENT_LENGTH, 400, "Bad Content-Length", "Content-Length is no number")            \
	X(MULTIPLE_CONTENT_LENGTH, 400, "Multiple Content-Length",                                 \
	  "Content-Length more than once, equal or not (RFC 4475 3.3.9)")                          \
	X(BODY_TOO_LARGE, 413, "Request Entity Too Large", "Content-Length above the limit")

enum sip_stream_fault {
#define X(sym, status, phrase, text) SIP_STREAM_FAULT_##sym,
	SIP_STREAM_FAULTS(X)
#undef X
		SIP_STREAM_FAULT_COUNT
};

/** One row of SIP_STREAM_FAULTS. */
struct sip_stream_fault_info {
	const char *name; /* as in the enum */
	uint16_t status;  /* of the response to a request; 0: none can be sent */
	struct slice phrase;
	const char *text; /* for people */
};

/** In octets. Whoever wants a message in one piece has a buffer of both together. */
struct sip_stream_limits {
	uint16_t max_header; /* start line to empty line */
	uint32_t max_body;
};

/** What is known of the octets at the front of the buffer. Plain data: one per connection. */
struct sip_stream {
	struct sip_stream_limits limits;
	size_t scanned;    /* octets that need no second look for the end of the header section */
	size_t line;       /* where the line begins that is not complete yet */
	size_t header_len; /* header section with its empty line; 0 while that is to come */
	size_t frame_len;  /* message or line end; 0 while not known */
	enum sip_stream_event event;
	enum sip_stream_fault fault;
	bool after_crlf; /* a line end that began no ping was the last that was consumed */
};

/** What is at the front. */
struct sip_frame {
	enum sip_stream_event event;
	enum sip_stream_fault fault; /* other than NONE with SIP_STREAM_FAULT alone */
	/*
	 * The message or the line end. With a fault: the header section with its empty line, if the
	 * fault was found behind it, so that a request can be refused; else absent.
	 */
	struct slice bytes;
	size_t need; /* with SIP_STREAM_MORE: octets that are missing at least, never 0 */
};

/** Begin a connection. A limit of 0 lets nothing pass: every message has a header section. */
void sip_stream_init(struct sip_stream *s, const struct sip_stream_limits *limits);

/**
 * What is at the front of `buffer`: all octets received and not consumed yet, the same ones as in
 * the call before plus those that came since; they may have moved. Fills in `frame`, which borrows
 * from `buffer`, and returns its event. Asked again without anything new it says the same.
 *
 * A fault stays for ever. Line ends are CRLF or a bare LF, as in sip_message_index(), which is
 * asked for Content-Length: both see the same message.
 *
 * No allocation. Any thread, one at a time for each `s`.
 */
enum sip_stream_event sip_stream_next(struct sip_stream *s, struct slice buffer,
				      struct sip_frame *frame);

/**
 * Be done with the message or line end that sip_stream_next() has just returned. Returns how many
 * octets the caller has to drop from the front of his buffer; 0 when there was no such thing.
 */
size_t sip_stream_consume(struct sip_stream *s);

/** The row of `fault`, which is below SIP_STREAM_FAULT_COUNT. Static storage; any thread. */
const struct sip_stream_fault_info *sip_stream_fault_info(enum sip_stream_fault fault);

#endif
