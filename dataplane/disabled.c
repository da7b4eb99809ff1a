/* SPDX-License-Identifier: BSD-3-Clause */
#include "disabled.h"

_Static_assert(VIA_DISABLED_SLOTS >= 2 * DISABLED_MAX &&
		       (VIA_DISABLED_SLOTS & (VIA_DISABLED_SLOTS - 1)) == 0,
	       "half of the slots stay empty: a search ends");

/* The slot of a hash, or the empty one that it can have. */
static unsigned int
slot_of(const struct via_disabled *d, uint64_t hash)
{
	unsigned int i = (unsigned int)hash & (VIA_DISABLED_SLOTS - 1);

	while (d->status[i] != 0 && d->hash[i] != hash)
		i = (i + 1) & (VIA_DISABLED_SLOTS - 1);
	return i;
}

void
via_disabled_take(struct via_disabled *d, const struct segment *list,
		  const struct binding_table *bindings)
{
	struct slice aor;
	uint16_t status;

	memset(d, 0, sizeof(*d));
	if (bindings->header == NULL)
		return;
	for (uint32_t i = 0; disabled_get(list, i, &aor, &status); i++) {
		uint64_t hash = binding_hash(bindings, aor);
		unsigned int slot = slot_of(d, hash);

		d->hash[slot] = hash;
		d->status[slot] = status;
		d->count++;
	}
}

enum via_reason
via_disabled_check(struct via_worker *w, const struct via_meta *meta, uint64_t aor_hash)
{
	const struct via_disabled *d = &w->tables->disabled;
	unsigned int slot;

	if (likely(d->count == 0) || meta->msg.method == SIP_ACK ||
	    meta->msg.method == SIP_CANCEL || via_is_in_dialog(meta))
		return VIA_REASON_NONE;
	slot = slot_of(d, aor_hash);
	if (d->status[slot] == 0)
		return VIA_REASON_NONE;
	via_count(w, STATS_aor_disabled);
	return d->status[slot] == 403 ? VIA_REASON_AOR_FORBIDDEN : VIA_REASON_AOR_DISABLED;
}
