/* SPDX-License-Identifier: BSD-3-Clause */
/* IP and UDP headers, next hop's MAC; what has no known next hop goes by way of the kernel. */
#include "node/via_output.h"

#include <rte_ether.h>

#include "datagram.h"
#include "node/node.h"

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

/* The neighbour that a packet goes to, and by which port. NULL: not resolved. */
static const struct routes_neighbour *
next_neighbour(const struct via_worker *w, const struct flow_address *to,
	       const struct routes_route **route)
{
	const struct routes_table *t = &w->tables->routes;
	const struct flow_address *hop = to;

	*route = routes_find(t, to);
	if (*route == NULL)
		return NULL;
	if ((*route)->gateway.family != 0)
		hop = &(*route)->gateway;
	return routes_neighbour_find(t, hop, (*route)->port);
}

/* Send one packet, perhaps in pieces, to a port or to the kernel. */
static void
send_packet(struct rte_graph *graph, struct rte_node *node, struct via_worker *w,
	    struct rte_mbuf *m, const struct via_meta *from, const struct routes_route *route,
	    const struct routes_neighbour *neighbour)
{
	struct rte_mbuf *piece[DATAGRAM_MAX_FRAGMENTS];
	const struct via_port *port = &w->engine->port[w->engine->wire_id[route->port]];
	unsigned int n;

	n = datagram_fragment(w->engine, m, port->mtu, piece);
	if (n == 0) {
		via_count(w, STATS_no_buffer);
		return;
	}
	via_count(w, from->way_out);
	if (n > 1)
		stats_add(&w->stats->counter[STATS_fragments_out], n);
	for (unsigned int i = 0; i < n; i++) {
		if (neighbour != NULL) {
			write_ethernet(piece[i], &port->mac, neighbour->mac, from->to.family);
			rte_node_enqueue_x1(graph, node,
					    (rte_edge_t)(VIA_OUTPUT_PORT + route->port), piece[i]);
		} else {
			via_meta(piece[i])->to = from->to;
			via_meta(piece[i])->way_out = STATS_unresolved;
			rte_node_enqueue_x1(graph, node, VIA_OUTPUT_EXCEPTION, piece[i]);
		}
	}
}

/* A contact or a next hop that is an address of ours: the message comes in again. */
static bool
to_ourselves(struct rte_graph *graph, struct rte_node *node, struct via_worker *w,
	     struct rte_mbuf *m, struct via_meta *meta, const struct config_listener *from)
{
	int listener = via_listener_here(w, &meta->to);

	if (listener < 0)
		return false;
	via_count(w, meta->way_out);
	via_count(w, STATS_rx);
	meta->flow =
		(struct flow){ .local = meta->to, .remote = from->address, .transport = FLOW_UDP };
	meta->listener = (uint8_t)listener;
	rte_node_enqueue_x1(graph, node, VIA_OUTPUT_OURSELVES, m);
	return true;
}

static void
output_one(struct rte_graph *graph, struct rte_node *node, struct via_worker *w, struct rte_mbuf *m)
{
	const struct config_listener *l = via_listener(w, via_meta(m)->out_listener);
	struct via_meta *meta = via_meta(m), copy;
	const struct routes_neighbour *neighbour;
	const struct routes_route *route;

	if (unlikely(to_ourselves(graph, node, w, m, meta, l)))
		return;
	neighbour = next_neighbour(w, &meta->to, &route);
	/* the rest of this host is none of SIP's business */
	if (route == NULL || VIA_OUTPUT_PORT + route->port >= node->nb_edges ||
	    routes_is_local(&w->tables->routes, &meta->to)) {
		rte_node_enqueue_x1(graph, node, via_drop(meta, STATS_no_route, VIA_OUTPUT_DROP),
				    m);
		return;
	}
	if (neighbour == NULL && w->unresolved_budget == 0) {
		rte_node_enqueue_x1(graph, node,
				    via_drop(meta, STATS_unresolved_limit, VIA_OUTPUT_DROP), m);
		return;
	}
	if (neighbour == NULL)
		w->unresolved_budget--;
	datagram_write_headers(m, &l->address, &meta->to);
	memcpy(&copy, meta, offsetof(struct via_meta, uri));
	send_packet(graph, node, w, m, &copy, route, neighbour);
}

static uint16_t
via_output_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	for (uint16_t i = 0; i < n; i++)
		output_one(graph, node, w, objs[i]);
	return n;
}

static struct rte_node_register via_output_node = {
	.name = "via_output",
	.init = via_node_init,
	.process = via_output_process,
	.nb_edges = 3,
	.next_nodes = {
		[VIA_OUTPUT_EXCEPTION] = "via_exception",
		[VIA_OUTPUT_DROP] = "via_drop",
		[VIA_OUTPUT_OURSELVES] = "via_parse",
	},
};
RTE_NODE_REGISTER(via_output_node);
