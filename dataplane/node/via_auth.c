/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who sends it: 407 without credentials, where they are asked for (RFC 3261 §22.3). It is the last
 * item of §16.3, behind the loop test and Proxy-Require: what would be refused anyway is not worth
 * a round trip and a password.
 */
#include "authentication.h"
#include "node/node.h"

enum { TO_TARGET, TO_REJECT, TO_DROP };

static uint16_t
via_auth_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	enum via_reason refused = via_auth_check(w, meta);
	uint16_t edge;

	(void)m;
	if (refused == VIA_REASON_NONE)
		return TO_TARGET;
	edge = via_refuse(meta, refused, TO_REJECT, TO_DROP);
	if (refused == VIA_REASON_FAULT)
		meta->status = sip_fault_info((enum sip_fault)meta->fault)->status;
	return edge;
}

VIA_NODE(via_auth, via_auth_one, [TO_TARGET] = "via_target", [TO_REJECT] = "via_reject",
	 [TO_DROP] = "via_drop");
