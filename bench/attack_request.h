/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_ATTACK_REQUEST_H
#define BENCH_ATTACK_REQUEST_H

#include <stdint.h>

#include "sip/slice.h"

/**
 * Requests of the simulator, as far as what they are forwarded and recognised by: the texts are
 * those that would stand in a message.
 */

enum { ATTACK_URI_MAX = 128, ATTACK_VIA_MAX = 128, ATTACK_FIELD_MAX = 32 };

/** As many as our proxies take (proxy.max_via). */
#define ATTACK_VIAS_MAX 128

struct attack_request {
	char uri[ATTACK_URI_MAX];
	char from_tag[ATTACK_FIELD_MAX], to_tag[ATTACK_FIELD_MAX], call_id[ATTACK_FIELD_MAX];
	char method[ATTACK_FIELD_MAX];            /* of CSeq */
	char authorization[ATTACK_FIELD_MAX];     /* Proxy-Authorization; "" for none */
	uint32_t cseq, max_forwards, max_breadth; /* the last may be SIP_NUMBER_ABSENT */
	unsigned int depth;                       /* hops from the caller, for who counts */
	unsigned int via_count;
	char via[][ATTACK_VIA_MAX]; /* the topmost is the last one */
};

/** What a hop that takes part in the attack does to the requests that pass it. */
enum attack_change {
	ATTACK_FROM_TAG = 1 << 0,
	ATTACK_TO_TAG = 1 << 1,
	ATTACK_VIA_PARAMS =
		1 << 2,            /* one more in every Via, in front of the branch; case of host */
	ATTACK_VIA_ORDER = 1 << 3, /* the values in reverse */
	ATTACK_CSEQ_METHOD = 1 << 4,
	ATTACK_AUTHORIZATION = 1 << 5,
	ATTACK_MAX_FORWARDS = 1 << 6, /* 70 again */
	ATTACK_MAX_BREADTH = 1 << 7,  /* as large as can be */
	ATTACK_URI_CASE = 1 << 8,
	ATTACK_URI_ESCAPES = 1 << 9, /* another spelling of the same user */
	ATTACK_URI_HEADERS = 1 << 10,
	ATTACK_URI_PARAM = 1 << 11, /* unknown to everybody */
	ATTACK_CSEQ_NUMBER = 1 << 12,
	ATTACK_CALL_ID = 1 << 13,
	ATTACK_VIA_STRIP = 1 << 14, /* all but its own */
};

/**
 * A request of the caller, with a Via of its own. All functions that make one return NULL when
 * there is no memory or a text does not fit; whoever gets it frees it.
 */
struct attack_request *attack_request_new(const char *uri, uint32_t max_forwards,
					  uint32_t max_breadth);

/** A copy one hop further, to another URI and with one more Via on top. */
struct attack_request *attack_request_forward(const struct attack_request *r, const char *uri,
					      struct slice via);

/** Change it in place: each `serial` gives other values. */
void attack_request_change(struct attack_request *r, unsigned int changes, uint32_t serial);

#endif
