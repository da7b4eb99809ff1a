/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers of our own, stateless: a retransmission gets the same one again (RFC 3261 §16.11). */
#include "node/node.h"
#include "reply.h"

enum { TO_OUTPUT, TO_DROP };

/* The answer takes the place of the request in its own buffer, or in a large one. */
static struct rte_mbuf *
replace_text(struct via_worker *w, struct rte_mbuf *m, struct slice text)
{
	struct rte_mbuf *to = m;
	char *room;

	rte_pktmbuf_reset_headroom(m);
	m->data_len = 0;
	m->pkt_len = 0;
	room = rte_pktmbuf_append(m, (uint16_t)text.len);
	if (room == NULL) {
		to = rte_pktmbuf_alloc(w->engine->large_pool);
		room = to != NULL ? rte_pktmbuf_append(to, (uint16_t)text.len) : NULL;
		if (room == NULL) {
			rte_pktmbuf_free(to);
			return NULL;
		}
		memcpy(via_meta(to), via_meta(m), offsetof(struct via_meta, fields));
		rte_pktmbuf_free(m);
	}
	memcpy(room, text.ptr, text.len);
	return to;
}

static uint16_t
reject_one(struct via_worker *w, struct rte_mbuf **message)
{
	struct via_meta *meta = via_meta(*message);
	struct slice reply = reply_write(w, meta);
	struct rte_mbuf *m;

	if (reply.ptr == NULL)
		return via_drop(meta, STATS_edit_failed, TO_DROP);
	meta->to = via_reply_address(meta);
	meta->out_listener = meta->listener;
	meta->target = VIA_TARGET_NEXT_HOP;
	meta->way_out = STATS_replied;
	m = replace_text(w, *message, reply);
	if (m == NULL)
		return via_drop(meta, STATS_no_buffer, TO_DROP);
	*message = m;
	return TO_OUTPUT;
}

VIA_REPLACING_NODE(via_reject, reject_one, [TO_OUTPUT] = "via_output", [TO_DROP] = "via_drop");
