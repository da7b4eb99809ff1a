/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/content.h"
#include "sip/multipart.h"

static bool
descend(struct sip_multipart_walk *walk, struct slice body, struct slice content_type)
{
	if (walk->depth == walk->limits.max_depth) {
		walk->fault = SIP_MULTIPART_TOO_DEEP;
		return false;
	}
	walk->fault = sip_multipart_init(&walk->level[walk->depth++], body, content_type);
	return walk->fault == SIP_MULTIPART_NONE;
}

enum sip_multipart_fault
sip_multipart_walk_init(struct sip_multipart_walk *walk, struct slice body,
			struct slice content_type, const struct sip_multipart_limits *limits)
{
	walk->depth = walk->parts = 0;
	walk->inner = SLICE_ABSENT;
	walk->limits = *limits;
	if (walk->limits.max_depth == 0 || walk->limits.max_depth > SIP_MULTIPART_DEPTH)
		walk->limits.max_depth = SIP_MULTIPART_DEPTH;
	if (walk->limits.max_parts == 0)
		walk->limits.max_parts = SIP_MULTIPART_PARTS;
	descend(walk, body, content_type);
	return walk->fault;
}

/* Remember a multipart part, so that the next step goes into it. */
static enum sip_multipart_fault
look_inside(struct sip_multipart_walk *walk, const struct sip_multipart_part *part)
{
	struct slice type = part->field[SIP_MIME_CONTENT_TYPE];
	struct slice encoding = part->field[SIP_MIME_CONTENT_TRANSFER_ENCODING], name;
	struct sip_content_type ct;
	enum sip_transfer_encoding id;

	walk->inner = SLICE_ABSENT;
	if (type.ptr == NULL)
		return SIP_MULTIPART_NONE;
	if (!sip_content_type_decode(type, &ct))
		return SIP_MULTIPART_CONTENT_TYPE;
	if (!slice_eq_nocase(ct.type, SLICE("multipart")))
		return SIP_MULTIPART_NONE;
	/* RFC 2045 §6.4: a multipart body is not encoded as a whole */
	if (encoding.ptr != NULL && !(sip_transfer_encoding_decode(encoding, &id, &name) &&
				      sip_transfer_encoding_is_identity(id)))
		return SIP_MULTIPART_ENCODED;
	walk->inner = part->content;
	walk->inner_type = type;
	return SIP_MULTIPART_NONE;
}

bool
sip_multipart_walk_next(struct sip_multipart_walk *walk, struct sip_multipart_part *part)
{
	if (walk->fault != SIP_MULTIPART_NONE)
		return false;
	if (walk->inner.ptr != NULL && !descend(walk, walk->inner, walk->inner_type))
		return false;
	walk->inner = SLICE_ABSENT;
	while (walk->depth > 0) {
		struct sip_multipart *level = &walk->level[walk->depth - 1];

		if (sip_multipart_next(level, part)) {
			walk->fault = walk->parts++ == walk->limits.max_parts
					      ? SIP_MULTIPART_TOO_MANY_PARTS
					      : look_inside(walk, part);
			return walk->fault == SIP_MULTIPART_NONE;
		}
		walk->fault = level->fault;
		if (walk->fault != SIP_MULTIPART_NONE)
			return false;
		walk->depth--;
	}
	return false;
}

static bool
part_has_id(const struct sip_multipart_part *part, struct slice wanted, bool is_url)
{
	struct slice id;

	if (part->field[SIP_MIME_CONTENT_ID].ptr == NULL ||
	    !sip_content_id_decode(part->field[SIP_MIME_CONTENT_ID], &id))
		return false;
	return is_url ? sip_content_id_eq_url(id, wanted) : slice_eq(id, wanted);
}

static enum sip_multipart_fault
find(struct slice body, struct slice content_type, const struct sip_multipart_limits *limits,
     struct slice wanted, bool is_url, struct sip_multipart_part *found)
{
	struct sip_multipart_walk walk;
	struct sip_multipart_part part;
	enum sip_multipart_fault result = SIP_MULTIPART_NOT_FOUND;

	sip_multipart_walk_init(&walk, body, content_type, limits);
	while (sip_multipart_walk_next(&walk, &part)) {
		if (!part_has_id(&part, wanted, is_url))
			continue;
		result = result == SIP_MULTIPART_NOT_FOUND ? SIP_MULTIPART_NONE
							   : SIP_MULTIPART_AMBIGUOUS;
		*found = part;
	}
	return walk.fault != SIP_MULTIPART_NONE ? walk.fault : result;
}

enum sip_multipart_fault
sip_multipart_find(struct slice body, struct slice content_type,
		   const struct sip_multipart_limits *limits, struct slice id,
		   struct sip_multipart_part *part)
{
	return find(body, content_type, limits, id, false, part);
}

enum sip_multipart_fault
sip_multipart_find_url(struct slice body, struct slice content_type,
		       const struct sip_multipart_limits *limits, struct slice url,
		       struct sip_multipart_part *part)
{
	return find(body, content_type, limits, url, true, part);
}
