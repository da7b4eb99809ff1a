/* SPDX-License-Identifier: BSD-3-Clause */
#include "stun/stun.h"

enum {
	HEADER = 20,
	BINDING_REQUEST = 0x0001,
	BINDING_RESPONSE = 0x0101,
	BINDING_ERROR = 0x0111,
	MAPPED_ADDRESS = 0x0001,
	CHANGE_REQUEST = 0x0003,
	SOURCE_ADDRESS = 0x0004,
	ERROR_CODE = 0x0009,
	UNKNOWN_ATTRIBUTES = 0x000a,
	XOR_MAPPED_ADDRESS = 0x0020,
	OPTIONAL = 0x8000, /* attributes from here on may be ignored */
	MAX_UNKNOWN = 4,
};

static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

/* Attributes of RFC 5389 and RFC 3489 that a Binding request may carry and that change nothing. */
static const uint16_t understood[] = { 0x0001, 0x0002, 0x0006, 0x0007,
				       0x0008, 0x0014, 0x0015, 0x0020 };

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint8_t *
put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static bool
is_understood(uint16_t type)
{
	for (size_t i = 0; i < sizeof(understood) / sizeof(understood[0]); i++)
		if (understood[i] == type)
			return true;
	return false;
}

/* An address attribute; `mask`, if any, is the 16 octets that it is xored with. */
static uint8_t *
put_address(uint8_t *p, unsigned int type, const struct flow_address *a, const uint8_t *mask)
{
	size_t n = flow_ip_size(a->family);

	p = put16(p, type);
	p = put16(p, (unsigned int)(4 + n));
	p = put16(p, a->family == 4 ? 1 : 2);
	p = put16(p, mask != NULL ? a->port ^ (unsigned int)get16(mask) : a->port);
	for (size_t i = 0; i < n; i++)
		*p++ = (uint8_t)(mask != NULL ? a->ip[i] ^ mask[i] : a->ip[i]);
	return p;
}

/* Type, length and transaction id in front of what was written up to `end`. */
static size_t
finish(uint8_t *out, const uint8_t *in, unsigned int type, const uint8_t *end)
{
	size_t len = (size_t)(end - out);

	put16(out, type);
	put16(out + 2, (unsigned int)(len - HEADER));
	memcpy(out + 4, in + 4, 16);
	return len;
}

/* 420 with the attributes that are not understood (RFC 5389 §7.3.1, RFC 3489 §8.2). */
static size_t
refuse(const uint8_t *in, uint16_t *unknown, unsigned int count, bool rfc3489, uint8_t *out)
{
	static const char reason[] = "Unknown Attribute";
	uint8_t *p = out + HEADER;
	unsigned int text = sizeof(reason) - 1, padded = (text + 3) & ~3u;

	/* RFC 3489 §11.2.9, §11.2.10: no padding outside a value; spaces, and one type twice */
	if (rfc3489 && count % 2 != 0) {
		unknown[count] = unknown[count - 1];
		count++;
	}
	p = put16(p, ERROR_CODE);
	p = put16(p, 4 + (rfc3489 ? padded : text));
	p = put16(p, 0);
	*p++ = 4;
	*p++ = 20;
	memcpy(p, reason, text);
	memset(p + text, rfc3489 ? ' ' : 0, padded - text);
	p += padded;
	p = put16(p, UNKNOWN_ATTRIBUTES);
	p = put16(p, 2 * count);
	for (unsigned int i = 0; i < count && i < MAX_UNKNOWN; i++)
		p = put16(p, unknown[i]);
	if (count % 2 != 0)
		p = put16(p, 0);
	return finish(out, in, BINDING_ERROR, p);
}

/* Walk the attributes. False when a length lies. */
static bool
find_unknown(const uint8_t *in, size_t len, bool rfc3489, uint16_t *unknown, unsigned int *count)
{
	const uint8_t *p = in + HEADER, *end = in + len;

	*count = 0;
	while (end - p >= 4) {
		uint16_t type = get16(p), size = get16(p + 2);
		size_t padded = ((size_t)size + 3) & ~(size_t)3;

		if (padded > (size_t)(end - p - 4))
			return false;
		/* CHANGE-REQUEST without a flag set asks for nothing */
		if (type == CHANGE_REQUEST && rfc3489 && size == 4 && (p[7] & 6) == 0)
			type = OPTIONAL;
		if (type < OPTIONAL && !is_understood(type) && *count < MAX_UNKNOWN)
			unknown[(*count)++] = type;
		p += 4 + padded;
	}
	return p == end;
}

size_t
stun_answer(const uint8_t *in, size_t len, const struct flow_address *local,
	    const struct flow_address *remote, uint8_t out[STUN_ANSWER_MAX])
{
	bool rfc3489 = len >= HEADER && memcmp(in + 4, cookie, sizeof(cookie)) != 0;
	uint16_t unknown[MAX_UNKNOWN];
	uint8_t *p = out + HEADER;
	unsigned int count;

	if (len < HEADER || get16(in) != BINDING_REQUEST || len % 4 != 0 ||
	    get16(in + 2) != len - HEADER || !flow_ip_is_unicast(remote) || remote->port == 0)
		return 0;
	if (!find_unknown(in, len, rfc3489, unknown, &count))
		return 0;
	if (count > 0)
		return refuse(in, unknown, count, rfc3489, out);
	if (rfc3489) {
		p = put_address(p, MAPPED_ADDRESS, remote, NULL);
		if (local->family == 4)
			p = put_address(p, SOURCE_ADDRESS, local, NULL);
	} else {
		p = put_address(p, XOR_MAPPED_ADDRESS, remote, in + 4);
	}
	return finish(out, in, BINDING_RESPONSE, p);
}
