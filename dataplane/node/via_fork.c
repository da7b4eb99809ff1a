/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The place where a request becomes as many as it has targets. With one target it stays
 * stateless, carries the whole breadth (RFC 5393 §5.3.3), and leaves from the right address.
 */
#include "flow_state.h"
#include "guard/breadth.h"
#include "node/node.h"

enum { TO_EGRESS, TO_REJECT, TO_DROP };

/* OB-20, OB-28: the flow is not known to be dead, and there is a way to the other side. */
static bool
flow_is_usable(const struct via_worker *w, struct via_meta *meta)
{
	struct flow flow = { .transport = FLOW_UDP, .remote = meta->to };

	flow.local = via_listener(w, meta->out_listener)->address;
	if (via_flow_is_dead(w, &flow) || routes_find(&w->tables->routes, &meta->to) == NULL)
		return false;
	via_flow_prefetch(w, meta, &flow);
	return true;
}

/* OB-77: that a flow has failed is for proxies to know; callers of our users hear of the user. */
static enum via_reason
unusable(const struct via_worker *w, const struct via_meta *meta)
{
	return (meta->flags & VIA_HAS_BINDING) != 0 ? VIA_REASON_TEMPORARILY_UNAVAILABLE
						    : via_flow_refusal(w->engine);
}

static uint16_t
via_fork_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	int listener;

	(void)m;
	meta->breadth = breadth_incoming(&w->engine->breadth, meta->fields.max_breadth);
	if (meta->target != VIA_TARGET_FLOW) {
		listener = via_source_listener(w, &meta->to, meta->listener);
		if (listener < 0)
			return via_refuse(meta, VIA_REASON_NEXT_HOP_UNREACHABLE, TO_REJECT,
					  TO_DROP);
		meta->out_listener = (uint8_t)listener;
	} else if (!flow_is_usable(w, meta)) {
		return via_refuse(meta, unusable(w, meta), TO_REJECT, TO_DROP);
	}
	meta->way_out = STATS_forwarded_requests;
	return TO_EGRESS;
}

VIA_NODE(via_fork, via_fork_one, [TO_EGRESS] = "via_egress", [TO_REJECT] = "via_reject",
	 [TO_DROP] = "via_drop");
