/* SPDX-License-Identifier: BSD-3-Clause */
/** Table-driven cases: one message in, what leaves and where to. */
#ifndef TESTS_DATAPLANE_CASES_H
#define TESTS_DATAPLANE_CASES_H

#include "rig.h"

#define ALICE "198.51.100.9:5060" /* may relay */
#define EDGE "192.0.2.10:5060"
#define PEER "192.0.2.20:5060"
#define STRANGER "203.0.113.7:40312"

#define VIA "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKalice\r\n"
#define MF "Max-Forwards: 70\r\n"
#define OWN_VIA "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK" ANY

/** One request. NULL means: what most cases have. */
struct request_case {
	const char *req;
	const char *method; /* INVITE */
	const char *uri;    /* sip:bob@203.0.113.50 */
	const char *lines;  /* header lines in front of From */
	const char *to_tag; /* ";tag=..." */
	const char *from;   /* ALICE */
	const char *at;     /* EDGE */
	const char *to;     /* where it is sent; NULL: an answer, to where `from` is */
	const char *source; /* from which address of ours; NULL: `at` */
	const char *first;  /* first line of what leaves; NULL: nothing leaves */
	const char *who;    /* <sip:alice@example.org>: From, before its tag */
	const char *want;   /* "Name: value\n" for each header to look at; "-": it is not there */
};

/** The message of a case. Valid until the next call. */
static inline struct slice
case_message(const struct request_case *c)
{
	static char text[70000];
	static unsigned int call;
	const char *method = c->method != NULL ? c->method : "INVITE";
	const char *uri = c->uri != NULL ? c->uri : "sip:bob@203.0.113.50";
	const char *to_tag = c->to_tag != NULL ? c->to_tag : "";

	return slice_of(text, (size_t)snprintf(text, sizeof(text),
		"%s %s SIP/2.0\r\n%s"
		"From: %s;tag=a77\r\n"
		"To: <sip:bob@example.com>%s\r\n"
		"Call-ID: %u@198.51.100.9\r\n"
		"CSeq: 1 %s\r\n"
		"Content-Length: 4\r\n"
		"\r\nbody", method, uri, c->lines,
		c->who != NULL ? c->who : "<sip:alice@example.org>", to_tag, ++call, method));
}

/** A message of this many octets, with a body that tells places apart. */
static inline struct slice
sized(size_t size)
{
	static char text[70000];
	size_t head = 0;

	for (int i = 0; i < 2; i++)
		head = (size_t)snprintf(text, sizeof(text),
			"MESSAGE sip:bob@203.0.113.50 SIP/2.0\r\n" VIA MF
			"From: <sip:alice@example.org>;tag=a77\r\nTo: <sip:bob@example.com>\r\n"
			"Call-ID: s@198.51.100.9\r\nCSeq: 1 MESSAGE\r\nContent-Length: %05zu\r\n\r\n",
			size - head);
	for (size_t at = head; at < size; at++)
		text[at] = (char)('a' + at * 7 % 26 + (at >> 8) % 3);
	return slice_of(text, size);
}

/** From the line of From on. */
static inline struct slice
case_tail(struct slice sip)
{
	const char *p = memmem(sip.ptr, sip.len, "\r\nFrom:", 7);

	assert_non_null(p);
	return slice_between(p, slice_end(sip));
}

static inline void
check_headers(struct slice sip, const char *want)
{
	struct slice rest = slice_str(want != NULL ? want : "");

	while (rest.len > 0) {
		struct slice value = slice_cut(&rest, '\n'), name = slice_cut(&value, ':');
		char text[64];
		const char *got;

		snprintf(text, sizeof(text), "%.*s", SLICE_FMT(name));
		value = slice_of(value.ptr + 1, value.len - 1);
		got = rig_header(sip, text);
		if (!rig_matches(slice_str(got), slice_eq(value, SLICE("-")) ? SLICE("") : value))
			fail_msg("%s: got \"%s\", want \"%.*s\" in:\n%.*s", text, got,
				 SLICE_FMT(value), SLICE_FMT(sip));
	}
}

static inline void
check_address(const char *what, const struct flow_address *got, const char *want)
{
	struct flow_address a = rig_address(want);
	char text[FLOW_ADDRESS_TEXT_MAX + 1] = "";

	flow_address_text(got, text);
	if (!flow_address_eq(got, &a))
		fail_msg("%s %.*s, want %s", what, FLOW_ADDRESS_TEXT_MAX, text, want);
}

/** One datagram, to there. */
static inline struct slice
check_one(const struct rig_out *out, const char *source, const char *to)
{
	if (out->count != 1)
		fail_msg("%u datagrams left, want 1", out->count);
	check_address("sent from", &out->datagram[0].from, source);
	check_address("sent to", &out->datagram[0].to, to);
	return out->datagram[0].sip;
}

static inline void
check_first_line(struct slice sip, const char *want)
{
	const char *got = rig_first_line(sip);

	if (!rig_matches(slice_str(got), slice_str(want)))
		fail_msg("first line \"%s\", want \"%s\"", got, want);
}

static inline void
run_case(const struct request_case *c)
{
	struct slice in = case_message(c), sip;
	const char *from = c->from != NULL ? c->from : ALICE, *at = c->at != NULL ? c->at : EDGE;
	const struct rig_out *out = rig_send(in, from, at);

	if (c->first == NULL) {
		if (out->count != 0)
			fail_msg("%u datagrams left, want none; first \"%s\"", out->count,
				 rig_first_line(out->datagram[0].sip));
		return;
	}
	sip = check_one(out, c->source != NULL ? c->source : at, c->to != NULL ? c->to : from);
	check_first_line(sip, c->first);
	if (strncmp(c->first, "SIP/2.0", 7) != 0 && !slice_eq(case_tail(in), case_tail(sip)))
		fail_msg("what follows From changed:\n%.*s", SLICE_FMT(sip));
	check_headers(sip, c->want);
}

#endif
