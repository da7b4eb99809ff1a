/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The phones of one process: a kernel UDP socket each, one epoll loop. The number of sockets that a
 * process may have is limited, so that viaduct-phones divides its phones among several.
 */
#ifndef BENCH_PHONE_WORKER_H
#define BENCH_PHONE_WORKER_H

#include <stdatomic.h>

#include "phone_message.h"

enum {
	PHONE_MAX_WORKERS = 256,
	PHONE_MAX_ADDRESSES = 64,
	PHONE_STATUS_END = 700,
	PHONE_RETRY_END = 64
};

/** What one worker counts; written by it alone, read by the parent at any time. */
struct phone_counts {
	_Alignas(64) _Atomic uint64_t sent; /* first requests of transactions */
	_Atomic uint64_t retransmitted;
	_Atomic uint64_t not_sent;  /* the kernel did not take it */
	_Atomic uint64_t timed_out; /* timer F */
	_Atomic uint64_t pings, pongs;
	_Atomic uint64_t unexpected;                   /* datagrams that answer nothing */
	_Atomic uint64_t status[PHONE_STATUS_END];     /* final responses */
	_Atomic uint64_t retry_after[PHONE_RETRY_END]; /* of 503s, by seconds; the last: more */
	_Atomic uint32_t registered, waiting;          /* phones that are so now */
	_Atomic uint32_t ready;                        /* every socket is open */
	_Atomic uint32_t wave;                         /* no phone counts from an earlier one */
};

/** Between the parent and its workers. */
struct phone_shared {
	_Atomic uint32_t wave; /* the parent adds one: all register, whatever they did before */
	_Atomic uint32_t stop;
	struct phone_counts counts[PHONE_MAX_WORKERS];
};

/** The options of a run. */
struct phone_plan {
	struct phone_run run;
	struct flow_address proxy;
	struct flow_address address[PHONE_MAX_ADDRESSES]; /* with the first port of each */
	uint32_t address_count;
	uint32_t phones, workers;
	uint32_t rate; /* first registrations a second; 0: all at once */
	uint32_t ping_ms;
	double backoff;
};

/** Milliseconds of a clock that never goes back. */
uint64_t phone_now_ms(void);

/** The local address and port of a phone, counted from 0: each address has as many phones. */
struct flow_address phone_local(const struct phone_plan *plan, uint32_t phone);

/** Be worker `index` until shared->stop. False, with a complaint on stderr, when it cannot. */
bool phone_worker_run(const struct phone_plan *plan, struct phone_shared *shared, uint32_t index);

#endif
