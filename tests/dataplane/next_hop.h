/* SPDX-License-Identifier: BSD-3-Clause */
/** Sets of next hops, and the rings to control, for the tests of them. */
#ifndef TESTS_DATAPLANE_NEXT_HOP_H
#define TESTS_DATAPLANE_NEXT_HOP_H

#include "cases.h"
#include "table/hops.h"

#define ONE "192.0.2.41:5060"
#define TWO "192.0.2.42:5060"

static struct message_rings rings;

static inline struct hops_target
target(const char *address, uint16_t group, uint32_t weight)
{
	return (struct hops_target){ .address = rig_address(address),
				     .group = group,
				     .weight = weight };
}

/** Which of ONE and TWO are down, and the names that control knows. */
static inline void
publish(bool one_down, bool two_down)
{
	const struct hops_target pair[] = { target(ONE, 0, 1), target(TWO, 0, 1) };
	const struct hops_target first[] = { target(ONE, 0, 1), target(TWO, 1, 1) };
	const struct hops_target known = target("192.0.2.43:5060", 0, 1);
	const struct hops_target other = target("192.0.2.44:5080", 0, 1);
	const struct hops_target ours = target(EDGE, 0, 1), here = target("10.0.0.1:9", 0, 1);
	const struct hops_target wide[] = { target("[2001:db8::41]:5060", 0, 1) };
	const struct hops_state states[] = {
		{ .address = rig_address(ONE), .down = one_down },
		{ .address = rig_address(TWO), .down = two_down },
	};
#define ROW(n, k, p, t, c, b)                                                                      \
	{                                                                                          \
		.name = SLICE(n), .kind = (k), .port = (p), .targets = (t), .target_count = (c),   \
		.balance = (b)                                                                     \
	}
	struct hops_entry entries[] = {
		ROW("pair.example", HOPS_CONFIGURED, 0, pair, 2, CONFIG_BALANCE_CALL_ID),
		ROW("aor.example", HOPS_CONFIGURED, 0, pair, 2, CONFIG_BALANCE_AOR),
		ROW("random.example", HOPS_CONFIGURED, 0, pair, 2, CONFIG_BALANCE_RANDOM),
		ROW("first.example", HOPS_CONFIGURED, 0, first, 2, CONFIG_BALANCE_CALL_ID),
		ROW("empty.example", HOPS_CONFIGURED, 0, NULL, 0, CONFIG_BALANCE_CALL_ID),
		ROW("known.test", HOPS_RESOLVED, 0, &known, 1, CONFIG_BALANCE_CALL_ID),
		ROW("known.test", HOPS_RESOLVED, 5080, &other, 1, CONFIG_BALANCE_CALL_ID),
		ROW("six.test", HOPS_RESOLVED, 0, wide, 1, CONFIG_BALANCE_CALL_ID),
		ROW("ours.test", HOPS_RESOLVED, 0, &ours, 1, CONFIG_BALANCE_CALL_ID),
		ROW("here.test", HOPS_RESOLVED, 0, &here, 1, CONFIG_BALANCE_CALL_ID),
		ROW("nowhere.test", HOPS_NOWHERE, 0, NULL, 0, CONFIG_BALANCE_CALL_ID),
		ROW("mute.test", HOPS_UNRESOLVED, 0, NULL, 0, CONFIG_BALANCE_CALL_ID),
		ROW("stale.test", HOPS_RESOLVED, 0, &known, 1, CONFIG_BALANCE_CALL_ID),
	};
#undef ROW
	const struct hops_content content = { .entries = entries,
					      .entry_count = RTE_DIM(entries),
					      .states = states,
					      .state_count = RTE_DIM(states) };

	entries[RTE_DIM(entries) - 1].expires_ms = 1;
	assert_int_equal(hops_publish(rig.engine->config->shm_dir, &content, NULL), SEGMENT_OK);
	via_engine_tick(rig.engine);
}

static inline void
open_with(const char *config, uint32_t elements)
{
	rig_open(NULL);
	rig_open(config);
	publish(false, false);
	assert_int_equal(message_rings_create(&rings, rig.engine->config->shm_dir, 1, elements),
			 SEGMENT_OK);
	segment_beat(&rings.segment);
	via_engine_tick(rig.engine);
}

static inline void
open_all(uint32_t elements)
{
	open_with(rig_config_dns, elements);
}

static inline int
close_rings(void **state)
{
	(void)state;
	message_rings_detach(&rings);
	rig_open(NULL);
	return 0;
}

/** A request of its own transaction `branch` and call `call`. */
static inline struct slice
request(const char *method, const char *uri, const char *to, unsigned int branch, unsigned int call)
{
	static char text[1024];

	return slice_of(
		text,
		(size_t)snprintf(
			text, sizeof(text),
			"%s %s SIP/2.0\r\nVia: SIP/2.0/UDP "
			"198.51.100.9:5060;branch=z9hG4bKx%u\r\n" MF
			"From: <sip:alice@example.org>;tag=a77\r\nTo: <%s>\r\nCall-ID: c%u\r\n"
			"CSeq: 1 %s\r\nContact: <sip:a@198.51.100.9>\r\nSupported: path\r\n"
			"Content-Length: 0\r\n\r\n",
			method, uri, branch, to, call, method));
}

#endif
