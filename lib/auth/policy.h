/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AUTH_POLICY_H
#define AUTH_POLICY_H

#include "sip/field/auth.h"

#define AUTH_ALGORITHMS_MAX 4

/** What is asked of a user agent, and held against what it answers. */
struct auth_policy {
	struct slice realm;                      /* plain text */
	uint8_t algorithms[AUTH_ALGORITHMS_MAX]; /* enum sip_digest_algorithm, preferred first */
	unsigned int algorithm_count;
	unsigned int qop; /* SIP_QOP_AUTH, SIP_QOP_AUTH_INT or both */
	uint32_t nonce_lifetime_s;
	bool bind_address; /* a nonce is good only from the address it was made for */
	bool allow_no_qop; /* of clients of RFC 2069; each nonce is good for one request then */
};

#endif
