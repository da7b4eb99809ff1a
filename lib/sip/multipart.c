/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/multipart.h"

#include "sip/chars.h"
#include "sip/field/content.h"
#include "sip/field/syntax.h"

const char *
sip_multipart_fault_text(enum sip_multipart_fault fault)
{
	static const char *const texts[SIP_MULTIPART_FAULT_COUNT] = {
#define X(sym, text) text,
		SIP_MULTIPART_FAULTS(X)
#undef X
	};

	return texts[fault];
}

/* bchars of RFC 2046 §5.1.1; the space may not be the last one. */
static bool
boundary_char_is_valid(char c)
{
	return sip_is_alphanum_or(c, "'()+_,-./:=? ");
}

/* Keep "--" and the boundary as it is in the body, where it has neither quotes nor escapes. */
static bool
delimiter_make(struct sip_multipart *it, struct slice boundary)
{
	bool quoted = boundary.ptr[0] == '"';
	const char *p = boundary.ptr + (quoted ? 1 : 0);
	const char *end = slice_end(boundary) - (quoted ? 1 : 0);
	uint8_t n = 2;

	memcpy(it->delimiter, "--", 2);
	for (; p < end; p++) {
		if (quoted && *p == '\\')
			p++;
		if (n == sizeof(it->delimiter) || !boundary_char_is_valid(*p))
			return false;
		it->delimiter[n++] = *p;
	}
	it->delimiter_len = n;
	return n > 2 && it->delimiter[n - 1] != ' ';
}

struct delimiter {
	const char *line;   /* its first octet */
	const char *behind; /* its line end */
	bool closes;
};

static bool
delimiter_at(const struct sip_multipart *it, const char *p, struct delimiter *d)
{
	const char *end = it->end;

	d->line = p;
	if ((size_t)(end - p) < it->delimiter_len || memcmp(p, it->delimiter, it->delimiter_len))
		return false;
	p += it->delimiter_len;
	d->closes = end - p >= 2 && p[0] == '-' && p[1] == '-';
	if (d->closes)
		p += 2;
	while (p < end && (*p == ' ' || *p == '\t')) /* transport-padding */
		p++;
	d->behind = p == end ? p : p + 2;
	return p == end || (end - p >= 2 && p[0] == '\r' && p[1] == '\n');
}

/* The beginning of the line behind the one at `p`, or NULL when it is the last. */
static const char *
next_line(const char *p, const char *end)
{
	const char *lf = p;

	while ((lf = memchr(lf, '\n', (size_t)(end - lf))) != NULL) {
		lf++;
		if (lf - p >= 2 && lf[-2] == '\r')
			return lf;
	}
	return NULL;
}

/*
 * The first delimiter at or behind the line at `p`. Each line is compared with the boundary once,
 * and no further than it goes, for there is no line end in a boundary: linear in the octets.
 */
static bool
find_delimiter(const struct sip_multipart *it, const char *p, struct delimiter *d)
{
	for (; p != NULL; p = next_line(p, it->end))
		if (delimiter_at(it, p, d))
			return true;
	return false;
}

enum sip_multipart_fault
sip_multipart_init(struct sip_multipart *it, struct slice body, struct slice content_type)
{
	struct sip_content_type ct;
	struct delimiter d;

	it->at = NULL;
	it->end = slice_end(body);
	if (!sip_content_type_decode(content_type, &ct))
		return it->fault = SIP_MULTIPART_CONTENT_TYPE;
	if (!slice_eq_nocase(ct.type, SLICE("multipart")))
		return it->fault = SIP_MULTIPART_NOT_MULTIPART;
	if (ct.boundary.ptr == NULL)
		return it->fault = SIP_MULTIPART_NO_BOUNDARY;
	if (!delimiter_make(it, ct.boundary))
		return it->fault = SIP_MULTIPART_BAD_BOUNDARY;
	if (!find_delimiter(it, body.ptr, &d))
		return it->fault = SIP_MULTIPART_NO_DELIMITER;
	if (d.closes)
		return it->fault = SIP_MULTIPART_NO_PART;
	it->at = d.behind;
	return it->fault = SIP_MULTIPART_NONE;
}

/*
 * The end of the header line at `p`, continuation lines included: where its CRLF is, or `end` when
 * that CRLF belongs to the delimiter. NULL when there are other controls in it.
 */
static const char *
header_line_end(const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '\r' && end - p >= 2 && p[1] == '\n') {
			if (end - p < 3 || (p[2] != ' ' && p[2] != '\t'))
				return p;
			p++;
		} else if (*p == '\r' || *p == '\n' || *p == '\0') {
			return NULL;
		}
	}
	return end;
}

/* Take the header line at `p`; the position behind its CRLF, or NULL when it is malformed. */
static const char *
take_header(const char *p, const char *end, struct slice *name, struct slice *value)
{
	const char *stop = header_line_end(p, end);

	if (stop == NULL)
		return NULL;
	*value = slice_between(p, stop);
	*name = slice_cut(value, ':');
	while (name->len > 0 &&
	       (name->ptr[name->len - 1] == ' ' || name->ptr[name->len - 1] == '\t'))
		name->len--;
	if (value->ptr == NULL || name->len == 0)
		return NULL;
	for (size_t i = 0; i < name->len; i++)
		if ((uint8_t)name->ptr[i] <= ' ' || (uint8_t)name->ptr[i] >= 0x7f)
			return NULL;
	*value = sip_trim(*value);
	return stop < end ? stop + 2 : end;
}

bool
sip_mime_header_next(struct slice *rest, struct slice *name, struct slice *value)
{
	const char *end = slice_end(*rest);

	if (rest->len > 0) {
		const char *p = take_header(rest->ptr, end, name, value);

		if (p != NULL)
			*rest = slice_between(p, end);
		return p != NULL;
	}
	*rest = SLICE_ABSENT;
	return false;
}

struct slice
sip_multipart_header(const struct sip_multipart_part *part, struct slice name)
{
	struct slice rest = part->headers, key, value;

	while (sip_mime_header_next(&rest, &key, &value))
		if (slice_eq_nocase(key, name))
			return value;
	return SLICE_ABSENT;
}

/* False when the part has the header field already. */
static bool
keep_field(struct sip_multipart_part *part, struct slice name, struct slice value)
{
	static const char *const names[SIP_MIME_FIELD_COUNT] = {
		[SIP_MIME_CONTENT_TYPE] = "Content-Type",
		[SIP_MIME_CONTENT_ID] = "Content-ID",
		[SIP_MIME_CONTENT_DISPOSITION] = "Content-Disposition",
		[SIP_MIME_CONTENT_TRANSFER_ENCODING] = "Content-Transfer-Encoding",
	};

	for (unsigned int i = 0; i < SIP_MIME_FIELD_COUNT; i++)
		if (slice_eq_nocase(name, slice_str(names[i]))) {
			if (part->field[i].ptr != NULL)
				return false;
			part->field[i] = value;
		}
	return true;
}

/* Split part->whole into header and content. */
static enum sip_multipart_fault
part_split(struct sip_multipart_part *part)
{
	const char *begin = part->whole.ptr, *p = begin, *end = slice_end(part->whole);
	struct slice name, value;

	memset(part->field, 0, sizeof(part->field));
	while (p < end && !(end - p >= 2 && p[0] == '\r' && p[1] == '\n')) {
		p = take_header(p, end, &name, &value);
		if (p == NULL)
			return SIP_MULTIPART_PART_HEADER;
		if (!keep_field(part, name, value))
			return SIP_MULTIPART_DUPLICATE_HEADER;
	}
	part->headers = slice_between(begin, p);
	part->content = slice_between(p < end ? p + 2 : end, end);
	return SIP_MULTIPART_NONE;
}

bool
sip_multipart_next(struct sip_multipart *it, struct sip_multipart_part *part)
{
	struct delimiter d;
	const char *begin = it->at;

	if (begin == NULL)
		return false;
	it->at = NULL;
	if (!find_delimiter(it, begin, &d)) {
		it->fault = SIP_MULTIPART_UNCLOSED;
		return false;
	}
	/* two delimiters one behind the other share a CRLF: an empty part */
	part->whole = slice_between(begin, d.line == begin ? begin : d.line - 2);
	it->fault = part_split(part);
	if (it->fault == SIP_MULTIPART_NONE && !d.closes)
		it->at = d.behind;
	return it->fault == SIP_MULTIPART_NONE;
}
