/* SPDX-License-Identifier: BSD-3-Clause */
/** Mutated messages through the whole graph: nothing is lost uncounted, whatever the octets. */
#include "cases.h"

#define BODY "From: <sip:a@example.org>;tag=a\r\nTo: <sip:bob@example.com>\r\nCall-ID: c@h\r\n"
#define TOP "Via: SIP/2.0/UDP 10.0.0.5;rport;branch=z9hG4bKq\r\nMax-Forwards: 3\r\n"

static const char *const seeds[] = {
	"INVITE sip:bob@example.com SIP/2.0\r\n" TOP BODY "CSeq: 1 INVITE\r\n"
	"Contact: <sip:a@10.0.0.5;ob>\r\nContent-Length: 3\r\n\r\nabc",
	"INVITE sip:192.0.2.10;lr SIP/2.0\r\n" TOP "Route: <sip:192.0.2.10;lr>, <sip:203.0.113.60>\r\n"
	"Route: <sip:x@203.0.113.50>\r\n" BODY "CSeq: 1 INVITE\r\n\r\n",
	"BYE sip:b@203.0.113.50;maddr=192.0.2.10 SIP/2.0\r\n" TOP "Max-Breadth: 7\r\n"
	"Proxy-Require: x\r\n" BODY "CSeq: 2 BYE\r\n\r\n",
	"CANCEL sip:bob@example.com SIP/2.0\r\n" TOP BODY "CSeq: 1 CANCEL\r\n\r\n",
	"ACK sip:bob@example.com SIP/2.0\r\n" TOP BODY "CSeq: 1 ACK\r\n\r\n",
	"REGISTER sip:example.com SIP/2.0\r\n" TOP BODY "CSeq: 1 REGISTER\r\nSupported: path\r\n"
	"Contact: <sip:b@10.0.0.5>;reg-id=1\r\n\r\n",
	"OPTIONS sip:192.0.2.10 SIP/2.0\r\n" TOP BODY "CSeq: 1 OPTIONS\r\n\r\n",
	"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK000000000000000000000000\r\n"
	TOP BODY "CSeq: 1 INVITE\r\n\r\n",
	"\r\n\r\n",
};

static const char *const sources[] = { ALICE, PEER, STRANGER, "203.0.113.200:5060",
				       "192.0.2.77:5060" };

/* A few octets changed, doubled, cut out, or taken from another seed. */
static size_t
mutate(char *text, size_t len, uint64_t *state)
{
	static const char octets[] = "\r\n ;,<>@:=\"*%[]?0\x00\xff";

	for (unsigned int k = random_below(state, 6); k > 0 && len > 8; k--) {
		size_t at = random_below(state, (unsigned int)len), n = 1 + random_below(state, 8);

		n = n > len - at ? len - at : n;
		switch (random_below(state, 4)) {
		case 0:
			text[at] = octets[random_below(state, sizeof(octets) - 1)];
			break;
		case 1:
			memmove(text + at, text + at + n, len - at - n);
			len -= n;
			break;
		case 2:
			memmove(text + at + n, text + at, len - at);
			len += n;
			break;
		default:
			len = random_below(state, 20) == 0 ? at : len;
		}
	}
	return len;
}

static void
send_many(const char *config, uint64_t seed, unsigned int count)
{
	uint64_t state = seed;
	char text[2048];

	rig_open(NULL);
	rig_open(config);
	rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", "sip:bob@192.0.2.10", NULL);
	for (unsigned int i = 0; i < count; i++) {
		const char *start = seeds[random_below(&state, RTE_DIM(seeds))];
		const char *from = sources[random_below(&state, RTE_DIM(sources))];
		size_t len = strlen(start);

		memcpy(text, start, len);
		len = mutate(text, len, &state);
		rig_queue(NULL, slice_of(text, len), from, EDGE);
		if (random_below(&state, 20) == 0)
			rig_walk();
	}
	rig_walk();
}

GTEST(Random, home)
{
	send_many(rig_config_home, 1, 20000);
}

GTEST(Random, edge)
{
	send_many(rig_config_edge, 2, 20000);
}

GTEST(Random, no_buffers_are_lost)
{
	unsigned int before, large;

	rig_open(rig_config_edge);
	before = rte_mempool_avail_count(rig.engine->pool);
	large = rte_mempool_avail_count(rig.engine->large_pool);
	send_many(rig_config_home, 3, 5000);
	assert_int_equal(rte_mempool_avail_count(rig.engine->pool), before);
	assert_int_equal(rte_mempool_avail_count(rig.engine->large_pool), large);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
