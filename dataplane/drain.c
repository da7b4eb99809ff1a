/* SPDX-License-Identifier: BSD-3-Clause */
#include "drain.h"

#include "admission.h"
#include "sip/list.h"

/*
 * RC-40: what goes on while we drain. A home proxy that asks an edge whether it is there may go on
 * sending to the flows that it has: 503 would tell it that there is nothing behind us any more.
 */
static bool
goes_on(const struct via_worker *w, const struct via_meta *meta)
{
	if (meta->msg.method == SIP_REGISTER)
		return false;
	if (meta->msg.method == SIP_OPTIONS && (meta->flags & VIA_FROM_PEER) != 0 &&
	    w->engine->config->file->edge.enabled)
		return true;
	/* in a dialog, or by a flow that is still there: those stay until the user agent leaves */
	return via_is_in_dialog(meta) || meta->target == VIA_TARGET_FLOW;
}

/* RC-36: (a) a proxy of which we know it; (b), RC-37: a user agent next to us that says so. */
static bool
understands_305(const struct via_worker *w, const struct via_meta *meta)
{
	return config_network_has(&w->engine->config->send_305, &meta->flow.remote) ||
	       ((meta->flags & VIA_FIRST_HOP) != 0 &&
		sip_list_has(&meta->msg, SIP_HDR_SUPPORTED, SLICE("lr305")));
}

enum via_reason
via_drain_check(struct via_worker *w, const struct via_meta *meta)
{
	const struct orders *o = &w->tables->orders;

	/*
	 * RC-39: an ACK has no answer, a CANCEL belongs to what was let through, and so do what
	 * waited for a name and copies
	 */
	if (likely(o->state == ORDERS_OPEN) || meta->msg.method == SIP_ACK ||
	    meta->msg.method == SIP_CANCEL || meta->again != VIA_AGAIN_NOT)
		return VIA_REASON_NONE;
	if ((o->state == ORDERS_DRAINING && goes_on(w, meta)) || via_admission_has_copy(w, meta))
		return VIA_REASON_NONE;
	via_count(w, STATS_drained);
	if (o->contact_len > 0 && understands_305(w, meta))
		return VIA_REASON_USE_PROXY;
	return VIA_REASON_DRAINING;
}
