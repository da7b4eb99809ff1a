/* SPDX-License-Identifier: BSD-3-Clause */
/** What the tests of lib/auth share. */
#ifndef TESTS_LIB_AUTH_SUPPORT_H
#define TESTS_LIB_AUTH_SUPPORT_H

#include "auth/digest.h"
#include "auth/nonce.h"
#include "lib/sip/support.h"

/** One context for all cases. */
static inline struct digest_context *
digest_here(void)
{
	static struct digest_context *c;

	if (c == NULL)
		c = digest_context_new();
	assert_non_null(c);
	return c;
}

/** 00 01 02 ... 1f. */
static inline const uint8_t *
test_key(void)
{
	static uint8_t key[NONCE_KEY_SIZE];

	for (unsigned int i = 0; i < NONCE_KEY_SIZE; i++)
		key[i] = (uint8_t)i;
	return key;
}

static inline struct flow_address
test_address(const char *ip, uint16_t port)
{
	struct flow_address a;

	assert_true(flow_ip_decode(slice_str(ip), &a));
	a.port = port;
	return a;
}

#endif
