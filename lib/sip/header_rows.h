/* SPDX-License-Identifier: BSD-3-Clause */
/** The table of header names, for those who look names up in a way of their own. */
#ifndef SIP_HEADER_ROWS_H
#define SIP_HEADER_ROWS_H

#include "header_slots.h"
#include "sip/header.h"

/** A name in lower case, zeros behind it: one vector. Row 0 is no name, row n + 1 that of id n. */
struct sip_header_row {
	char lower[31];
	uint8_t len;
};

_Static_assert(sizeof(struct sip_header_row) == 32, "one vector");

extern SIP_INTERNAL const struct sip_header_row sip_header_rows[SIP_HDR_COUNT + 1];

extern SIP_INTERNAL const uint8_t sip_header_slots[1024];

/* Two octets in lower case, the first of them in the low half. */
static inline uint32_t
sip_header_pair(const char *p)
{
	uint16_t pair;

	memcpy(&pair, p, sizeof(pair));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	pair = __builtin_bswap16(pair);
#endif
	return pair | 0x2020u;
}

/**
 * The row of the one name that `n` octets, at least 2, can be. The hash only proposes: the peer
 * chose this name, so it has to be compared. header_slots.py knows this function, too.
 */
static inline unsigned int
sip_header_guess(const char *p, unsigned int n)
{
	uint32_t hash = sip_header_pair(p) * HASH_A +
			sip_header_pair(p + ((n - 1) * 5 >> 3)) * HASH_B + n * HASH_C;

	return sip_header_slots[hash >> 8 & 1023];
}

#endif
