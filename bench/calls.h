/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include "frames.h"

/**
 * Callers and callees around a stateful proxy: what comes out of it is read, and says what is due
 * to be sent next. Each call is an INVITE that every branch answers with 100 and 180, and the last
 * one with 200 once the caller has heard all of them ring; the others are cancelled. Perhaps ACK,
 * BYE and its 200 follow. One thread.
 */

/** What is sent. */
enum call_step {
	CALL_INVITE,
	CALL_TRYING,
	CALL_RINGING,
	CALL_OK,
	CALL_CANCEL_OK,  /* the 200 to a CANCEL */
	CALL_TERMINATED, /* and the 487 to its INVITE */
	CALL_ACK,
	CALL_BYE,
	CALL_BYE_OK,
	CALL_STEPS
};

/** What comes out. */
enum call_out {
	CALL_OUT_TRYING, /* of the proxy itself */
	CALL_OUT_INVITE,
	CALL_OUT_RINGING,
	CALL_OUT_OK,
	CALL_OUT_CANCEL,
	CALL_OUT_FAILURE_ACK, /* for the 487 */
	CALL_OUT_ACK,
	CALL_OUT_BYE,
	CALL_OUT_BYE_OK,
	CALL_OUT_OTHER, /* anything else */
	CALL_OUTS
};

extern const char *const call_step_name[CALL_STEPS];

/** Which calls. */
struct calls_options {
	unsigned int branches;      /* contacts of each callee */
	uint32_t first_user, users; /* who is called: at random among these */
	uint32_t capacity;          /* calls in play at once */
	bool dialogs;               /* with ACK, BYE and its 200 */
	bool hangs_up;              /* dialogs: BYE as soon as the ACK has come out */
};

struct leg;

struct call_queue {
	uint32_t *item;
	uint32_t head, tail, mask;
};

struct calls {
	struct calls_options options;
	struct frame_set set;
	const uint8_t *mac;
	uint32_t serial;
	struct leg *leg; /* `branches` for each call */
	uint8_t *seen;   /* of each call: branches that have come out */
	uint8_t *rung;   /* and those that the caller has heard ring */
	struct call_queue queue[CALL_STEPS];
	uint64_t sent[CALL_STEPS], received[CALL_OUTS];
};

/** `mac` is that of our port, and stays where it is. All memory is touched. */
void calls_open(struct calls *c, const struct calls_options *options, const uint8_t mac[6]);

void calls_close(struct calls *c);

/** Forget all calls in play. */
void calls_reset(struct calls *c);

/** How many messages of this step are due; of CALL_INVITE there is no end. */
uint32_t calls_due(const struct calls *c, enum call_step step);

/** Write the next message of a step that is due, a whole frame; returns its length. */
uint16_t calls_write(struct calls *c, enum call_step step, uint8_t to[FRAME_MAX]);

/** Read what came out. */
enum call_out calls_read(struct calls *c, const uint8_t *frame, size_t len);

/** Messages that come out for one of a step, of those calls as they should be. */
unsigned int calls_expected(const struct calls *c, enum call_step step);

/** Messages of one call that go in; as many come out. */
unsigned int calls_messages(const struct calls *c);

#endif
