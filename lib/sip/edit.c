/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/edit.h"

#include "sip/chars.h"
#include "sip/list.h"

/* Keep the list in order; an edit goes behind those at the same offset. */
static void
insert_sorted(struct sip_edits *e, struct sip_edit edit)
{
	unsigned int i = e->count;

	if (e->count == SIP_MAX_EDITS) {
		e->failed = true;
		return;
	}
	while (i > 0 &&
	       (e->edit[i - 1].off > edit.off ||
		(e->edit[i - 1].off == edit.off && e->edit[i - 1].del > 0 && edit.del == 0)))
		i--;
	if ((i > 0 && e->edit[i - 1].off + e->edit[i - 1].del > edit.off) ||
	    (i < e->count && edit.off + edit.del > e->edit[i].off)) {
		e->failed = true;
		return;
	}
	memmove(&e->edit[i + 1], &e->edit[i], (e->count - i) * sizeof(edit));
	e->edit[i] = edit;
	e->count++;
}

struct sip_writer
sip_edit_begin(struct sip_edits *e)
{
	struct sip_writer w;

	sip_writer_init(&w, e->room + e->room_used, (size_t)(SIP_EDIT_ROOM - e->room_used));
	return w;
}

void
sip_edit_commit(struct sip_edits *e, uint16_t off, uint16_t del, const struct sip_writer *w)
{
	struct sip_edit edit = { off, del, e->room_used, (uint16_t)(w->p - w->begin) };

	if (w->overflow || w->refused) {
		e->failed = true;
		return;
	}
	e->room_used = (uint16_t)(e->room_used + edit.ins_len);
	insert_sorted(e, edit);
}

void
sip_edit_replace(struct sip_edits *e, uint16_t off, uint16_t del, struct slice text)
{
	struct sip_writer w = sip_edit_begin(e);

	sip_put(&w, text);
	sip_edit_commit(e, off, del, &w);
}

void
sip_edit_replace_part(struct sip_edits *e, const struct sip_message *msg, struct slice part,
		      struct slice text)
{
	size_t off = (size_t)((uintptr_t)part.ptr - (uintptr_t)msg->base);

	if (part.ptr == NULL || off > msg->len || part.len > msg->len - off) {
		e->failed = true;
		return;
	}
	sip_edit_replace(e, (uint16_t)off, (uint16_t)part.len, text);
}

static uint16_t
offset_in(const struct sip_message *msg, const char *p)
{
	return (uint16_t)(p - msg->base);
}

static void
remove_line(struct sip_edits *e, const struct sip_message *msg, unsigned int i)
{
	uint16_t off = msg->header[i].line_off;

	sip_edit_replace(e, off, (uint16_t)(sip_header_line_end(msg, i) - off), SLICE_ABSENT);
}

void
sip_edit_pop(struct sip_edits *e, const struct sip_message *msg, enum sip_header_id id,
	     unsigned int count)
{
	unsigned int i = msg->first[id];

	for (; count > 0 && i != SIP_NO_HEADER; i = sip_header_next(msg, i)) {
		struct slice value = sip_header_value(msg, &msg->header[i]);
		struct slice rest = value;

		while (count > 0 && rest.ptr != NULL) {
			sip_list_cut(&rest);
			count--;
		}
		if (rest.ptr == NULL) {
			remove_line(e, msg, i);
		} else {
			const char *keep = sip_skip_lws(rest.ptr, slice_end(rest));

			sip_edit_remove(e, msg, slice_between(value.ptr, keep));
		}
	}
}

void
sip_edit_remove_all(struct sip_edits *e, const struct sip_message *msg, enum sip_header_id id)
{
	for (unsigned int i = msg->first[id]; i != SIP_NO_HEADER; i = sip_header_next(msg, i))
		remove_line(e, msg, i);
}

/* The sent-by host is this very address; an IPv6 reference is compared without its brackets. */
static bool
sent_by_is(const struct sip_via *via, struct slice ip)
{
	struct slice host = via->host;

	if (host.len > 2 && host.ptr[0] == '[')
		host = slice_of(host.ptr + 1, host.len - 2);
	return slice_eq_nocase(host, ip);
}

void
sip_edit_source(struct sip_edits *e, const struct sip_message *msg, const struct sip_via *via,
		struct slice ip, uint16_t port)
{
	bool need_received = via->has_rport || !sent_by_is(via, ip);
	struct sip_writer w;

	if (via->received.ptr != NULL)
		sip_edit_replace_part(e, msg, via->received, ip);
	if (via->has_rport) {
		size_t old = via->rport.ptr != NULL
				     ? (size_t)(via->value.ptr + via->rport_end - via->rport.ptr)
				     : 0;

		w = sip_edit_begin(e);
		if (old == 0)
			SIP_PUT(&w, "=");
		sip_put_uint(&w, port);
		if (via->received.ptr == NULL) {
			SIP_PUT(&w, ";received=");
			sip_put(&w, ip);
		}
		sip_edit_commit(e,
				(uint16_t)(offset_in(msg, via->value.ptr) + via->rport_end - old),
				(uint16_t)old, &w);
	} else if (need_received && via->received.ptr == NULL) {
		w = sip_edit_begin(e);
		SIP_PUT(&w, ";received=");
		sip_put(&w, ip);
		sip_edit_commit(e, offset_in(msg, slice_end(via->value)), 0, &w);
	}
}

size_t
sip_edits_length(const struct sip_edits *e, size_t length)
{
	for (unsigned int i = 0; i < e->count; i++)
		length = length + e->edit[i].ins_len - e->edit[i].del;
	return length;
}

struct gather {
	struct slice *out;
	size_t max, count;
	bool of_room; /* the last piece is */
	bool full;
};

/* Only pieces of one origin are joined: room and message may happen to lie side by side. */
static void
add_piece(struct gather *g, struct slice piece, bool of_room)
{
	if (piece.len == 0)
		return;
	if (g->count > 0 && g->of_room == of_room && slice_end(g->out[g->count - 1]) == piece.ptr) {
		g->out[g->count - 1].len += piece.len;
		return;
	}
	if (g->count == g->max) {
		g->full = true;
		return;
	}
	g->out[g->count++] = piece;
	g->of_room = of_room;
}

/* Octets [from, to) of the message with the edits that begin there or insert at `to`. */
static size_t
segments(const struct sip_edits *e, const char *base, size_t from, size_t to, struct slice *out,
	 size_t max)
{
	struct gather g = { .out = out, .max = max };
	size_t at = from;

	for (unsigned int i = 0; i < e->count; i++) {
		const struct sip_edit *edit = &e->edit[i];

		if (edit->off < from)
			continue;
		if (edit->off > to || (edit->off == to && edit->del > 0))
			break;
		add_piece(&g, slice_of(base + at, edit->off - at), false);
		add_piece(&g, slice_of(e->room + edit->ins, edit->ins_len), true);
		at = (size_t)edit->off + edit->del;
	}
	if (at < to)
		add_piece(&g, slice_of(base + at, to - at), false);
	return g.full ? 0 : g.count;
}

size_t
sip_edits_segments(const struct sip_edits *e, const char *base, size_t length, struct slice *out,
		   size_t max)
{
	return segments(e, base, 0, length, out, max);
}

void
sip_edits_render(const struct sip_edits *e, const struct sip_message *msg, uint16_t from,
		 uint16_t to, struct sip_writer *w)
{
	struct slice piece[SIP_MAX_SEGMENTS];
	size_t n = segments(e, msg->base, from, to, piece, SIP_MAX_SEGMENTS);

	for (size_t i = 0; i < n; i++)
		sip_put(w, piece[i]);
}

/* The run of kept octets in front of edit `i`. */
struct run {
	size_t src, len;
	ptrdiff_t shift; /* towards lower addresses */
};

static void
move_run(char *base, const struct run *r)
{
	if (r->shift != 0 && r->len > 0)
		memmove(base + r->src - r->shift, base + r->src, r->len);
}

/*
 * The end of the message stays, so the place of every octet that is kept is given: a run goes down
 * by what the edits behind it add, or up by what they take. Runs that stay are not touched, each of
 * the others is written once, each inserted text once: nothing that does the same writes less.
 */
char *
sip_edits_apply(const struct sip_edits *e, char *base, size_t headroom)
{
	struct run run[SIP_MAX_EDITS];
	ptrdiff_t growth = 0;
	unsigned int n = e->count;

	for (unsigned int i = n; i-- > 0;) {
		const struct sip_edit *edit = &e->edit[i];
		size_t begin = i > 0 ? (size_t)(edit[-1].off + edit[-1].del) : 0;

		growth += (ptrdiff_t)edit->ins_len - (ptrdiff_t)edit->del;
		run[i] = (struct run){ begin, edit->off - begin, growth };
	}
	if (growth > 0 && (size_t)growth > headroom)
		return NULL;
	/*
	 * Runs that move down go first to last, runs that move up last to first: so no run is
	 * written over before it has moved. Neighbours that move apart or together cannot meet,
	 * because the places they go to do not overlap.
	 */
	for (unsigned int i = 0; i < n; i++)
		if (run[i].shift > 0)
			move_run(base, &run[i]);
	for (unsigned int i = n; i-- > 0;)
		if (run[i].shift < 0)
			move_run(base, &run[i]);
	for (unsigned int i = 0; i < n; i++)
		memcpy(base + run[i].src + run[i].len - run[i].shift, e->room + e->edit[i].ins,
		       e->edit[i].ins_len);
	return base - growth;
}
