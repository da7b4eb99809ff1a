/* SPDX-License-Identifier: BSD-3-Clause */
/** Start line and header lines: where everything is (RFC 3261 §7). */
#ifndef SIP_READER_INDEX_H
#define SIP_READER_INDEX_H

#include "sip/header_rows.h"
#include "sip/message.h"
#include "sip/reader/lines.h"

/* `fault` is the first one met: later ones do not hide it. */
struct scan {
	struct lines lines;
	enum sip_fault fault;
};

static void
scan_fault(struct scan *s, enum sip_fault fault)
{
	if (s->fault == SIP_FAULT_NONE)
		s->fault = fault;
}

static inline uint16_t
offset_of(const struct sip_message *msg, const char *p)
{
	return (uint16_t)(p - msg->base);
}

static inline struct sip_span
span_of(const struct sip_message *msg, const char *begin, const char *end)
{
	return (struct sip_span){ offset_of(msg, begin), (uint16_t)(end - begin) };
}

/* Take one line without its line end. NULL when no line end follows. */
static inline const char *
take_line(struct scan *s, const char **line_end)
{
	const char *line = s->lines.p;
	const char *lf = lines_next(&s->lines);

	if (lf == NULL)
		return NULL;
	*line_end = lf - (lf > line && lf[-1] == '\r');
	return line;
}

static inline bool
begins_with_sip_slash(const char *p, const char *end)
{
	return end - p >= 4 && slice_lower(p[0]) == 's' && slice_lower(p[1]) == 'i' &&
	       slice_lower(p[2]) == 'p' && p[3] == '/';
}

/* RFC 3261 §7.1: without regard to case, though it is to be sent in upper case. */
static inline bool
is_sip_version(const char *p, const char *end)
{
	return end - p == 7 && begins_with_sip_slash(p, end) && memcmp(p + 4, "2.0", 3) == 0;
}

/* "SIP/2.0 200 OK" (RFC 3261 §7.2). The reason phrase may be empty. */
static void
take_status_line(struct scan *s, struct sip_message *msg, const char *line, const char *end)
{
	const struct bounds b = { end, end };
	const char *code = line + 8, *behind;
	uint32_t status = 0;

	if (end - line < 11 || line[7] != ' ') {
		scan_fault(s, SIP_FAULT_NOT_SIP);
		return;
	}
	behind = take_number(code, b, &status);
	msg->status = UINT16_MAX;
	if (behind - code != 3 || status < 100 || status > 699 ||
	    (behind < end && *behind != ' ')) {
		scan_fault(s, SIP_FAULT_STATUS);
		return;
	}
	msg->status = (uint16_t)status;
	msg->reason = behind < end ? span_of(msg, behind + 1, end) : span_of(msg, end, end);
}

/* The last word is a SIP version: a request line, if a crooked one. */
static bool
ends_with_sip_version(const char *line, const char *end)
{
	const char *word;

	while (end > line && sip_char_is(end[-1], SIP_CHAR_LWS))
		end--;
	for (word = end; word > line && !sip_char_is(word[-1], SIP_CHAR_LWS);)
		word--;
	return begins_with_sip_slash(word, end);
}

/* "METHOD uri SIP/2.0" with exactly one space between (RFC 3261 §7.1). */
static void
take_request_line(struct scan *s, struct sip_message *msg, const char *line, const char *end)
{
	const struct bounds b = { end, s->lines.end };
	const char *sp1 = span(line, b, SIP_CHAR_TOKEN), *sp2;

	if (sp1 == line || sp1 == end || *sp1 != ' ') {
		scan_fault(s, SIP_FAULT_NOT_SIP);
		return;
	}
	msg->method_name = span_of(msg, line, sp1);
	msg->method = (uint8_t)sip_method_find(slice_between(line, sp1));
	sp2 = find(sp1 + 1, b, ' ');
	if (sp2 == sp1 + 1 || sp2 == end || !begins_with_sip_slash(sp2 + 1, end) ||
	    memchr(sp2 + 1, ' ', (size_t)(end - sp2 - 1)) != NULL) {
		scan_fault(s, ends_with_sip_version(line, end) ? SIP_FAULT_REQUEST_LINE
							       : SIP_FAULT_NOT_SIP);
		return;
	}
	msg->uri = span_of(msg, sp1 + 1, sp2);
	if (!is_sip_version(sp2 + 1, end))
		scan_fault(s, SIP_FAULT_VERSION);
}

static void
take_start_line(struct scan *s, struct sip_message *msg)
{
	const char *end, *line = take_line(s, &end);

	if (line == NULL) {
		scan_fault(s, SIP_FAULT_NOT_SIP);
		return;
	}
	/* A method may begin with "SIP" but not with "SIP/": '/' is no token character. */
	if (begins_with_sip_slash(line, end)) {
		msg->status = UINT16_MAX;
		if (end - line > 7 && is_sip_version(line, line + 7))
			take_status_line(s, msg, line, end);
		else
			scan_fault(s, SIP_FAULT_NOT_SIP);
	} else {
		take_request_line(s, msg, line, end);
	}
}

/* Where the name at `line` ends, and its id. */
static inline const char *
take_name(const char *line, struct bounds b, enum sip_header_id *id)
{
	const char *end;

#ifdef SIP_VECTOR
	if (LIKELY(b.limit - line >= SIP_VECTOR)) {
		vec v = vec_load(line);
		uint32_t outside = vec_outside(v, sip_char_rows[0]);

		if (LIKELY(outside != 0)) {
			unsigned int n = (unsigned int)__builtin_ctz(outside);

			if (n > 1) {
				unsigned int guess = sip_header_guess(line, n);
				const struct sip_header_row *row = &sip_header_rows[guess];
				uint32_t mask = ((uint32_t)1 << n) - 1;
				uint32_t other = ~vec_eq_folded(v, row->lower) & mask;

				/* no branch: known and unknown names come in any order */
				other |= row->len ^ n;
				*id = other == 0 ? (enum sip_header_id)(guess - 1) : SIP_HDR_OTHER;
				return line + n;
			}
		}
	}
#endif
	end = span(line, b, SIP_CHAR_TOKEN);
	*id = sip_header_find(slice_between(line, end));
	return end;
}

/* Fill in one header from its first line; take_folds() may lengthen the value. */
static inline bool
take_header(struct scan *s, struct sip_message *msg, const char *line, const char *end)
{
	const struct bounds b = { end, s->lines.end };
	struct sip_header *h = &msg->header[msg->header_count];
	enum sip_header_id id;
	const char *name_end = take_name(line, b, &id);
	const char *colon = name_end, *value;
	bool again;

	while (colon < end && (*colon == ' ' || *colon == '\t'))
		colon++;
	if (name_end == line || name_end > end || name_end - line > UINT8_MAX || colon >= end ||
	    *colon != ':') {
		scan_fault(s, SIP_FAULT_HEADER_LINE);
		return false;
	}
	value = colon + 1;
	if (LIKELY(end - value > 1 && *value == ' '))
		value++;
	if (value < end && sip_char_is(*value, SIP_CHAR_LWS))
		value = sip_skip_lws(value, end);
	while (end > value && sip_char_is(end[-1], SIP_CHAR_LWS))
		end--;
	h->line_off = offset_of(msg, line);
	h->name_len = (uint8_t)(name_end - line);
	h->id = (uint8_t)id;
	h->value_off = offset_of(msg, value);
	h->value_len = (uint16_t)(end - value);
	again = msg->first[id] != SIP_NO_HEADER;
	msg->first[id] = again ? msg->first[id] : msg->header_count;
	msg->repeated[id / 64] |= (uint64_t)again << id % 64;
	msg->header_count++;
	return true;
}

/* Lines that begin with white space belong to the header before them (RFC 3261 §7.3.1). */
static void
take_folds(struct scan *s, struct sip_message *msg, bool keep)
{
	while (s->lines.p < s->lines.end && (*s->lines.p == ' ' || *s->lines.p == '\t')) {
		const char *end, *line = take_line(s, &end);
		struct sip_header *h;

		if (line == NULL) {
			scan_fault(s, SIP_FAULT_TRUNCATED);
			s->lines.p = s->lines.end;
			return;
		}
		if (!keep)
			continue;
		h = &msg->header[msg->header_count - 1];
		line = sip_skip_lws(line, end);
		while (end > line && sip_char_is(end[-1], SIP_CHAR_LWS))
			end--;
		if (end == line)
			continue;
		if (h->value_len == 0)
			h->value_off = offset_of(msg, line);
		h->value_len = (uint16_t)(offset_of(msg, end) - h->value_off);
		h->id |= SIP_HEADER_FOLDED;
	}
}

/* Header lines up to the empty line. */
static void
take_headers(struct scan *s, struct sip_message *msg)
{
	for (;;) {
		const char *end, *line = take_line(s, &end);
		bool kept;

		if (line == NULL) {
			scan_fault(s, SIP_FAULT_TRUNCATED);
			msg->headers_end = msg->body_off = msg->len;
			return;
		}
		if (end == line) {
			msg->headers_end = offset_of(msg, line);
			msg->body_off = offset_of(msg, s->lines.p);
			return;
		}
		if (msg->header_count == SIP_MAX_HEADERS) {
			scan_fault(s, SIP_FAULT_TOO_MANY_HEADERS);
			msg->headers_end = msg->body_off = msg->len;
			return;
		}
		kept = take_header(s, msg, line, end);
		if (s->lines.p < s->lines.end && (*s->lines.p == ' ' || *s->lines.p == '\t'))
			take_folds(s, msg, kept);
	}
}

static inline void
message_reset(struct sip_message *msg)
{
	memset(msg, 0, offsetof(struct sip_message, first));
	memset(msg->first, SIP_NO_HEADER, sizeof(msg->first));
}

/** See sip_message_index(). */
static enum sip_fault
index_message(struct slice bytes, struct sip_message *msg)
{
	const char *p = bytes.ptr, *end = slice_end(bytes);
	struct scan s;

	s.fault = SIP_FAULT_NONE;
	message_reset(msg);
	while (p < end && (*p == '\r' || *p == '\n'))
		p++;
	if (p == end)
		return SIP_FAULT_EMPTY;
	if (!sip_char_is(*p, SIP_CHAR_TOKEN))
		return SIP_FAULT_NOT_SIP;
	if (end - p > UINT16_MAX) {
		end = p + UINT16_MAX;
		scan_fault(&s, SIP_FAULT_TOO_LONG);
	}
	msg->base = p;
	msg->len = (uint16_t)(end - p);
	lines_init(&s.lines, p, end);
	take_start_line(&s, msg);
	if (s.fault == SIP_FAULT_NOT_SIP)
		return SIP_FAULT_NOT_SIP;
	msg->headers_off = offset_of(msg, s.lines.p);
	take_headers(&s, msg);
	if (lines_had_bare_cr(&s.lines))
		scan_fault(&s, SIP_FAULT_BARE_CR);
	return s.fault;
}

#endif
