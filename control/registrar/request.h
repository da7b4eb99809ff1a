/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_REQUEST_H
#define CONTROL_REGISTRAR_REQUEST_H

#include "config/config.h"
#include "sip/check.h"
#include "store/record.h"
#include "table/message_ring.h"

#define REGISTER_AOR_MAX 500

/** One Contact of a REGISTER, decoded. */
struct register_contact {
	struct slice uri_text;
	struct sip_uri uri;
	struct slice params; /* all header parameters */
	struct slice instance;
	uint32_t expires; /* seconds, rules applied; 0 removes */
	uint32_t reg_id;
	uint16_t q;
	struct flow flow; /* where the user agent is reached behind its NAT; family 0: by contact */
};

/** A REGISTER as the registrar needs it. Slices borrow from the message. */
struct register_request {
	struct sip_message msg;
	struct sip_fields fields;
	char aor_text[REGISTER_AOR_MAX + 1];
	struct slice aor;
	bool star; /* Contact: * */
	unsigned int contact_count;
	struct register_contact contact[BINDING_MAX_CONTACTS];
	char path_text[2048];
	struct slice path; /* all Path values, comma-separated, topmost first */
	bool outbound;     /* reg-id counts: the binding is a flow of an instance (RFC 5626 §6) */
};

/** What the request gets when it is refused. */
struct register_refusal {
	uint16_t status; /* 0: not refused */
	const char *phrase;
	char header[128]; /* one more header line with its CRLF, or empty */
};

/**
 * Decode and validate a REGISTER (RFC 3261 §10.3 steps 1 to 6, RFC 3327 §5.3). `head` is what came
 * with it over the ring. Returns false, with *refusal set, when it is refused; refusal->status 0
 * then means: drop it, it cannot be answered.
 */
bool register_request_decode(const struct config *config, const struct message_head *head,
			     struct slice bytes, struct register_request *out,
			     struct register_refusal *refusal);

#endif
