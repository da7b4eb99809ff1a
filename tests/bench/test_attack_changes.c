/* SPDX-License-Identifier: BSD-3-Clause */
/* A hop that changes what goes by it: which changes get around which check, and how far. */
#include "attack_scene.h"
#include "gtest.h"
#include "sip/check.h"

/* Requests forwarded by the proxy itself; WITHOUT_END is more than LIMIT. */
enum { LIMIT = 3000, WITHOUT_END = 0 };

#define E WITHOUT_END /* in the rows */

/*
 * 2: found at once. 510: 2 + 4 + ... + 2^8, found by the limit of visits alone (LD-28). 118: 440
 * where 60 are used up, as in scenario 7. The hash of RFC 3261 never finds anything: it covers the
 * topmost Via, which is another one each time.
 */
static const struct change_row {
	const char *label;
	unsigned int changes;
	unsigned int rfc3261_via, loop, breadth_440, both, both_440;
} changes[] = {
	/* clang-format off */
	{ "nothing", 0, 2, 2, 118, 2, 2 },
	{ "LD-11-from-tag", ATTACK_FROM_TAG, E, 2, 118, 2, 2 },
	{ "LD-11-to-tag", ATTACK_TO_TAG, E, 2, 118, 2, 2 },
	{ "LD-11-LD-19-via-params", ATTACK_VIA_PARAMS, 2, 2, 118, 2, 2 },
	{ "via-order", ATTACK_VIA_ORDER, 2, 2, 118, 2, 2 },
	{ "LD-09-cseq-method", ATTACK_CSEQ_METHOD, 2, 2, 118, 2, 2 },
	{ "LD-11-proxy-authorization", ATTACK_AUTHORIZATION, E, 2, 118, 2, 2 },
	{ "LD-11-max-forwards", ATTACK_MAX_FORWARDS, 2, 2, 118, 2, 2 },
	{ "LD-11-max-breadth", ATTACK_MAX_BREADTH, 2, 2, E, 2, 2 },
	{ "LD-14-uri-case", ATTACK_URI_CASE, E, 2, 118, 2, 2 },
	{ "LD-14-uri-escapes", ATTACK_URI_ESCAPES, E, 2, 118, 2, 2 },
	{ "LD-14-uri-headers", ATTACK_URI_HEADERS, E, 2, 118, 2, 2 },
	{ "uri-param", ATTACK_URI_PARAM, E, 510, 118, 510, 118 },
	{ "cseq-number", ATTACK_CSEQ_NUMBER, E, 510, 118, 510, 118 },
	{ "call-id", ATTACK_CALL_ID, E, 510, 118, 510, 118 },
	{ "param-and-breadth", ATTACK_URI_PARAM | ATTACK_MAX_BREADTH, E, 510, E, 510, 510 },
	{ "all-but-strip", ATTACK_VIA_STRIP - 1, E, 510, E, 510, 510 },
	{ "via-strip", ATTACK_VIA_STRIP, E, E, 118, E, 118 },
	{ "via-strip-and-breadth", ATTACK_VIA_STRIP | ATTACK_MAX_BREADTH, E, E, E, E, E },
	/* clang-format on */
};

static void
expect(const struct change_row *row, enum attack_protection by, unsigned int forwarded)
{
	const struct attack_scene scene = { ATTACK_HOP, by, .changes = row->changes };
	struct attack_world *w = attack_scene_open(&scene, ATTACK_AT_RANDOM);
	const struct attack_counts *n = attack_counts(w);

	assert_non_null(w);
	assert_true(attack_call(w, attack_scene_start(&scene), 70, SIP_NUMBER_ABSENT));
	assert_int_equal(attack_run(w, LIMIT), forwarded != WITHOUT_END);
	assert_int_equal(n->broken_sums, 0);
	/* who raises Max-Breadth does it for those behind him */
	if (by >= ATTACK_BY_BREADTH && (row->changes & ATTACK_MAX_BREADTH) == 0)
		assert_in_range(attack_most_at_one_depth(w), 2, 60);
	if (forwarded != WITHOUT_END) {
		assert_int_equal(n->forwarded, forwarded);
		assert_int_equal(n->answered, n->forwarded + n->passed);
		assert_int_equal(n->passed, n->forwarded);
		assert_int_equal(n->running, 0);
		assert_int_equal(n->final_count, 1);
	}
	attack_close(w);
}

static void
change(void **state)
{
	const struct change_row *row = *state;

	expect(row, ATTACK_BY_NOTHING, WITHOUT_END);
	/* the reverse order puts the caller's Via on top, as it was at first */
	expect(row, ATTACK_BY_RFC3261, row->changes == ATTACK_VIA_ORDER ? 2 : WITHOUT_END);
	expect(row, ATTACK_BY_RFC3261_VIA, row->rfc3261_via);
	expect(row, ATTACK_BY_LOOP, row->loop);
	expect(row, ATTACK_BY_BREADTH_440, row->breadth_440);
	expect(row, ATTACK_BY_BOTH, row->both);
	expect(row, ATTACK_BY_BOTH_440, row->both_440);
}
GTEST_ROWS(AttackChanges, changes, label, change);

/* With nothing at all but Max-Forwards the tree is as deep as that. */
static const struct depth_row {
	const char *label;
	unsigned int changes, max_forwards, forwarded, too_far;
} depths[] = {
	{ "m6", 0, 6, 14, 8 },
	{ "m8", ATTACK_FROM_TAG | ATTACK_URI_PARAM, 8, 30, 16 },
	{ "m6-raised", ATTACK_MAX_FORWARDS, 6, WITHOUT_END, 0 },
};

static void
depth(void **state)
{
	const struct depth_row *row = *state;
	const struct attack_scene scene = { ATTACK_HOP, .changes = row->changes, .victim = true };
	struct attack_world *w = attack_scene_open(&scene, ATTACK_EVEN);
	const struct attack_counts *n = attack_counts(w);

	assert_non_null(w);
	assert_true(
		attack_call(w, attack_scene_start(&scene), row->max_forwards, SIP_NUMBER_ABSENT));
	assert_int_equal(attack_run(w, LIMIT), row->forwarded != WITHOUT_END);
	if (row->forwarded != WITHOUT_END) {
		assert_int_equal(n->too_far, row->too_far);
		assert_int_equal(n->contexts, attack_arrived(w, ATTACK_VICTIM));
		assert_int_equal(n->forwarded, row->forwarded + n->contexts);
	}
	attack_close(w);
}
GTEST_ROWS(AttackChanges, depths, label, depth);
