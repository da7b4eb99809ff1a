/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may have requests relayed to places that are not ours, and how many. */
#include "admission.h"
#include "next_hop.h"
#include "node/node.h"

enum { TO_LOOP, TO_REJECT, TO_DROP };

/*
 * A request that is headed for a place of its sender's choosing (an address written into it, not a
 * user, a flow or a next hop of ours) is relayed for those who may: otherwise we would be a
 * reflector with an address of ours in front.
 */
static bool
may_relay(const struct via_worker *w, const struct via_meta *meta)
{
	const struct config *c = w->engine->config;
	const struct sip_uri *to;
	struct sip_uri route;

	if ((meta->target != VIA_TARGET_NEXT_HOP && (meta->flags & VIA_ROUTE_LEFT) == 0) ||
	    (meta->flags & VIA_FROM_PEER) != 0)
		return true;
	if (config_network_has(&c->relay, &meta->flow.remote) &&
	    via_listener_here(w, &meta->flow.remote) < 0)
		return true;
	/* inside a dialog that we are on the path of, as our own Record-Route proves */
	if ((meta->flags & VIA_OWN_DIALOG) != 0 && meta->fields.to_tag.ptr != NULL)
		return true;
	to = &meta->uri;
	if (meta->route_uri.ptr != NULL && sip_uri_decode(meta->route_uri, &route))
		to = &route;
	/* an maddr leads elsewhere than the next hop that is configured */
	if ((meta->flags & VIA_STRIP_MADDR) == 0 &&
	    sip_param_find(to->params, SLICE("maddr"), NULL))
		return false;
	return via_next_hop_is_configured(w, to->host);
}

static uint16_t
via_screen_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	enum via_reason refused;

	(void)m;
	if (unlikely(!may_relay(w, meta)))
		return via_refuse(meta, VIA_REASON_RELAYING_DENIED, TO_REJECT, TO_DROP);
	refused = via_admission_decide(w, meta);
	if (unlikely(refused != VIA_REASON_NONE))
		return via_refuse(meta, refused, TO_REJECT, TO_DROP);
	return TO_LOOP;
}

static uint16_t
via_screen_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	const struct via_worker *w = via_worker_of(node);

	/* rows of senders not heard of of late are far from the core; the burst hides that */
	for (uint16_t i = 0; i < n; i++)
		via_admission_prepare(w, via_meta(objs[i]));
	return via_node_run(graph, node, objs, n, via_screen_one, via_prefetch_meta);
}

static struct rte_node_register via_screen_node = {
	.name = "via_screen",
	.init = via_node_init,
	.process = via_screen_process,
	.nb_edges = 3,
	.next_nodes = {
		[TO_LOOP] = "via_loop",
		[TO_REJECT] = "via_reject",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_screen_node);
