/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow/address.h"

#include <arpa/inet.h>
#include <endian.h>

#include "sip/writer.h"

/* Four decimal numbers without leading zeros but for "0" itself. */
static bool
ipv4_decode(struct slice text, uint8_t ip[4])
{
	const char *p = text.ptr, *end = slice_end(text);

	for (int i = 0; i < 4; i++) {
		unsigned int v = 0;
		const char *begin = p;

		while (p < end && *p >= '0' && *p <= '9' && p - begin < 4)
			v = v * 10 + (unsigned int)(*p++ - '0');
		if (p == begin || v > 255 || (p - begin > 1 && *begin == '0'))
			return false;
		ip[i] = (uint8_t)v;
		if (i < 3 && (p == end || *p++ != '.'))
			return false;
	}
	return p == end;
}

bool
flow_ip_decode(struct slice text, struct flow_address *out)
{
	char copy[FLOW_IP_TEXT_MAX];

	memset(out, 0, sizeof(*out));
	if (text.len == 0)
		return false;
	if (ipv4_decode(text, out->ip)) {
		out->family = 4;
		return true;
	}
	memset(out->ip, 0, sizeof(out->ip));
	if (text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
		text = slice_of(text.ptr + 1, text.len - 2);
	if (text.len >= sizeof(copy) || memchr(text.ptr, ':', text.len) == NULL ||
	    memchr(text.ptr, '\0', text.len) != NULL)
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET6, copy, out->ip) != 1) {
		memset(out->ip, 0, sizeof(out->ip));
		return false;
	}
	out->family = 6;
	return true;
}

struct slice
flow_ip_text(const struct flow_address *a, char out[FLOW_IP_TEXT_MAX])
{
	struct sip_writer w;

	if (a->family == 6) {
		inet_ntop(AF_INET6, a->ip, out, FLOW_IP_TEXT_MAX);
		return slice_str(out);
	}
	sip_writer_init(&w, out, FLOW_IP_TEXT_MAX);
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			sip_put_char(&w, '.');
		sip_put_uint(&w, a->ip[i]);
	}
	return sip_written(&w);
}

struct slice
flow_address_text(const struct flow_address *a, char out[FLOW_ADDRESS_TEXT_MAX])
{
	char ip[FLOW_IP_TEXT_MAX];
	struct sip_writer w;

	sip_writer_init(&w, out, FLOW_ADDRESS_TEXT_MAX);
	if (a->family == 6)
		SIP_PUT(&w, "[");
	sip_put(&w, flow_ip_text(a, ip));
	if (a->family == 6)
		SIP_PUT(&w, "]");
	if (a->port != 0) {
		SIP_PUT(&w, ":");
		sip_put_uint(&w, a->port);
	}
	return sip_written(&w);
}

bool
flow_ip_in(const struct flow_address *a, const struct flow_address *prefix, unsigned int bits)
{
	unsigned int octets = bits / 8, rest = bits % 8;
	uint32_t x, y;

	if (a->family == 4 && prefix->family == 4 && bits <= 32) {
		memcpy(&x, a->ip, 4);
		memcpy(&y, prefix->ip, 4);
		return (uint64_t)be32toh(x ^ y) >> (32 - bits) == 0;
	}
	if (a->family != prefix->family || memcmp(a->ip, prefix->ip, octets) != 0)
		return false;
	return rest == 0 || (a->ip[octets] ^ prefix->ip[octets]) >> (8 - rest) == 0;
}

bool
flow_ip_is_unicast(const struct flow_address *a)
{
	static const uint8_t zero[16], mapped[2] = { 0xff, 0xff };

	if (a->family == 4)
		return a->ip[0] != 0 && a->ip[0] != 127 && a->ip[0] < 224;
	/* ::/96 holds ::, ::1 and addresses that stand for IPv4 ones; so does ::ffff:0:0/96 */
	return a->family == 6 && a->ip[0] != 0xff &&
	       (memcmp(a->ip, zero, 10) != 0 ||
		(memcmp(a->ip + 10, zero, 2) != 0 && memcmp(a->ip + 10, mapped, 2) != 0));
}
