/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_TOKEN_H
#define FLOW_TOKEN_H

#include "flow/address.h"
#include "flow/keyring.h"

/** Longest text of a token: IPv6. */
#define FLOW_TOKEN_MAX 72

/** How a token is written. All of them are opened, whichever one is made (docs/wire.md). */
enum flow_token_form {
	/** What the flow is can be read by everybody, and changed by nobody. */
	FLOW_TOKEN_PLAIN,

	/** Ports, addresses and generation under AES-128 as well; the length is the same. */
	FLOW_TOKEN_OPAQUE,

	/**
	 * draft-ietf-sip-outbound-00 "Algorithm 2": HMAC-SHA1-80, standard base64, of UDP flows
	 * only. It has no key id, so a token under a retired key is a forged one, and no class.
	 */
	FLOW_TOKEN_ALGORITHM2,
};

/** What a token may be used for (spec/outbound.md 5.1 item 4). */
enum flow_token_class {
	FLOW_TOKEN_PATH,         /* from home-proxy peers only */
	FLOW_TOKEN_RECORD_ROUTE, /* from anywhere, inside a dialog */
	FLOW_TOKEN_ANY_CLASS,    /* Algorithm 2: as one of the two allows; never asked for */
};

enum flow_token_result {
	FLOW_TOKEN_OK,
	FLOW_TOKEN_MALFORMED,   /* no token at all: 403 */
	FLOW_TOKEN_FORGED,      /* the MAC does not match: 403 */
	FLOW_TOKEN_KEY_RETIRED, /* made with a key that is not honoured any more: 430 */
};

/**
 * Write the token of a flow, made with the active key. Returns its length: 40 for IPv4, 72 for
 * IPv6; of Algorithm 2, which does not keep `class`, 32 and 64. A flow that Algorithm 2 cannot
 * name, one that is not UDP, gets a plain token. One flow, class and key have one text in each
 * form. Any thread; the first opaque token of a thread under a key allocates (flow/aes.h).
 */
size_t flow_token_make(const struct flow_keys *keys, enum flow_token_form form,
		       const struct flow *flow, enum flow_token_class class,
		       char out[FLOW_TOKEN_MAX]);

/**
 * Open a token of any form: text from a user part whose percent escapes are decoded already. The
 * MAC is compared in constant time; `flow` and `class` are written only on FLOW_TOKEN_OK. At most
 * one MAC is computed, of Algorithm 2 one for each honoured key. Any thread, as flow_token_make().
 */
enum flow_token_result flow_token_open(const struct flow_keys *keys, struct slice text,
				       struct flow *flow, enum flow_token_class *class);

/** One of several tokens to open. */
struct flow_token_job {
	struct slice text; /* in */
	enum flow_token_result result;
	enum flow_token_class class; /* written only on FLOW_TOKEN_OK, like the flow */
	struct flow flow;
};

/** flow_token_open() for each job; several at a time cost less than one by one. */
void flow_token_open_burst(const struct flow_keys *keys, struct flow_token_job *jobs,
			   unsigned int n);

#endif
