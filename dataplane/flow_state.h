/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_STATE_H
#define DATAPLANE_FLOW_STATE_H

#include "engine.h"

/**
 * Is a flow alive? (RFC 5626 §5.3.1, OB-13, OB-20, OB-28, OB-41, OB-75.)
 *
 * A flow is dead when an ICMP error quotes a datagram that was sent on it, or when it was told a
 * Flow-Timer and is silent for longer than that and a margin. It lives again once anything comes
 * from it. All workers share what is known. Worker threads only.
 */

/** User agents are reached by flows here: this is an edge, or a registrar. */
static inline bool
via_keeps_flows(const struct via_engine *e)
{
	return e->config->file->edge.enabled || e->config->file->domains_count > 0;
}

/** Something came from the other side of a flow, if it is one. */
void via_flow_heard(struct via_worker *w, const struct flow *flow);

/** A message is about to go out on a flow: note where its row is, and ask for it. */
static inline void
via_flow_prefetch(const struct via_worker *w, struct via_meta *meta, const struct flow *flow)
{
	meta->flow_hash = flows_hash(&w->flows, flow);
	flows_prefetch(&w->flows, meta->flow_hash);
}

/**
 * A datagram, its headers written, goes out on a flow; `hash` is its flows_hash(). It is marked, so
 * that who quotes it must have seen it.
 */
void via_flow_sent(struct via_worker *w, const struct flow *flow, uint64_t hash,
		   struct rte_mbuf *m);

/** The other side of a flow was told a Flow-Timer of this many seconds. */
void via_flow_told_timer(struct via_worker *w, const struct flow *flow, uint32_t seconds);

/**
 * Somebody quotes a datagram: one that any worker sent on the flow lately, and since the other side
 * was last heard of (5.1 item 5). False as well while too many wrong ones were quoted, and when the
 * budget is spent, which is only for flows that there are.
 */
bool via_flow_was_sent(struct via_worker *w, const struct icmp_quote *quote);

/** The flow is found dead: no request goes there any more, and control is told. */
void via_flow_failed(struct via_worker *w, const struct flow *flow, enum failed_flow_why why);

/** The flow is known to be dead. */
static inline bool
via_flow_is_dead(const struct via_worker *w, const struct flow *flow)
{
	return failed_flows_has(&w->engine->failed_flows, flow);
}

/** What a request for a dead flow gets: 430, or 410 as the draft has it. */
static inline enum via_reason
via_flow_refusal(const struct via_engine *e)
{
	return e->config->file->edge.form == CONFIG_FORM_DRAFT00 ? VIA_REASON_FLOW_GONE
								 : VIA_REASON_FLOW_FAILED;
}

/** Ten times a second: new budgets, and a look for flows that are silent for too long. */
void via_flows_tick(struct via_worker *w);

#endif
