/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/message.h"

#include "sip/chars.h"

/* Where the scan is. `fault` is the first one met: later ones do not hide it. */
struct scan {
	const char *p;
	const char *end;
	enum sip_fault fault;
	unsigned int crlf; /* line ends that were CRLF */
};

static void
scan_fault(struct scan *s, enum sip_fault fault)
{
	if (s->fault == SIP_FAULT_NONE)
		s->fault = fault;
}

static uint16_t
offset_of(const struct sip_message *msg, const char *p)
{
	return (uint16_t)(p - msg->base);
}

static struct sip_span
span_of(const struct sip_message *msg, const char *begin, const char *end)
{
	return (struct sip_span){ offset_of(msg, begin), (uint16_t)(end - begin) };
}

/* Take one line without its line end, and step behind it. NULL when no line end follows. */
static const char *
take_line(struct scan *s, const char **line_end)
{
	const char *line = s->p;
	const char *lf = memchr(line, '\n', (size_t)(s->end - line));
	bool crlf;

	if (lf == NULL)
		return NULL;
	s->p = lf + 1;
	crlf = lf > line && lf[-1] == '\r';
	s->crlf += crlf;
	*line_end = lf - crlf;
	return line;
}

/*
 * A CR inside a line would be a line end to some and not to others. All CRs are counted at once (a
 * loop that the compiler makes into vector instructions): more than CRLFs means that one is bare.
 */
static bool
has_bare_cr(const struct scan *s, const char *begin)
{
	unsigned int count = 0;

	for (const char *p = begin; p < s->p; p++)
		count += *p == '\r';
	return count != s->crlf;
}

static bool
is_sip_version(const char *p, const char *end)
{
	return end - p == 7 && memcmp(p, "SIP/2.0", 7) == 0;
}

static bool
begins_with_sip_slash(const char *p, const char *end)
{
	static const char lower[] = "sip/";

	if (end - p < 4)
		return false;
	for (int i = 0; i < 4; i++)
		if (slice_lower(p[i]) != lower[i])
			return false;
	return true;
}

/* "SIP/2.0 200 OK" (RFC 3261 §7.2). The reason phrase may be empty. */
static void
take_status_line(struct scan *s, struct sip_message *msg, const char *line, const char *end)
{
	uint32_t status;
	const char *code = line + 8;
	const char *behind;

	if (end - line < 11 || line[7] != ' ') {
		scan_fault(s, SIP_FAULT_NOT_SIP);
		return;
	}
	behind = sip_char_span(code, end, SIP_CHAR_DIGIT);
	msg->status = UINT16_MAX;
	if (!sip_uint(slice_between(code, behind), &status) || behind - code != 3 || status < 100 ||
	    status > 699 || (behind < end && *behind != ' ')) {
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
	const char *sp1 = memchr(line, ' ', (size_t)(end - line));
	const char *sp2 = sp1 != NULL ? memchr(sp1 + 1, ' ', (size_t)(end - sp1 - 1)) : NULL;

	if (sp1 == NULL || !sip_all(slice_between(line, sp1), SIP_CHAR_TOKEN)) {
		scan_fault(s, SIP_FAULT_NOT_SIP);
		return;
	}
	msg->method_name = span_of(msg, line, sp1);
	msg->method = (uint8_t)sip_method_find(slice_between(line, sp1));
	if (sp2 == NULL || sp2 == sp1 + 1 || !begins_with_sip_slash(sp2 + 1, end) ||
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

/* Fill in one header from its first line; take_fold() may lengthen the value. */
static bool
take_name(struct scan *s, struct sip_message *msg, const char *line, const char *end)
{
	struct sip_header *h = &msg->header[msg->header_count];
	const char *name_end = sip_char_span(line, end, SIP_CHAR_TOKEN);
	const char *colon = name_end;
	const char *value;
	enum sip_header_id id;

	while (colon < end && (*colon == ' ' || *colon == '\t'))
		colon++;
	if (name_end == line || name_end - line > UINT8_MAX || colon == end || *colon != ':') {
		scan_fault(s, SIP_FAULT_HEADER_LINE);
		return false;
	}
	value = sip_skip_lws(colon + 1, end);
	while (end > value && sip_char_is(end[-1], SIP_CHAR_LWS))
		end--;
	id = sip_header_find(slice_between(line, name_end));
	h->line_off = offset_of(msg, line);
	h->name_len = (uint8_t)(name_end - line);
	h->id = (uint8_t)id;
	h->value_off = offset_of(msg, value);
	h->value_len = (uint16_t)(end - value);
	if (msg->first[id] == SIP_NO_HEADER)
		msg->first[id] = msg->header_count;
	msg->header_count++;
	return true;
}

/* Lines that begin with white space belong to the header before them (RFC 3261 §7.3.1). */
static void
take_folds(struct scan *s, struct sip_message *msg, bool keep)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t')) {
		const char *end, *line = take_line(s, &end);
		struct sip_header *h;

		if (line == NULL) {
			scan_fault(s, SIP_FAULT_TRUNCATED);
			s->p = s->end;
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
			msg->body_off = offset_of(msg, s->p);
			return;
		}
		if (msg->header_count == SIP_MAX_HEADERS) {
			scan_fault(s, SIP_FAULT_TOO_MANY_HEADERS);
			msg->headers_end = msg->body_off = msg->len;
			return;
		}
		kept = take_name(s, msg, line, end);
		take_folds(s, msg, kept);
	}
}

static void
message_reset(struct sip_message *msg)
{
	memset(msg, 0, offsetof(struct sip_message, first));
	memset(msg->first, SIP_NO_HEADER, sizeof(msg->first));
}

enum sip_fault
sip_message_index(struct slice bytes, struct sip_message *msg)
{
	struct scan s = { bytes.ptr, slice_end(bytes), SIP_FAULT_NONE, 0 };

	message_reset(msg);
	while (s.p < s.end && (*s.p == '\r' || *s.p == '\n'))
		s.p++;
	if (s.p == s.end)
		return SIP_FAULT_EMPTY;
	if (!sip_char_is(*s.p, SIP_CHAR_TOKEN))
		return SIP_FAULT_NOT_SIP;
	if (s.end - s.p > UINT16_MAX) {
		s.end = s.p + UINT16_MAX;
		scan_fault(&s, SIP_FAULT_TOO_LONG);
	}
	msg->base = s.p;
	msg->len = (uint16_t)(s.end - s.p);
	take_start_line(&s, msg);
	if (s.fault == SIP_FAULT_NOT_SIP)
		return SIP_FAULT_NOT_SIP;
	msg->headers_off = offset_of(msg, s.p);
	take_headers(&s, msg);
	if (has_bare_cr(&s, msg->base))
		scan_fault(&s, SIP_FAULT_BARE_CR);
	return s.fault;
}

unsigned int
sip_header_next(const struct sip_message *msg, unsigned int i)
{
	enum sip_header_id id = sip_header_id(&msg->header[i]);

	for (i++; i < msg->header_count; i++)
		if (sip_header_id(&msg->header[i]) == id)
			return i;
	return SIP_NO_HEADER;
}
