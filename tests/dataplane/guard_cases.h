/* SPDX-License-Identifier: BSD-3-Clause */
/** Requests for a guard: engines with few tokens, and requests that take them. */
#ifndef TESTS_DATAPLANE_GUARD_CASES_H
#define TESTS_DATAPLANE_GUARD_CASES_H

#include "cases.h"

#define BOB "sip:bob@example.com"
#define V6 "[2001:db8:9::1]:5060"
#define EDGE6 "[2001:db8::10]:5060"

#define HOME RIG_NETWORKS "names: [p1.example.com]\ndomains: [example.com]\n"
#define OFF                                                                                        \
	"source: {rate: 0}, stun: {rate: 0}, register_source: {rate: 0}, register_aor: {rate: 0}," \
	"invite_source: {rate: 0}, invite_aor: {rate: 0}"

static const char source_requests[] =
	HOME "guard: {register_source: {rate: 1, burst: 10}, invite_source: {rate: 1, burst: 10},"
	     "register_aor: {rate: 0}, invite_aor: {rate: 0}}\n";
static const char aor_requests[] =
	HOME "guard: {register_aor: {rate: 1, burst: 10}, invite_aor: {rate: 1, burst: 10}}\n";
static const char engine_wide[] =
	HOME "guard: {registers: {rate: 1, burst: 10}, requests: {rate: 1, burst: 10}," OFF "}\n";
static const char none[] = HOME "guard: {" OFF "}\n";

static struct message_rings rings;

/* A fresh engine: every bucket is full. */
static inline void
open_guard(const char *config)
{
	rig_open(NULL);
	rig_open(config);
	rig_bind(BOB, "sip:bob@203.0.113.50", NULL);
	assert_int_equal(message_rings_create(&rings, rig.engine->config->shm_dir, 1, 65536),
			 SEGMENT_OK);
	segment_beat(&rings.segment);
	via_engine_tick(rig.engine);
}

static inline int
close_rings(void **state)
{
	(void)state;
	message_rings_detach(&rings);
	return 0;
}

/* A request by hand: who it is from and to varies, and the lines in front of From. */
static inline struct slice
request_for(const char *uri, const char *lines, const char *method, const char *from,
	    const char *to, const char *branch)
{
	static char text[2048];

	return slice_of(
		text, (size_t)snprintf(
			      text, sizeof(text),
			      "%s %s SIP/2.0\r\n"
			      "Via: SIP/2.0/UDP 203.0.113.7:40312;branch=z9hG4bK00000000%s\r\n" MF
			      "%sFrom: <sip:%s@example.org>;tag=a77\r\nTo: %s\r\n"
			      "Call-ID: c1@203.0.113.7\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
			      method, uri, branch, lines, from, to, method));
}

static inline struct slice
request_with(const char *lines, const char *method, const char *from, const char *to,
	     const char *branch)
{
	return request_for(strcmp(method, "REGISTER") == 0 ? "sip:example.com" : BOB, lines, method,
			   from, to, branch);
}

static inline struct slice
request(const char *method, const char *from, const char *to, const char *branch)
{
	return request_with("", method, from, to, branch);
}

/* Another branch: no copy of the one before. */
static inline struct slice
renew(struct slice sip)
{
	static unsigned int serial;
	char *at = memmem(sip.ptr, sip.len, "z9hG4bK", 7), digits[9];

	if (at != NULL) {
		snprintf(digits, sizeof(digits), "%08x", ++serial);
		memcpy(at + 7, digits, 8);
	}
	return sip;
}

/* Send it `n` times, each a request of its own; returns how many were let through. */
static inline unsigned int
let_through(struct slice sip, const char *from, unsigned int n, enum stats_counter refused)
{
	unsigned int passed = 0;

	for (unsigned int i = 0; i < n; i++) {
		rig_send(renew(sip), from, strchr(from, '[') != NULL ? EDGE6 : EDGE);
		passed += rig.out.counter[refused] == 0;
	}
	return passed;
}

#endif
