/* SPDX-License-Identifier: BSD-3-Clause */
#include "transaction/transaction.h"

bool
outbox_put(struct via_worker *w, struct rte_mbuf *m, enum outbox_edge edge)
{
	struct outbox *o = &w->transactions->outbox;

	via_count(w, STATS_made);
	if (unlikely(o->count == OUTBOX_MAX)) {
		via_count(w, STATS_no_buffer);
		rte_pktmbuf_free(m);
		return false;
	}
	o->row[o->count].m = m;
	o->row[o->count++].edge = (uint16_t)edge;
	return true;
}
