/* SPDX-License-Identifier: BSD-3-Clause */
/* One pass of edits, where the message lies; the body is not touched (RFC 3261 §16.6, §16.7). */
#include "egress_edits.h"
#include "node/node.h"

enum { TO_OUTPUT, TO_REJECT, TO_DROP };

/* More is added than the headroom takes: write it anew, into a buffer that is large enough. */
static struct rte_mbuf *
write_anew(struct via_worker *w, struct rte_mbuf *m, const struct via_meta *meta, size_t length)
{
	struct rte_mbuf *fresh = rte_pktmbuf_alloc(
		length <= RTE_MBUF_DEFAULT_DATAROOM ? w->engine->pool : w->engine->large_pool);
	struct sip_writer to;
	char *room;

	if (fresh == NULL)
		return NULL;
	room = length <= UINT16_MAX ? rte_pktmbuf_append(fresh, (uint16_t)length) : NULL;
	if (room == NULL) {
		rte_pktmbuf_free(fresh);
		return NULL;
	}
	sip_writer_init(&to, room, length);
	sip_edits_render(&w->edits, &meta->msg, 0, meta->msg.len, &to);
	memcpy(via_meta(fresh), meta, offsetof(struct via_meta, fields));
	rte_pktmbuf_free(m);
	return fresh;
}

static uint16_t
egress_one(struct via_worker *w, struct rte_mbuf **message)
{
	struct rte_mbuf *m = *message;
	struct via_meta *meta = via_meta(m);
	size_t length;
	char *begin;

	if ((meta->flags & VIA_WRITTEN) != 0)
		return TO_OUTPUT;
	if (meta->target == VIA_TARGET_FLOW)
		flows_prefetch_row(&w->flows, meta->flow_hash);
	if (!sip_is_request(&meta->msg))
		egress_response_edits(w, meta, &w->edits);
	else if (!egress_request_edits(w, meta, &w->edits))
		w->edits.failed = true;
	if (w->edits.failed && sip_is_request(&meta->msg))
		return via_refuse(meta, VIA_REASON_CANNOT_FORWARD, TO_REJECT, TO_DROP);
	if (w->edits.failed)
		return via_drop(meta, STATS_edit_failed, TO_DROP);
	length = sip_edits_length(&w->edits, meta->msg.len);
	begin = sip_edits_apply(&w->edits, rte_pktmbuf_mtod(m, char *),
				rte_pktmbuf_headroom(m) -
					RTE_MIN(rte_pktmbuf_headroom(m), VIA_HEADER_ROOM));
	if (begin == NULL) {
		m = write_anew(w, m, meta, length);
		if (m == NULL)
			return via_drop(meta, STATS_no_buffer, TO_DROP);
		*message = m;
		return TO_OUTPUT;
	}
	m->data_off = (uint16_t)(begin - (char *)m->buf_addr);
	m->pkt_len = m->data_len = (uint16_t)length;
	return TO_OUTPUT;
}

VIA_REPLACING_NODE(
	via_egress,
	egress_one, [TO_OUTPUT] = "via_output", [TO_REJECT] = "via_reject", [TO_DROP] = "via_drop");
