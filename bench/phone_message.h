/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * What a phone writes and reads: REGISTER as RFC 5626 §4.2 wants it, its responses, and the Binding
 * requests of its keepalive. No sockets, no allocation; any thread.
 */
#ifndef BENCH_PHONE_MESSAGE_H
#define BENCH_PHONE_MESSAGE_H

#include "phone_state.h"

enum { PHONE_REGISTER_MAX = 1024, PHONE_PING_SIZE = 20, PHONE_BRANCH_MAX = 64 };

/** What all phones of a run write. Borrowed texts. */
struct phone_run {
	struct slice domain;
	struct slice proxy; /* host and port, for Route */
	uint64_t id;        /* tells this run from others in Call-ID, tag and branch */
	uint32_t expires;   /* seconds */
	uint32_t reg_id;    /* 1 to 2^31 - 1 */
};

/** A REGISTER of phone `number`, in `out`; absent when it does not fit. */
struct slice phone_write_register(const struct phone_run *run, uint32_t number,
				  const struct flow_address *local, uint32_t cseq,
				  char out[PHONE_REGISTER_MAX]);

/**
 * Read a datagram as a response to the REGISTER `cseq` of phone `number`: branch and CSeq have to
 * be its own (RFC 3261 §17.1.3). False for anything else.
 */
bool phone_read_response(const struct phone_run *run, uint32_t number, uint32_t cseq,
			 struct slice datagram, struct phone_response *out);

/** A Binding request (RFC 5389 §6) whose transaction is `number` and `serial`. */
void phone_write_ping(const struct phone_run *run, uint32_t number, uint32_t serial,
		      uint8_t out[PHONE_PING_SIZE]);

/** Read the XOR-MAPPED-ADDRESS of the success response to it. False for anything else. */
bool phone_read_pong(const struct phone_run *run, uint32_t number, uint32_t serial,
		     struct slice datagram, struct flow_address *mapped);

#endif
