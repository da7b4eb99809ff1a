/* SPDX-License-Identifier: BSD-3-Clause */
/** Flows that live, die and are heard of, for the tests of them. */
#ifndef TESTS_DATAPLANE_LIVENESS_H
#define TESTS_DATAPLANE_LIVENESS_H

#include "cases.h"
#include "lib/flow/icmp.h"

#define UA STRANGER
#define UA6 "[2001:db8:9::7]:40000"
#define EDGE6 "[2001:db8::10]:5060"
#define BOB_URI "sip:bob@10.0.0.5:5060"
#define PEER_VIA "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKhp\r\n"
#define UA_VIA "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKbob\r\n"
#define STUN "\x21\x12\xa4\x42\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"

static inline struct flow
flow_of(const char *local, const char *remote)
{
	return (struct flow){ .local = rig_address(local), .remote = rig_address(remote),
			      .transport = FLOW_UDP };
}

/** A request of the home proxy's for a user agent behind a flow. */
static inline const struct rig_out *
ask(const char *method, const char *local, const char *remote)
{
	char lines[512];
	struct request_case c = { .method = method, .uri = BOB_URI, .lines = lines };

	snprintf(lines, sizeof(lines), PEER_VIA MF "Route: <sip:%s@ep1.example.com;lr>\r\n",
		 rig_token(FLOW_TOKEN_PATH, local, remote));
	return rig_send(case_message(&c), PEER, EDGE);
}

static inline const struct rig_out *
invite(void)
{
	return ask("INVITE", EDGE, UA);
}

static inline void
check_alive(const char *local, const char *remote)
{
	check_first_line(check_one(ask("INVITE", local, remote), local, remote),
			 "INVITE " BOB_URI " SIP/2.0");
}

static inline void
check_dead(const char *local, const char *remote)
{
	check_first_line(check_one(ask("INVITE", local, remote), EDGE, PEER),
			 "SIP/2.0 430 Flow Failed");
}

/** An error about a datagram that left, with something changed. */
static inline void
complain_about(const struct rig_datagram *d, const struct icmp_packet *changed, int length_more,
	       unsigned int checksum_xor)
{
	struct icmp_packet f = *changed;
	uint8_t out[ICMP_PACKET_MAX];
	struct flow flow = { .local = d->from, .remote = d->to, .transport = FLOW_UDP };

	if (f.flow.local.port != 0)
		flow.local.port = f.flow.local.port;
	if (f.flow.remote.port != 0)
		flow.remote.port = f.flow.remote.port;
	f.flow = flow;
	f.length = (uint16_t)(d->length + length_more);
	f.checksum = (uint16_t)(d->checksum ^ checksum_xor);
	f.mark = d->mark ^ f.mark;
	rig_queue_packet(out, icmp_build(out, &f), 0);
	rig_walk();
}

/** The same about the only one. */
static inline void
complain(const struct icmp_packet *changed, int length_more, unsigned int checksum_xor)
{
	assert_int_equal(rig.out.count, 1);
	complain_about(&rig.out.datagram[0], changed, length_more, checksum_xor);
}

static const struct icmp_packet as_it_should_be;

static inline void
kill_flow(const char *local, const char *remote)
{
	ask("INVITE", local, remote);
	complain(&as_it_should_be, 0, 0);
	assert_int_equal(rig.out.counter[STATS_flows_failed], 1);
}

/** Time goes by for a row, and the worker notices. */
static inline void
age(const struct flows_table *t, const char *local, const char *remote, uint32_t ms)
{
	struct flow flow = flow_of(local, remote);

	for (uint32_t i = 0; i <= t->mask; i++) {
		struct flows_row *row = &t->rows[i];

		if (row->version == 0 || !flow_eq(&row->flow, &flow))
			continue;
		row->last_seen_ms -= ms;
		row->sent_ms -= ms;
		for (int k = 0; k < FLOWS_SENT_MAX; k++)
			row->sent[k] = (row->sent[k] & ~UINT32_C(0xff)) |
				       (uint8_t)(row->sent[k] - ms / 128);
	}
}

static inline const struct rig_out *
tick(void)
{
	rig.worker->tsc_ms_next = 0;
	return rig_walk();
}

/** All rows are looked at. How many flows were found dead. */
static inline uint64_t
sweep(void)
{
	uint64_t failed = 0;

	for (uint32_t at = 0; at <= rig.worker->flows.mask; at += 4096) {
		tick();
		failed += rig.out.counter[STATS_flows_failed];
	}
	return failed;
}

/* A REGISTER goes through and its 200 comes back. Whoever answers changes Via from `old` to `new`. */
static inline const struct rig_out *
register_by(const char *from, const char *via, const char *require, const char *old,
	    const char *new)
{
	static char text[4096], lines[1024], ours[1024];
	struct request_case c = { .method = "REGISTER", .uri = "sip:other.example", .lines = lines };
	struct slice sip;
	const char *p, *at;

	snprintf(lines, sizeof(lines), "Via: SIP/2.0/UDP %s\r\n" MF
		 "Supported: path, outbound\r\nContact: <sip:bob@10.0.0.5>;reg-id=1;"
		 "+sip.instance=\"<urn:x>\"\r\n", via);
	sip = check_one(rig_send(case_message(&c), from, EDGE), EDGE, "192.0.2.30:5060");
	p = memmem(sip.ptr, sip.len, "\r\nCall-ID: ", 11);
	assert_non_null(p);
	snprintf(ours, sizeof(ours), "%s", rig_header(sip, "Via"));
	at = strstr(ours, old);
	assert_non_null(at);
	snprintf(text, sizeof(text),
		 "SIP/2.0 200 OK\r\nVia: %.*s%s%s\r\n%sFrom: <sip:alice@example.org>;tag=a77\r\n"
		 "To: <sip:bob@example.com>;tag=r%.*s\r\nCSeq: 1 REGISTER\r\n"
		 "Content-Length: 0\r\n\r\n", (int)(at - ours), ours, new, at + strlen(old), require,
		 (int)(strcspn(p + 2, "\r") + 2), p);
	return rig_send(slice_str(text), "192.0.2.30:5060", EDGE);
}

/* With Flow-Timer for the user agent, if the registrar requires outbound. */
static inline struct slice
register_ua(const char *require)
{
	return check_one(register_by(UA, "10.0.0.5:5060;rport;keep;branch=z9hG4bKreg", require, "",
				     ""), EDGE, UA);
}

#endif
