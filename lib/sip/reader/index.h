/* SPDX-License-Identifier: BSD-3-Clause */
/** Start line and header lines: where everything is (RFC 3261 §7). */
#ifndef SIP_READER_INDEX_H
#define SIP_READER_INDEX_H

#include "sip/header_rows.h"
#include "sip/message.h"
#include "sip/reader/lines.h"

/* Where the scan is. `fault` is the first one met: later ones do not hide it. */
struct scan {
	struct sip_message *msg;
	const char *line; /* the next one */
	const char *end;  /* of all octets */
	uint32_t taken;   /* lines.lf[] from here on are still to come */
	enum sip_fault fault;
	struct lines lines;
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

/* Take one line; s->line moves behind its LF, which is returned. NULL when no LF follows. */
static inline const char *
take_line(struct scan *s)
{
	const char *lf;

	while (s->taken == s->lines.count) {
		s->taken = 0;
		if (!lines_look_ahead(&s->lines)) {
			s->lines.count = 0;
			return NULL;
		}
	}
	lf = s->lines.base + s->lines.lf[s->taken++];
	s->line = lf + 1;
	return lf;
}

/* Where a line ends; not the first one, so that there is an octet in front of each LF. */
static inline const char *
without_cr(const char *lf)
{
	return lf - (lf[-1] == '\r');
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
	const struct bounds b = { end, s->end };
	const char *sp1 = span(line, b, SIP_CHAR_TOKEN), *sp2;

	if (sp1 == line || sp1 == end || *sp1 != ' ') {
		scan_fault(s, SIP_FAULT_NOT_SIP);
		return;
	}
	msg->method_text = span_of(msg, line, sp1);
	msg->method = (uint8_t)sip_method_find(slice_between(line, sp1));
	sp2 = find(sp1 + 1, b, ' ');
	if (LIKELY(sp2 > sp1 + 1 && sp2 < end && is_sip_version(sp2 + 1, end))) {
		msg->uri = span_of(msg, sp1 + 1, sp2);
		return;
	}
	if (sp2 == sp1 + 1 || sp2 == end || !begins_with_sip_slash(sp2 + 1, end) ||
	    memchr(sp2 + 1, ' ', (size_t)(end - sp2 - 1)) != NULL) {
		scan_fault(s, ends_with_sip_version(line, end) ? SIP_FAULT_REQUEST_LINE
							       : SIP_FAULT_NOT_SIP);
		return;
	}
	msg->uri = span_of(msg, sp1 + 1, sp2);
	scan_fault(s, SIP_FAULT_VERSION);
}

static void
take_start_line(struct scan *s, struct sip_message *msg)
{
	const char *line = s->line, *lf = take_line(s), *end;

	if (lf == NULL) {
		scan_fault(s, SIP_FAULT_NOT_SIP);
		return;
	}
	end = lf > line ? without_cr(lf) : lf;
	s->lines.odd |= end == lf;
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

/* Any line, by the grammar. False when it is none. */
static __attribute__((noinline)) bool
take_any_header(struct scan *s, const char *line, const char *end, struct sip_header *h)
{
	const char *name_end = sip_char_span(line, end, SIP_CHAR_TOKEN);
	const char *colon = name_end, *value;

	while (colon < end && (*colon == ' ' || *colon == '\t'))
		colon++;
	if (name_end == line || name_end - line > UINT8_MAX || colon == end || *colon != ':') {
		scan_fault(s, SIP_FAULT_HEADER_LINE);
		return false;
	}
	value = sip_skip_lws(colon + 1, end);
	while (end > value && sip_char_is(end[-1], SIP_CHAR_LWS))
		end--;
	*h = (struct sip_header){ .line_off = offset_of(s->msg, line),
				  .value_off = offset_of(s->msg, value),
				  .value_len = (uint16_t)(end - value),
				  .name_len = (uint8_t)(name_end - line) };
	return true;
}

/* "Name: value" without any further white space, and the name at most 31 octets. */
static inline bool
take_header(struct scan *s, const char *line, const char *end, struct sip_header *h)
{
#ifdef SIP_VECTOR
	if (LIKELY(s->end - line >= SIP_VECTOR)) {
		uint32_t n = lowest(vec_outside(vec_load(line), sip_char_rows_[0]));
		const char *base = s->lines.base, *value = line + n + 1;

		if (LIKELY(n - 1 < 31 && line[n] == ':' && value < end)) {
			value += *value == ' ';
			if (LIKELY((uint8_t)*value > ' ' && (uint8_t)end[-1] > ' ')) {
				h->line_off = (uint16_t)(line - base);
				h->value_off = (uint16_t)(value - base);
				h->value_len = (uint16_t)(end - value);
				h->name_len = (uint8_t)n;
				h->id = 0;
				return true;
			}
		}
	}
#endif
	return take_any_header(s, line, end, h);
}

static inline enum sip_header_id
name_at(const char *name, uint32_t n, const char *end)
{
#ifdef SIP_VECTOR
	if (LIKELY(n - 2 < 30 && end - name >= SIP_VECTOR)) {
		uint32_t guess = sip_header_guess(name, n);
		const struct sip_header_row *row = &sip_header_rows[guess];
		uint32_t differs = ~vec_eq_folded(vec_load(name), row->lower) << (32 - n);

		/* no branch: known and unknown names come in any order */
		differs |= row->len ^ n;
		return differs == 0 ? (enum sip_header_id)(guess - 1) : SIP_HDR_OTHER;
	}
#else
	(void)end;
#endif
	return sip_header_find(slice_of(name, n));
}

/*
 * Which names they are, in a pass of its own: what the processor waits for in one line it does not
 * wait for in the next.
 */
static void
name_headers(struct sip_message *msg, const char *end)
{
	for (unsigned int i = 0, n = msg->header_count; i < n; i++) {
		struct sip_header *h = &msg->header[i];
		enum sip_header_id id = name_at(msg->base + h->line_off, h->name_len, end);

		h->id |= (uint8_t)id;
		/* several lines of one name are the rarer case */
		if (LIKELY(msg->first[id] == SIP_NO_HEADER))
			msg->first[id] = (uint8_t)i;
		else if (id != SIP_HDR_OTHER)
			msg->repeated[id / 64] |= UINT64_C(1) << id % 64;
	}
}

/* Lines that begin with white space belong to the header before them (RFC 3261 §7.3.1). */
static __attribute__((noinline)) bool
take_folds(struct scan *s, struct sip_header *h)
{
	while (s->line < s->end && (*s->line == ' ' || *s->line == '\t')) {
		const char *line = s->line, *end = take_line(s);

		if (end == NULL)
			return false;
		s->lines.odd |= end[-1] != '\r';
		if (h == NULL)
			continue;
		line = sip_skip_lws(line, end);
		while (end > line && sip_char_is(end[-1], SIP_CHAR_LWS))
			end--;
		if (end == line)
			continue;
		if (h->value_len == 0)
			h->value_off = offset_of(s->msg, line);
		h->value_len = (uint16_t)(offset_of(s->msg, end) - h->value_off);
		h->id |= SIP_HEADER_FOLDED;
	}
	return true;
}

/*
 * Header lines up to the empty line. The fault that keeps them from being read, if one does.
 *
 * What changes with each line is in variables of this function: octets may alias anything, and each
 * one that is stored would make the compiler load the rest again.
 */
static enum sip_fault
take_headers(struct scan *s)
{
	const char *line = s->line, *const last = s->end;
	struct sip_message *msg = s->msg;
	uint32_t taken = s->taken;
	unsigned int count = 0;
	bool without = false; /* a line end without CR */

	for (;;) {
		struct sip_header *h = &msg->header[count];
		const char *lf, *end;
		bool kept;

		if (taken == s->lines.count) {
			if (!lines_look_ahead(&s->lines))
				break;
			taken = 0;
			continue;
		}
		lf = s->lines.base + s->lines.lf[taken++];
		end = without_cr(lf);
		without |= end == lf;
		if (end == line) {
			s->lines.odd |= without;
			msg->header_count = (uint8_t)count;
			msg->headers_end = offset_of(msg, line);
			msg->body_off = offset_of(msg, lf + 1);
			return SIP_FAULT_NONE;
		}
		if (count == SIP_MAX_HEADERS) {
			msg->header_count = (uint8_t)count;
			return SIP_FAULT_TOO_MANY_HEADERS;
		}
		kept = take_header(s, line, end, h);
		count += kept;
		line = lf + 1;
		if (line < last && (*line == ' ' || *line == '\t')) {
			s->line = line;
			s->taken = taken;
			if (!take_folds(s, kept ? h : NULL))
				break;
			line = s->line;
			taken = s->taken;
		}
	}
	msg->header_count = (uint8_t)count;
	return SIP_FAULT_TRUNCATED;
}

/*
 * A CR without its LF would be a line end to some. Other control characters stand in quoted-pairs
 * only (RFC 3261 §25.1): to those who keep text as C strings, a NUL ends it.
 */
static __attribute__((noinline)) enum sip_fault
control_fault(const char *p, const char *end)
{
	bool escaped = false;

	for (; p < end; p++) {
		if (*p == '\r') {
			if (p + 1 == end || p[1] != '\n')
				return SIP_FAULT_BARE_CR;
		} else if ((uint8_t)*p < ' ' && *p != '\t' && *p != '\n' && !escaped) {
			return SIP_FAULT_CONTROL;
		}
		escaped = *p == '\\' && !escaped;
	}
	return SIP_FAULT_NONE;
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
	enum sip_fault fault;
	struct scan s;

	message_reset(msg);
	while (p < end && (*p == '\r' || *p == '\n'))
		p++;
	if (p == end)
		return SIP_FAULT_EMPTY;
	if (!sip_char_is(*p, SIP_CHAR_TOKEN))
		return SIP_FAULT_NOT_SIP;
	s.fault = SIP_FAULT_NONE;
	if (end - p > UINT16_MAX) {
		end = p + UINT16_MAX;
		s.fault = SIP_FAULT_TOO_LONG;
	}
	msg->base = p;
	msg->len = (uint16_t)(end - p);
	s.msg = msg;
	s.line = p;
	s.end = end;
	s.taken = 0;
	lines_init(&s.lines, p, msg->len);
	take_start_line(&s, msg);
	if (s.fault == SIP_FAULT_NOT_SIP)
		return SIP_FAULT_NOT_SIP;
	msg->headers_off = offset_of(msg, s.line);
	fault = take_headers(&s);
	name_headers(msg, end);
	if (fault != SIP_FAULT_NONE) {
		scan_fault(&s, fault);
		msg->headers_end = msg->body_off = msg->len;
	}
	if (s.lines.odd)
		scan_fault(&s, control_fault(p, p + msg->body_off));
	return s.fault;
}

#endif
