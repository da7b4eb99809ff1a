/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way past SIP: frames between a port and its TAP twin, and packets of ours whose next hop the
 * kernel has yet to resolve. The latter leave by a raw socket, the kernel asks for the neighbour,
 * and both come out of the twin.
 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <rte_ether.h>

#include "datagram.h"
#include "node/node.h"
#include "node/via_output.h"

/* The one system call on the way of a message; bounded by unresolved_budget. */
static void
send_by_kernel(struct via_worker *w, struct rte_mbuf *m)
{
	const struct flow_address *to = &via_meta(m)->to;
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const void *address = to->family == 4 ? (const void *)&v4 : (const void *)&v6;
	socklen_t size = to->family == 4 ? sizeof(v4) : sizeof(v6);

	memcpy(&v4.sin_addr, to->ip, 4);
	memcpy(&v6.sin6_addr, to->ip, 16);
	if (w->engine->raw_socket[to->family == 4 ? 0 : 1] >= 0 && rte_pktmbuf_linearize(m) == 0)
		(void)sendto(w->engine->raw_socket[to->family == 4 ? 0 : 1],
			     rte_pktmbuf_mtod(m, const void *), m->data_len, MSG_DONTWAIT, address,
			     size);
	via_count(w, STATS_unresolved);
	rte_pktmbuf_free(m);
}

/* A frame that reassembly made whole, but is no SIP: too long for the kernel's end as it is. */
static unsigned int
cut_frame(struct via_worker *w, struct rte_mbuf *m, uint16_t mtu,
	  struct rte_mbuf *piece[DATAGRAM_MAX_FRAGMENTS])
{
	struct rte_ether_hdr eth;
	unsigned int n;

	if (m->pkt_len <= (uint32_t)mtu + sizeof(eth)) {
		piece[0] = m;
		return 1;
	}
	memcpy(&eth, rte_pktmbuf_mtod(m, const void *), sizeof(eth));
	if (eth.ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) &&
	    eth.ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV6)) {
		piece[0] = m; /* with a tag it may be a little longer */
		return 1;
	}
	rte_pktmbuf_adj(m, sizeof(eth));
	n = datagram_fragment(w->engine, m, mtu, piece);
	for (unsigned int i = 0; i < n; i++)
		memcpy(rte_pktmbuf_prepend(piece[i], sizeof(eth)), &eth, sizeof(eth));
	return n;
}

static void
pass_frame(struct rte_graph *graph, struct rte_node *node, struct via_worker *w, struct rte_mbuf *m)
{
	const struct via_port *port = &w->engine->port[m->port];
	struct rte_mbuf *piece[DATAGRAM_MAX_FRAGMENTS];
	unsigned int n;

	via_count(w, port->is_tap ? STATS_exception_out : STATS_exception_in);
	/* a port without a twin, or another application's graph */
	if (VIA_EXCEPTION_PORT + port->twin >= node->nb_edges) {
		rte_pktmbuf_free(m);
		return;
	}
	n = cut_frame(w, m, port->mtu, piece);
	for (unsigned int i = 0; i < n; i++)
		rte_node_enqueue_x1(graph, node, (rte_edge_t)(VIA_EXCEPTION_PORT + port->twin),
				    piece[i]);
}

static uint16_t
via_exception_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	for (uint16_t i = 0; i < n; i++) {
		const struct via_meta *meta = via_meta(objs[i]);

		if (meta->way_out == STATS_unresolved)
			send_by_kernel(w, objs[i]);
		else
			pass_frame(graph, node, w, objs[i]);
	}
	return n;
}

static struct rte_node_register via_exception_node = {
	.name = "via_exception",
	.init = via_node_init,
	.process = via_exception_process,
	.nb_edges = 1,
	.next_nodes = { [VIA_EXCEPTION_DROP] = "pkt_drop" },
};
RTE_NODE_REGISTER(via_exception_node);
