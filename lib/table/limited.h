/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_LIMITED_H
#define TABLE_LIMITED_H

#include <stdatomic.h>

#include "flow/address.h"

/** The limits that one source can meet: X(symbol), named as their key under `guard`. */
#define LIMITED_LIMITS(X)                                                                          \
	X(source)                                                                                  \
	X(stun)                                                                                    \
	X(register_source)                                                                         \
	X(register_aor)                                                                            \
	X(invite_source)                                                                           \
	X(invite_aor)

enum limited_by {
#define X(sym) LIMITED_##sym,
	LIMITED_LIMITS(X)
#undef X
		LIMITED_COUNT
};

/**
 * One source that met a limit, and how often. Part of the statistics segment: one writer, who
 * changes the version to an odd number while another source takes the row.
 */
struct limited_row {
	_Atomic uint32_t version; /* 0: empty */
	uint8_t by;               /* enum limited_by */
	uint8_t reserved[3];
	struct flow_address source; /* port 0; of IPv6 the first 64 bits, the rest is 0 */
	uint32_t reserved32;
	uint64_t since_ms;         /* CLOCK_REALTIME */
	_Atomic uint64_t last_ms;  /* likewise */
	_Atomic uint64_t messages; /* refused or dropped since */
	uint64_t spare;
};

_Static_assert(sizeof(struct limited_row) == 64, "stats ABI: a row of limited sources");

#define LIMITED_ROWS 64

/** The sources that one worker limited last; another one takes the oldest row of four. */
struct limited_list {
	struct limited_row row[LIMITED_ROWS];
};

/**
 * A message of `source` met a limit. `hash` is any hash of the source that the sender cannot aim.
 * The worker that owns the list.
 */
void limited_note(struct limited_list *list, enum limited_by by, const struct flow_address *source,
		  uint64_t hash, uint64_t now_ms);

/** A copy of row `i`, below LIMITED_ROWS. False when it is empty or being changed. Any process. */
bool limited_get(const struct limited_list *list, unsigned int i, struct limited_row *out);

/** Name of a limit: its key under `guard`. `by` may be anything. */
const char *limited_name(unsigned int by);

/** The network that a source is known by: an IPv4 address, or the first 64 bits of an IPv6 one. */
struct flow_address limited_source(const struct flow_address *remote);

#endif
