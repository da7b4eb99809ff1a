/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_MESSAGES_H
#define BENCH_MESSAGES_H

#include "flow/address.h"
#include "sip/slice.h"
#include "sip/via.h"

/**
 * The messages that the benchmarks send: as telephones, softphones, gateways and proxies write
 * them, each kind in several hands (order, spelling and number of header lines), each message with
 * its own names, addresses and tags.
 */

enum sample_kind {
	SAMPLE_INVITE,        /* from a user agent, to a user of ours: the binding table decides */
	SAMPLE_PATH,          /* INVITE from a proxy of ours by the token of a Path */
	SAMPLE_DIALOG,        /* BYE, ACK and re-INVITE by the token of a Record-Route */
	SAMPLE_RESPONSE,      /* to what we forwarded: topmost Via ours */
	SAMPLE_REGISTER,      /* from a user agent */
	SAMPLE_PROXIED,       /* INVITE from another proxy: two Via values, Route, SDP */
	SAMPLE_EDGE,          /* in a dialog, from a proxy by a token: 800 octets, with SDP */
	SAMPLE_EDGE_REGISTER, /* from a user agent, to the home proxy behind us */
	SAMPLE_REFRESH,       /* from a user of ours who is registered already */
	SAMPLE_STUN,          /* Binding request of a user agent: a keepalive */
	SAMPLE_KINDS
};

#define SAMPLE_MAX 1400

/** Digits of the serial number. */
#define SAMPLE_SERIAL_DIGITS 8

/** Digits of what is counted in decimal: the CSeq of SAMPLE_REFRESH, SAMPLE_COUNT + serial. */
#define SAMPLE_COUNT_DIGITS 10
#define SAMPLE_COUNT 1000000000

/** Places that are written anew in each copy of a message. */
#define SAMPLE_MARKS 6

/** One message. Offsets from its first octet. */
struct sample {
	uint16_t len;
	uint16_t body_off;
	uint16_t serial_at[SAMPLE_MARKS], serial_count; /* in Via, Call-ID, tags */
	uint16_t user_at[SAMPLE_MARKS], user_count;     /* WORLD_USER_DIGITS: the callee's */
	uint16_t count_at;                              /* of CSeq; 0: none */
	uint32_t agent;     /* user whose user agent takes part, as caller or callee */
	unsigned int proxy; /* and which proxy */
	unsigned int number;
	enum sample_kind kind;
	char text[SAMPLE_MAX];
};

/** Name of a kind, as metrics have it. */
const char *sample_kind_name(enum sample_kind kind);

/** Message `number` of a kind: always the same, but for what the keys make of it. */
void sample_make(struct sample *s, enum sample_kind kind, unsigned int number);

/**
 * Route values of SAMPLE_EDGE: message `number` gets value number % count. It is what a proxy made
 * of SAMPLE_EDGE_REGISTER of the same number, which is of the same user agent. Borrowed. Without
 * them the messages have tokens of this process's keys.
 */
void messages_use_routes(const char *const *routes, unsigned int count);

/** Octets of a STUN header. */
#define STUN_HEADER 20

/** Where the serial number of a STUN message is: in its transaction id. */
#define STUN_SERIAL_AT 8

/** Write a serial number and a callee into a copy of the message's text. */
void sample_mark(const struct sample *s, char *text, uint32_t serial, uint32_t user);

static inline struct slice
sample_text(const struct sample *s)
{
	return slice_of(s->text, s->len);
}

/** Where a response goes by the Via under ours: the branch covers it. */
struct flow_address messages_home(const struct sip_via *below);

#endif
