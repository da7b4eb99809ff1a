/* SPDX-License-Identifier: BSD-3-Clause */
#include "datagram.h"

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_random.h>
#include <rte_udp.h>

enum { HOP_LIMIT = 64 };

/* Room in front; the caller promised VIA_HEADER_ROOM octets of it. */
static void *
push(struct rte_mbuf *m, uint16_t octets)
{
	m->data_off = (uint16_t)(m->data_off - octets);
	m->data_len = (uint16_t)(m->data_len + octets);
	m->pkt_len += octets;
	return rte_pktmbuf_mtod(m, void *);
}

/* The checksum of a sum of words, 16 or 32 bits wide: 2^16 is 1 to it (RFC 1071). */
static uint16_t
checksum(uint64_t sum)
{
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	return (uint16_t)~sum;
}

/*
 * The sum of all octets as words of 32 bits, the last one filled up with zeros. A loop that a
 * compiler makes vectors of, which it cannot with rte_raw_cksum()'s.
 */
static uint64_t
sum_of(const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t words = len / 4;
	uint32_t word = 0;
	uint64_t sum;

	memcpy(&word, p + 4 * words, len % 4);
	sum = word;
	for (size_t i = 0; i < words; i++) {
		memcpy(&word, p + 4 * i, 4);
		sum += word;
	}
	return sum;
}

static uint16_t
udp_checksum(uint64_t sum)
{
	uint16_t sum16 = checksum(sum);

	return sum16 != 0 ? sum16 : UINT16_MAX; /* RFC 768: zero means none */
}

/* Both checksums count the addresses: they are summed up once. */
static void
write_ipv4(struct rte_mbuf *m, struct rte_udp_hdr *udp, const struct flow_address *from,
	   const struct flow_address *to)
{
	uint16_t length = (uint16_t)m->pkt_len;
	struct rte_ipv4_hdr ip = {
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16((uint16_t)(length + sizeof(ip))),
		.packet_id = (uint16_t)rte_rand(),
		.time_to_live = HOP_LIMIT,
		.next_proto_id = IPPROTO_UDP,
	};
	uint64_t addresses;
	uint32_t word[3];

	memcpy(&ip.src_addr, from->ip, 4);
	memcpy(&ip.dst_addr, to->ip, 4);
	addresses = (uint64_t)ip.src_addr + ip.dst_addr;
	memcpy(word, &ip, sizeof(word));
	ip.hdr_checksum = checksum(addresses + word[0] + word[1] + word[2]);
	udp->dgram_cksum = udp_checksum(addresses + RTE_BE16(IPPROTO_UDP) + udp->dgram_len +
					sum_of(udp, length));
	memcpy(push(m, sizeof(ip)), &ip, sizeof(ip));
	m->l3_len = sizeof(ip);
}

static void
write_ipv6(struct rte_mbuf *m, struct rte_udp_hdr *udp, const struct flow_address *from,
	   const struct flow_address *to)
{
	uint16_t length = (uint16_t)m->pkt_len;
	struct rte_ipv6_hdr *ip = push(m, sizeof(*ip));

	memset(ip, 0, sizeof(*ip));
	ip->vtc_flow = RTE_BE32(0x60000000);
	ip->payload_len = rte_cpu_to_be_16(length);
	ip->proto = IPPROTO_UDP;
	ip->hop_limits = HOP_LIMIT;
	memcpy(&ip->src_addr, from->ip, 16);
	memcpy(&ip->dst_addr, to->ip, 16);
	udp->dgram_cksum = udp_checksum(sum_of(&ip->src_addr, 32) + RTE_BE16(IPPROTO_UDP) +
					udp->dgram_len + sum_of(udp, length));
	m->l3_len = sizeof(*ip);
}

void
datagram_write_headers(struct rte_mbuf *m, const struct flow_address *from,
		       const struct flow_address *to)
{
	struct rte_udp_hdr *udp = push(m, sizeof(*udp));

	udp->src_port = rte_cpu_to_be_16(from->port);
	udp->dst_port = rte_cpu_to_be_16(to->port);
	udp->dgram_len = rte_cpu_to_be_16((uint16_t)m->pkt_len);
	udp->dgram_cksum = 0;
	if (to->family == 4)
		write_ipv4(m, udp, from, to);
	else
		write_ipv6(m, udp, from, to);
}

/* IPv6 fragments follow the fragment header; the library wants its offset of the payload. */
static int
fragment_ipv6(struct via_engine *e, struct rte_mbuf *m, uint16_t mtu, struct rte_mbuf **out)
{
	/* the library wants the payload of all fragments but the last in units of 8 */
	uint16_t unit =
		(uint16_t)(((mtu - sizeof(struct rte_ipv6_hdr) -
			     sizeof(struct rte_ipv6_fragment_ext)) &
			    ~7u) +
			   sizeof(struct rte_ipv6_hdr) + sizeof(struct rte_ipv6_fragment_ext));

	return rte_ipv6_fragment_packet(m, out, DATAGRAM_MAX_FRAGMENTS, unit, e->pool, e->pool);
}

unsigned int
datagram_fragment(struct via_engine *e, struct rte_mbuf *m, uint16_t mtu,
		  struct rte_mbuf *out[DATAGRAM_MAX_FRAGMENTS])
{
	bool ipv4 = *rte_pktmbuf_mtod(m, const uint8_t *) >> 4 == 4;
	int n;

	if (m->pkt_len <= mtu) {
		out[0] = m;
		return 1;
	}
	n = ipv4 ? rte_ipv4_fragment_packet(m, out, DATAGRAM_MAX_FRAGMENTS,
					    (uint16_t)(((mtu - 20) & ~7) + 20), e->pool, e->pool)
		 : fragment_ipv6(e, m, mtu, out);
	rte_pktmbuf_free(m);
	for (int i = 0; i < n; i++) {
		/* not every port sends chains; where it does not fit, those that do get one */
		rte_pktmbuf_linearize(out[i]);
		if (ipv4) {
			struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(out[i], struct rte_ipv4_hdr *);

			ip->hdr_checksum = 0;
			ip->hdr_checksum = rte_ipv4_cksum(ip);
		}
	}
	return n > 0 ? (unsigned int)n : 0;
}
