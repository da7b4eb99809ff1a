/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/table/support.h"
#include "table/message_ring.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <rte_ring.h>
#include <rte_ring_peek_zc.h>
#pragma GCC diagnostic pop

enum { ELEMENTS = 64, CAPACITY = ELEMENTS - 1, HEAD_ELEMENTS = 2 };

static struct message_rings control, dataplane;
static uint8_t out[MESSAGE_RING_MESSAGE_MAX], in[MESSAGE_RING_MESSAGE_MAX];

static void
open_rings(unsigned int workers, uint32_t elements)
{
	assert_int_equal(message_rings_create(&control, test_dir, workers, elements), SEGMENT_OK);
	assert_int_equal(message_rings_attach(&dataplane, test_dir, MESSAGE_DATAPLANE), SEGMENT_OK);
}

static int
close_rings(void **state)
{
	message_rings_detach(&control);
	message_rings_detach(&dataplane);
	return remove_dir(state);
}

/* Message number `n`: its length and octets follow from the number. */
static struct message_head
head_of(uint32_t n, uint32_t length)
{
	struct message_head head = {
		.length = length,
		.kind = MESSAGE_SIP,
		.listener = (uint8_t)n,
		.flags = MESSAGE_FIRST_HOP,
		.flow = { .generation = n, .transport = FLOW_UDP },
		.to = { .port = (uint16_t)n, .family = 4 },
	};

	for (uint32_t i = 0; i < length; i++)
		out[i] = (uint8_t)(n * 7 + i * 13 + i / 64);
	return head;
}

static bool
put(struct message_ring *ring, uint32_t n, uint32_t length)
{
	struct message_head head = head_of(n, length);

	return message_ring_put(ring, &head, out);
}

/* The next message of the ring is number `n`, whole. */
static void
assert_get(struct message_ring *ring, uint32_t n, uint32_t length)
{
	struct message_head got, want = head_of(n, length);

	memset(in, 0xee, sizeof(in));
	assert_true(message_ring_get(ring, &got, in));
	assert_memory_equal(&got, &want, sizeof(got));
	if (length > 0)
		assert_memory_equal(in, out, length);
	if (length < sizeof(in))
		assert_int_equal(in[length], 0xee);
}

static void
assert_empty(struct message_ring *ring)
{
	struct message_head head;

	assert_false(message_ring_get(ring, &head, in));
	assert_int_equal(message_ring_used(ring), 0);
}

static const struct length_row {
	const char *label;
	uint32_t length, used;
} lengths[] = {
	{ "0", 0, 2 },   { "1", 1, 3 },      { "63", 63, 3 },          { "64", 64, 3 },
	{ "65", 65, 4 }, { "800", 800, 15 }, { "65534", 65534, 1026 }, { "65535", 65535, 1026 },
};

static void
check_length(void **state)
{
	const struct length_row *r = gtest_row();

	(void)state;
	open_rings(1, 2048);
	assert_empty(&control.punt[0]);
	assert_true(put(&dataplane.punt[0], 1, r->length));
	assert_int_equal(message_ring_used(&control.punt[0]), r->used);
	assert_get(&control.punt[0], 1, r->length);
	assert_empty(&control.punt[0]);
	assert_true(put(&control.inject[0], 2, r->length));
	assert_get(&dataplane.inject[0], 2, r->length);
	assert_empty(&dataplane.inject[0]);
}
GTEST_ROWS_F(MessageRing, lengths, label, check_length, make_dir, close_rings);

GTEST_F(MessageRing, longer_than_the_longest, make_dir, close_rings)
{
	struct message_head head = head_of(1, 100);

	open_rings(1, 4096);
	head.length = MESSAGE_RING_MESSAGE_MAX + 1;
	assert_false(message_ring_put(&dataplane.punt[0], &head, out));
	head.length = UINT32_MAX;
	assert_false(message_ring_put(&dataplane.punt[0], &head, out));
	assert_empty(&control.punt[0]);
}

GTEST_F(MessageRing, longer_than_the_ring, make_dir, close_rings)
{
	uint32_t most = (CAPACITY - HEAD_ELEMENTS) * MESSAGE_RING_ELEMENT;

	open_rings(1, ELEMENTS);
	assert_false(put(&dataplane.punt[0], 1, most + 1));
	assert_empty(&control.punt[0]);
	assert_true(put(&dataplane.punt[0], 1, most));
	assert_int_equal(message_ring_used(&control.punt[0]), CAPACITY);
	assert_false(put(&dataplane.punt[0], 2, 0));
	assert_get(&control.punt[0], 1, most);
	assert_empty(&control.punt[0]);
}

GTEST_F(MessageRing, full_refuses_and_forgets_nothing, make_dir, close_rings)
{
	uint32_t first = 0, next = 0;

	open_rings(1, ELEMENTS);
	for (unsigned int round = 0; round < 500; round++) {
		while (put(&dataplane.punt[0], next, next * 37 % 700))
			next++;
		assert_true(next > first);
		for (unsigned int i = 0; i < 1 + round % 5 && first < next; i++, first++)
			assert_get(&control.punt[0], first, first * 37 % 700);
	}
	for (; first < next; first++)
		assert_get(&control.punt[0], first, first * 37 % 700);
	assert_empty(&control.punt[0]);
}

/* Every place of the seam inside a message: head, body and behind it. */
GTEST_F(MessageRing, wraps_anywhere, make_dir, close_rings)
{
	uint32_t n = 0;

	open_rings(1, 16);
	for (uint32_t length = 0; length <= 13 * MESSAGE_RING_ELEMENT; length += 21)
		for (unsigned int start = 0; start < 16; start++) {
			assert_true(put(&dataplane.punt[0], n, length));
			assert_get(&control.punt[0], n++, length);
			/* An odd number of elements, so that every start comes up. */
			assert_true(put(&dataplane.punt[0], n, 1));
			assert_get(&control.punt[0], n++, 1);
		}
	assert_empty(&control.punt[0]);
}

/* The 32-bit indices of the ring come to their end and begin anew. */
GTEST_F(MessageRing, indices_wrap, make_dir, close_rings)
{
	struct rte_ring *ring;

	open_rings(1, ELEMENTS);
	ring = dataplane.punt[0].ring;
	ring->prod.head = ring->prod.tail = ring->cons.head = ring->cons.tail = UINT32_MAX - 20;
	for (uint32_t n = 0; n < 100; n++) {
		assert_true(put(&dataplane.punt[0], n, n * 11));
		assert_get(&control.punt[0], n, n * 11);
	}
}

GTEST_F(MessageRing, each_worker_has_its_own, make_dir, close_rings)
{
	open_rings(MESSAGE_RING_WORKERS, ELEMENTS);
	assert_int_equal(dataplane.workers, MESSAGE_RING_WORKERS);
	for (uint32_t i = 0; i < MESSAGE_RING_WORKERS; i++) {
		assert_true(put(&dataplane.punt[i], i, i));
		assert_true(put(&control.inject[i], 1000 + i, 3 * i));
	}
	for (uint32_t i = 0; i < MESSAGE_RING_WORKERS; i++) {
		assert_get(&control.punt[i], i, i);
		assert_get(&dataplane.inject[i], 1000 + i, 3 * i);
		assert_empty(&control.punt[i]);
		assert_empty(&dataplane.inject[i]);
	}
}

/* The head of the oldest message in the ring. */
static struct message_head *
oldest(struct message_ring *r)
{
	struct rte_ring *ring = r->ring;

	return (struct message_head *)(void *)((uint8_t *)&ring[1] +
					       (ring->cons.tail & ring->mask) *
						       MESSAGE_RING_ELEMENT);
}

static const struct lie_row {
	const char *label;
	uint32_t length;
} lies[] = {
	{ "longer-than-what-is-there", 3 * 64 + 1 },
	{ "longest", MESSAGE_RING_MESSAGE_MAX },
	{ "longer-than-the-longest", MESSAGE_RING_MESSAGE_MAX + 1 },
	{ "wraps", UINT32_MAX },
	{ "wraps-with-the-head", UINT32_MAX - 127 },
	{ "wraps-with-head-and-rounding", UINT32_MAX - 128 - 62 },
};

static void
check_lie(void **state)
{
	const struct lie_row *r = gtest_row();
	struct message_head head;

	(void)state;
	open_rings(1, ELEMENTS);
	assert_true(put(&dataplane.punt[0], 1, 64));
	assert_true(put(&dataplane.punt[0], 2, 0));
	oldest(&control.punt[0])->length = r->length;
	assert_false(message_ring_get(&control.punt[0], &head, in));
	assert_empty(&control.punt[0]);
	assert_true(put(&dataplane.punt[0], 3, 500));
	assert_get(&control.punt[0], 3, 500);
}
GTEST_ROWS_F(MessageRing, lies, label, check_lie, make_dir, close_rings);

/* A lie that the elements of other messages would bear out. */
GTEST_F(MessageRing, a_lie_as_long_as_a_large_ring, make_dir, close_rings)
{
	struct message_head head;

	open_rings(1, 4096);
	for (uint32_t n = 0; n < 3; n++)
		assert_true(put(&dataplane.punt[0], n, MESSAGE_RING_MESSAGE_MAX));
	oldest(&control.punt[0])->length = MESSAGE_RING_MESSAGE_MAX + 1;
	assert_false(message_ring_get(&control.punt[0], &head, in));
	assert_empty(&control.punt[0]);
}

/* A producer that writes one element only, which is no message. */
GTEST_F(MessageRing, half_a_head, make_dir, close_rings)
{
	struct rte_ring_zc_data zc = { .ptr1 = NULL };
	struct message_head head;
	struct rte_ring *ring;

	open_rings(1, ELEMENTS);
	ring = dataplane.punt[0].ring;
	assert_int_equal(
		rte_ring_enqueue_zc_bulk_elem_start(ring, MESSAGE_RING_ELEMENT, 1, &zc, NULL), 1);
	memset(zc.ptr1, 0xff, MESSAGE_RING_ELEMENT);
	rte_ring_enqueue_zc_elem_finish(ring, 1);
	assert_false(message_ring_get(&control.punt[0], &head, in));
	assert_true(put(&dataplane.punt[0], 3, 500) || true);
	assert_false(message_ring_get(&control.punt[0], &head, in));
}

/* What a producer leaves that died between moving its head and its tail. */
static void
leave_half_written(struct rte_ring *ring, unsigned int elements)
{
	struct rte_ring_zc_data zc = { .ptr1 = NULL };

	assert_int_equal(rte_ring_enqueue_zc_bulk_elem_start(ring, MESSAGE_RING_ELEMENT, elements,
							     &zc, NULL),
			 elements);
	memset(zc.ptr1, 0xff, (size_t)zc.n1 * MESSAGE_RING_ELEMENT);
}

GTEST_F(MessageRing, a_dataplane_died_while_it_wrote, make_dir, close_rings)
{
	open_rings(2, ELEMENTS);
	assert_true(put(&dataplane.punt[1], 1, 300));
	leave_half_written(dataplane.punt[1].ring, 20);
	assert_int_equal(message_rings_attach(&dataplane, test_dir, MESSAGE_DATAPLANE), SEGMENT_OK);
	assert_true(put(&dataplane.punt[1], 2, 400));
	assert_get(&control.punt[1], 1, 300);
	assert_get(&control.punt[1], 2, 400);
	assert_empty(&control.punt[1]);
}

GTEST_F(MessageRing, a_control_died_while_it_wrote, make_dir, close_rings)
{
	open_rings(2, ELEMENTS);
	assert_true(put(&control.inject[1], 1, 300));
	leave_half_written(control.inject[1].ring, 20);
	message_rings_detach(&control);
	assert_int_equal(message_rings_create(&control, test_dir, 2, ELEMENTS), SEGMENT_OK);
	assert_true(put(&control.inject[1], 2, 400));
	assert_get(&dataplane.inject[1], 1, 300);
	assert_get(&dataplane.inject[1], 2, 400);
	assert_empty(&dataplane.inject[1]);
}

/* A message that was being read comes again, whole. */
GTEST_F(MessageRing, a_reader_died_while_it_read, make_dir, close_rings)
{
	struct rte_ring_zc_data zc = { .ptr1 = NULL };
	unsigned int left;

	open_rings(1, ELEMENTS);
	for (uint32_t n = 0; n < 3; n++) {
		assert_true(put(&dataplane.punt[0], n, 100 * n));
		assert_true(put(&control.inject[0], n, 100 * n));
	}
	rte_ring_dequeue_zc_bulk_elem_start(control.punt[0].ring, MESSAGE_RING_ELEMENT, 2, &zc,
					    &left);
	rte_ring_dequeue_zc_bulk_elem_start(dataplane.inject[0].ring, MESSAGE_RING_ELEMENT, 2, &zc,
					    &left);
	assert_int_equal(message_rings_attach(&control, test_dir, MESSAGE_CONTROL), SEGMENT_OK);
	assert_int_equal(message_rings_attach(&dataplane, test_dir, MESSAGE_DATAPLANE), SEGMENT_OK);
	for (uint32_t n = 0; n < 3; n++) {
		assert_get(&control.punt[0], n, 100 * n);
		assert_get(&dataplane.inject[0], n, 100 * n);
	}
	assert_empty(&control.punt[0]);
	assert_empty(&dataplane.inject[0]);
}

/* Setting our half straight must leave the other side's half alone, which may be at work. */
GTEST_F(MessageRing, the_other_sides_half_is_left_alone, make_dir, close_rings)
{
	struct message_head head = head_of(5, 64);
	struct message_rings another;
	struct rte_ring_zc_data zc = { .ptr1 = NULL };
	struct rte_ring *ring;

	open_rings(1, ELEMENTS);
	ring = dataplane.punt[0].ring;
	assert_int_equal(
		rte_ring_enqueue_zc_bulk_elem_start(ring, MESSAGE_RING_ELEMENT, 3, &zc, NULL), 3);
	assert_int_equal(message_rings_attach(&another, test_dir, MESSAGE_CONTROL), SEGMENT_OK);
	memcpy(zc.ptr1, &head, sizeof(head));
	memcpy((uint8_t *)zc.ptr1 + sizeof(head), out, 64);
	rte_ring_enqueue_zc_elem_finish(ring, 3);
	assert_get(&another.punt[0], 5, 64);
	assert_empty(&another.punt[0]);
	message_rings_detach(&another);
}

GTEST_F(MessageRing, a_set_that_suits_is_kept, make_dir, close_rings)
{
	open_rings(2, ELEMENTS);
	assert_true(put(&dataplane.punt[1], 1, 300));
	message_rings_detach(&control);
	assert_int_equal(message_rings_create(&control, test_dir, 2, ELEMENTS), SEGMENT_OK);
	assert_false(segment_replaced(&dataplane.segment));
	assert_get(&control.punt[1], 1, 300);
}

static const struct other_row {
	const char *label;
	unsigned int workers;
	uint32_t elements;
} others[] = {
	{ "more-workers", 3, ELEMENTS },
	{ "fewer-workers", 1, ELEMENTS },
	{ "more-elements", 2, 2 * ELEMENTS },
	{ "fewer-elements", 2, ELEMENTS / 2 },
};

static void
check_other(void **state)
{
	const struct other_row *r = gtest_row();

	(void)state;
	open_rings(2, ELEMENTS);
	assert_true(put(&dataplane.punt[0], 1, 300));
	message_rings_detach(&control);
	assert_int_equal(message_rings_create(&control, test_dir, r->workers, r->elements),
			 SEGMENT_OK);
	assert_int_equal(control.workers, r->workers);
	assert_true(segment_replaced(&dataplane.segment));
	assert_empty(&control.punt[0]);
}
GTEST_ROWS_F(MessageRing, others, label, check_other, make_dir, close_rings);

/* The header of the segment and that of its first ring, by offset. */
static const struct header_row headers[] = {
	SEGMENT_HEADER_ROWS,
	{ "workers-0", 128, 4, 0, SEGMENT_ERR_SHORT },
	{ "workers-65", 128, 4, 65, SEGMENT_ERR_SHORT },
	{ "workers-more-than-there-are", 128, 4, 3, SEGMENT_ERR_SHORT },
	{ "elements-0", 132, 4, 0, SEGMENT_ERR_SHORT },
	{ "elements-1", 132, 4, 1, SEGMENT_ERR_SHORT },
	{ "elements-no-power", 132, 4, 63, SEGMENT_ERR_SHORT },
	{ "elements-more", 132, 4, 128, SEGMENT_ERR_SHORT },
	{ "rings-outside", 136, 8, UINT64_C(1) << 40, SEGMENT_ERR_SHORT },
	{ "rings-unaligned", 136, 8, 200, SEGMENT_ERR_SHORT },
	{ "rings-wrap", 136, 8, UINT64_MAX - 63, SEGMENT_ERR_SHORT },
	{ "ring-size", 144, 8, 64, SEGMENT_ERR_SHORT },
	{ "ring-elements", 192 + offsetof(struct rte_ring, size), 4, 128, SEGMENT_ERR_SHORT },
	{ "ring-mask", 192 + offsetof(struct rte_ring, mask), 4, 127, SEGMENT_ERR_SHORT },
	{ "ring-capacity", 192 + offsetof(struct rte_ring, capacity), 4, 1000, SEGMENT_ERR_SHORT },
	{ "ring-many-producers", 192 + offsetof(struct rte_ring, prod.sync_type), 4, 0,
	  SEGMENT_ERR_SHORT },
};

static void
check_header(void **state)
{
	const struct header_row *r = gtest_row();
	struct message_rings other;

	(void)state;
	assert_int_equal(message_rings_create(&control, test_dir, 2, ELEMENTS), SEGMENT_OK);
	patch_header("rings", r);
	assert_int_equal(message_rings_attach(&other, test_dir, MESSAGE_DATAPLANE), r->error);
	message_rings_detach(&other);
	/* Whoever makes rings makes good ones, whatever was there. */
	message_rings_detach(&control);
	open_rings(2, ELEMENTS);
	assert_true(put(&dataplane.punt[1], 1, 300));
	assert_get(&control.punt[1], 1, 300);
}
GTEST_ROWS_F(MessageRing, headers, label, check_header, make_dir, close_rings);

/* Indices that no pair of living processes leaves: nobody may leave the ring. */
GTEST_F(MessageRing, random_indices_and_octets, make_dir, close_rings)
{
	uint64_t seed = 1;
	struct rte_ring *ring;

	open_rings(1, ELEMENTS);
	ring = control.punt[0].ring;
	for (unsigned int round = 0; round < 20000; round++) {
		struct message_head head;
		uint8_t *octets = (uint8_t *)&ring[1];

		ring->prod.head = ring->prod.tail = (uint32_t)next_random(&seed) & 0x1ff;
		ring->cons.head = ring->cons.tail = ring->prod.tail - random_below(&seed, ELEMENTS);
		for (size_t i = 0; i < ELEMENTS * MESSAGE_RING_ELEMENT; i += 64) {
			uint32_t length = random_below(&seed, 5000);

			memcpy(octets + i, &length, sizeof(length));
		}
		while (message_ring_get(&control.punt[0], &head, in))
			assert_true(head.length <= MESSAGE_RING_MESSAGE_MAX);
	}
}
