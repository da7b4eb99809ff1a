/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/message_ring.h"

/* Only the inline part of rte_ring is used: no EAL and nothing of DPDK to link. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <rte_ring.h>
#include <rte_ring_peek_zc.h>
#pragma GCC diagnostic pop

struct rings_header {
	struct segment_header segment;
	uint32_t workers;
	uint32_t elements; /* of each ring */
	uint64_t rings_off;
	uint64_t ring_size; /* octets of one ring with its elements */
	uint8_t reserved[40];
};

_Static_assert(sizeof(struct rings_header) == 192, "rings ABI: header size");

const struct segment_type message_rings_type = {
	.kind = SEGMENT_RINGS,
	.abi_major = 1,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct rte_ring), sizeof(struct message_head),
				 MESSAGE_RING_ELEMENT),
	.name = "rings",
};

static size_t
ring_octets(uint32_t elements)
{
	return sizeof(struct rte_ring) + (size_t)elements * MESSAGE_RING_ELEMENT;
}

/* What rte_ring_init() does, which is not inline: one producer, one consumer, all indices 0. */
static void
ring_init(struct rte_ring *r, uint32_t elements)
{
	memset(r, 0, sizeof(*r));
	r->flags = RING_F_SP_ENQ | RING_F_SC_DEQ;
	r->prod.sync_type = RTE_RING_SYNC_ST;
	r->cons.sync_type = RTE_RING_SYNC_ST;
	r->size = elements;
	r->mask = elements - 1;
	r->capacity = elements - 1;
}

static bool
layout_is_sound(const struct segment *s, const struct rings_header *h)
{
	return s->size >= sizeof(*h) && h->workers > 0 && h->workers <= MESSAGE_RING_WORKERS &&
	       h->elements >= 2 && (h->elements & (h->elements - 1)) == 0 &&
	       h->ring_size == ring_octets(h->elements) &&
	       segment_holds(s, h->rings_off, h->ring_size * 2 * h->workers, 64);
}

static bool
ring_is_sound(const struct rte_ring *r, uint32_t elements)
{
	return r->size == elements && r->mask == elements - 1 && r->capacity == elements - 1 &&
	       r->prod.sync_type == RTE_RING_SYNC_ST && r->cons.sync_type == RTE_RING_SYNC_ST;
}

/* False when a ring is not what we make. */
static bool
point_at_rings(struct message_rings *r)
{
	const struct rings_header *h = (const struct rings_header *)r->segment.header;
	uint8_t *p = (uint8_t *)r->segment.header + h->rings_off;

	r->workers = h->workers;
	for (unsigned int i = 0; i < r->workers; i++, p += 2 * h->ring_size) {
		r->punt[i].ring = p;
		r->inject[i].ring = p + h->ring_size;
		if (!ring_is_sound(r->punt[i].ring, h->elements) ||
		    !ring_is_sound(r->inject[i].ring, h->elements))
			return false;
	}
	return true;
}

/* A predecessor died between moving its head and its tail: only the tail was seen by others. */
static void
set_producer_straight(struct message_ring *r)
{
	struct rte_ring *ring = r->ring;

	ring->prod.head = ring->prod.tail;
}

static void
set_consumer_straight(struct message_ring *r)
{
	struct rte_ring *ring = r->ring;

	ring->cons.head = ring->cons.tail;
}

static void
set_straight(struct message_rings *r, enum message_side side)
{
	for (unsigned int i = 0; i < r->workers; i++) {
		set_producer_straight(side == MESSAGE_DATAPLANE ? &r->punt[i] : &r->inject[i]);
		set_consumer_straight(side == MESSAGE_DATAPLANE ? &r->inject[i] : &r->punt[i]);
	}
}

enum segment_error
message_rings_create(struct message_rings *r, const char *dir, unsigned int workers,
		     uint32_t elements)
{
	const struct rings_header *old;
	enum segment_error error;
	struct rings_header *h;

	memset(r, 0, sizeof(*r));
	if (segment_attach(&r->segment, dir, &message_rings_type, true) == SEGMENT_OK) {
		old = (const struct rings_header *)r->segment.header;
		if (layout_is_sound(&r->segment, old) && old->workers == workers &&
		    old->elements == elements && point_at_rings(r)) {
			set_straight(r, MESSAGE_CONTROL);
			return SEGMENT_OK;
		}
		segment_detach(&r->segment);
	}
	error = segment_create(&r->segment, dir, &message_rings_type,
			       sizeof(*h) + 2 * workers * ring_octets(elements));
	if (error != SEGMENT_OK)
		return error;
	h = (struct rings_header *)r->segment.header;
	h->workers = workers;
	h->elements = elements;
	h->rings_off = sizeof(*h);
	h->ring_size = ring_octets(elements);
	for (unsigned int i = 0; i < 2 * workers; i++)
		ring_init((struct rte_ring *)((uint8_t *)h + h->rings_off + i * h->ring_size),
			  elements);
	point_at_rings(r);
	error = segment_publish(&r->segment);
	if (error != SEGMENT_OK)
		message_rings_detach(r);
	return error;
}

enum segment_error
message_rings_attach(struct message_rings *r, const char *dir, enum message_side side)
{
	enum segment_error error;

	memset(r, 0, sizeof(*r));
	error = segment_attach(&r->segment, dir, &message_rings_type, true);
	if (error != SEGMENT_OK)
		return error;
	if (!layout_is_sound(&r->segment, (const struct rings_header *)r->segment.header)) {
		message_rings_detach(r);
		return SEGMENT_ERR_SHORT;
	}
	if (!point_at_rings(r)) {
		message_rings_detach(r);
		return SEGMENT_ERR_SHORT;
	}
	set_straight(r, side);
	return SEGMENT_OK;
}

void
message_rings_detach(struct message_rings *r)
{
	segment_detach(&r->segment);
	memset(r, 0, sizeof(*r));
}

static unsigned int
elements_of(uint32_t length)
{
	return (unsigned int)((sizeof(struct message_head) + length + MESSAGE_RING_ELEMENT - 1) /
			      MESSAGE_RING_ELEMENT);
}

/* The octets of a run of elements, which may wrap once. */
struct run {
	uint8_t *first;
	size_t first_size;
	uint8_t *second;
};

static struct run
run_of(const struct rte_ring_zc_data *zc)
{
	return (struct run){ zc->ptr1, (size_t)zc->n1 * MESSAGE_RING_ELEMENT, zc->ptr2 };
}

static void
run_write(const struct run *run, size_t at, const void *from, size_t len)
{
	size_t before = at >= run->first_size ? 0 : run->first_size - at;

	before = before > len ? len : before;
	if (before > 0)
		memcpy(run->first + at, from, before);
	if (len > before)
		memcpy(run->second + (at + before - run->first_size),
		       (const uint8_t *)from + before, len - before);
}

static void
run_read(const struct run *run, size_t at, void *to, size_t len)
{
	size_t before = at >= run->first_size ? 0 : run->first_size - at;

	before = before > len ? len : before;
	if (before > 0)
		memcpy(to, run->first + at, before);
	if (len > before)
		memcpy((uint8_t *)to + before, run->second + (at + before - run->first_size),
		       len - before);
}

bool
message_ring_put(struct message_ring *r, const struct message_head *head, const void *bytes)
{
	unsigned int n = elements_of(head->length), room;
	struct rte_ring_zc_data zc;
	struct run run;

	if (head->length > MESSAGE_RING_MESSAGE_MAX ||
	    rte_ring_enqueue_zc_bulk_elem_start(r->ring, MESSAGE_RING_ELEMENT, n, &zc, &room) == 0)
		return false;
	run = run_of(&zc);
	run_write(&run, 0, head, sizeof(*head));
	run_write(&run, sizeof(*head), bytes, head->length);
	rte_ring_enqueue_zc_finish(r->ring, n);
	return true;
}

bool
message_ring_get(struct message_ring *r, struct message_head *head, void *bytes)
{
	unsigned int head_elements = sizeof(*head) / MESSAGE_RING_ELEMENT, n, left;
	struct rte_ring_zc_data zc;
	struct run run;

	if (rte_ring_dequeue_zc_bulk_elem_start(r->ring, MESSAGE_RING_ELEMENT, head_elements, &zc,
						&left) == 0)
		return false;
	run = run_of(&zc);
	run_read(&run, 0, head, sizeof(*head));
	rte_ring_dequeue_zc_finish(r->ring, 0);
	n = head->length > MESSAGE_RING_MESSAGE_MAX ? 0 : elements_of(head->length);
	if (n == 0 || rte_ring_dequeue_zc_bulk_elem_start(r->ring, MESSAGE_RING_ELEMENT, n, &zc,
							  &left) == 0) {
		n = rte_ring_dequeue_zc_burst_elem_start(r->ring, MESSAGE_RING_ELEMENT, UINT32_MAX,
							 &zc, &left);
		rte_ring_dequeue_zc_finish(r->ring, n);
		return false;
	}
	run = run_of(&zc);
	run_read(&run, sizeof(*head), bytes, head->length);
	rte_ring_dequeue_zc_finish(r->ring, n);
	return true;
}

uint32_t
message_ring_used(const struct message_ring *r)
{
	return rte_ring_count(r->ring);
}

bool
message_ring_is_crowded(const struct message_ring *r)
{
	return message_ring_used(r) > rte_ring_get_capacity(r->ring) / 2;
}
