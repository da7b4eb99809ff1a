/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_MESSAGE_H
#define SIP_MESSAGE_H

#include "sip/fault.h"
#include "sip/header.h"
#include "sip/method.h"
#include "sip/slice.h"

/** Header lines that one message may have; more is a verdict, not a truncation. */
#define SIP_MAX_HEADERS 104

/** Set in sip_header.id when the value spans several lines (RFC 3261 §7.3.1). */
#define SIP_HEADER_FOLDED 0x80

/** `first` and `next` of a header that is not there. */
#define SIP_NO_HEADER 0xff

/** Offset and length inside a message. Half a slice, and still right when the bytes have moved. */
struct sip_span {
	uint16_t off;
	uint16_t len;
};

/** One header line, folds included. Offsets from the first octet of the message. */
struct sip_header {
	uint16_t line_off;  /* first octet of the name */
	uint16_t value_off; /* value without white space at its ends */
	uint16_t value_len;
	uint8_t name_len;
	uint8_t id; /* enum sip_header_id, with SIP_HEADER_FOLDED */
};

_Static_assert(sizeof(struct sip_header) == 8, "eight header lines to a cache line");

/**
 * The index of one message: where everything is, nothing decoded and nothing copied.
 *
 * Borrows the bytes at `base`. Whoever moves them sets `base` anew; everything else is an offset.
 */
struct sip_message {
	const char *base;
	uint16_t len; /* up to the end of the body; octets behind it are not the message's */
	uint16_t headers_end; /* first octet of the empty line */
	uint16_t body_off;    /* behind the empty line */
	uint16_t status;      /* 100 to 699, or 0 for a request */
	uint8_t method;       /* enum sip_method; of a response, 0 */
	uint8_t header_count;
	struct sip_span method_text;                  /* requests */
	struct sip_span uri;                          /* requests */
	struct sip_span reason;                       /* responses */
	uint16_t headers_off;                         /* first octet behind the start line */
	uint64_t repeated[(SIP_HDR_COUNT + 64) / 64]; /* a bit by id: on more than one line */
	uint8_t first[SIP_HDR_COUNT + 1];             /* by id; the last is that of SIP_HDR_OTHER */
	struct sip_header header[SIP_MAX_HEADERS];
};

/**
 * Index `bytes` as one datagram: start line, header lines, empty line, body.
 *
 * Line ends are CRLF; a bare LF is taken for one (docs/wire.md). CR and LF before the start line
 * are skipped (RFC 3261 §7.5). On any fault but EMPTY, NOT_SIP and STATUS, which nobody answers,
 * the index holds what could be read, so that a refusal can still be addressed. `msg->len` is the
 * whole of `bytes`; see sip_message_check() for Content-Length.
 *
 * No allocation; any thread. Reads only inside `bytes`; linear in its length.
 */
enum sip_fault sip_message_index(struct slice bytes, struct sip_message *msg);

static inline bool
sip_is_request(const struct sip_message *msg)
{
	return msg->status == 0;
}

static inline struct slice
sip_span_slice(const struct sip_message *msg, struct sip_span span)
{
	return slice_of(msg->base + span.off, span.len);
}

static inline enum sip_header_id
sip_header_id(const struct sip_header *h)
{
	return (enum sip_header_id)(h->id & ~SIP_HEADER_FOLDED);
}

static inline struct slice
sip_header_value(const struct sip_message *msg, const struct sip_header *h)
{
	return slice_of(msg->base + h->value_off, h->value_len);
}

/** First octet behind the line of header `i`, its CRLF included. */
static inline uint16_t
sip_header_line_end(const struct sip_message *msg, unsigned int i)
{
	return i + 1 < msg->header_count ? msg->header[i + 1].line_off : msg->headers_end;
}

/** Index of the first header line with a known `id`, or SIP_NO_HEADER. */
static inline unsigned int
sip_header_first(const struct sip_message *msg, enum sip_header_id id)
{
	return msg->first[id];
}

/** Index of the next header line behind `i` with the same id, or SIP_NO_HEADER. */
unsigned int sip_header_next(const struct sip_message *msg, unsigned int i);

/** A known `id` has more than one line. */
static inline bool
sip_header_is_repeated(const struct sip_message *msg, enum sip_header_id id)
{
	return (msg->repeated[id / 64] >> id % 64 & 1) != 0;
}

/** Value of the first header line with a known `id`; absent when there is none. */
static inline struct slice
sip_header_get(const struct sip_message *msg, enum sip_header_id id)
{
	unsigned int i = msg->first[id];

	return i == SIP_NO_HEADER ? SLICE_ABSENT : sip_header_value(msg, &msg->header[i]);
}

static inline struct slice
sip_body(const struct sip_message *msg)
{
	return slice_of(msg->base + msg->body_off, (size_t)(msg->len - msg->body_off));
}

#endif
