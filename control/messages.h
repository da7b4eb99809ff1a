/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_MESSAGES_H
#define CONTROL_MESSAGES_H

#include "network/hops.h"
#include "registrar/registrar.h"

/** What comes out of the punt rings, and who takes it. */
struct messages {
	struct message_rings *rings;
	struct registrar *registrar; /* MESSAGE_SIP, LOAD, FLOW_FAILED, BINDING_FAILED */
	struct hops *hops;           /* MESSAGE_RESOLVE, MESSAGE_ANSWER; may be NULL */
	unsigned int next_worker;    /* whose ring is looked at next */
	uint64_t unknown;            /* messages that nobody takes */
};

/**
 * Take some hundred messages out of the rings: what the registrar gets is one batch of its, which
 * is handled at the end. Returns how many messages there were.
 */
unsigned int messages_run(struct messages *m);

#endif
