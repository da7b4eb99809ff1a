/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/list.h"

#include "sip/chars.h"

struct slice
sip_list_cut(struct slice *rest)
{
	const char *begin = rest->ptr, *p = begin, *end = slice_end(*rest), *comma;
	bool in_angle = false;

	/* most lines hold one element */
	comma = p != end ? memchr(p, ',', (size_t)(end - p)) : NULL;
	if (comma == NULL) {
		struct slice whole = *rest;

		*rest = SLICE_ABSENT;
		return whole;
	}
	/* and in most elements a comma is no part of something else */
	if (memchr(p, '"', (size_t)(comma - p)) == NULL &&
	    memchr(p, '<', (size_t)(comma - p)) == NULL) {
		*rest = slice_between(comma + 1, end);
		return slice_between(begin, comma);
	}
	while (p < end) {
		char c = *p;

		if (c == '"' && !in_angle) {
			const char *behind = sip_skip_quoted(p, end);

			p = behind != NULL ? behind : end;
			continue;
		}
		if (c == '<')
			in_angle = true;
		else if (c == '>')
			in_angle = false;
		else if (c == ',' && !in_angle)
			break;
		p++;
	}
	*rest = p < end ? slice_between(p + 1, end) : SLICE_ABSENT;
	return slice_between(begin, p);
}

void
sip_list_iter_init(struct sip_list_iter *it, const struct sip_message *msg, enum sip_header_id id)
{
	it->msg = msg;
	it->header = msg->first[id];
	it->rest = sip_header_get(msg, id);
}

bool
sip_list_next(struct sip_list_iter *it, struct slice *element)
{
	if (it->rest.ptr == NULL) {
		if (it->header == SIP_NO_HEADER)
			return false;
		it->header = sip_header_next(it->msg, it->header);
		if (it->header == SIP_NO_HEADER)
			return false;
		it->rest = sip_header_value(it->msg, &it->msg->header[it->header]);
	}
	*element = sip_trim(sip_list_cut(&it->rest));
	return true;
}

bool
sip_list_has(const struct sip_message *msg, enum sip_header_id id, struct slice token)
{
	struct sip_list_iter it;
	struct slice element;

	sip_list_iter_init(&it, msg, id);
	while (sip_list_next(&it, &element))
		if (slice_eq_nocase(element, token))
			return true;
	return false;
}
