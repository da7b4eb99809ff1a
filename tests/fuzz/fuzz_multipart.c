/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "sip/field/content.h"
#include "sip/multipart.h"

/* A delimiter of this body is the line at `p`: the rule of RFC 2046 §5.1.1 once more, read slowly.
 */
static bool
is_delimiter(const struct sip_multipart *it, const char *p, const char *end)
{
	for (size_t i = 0; i < it->delimiter_len; i++, p++)
		if (p == end || *p != it->delimiter[i])
			return false;
	if (end - p >= 2 && p[0] == '-' && p[1] == '-')
		p += 2;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p == end || (end - p >= 2 && p[0] == '\r' && p[1] == '\n');
}

/* No line of the part is a delimiter, and the one behind it is. */
static void
check_ends(const struct sip_multipart *it, const struct sip_multipart_part *part)
{
	const char *begin = part->whole.ptr, *end = slice_end(part->whole);

	for (const char *p = begin; p < end; p++)
		if (p == begin || (p - begin >= 2 && p[-2] == '\r' && p[-1] == '\n'))
			MUST(!is_delimiter(it, p, it->end));
	if (!is_delimiter(it, end, it->end)) {
		MUST(it->end - end > 2 && end[0] == '\r' && end[1] == '\n');
		MUST(is_delimiter(it, end + 2, it->end));
	}
}

static void
check_part(const struct sip_multipart_part *part, struct slice body)
{
	static const struct slice names[] = { SLICE("Content-Type"), SLICE("Content-ID"),
					      SLICE("Content-Disposition"),
					      SLICE("Content-Transfer-Encoding") };
	struct slice rest = part->headers, name, value;
	size_t gap = part->whole.len - part->headers.len - part->content.len;

	must_lie_in(part->whole, body);
	must_lie_in(part->headers, part->whole);
	must_lie_in(part->content, part->whole);
	MUST(part->headers.ptr == part->whole.ptr);
	MUST(slice_end(part->content) == slice_end(part->whole));
	MUST(gap == 2 || (gap == 0 && part->content.len == 0));
	for (int i = 0; i < SIP_MIME_FIELD_COUNT; i++) {
		must_lie_in(part->field[i], part->headers);
		value = sip_multipart_header(part, names[i]);
		MUST(value.ptr == part->field[i].ptr && value.len == part->field[i].len);
	}
	while (sip_mime_header_next(&rest, &name, &value)) {
		must_lie_in(name, part->headers);
		must_lie_in(value, part->headers);
	}
	MUST(rest.ptr == NULL);
}

/* In order, without overlap; the number of parts, or -1 at a fault. */
static int
check_flat(struct slice body, struct slice type)
{
	struct sip_multipart_part part;
	struct sip_multipart it;
	const char *behind = body.ptr;
	int n = 0;

	MUST(sip_multipart_init(&it, body, type) == it.fault);
	MUST(it.fault != SIP_MULTIPART_NONE || it.at != NULL);
	for (; sip_multipart_next(&it, &part); n++) {
		check_part(&part, body);
		check_ends(&it, &part);
		MUST(part.whole.ptr > behind);
		behind = slice_end(part.whole);
	}
	MUST(it.fault < SIP_MULTIPART_FAULT_COUNT && it.at == NULL);
	return it.fault == SIP_MULTIPART_NONE ? n : -1;
}

static void
check_found(struct slice body, struct slice type, const struct sip_multipart_limits *limits,
	    const struct sip_multipart_part *part)
{
	struct sip_multipart_part found;
	struct slice id;

	if (part->field[SIP_MIME_CONTENT_ID].ptr == NULL ||
	    !sip_content_id_decode(part->field[SIP_MIME_CONTENT_ID], &id))
		return;
	if (sip_multipart_find(body, type, limits, id, &found) == SIP_MULTIPART_NONE)
		MUST(found.whole.ptr == part->whole.ptr && found.whole.len == part->whole.len);
}

/* Each part lies in the one around it, and no limit is passed. */
static void
check_walk(struct slice body, struct slice type, const struct sip_multipart_limits *limits,
	   int flat)
{
	struct slice around[SIP_MULTIPART_DEPTH + 1] = { body };
	struct sip_multipart_part part;
	struct sip_multipart_walk walk;
	int first_level = 0;
	unsigned int n = 0;

	sip_multipart_walk_init(&walk, body, type, limits);
	while (sip_multipart_walk_next(&walk, &part)) {
		MUST(walk.depth >= 1 && walk.depth <= limits->max_depth);
		MUST(++n == walk.parts && n <= limits->max_parts);
		check_part(&part, around[walk.depth - 1]);
		check_found(body, type, limits, &part);
		around[walk.depth] = part.content;
		first_level += walk.depth == 1;
	}
	MUST(walk.fault < SIP_MULTIPART_FAULT_COUNT);
	MUST(sip_multipart_fault_text(walk.fault) != NULL);
	if (walk.fault == SIP_MULTIPART_NONE)
		MUST(first_level == flat);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice body = slice_of((const char *)data, size), type;
	const struct sip_multipart_limits tight = { 2, 4 }, wide = { SIP_MULTIPART_DEPTH, 32 };
	struct sip_content_type ct;
	int flat;

	/* the first line is the Content-Type */
	type = slice_cut(&body, '\n');
	if (sip_content_type_decode(type, &ct)) {
		must_lie_in(ct.type, type);
		must_lie_in(ct.subtype, type);
		must_lie_in(ct.params, type);
		must_lie_in(ct.boundary, ct.params);
		MUST(ct.type.len > 0 && ct.subtype.len > 0);
	}
	flat = check_flat(body, type);
	check_walk(body, type, &tight, flat);
	check_walk(body, type, &wide, flat);
	return 0;
}
