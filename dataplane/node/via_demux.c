/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames: UDP to a SIP address and port goes on as a message, all else to the kernel. */
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "node/node.h"
#include "sip/chars.h"

enum { TO_PARSE, TO_STUN, TO_REASSEMBLE, TO_EXCEPTION, TO_DROP };

/* What the headers say, as far as they are one frame's and whole. */
struct frame {
	const uint8_t *l3;
	const struct rte_udp_hdr *udp;
	uint16_t l3_len;
	uint16_t payload;
	bool fragment;
};

static bool
read_ipv4(struct rte_mbuf *m, struct via_meta *meta, struct frame *f)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)f->l3;
	uint16_t total;

	if (m->data_len < sizeof(struct rte_ether_hdr) + sizeof(*ip))
		return false;
	f->l3_len = rte_ipv4_hdr_len(ip);
	total = rte_be_to_cpu_16(ip->total_length);
	if (ip->version_ihl >> 4 != 4 || f->l3_len < sizeof(*ip) || total < f->l3_len ||
	    m->pkt_len < sizeof(struct rte_ether_hdr) + total || ip->next_proto_id != IPPROTO_UDP)
		return false;
	memset(&meta->flow, 0, sizeof(meta->flow));
	memcpy(meta->flow.local.ip, &ip->dst_addr, 4);
	memcpy(meta->flow.remote.ip, &ip->src_addr, 4);
	meta->flow.local.family = meta->flow.remote.family = 4;
	f->fragment = rte_ipv4_frag_pkt_is_fragmented(ip);
	f->payload = (uint16_t)(total - f->l3_len);
	return true;
}

static bool
read_ipv6(struct rte_mbuf *m, struct via_meta *meta, struct frame *f)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)f->l3;

	if (m->data_len < sizeof(struct rte_ether_hdr) + sizeof(*ip))
		return false;
	f->l3_len = sizeof(*ip);
	f->payload = rte_be_to_cpu_16(ip->payload_len);
	f->fragment = ip->proto == IPPROTO_FRAGMENT;
	if (m->pkt_len < sizeof(struct rte_ether_hdr) + sizeof(*ip) + f->payload ||
	    (ip->proto != IPPROTO_UDP && !f->fragment))
		return false;
	memset(&meta->flow, 0, sizeof(meta->flow));
	memcpy(meta->flow.local.ip, &ip->dst_addr, 16);
	memcpy(meta->flow.remote.ip, &ip->src_addr, 16);
	meta->flow.local.family = meta->flow.remote.family = 6;
	return true;
}

static bool
read_frame(struct rte_mbuf *m, struct via_meta *meta, struct frame *f)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);

	if (m->data_len < sizeof(*eth))
		return false;
	f->l3 = (const uint8_t *)(eth + 1);
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return read_ipv4(m, meta, f);
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		return read_ipv6(m, meta, f);
	return false;
}

/* A fragment can only be SIP if its address is one where SIP is spoken. */
static bool
address_listens(const struct via_engine *e, const struct flow_address *a)
{
	for (unsigned int i = 0; i < e->config->listener_count; i++)
		if (flow_ip_eq(&e->config->listener[i].address, a))
			return true;
	return false;
}

static bool
checksum_is_bad(const struct via_port *port, struct rte_mbuf *m, const struct via_meta *meta,
		const struct frame *f)
{
	uint64_t known = m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	uint16_t l4 = (uint16_t)(sizeof(struct rte_ether_hdr) + f->l3_len);

	/* NONE: not filled in by a sender on this host, but known to be whole */
	if (!port->verify || known == RTE_MBUF_F_RX_L4_CKSUM_GOOD ||
	    known == RTE_MBUF_F_RX_L4_CKSUM_NONE)
		return false;
	if (known == RTE_MBUF_F_RX_L4_CKSUM_BAD)
		return true;
	/* RFC 768: zero means none; RFC 8200 §8.1: not in IPv6 */
	if (meta->flow.local.family == 4)
		return f->udp->dgram_cksum != 0 &&
		       rte_ipv4_udptcp_cksum_mbuf_verify(m, (const struct rte_ipv4_hdr *)f->l3,
							 l4) != 0;
	return rte_ipv6_udptcp_cksum_mbuf_verify(m, (const struct rte_ipv6_hdr *)f->l3, l4) != 0;
}

/*
 * The message alone: headers and padding cut off, a chain of buffers copied into one large one.
 * NULL when there is none, or the message is too long for it.
 */
static struct rte_mbuf *
message_of(struct via_worker *w, struct rte_mbuf *m, uint16_t headers, uint16_t length)
{
	struct rte_mbuf *copy;
	const void *from;
	char *to;

	if (rte_pktmbuf_is_contiguous(m)) {
		rte_pktmbuf_adj(m, headers);
		m->pkt_len = m->data_len = length;
		return m;
	}
	copy = rte_pktmbuf_alloc(w->engine->large_pool);
	to = copy != NULL ? rte_pktmbuf_append(copy, length) : NULL;
	from = to != NULL ? rte_pktmbuf_read(m, headers, length, to) : NULL;
	if (from == NULL) {
		rte_pktmbuf_free(copy);
		return NULL;
	}
	if (from != to)
		memcpy(to, from, length);
	memcpy(via_meta(copy), via_meta(m), offsetof(struct via_meta, drop));
	rte_pktmbuf_free(m);
	return copy;
}

/* By the first octet: STUN, SIP, a keepalive or rubbish (OB-36, OB-39, spec 5.1 item 13). */
static uint16_t
by_first_octet(struct rte_mbuf *m, struct via_meta *meta, uint16_t payload)
{
	uint8_t first = payload > 0 ? *rte_pktmbuf_mtod(m, const uint8_t *) : '\r';

	if (first < 2)
		return TO_STUN;
	if (first == '\r' || first == '\n') {
		const char *p = rte_pktmbuf_mtod(m, const char *);

		if (payload == 0 || sip_char_span(p, p + payload, SIP_CHAR_LWS) == p + payload)
			return via_drop(meta, STATS_keepalive, TO_DROP);
	} else if (!sip_char_is((char)first, SIP_CHAR_TOKEN)) {
		return via_drop(meta, STATS_not_sip, TO_DROP);
	}
	return TO_PARSE;
}

/* Frames to others, that a switch flooded, and multicast: the kernel's end sorts them out. */
static bool
is_for_us(const struct rte_mbuf *m, const struct via_port *port)
{
	return m->data_len >= sizeof(struct rte_ether_hdr) &&
	       rte_is_same_ether_addr(&rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->dst_addr,
				      &port->mac);
}

/* Decide for one frame. May put another mbuf in place of it. */
static uint16_t
demux_one(struct via_worker *w, struct rte_mbuf **frame)
{
	struct rte_mbuf *m = *frame;
	struct via_meta *meta = via_meta(m);
	const struct via_port *port = &w->engine->port[m->port];
	struct frame f;
	uint16_t payload;
	int listener;

	meta->port = port->index;
	meta->way_out = 0;
	if (port->is_tap || !is_for_us(m, port) || !read_frame(m, meta, &f))
		return TO_EXCEPTION;
	meta->l2_len = sizeof(struct rte_ether_hdr);
	meta->l3_len = f.l3_len;
	if (f.fragment)
		return address_listens(w->engine, &meta->flow.local) ? TO_REASSEMBLE : TO_EXCEPTION;
	if (f.payload < sizeof(struct rte_udp_hdr) ||
	    m->data_len < meta->l2_len + f.l3_len + sizeof(struct rte_udp_hdr))
		return TO_EXCEPTION;
	f.udp = (const struct rte_udp_hdr *)(f.l3 + f.l3_len);
	meta->flow.local.port = rte_be_to_cpu_16(f.udp->dst_port);
	meta->flow.remote.port = rte_be_to_cpu_16(f.udp->src_port);
	meta->flow.transport = FLOW_UDP;
	listener = via_listener_find(w->engine, &meta->flow.local);
	if (listener < 0)
		return TO_EXCEPTION;
	meta->listener = (uint8_t)listener;
	via_count(w, STATS_rx);
	if (unlikely(w->engine->config->deny.count > 0) &&
	    config_network_has(&w->engine->config->deny, &meta->flow.remote))
		return via_drop(meta, STATS_denied, TO_DROP);
	if (!flow_ip_is_unicast(&meta->flow.remote) || meta->flow.remote.port == 0 ||
	    via_listener_here(w, &meta->flow.remote) >= 0)
		return via_drop(meta, STATS_bad_source, TO_DROP);
	payload = rte_be_to_cpu_16(f.udp->dgram_len);
	if (payload < sizeof(struct rte_udp_hdr) || payload > f.payload)
		return via_drop(meta, STATS_not_sip, TO_DROP);
	if (payload == f.payload && checksum_is_bad(port, m, meta, &f))
		return via_drop(meta, STATS_bad_checksum, TO_DROP);
	payload = (uint16_t)(payload - sizeof(struct rte_udp_hdr));
	m = message_of(w, m, (uint16_t)(meta->l2_len + meta->l3_len + sizeof(struct rte_udp_hdr)),
		       payload);
	if (m == NULL)
		return via_drop(meta, STATS_no_buffer, TO_DROP);
	*frame = m;
	return by_first_octet(m, via_meta(m), payload);
}

static uint16_t
via_demux_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	w->busy = true;
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = objs[i];
		uint16_t edge;

		if (i + 4 < n)
			rte_prefetch0(rte_pktmbuf_mtod((struct rte_mbuf *)objs[i + 4], void *));
		edge = demux_one(w, &m);
		rte_node_enqueue_x1(graph, node, edge, m);
	}
	return n;
}

static struct rte_node_register via_demux_node = {
	.name = "via_demux",
	.init = via_node_init,
	.process = via_demux_process,
	.nb_edges = 5,
	.next_nodes = {
		[TO_PARSE] = "via_parse",
		[TO_STUN] = "via_stun",
		[TO_REASSEMBLE] = "via_reassemble",
		[TO_EXCEPTION] = "via_exception",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_demux_node);
