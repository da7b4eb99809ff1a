/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/icmp_quote.h"

enum {
	ICMP = 1,
	UDP = 17,
	FRAGMENT = 44,
	ICMPV6 = 58,
	UNREACHABLE_4 = 3,
	UNREACHABLE_6 = 1,
	IPV4 = 20, /* octets of headers */
	IPV6 = 40,
	ICMP_HEADER = 8,
	FRAGMENT_HEADER = 8,
	UDP_HEADER = 8,
};

/* Codes by their bits: all that end a flow, and those that are about the port alone. */
enum {
	CODES_4 = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 10 | 1 << 13,
	PORT_4 = 1 << 2 | 1 << 3,
	CODES_6 = 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6,
	PORT_6 = 1 << 4,
};

/* Octets that are still to be read. */
struct octets {
	const uint8_t *p;
	size_t len;
};

static unsigned int
get16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static struct octets
behind(struct octets o, size_t n)
{
	return (struct octets){ o.p + n, o.len - n };
}

static bool
has_bit(unsigned int bits, uint8_t code)
{
	return code < 16 && (bits >> code & 1) != 0;
}

static uint32_t
sum16(uint32_t sum, struct octets o)
{
	for (size_t i = 0; i + 1 < o.len; i += 2)
		sum += get16(o.p + i);
	if (o.len % 2 != 0)
		sum += (uint32_t)o.p[o.len - 1] << 8;
	return sum;
}

/* RFC 1071: all of it, the checksum included, comes to nothing. */
static bool
sum_is_right(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static uint32_t
flow_label(const uint8_t *ip)
{
	return (ip[1] & UINT32_C(15)) << 16 | get16(ip + 2);
}

static void
set_address(struct flow_address *a, const uint8_t *ip, uint8_t family, const uint8_t *port)
{
	*a = (struct flow_address){ .family = family, .port = (uint16_t)get16(port) };
	memcpy(a->ip, ip, flow_ip_size(family));
}

/* The UDP header behind a quoted IP header whose addresses are at `source`. */
static enum icmp_quote_result
read_udp(struct octets udp, const uint8_t *source, uint8_t family, struct icmp_quote *out)
{
	struct icmp_quote q = *out;

	if (udp.len < UDP_HEADER || get16(udp.p + 4) < UDP_HEADER)
		return ICMP_QUOTE_BAD;
	q.flow.transport = FLOW_UDP;
	set_address(&q.flow.local, source, family, udp.p);
	set_address(&q.flow.remote, source + flow_ip_size(family), family, udp.p + 2);
	q.length = (uint16_t)get16(udp.p + 4);
	q.checksum = (uint16_t)get16(udp.p + 6);
	*out = q;
	return ICMP_QUOTE_OK;
}

/* ---- RFC 792 ---- */

/* `to`: where the error was sent. */
static enum icmp_quote_result
read_quoted_ipv4(struct octets in, const uint8_t *to, struct icmp_quote *out)
{
	if (in.len < IPV4 || in.p[0] >> 4 != 4)
		return ICMP_QUOTE_BAD;
	if (in.p[9] != UDP)
		return ICMP_QUOTE_NONE;
	if (in.p[0] != 0x45 || (get16(in.p + 6) & 0x1fff) != 0 || memcmp(in.p + 12, to, 4) != 0)
		return ICMP_QUOTE_BAD;
	out->mark = get16(in.p + 4);
	return read_udp(behind(in, IPV4), in.p + 12, 4, out);
}

static enum icmp_quote_result
read_ipv4(struct octets in, struct icmp_quote *out)
{
	size_t header = (size_t)(in.p[0] & 15) * 4, total;
	struct octets icmp;

	if (in.len < IPV4 || header < IPV4 || in.p[9] != ICMP)
		return ICMP_QUOTE_NONE;
	total = get16(in.p + 2);
	/* the pieces of a fragmented error are not put together */
	if (total > in.len || total < header + ICMP_HEADER || (get16(in.p + 6) & 0x3fff) != 0)
		return ICMP_QUOTE_NONE;
	icmp = (struct octets){ in.p + header, total - header };
	if (icmp.p[0] != UNREACHABLE_4 || !has_bit(CODES_4, icmp.p[1]))
		return ICMP_QUOTE_NONE;
	if (!sum_is_right(sum16(0, icmp)))
		return ICMP_QUOTE_BAD;
	out->host = !has_bit(PORT_4, icmp.p[1]);
	return read_quoted_ipv4(behind(icmp, ICMP_HEADER), in.p + 16, out);
}

/* ---- RFC 4443 ---- */

static enum icmp_quote_result
read_quoted_ipv6(struct octets in, const uint8_t *to, struct icmp_quote *out)
{
	struct octets udp;
	uint8_t next;

	if (in.len < IPV6 || in.p[0] >> 4 != 6)
		return ICMP_QUOTE_BAD;
	next = in.p[6];
	udp = behind(in, IPV6);
	if (next == FRAGMENT) {
		if (udp.len < FRAGMENT_HEADER || (get16(udp.p + 2) & 0xfff8) != 0)
			return ICMP_QUOTE_BAD;
		next = udp.p[0];
		udp = behind(udp, FRAGMENT_HEADER);
	}
	if (next != UDP)
		return ICMP_QUOTE_NONE;
	if (memcmp(in.p + 8, to, 16) != 0)
		return ICMP_QUOTE_BAD;
	out->mark = flow_label(in.p);
	return read_udp(udp, in.p + 8, 6, out);
}

static enum icmp_quote_result
read_ipv6(struct octets in, struct icmp_quote *out)
{
	struct octets icmp;
	uint32_t sum;

	if (in.len < IPV6 || in.p[6] != ICMPV6)
		return ICMP_QUOTE_NONE;
	icmp = (struct octets){ in.p + IPV6, get16(in.p + 4) };
	if (icmp.len > in.len - IPV6 || icmp.len < ICMP_HEADER || icmp.p[0] != UNREACHABLE_6 ||
	    !has_bit(CODES_6, icmp.p[1]))
		return ICMP_QUOTE_NONE;
	/* with the pseudo header of RFC 8200 §8.1 */
	sum = sum16((uint32_t)icmp.len + ICMPV6, (struct octets){ in.p + 8, 32 });
	if (!sum_is_right(sum16(sum, icmp)))
		return ICMP_QUOTE_BAD;
	out->host = !has_bit(PORT_6, icmp.p[1]);
	return read_quoted_ipv6(behind(icmp, ICMP_HEADER), in.p + 24, out);
}

enum icmp_quote_result
icmp_quote_read(const uint8_t *packet, size_t len, struct icmp_quote *out)
{
	struct octets in = { packet, len };
	struct icmp_quote quote = { .mark = 0 };
	enum icmp_quote_result result = ICMP_QUOTE_NONE;

	if (len > 0 && packet[0] >> 4 == 4)
		result = read_ipv4(in, &quote);
	else if (len > 0 && packet[0] >> 4 == 6)
		result = read_ipv6(in, &quote);
	if (result == ICMP_QUOTE_OK)
		*out = quote;
	return result;
}
