/* SPDX-License-Identifier: BSD-3-Clause */
/** Between the files that make the edits of a message on its way out. */
#ifndef DATAPLANE_EGRESS_H
#define DATAPLANE_EGRESS_H

#include "egress_edits.h"
#include "engine.h"

/** One request on its way out. */
struct egress {
	struct via_worker *w;
	const struct via_meta *meta;
	const struct sip_message *msg;
	struct sip_edits *e;
	uint16_t top;                /* where new header lines go: the topmost Via line */
	struct egress_branch branch; /* borrows from w->record, or from its transaction */
};

static inline void
egress_put_listener(struct sip_writer *w, const struct config_listener *l)
{
	sip_put(w, slice_of(l->text, l->text_len));
}

/** Where new lines of a header go: in front of the first such line, or with the others. */
static inline uint16_t
egress_line_place(const struct egress *x, enum sip_header_id id)
{
	unsigned int line = x->msg->first[id];

	return line == SIP_NO_HEADER ? x->top : x->msg->header[line].line_off;
}

/** RFC 3261 §7.1: SIP-Version is read in any case and sent in upper case. */
void egress_edit_version(const struct sip_message *msg, struct sip_edits *e);

/** Stay on the path of a dialog (RFC 3261 §16.6 item 4, OB-25 to OB-27). */
void egress_record_route(const struct egress *x);

/** "TOKEN@HOST;lr", HOST being the edge's name or else the address of the listener. */
void egress_put_token_uri(struct via_worker *worker, struct sip_writer *w, const struct flow *flow,
			  enum flow_token_class class, uint8_t listener);

/** OB-01, OB-04, OB-09: Path with a flow token. */
void egress_path(const struct egress *x);

#endif
