/* SPDX-License-Identifier: BSD-3-Clause */
/* STUN on the SIP port: the answer takes the place of the request (RFC 5626 §8). */
#include "admission.h"
#include "flow_state.h"
#include "node/node.h"
#include "stun/stun.h"

enum { TO_OUTPUT, TO_DROP };

static uint16_t
via_stun_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	const uint8_t *in = rte_pktmbuf_mtod(m, const uint8_t *);
	uint8_t answer[STUN_ANSWER_MAX];
	size_t n;

	if (!via_admission_stun(w, meta))
		return via_drop(meta, STATS_stun_limit, TO_DROP);
	if (stun_is_indication(in, m->data_len))
		via_flow_heard(w, &meta->flow);
	if (unlikely(!via_can_forward(w)))
		return via_drop(meta, STATS_stun_silent, TO_DROP);
	n = stun_answer(in, m->data_len, &meta->flow.local, &meta->flow.remote, answer);
	if (n > 0)
		via_flow_heard(w, &meta->flow);
	if (n == 0)
		return via_drop(meta, STATS_stun_refused, TO_DROP);
	m->pkt_len = m->data_len = (uint16_t)n;
	memcpy(rte_pktmbuf_mtod(m, void *), answer, n);
	meta->target = VIA_TARGET_NEXT_HOP;
	meta->to = meta->flow.remote;
	meta->out_listener = meta->listener;
	meta->way_out = STATS_stun;
	return TO_OUTPUT;
}

VIA_NODE(via_stun, via_stun_one, [TO_OUTPUT] = "via_output", [TO_DROP] = "via_drop");
