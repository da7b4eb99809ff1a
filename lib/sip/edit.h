/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_EDIT_H
#define SIP_EDIT_H

#include "sip/message.h"
#include "sip/via.h"
#include "sip/writer.h"

/** Edits that one message can have. */
#define SIP_MAX_EDITS 48

/** Bytes that the edits of one message can insert. */
#define SIP_EDIT_ROOM 4096

/** Segments that an edited message can have: each edit ends one and brings one. */
#define SIP_MAX_SEGMENTS (2 * SIP_MAX_EDITS + 1)

/** Replace `del` octets at `off` by the `ins_len` octets at room[ins]. */
struct sip_edit {
	uint16_t off;
	uint16_t del;
	uint16_t ins;
	uint16_t ins_len;
};

/**
 * What is to change in one message, by offsets into the message as it was received; the list is
 * kept in order and its edits do not overlap. Inserted text is copied into `room`, so it may come
 * from the message itself.
 *
 * About 4.5 kB: one per worker, used again for each message.
 */
struct sip_edits {
	uint16_t count;
	uint16_t room_used;
	bool failed; /* an edit could not be added: do not apply */
	struct sip_edit edit[SIP_MAX_EDITS];
	char room[SIP_EDIT_ROOM];
};

static inline void
sip_edits_init(struct sip_edits *e)
{
	e->count = 0;
	e->room_used = 0;
	e->failed = false;
}

/**
 * Replace `del` octets at `off` by `text`. Two insertions at one offset keep the order in
 * which they were added, and stand before what replaces the octets there. An edit that overlaps
 * another, or finds no room, sets e->failed.
 */
void sip_edit_replace(struct sip_edits *e, uint16_t off, uint16_t del, struct slice text);

/**
 * The same for `part`, which lies in the message, as what a decoder gave does. Anything else, an
 * absent slice too, sets e->failed.
 */
void sip_edit_replace_part(struct sip_edits *e, const struct sip_message *msg, struct slice part,
			   struct slice text);

/** Put `text` in front of the octet at `at`, which may be the end of the message. */
static inline void
sip_edit_insert(struct sip_edits *e, const struct sip_message *msg, const char *at,
		struct slice text)
{
	sip_edit_replace_part(e, msg, slice_of(at, 0), text);
}

static inline void
sip_edit_remove(struct sip_edits *e, const struct sip_message *msg, struct slice part)
{
	sip_edit_replace_part(e, msg, part, SLICE_ABSENT);
}

/** Begin to write the text of an edit into the room itself; sip_edit_commit() adds it. */
struct sip_writer sip_edit_begin(struct sip_edits *e);

/**
 * Add the edit whose text was written with the writer from sip_edit_begin(). A text that did not
 * fit, or in which a value was refused, sets e->failed instead.
 */
void sip_edit_commit(struct sip_edits *e, uint16_t off, uint16_t del, const struct sip_writer *w);

/**
 * Remove the first `count` elements of the header `id`, over lines and commas; a line that
 * loses all its elements goes as a whole.
 */
void sip_edit_pop(struct sip_edits *e, const struct sip_message *msg, enum sip_header_id id,
		  unsigned int count);

/** Remove every line of the header `id`. */
void sip_edit_remove_all(struct sip_edits *e, const struct sip_message *msg, enum sip_header_id id);

/**
 * Note where a request came from in its topmost Via: `received` where the sent-by host is another
 * than `ip`, or rport was asked for; rport where it was asked for (RFC 3261 §18.2.1, RFC 3581 §4).
 * Values that the sender wrote there himself are replaced. `ip` has no brackets.
 */
void sip_edit_source(struct sip_edits *e, const struct sip_message *msg, const struct sip_via *via,
		     struct slice ip, uint16_t port);

/** Length of `length` octets of message after the edits. */
size_t sip_edits_length(const struct sip_edits *e, size_t length);

/**
 * Write octets [from, to) of the message with the edits that begin there; an insertion at `to` is
 * among them. An empty list copies.
 */
void sip_edits_render(const struct sip_edits *e, const struct sip_message *msg, uint16_t from,
		      uint16_t to, struct sip_writer *w);

/**
 * The edited message without moving anything, for a caller that gathers (writev, chained buffers):
 * in `out`, in order, pieces of the `length` octets at `base` and pieces of e->room. Neighbours are
 * joined where they lie side by side, empty pieces left out; an empty list gives the message.
 *
 * The pieces live as long as the message, and until the next edit or sip_edits_init().
 *
 * Returns how many there are: at most SIP_MAX_SEGMENTS. 0 when there are more than `max`, and when
 * nothing is left of the message.
 */
size_t sip_edits_segments(const struct sip_edits *e, const char *base, size_t length,
			  struct slice *out, size_t max);

/**
 * Apply the edits where the message lies. What comes behind the last edit, above all the body,
 * is not touched; what comes before it moves into `headroom` octets before `base`, each octet at
 * most once, and none whose place stays the same.
 *
 * Returns the new first octet, or NULL (with nothing changed) when the headroom is too small. The
 * new length is sip_edits_length(). Offsets of the index are void afterwards.
 */
char *sip_edits_apply(const struct sip_edits *e, char *base, size_t headroom);

#endif
