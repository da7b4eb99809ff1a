/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/table/support.h"
#include "table/hops.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct hops_table table;

static int
close_hops(void **state)
{
	hops_detach(&table);
	return remove_dir(state);
}

static struct flow_address
address(const char *text, uint16_t port)
{
	struct flow_address a;

	assert_true(flow_ip_decode(slice_str(text), &a));
	a.port = port;
	return a;
}

static struct hops_target
target(const char *ip, uint16_t group, uint32_t weight)
{
	return (struct hops_target){ .address = address(ip, 5060),
				     .group = group,
				     .weight = weight };
}

static struct hops_entry
entry(const char *name, uint16_t port, const struct hops_target *targets, uint32_t count)
{
	return (struct hops_entry){ .name = slice_str(name),
				    .port = port,
				    .targets = targets,
				    .target_count = count,
				    .kind = port == 0 ? HOPS_CONFIGURED : HOPS_RESOLVED };
}

static struct hops_state
state_of(const char *ip, bool down)
{
	return (struct hops_state){ .address = address(ip, 5060), .down = down };
}

static void
publish(const struct hops_content *content)
{
	assert_int_equal(hops_publish(test_dir, content, NULL), SEGMENT_OK);
	hops_detach(&table);
	assert_int_equal(hops_attach(&table, test_dir), SEGMENT_OK);
}

/* Four in two groups, one of them IPv6; `down` is a mask. */
static const char *const four[] = { "192.0.2.1", "192.0.2.2", "2001:db8::3", "192.0.2.4" };

static void
publish_four(unsigned int down)
{
	const struct hops_target targets[] = {
		target(four[3], 2, 1),
		target(four[0], 1, 3),
		target(four[1], 1, 1),
		target(four[2], 2, 1),
	};
	struct hops_entry e = entry("a.example", 0, targets, COUNT(targets));
	struct hops_state states[4];

	for (unsigned int i = 0; i < 4; i++)
		states[i] = state_of(four[i], (down >> i & 1) != 0);
	publish(&(struct hops_content){
		.entries = &e, .entry_count = 1, .states = states, .state_count = 4 });
}

/* Which of the four a key leads to, or -1. */
static int
choice(uint64_t key, unsigned int families, bool *passed_over)
{
	const struct hops_set *set = hops_find(&table, SLICE("a.example"), 0, 0);
	struct hops_pick pick = hops_choose(&table, set, key, families);

	if (passed_over != NULL)
		*passed_over = pick.passed_over;
	for (int i = 0; i < 4 && pick.target != NULL; i++) {
		struct flow_address a = address(four[i], 5060);

		if (flow_address_eq(&pick.target->address, &a))
			return i;
	}
	assert_null(pick.target);
	return -1;
}

#define BOTH (HOPS_IPV4 | HOPS_IPV6)

/* Those of the first group as long as one of it is up and has an address for us. */
static const struct group_row {
	const char *label;
	unsigned int down, families, may; /* masks */
	bool passed_over;                 /* for every key */
} groups[] = {
	{ "all up", 0, BOTH, 0x3, false },
	{ "first down", 0x1, BOTH, 0x2, false },
	{ "group down", 0x3, BOTH, 0xc, true },
	{ "all down", 0xf, BOTH, 0, true },
	{ "second group down", 0xc, BOTH, 0x3, false },
	{ "IPv6 only", 0, HOPS_IPV6, 0x4, false },
	{ "IPv6 only, and it is down", 0x4, HOPS_IPV6, 0, true },
	{ "IPv4 only, group down", 0x3, HOPS_IPV4, 0x8, true },
	{ "no family", 0, 0, 0, false },
};

static void
check_groups(void **state)
{
	const struct group_row *r = gtest_row();
	unsigned int seen = 0;
	bool passed_over;

	(void)state;
	publish_four(r->down);
	for (uint64_t key = 0; key < 2000; key++) {
		int i = choice(key, r->families, &passed_over);

		seen |= i >= 0 ? 1U << i : 0;
		assert_true(i >= 0 || r->may == 0);
		if (r->passed_over)
			assert_true(passed_over);
		else if (r->down == 0)
			assert_false(passed_over);
	}
	assert_int_equal(seen, r->may);
}
GTEST_ROWS_F(Hops, groups, label, check_groups, make_dir, close_hops);

static const struct {
	const char *label;
	unsigned int count;
	uint32_t weight[6];
} weights[] = {
	{ "equal", 2, { 1, 1 } },
	{ "three to one", 2, { 3, 1 } },
	{ "six", 6, { 1, 2, 3, 4, 5, 6 } },
	{ "one is small", 3, { 65535, 65535, 655 } },
	{ "largest", 2, { UINT32_MAX, UINT32_MAX / 3 } },
};

static void
check_weights(void **state)
{
	const typeof(weights[0]) *r = gtest_row();
	enum { KEYS = 100000 };
	struct hops_target targets[6];
	unsigned int got[6] = { 0 };
	uint64_t sum = 0, seed = 7;

	(void)state;
	for (unsigned int i = 0; i < r->count; i++) {
		targets[i] = target("192.0.2.0", 0, r->weight[i]);
		targets[i].address.ip[3] = (uint8_t)(20 + i);
		sum += r->weight[i];
	}
	hops_prepare(targets, r->count);
	for (unsigned int k = 0; k < KEYS; k++) {
		uint64_t key = (uint64_t)random_below(&seed, UINT32_MAX) << 32 | k;
		struct hops_pick pick = hops_choose_among(targets, r->count, key, BOTH);

		got[pick.target - targets]++;
	}
	for (unsigned int i = 0; i < r->count; i++) {
		double want = (double)KEYS * r->weight[i] / (double)sum;

		if (got[i] < want - KEYS / 100.0 || got[i] > want + KEYS / 100.0)
			fail_msg("target %u: have %u of %d, want %.0f", i, got[i], KEYS, want);
	}
}
GTEST_ROWS_F(Hops, weights, label, check_weights, make_dir, close_hops);

/* PR-15: who goes down moves only its own keys, and to the others by their weights. */
GTEST_F(Hops, little_moves, make_dir, close_hops)
{
	enum { KEYS = 20000 };
	static int before[KEYS];
	bool passed_over;

	publish_four(0);
	for (uint64_t key = 0; key < KEYS; key++)
		before[key] = choice(key, BOTH, NULL);
	publish_four(0x2);
	for (uint64_t key = 0; key < KEYS; key++) {
		int now = choice(key, BOTH, &passed_over);

		assert_int_equal(now, 0);
		assert_int_equal(passed_over, before[key] == 1);
	}
	publish_four(0);
	for (uint64_t key = 0; key < KEYS; key++)
		assert_int_equal(choice(key, BOTH, NULL), before[key]);
}

/* The order in which targets are written means nothing. */
GTEST_F(Hops, order_does_not_matter, make_dir, close_hops)
{
	struct hops_target one[3], two[3];

	for (unsigned int i = 0; i < 3; i++) {
		one[i] = target(four[i], 0, i + 1);
		two[2 - i] = one[i];
	}
	hops_prepare(one, 3);
	hops_prepare(two, 3);
	for (uint64_t key = 0; key < 5000; key++) {
		struct hops_pick a = hops_choose_among(one, 3, key * 77, BOTH);
		struct hops_pick b = hops_choose_among(two, 3, key * 77, BOTH);

		assert_true(flow_address_eq(&a.target->address, &b.target->address));
	}
}

static const struct find_row {
	const char *label, *name;
	uint16_t port;
	uint64_t now;
	int set; /* -1: none */
} finds[] = {
	{ "as written", "a.example", 0, 0, 0 },
	{ "upper case", "A.EXAMPLE", 0, 0, 0 },
	{ "written in upper case", "b.example", 5070, 0, 1 },
	{ "other port", "b.example", 5071, 0, -1 },
	{ "no port", "b.example", 0, 0, -1 },
	{ "port that is not there", "a.example", 5060, 0, -1 },
	{ "any", "*", 0, 0, 2 },
	{ "shorter", "a.exampl", 0, 0, -1 },
	{ "longer", "a.example.", 0, 0, -1 },
	{ "empty", "", 0, 0, -1 },
	{ "not yet expired", "c.example", 1, 999, 3 },
	{ "expired", "c.example", 1, 1000, -1 },
	{ "twice there", "d.example", 0, 0, 4 },
};

static void
check_find(void **state)
{
	const struct find_row *r = gtest_row();
	struct hops_target t = target("192.0.2.1", 0, 1);
	struct hops_entry entries[] = {
		entry("a.example", 0, &t, 1),   entry("B.Example", 5070, &t, 1),
		entry("*", 0, NULL, 0),         entry("c.example", 1, &t, 1),
		entry("d.example", 0, NULL, 0), entry("D.example", 0, &t, 1),
	};
	const struct hops_set *set;

	(void)state;
	entries[3].expires_ms = 1000;
	publish(&(struct hops_content){ .entries = entries, .entry_count = COUNT(entries) });
	set = hops_find(&table, slice_str(r->name), r->port, r->now);
	if (r->set < 0)
		assert_null(set);
	else
		assert_int_equal(set - table.sets, r->set);
}
GTEST_ROWS_F(Hops, finds, label, check_find, make_dir, close_hops);

GTEST_F(Hops, names_too_long, make_dir, close_hops)
{
	char name[300];
	struct hops_entry e = entry("", 0, NULL, 0);

	memset(name, 'x', sizeof(name));
	e.name = slice_of(name, HOPS_NAME_MAX);
	publish(&(struct hops_content){ .entries = &e, .entry_count = 1 });
	assert_non_null(hops_find(&table, slice_of(name, 255), 0, 0));
	assert_null(hops_find(&table, slice_of(name, 256), 0, 0));
	assert_null(hops_find(&table, slice_of(name, 300), 0, 0));
}

GTEST_F(Hops, many_names, make_dir, close_hops)
{
	enum { NAMES = 5000 };
	static struct hops_entry entries[NAMES];
	static char text[NAMES + 1][24];
	struct hops_target t = target("192.0.2.1", 0, 1);

	for (unsigned int i = 0; i <= NAMES; i++)
		snprintf(text[i], sizeof(text[i]), "n%u.example", i);
	for (unsigned int i = 0; i < NAMES; i++)
		entries[i] = entry(text[i], 0, &t, i % 2);
	publish(&(struct hops_content){ .entries = entries, .entry_count = NAMES });
	for (unsigned int i = 0; i < NAMES; i++) {
		const struct hops_set *set = hops_find(&table, slice_str(text[i]), 0, 0);

		assert_non_null(set);
		assert_int_equal(set->count, i % 2);
		assert_true(slice_eq(hops_name(&table, set), slice_str(text[i])));
	}
	assert_null(hops_find(&table, slice_str(text[NAMES]), 0, 0));
}

/* ---- states ---- */

GTEST_F(Hops, states, make_dir, close_hops)
{
	struct flow_address a;

	publish_four(0x6);
	for (unsigned int i = 0; i < 4; i++) {
		a = address(four[i], 5060);
		assert_int_equal(hops_is_down(&table, &a), i == 1 || i == 2);
		assert_non_null(hops_state_find(&table, &a));
		a.port = 5061;
		assert_false(hops_is_down(&table, &a));
		assert_null(hops_state_find(&table, &a));
	}
	a = address("::ffff:192.0.2.2", 5060);
	assert_false(hops_is_down(&table, &a));
}

/* A table that was never attached answers, too. */
GTEST(Hops, not_attached)
{
	const struct hops_table none = { 0 };
	struct flow_address a = address("192.0.2.7", 5060);

	assert_null(hops_find(&none, SLICE("a.example"), 0, 0));
	assert_null(hops_state_find(&none, &a));
	assert_false(hops_is_down(&none, &a));
}

GTEST_F(Hops, answers_are_noted, make_dir, close_hops)
{
	struct hops_state states[] = { state_of("192.0.2.1", false), state_of("192.0.2.2", true) };
	struct flow_address there = address("192.0.2.2", 5060), other = address("192.0.2.3", 5060);
	struct segment kept = { 0 };
	const struct hops_state *s;

	hops_note_answer(&kept, &there, 200, 1); /* nothing published yet */
	assert_int_equal(hops_publish(test_dir,
				      &(struct hops_content){ .states = states, .state_count = 2 },
				      &kept),
			 SEGMENT_OK);
	assert_int_equal(hops_attach(&table, test_dir), SEGMENT_OK);
	hops_note_answer(&kept, &there, 405, 77);
	hops_note_answer(&kept, &other, 200, 78);
	s = hops_state_find(&table, &there);
	assert_int_equal(s->status, 405);
	assert_int_equal(s->answered_ms, 77);
	assert_null(hops_state_find(&table, &other));
	assert_true(hops_is_down(&table, &there));
	segment_detach(&kept);
}

GTEST_F(Hops, a_new_snapshot, make_dir, close_hops)
{
	publish_four(0);
	assert_int_equal(hops_publish(test_dir, &(struct hops_content){ 0 }, NULL), SEGMENT_OK);
	assert_true(segment_replaced(&table.segment));
	assert_non_null(hops_find(&table, SLICE("a.example"), 0, 0));
	publish(&(struct hops_content){ 0 });
	assert_null(hops_find(&table, SLICE("a.example"), 0, 0));
}

/* ---- what is not sound is refused ---- */

static const struct header_row headers[] = {
	SEGMENT_HEADER_ROWS,
	{ "sets-outside", FIELD(struct hops_header, sets_off), UINT64_C(1) << 40,
	  SEGMENT_ERR_SHORT },
	{ "sets-unaligned", FIELD(struct hops_header, sets_off), 132, SEGMENT_ERR_SHORT },
	{ "sets-too-many", FIELD(struct hops_header, set_count), UINT32_MAX, SEGMENT_ERR_SHORT },
	{ "sets-one-more", FIELD(struct hops_header, set_count), 2, SEGMENT_ERR_SHORT },
	{ "targets-outside", FIELD(struct hops_header, targets_off), UINT64_MAX - 7,
	  SEGMENT_ERR_SHORT },
	{ "targets-too-many", FIELD(struct hops_header, target_count), UINT32_MAX,
	  SEGMENT_ERR_SHORT },
	{ "targets-too-few", FIELD(struct hops_header, target_count), 3, SEGMENT_ERR_SHORT },
	{ "states-outside", FIELD(struct hops_header, states_off), UINT64_C(1) << 40,
	  SEGMENT_ERR_SHORT },
	{ "states-unaligned", FIELD(struct hops_header, states_off), 129, SEGMENT_ERR_SHORT },
	{ "state-slots-0", FIELD(struct hops_header, state_slots), 0, SEGMENT_ERR_SHORT },
	{ "state-slots-no-power", FIELD(struct hops_header, state_slots), 15, SEGMENT_ERR_SHORT },
	{ "state-slots-too-many", FIELD(struct hops_header, state_slots), UINT32_C(1) << 31,
	  SEGMENT_ERR_SHORT },
	{ "slots-outside", FIELD(struct hops_header, slots_off), UINT64_C(1) << 40,
	  SEGMENT_ERR_SHORT },
	{ "slots-unaligned", FIELD(struct hops_header, slots_off), 130, SEGMENT_ERR_SHORT },
	{ "slots-0", FIELD(struct hops_header, slot_count), 0, SEGMENT_ERR_SHORT },
	{ "slots-no-power", FIELD(struct hops_header, slot_count), 12, SEGMENT_ERR_SHORT },
	{ "text-outside", FIELD(struct hops_header, text_off), UINT64_C(1) << 40,
	  SEGMENT_ERR_SHORT },
	{ "text-too-long", FIELD(struct hops_header, text_size), UINT32_MAX, SEGMENT_ERR_SHORT },
	{ "text-too-short", FIELD(struct hops_header, text_size), 8, SEGMENT_ERR_SHORT },
};

static void
check_header(void **state)
{
	const struct header_row *r = gtest_row();

	(void)state;
	publish_four(0);
	hops_detach(&table);
	patch_header("hops", r);
	assert_int_equal(hops_attach(&table, test_dir), r->error);
	if (r->error != SEGMENT_OK)
		assert_null(table.sets);
}
GTEST_ROWS_F(Hops, headers, label, check_header, make_dir, close_hops);

/* The same in the rows behind the header. */
static const struct header_row rows[] = {
	{ "kind-0", FIELD(struct hops_set, kind), 0, SEGMENT_ERR_SHORT },
	{ "kind-5", FIELD(struct hops_set, kind), 5, SEGMENT_ERR_SHORT },
	{ "name-outside", FIELD(struct hops_set, name_off), 1, SEGMENT_ERR_SHORT },
	{ "name-far-outside", FIELD(struct hops_set, name_off), UINT32_MAX, SEGMENT_ERR_SHORT },
	{ "name-too-long", FIELD(struct hops_set, name_len), 10, SEGMENT_ERR_SHORT },
	{ "name-longer-than-any", FIELD(struct hops_set, name_len), 256, SEGMENT_ERR_SHORT },
	{ "first-outside", FIELD(struct hops_set, first), 1, SEGMENT_ERR_SHORT },
	{ "first-far-outside", FIELD(struct hops_set, first), UINT32_MAX, SEGMENT_ERR_SHORT },
	{ "count-one-more", FIELD(struct hops_set, count), 5, SEGMENT_ERR_SHORT },
	{ "count-most", FIELD(struct hops_set, count), UINT16_MAX, SEGMENT_ERR_SHORT },
	{ "port-other", FIELD(struct hops_set, port), 1, SEGMENT_OK },
};

static void
check_row(void **state)
{
	const struct header_row *r = gtest_row();
	struct header_row at = *r;

	(void)state;
	publish_four(0);
	at.at += ((const struct hops_header *)table.segment.header)->sets_off;
	hops_detach(&table);
	patch_header("hops", &at);
	assert_int_equal(hops_attach(&table, test_dir), r->error);
}
GTEST_ROWS_F(Hops, rows, label, check_row, make_dir, close_hops);

GTEST_F(Hops, slots_and_weights, make_dir, close_hops)
{
	struct hops_header h;
	uint32_t wrong = 2, none = 0;

	publish_four(0);
	memcpy(&h, table.segment.header, sizeof(h));
	hops_detach(&table);
	patch_file("hops", h.slots_off + 4, &wrong, sizeof(wrong));
	assert_int_equal(hops_attach(&table, test_dir), SEGMENT_ERR_SHORT);
	publish_four(0);
	hops_detach(&table);
	patch_file("hops", h.targets_off + offsetof(struct hops_target, weight), &none, 4);
	assert_int_equal(hops_attach(&table, test_dir), SEGMENT_ERR_SHORT);
}

/* No empty slot to stop at: searches still end. */
GTEST_F(Hops, every_slot_taken, make_dir, close_hops)
{
	struct hops_state full = state_of("192.0.2.9", true);
	struct flow_address other = address("192.0.2.7", 5060);
	struct hops_header h;
	uint32_t one = 1;

	publish_four(1);
	memcpy(&h, table.segment.header, sizeof(h));
	for (uint32_t i = 0; i < h.slot_count; i++)
		patch_file("hops", h.slots_off + i * sizeof(one), &one, sizeof(one));
	for (uint32_t i = 0; i < h.state_slots; i++)
		patch_file("hops", h.states_off + i * sizeof(full), &full, sizeof(full));
	hops_detach(&table);
	assert_int_equal(hops_attach(&table, test_dir), SEGMENT_OK);
	assert_null(hops_find(&table, SLICE("b.example"), 0, 0));
	assert_non_null(hops_find(&table, SLICE("a.example"), 0, 0));
	assert_null(hops_state_find(&table, &other));
}
