/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/check.h"

#include "sip/multipart.h"

static bool
is_multipart(struct slice content_type)
{
	struct slice type = SLICE("multipart");

	return content_type.len > type.len &&
	       slice_eq_nocase(slice_of(content_type.ptr, type.len), type);
}

enum sip_fault
sip_message_check_body(const struct sip_message *msg, const struct sip_limits *limits)
{
	const struct sip_multipart_limits nesting = { limits->multipart_depth,
						      limits->multipart_parts };
	struct slice type = sip_header_get(msg, SIP_HDR_CONTENT_TYPE);
	struct sip_multipart_part part;
	struct sip_multipart_walk walk;

	if (!is_multipart(type) || msg->first[SIP_HDR_CONTENT_ENCODING] != SIP_NO_HEADER)
		return SIP_FAULT_NONE;
	if (sip_multipart_walk_init(&walk, sip_body(msg), type, &nesting) == SIP_MULTIPART_NONE)
		while (sip_multipart_walk_next(&walk, &part))
			;
	switch (walk.fault) {
	case SIP_MULTIPART_NONE:
		return SIP_FAULT_NONE;
	case SIP_MULTIPART_TOO_DEEP:
		return SIP_FAULT_MULTIPART_DEPTH;
	case SIP_MULTIPART_TOO_MANY_PARTS:
		return SIP_FAULT_MULTIPART_PARTS;
	default:
		return SIP_FAULT_BAD_MULTIPART;
	}
}

enum sip_fault
sip_message_check_forwarding(const struct sip_message *msg, const struct sip_fields *fields)
{
	if (!sip_is_request(msg))
		return SIP_FAULT_NONE;
	if (fields->max_forwards == 0)
		return SIP_FAULT_TOO_MANY_HOPS;
	if (msg->first[SIP_HDR_PROXY_REQUIRE] != SIP_NO_HEADER && msg->method != SIP_ACK &&
	    msg->method != SIP_CANCEL)
		return SIP_FAULT_PROXY_REQUIRE;
	return SIP_FAULT_NONE;
}

enum sip_verdict
sip_fault_verdict(const struct sip_message *msg, enum sip_fault fault)
{
	enum sip_verdict verdict = sip_fault_info(fault)->verdict;

	if (verdict == SIP_REJECT && (!sip_is_request(msg) || msg->method == SIP_ACK))
		return SIP_DROP;
	return verdict;
}
