/* SPDX-License-Identifier: BSD-3-Clause */
#include "stun/stun.h"

#include "stun/fingerprint.h"

enum {
	HEADER = 20,
	BINDING_REQUEST = 0x0001,
	BINDING_INDICATION = 0x0011,
	BINDING_RESPONSE = 0x0101,
	BINDING_ERROR = 0x0111,
	MAPPED_ADDRESS = 0x0001,
	CHANGE_REQUEST = 0x0003,
	SOURCE_ADDRESS = 0x0004,
	MESSAGE_INTEGRITY = 0x0008,
	ERROR_CODE = 0x0009,
	UNKNOWN_ATTRIBUTES = 0x000a,
	MESSAGE_INTEGRITY_SHA256 = 0x001c,
	XOR_MAPPED_ADDRESS = 0x0020,
	OPTIONAL = 0x8000, /* attributes from here on may be ignored */
	FINGERPRINT = 0x8028,
	MAX_UNKNOWN = 4,
};

static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

/*
 * Attributes of RFC 8489 and RFC 3489 that a Binding request may carry and that change nothing:
 * credentials among them, of which a server without authentication has no use.
 */
static const uint16_t understood[] = { 0x0001, 0x0002, 0x0006, 0x0007, 0x0008, 0x0014,
				       0x0015, 0x001c, 0x001d, 0x001e, 0x0020 };

/* What one request says. */
struct request {
	const uint8_t *bytes;
	size_t len;
	uint16_t unknown[MAX_UNKNOWN];
	unsigned int unknown_count;
	bool rfc3489;     /* no magic cookie */
	bool fingerprint; /* and it is right */
};

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

/* Type, length and transaction id in front of what was written up to `p`, FINGERPRINT behind. */
static size_t
finish(uint8_t *out, const struct request *r, unsigned int type, uint8_t *p)
{
	size_t len = (size_t)(p - out) + (r->fingerprint ? STUN_FINGERPRINT_SIZE : 0);
	uint32_t crc;

	put16(out, type);
	put16(out + 2, (unsigned int)(len - HEADER));
	memcpy(out + 4, r->bytes + 4, 16);
	if (!r->fingerprint)
		return len;
	crc = stun_fingerprint(out, (size_t)(p - out));
	p = put16(p, FINGERPRINT);
	p = put16(p, 4);
	p = put16(p, crc >> 16);
	put16(p, crc);
	return len;
}

/* 420 with the attributes that are not understood (RFC 5389 §7.3.1, RFC 3489 §8.2). */
static size_t
refuse(struct request *r, uint8_t *out)
{
	static const char reason[] = "Unknown Attribute";
	uint8_t *p = out + HEADER;
	unsigned int text = sizeof(reason) - 1, padded = (text + 3) & ~3u;
	unsigned int count = r->unknown_count;

	/* RFC 3489 §11.2.9, §11.2.10: no padding outside a value; spaces, and one type twice */
	if (r->rfc3489 && count % 2 != 0) {
		r->unknown[count] = r->unknown[count - 1];
		count++;
	}
	p = put16(p, ERROR_CODE);
	p = put16(p, 4 + (r->rfc3489 ? padded : text));
	p = put16(p, 0);
	*p++ = 4;
	*p++ = 20;
	memcpy(p, reason, text);
	memset(p + text, r->rfc3489 ? ' ' : 0, padded - text);
	p += padded;
	p = put16(p, UNKNOWN_ATTRIBUTES);
	p = put16(p, 2 * count);
	for (unsigned int i = 0; i < count && i < MAX_UNKNOWN; i++)
		p = put16(p, r->unknown[i]);
	if (count % 2 != 0)
		p = put16(p, 0);
	return finish(out, r, BINDING_ERROR, p);
}

/* The attribute at `p`, of `size` octets of value, is the last one and right (RFC 5389 §15.5). */
static bool
check_fingerprint(struct request *r, const uint8_t *p, uint16_t size)
{
	uint32_t value;

	if (size != 4 || p + STUN_FINGERPRINT_SIZE != r->bytes + r->len)
		return false;
	value = (uint32_t)get16(p + 4) << 16 | get16(p + 6);
	r->fingerprint = stun_fingerprint(r->bytes, (size_t)(p - r->bytes)) == value;
	return r->fingerprint;
}

/* One attribute, which lies within the message. `sealed`: it follows MESSAGE-INTEGRITY. */
static bool
read_attribute(struct request *r, const uint8_t *p, bool sealed)
{
	uint16_t type = get16(p), size = get16(p + 2);

	if (type == FINGERPRINT && !r->rfc3489)
		return check_fingerprint(r, p, size);
	/* CHANGE-REQUEST without a flag set asks for nothing */
	if (type == CHANGE_REQUEST && r->rfc3489 && size == 4 && (p[7] & 6) == 0)
		return true;
	if (type < OPTIONAL && !sealed && !is_understood(type) && r->unknown_count < MAX_UNKNOWN)
		r->unknown[r->unknown_count++] = type;
	return true;
}

/* Walk the attributes. False when a length lies, or FINGERPRINT is not right. */
static bool
read_attributes(struct request *r)
{
	const uint8_t *p = r->bytes + HEADER, *end = r->bytes + r->len;
	bool sealed = false;

	while (end - p >= 4) {
		uint16_t type = get16(p), size = get16(p + 2);
		size_t padded = ((size_t)size + 3) & ~(size_t)3;

		if (padded > (size_t)(end - p - 4) || !read_attribute(r, p, sealed))
			return false;
		/* RFC 5389 §15.4: nothing behind it counts, FINGERPRINT excepted */
		sealed |= type == MESSAGE_INTEGRITY || type == MESSAGE_INTEGRITY_SHA256;
		p += 4 + padded;
	}
	return p == end;
}

size_t
stun_answer(const uint8_t *in, size_t len, const struct flow_address *local,
	    const struct flow_address *remote, uint8_t out[STUN_ANSWER_MAX])
{
	struct request r = { .bytes = in, .len = len };
	uint8_t *p = out + HEADER;

	if (len < HEADER || get16(in) != BINDING_REQUEST || len % 4 != 0 ||
	    get16(in + 2) != len - HEADER || !flow_ip_is_unicast(remote) || remote->port == 0)
		return 0;
	r.rfc3489 = memcmp(in + 4, cookie, sizeof(cookie)) != 0;
	if (!read_attributes(&r))
		return 0;
	if (r.unknown_count > 0)
		return refuse(&r, out);
	if (r.rfc3489) {
		p = put_address(p, MAPPED_ADDRESS, remote, NULL);
		if (local->family == 4)
			p = put_address(p, SOURCE_ADDRESS, local, NULL);
	} else {
		p = put_address(p, XOR_MAPPED_ADDRESS, remote, in + 4);
	}
	return finish(out, &r, BINDING_RESPONSE, p);
}

bool
stun_is_indication(const uint8_t *in, size_t len)
{
	return len >= HEADER && get16(in) == BINDING_INDICATION && len % 4 == 0 &&
	       get16(in + 2) == len - HEADER && memcmp(in + 4, cookie, sizeof(cookie)) == 0;
}
