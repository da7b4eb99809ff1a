/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * One phone that registers and keeps its flow alive: RFC 3261 §17.1.2.2 (timers E and F over UDP),
 * RFC 5626 §4.4.2 (STUN keepalive) and §4.5 (back-off). No sockets and no clock: it is told the
 * time in milliseconds and what arrived, and says what to send. Not thread-safe; one phone, one
 * thread.
 */
#ifndef BENCH_PHONE_STATE_H
#define BENCH_PHONE_STATE_H

#include "flow/address.h"

#define PHONE_NEVER UINT64_MAX

enum {
	PHONE_T1_MS = 500,
	PHONE_T2_MS = 4000,
	PHONE_F_MS = 64 * PHONE_T1_MS,
	PHONE_PINGS = 7,                       /* RFC 5389 §7.2.1: Rc */
	PHONE_LAST_PING_MS = 16 * PHONE_T1_MS, /* Rm times RTO */
};

enum phone_state {
	PHONE_NEW,
	PHONE_TRYING,     /* REGISTER sent, nothing heard */
	PHONE_PROCEEDING, /* a provisional response came */
	PHONE_WAITING,    /* for Retry-After or the back-off to pass */
	PHONE_REGISTERED,
};

/** What to send now. */
enum phone_act {
	PHONE_NOTHING,
	PHONE_REGISTER,       /* a new transaction: CSeq is phone.cseq */
	PHONE_REGISTER_AGAIN, /* the same one */
	PHONE_PING,           /* a Binding request; its serial is phone.ping */
};

/** What all phones of a thread have in common. */
struct phone_policy {
	uint32_t ping_ms; /* at most this long between two keepalives; 0: none */
	double backoff;   /* scale of RFC 5626 §4.5's times: 1 as they stand there */
	uint64_t random;  /* moves on */
};

struct phone {
	uint64_t due_ms; /* when phone_expired() wants to be called; PHONE_NEVER */
	uint64_t f_ms;   /* when timer F ends the transaction */
	struct flow_address mapped;
	uint32_t cseq;
	uint32_t interval_ms; /* timer E, or until the next repetition of a Binding request */
	uint32_t ping;
	uint8_t state;    /* enum phone_state */
	uint8_t failures; /* in a row */
	uint8_t pings;    /* of the present Binding transaction; 0: none outstanding */
};

/** A final or provisional response to the present transaction. */
struct phone_response {
	uint16_t status;
	bool has_retry_after;
	uint32_t retry_after_s;
};

/** Begin a registration at once, whatever the phone does now. Returns PHONE_REGISTER. */
enum phone_act phone_register(struct phone *p, uint64_t now_ms);

/** due_ms has come. */
enum phone_act phone_expired(struct phone *p, struct phone_policy *policy, uint64_t now_ms);

/**
 * A response whose branch and CSeq are those of the present transaction. False when the phone waits
 * for none: a repeated one. A 503 waits as long as its Retry-After says, to the millisecond
 * (RFC 3261 §21.5.4); any other failure, and a 503 without it, as RFC 5626 §4.5 says.
 */
bool phone_answered(struct phone *p, struct phone_policy *policy,
		    const struct phone_response *response, uint64_t now_ms);

/**
 * A Binding response to the present request, `mapped` being the XOR-MAPPED-ADDRESS. Another address
 * than before means that the flow has failed (RFC 5626 §4.4.2): the phone registers at once.
 */
enum phone_act phone_pong(struct phone *p, struct phone_policy *policy,
			  const struct flow_address *mapped, uint64_t now_ms);

#endif
