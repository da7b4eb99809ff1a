/* SPDX-License-Identifier: BSD-3-Clause */
/** ICMP errors octet by octet, right or wrong in one way, for the reader and for the engine. */
#ifndef TESTS_LIB_FLOW_ICMP_H
#define TESTS_LIB_FLOW_ICMP_H

#include "flow/address.h"
#include "lib/sip/support.h"

enum { ICMP_PACKET_MAX = 512 };

/** How an error about a datagram is built; all zero but `flow`, `length`, `checksum`: as it should
 * be, port unreachable. */
struct icmp_packet {
	struct flow flow;          /* of the datagram: local sent it */
	uint16_t length, checksum; /* of the datagram's UDP header */
	uint32_t mark;             /* its identification, or flow label */
	uint8_t type, code;        /* 0: port unreachable; code 255: code 0 */
	uint8_t protocol;          /* of the packet; 0: ICMP */
	uint8_t quoted_protocol;   /* 0: UDP */
	unsigned int options;      /* octets of options behind the IPv4 header */
	unsigned int quoted_options;
	bool fragment;                 /* the datagram was sent in fragments: the first is quoted */
	bool later_fragment;           /* and so, but a later one is quoted */
	bool is_fragment;              /* the error itself is one (IPv4) */
	bool bad_checksum;             /* of ICMP */
	const struct flow_address *to; /* not to the sender of the datagram */
	const struct flow_address *by; /* who sends the error; NULL: the other side */
	unsigned int quoted;           /* octets of the datagram behind its UDP header */
	unsigned int cut;     /* octets missing at the end, lengths as if it were made so */
	unsigned int missing; /* octets missing at the end, lengths as if they were there */
};

static inline void
icmp_put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline uint32_t
icmp_sum(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	return sum;
}

static inline uint16_t
icmp_fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/** An IP header for `n` octets behind it. Returns its length. */
static inline size_t
icmp_put_ip(uint8_t *p, uint8_t protocol, const struct flow_address *from,
	    const struct flow_address *to, unsigned int options, size_t n)
{
	if (from->family == 4) {
		size_t header = 20 + options;

		memset(p, 0, header);
		memset(p + 20, 1, options); /* no operation */
		p[0] = (uint8_t)(0x40 | header / 4);
		icmp_put16(p + 2, (unsigned int)(header + n));
		p[8] = 64;
		p[9] = protocol;
		memcpy(p + 12, from->ip, 4);
		memcpy(p + 16, to->ip, 4);
		icmp_put16(p + 10, icmp_fold(icmp_sum(0, p, header)));
		return header;
	}
	memset(p, 0, 40);
	p[0] = 0x60;
	icmp_put16(p + 4, (unsigned int)n);
	p[6] = protocol;
	p[7] = 64;
	memcpy(p + 8, from->ip, 16);
	memcpy(p + 24, to->ip, 16);
	return 40;
}

/** What is quoted. Returns its length. */
static inline size_t
icmp_put_quote(uint8_t *p, const struct icmp_packet *f)
{
	const uint8_t mark[3] = { (uint8_t)(f->mark >> 16), (uint8_t)(f->mark >> 8),
				  (uint8_t)f->mark };
	bool six = f->flow.local.family == 6, piece = f->fragment || f->later_fragment;
	uint8_t protocol = f->quoted_protocol != 0 ? f->quoted_protocol : 17;
	uint8_t *udp = p + icmp_put_ip(p, six && piece ? 44 : protocol, &f->flow.local,
				       &f->flow.remote, f->quoted_options, f->length);

	if (six)
		memcpy(p + 1, mark, 3);
	else
		memcpy(p + 4, mark + 1, 2);
	if (piece && !six) {
		icmp_put16(p + 6, f->later_fragment ? 185 : 0x2000);
	} else if (piece) {
		memset(udp, 0, 8);
		udp[0] = protocol;
		icmp_put16(udp + 2, f->later_fragment ? 1448 : 1);
		udp += 8;
	}
	icmp_put16(udp, f->flow.local.port);
	icmp_put16(udp + 2, f->flow.remote.port);
	icmp_put16(udp + 4, f->length);
	icmp_put16(udp + 6, f->checksum);
	memset(udp + 8, 'q', f->quoted);
	return (size_t)(udp + 8 + f->quoted - p) - f->cut;
}

/** Build the packet, from the IP header on. Returns its length. */
static inline size_t
icmp_build(uint8_t out[ICMP_PACKET_MAX], const struct icmp_packet *f)
{
	bool six = f->flow.local.family == 6;
	const struct flow_address *from = f->by != NULL ? f->by : &f->flow.remote;
	const struct flow_address *to = f->to != NULL ? f->to : &f->flow.local;
	uint8_t protocol = f->protocol != 0 ? f->protocol : six ? 58 : 1;
	uint8_t icmp[ICMP_PACKET_MAX] = { 0 };
	size_t n = 8 + icmp_put_quote(icmp + 8, f), header;
	uint32_t sum;

	icmp[0] = f->type != 0 ? f->type : six ? 1 : 3;
	icmp[1] = f->code == 255 ? 0 : f->code != 0 ? f->code : six ? 4 : 3;
	sum = six ? icmp_sum(icmp_sum((uint32_t)n + 58, from->ip, 16), to->ip, 16) : 0;
	icmp_put16(icmp + 2, icmp_fold(icmp_sum(sum, icmp, n)) ^ (f->bad_checksum ? 0x55u : 0u));
	header = icmp_put_ip(out, protocol, from, to, f->options, n);
	if (f->is_fragment)
		icmp_put16(out + 6, 0x2000);
	memcpy(out + header, icmp, n);
	return header + n - f->missing;
}

#endif
