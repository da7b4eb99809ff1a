/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_FLOWS_H
#define TABLE_FLOWS_H

#include "flow/address.h"
#include "flow/icmp_quote.h"
#include "guard/siphash.h"
#include "table/segment.h"

/** Datagrams of which a row remembers that they were sent, and for how long that counts. */
#define FLOWS_SENT_MAX 8
#define FLOWS_SENT_MS 32000

/** Of them, those that an ICMP error over IPv4 may be about: docs/decisions/0012. */
#define FLOWS_SENT_IPV4 2

/** After so many wrong quotes none is right any more until so long after the last of them. */
#define FLOWS_MISSES_MAX 8
#define FLOWS_MISSES_MS 3600000

/**
 * The flows that an engine knows: those for which it issued a token, and those that it sends to.
 * Bounded; a new flow takes the place of the one heard of least recently among eight. Nothing is
 * lost with a row: token or binding lead back to the flow. One table for each worker, who alone
 * writes it, but for `misses` and `missed_ms`. A flow may have rows in the tables of several
 * workers: of the one that its datagrams reach, and of those that send to it.
 */
struct flows_row {
	_Atomic uint32_t version;   /* odd while it is changed */
	_Atomic uint32_t missed_ms; /* low half of the time of the last wrong quote */
	struct flow flow;
	_Atomic uint64_t since_ms; /* CLOCK_MONOTONIC, as all times here */
	/* the last message from the other side; before the first one, when the row was made */
	_Atomic uint64_t last_seen_ms;
	_Atomic uint64_t messages_in, messages_out;
	/* of the last datagrams: UDP checksum 16 | low half of UDP length 8 | time in 128 ms 8 */
	_Atomic uint32_t sent[FLOWS_SENT_MAX];
	_Atomic uint32_t sent_ms;      /* low half of the time of the last of them */
	_Atomic uint8_t sent_next;     /* where the next one goes */
	_Atomic uint8_t misses;        /* wrong quotes; any worker counts */
	_Atomic uint16_t flow_timer_s; /* Flow-Timer that the other side was told; 0: none */
};

_Static_assert(sizeof(struct flows_row) == 128, "flows ABI: row size");

struct flows_header {
	struct segment_header segment;
	uint32_t worker_count;
	uint32_t rows_each; /* a power of two, at least 8 */
	uint64_t rows_off;
	uint64_t tags_off; /* of the rows' tags, in the order of the rows */
	uint8_t reserved[40];
};

_Static_assert(sizeof(struct flows_header) == 192, "flows ABI: header size");

extern const struct segment_type flows_segment_type;

/** One worker's rows. */
struct flows_table {
	struct flows_row *rows;
	/* of each row some bits of its flow's hash, 0 when empty: eight flows in one cache line */
	_Atomic uint16_t *tags;
	uint32_t mask;
	uint32_t next; /* row that flows_next_silent() looks at */
	struct siphash_key key;
};

/** Make and publish the segment for `workers` workers with `rows_each` rows. */
enum segment_error flows_create(struct segment *s, const char *dir, uint32_t workers,
				uint32_t rows_each);

/** Map for reading. Refuses one whose sizes do not fit. */
enum segment_error flows_attach(struct segment *s, const char *dir);

/** The rows of a worker. `key` hashes addresses, which strangers choose. */
void flows_table_init(struct flows_table *t, const struct segment *s, uint32_t worker,
		      struct siphash_key key);

/** The flow has a row. */
bool flows_has(const struct flows_table *t, const struct flow *flow);

/** Where a flow's row is looked for; the hash is of this table alone. */
uint64_t flows_hash(const struct flows_table *t, const struct flow *flow);

/** Ask for what tells the row, and, when that has come, for the row: ahead of flows_sent_at(). */
void flows_prefetch(const struct flows_table *t, uint64_t hash);
void flows_prefetch_row(const struct flows_table *t, uint64_t hash);

/** A message came in on a flow: make or refresh its row. */
void flows_seen(struct flows_table *t, const struct flow *flow, uint64_t now_ms);

/** A message came in on a flow that may have a row. Does not make one. */
void flows_count_in(struct flows_table *t, const struct flow *flow, uint64_t now_ms);

/**
 * A datagram went out on a flow: make or refresh its row, and remember the UDP length and checksum
 * of the datagram, by which flows_quoted() knows it again. The same datagram sent once more takes
 * no more room.
 */
void flows_sent(struct flows_table *t, const struct flow *flow, uint16_t length, uint16_t checksum,
		uint64_t now_ms);

/** The same by flows_hash(). */
void flows_sent_at(struct flows_table *t, uint64_t hash, const struct flow *flow, uint16_t length,
		   uint16_t checksum, uint64_t now_ms);

/**
 * What the header of a datagram carries that is sent on a flow, and only who sees it knows: the
 * identification of IPv4 (never 0), a function of the flow and of UDP length and checksum, or the
 * flow label of IPv6, of the flow alone (RFC 6437 §3). `hash` is the sending table's flows_hash().
 */
uint32_t flows_mark(uint64_t hash, uint8_t family, uint16_t length, uint16_t checksum);

/** The other side was told a Flow-Timer (RFC 5626 §5.4): make or refresh the row. 0: none. */
void flows_set_timer(struct flows_table *t, const struct flow *flow, uint16_t seconds,
		     uint64_t now_ms);

enum flows_quote {
	FLOWS_UNKNOWN,  /* this table has no row of the flow */
	FLOWS_GUESSED,  /* too many wrong quotes were made: none is believed */
	FLOWS_NOT_SENT, /* nothing like it was sent lately */
	FLOWS_WAS_SENT,
};

/**
 * May a quote be about what this table knows of a flow? Cheap: FLOWS_NOT_SENT stands for yes, and
 * FLOWS_WAS_SENT is never returned. This and the next two are for the table of any worker, from any
 * other.
 */
enum flows_quote flows_may_be_quoted(const struct flows_table *t, const struct flow *flow,
				     uint64_t now_ms);

/**
 * Somebody quotes a datagram: was it sent on the flow within FLOWS_SENT_MS, and is it one of the
 * last FLOWS_SENT_MAX, over IPv4 of the last FLOWS_SENT_IPV4? What was sent before the other side
 * was last heard of (`heard_ms`, by whatever worker; 0: never) says nothing any more and does not
 * count. Counts nothing.
 */
enum flows_quote flows_quoted(const struct flows_table *t, const struct icmp_quote *quote,
			      uint64_t heard_ms, uint64_t now_ms);

/** No table of any worker knew the quote of this flow: one guess less is left. */
void flows_misquoted(const struct flows_table *t, const struct flow *flow, uint64_t now_ms);

/** When the other side was last heard of, for any worker's table; 0: never, or no row. */
uint64_t flows_heard_ms(const struct flows_table *t, const struct flow *flow);

/** Silence after which a flow is dead (OB-13): Flow-Timer and the larger of 10 s and 10 %. */
static inline uint64_t
flows_silence_ms(uint32_t flow_timer_s)
{
	uint64_t margin = flow_timer_s * UINT64_C(100);

	return flow_timer_s * UINT64_C(1000) + (margin > 10000 ? margin : 10000);
}

/** A flow whose row says that it has been silent for longer than it may be. */
struct flows_silent {
	struct flow flow;
	uint64_t allowed_ms;
};

/**
 * Look at the next rows of the own table, at most `*rows` of them, for a flow that was told a
 * Flow-Timer and is silent. True when one was found. `*rows` becomes how many are left to look at.
 */
bool flows_next_silent(struct flows_table *t, uint32_t *rows, uint64_t now_ms,
		       struct flows_silent *out);

/** The other side was heard of by another worker at that time. */
void flows_heard_elsewhere(struct flows_table *t, const struct flow *flow, uint64_t heard_ms);

/** A copy of row `i` over all workers. False when it is empty or being changed. */
bool flows_row_get(const struct segment *s, uint64_t i, struct flows_row *out);

/** Rows over all workers. */
uint64_t flows_row_count(const struct segment *s);

#endif
