/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The place where a request becomes as many as it has targets. With one target, and no other need
 * for state, it stays stateless, carries the whole breadth (RFC 5393 §5.3.3), and leaves from the
 * right address; else it gets a transaction.
 */
#include "flow_state.h"
#include "guard/breadth.h"
#include "handoff.h"
#include "loop_check.h"
#include "node/outbox.h"
#include "target_set.h"

enum { TO_REJECT = OUTBOX_EDGES, TO_TRANSACTION, TO_HANDOFF, TO_DROP };

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

/* Its one target: a listener that leads there. */
static enum via_reason
find_way(const struct via_worker *w, struct via_meta *meta)
{
	int listener;

	if (meta->target == VIA_TARGET_FLOW)
		return flow_is_usable(w, meta) ? VIA_REASON_NONE : unusable(w, meta);
	listener = via_source_listener(w, &meta->to, meta->listener);
	if (listener < 0)
		return VIA_REASON_NEXT_HOP_UNREACHABLE;
	meta->out_listener = (uint8_t)listener;
	return VIA_REASON_NONE;
}

/* RC-31: a 305 of that proxy would be followed, which takes state. */
static bool
may_recurse(const struct via_worker *w, const struct via_meta *meta)
{
	return meta->target != VIA_TARGET_FLOW && w->engine->config->recurse_305.count > 0 &&
	       config_network_has(&w->engine->config->recurse_305, &meta->to);
}

static bool
needs_state(const struct via_worker *w, const struct via_meta *meta)
{
	return target_set_is_wanted(w, meta) &&
	       (w->engine->config->file->transactions.state == CONFIG_STATE_ALWAYS ||
		may_recurse(w, meta));
}

static uint16_t
refuse(struct via_meta *meta, enum via_reason reason)
{
	return via_refuse(meta, reason, TO_REJECT, TO_DROP);
}

/* LD-01: the least that has to be tested. */
static bool
is_looping_fork(struct via_worker *w, const struct via_meta *meta)
{
	const struct target_rows *rows;

	if (likely(w->engine->config->file->proxy.loop_check != CONFIG_LOOP_CHECK_FORKS))
		return false;
	rows = (const struct target_rows *)text_store_get(&w->transactions->text, meta->targets)
		       .ptr;
	if (rows->count < 2 || !via_loop_is_closed(w, meta))
		return false;
	stats_add(&w->stats->counter[STATS_guard_saved], rows->count);
	return true;
}

/* A transaction for the targets in meta->targets. */
static uint16_t
begin(struct via_worker *w, struct via_meta *meta)
{
	uint64_t key = transaction_key(&meta->branch);
	enum via_reason refused;

	if (unlikely(is_looping_fork(w, meta))) {
		text_store_free(&w->transactions->text, meta->targets);
		return refuse(meta, VIA_REASON_LOOP_DETECTED);
	}
	if (w->engine->worker_count > 1) {
		unsigned int owner = owners_claim(&w->engine->owners, key, w->index);

		if (unlikely(owner != w->index)) {
			text_store_free(&w->transactions->text, meta->targets);
			return via_handoff(w, meta, owner, TO_HANDOFF, TO_DROP);
		}
	}
	refused = fork_begin(w, meta, meta->targets);
	if (unlikely(refused != VIA_REASON_NONE)) {
		if (w->engine->worker_count > 1)
			owners_release(&w->engine->owners, key, w->index);
		return refuse(meta, refused);
	}
	return via_drop(meta, STATS_absorbed, TO_DROP);
}

/*
 * A copy or the CANCEL of a request that came in the same burst, and has got its transaction since
 * via_request looked for it.
 */
static bool
is_overtaken(struct via_worker *w, const struct via_meta *meta)
{
	if (w->transactions == NULL || likely(!transaction_has(w, meta)))
		return false;
	if ((meta->flags & VIA_HAS_TARGETS) != 0)
		text_store_free(&w->transactions->text, meta->targets);
	return true;
}

static uint16_t
via_fork_one(struct via_worker *w, struct via_meta *meta)
{
	enum via_reason refused;

	if (is_overtaken(w, meta))
		return TO_TRANSACTION;
	meta->breadth = breadth_incoming(&w->engine->breadth, meta->fields.max_breadth);
	if (unlikely(w->engine->config->file->proxy.breadth == CONFIG_BREADTH_OFF))
		meta->breadth = meta->fields.max_breadth;
	else if (unlikely(meta->breadth < meta->fields.max_breadth &&
			  meta->fields.max_breadth != SIP_NUMBER_ABSENT))
		via_count(w, STATS_breadth_clamped);
	if ((meta->flags & VIA_HAS_TARGETS) != 0)
		return begin(w, meta);
	refused = find_way(w, meta);
	if (unlikely(refused != VIA_REASON_NONE))
		return refuse(meta, refused);
	if (unlikely(needs_state(w, meta))) {
		refused = target_set_of_one(w, meta);
		return refused != VIA_REASON_NONE ? refuse(meta, refused) : begin(w, meta);
	}
	meta->way_out = STATS_forwarded_requests;
	return OUTBOX_EGRESS;
}

static uint16_t
via_fork_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);
	uint16_t edge;

	for (uint16_t i = 0; i < n; i++) {
		if (i + 1 < n)
			via_prefetch_meta(objs[i + 1]);
		edge = via_fork_one(w, via_meta(objs[i]));
		rte_node_enqueue_x1(graph, node, edge, objs[i]);
		if (w->transactions != NULL)
			via_outbox_flush(graph, node, w);
	}
	return n;
}

static struct rte_node_register via_fork_node = {
	.name = "via_fork",
	.init = via_node_init,
	.process = via_fork_process,
	.nb_edges = 6,
	.next_nodes = {
		[OUTBOX_OUTPUT] = "via_output",
		[OUTBOX_EGRESS] = "via_egress",
		[TO_REJECT] = "via_reject",
		[TO_TRANSACTION] = "via_transaction",
		[TO_HANDOFF] = "via_handoff_tx",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_fork_node);
