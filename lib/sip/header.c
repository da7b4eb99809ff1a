/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/header.h"

#include "header_slots.h"

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

/* Index: character below 128. SIP_HEADER_NAMES writes 0 for "no compact form", so [0] is rubbish.
 */
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

/* Names are compared eight octets at a time; bit 0x20 is set where our name has a letter. */
static inline bool
eq8(const char *ours, const char *theirs)
{
	uint64_t a, b, letters;

	memcpy(&a, ours, sizeof(a));
	memcpy(&b, theirs, sizeof(b));
	letters = (a & UINT64_C(0x4040404040404040)) >> 1;
	return (a | letters) == (b | letters);
}

static inline bool
eq4(const char *ours, const char *theirs)
{
	uint32_t a, b, letters;

	memcpy(&a, ours, sizeof(a));
	memcpy(&b, theirs, sizeof(b));
	letters = (a & UINT32_C(0x40404040)) >> 1;
	return (a | letters) == (b | letters);
}

static bool
name_eq(struct slice ours, struct slice theirs)
{
	size_t n = ours.len;

	if (n != theirs.len)
		return false;
	if (n < 4)
		return slice_eq_nocase(ours, theirs);
	if (n < 8)
		return eq4(ours.ptr, theirs.ptr) && eq4(ours.ptr + n - 4, theirs.ptr + n - 4);
	for (size_t i = 0; i + 8 < n; i += 8)
		if (!eq8(ours.ptr + i, theirs.ptr + i))
			return false;
	return eq8(ours.ptr + n - 8, theirs.ptr + n - 8);
}

static inline unsigned int
folded(char c)
{
	return (uint8_t)c | 0x20u;
}

/* header_slots.py knows this function, too. */
static unsigned int
header_hash(struct slice name)
{
	const char *p = name.ptr;
	size_t n = name.len;

	return ((unsigned int)n * HASH_A + folded(p[0]) * HASH_B + folded(p[n / 2]) * HASH_C +
		folded(p[n - 1]) * HASH_D + folded(p[n - 2]) * 7) &
	       1023;
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
	if (slot == 0 || !name_eq(full_names[slot - 1], name))
		return SIP_HDR_OTHER;
	return (enum sip_header_id)(slot - 1);
}

struct slice
sip_header_name(enum sip_header_id id)
{
	return full_names[id];
}
