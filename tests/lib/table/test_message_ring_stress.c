/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Message rings whose producer or consumer is killed at any moment. Each message carries a number,
 * from which its length and every octet follow. What a successor finds must go on where the one
 * before stood: nothing half, nothing out of order, nothing lost that was reported as put, unless
 * its consumer died with it in hand. VIADUCT_STRESS=N does N times as much.
 */
#include "lib/table/support.h"
#include "table/message_ring.h"

enum {
	ELEMENTS = 64,
	LONGEST = 1500, /* so that a few fill the ring and it wraps all the time */
	FAULT_NONE = 0,
	FAULT_CONTENT,
	FAULT_LOST_OR_TWICE,
	FAULT_ATTACH,
};

/** What both processes know of the messages; outlives either. */
struct ledger {
	_Atomic uint64_t put; /* number of the last message of which put said true */
	_Atomic uint64_t got; /* number of the last message that get gave */
	_Atomic int fault;
	_Atomic uint64_t fault_number, fault_wanted;
};

static struct ledger *ledger;
static struct message_rings rings;

static int
open_ledger(void **state)
{
	ledger = mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	return ledger == MAP_FAILED || make_dir(state);
}

static int
close_ledger(void **state)
{
	int failed = remove_dir(state);

	message_rings_detach(&rings);
	munmap(ledger, sizeof(*ledger));
	return failed;
}

static uint32_t
length_of(uint64_t number)
{
	uint64_t state = number;

	return random_below(&state, LONGEST);
}

static void
fill(uint64_t number, struct message_head *head, uint8_t *octets)
{
	uint64_t state = number * 3;

	*head = (struct message_head){ .length = length_of(number), .kind = MESSAGE_SIP };
	head->flow.generation = (uint32_t)number;
	head->to.port = (uint16_t)(number >> 32);
	head->reserved[0] = (uint32_t)(number >> 48);
	for (uint32_t i = 0; i < head->length; i += 8) {
		uint64_t v = next_random(&state);

		memcpy(octets + i, &v, head->length - i < 8 ? head->length - i : 8);
	}
}

static bool
put_next(struct message_ring *ring, uint64_t number)
{
	uint8_t octets[LONGEST + 8];
	struct message_head head;

	fill(number, &head, octets);
	if (!message_ring_put(ring, &head, octets))
		return false;
	atomic_store(&ledger->put, number);
	return true;
}

static void
set_fault(int fault, uint64_t number, uint64_t wanted)
{
	atomic_store(&ledger->fault_number, number);
	atomic_store(&ledger->fault_wanted, wanted);
	atomic_store(&ledger->fault, fault);
}

/* Take one message, whose number is `first` to `last`. False when there is none, or it is wrong. */
static bool
get_next(struct message_ring *ring, uint64_t first, uint64_t last)
{
	static uint8_t got[MESSAGE_RING_MESSAGE_MAX], want[LONGEST + 8];
	struct message_head head, want_head;
	uint64_t number;

	if (!message_ring_get(ring, &head, got))
		return false;
	number = head.flow.generation | (uint64_t)head.to.port << 32;
	fill(number, &want_head, want);
	if (memcmp(&head, &want_head, sizeof(head)) != 0 || memcmp(got, want, head.length) != 0) {
		set_fault(FAULT_CONTENT, number, first);
		return false;
	}
	if (number < first || number > last) {
		set_fault(FAULT_LOST_OR_TWICE, number, first);
		return false;
	}
	atomic_store(&ledger->got, number);
	return true;
}

static void
assert_no_fault(unsigned int round)
{
	int fault = atomic_load(&ledger->fault);

	if (fault != FAULT_NONE)
		fail_msg("round %u: %s: got %llu, want %llu", round,
			 fault == FAULT_CONTENT         ? "a message that nobody put"
			 : fault == FAULT_LOST_OR_TWICE ? "lost or twice"
							: "cannot attach",
			 (unsigned long long)ledger->fault_number,
			 (unsigned long long)ledger->fault_wanted);
}

/* ---- the producer is killed ---- */

static bool
attach_as(enum message_side side)
{
	enum segment_error error = side == MESSAGE_CONTROL
					   ? message_rings_create(&rings, test_dir, 1, ELEMENTS)
					   : message_rings_attach(&rings, test_dir, side);

	if (error != SEGMENT_OK)
		set_fault(FAULT_ATTACH, (uint64_t)error, 0);
	return error == SEGMENT_OK;
}

static struct message_ring *
ring_from(enum message_side producer)
{
	return producer == MESSAGE_DATAPLANE ? &rings.punt[0] : &rings.inject[0];
}

static void
produce_until_killed(enum message_side side, uint64_t number)
{
	message_rings_detach(&rings);
	if (!attach_as(side))
		_exit(1);
	for (;;)
		if (put_next(ring_from(side), number))
			number++;
}

static void
drain(struct message_ring *ring)
{
	for (;;) {
		uint64_t next = atomic_load(&ledger->got) + 1;

		if (!get_next(ring, next, next))
			return;
	}
}

/* The parent has the other side and lives: it gets every message, in order. */
static void
kill_producers(enum message_side side)
{
	unsigned int rounds = 60 * stress_scale();
	enum message_side own = side == MESSAGE_CONTROL ? MESSAGE_DATAPLANE : MESSAGE_CONTROL;
	struct message_rings first;
	uint64_t seed = 1;

	assert_int_equal(message_rings_create(&first, test_dir, 1, ELEMENTS), SEGMENT_OK);
	message_rings_detach(&first);
	assert_true(attach_as(own));
	for (unsigned int round = 0; round < rounds; round++) {
		uint64_t life = random_below(&seed, 15000), start = clock_us(), put, got;

		if (fork_child() == 0)
			produce_until_killed(side, atomic_load(&ledger->got) + 1);
		while (clock_us() - start < life) {
			drain(ring_from(side));
			assert_no_fault(round);
		}
		assert_true(WIFSIGNALED(end_child()));
		drain(ring_from(side));
		assert_no_fault(round);
		assert_int_equal(message_ring_used(ring_from(side)), 0);
		/* At most the last one is in doubt: put, but killed before it could say so. */
		put = atomic_load(&ledger->put);
		got = atomic_load(&ledger->got);
		if (got != put && got != put + 1)
			fail_msg("round %u: %llu were put, %llu got", round,
				 (unsigned long long)put, (unsigned long long)got);
		atomic_store(&ledger->put, got);
	}
	assert_true(ledger->got > rounds);
}

GTEST_F(MessageRingProcesses, killed_dataplanes_that_write, open_ledger, close_ledger)
{
	kill_producers(MESSAGE_DATAPLANE);
}

GTEST_F(MessageRingProcesses, killed_controls_that_write, open_ledger, close_ledger)
{
	kill_producers(MESSAGE_CONTROL);
}

/* ---- the consumer is killed ---- */

static void
consume_until_killed(enum message_side side)
{
	enum message_side producer = side == MESSAGE_CONTROL ? MESSAGE_DATAPLANE : MESSAGE_CONTROL;
	uint64_t next = atomic_load(&ledger->got) + 1;

	message_rings_detach(&rings);
	if (!attach_as(side))
		_exit(1);
	/* The one before may have died with a message in hand, which then is gone. */
	while (!get_next(ring_from(producer), next, next + 1))
		if (atomic_load(&ledger->fault) != FAULT_NONE)
			_exit(1);
	while (atomic_load(&ledger->fault) == FAULT_NONE) {
		next = atomic_load(&ledger->got) + 1;
		get_next(ring_from(producer), next, next);
	}
	_exit(1);
}

static void
kill_consumers(enum message_side side)
{
	unsigned int rounds = 60 * stress_scale();
	enum message_side own = side == MESSAGE_CONTROL ? MESSAGE_DATAPLANE : MESSAGE_CONTROL;
	struct message_rings first;
	uint64_t seed = 1, number = 1;

	assert_int_equal(message_rings_create(&first, test_dir, 1, ELEMENTS), SEGMENT_OK);
	message_rings_detach(&first);
	assert_true(attach_as(own));
	for (unsigned int round = 0; round < rounds; round++) {
		uint64_t life = random_below(&seed, 15000), start = clock_us();

		if (fork_child() == 0)
			consume_until_killed(side);
		while (clock_us() - start < life)
			if (put_next(ring_from(own), number))
				number++;
		end_child();
		assert_no_fault(round);
		assert_true(atomic_load(&ledger->got) < number);
	}
	/* What is left comes out in order, too; the last consumer's half has to be set straight. */
	message_rings_detach(&rings);
	assert_true(attach_as(side));
	if (get_next(ring_from(own), ledger->got + 1, ledger->got + 2))
		drain(ring_from(own));
	assert_no_fault(rounds);
	assert_in_range(number - 1 - ledger->got, 0, 1);
	assert_true(ledger->got > rounds);
}

GTEST_F(MessageRingProcesses, killed_controls_that_read, open_ledger, close_ledger)
{
	kill_consumers(MESSAGE_CONTROL);
}

GTEST_F(MessageRingProcesses, killed_dataplanes_that_read, open_ledger, close_ledger)
{
	kill_consumers(MESSAGE_DATAPLANE);
}
