/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/header.h"

static const struct slice full_names[SIP_HDR_COUNT] = {
#define X(sym, name, compact) [SIP_HDR_##sym] = { name, sizeof(name) - 1 },
	SIP_HEADER_NAMES(X)
#undef X
};

/* Ids are stored plus one, so that an empty slot is 0. */
static const uint8_t slots[1024] = {
#define X(slot, sym) [slot] = SIP_HDR_##sym + 1,
	SIP_HEADER_SLOTS(X)
#undef X
};

/* Index: character below 128. SIP_HEADER_NAMES writes 0 for "no compact form", so [0] is rubbish. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif
static const uint8_t compact_names[128] = {
#define X(sym, name, compact) [compact] = SIP_HDR_##sym + 1,
	SIP_HEADER_NAMES(X)
#undef X
};
#pragma GCC diagnostic pop

/* Found by search: with these no two full names share a slot of SIP_HEADER_SLOTS. */
enum { HASH_A = 518, HASH_B = 403, HASH_C = 604, HASH_D = 874 };

static unsigned int
header_hash(struct slice name)
{
	unsigned int first = (uint8_t)slice_lower(name.ptr[0]);
	unsigned int middle = (uint8_t)slice_lower(name.ptr[name.len / 2]);
	unsigned int last = (uint8_t)slice_lower(name.ptr[name.len - 1]);
	unsigned int before = (uint8_t)slice_lower(name.ptr[name.len - 2]);

	return ((unsigned int)name.len * HASH_A + first * HASH_B + middle * HASH_C + last * HASH_D +
		before * 7) & 1023;
}

enum sip_header_id
sip_header_find(struct slice name)
{
	unsigned int slot;

	if (name.len == 0)
		return SIP_HDR_OTHER;
	if (name.len == 1) {
		unsigned char c = (unsigned char)slice_lower(name.ptr[0]);

		if (c == 0 || c >= 128 || compact_names[c] == 0)
			return SIP_HDR_OTHER;
		return (enum sip_header_id)(compact_names[c] - 1);
	}
	slot = slots[header_hash(name)];
	/* The hash only proposes. The peer chose this name, so compare it. */
	if (slot == 0 || !slice_eq_nocase(name, full_names[slot - 1]))
		return SIP_HDR_OTHER;
	return (enum sip_header_id)(slot - 1);
}

struct slice
sip_header_name(enum sip_header_id id)
{
	return full_names[id];
}
