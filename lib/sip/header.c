/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/header.h"

#include "sip/header_rows.h"

static const struct slice full_names[SIP_HDR_COUNT] = {
#define X(sym, name, compact) [SIP_HDR_##sym] = { name, sizeof(name) - 1 },
	SIP_HEADER_NAMES(X)
#undef X
};

const uint8_t sip_header_slots[1024] = {
#define X(slot, sym, lower) [slot] = SIP_HDR_##sym + 1,
	SIP_HEADER_SLOTS(X)
#undef X
};

const struct sip_header_row sip_header_rows[SIP_HDR_COUNT + 1] = {
#define X(slot, sym, lower) [SIP_HDR_##sym + 1] = { lower, sizeof(lower) - 1 },
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

enum sip_header_id
sip_header_find(struct slice name)
{
	unsigned int guess;

	if (name.len == 0)
		return SIP_HDR_OTHER;
	if (name.len == 1) {
		unsigned char c = (unsigned char)slice_lower(name.ptr[0]);

		if (c == 0 || c >= 128 || compact_names[c] == 0)
			return SIP_HDR_OTHER;
		return (enum sip_header_id)(compact_names[c] - 1);
	}
	if (name.len > sizeof(sip_header_rows[0].lower))
		return SIP_HDR_OTHER;
	guess = sip_header_guess(name.ptr, (unsigned int)name.len);
	if (guess == 0 || !slice_eq_nocase(full_names[guess - 1], name))
		return SIP_HDR_OTHER;
	return (enum sip_header_id)(guess - 1);
}

struct slice
sip_header_name(enum sip_header_id id)
{
	return full_names[id];
}
