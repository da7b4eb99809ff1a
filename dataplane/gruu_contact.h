/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_GRUU_CONTACT_H
#define DATAPLANE_GRUU_CONTACT_H

#include "lookup.h"
#include "sip/method.h"

/**
 * Requests that make a dialog and have a GRUU of ours as Contact (RFC 5627 §6.2): it has to be one
 * of who sends them, because all that follows in the dialog goes there.
 */

/** The text of a Contact may have a URI parameter `gr` or `opaque`. A guess: that of a first look.
 */
bool via_gruu_contact_looks_like(struct slice contact);

/** Whether via_gruu_contact_check() has anything to look at. Most requests go by here. */
static inline bool
via_gruu_contact_may_be(const struct via_worker *w, const struct via_meta *meta)
{
	return meta->fields.to_tag.ptr == NULL && w->engine->config->file->domains_count > 0 &&
	       sip_method_forms_dialog((enum sip_method)meta->msg.method) &&
	       w->engine->config->file->registrar.gruu != CONFIG_GRUU_OFF &&
	       via_gruu_contact_looks_like(sip_header_get(&meta->msg, SIP_HDR_CONTACT));
}

/**
 * The AOR of From, if it is of a domain of ours; else absent: somebody else, or who does not want
 * to be known. Borrows from `text`. False when From says nothing of that: a tel URI may be anybody.
 */
bool via_gruu_contact_from(const struct via_worker *w, const struct via_meta *meta,
			   char text[VIA_AOR_MAX], struct slice *sender);

/**
 * Look at the Contact of a request that `sender` (an AOR as via_aor_of() has it, or absent) has
 * sent: VIA_REASON_GRUU_NOT_YOURS when it is a valid GRUU of somebody else's (GR-59). A temporary
 * one proves nothing of a sender who is absent, and is taken. Sets VIA_MUST_RECORD_ROUTE where
 * GR-58 asks for that. What an incomplete table lacks counts as not valid. Uses w->record.
 */
enum via_reason via_gruu_contact_check(struct via_worker *w, struct via_meta *meta,
				       struct slice sender);

#endif
