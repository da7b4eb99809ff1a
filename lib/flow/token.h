/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_TOKEN_H
#define FLOW_TOKEN_H

#include "flow/address.h"
#include "flow/keyring.h"

/** Longest text of a token: IPv6. */
#define FLOW_TOKEN_MAX 72

/** What a token may be used for (spec/outbound.md 5.1 item 4). */
enum flow_token_class {
	FLOW_TOKEN_PATH,         /* from home-proxy peers only */
	FLOW_TOKEN_RECORD_ROUTE, /* from anywhere, inside a dialog */
};

enum flow_token_result {
	FLOW_TOKEN_OK,
	FLOW_TOKEN_MALFORMED,   /* no token at all: 403 */
	FLOW_TOKEN_FORGED,      /* the MAC does not match: 403 */
	FLOW_TOKEN_KEY_RETIRED, /* made with a key that is not honoured any more: 430 */
};

/**
 * Write the token of a flow, made with the active key: base64url of the first 12 octets of
 * HMAC-SHA-256 and the flow itself (docs/wire.md). Returns its length, 40 for IPv4, 72 for IPv6.
 * Any thread; no allocation.
 */
size_t flow_token_make(const struct flow_keys *keys, const struct flow *flow,
		       enum flow_token_class class, char out[FLOW_TOKEN_MAX]);

/**
 * Open a token: text from a user part whose percent escapes are decoded already. The MAC is
 * compared in constant time; `flow` and `class` are written only on FLOW_TOKEN_OK.
 */
enum flow_token_result flow_token_open(const struct flow_keys *keys, struct slice text,
				       struct flow *flow, enum flow_token_class *class);

#endif
