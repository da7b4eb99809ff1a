/* SPDX-License-Identifier: BSD-3-Clause */
#include "proxy/challenges.h"

#include "sip/chars.h"

static bool
is_challenge(const struct sip_header *h)
{
	enum sip_header_id id = sip_header_id(h);

	return id == SIP_HDR_WWW_AUTHENTICATE || id == SIP_HDR_PROXY_AUTHENTICATE;
}

/* White space with a line end in it becomes one space (RFC 3261 §7.3.1); any other stays. */
static void
put_unfolded(struct sip_writer *w, struct slice value)
{
	const char *p = value.ptr, *end = slice_end(value);

	while (p < end) {
		const char *text = p, *gap;

		while (p < end && *p != '\r' && *p != '\n')
			p++;
		for (gap = p; gap > text && p < end && sip_char_is(gap[-1], SIP_CHAR_LWS);)
			gap--;
		sip_put(w, slice_between(text, gap));
		if (p < end)
			sip_put_char(w, ' ');
		p = sip_skip_lws(p, end);
	}
}

/* False when it does not fit; nothing is written then. */
static bool
put_line(const struct sip_message *msg, const struct sip_header *h, struct sip_writer *out)
{
	struct sip_writer w;

	sip_writer_init(&w, out->p, (size_t)(out->end - out->p));
	sip_put(&w, sip_header_name(sip_header_id(h)));
	SIP_PUT(&w, ": ");
	put_unfolded(&w, sip_header_value(msg, h));
	SIP_PUT(&w, "\r\n");
	if (w.overflow)
		return false;
	out->p = w.p;
	return true;
}

void
challenges_put(const struct sip_message *response, struct sip_writer *out)
{
	unsigned int put = 0;

	for (unsigned int i = 0; i < response->header_count && put < CHALLENGES_EACH; i++) {
		if (!is_challenge(&response->header[i]))
			continue;
		put++;
		if (!put_line(response, &response->header[i], out))
			out->overflow = true;
	}
}

/* Take the first line, its end included, out of lines; what has no end is none. */
static struct slice
cut_line(struct slice *lines)
{
	struct slice line = *lines;

	slice_cut(lines, '\n');
	return lines->ptr != NULL ? slice_between(line.ptr, lines->ptr) : SLICE_ABSENT;
}

static bool
has_line(struct slice lines, struct slice line)
{
	while (lines.len > 0)
		if (slice_eq(cut_line(&lines), line))
			return true;
	return false;
}

/* Where lines are added: behind the last challenge, or at the end of the header. */
static uint16_t
place_behind(const struct sip_message *msg)
{
	for (unsigned int i = msg->header_count; i-- > 0;)
		if (is_challenge(&msg->header[i]))
			return sip_header_line_end(msg, i);
	return msg->headers_end;
}

void
challenges_edits(const struct sip_message *best, struct slice collected, struct sip_edits *e)
{
	char text[CHALLENGES_ROOM];
	struct sip_writer own, w = sip_edit_begin(e);
	size_t budget = CHALLENGES_ROOM;

	/* One of its own that does not fit here comes twice, unless it was not collected either. */
	sip_writer_init(&own, text, sizeof(text));
	challenges_put(best, &own);
	for (unsigned int i = 0; i < CHALLENGES_ADDED && collected.len > 0; i++) {
		struct slice line = cut_line(&collected);

		if (has_line(slice_between(own.begin, own.p), line) ||
		    has_line(slice_between(w.begin, w.p), line))
			continue;
		if (line.len > budget || line.len > (size_t)(w.end - w.p))
			continue;
		sip_put(&w, line);
		budget -= line.len;
	}
	if (w.p > w.begin)
		sip_edit_commit(e, place_behind(best), 0, &w);
}
