/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * What two readers made of the same octets, held against each other. The octets may lie in two
 * places: what borrows from them is compared by its offset.
 *
 * The functions return the name of the first part that differs, or NULL.
 */
#ifndef TESTS_LIB_SIP_SAME_READING_H
#define TESTS_LIB_SIP_SAME_READING_H

#include "sip/isa.h"

/** One message as one reader took it: what a router needs of it, and all. */
struct reading {
	struct slice bytes;
	enum sip_fault indexed, routed, checked;
	struct sip_message msg;
	struct sip_fields routing, fields;
};

static inline void
reading_take(const struct sip_isa *isa, struct slice bytes, const struct sip_limits *limits,
	     struct reading *r)
{
	struct sip_limits routing = *limits;
	uint16_t len;

	routing.routing_only = true;
	r->bytes = bytes;
	r->indexed = isa->message_index(bytes, &r->msg);
	len = r->msg.len;
	r->routed = isa->message_check(&r->msg, r->indexed, &routing, &r->routing);
	r->msg.len = len;
	r->checked = isa->message_check(&r->msg, r->indexed, limits, &r->fields);
}

static inline bool
same_place(const char *p, struct slice p_from, const char *q, struct slice q_from)
{
	if (p == NULL || q == NULL)
		return p == q;
	return p - p_from.ptr == q - q_from.ptr;
}

static inline bool
same_slice(struct slice a, struct slice a_from, struct slice b, struct slice b_from)
{
	return a.len == b.len && same_place(a.ptr, a_from, b.ptr, b_from);
}

#define DIFFERS_UNLESS(same, part)                                                                 \
	do {                                                                                       \
		if (!(same))                                                                       \
			return part;                                                               \
	} while (0)
#define SAME_SLICE(part) DIFFERS_UNLESS(same_slice(a->part, a_from, b->part, b_from), #part)
#define SAME_NUMBER(part) DIFFERS_UNLESS(a->part == b->part, #part)
#define SAME_OCTETS(part, size) DIFFERS_UNLESS(memcmp(&a->part, &b->part, size) == 0, #part)

static inline const char *
via_differs(const struct sip_via *a, struct slice a_from, const struct sip_via *b,
	    struct slice b_from)
{
	SAME_SLICE(value);
	SAME_SLICE(transport);
	SAME_SLICE(host);
	SAME_SLICE(params);
	SAME_SLICE(branch);
	SAME_SLICE(received);
	SAME_SLICE(maddr);
	SAME_SLICE(rport);
	SAME_NUMBER(port);
	SAME_NUMBER(rport_end);
	SAME_NUMBER(has_rport);
	SAME_NUMBER(keep_end);
	SAME_NUMBER(has_keep);
	SAME_NUMBER(other_version);
	return NULL;
}

static inline const char *
uri_differs(const struct sip_uri *a, struct slice a_from, const struct sip_uri *b,
	    struct slice b_from)
{
	SAME_SLICE(text);
	SAME_NUMBER(scheme);
	SAME_SLICE(scheme_text);
	SAME_SLICE(user);
	SAME_SLICE(password);
	SAME_SLICE(host);
	SAME_SLICE(params);
	SAME_SLICE(headers);
	SAME_NUMBER(port);
	return NULL;
}

static inline const char *
address_differs(const struct sip_address *a, struct slice a_from, const struct sip_address *b,
		struct slice b_from)
{
	SAME_SLICE(display);
	SAME_SLICE(uri);
	SAME_SLICE(params);
	SAME_SLICE(tag);
	SAME_NUMBER(bracketed);
	return NULL;
}

/* Header entries that are in use are all compared; the others hold anything. */
static inline const char *
message_differs(const struct sip_message *a, struct slice a_from, const struct sip_message *b,
		struct slice b_from)
{
	DIFFERS_UNLESS(same_place(a->base, a_from, b->base, b_from), "base");
	SAME_NUMBER(len);
	SAME_NUMBER(headers_end);
	SAME_NUMBER(body_off);
	SAME_NUMBER(status);
	SAME_NUMBER(method);
	SAME_NUMBER(header_count);
	SAME_OCTETS(method_text, sizeof(a->method_text));
	SAME_OCTETS(uri, sizeof(a->uri));
	SAME_OCTETS(reason, sizeof(a->reason));
	SAME_NUMBER(headers_off);
	SAME_OCTETS(repeated, sizeof(a->repeated));
	SAME_OCTETS(first, sizeof(a->first));
	SAME_OCTETS(header, a->header_count * sizeof(a->header[0]));
	return NULL;
}

static inline const char *
fields_differ(const struct sip_fields *a, struct slice a_from, const struct sip_fields *b,
	      struct slice b_from)
{
	const char *part = via_differs(&a->via, a_from, &b->via, b_from);

	DIFFERS_UNLESS(part == NULL, part);
	SAME_NUMBER(via_count);
	SAME_SLICE(call_id);
	SAME_SLICE(from_tag);
	SAME_SLICE(to_tag);
	SAME_NUMBER(cseq);
	SAME_SLICE(cseq_method);
	SAME_NUMBER(max_forwards);
	SAME_NUMBER(max_breadth);
	return uri_differs(&a->uri, a_from, &b->uri, b_from);
}

static inline const char *
reading_differs(const struct reading *a, const struct reading *b)
{
	const char *part;

	SAME_NUMBER(indexed);
	SAME_NUMBER(routed);
	SAME_NUMBER(checked);
	part = message_differs(&a->msg, a->bytes, &b->msg, b->bytes);
	if (part == NULL)
		part = fields_differ(&a->routing, a->bytes, &b->routing, b->bytes);
	return part != NULL ? part : fields_differ(&a->fields, a->bytes, &b->fields, b->bytes);
}

/** A value as the three decoders took it; of a URI or an address only what is well-formed. */
struct value_reading {
	struct slice bytes;
	bool is_via, is_uri, is_address;
	struct sip_via via;
	struct sip_uri uri;
	struct sip_address address;
};

static inline void
value_reading_take(const struct sip_isa *isa, struct slice bytes, struct value_reading *r)
{
	r->bytes = bytes;
	r->is_via = isa->via_decode(bytes, &r->via);
	r->is_uri = isa->uri_decode(bytes, &r->uri);
	r->is_address = isa->address_decode(bytes, &r->address);
}

static inline const char *
value_reading_differs(const struct value_reading *a, const struct value_reading *b)
{
	const char *part;

	SAME_NUMBER(is_via);
	SAME_NUMBER(is_uri);
	SAME_NUMBER(is_address);
	/* a refusal is addressed by what could be read of a malformed one */
	part = via_differs(&a->via, a->bytes, &b->via, b->bytes);
	if (part == NULL && a->is_uri)
		part = uri_differs(&a->uri, a->bytes, &b->uri, b->bytes);
	if (part == NULL && a->is_address)
		part = address_differs(&a->address, a->bytes, &b->address, b->bytes);
	return part;
}

#undef DIFFERS_UNLESS
#undef SAME_SLICE
#undef SAME_NUMBER
#undef SAME_OCTETS

#endif
