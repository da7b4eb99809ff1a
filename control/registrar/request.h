/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_REQUEST_H
#define CONTROL_REGISTRAR_REQUEST_H

#include "config/config.h"
#include "gruu/instance.h"
#include "sip/check.h"
#include "store/record.h"
#include "table/message_ring.h"

#define REGISTER_AOR_MAX 500

/** Octets that one request's contacts may need beside the message itself. */
#define REGISTER_POOL_MAX 16384

/** Octets of header lines that a refusal may bring, such as challenges. */
#define REGISTER_HEADER_MAX 1536

/** One Contact of a REGISTER, decoded. */
struct register_contact {
	struct slice uri_text;
	struct sip_uri uri;
	struct slice params;   /* its header parameters but those that we write ourselves */
	struct slice instance; /* canonical (gruu/instance.h); absent without one */
	uint32_t expires;      /* seconds, rules applied; 0 removes */
	uint32_t id;           /* reg-id or flow-id, where it counts; 0: the contact is no flow */
	uint32_t flags;        /* BINDING_FLOW_ID */
	uint16_t q;
	struct flow flow; /* where the user agent is reached behind its NAT; family 0: by contact */
};

/** A REGISTER as the registrar needs it. Slices borrow from the message and from the request. */
struct register_request {
	struct sip_message msg;
	struct sip_fields fields;
	bool star;       /* Contact: * */
	bool direct;     /* straight from a user agent */
	bool outbound;   /* reg-id counts: the binding is a flow of an instance (RFC 5626 §6) */
	bool wants_gruu; /* gruu in Supported or Require (GR-02) */
	bool to_sips;    /* the AOR was named by a sips URI (GR-23) */
	unsigned int contact_count;
	size_t pool_used;
	struct slice aor;  /* canonical */
	struct slice path; /* all Path values, comma-separated, topmost first */
	char aor_text[REGISTER_AOR_MAX + 1];
	struct register_contact contact[BINDING_MAX_CONTACTS];
	char path_text[2048];
	char pool[REGISTER_POOL_MAX];
};

/** What the request gets when it is refused. */
struct register_refusal {
	uint16_t status; /* 0: not refused */
	const char *phrase;
	char header[REGISTER_HEADER_MAX]; /* more header lines, each with its CRLF, or empty */
};

/** Refuse: returns false, for the caller to return. */
static inline bool
register_refuse(struct register_refusal *refusal, uint16_t status, const char *phrase)
{
	refusal->status = status;
	refusal->phrase = phrase;
	return false;
}

/**
 * Who is to be registered: index the message, hold it against the grammar, and take the address of
 * record out of it (RFC 3261 §10.3 steps 1, 2 and 5). Returns false, with *refusal set, when it is
 * refused; refusal->status 0 then means: drop it, it cannot be answered.
 */
bool register_request_decode(const struct config *config, struct slice bytes,
			     struct register_request *out, struct register_refusal *refusal);

/**
 * What is to be registered: Path and contacts (RFC 3261 §10.3 steps 6 and 7, RFC 3327 §5.3). Behind
 * authentication, as in RFC 3261: nobody else is told what is wrong with them. `head` is what came
 * with the message over the ring. False, with *refusal set, when it is refused.
 */
bool register_request_details(const struct config *config, const struct message_head *head,
			      struct register_request *q, struct register_refusal *refusal);

/* Between the files that decode a request. */

/** The Contact lines: at most one each of what a binding has (RFC 3261 §10.3 steps 6 and 7). */
bool register_decode_contacts(const struct config *config, struct register_request *q,
			      struct register_refusal *refusal);

/** The Path (RFC 3327 §5.3). */
bool register_decode_path(const struct config *config, const struct message_head *head,
			  struct register_request *q, struct register_refusal *refusal);

/** Which contacts are flows, and where they lead (RFC 5626 §6). Behind the other two. */
bool register_decide_outbound(const struct config *config, const struct message_head *head,
			      struct register_request *q, struct register_refusal *refusal);

#endif
