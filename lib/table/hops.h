/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_HOPS_H
#define TABLE_HOPS_H

#include "flow/address.h"
#include "guard/siphash.h"
#include "table/segment.h"

/**
 * Next hops: where the names of the configuration and of the DNS lead, and who of them is down.
 *
 * An immutable snapshot: control builds a whole new segment for each change and publishes it in
 * place of the one before. Only the times and codes of struct hops_state go on being written, for
 * those who look at it. Everything is checked when it is attached; look-ups trust it then.
 */

/** Longest name (RFC 1035 §2.3.4). */
#define HOPS_NAME_MAX 255

/** Most targets of one name; further ones are left out. */
#define HOPS_TARGETS_MAX 64

enum hops_kind {
	HOPS_CONFIGURED = 1, /* a domain of next_hops; has no port */
	HOPS_RESOLVED = 2,   /* what the DNS says of a name (and port) */
	HOPS_NOWHERE = 3,    /* the DNS says that there is none */
	HOPS_UNRESOLVED = 4, /* the DNS gave no answer */
};

/** Bits of a mask of address families. */
#define HOPS_IPV4 0x1
#define HOPS_IPV6 0x2

/** The bit of an address of this family. */
static inline unsigned int
hops_family(uint8_t family)
{
	return family == 4 ? HOPS_IPV4 : family == 6 ? HOPS_IPV6 : 0;
}

struct hops_target {
	uint64_t seed; /* a hash of the address; set by hops_publish() */
	struct flow_address address;
	uint32_t weight;   /* from 1 */
	uint16_t group;    /* smaller ones are tried first */
	uint16_t priority; /* as configured, for people */
	uint8_t down;      /* set by hops_publish() */
	uint8_t reserved[3];
};

struct hops_set {
	uint64_t expires_ms; /* CLOCK_REALTIME; 0: never */
	uint32_t name_off;   /* in the text; in lower case */
	uint32_t first;      /* of its targets */
	uint16_t name_len;
	uint16_t port; /* 0: none was written */
	uint16_t count;
	uint8_t kind;    /* enum hops_kind */
	uint8_t balance; /* enum config_balance; for the reader to make sense of */
};

/** A target that is probed. */
struct hops_state {
	struct flow_address address; /* family 0: empty slot */
	uint8_t down;
	uint8_t reserved;
	_Atomic uint16_t status;      /* of the last answer; 0: none yet */
	_Atomic uint64_t since_ms;    /* CLOCK_REALTIME: up or down since then */
	_Atomic uint64_t answered_ms; /* CLOCK_REALTIME; 0: never */
};

_Static_assert(sizeof(struct hops_target) == 40, "hops ABI");
_Static_assert(sizeof(struct hops_set) == 24, "hops ABI");
_Static_assert(sizeof(struct hops_state) == 40, "hops ABI");

struct hops_header {
	struct segment_header segment;
	uint8_t hash_key[SIPHASH_KEY_SIZE];
	uint64_t sets_off, targets_off, states_off, slots_off, text_off;
	uint32_t set_count, target_count, text_size;
	uint32_t slot_count;  /* a power of two; a slot is the number of a set plus 1, or 0 */
	uint32_t state_slots; /* a power of two; open addressing */
	uint32_t down_count;
};

extern const struct segment_type hops_segment_type;

/** A reader's view; all zero: one without names. */
struct hops_table {
	struct segment segment;
	struct siphash_key key;
	const struct hops_set *sets;
	const struct hops_target *targets;
	const struct hops_state *states;
	const uint32_t *slots;
	const char *text;
	uint32_t set_count, slot_mask, state_mask, down_count;
	bool probed; /* some address is, so that it may go down */
};

/** Map and check the published table. */
enum segment_error hops_attach(struct hops_table *t, const char *dir);

/**
 * Unmap it; the view is one without names then. What was found in it is no longer there. Does
 * nothing to a view that is all zero.
 */
void hops_detach(struct hops_table *t);

/**
 * The set of a name, whatever its case, with this port (0: none). NULL when there is none or it
 * expired before `now_ms`.
 */
const struct hops_set *hops_find(const struct hops_table *t, struct slice name, uint16_t port,
				 uint64_t now_ms);

/** Which target of a set a request goes to. */
struct hops_pick {
	const struct hops_target *target; /* NULL: none is up, or none has an address for us */
	bool passed_over;                 /* another one would have been chosen, but it is down */
};

/**
 * Choose among the targets of a set that are up and of a family of the mask: those of the smallest
 * group, and among them by weighted rendezvous hashing, so that one that goes down moves only its
 * own keys (RFC 2782, RFC 3263 §4.2). The same key finds the same target wherever this is asked.
 */
struct hops_pick hops_choose(const struct hops_table *t, const struct hops_set *set, uint64_t key,
			     unsigned int families);

/** The same among `count` targets that hops_prepare() has made ready. */
struct hops_pick hops_choose_among(const struct hops_target *targets, unsigned int count,
				   uint64_t key, unsigned int families);

/** Sort targets by group and set their seeds; they are all up. */
void hops_prepare(struct hops_target *targets, unsigned int count);

/** What is known of an address that is probed, or NULL. */
const struct hops_state *hops_state_find(const struct hops_table *t,
					 const struct flow_address *address);

/** `address`, with its port, is probed and does not answer. */
static inline bool
hops_is_down(const struct hops_table *t, const struct flow_address *address)
{
	const struct hops_state *state;

	if (t->down_count == 0)
		return false;
	state = hops_state_find(t, address);
	return state != NULL && state->down != 0;
}

static inline struct slice
hops_name(const struct hops_table *t, const struct hops_set *set)
{
	return slice_of(t->text + set->name_off, set->name_len);
}

/** A name and where it leads, to be published. */
struct hops_entry {
	struct slice name; /* in any case; at most HOPS_NAME_MAX octets */
	uint64_t expires_ms;
	const struct hops_target *targets; /* in any order; seed and down are not looked at */
	uint32_t target_count;             /* at most HOPS_TARGETS_MAX */
	uint16_t port;
	uint8_t kind, balance;
};

/** What a snapshot is made of; the arrays are the caller's and copied. */
struct hops_content {
	const struct hops_entry *entries; /* of two with one name, the first counts */
	const struct hops_state *states;
	uint32_t entry_count, state_count;
};

/**
 * Build a snapshot and publish it. One writer. With `kept` not NULL the segment stays mapped there
 * for writing, until segment_detach().
 */
enum segment_error hops_publish(const char *dir, const struct hops_content *content,
				struct segment *kept);

/** Note an answer of a probed address in the snapshot that hops_publish() left mapped. */
void hops_note_answer(struct segment *kept, const struct flow_address *address, uint16_t status,
		      uint64_t now_ms);

#endif
