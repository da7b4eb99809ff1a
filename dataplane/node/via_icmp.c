/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP errors about datagrams of ours: the flow that they were sent on is dead (OB-20). Each frame
 * goes on to the kernel as it is, for whom it may mean something too.
 */
#include <rte_ether.h>

#include "flow/icmp_quote.h"
#include "flow_state.h"
#include "node/node.h"

enum { TO_EXCEPTION };

static uint16_t
via_icmp_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	const size_t l2 = sizeof(struct rte_ether_hdr);
	enum icmp_quote_result result;
	struct icmp_quote q;

	(void)meta;
	/* via_demux saw that there is an ethernet header; errors are short, and in one buffer */
	result = icmp_quote_read(rte_pktmbuf_mtod_offset(m, const uint8_t *, l2), m->data_len - l2,
				 &q);
	if (result == ICMP_QUOTE_NONE ||
	    (result == ICMP_QUOTE_OK && via_listener_find(w->engine, &q.flow.local) < 0))
		return TO_EXCEPTION;
	via_count(w, STATS_icmp);
	/* spec 5.2: only who saw the datagram can quote it */
	if (result == ICMP_QUOTE_OK && via_flow_was_sent(w, &q))
		via_flow_failed(w, &q.flow, q.host ? FAILED_FLOW_HOST : FAILED_FLOW_PORT);
	else
		via_count(w, STATS_icmp_ignored);
	return TO_EXCEPTION;
}

VIA_NODE(via_icmp, via_icmp_one, [TO_EXCEPTION] = "via_exception");
