/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_MESSAGE_RING_H
#define TABLE_MESSAGE_RING_H

#include "flow/address.h"
#include "table/segment.h"

/**
 * Message rings between the dataplane and a slow process, one pair for each worker: punt carries
 * messages to control, inject carries messages back.
 *
 * Each is a DPDK rte_ring with one producer and one consumer, whose elements are 64-octet pieces of
 * the messages themselves: a message is one run of elements, enqueued as a whole. There is no slab
 * beside the ring and nothing to give back, so a process that dies holds nothing: whoever takes its
 * place sets its own half of the ring straight and goes on (docs/decisions/0004-message-rings.md).
 */

#define MESSAGE_RING_ELEMENT 64

/** Workers that one set of rings serves. */
#define MESSAGE_RING_WORKERS 64

/** Longest message. */
#define MESSAGE_RING_MESSAGE_MAX 65535

enum message_kind {
	MESSAGE_SIP = 1,         /* a SIP message for the receiver to handle, or to send to `to` */
	MESSAGE_RESOLVE = 2,     /* to control: hold this request until a name is resolved */
	MESSAGE_AGAIN = 3,       /* from control: handle this as if it came in on `flow` now */
	MESSAGE_FLOW_FAILED = 4, /* to control: `flow` is dead; no octets behind the head */
	MESSAGE_ANSWER = 5,      /* to control: a response to a request of its own */
	MESSAGE_BINDING_FAILED = 6, /* to control: an edge called its flow gone; AOR and contact */
	MESSAGE_LOAD =
		7, /* to control: the table, not complete, lacks this request's AOR or epoch */
};

/** In front of each message. */
struct message_head {
	uint32_t length;  /* octets of the message behind this head, and of a name behind it */
	uint16_t kind;    /* enum message_kind */
	uint8_t listener; /* on which it arrived, or from which it is to leave */
	uint8_t flags;
	struct flow flow;       /* how it arrived */
	struct flow_address to; /* where its response goes, or where it is to be sent */
	/* MESSAGE_BINDING_FAILED: which binding, as it was registered last */
	uint32_t reg_id;
	uint64_t updated_ms;
	uint32_t aor_len;   /* octets of the AOR, before those of the contact */
	uint16_t name_len;  /* RESOLVE, LOAD: octets of the name or AOR behind the message */
	uint16_t name_port; /* RESOLVE: its port; 0: none written */
	uint64_t name_hash; /* RESOLVE: of the name; AGAIN: the same again; LOAD: an epoch, or 0 */
	uint64_t choice;    /* RESOLVE: the key for hops_choose() */
	uint64_t copy;      /* RESOLVE: the same for copies of one request */
	uint32_t reserved[2];
};

_Static_assert(sizeof(struct message_head) == 2 * MESSAGE_RING_ELEMENT, "rings ABI: head size");

/** MESSAGE_SIP to control: arrived straight from a user agent (one Via). */
#define MESSAGE_FIRST_HOP 0x01

/** MESSAGE_AGAIN: the name leads to `to`; it leads nowhere; none of both: that is not known. */
#define MESSAGE_RESOLVED 0x02
#define MESSAGE_NOWHERE 0x04

/**
 * MESSAGE_AGAIN after MESSAGE_LOAD: the AOR is in the table now, or the store has none. Without it
 * nobody can tell.
 */
#define MESSAGE_LOADED 0x08

extern const struct segment_type message_rings_type;

/** One direction, as one process sees it. */
struct message_ring {
	void *ring; /* struct rte_ring in the segment */
};

/** The rings of all workers, mapped. */
struct message_rings {
	struct segment segment;
	unsigned int workers;
	struct message_ring punt[MESSAGE_RING_WORKERS];
	struct message_ring inject[MESSAGE_RING_WORKERS];
};

/** Which side of the rings a process has. */
enum message_side { MESSAGE_DATAPLANE, MESSAGE_CONTROL };

/**
 * Make rings for `workers` workers with `elements` elements each (a power of two) and publish
 * them. An existing set that suits is kept, with what is in it, and control's half of it is set
 * straight as by message_rings_attach().
 */
enum segment_error message_rings_create(struct message_rings *r, const char *dir,
					unsigned int workers, uint32_t elements);

/**
 * Map the rings, and set our own half of each straight: what a predecessor had begun to write is
 * forgotten, what it had begun to read comes again.
 */
enum segment_error message_rings_attach(struct message_rings *r, const char *dir,
					enum message_side side);

void message_rings_detach(struct message_rings *r);

/**
 * Enqueue one message. False when there is no room; nothing is written then. `head->length` octets
 * are taken from `bytes`. One producer for each ring.
 */
bool message_ring_put(struct message_ring *r, const struct message_head *head, const void *bytes);

/**
 * Dequeue one message into `bytes` (at least MESSAGE_RING_MESSAGE_MAX octets). False when there is
 * none. A message that lies about its length empties the ring. One consumer for each ring.
 */
bool message_ring_get(struct message_ring *r, struct message_head *head, void *bytes);

/** Elements in use; for statistics. */
uint32_t message_ring_used(const struct message_ring *r);

/** More than half of the elements are in use. */
bool message_ring_is_crowded(const struct message_ring *r);

#endif
