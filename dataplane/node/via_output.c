/* SPDX-License-Identifier: BSD-3-Clause */
/* IP and UDP headers, next hop's MAC; what has no known next hop goes by way of the kernel. */
#include "node/via_output.h"

#include <rte_ether.h>

#include "datagram.h"
#include "flow_state.h"
#include "node/node.h"

/* No edge: the message has been sent in another way. */
enum { NOWHERE = UINT16_MAX };

static void
write_ethernet(struct rte_mbuf *m, const struct rte_ether_addr *from, const uint8_t to[6],
	       uint8_t family)
{
	struct rte_ether_hdr eth;

	memcpy(eth.dst_addr.addr_bytes, to, 6);
	rte_ether_addr_copy(from, &eth.src_addr);
	eth.ether_type =
		family == 4 ? RTE_BE16(RTE_ETHER_TYPE_IPV4) : RTE_BE16(RTE_ETHER_TYPE_IPV6);
	/* copied: a message that grew by an odd number of octets begins at an odd address */
	memcpy(rte_pktmbuf_prepend(m, sizeof(eth)), &eth, sizeof(eth));
}

/* Where the message before this one of the same burst went: most go to one router. */
struct hop {
	const struct routes_route *route;
	const struct routes_neighbour *neighbour;
};

/* The neighbour that a packet goes to, and by which port. NULL: not resolved. */
static const struct routes_neighbour *
next_neighbour(const struct via_worker *w, const struct flow_address *to, struct hop *last)
{
	const struct routes_table *t = &w->tables->routes;
	const struct routes_route *route = routes_find(t, to);

	if (route == NULL || (route == last->route && route->gateway.family != 0)) {
		last->neighbour = route != NULL ? last->neighbour : NULL;
	} else {
		const struct flow_address *hop = route->gateway.family != 0 ? &route->gateway : to;

		last->neighbour = routes_neighbour_find(t, hop, route->port);
	}
	last->route = route;
	return last->neighbour;
}

/* Send one packet in pieces, or to the kernel. */
static void
send_pieces(struct rte_graph *graph, struct rte_node *node, struct via_worker *w,
	    struct rte_mbuf *m, const struct hop *hop)
{
	struct rte_mbuf *piece[DATAGRAM_MAX_FRAGMENTS];
	const struct via_port *port = &w->engine->port[w->engine->wire_id[hop->route->port]];
	struct flow_address to = via_meta(m)->to;
	uint8_t way_out = via_meta(m)->way_out;
	unsigned int n = datagram_fragment(w->engine, m, port->mtu, piece);

	if (n == 0) {
		via_count(w, STATS_no_buffer);
		return;
	}
	via_count(w, way_out);
	if (n > 1)
		stats_add(&w->stats->counter[STATS_fragments_out], n);
	for (unsigned int i = 0; i < n; i++) {
		if (hop->neighbour != NULL) {
			write_ethernet(piece[i], &port->mac, hop->neighbour->mac, to.family);
			rte_node_enqueue_x1(graph, node,
					    (rte_edge_t)(VIA_OUTPUT_PORT + hop->route->port),
					    piece[i]);
		} else {
			via_meta(piece[i])->to = to;
			via_meta(piece[i])->way_out = STATS_unresolved;
			rte_node_enqueue_x1(graph, node, VIA_OUTPUT_EXCEPTION, piece[i]);
		}
	}
}

/* The packet as it is, when it fits; edge of its port. */
static uint16_t
send_packet(struct rte_graph *graph, struct rte_node *node, struct via_worker *w,
	    struct rte_mbuf *m, const struct hop *hop)
{
	const struct via_port *port = &w->engine->port[w->engine->wire_id[hop->route->port]];
	const struct via_meta *meta = via_meta(m);

	if (unlikely(hop->neighbour == NULL || m->pkt_len > port->mtu)) {
		send_pieces(graph, node, w, m, hop);
		return NOWHERE;
	}
	via_count(w, meta->way_out);
	write_ethernet(m, &port->mac, hop->neighbour->mac, meta->to.family);
	return (uint16_t)(VIA_OUTPUT_PORT + hop->route->port);
}

/*
 * A contact or a next hop that is an address of ours: the message comes in again, in a later walk.
 * In this one a fork to AORs of ours that fork again would go on for as long as it finds some.
 */
static bool
to_ourselves(struct via_worker *w, struct rte_mbuf *m, const struct config_listener *from,
	     uint16_t *edge)
{
	struct via_meta *meta = via_meta(m);
	int listener = via_listener_here(w, &meta->to);

	if (listener < 0)
		return false;
	if (!via_self_put(&w->self, m)) {
		*edge = via_drop(meta, STATS_self_full, VIA_OUTPUT_DROP);
		return true;
	}
	*edge = NOWHERE;
	via_count(w, meta->way_out);
	via_count(w, STATS_rx);
	meta->flow =
		(struct flow){ .local = meta->to, .remote = from->address, .transport = FLOW_UDP };
	meta->listener = (uint8_t)listener;
	meta->again = VIA_AGAIN_NOT;
	return true;
}

/* By this an ICMP error about it is known to be no invention. */
static void
note_sent(struct via_worker *w, struct rte_mbuf *m, const struct via_meta *meta)
{
	const struct flow flow = { .local = via_listener(w, meta->out_listener)->address,
				   .remote = meta->to,
				   .transport = FLOW_UDP };

	via_flow_sent(w, &flow, meta->flow_hash, m);
}

/* The edge that a message leaves by, or NOWHERE when it has left. */
static uint16_t
output_one(struct rte_graph *graph, struct rte_node *node, struct via_worker *w, struct rte_mbuf *m,
	   struct hop *hop)
{
	struct via_meta *meta = via_meta(m);
	const struct config_listener *l = via_listener(w, meta->out_listener);
	uint16_t edge;

	if (unlikely(to_ourselves(w, m, l, &edge)))
		return edge;
	next_neighbour(w, &meta->to, hop);
	/* the rest of this host is none of SIP's business */
	if (hop->route == NULL || VIA_OUTPUT_PORT + hop->route->port >= node->nb_edges ||
	    routes_is_local(&w->tables->routes, &meta->to))
		return via_drop(meta, STATS_no_route, VIA_OUTPUT_DROP);
	if (hop->neighbour == NULL && w->unresolved_budget == 0)
		return via_drop(meta, STATS_unresolved_limit, VIA_OUTPUT_DROP);
	if (hop->neighbour == NULL)
		w->unresolved_budget--;
	datagram_write_headers(m, &l->address, &meta->to);
	if (meta->target == VIA_TARGET_FLOW)
		note_sent(w, m, meta);
	return send_packet(graph, node, w, m, hop);
}

/* A burst of which all messages take one edge moves as a whole. */
static uint16_t
via_output_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);
	uint16_t edge[RTE_GRAPH_BURST_SIZE], part;
	struct hop hop = { NULL, NULL };
	bool same = true;

	for (uint16_t done = 0; done < n; done = (uint16_t)(done + part)) {
		part = (uint16_t)RTE_MIN(n - done, RTE_GRAPH_BURST_SIZE);
		for (uint16_t i = 0; i < part; i++) {
			edge[i] = output_one(graph, node, w, objs[done + i], &hop);
			same &= edge[i] == edge[0];
		}
		if (same && part == n && edge[0] != NOWHERE) {
			rte_node_next_stream_move(graph, node, edge[0]);
			return n;
		}
		for (uint16_t i = 0; i < part; i++)
			if (edge[i] != NOWHERE)
				rte_node_enqueue_x1(graph, node, edge[i], objs[done + i]);
	}
	return n;
}

static struct rte_node_register via_output_node = {
	.name = "via_output",
	.init = via_node_init,
	.process = via_output_process,
	.nb_edges = 2,
	.next_nodes = {
		[VIA_OUTPUT_EXCEPTION] = "via_exception",
		[VIA_OUTPUT_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_output_node);
