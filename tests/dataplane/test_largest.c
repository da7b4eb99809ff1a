/* SPDX-License-Identifier: BSD-3-Clause */
/** The largest datagrams there are. A program of its own: what writes behind a buffer ends it. */
#include "cases.h"

/* A buffer is followed by others, so this looks at what comes out as well. */
static void
send_pieces(size_t size, uint16_t piece, uint16_t padding)
{
	const struct rig_frame f = { .piece = piece, .padding = padding };
	struct slice in = sized(size);

	rig_send_frame(&f, in, ALICE, EDGE);
	assert_int_equal(rig.out.counter[STATS_rx], 1);
	assert_in_range(rig.out.count, 0, 1);
	if (rig.out.count + rig.out.counter[STATS_no_buffer] == 1)
		return;
	for (enum stats_counter c = 0; c < STATS_COUNT; c++)
		if (rig.out.counter[c] != 0)
			print_error("%s: %lu\n", stats_counter_name(c),
				    (unsigned long)rig.out.counter[c]);
	fail_msg("%zu octets in pieces of %u, %u of padding", size, piece, padding);
}

GTEST(Largest, with_padding)
{
	rig_open(rig_config_edge);
	for (uint16_t padding = 0; padding < 250; padding += 10)
		send_pieces(65380, 9000, padding);
}

static const size_t sizes[] = { 65000, 65400, 65407, 65408, 65465, 65480, 65493, 65494, 65495,
				65507 };

GTEST(Largest, in_chains)
{
	static const uint16_t pieces[] = { 1500, 2000, 9000 };

	rig_open(rig_config_edge);
	for (size_t i = 0; i < RTE_DIM(sizes); i++)
		for (size_t k = 0; k < RTE_DIM(pieces); k++)
			send_pieces(sizes[i], pieces[k], 0);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
