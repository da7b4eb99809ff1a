/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of scripts: transaction.c has the log and the clock, transaction_in.c messages.
 */
#ifndef TESTS_DATAPLANE_TRANSACTION_INTERNAL_H
#define TESTS_DATAPLANE_TRANSACTION_INTERNAL_H

#include "transaction.h"

/* A datagram that left. */
struct script_sent {
	uint32_t at;
	struct flow_address from, to;
	char who[FLOW_ADDRESS_TEXT_MAX + 1], what[64];
	struct slice sip;
	bool expected;
};

/* All that left since the beginning, at most 4096. */
extern struct script_sent script_sent[];
extern unsigned int script_sent_count;

/* The one that runs. */
extern const struct script *script;

/* The method of its request. */
const char *script_method(void);

/* Of "U1" and the like; others are addresses themselves. */
const char *script_address_of(const char *who);

/* Walk until nothing is left to do, and take down what leaves. */
void script_walk(void);

/* A response to what was sent comes in. */
void script_answer(const struct script_sent *to, const char *status, const char *tag);

/* The time of the script. */
uint32_t script_now(void);

/* Write the request of the script. */
void script_write_request(void);

#endif
