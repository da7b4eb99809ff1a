/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames for the bench, octet by octet: built, taken apart, and the messages in them read. */
#include "rig_internal.h"

#include <ctype.h>
#include <netinet/in.h>

#include <rte_common.h>

/* ---- frames in ---- */

struct flow_address
rig_address(const char *text)
{
	struct slice host, all = slice_str(text);
	struct flow_address a;
	uint16_t port;

	if (!sip_hostport_decode(all, &host, &port) || !flow_ip_decode(host, &a))
		fail_msg("not an address: %s", text);
	a.port = port;
	return a;
}

static uint32_t
sum16(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (n % 2 != 0)
		sum += (uint32_t)(p[n - 1] << 8);
	return sum;
}

static uint16_t
fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Of UDP header and payload with the pseudo header; 0 when a checksum that is in it is right. */
static uint16_t
udp_checksum(const struct flow_address *from, const struct flow_address *to, const uint8_t *udp,
	     size_t n)
{
	size_t ip = flow_ip_size(from->family);
	uint32_t sum = sum16(0, from->ip, ip);

	sum = sum16(sum, to->ip, ip);
	return fold(sum16(sum + IPPROTO_UDP + (uint32_t)n, udp, n));
}

static void
put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static size_t
write_udp(uint8_t *p, const struct rig_frame *f, struct slice sip, const struct flow_address *from,
	  const struct flow_address *to)
{
	size_t n = 8 + sip.len;
	uint16_t sum;

	put16(p, from->port);
	put16(p + 2, to->port);
	put16(p + 4, (unsigned int)((int)n + f->udp_length_more));
	put16(p + 6, 0);
	memcpy(p + 8, sip.ptr, sip.len);
	sum = udp_checksum(from, to, p, n);
	if (!f->no_checksum)
		put16(p + 6, (sum == 0 ? 0xffffu : sum) ^ (f->bad_checksum ? 0x5555u : 0u));
	return n;
}

/* The IP header for `n` octets of payload, at most 48 octets. Returns its length. */
static size_t
write_ip(uint8_t *p, const struct rig_frame *f, size_t n, size_t whole,
	 const struct flow_address *from, const struct flow_address *to)
{
	bool more = f->fragment_octets != 0 && f->fragment_from + n < whole;

	memset(p, 0, 48);
	if (from->family == 4) {
		p[0] = 0x45;
		put16(p + 2, (unsigned int)(20 + n));
		put16(p + 4, f->fragment_id);
		put16(p + 6, f->fragment_from / 8u | (more ? 0x2000u : 0u));
		p[8] = 64;
		p[9] = IPPROTO_UDP;
		memcpy(p + 12, from->ip, 4);
		memcpy(p + 16, to->ip, 4);
		put16(p + 10, fold(sum16(0, p, 20)));
		return 20;
	}
	p[0] = 0x60;
	put16(p + 4, (unsigned int)(n + (f->fragment_octets != 0 ? 8 : 0)));
	p[6] = f->fragment_octets != 0 ? IPPROTO_FRAGMENT : IPPROTO_UDP;
	p[7] = 64;
	memcpy(p + 8, from->ip, 16);
	memcpy(p + 24, to->ip, 16);
	if (f->fragment_octets == 0)
		return 40;
	p[40] = IPPROTO_UDP;
	put16(p + 42, f->fragment_from | (more ? 1u : 0u));
	put16(p + 46, f->fragment_id);
	return 48;
}

size_t
rig_build_frame(uint8_t *out, const struct rig_frame *f, struct slice sip,
		const struct flow_address *from, const struct flow_address *to, uint8_t port)
{
	static uint8_t udp[RIG_LARGEST + 64];
	size_t whole = write_udp(udp, f, sip, from, to), n = whole, at = 14;

	if (f->fragment_octets != 0)
		n = RTE_MIN(f->fragment_octets, whole - f->fragment_from);
	memcpy(out, (uint8_t[]){ 2, 0, 0, 0, port, f->other_mac ? 7 : 1 }, 6);
	memcpy(out + 6, (uint8_t[]){ 2, 0, 0, 0, port, 99 }, 6);
	put16(out + 12, from->family == 4 ? 0x0800 : 0x86dd);
	at += write_ip(out + at, f, n, whole, from, to);
	memcpy(out + at, udp + f->fragment_from, n);
	memset(out + at + n, 0xee, f->padding);
	return at + n + f->padding;
}

/* ---- datagrams out ---- */

static unsigned int
get16(const uint8_t *p)
{
	return (unsigned int)(p[0] << 8 | p[1]);
}

void
rig_read_packet(const struct rig_caught *c, struct rig_packet *p)
{
	const uint8_t *ip = c->octets + 14;

	memset(p, 0, sizeof(*p));
	assert_int_equal(c->octets[5], 99); /* a neighbour's MAC, and our own */
	assert_int_equal(c->octets[11], 1);
	assert_int_equal(c->octets[3], get16(c->octets + 12) == 0x0800 ? 4 : 6);
	assert_int_equal(c->octets[4], c->port);
	if (get16(c->octets + 12) == 0x0800) {
		assert_int_equal(fold(sum16(0, ip, 20)), 0);
		assert_int_equal(get16(ip + 2), c->len - 14);
		p->from.family = p->to.family = 4;
		memcpy(p->from.ip, ip + 12, 4);
		memcpy(p->to.ip, ip + 16, 4);
		p->id = p->mark = get16(ip + 4);
		p->offset = (get16(ip + 6) & 0x1fff) * 8;
		p->more = (get16(ip + 6) & 0x2000) != 0;
		p->fragment = p->more || p->offset != 0;
		p->payload = ip + 20;
		p->len = c->len - 34;
		return;
	}
	assert_int_equal(get16(ip + 4), c->len - 54);
	p->from.family = p->to.family = 6;
	p->mark = (ip[1] & 15u) << 16 | get16(ip + 2);
	memcpy(p->from.ip, ip + 8, 16);
	memcpy(p->to.ip, ip + 24, 16);
	p->fragment = ip[6] == IPPROTO_FRAGMENT;
	p->payload = ip + 40 + (p->fragment ? 8 : 0);
	p->len = c->len - 54 - (p->fragment ? 8 : 0);
	if (p->fragment) {
		p->offset = get16(ip + 42) & 0xfff8;
		p->more = (ip[43] & 1) != 0;
		p->id = get16(ip + 44) << 16 | get16(ip + 46);
	}
}

void
rig_finish_datagram(struct rig_datagram *d, char *udp, size_t n)
{
	const uint8_t *u = (const uint8_t *)udp;

	assert_int_equal(get16(u + 4), n);
	assert_int_not_equal(get16(u + 6), 0);
	assert_int_equal(udp_checksum(&d->from, &d->to, u, n), 0);
	d->length = (uint16_t)get16(u + 4);
	d->checksum = (uint16_t)get16(u + 6);
	d->from.port = (uint16_t)get16(u);
	d->to.port = (uint16_t)get16(u + 2);
	d->sip = slice_of(udp + 8, n - 8);
}

/* ---- reading messages ---- */

static bool
is_token(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_';
}

bool
rig_matches(struct slice text, struct slice want)
{
	while (want.len > 0) {
		if (*want.ptr == *ANY) {
			size_t n = 0;

			while (n < text.len && is_token(text.ptr[n]))
				n++;
			if (n == 0)
				return false;
			text = slice_of(text.ptr + n, text.len - n);
		} else if (text.len == 0 || *text.ptr != *want.ptr) {
			return false;
		} else {
			text = slice_of(text.ptr + 1, text.len - 1);
		}
		want = slice_of(want.ptr + 1, want.len - 1);
	}
	return text.len == 0;
}

const char *
rig_header(struct slice sip, const char *name)
{
	static char out[2][16384];
	static unsigned int next;
	char *to = out[next++ % 2];
	size_t len = strlen(name), n = 0;
	const char *p = sip.ptr, *end = slice_end(sip), *eol;

	for (; p < end && (eol = memmem(p, (size_t)(end - p), "\r\n", 2)) != NULL && eol != p;
	     p = eol + 2) {
		if ((size_t)(eol - p) < len + 2 || strncasecmp(p, name, len) != 0 || p[len] != ':')
			continue;
		p += len + 1;
		while (p < eol && *p == ' ')
			p++;
		n += (size_t)snprintf(to + n, sizeof(out[0]) - n, "%s%.*s", n > 0 ? ", " : "",
				      (int)(eol - p), p);
	}
	to[n] = '\0';
	return to;
}

const char *
rig_first_line(struct slice sip)
{
	static char line[1024];
	const char *eol = memmem(sip.ptr, sip.len, "\r\n", 2);

	snprintf(line, sizeof(line), "%.*s", eol != NULL ? (int)(eol - sip.ptr) : 0, sip.ptr);
	return line;
}
