/* SPDX-License-Identifier: BSD-3-Clause */
/* Index a message where it lies, and decide whether it is one (RFC 3261 §16.3 item 1). */
#include "node/node.h"

enum { TO_REQUEST, TO_RESPONSE, TO_REJECT, TO_DROP };

static uint16_t
via_parse_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	struct slice bytes = slice_of(rte_pktmbuf_mtod(m, const char *), m->data_len);
	enum sip_fault fault = sip_message_index(bytes, &meta->msg);

	fault = sip_message_check(&meta->msg, fault, &w->engine->limits, &meta->fields);
	meta->fault = (uint8_t)fault;
	meta->flags = 0;
	meta->pop_routes = 0;
	if (likely(fault == SIP_FAULT_NONE)) {
		/* octets behind the body are not forwarded, nor those before the start line */
		rte_pktmbuf_adj(m, (uint16_t)(meta->msg.base - bytes.ptr));
		m->pkt_len = m->data_len = meta->msg.len;
		return sip_is_request(&meta->msg) ? TO_REQUEST : TO_RESPONSE;
	}
	stats_add(&w->stats->fault[fault], 1);
	if (sip_fault_verdict(&meta->msg, fault) == SIP_DROP)
		return via_drop(meta, STATS_malformed, TO_DROP);
	meta->status = sip_fault_info(fault)->status;
	meta->reason = VIA_REASON_FAULT;
	return TO_REJECT;
}

VIA_NODE(via_parse, via_parse_one, [TO_REQUEST] = "via_request", [TO_RESPONSE] = "via_response",
	 [TO_REJECT] = "via_reject", [TO_DROP] = "via_drop");
