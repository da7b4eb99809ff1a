/* SPDX-License-Identifier: BSD-3-Clause */
/** Frames: checksums, lengths, fragments in and out, room in the buffers, and sizes. */
#include <rte_ip_frag.h>

#include "cases.h"

#define BOB "203.0.113.50:5060"

static struct slice
body(struct slice sip)
{
	const char *p = memmem(sip.ptr, sip.len, "\r\n\r\n", 4);

	return slice_between(p, slice_end(sip));
}

static void
check_whole(struct slice in, const char *to)
{
	const char *source = to[0] == '[' ? "[2001:db8::10]:5060" : EDGE;
	struct slice sip = check_one(&rig.out, source, to);

	assert_true(slice_eq(body(sip), body(in)));
}

/* ---- frames as they come ---- */

static const struct {
	const char *label;
	struct rig_frame frame;
	unsigned int out;
	enum stats_counter counter;
} frames[] = {
	{ "plain", { 0 }, 1, STATS_forwarded_requests },
	{ "bad checksum", { .bad_checksum = true }, 0, STATS_bad_checksum },
	{ "no checksum", { .no_checksum = true }, 1, STATS_forwarded_requests },
	{ "padding", { .padding = 20 }, 1, STATS_forwarded_requests },
	{ "other MAC", { .other_mac = true }, 0, STATS_exception_in },
	{ "UDP length more", { .udp_length_more = 1 }, 0, STATS_not_sip },
	{ "UDP length 7", { .udp_length_more = -593 }, 0, STATS_not_sip },
	{ "headroom 0", { .headroom = 2 }, 1, STATS_forwarded_requests },
	{ "headroom 64", { .headroom = 64 }, 1, STATS_forwarded_requests },
	{ "headroom 100", { .headroom = 100 }, 1, STATS_forwarded_requests },
	{ "chain of 60", { .piece = 60 }, 1, STATS_forwarded_requests },
	{ "chain of 256", { .piece = 256 }, 1, STATS_forwarded_requests },
	{ "chain, bad checksum", { .piece = 100, .bad_checksum = true }, 0, STATS_bad_checksum },
	{ "chain of 41", { .piece = 41 }, 0, STATS_exception_in },
};

static void
check_frame(void **state)
{
	const typeof(frames[0]) *r = *state;
	struct slice in = sized(592);

	rig_open(rig_config_edge);
	rig_send_frame(&r->frame, in, ALICE, EDGE);
	assert_int_equal(rig.out.count, r->out);
	assert_int_equal(rig.out.counter[r->counter], 1);
	if (r->out == 1)
		check_whole(in, BOB);
}
GTEST_ROWS(Frame, frames, label, check_frame);

/* RFC 8200 §8.1 */
GTEST(Frame, ipv6_without_checksum)
{
	const struct rig_frame f = { .no_checksum = true };

	rig_open(rig_config_edge);
	rig_send_frame(&f, sized(592), "[2001:db8:1::7]:5060", "[2001:db8::10]:5060");
	assert_int_equal(rig.out.counter[STATS_bad_checksum], 1);
}

/* RFC 768: the checksum covers what the UDP length says, the rest of the packet is no part of it. */
GTEST(Frame, udp_shorter_than_ip)
{
	const struct rig_frame f = { .udp_length_more = -4, .no_checksum = true };

	rig_open(rig_config_edge);
	rig_send_frame(&f, sized(592), ALICE, EDGE);
	assert_int_equal(rig.out.counter[STATS_replied], 1); /* Content-Length is four too large */
}

/* Every size of headroom: edits are made in place, or in another buffer. */
GTEST(Frame, every_headroom)
{
	struct slice in = sized(700);

	rig_open(rig_config_edge);
	for (uint16_t room = 2; room < 256; room += 2) {
		const struct rig_frame f = { .headroom = room };

		rig_send_frame(&f, in, ALICE, EDGE);
		check_whole(in, BOB);
	}
}

/* Every value that a UDP checksum can take, 0xffff in place of zero among them (RFC 768). */
GTEST(Frame, every_checksum)
{
	char stun[20] = "\0\1\0\0\x21\x12\xa4\x42";

	rig_open(rig_config_edge);
	for (unsigned int i = 0; i < 65536; i++) {
		stun[18] = (char)(i >> 8);
		stun[19] = (char)i;
		rig_send(slice_of(stun, sizeof(stun)), ALICE, EDGE);
		assert_int_equal(rig.out.count, 1);
	}
}

/* Messages of one burst have each its own next hop: routers, and who has none. */
GTEST(Frame, next_hops_of_a_burst)
{
	static const char *const from[] = { ALICE, BOB, "10.0.0.9:5060", "[2001:db8:1::7]:5060", ALICE,
					    "192.0.2.77:5060", BOB };
	const struct slice stun = SLICE("\0\1\0\0\x21\x12\xa4\x42............");
	unsigned int ports = 0;

	rig_open(rig_config_edge);
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		rig_queue(NULL, stun, from[i], from[i][0] == '[' ? "[2001:db8::10]:5060" : EDGE);
	rig_walk();
	assert_int_equal(rig.out.counter[STATS_stun], 7);
	assert_int_equal(rig.out.counter[STATS_unresolved], 1);
	assert_int_equal(rig.out.count, 6);
	for (unsigned int i = 0; i < 6; i++)
		ports += rig.out.datagram[i].port;
	assert_int_equal(ports, 1);
}

/* ---- sizes, and fragments out ---- */

static const size_t sizes[] = { 1200, 1280, 1300, 1349, 1350, 1351, 1352, 1353, 1354, 1355, 1356, 1400,
				1472, 1900, 2006, 2007, 2100, 2800, 4000, 9000, 20000, 40000, 65000 };

GTEST(Size, ipv4)
{
	rig_open(rig_config_edge);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct slice in = sized(sizes[i]);

		rig_send(in, ALICE, EDGE);
		check_whole(in, BOB);
	}
}

GTEST(Size, ipv6)
{
	rig_open(rig_config_edge);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct slice in = sized(sizes[i]);

		memcpy((char *)(uintptr_t)in.ptr + 8, "sip:bobb@six.example", 20);
		rig_send(in, "[2001:db8:1::7]:5060", "[2001:db8::10]:5060");
		check_whole(in, "[2001:db8::30]:5080");
	}
}

/* ---- fragments in ---- */

static void
fragment(struct slice in, const char *from, const char *to, uint16_t id, size_t at, size_t n)
{
	const struct rig_frame f = { .fragment_from = (uint16_t)at, .fragment_octets = (uint16_t)n,
				     .fragment_id = id };

	rig_queue(&f, in, from, to);
}

static const struct {
	const char *label, *from, *to;
} families[] = {
	{ "IPv4", ALICE, EDGE },
	{ "IPv6", "[2001:db8:1::7]:5060", "[2001:db8::10]:5060" },
};

static void
check_in_order(void **state)
{
	const typeof(families[0]) *r = *state;
	struct slice in = sized(3000);

	rig_open(rig_config_edge);
	fragment(in, r->from, r->to, 1, 0, 1448);
	fragment(in, r->from, r->to, 1, 1448, 1448);
	rig_walk();
	assert_int_equal(rig.out.count, 0);
	fragment(in, r->from, r->to, 1, 2896, 1448);
	rig_walk();
	check_whole(in, BOB);
	assert_int_equal(rig.out.counter[STATS_rx], 1);
}
GTEST_ROWS(InOrder, families, label, check_in_order);

static void
check_reversed(void **state)
{
	const typeof(families[0]) *r = *state;
	struct slice in = sized(3000);

	rig_open(rig_config_edge);
	fragment(in, r->from, r->to, 2, 2896, 1448);
	fragment(in, r->from, r->to, 2, 1448, 1448);
	fragment(in, r->from, r->to, 2, 0, 1448);
	rig_walk();
	check_whole(in, BOB);
}
GTEST_ROWS(Reversed, families, label, check_reversed);

/* Two pieces that say different things about the same octets make no datagram (RFC 5722). */
static void
check_overlap(void **state)
{
	const typeof(families[0]) *r = *state;
	struct slice in = sized(3000);

	rig_open(rig_config_edge);
	fragment(in, r->from, r->to, 3, 0, 1448);
	fragment(in, r->from, r->to, 3, 1400, 1448);
	fragment(in, r->from, r->to, 3, 2848, 1448);
	rig_walk();
	assert_int_equal(rig.out.count, 0);
	/* and the next datagram is not hurt */
	check_reversed(state);
}
GTEST_ROWS(Overlap, families, label, check_overlap);

/* A small last piece comes padded to the least ethernet frame. */
GTEST(Fragment, padded_last)
{
	struct slice in = sized(1450);
	struct rig_frame f = { .fragment_from = 1448, .fragment_octets = 1448, .fragment_id = 4,
			       .padding = 16 };

	rig_open(rig_config_edge);
	fragment(in, ALICE, EDGE, 4, 0, 1448);
	rig_queue(&f, in, ALICE, EDGE);
	rig_walk();
	check_whole(in, BOB);
}

/* More pieces than the table takes, of datagrams that never become whole. */
GTEST(Fragment, flood)
{
	struct slice in = sized(3000);

	rig_open(NULL);
	rig_open(rig_config_edge);
	for (unsigned int i = 0; i < 4000; i++) {
		fragment(in, ALICE, EDGE, (uint16_t)(100 + i), 8 * (1 + i % 100), 800);
		if (i % 200 == 199)
			rig_walk();
	}
	rig_walk();
	assert_int_equal(rig.out.count, 0);
	/* ordinary messages pass all the same */
	rig_send(in, ALICE, EDGE);
	check_whole(in, BOB);
}

/*
 * Many datagrams are given up in one burst: what is to be freed fits the list for it. Each has six
 * pieces in the middle, the seventh makes it one too many.
 */
GTEST(Fragment, given_up_together)
{
	struct slice in = sized(9000);
	uint32_t budget;

	rig_open(NULL);
	rig_open(rig_config_edge);
	for (unsigned int k = 1; k <= 6; k++) {
		for (unsigned int i = 0; i < 60; i++)
			fragment(in, ALICE, EDGE, (uint16_t)(1000 + i), 800 * k, 800);
		rig_walk();
	}
	budget = rig.worker->unresolved_budget;
	for (unsigned int i = 0; i < 60; i++)
		fragment(in, ALICE, EDGE, (uint16_t)(1000 + i), 5600, 800);
	rig_walk();
	assert_int_equal(rig.worker->unresolved_budget, budget);
	assert_int_equal(rig.out.counter[STATS_reassembly_failed], 60 * 7);
}

/* A next hop whose MAC is not known: by way of the kernel, within a limit. */
GTEST(Frame, unresolved)
{
	static const char text[] = "OPTIONS sip:bob@192.0.2.77 SIP/2.0\r\n" VIA MF
		"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: u\r\nCSeq: 1 OPTIONS\r\n\r\n";

	rig_open(NULL);
	rig_open(rig_config_edge);
	for (int i = 0; i < 300; i++)
		rig_queue(NULL, slice_of(text, sizeof(text) - 1), ALICE, EDGE);
	rig_walk();
	assert_int_equal(rig.out.counter[STATS_unresolved], 256);
	assert_int_equal(rig.out.counter[STATS_unresolved_limit], 44);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
