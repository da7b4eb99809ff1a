/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames: UDP to a SIP address and port goes on as a message, all else to the kernel. */
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "admission.h"
#include "flow_state.h"
#include "node/node.h"
#include "sip/chars.h"

enum { TO_PARSE, TO_STUN, TO_REASSEMBLE, TO_ICMP, TO_EXCEPTION, TO_DROP };

/* How many frames before its own turn the sender of one is looked up. */
enum { AHEAD = 4 };

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

/* What is neither UDP nor a piece of it: ICMP is looked at on its way to the kernel. */
static uint16_t
not_udp(const struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const void *l3 = eth + 1;
	bool icmp = false;

	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) &&
	    m->data_len >= sizeof(*eth) + sizeof(struct rte_ipv4_hdr))
		icmp = ((const struct rte_ipv4_hdr *)l3)->next_proto_id == IPPROTO_ICMP;
	else if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6) &&
		 m->data_len >= sizeof(*eth) + sizeof(struct rte_ipv6_hdr))
		icmp = ((const struct rte_ipv6_hdr *)l3)->proto == IPPROTO_ICMPV6;
	return icmp ? TO_ICMP : TO_EXCEPTION;
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
by_first_octet(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta, uint16_t payload)
{
	uint8_t first = payload > 0 ? *rte_pktmbuf_mtod(m, const uint8_t *) : '\r';

	if (first < 2)
		return TO_STUN;
	if (first == '\r' || first == '\n') {
		const char *p = rte_pktmbuf_mtod(m, const char *);

		if (payload == 0 || sip_char_span(p, p + payload, SIP_CHAR_LWS) == p + payload) {
			via_flow_heard(w, &meta->flow);
			return via_drop(meta, STATS_keepalive, TO_DROP);
		}
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

/* Why nothing is taken from this source; STATS_rx when it is. Before any work for the message. */
static enum stats_counter
judge_source(struct via_worker *w, struct via_meta *meta)
{
	const struct config *c = w->engine->config;

	if (unlikely(c->deny.count > 0) && config_network_has(&c->deny, &meta->flow.remote))
		return STATS_denied;
	if (!flow_ip_is_unicast(&meta->flow.remote) || meta->flow.remote.port == 0 ||
	    via_listener_here(w, &meta->flow.remote) >= 0)
		return STATS_bad_source;
	return likely(via_admission_datagram(w, meta)) ? STATS_rx : STATS_source_limit;
}

/* Decide for one frame. May put another mbuf in place of it. */
static uint16_t
demux_one(struct via_worker *w, struct rte_mbuf **frame)
{
	struct rte_mbuf *m = *frame;
	struct via_meta *meta = via_meta(m);
	const struct via_port *port = &w->engine->port[m->port];
	enum stats_counter unwanted;
	struct frame f;
	uint16_t payload;
	int listener;

	meta->port = port->index;
	meta->way_out = 0;
	if (port->is_tap || !is_for_us(m, port))
		return TO_EXCEPTION;
	if (!read_frame(m, meta, &f))
		return not_udp(m);
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
	meta->again = VIA_AGAIN_NOT;
	via_count(w, STATS_rx);
	unwanted = judge_source(w, meta);
	if (unlikely(unwanted != STATS_rx))
		return via_drop(meta, unwanted, TO_DROP);
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
	return by_first_octet(w, m, via_meta(m), payload);
}

/*
 * What the guard knows the sender by, some frames before demux_one() looks at it: the row of a
 * sender that was not heard of for a while is far from the core. Void unless demux_one() finds the
 * IP header to be one.
 */
static void
note_source(const struct via_worker *w, struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const uint8_t *l3 = (const uint8_t *)(eth + 1);
	struct via_meta *meta = via_meta(m);

	meta->source = 0;
	if (m->data_len >= sizeof(*eth) + sizeof(struct rte_ipv4_hdr) &&
	    eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		meta->source =
			via_admission_source(w, 4, l3 + offsetof(struct rte_ipv4_hdr, src_addr));
	else if (m->data_len >= sizeof(*eth) + sizeof(struct rte_ipv6_hdr) &&
		 eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		meta->source =
			via_admission_source(w, 6, l3 + offsetof(struct rte_ipv6_hdr, src_addr));
}

static inline void
prefetch_frame(struct rte_mbuf *m)
{
	rte_prefetch0(rte_pktmbuf_mtod(m, void *));
	rte_prefetch0_write(via_meta(m));
}

static uint16_t
via_demux_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	w->busy = true;
	for (uint16_t i = 0; i < n && i < AHEAD; i++)
		note_source(w, objs[i]);
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = objs[i];
		uint16_t edge;

		if (i + 2 * AHEAD < n)
			prefetch_frame(objs[i + 2 * AHEAD]);
		if (i + AHEAD < n)
			note_source(w, objs[i + AHEAD]);
		edge = demux_one(w, &m);
		rte_node_enqueue_x1(graph, node, edge, m);
	}
	return n;
}

static struct rte_node_register via_demux_node = {
	.name = "via_demux",
	.init = via_node_init,
	.process = via_demux_process,
	.nb_edges = 6,
	.next_nodes = {
		[TO_PARSE] = "via_parse",
		[TO_STUN] = "via_stun",
		[TO_REASSEMBLE] = "via_reassemble",
		[TO_ICMP] = "via_icmp",
		[TO_EXCEPTION] = "via_exception",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_demux_node);
