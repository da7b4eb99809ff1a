/* SPDX-License-Identifier: BSD-3-Clause */
/* IP fragments to an address where SIP is spoken; whole datagrams go back to via_demux. */
#include <rte_cycles.h>
#include <rte_ether.h>

#include "node/node.h"

enum { TO_DEMUX };

/* The datagram, or NULL while pieces are missing. The table owns the pieces, and bounds them. */
static struct rte_mbuf *
reassemble_ipv4(struct via_worker *w, struct rte_mbuf *m)
{
	struct rte_ipv4_hdr *ip =
		rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));

	return rte_ipv4_frag_reassemble_packet(w->fragments, &w->death_row, m, w->now_tsc, ip);
}

static struct rte_mbuf *
reassemble_ipv6(struct via_worker *w, struct rte_mbuf *m)
{
	struct rte_ipv6_hdr *ip =
		rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, sizeof(struct rte_ether_hdr));
	struct rte_ipv6_fragment_ext *ext = rte_ipv6_frag_get_ipv6_fragment_header(ip);

	if (ext == NULL ||
	    m->data_len < sizeof(struct rte_ether_hdr) + sizeof(*ip) + sizeof(*ext)) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	m->l3_len = sizeof(*ip) + sizeof(*ext);
	return rte_ipv6_frag_reassemble_packet(w->fragments, &w->death_row, m, w->now_tsc, ip, ext);
}

/* Octets behind the packet (ethernet pads short frames) would end up inside the datagram. */
static void
trim_padding(struct rte_mbuf *m, const struct via_meta *meta)
{
	const void *ip = rte_pktmbuf_mtod_offset(m, const void *, meta->l2_len);
	uint32_t size = meta->l2_len;

	if (meta->flow.local.family == 4)
		size += rte_be_to_cpu_16(((const struct rte_ipv4_hdr *)ip)->total_length);
	else
		size += sizeof(struct rte_ipv6_hdr) +
			rte_be_to_cpu_16(((const struct rte_ipv6_hdr *)ip)->payload_len);
	if (rte_pktmbuf_is_contiguous(m) && size < m->pkt_len)
		rte_pktmbuf_trim(m, (uint16_t)(m->pkt_len - size));
}

static uint16_t
via_reassemble_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = objs[i], *whole;
		const struct via_meta *meta = via_meta(m);

		via_count(w, STATS_fragments_in);
		m->l2_len = meta->l2_len;
		m->l3_len = meta->l3_len;
		trim_padding(m, meta);
		whole = meta->flow.local.family == 4 ? reassemble_ipv4(w, m)
						     : reassemble_ipv6(w, m);
		if (whole != NULL)
			rte_node_enqueue_x1(graph, node, TO_DEMUX, whole);
		/* one call adds a whole datagram's pieces, and the row does not guard its end */
		if (w->death_row.cnt > 0) {
			stats_add(&w->stats->counter[STATS_reassembly_failed], w->death_row.cnt);
			rte_ip_frag_free_death_row(&w->death_row, 3);
		}
	}
	return n;
}

static struct rte_node_register via_reassemble_node = {
	.name = "via_reassemble",
	.init = via_node_init,
	.process = via_reassemble_process,
	.nb_edges = 1,
	.next_nodes = { [TO_DEMUX] = "via_demux" },
};
RTE_NODE_REGISTER(via_reassemble_node);
