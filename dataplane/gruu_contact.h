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

/** The request makes a dialog, and its Contact may be a GRUU. */
static inline bool
via_gruu_contact_counts(const struct via_worker *w, const struct via_meta *meta)
{
	return unlikely(meta->fields.to_tag.ptr == NULL &&
			w->engine->config->file->domains_count > 0 &&
			sip_method_forms_dialog((enum sip_method)meta->msg.method) &&
			via_gruu_contact_looks_like(sip_header_get(&meta->msg, SIP_HDR_CONTACT)));
}

/**
 * The number of the domain whose GRUU the Contact of such a request is by its looks, valid or not;
 * or -1. Whoever sends it has to be a user of that domain, whatever From says.
 */
int via_gruu_contact_domain(const struct via_worker *w, const struct via_meta *meta);

/** What via_gruu_contact_check() does with the few requests that it has to look into. */
enum via_reason via_gruu_contact_judge(struct via_worker *w, struct via_meta *meta);

/**
 * Look at the Contact of a request: VIA_REASON_GRUU_NOT_YOURS when it is a valid GRUU of another
 * AOR than the sender's (GR-59). The sender is who has authenticated, by whatever From; via_auth
 * asks for that where From does not. Where nobody asks (auth.requests off, auth.exempt), From says
 * who it is, and an anonymous one (host anonymous.invalid, RFC 3323 §4.1.1.3) may have any
 * temporary GRUU: hiding the AOR is what those are for (RFC 5627 §4.4). A tel URI or one of another
 * domain claims nothing. Sets VIA_MUST_RECORD_ROUTE where GR-58 asks for that. What an incomplete
 * table lacks counts as not valid. Behind via_auth; uses w->record.
 */
static inline enum via_reason
via_gruu_contact_check(struct via_worker *w, struct via_meta *meta)
{
	return via_gruu_contact_counts(w, meta) ? via_gruu_contact_judge(w, meta) : VIA_REASON_NONE;
}

#endif
