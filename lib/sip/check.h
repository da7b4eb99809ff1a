/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_CHECK_H
#define SIP_CHECK_H

#include "sip/address.h"
#include "sip/message.h"
#include "sip/uri.h"
#include "sip/via.h"

/** Value of Max-Forwards and Max-Breadth when the message has none. */
#define SIP_NUMBER_ABSENT UINT32_MAX

/** What sip_message_check() may be told to insist on. Zero-initialise for the defaults. */
struct sip_limits {
	uint32_t max_size;    /* octets of one message; 0: 65535 */
	uint32_t max_body;    /* octets of a body; 0: what fits into max_size */
	uint16_t max_headers; /* header lines; 0: SIP_MAX_HEADERS, which is the most */
	uint16_t max_via;     /* Via values; 0: 128 (RFC 5393 §4.2.3) */
	uint16_t max_route;   /* Route values; 0: 32 */
	uint16_t max_uri;     /* octets of one URI; 0: what fits into max_size */
	/*
	 * Levels of multipart. 0 is off: bodies are not looked into. That is another 0 than the
	 * one of struct sip_multipart_limits, which stands for a default.
	 */
	uint8_t multipart_depth;
	uint16_t multipart_parts; /* parts on all levels; 0: SIP_MULTIPART_PARTS */
	/*
	 * Look only at what routing needs: topmost Via, Request-URI, Route, tags, Call-ID,
	 * CSeq, Max-Forwards, Max-Breadth, Content-Length. Everything else is left to those whom
	 * it concerns, as RFC 3261 §16.3 item 1 allows; fields->via_count is then 1, or 2 for more.
	 */
	bool routing_only;
};

/** What the check had to decode anyway, for those who go on to route the message. */
struct sip_fields {
	struct sip_via via; /* topmost */
	unsigned int via_count;
	struct slice call_id;
	struct slice from_tag; /* absent in RFC 2543 requests */
	struct slice to_tag;   /* absent outside a dialog */
	uint32_t cseq;
	struct slice cseq_method;
	uint32_t max_forwards; /* SIP_NUMBER_ABSENT without one; saturates */
	uint32_t max_breadth;  /* SIP_NUMBER_ABSENT without one; saturates */
	struct sip_uri uri;    /* requests: the Request-URI */
};

/**
 * Hold an indexed message against RFC 3261 §16.3 and §25 and RFC 4475, and decode what a proxy
 * needs of it. `fault` is what sip_message_index() returned: a message that failed there is looked
 * at only for whether its sender can be told. Content-Length cuts `msg->len` down to the end of the
 * body.
 *
 * The fault returned is the final one: SIP_FAULT_NONE to accept, a DROP when nothing may be
 * answered (responses, ACK, no readable topmost Via, no CSeq), else a REJECT. After a REJECT
 * fields->via is valid, so that the refusal can be addressed.
 *
 * No allocation; any thread; `fields` borrows from the message.
 */
enum sip_fault sip_message_check(struct sip_message *msg, enum sip_fault fault,
				 const struct sip_limits *limits, struct sip_fields *fields);

/**
 * Take a multipart body of an accepted message apart as far as limits->multipart_depth, which is
 * not 0, allows. SIP_FAULT_NONE for any other body, and for one that is encoded as a whole.
 * sip_message_check() does this by itself. Linear in the body for each level; any thread.
 */
enum sip_fault sip_message_check_body(const struct sip_message *msg,
				      const struct sip_limits *limits);

/**
 * What a proxy that is to forward an accepted message would refuse it for, without knowing anything
 * else (RFC 3261 §16.3 items 3 and 5). Viaduct supports no option of Proxy-Require.
 */
enum sip_fault sip_message_check_forwarding(const struct sip_message *msg,
					    const struct sip_fields *fields);

/** Verdict for a fault of this message: as in its row, but a REJECT of what has no answer drops. */
enum sip_verdict sip_fault_verdict(const struct sip_message *msg, enum sip_fault fault);

#endif
