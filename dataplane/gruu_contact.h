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

/** What via_gruu_contact_check() does with the few requests that it has to look into. */
enum via_reason via_gruu_contact_judge(struct via_worker *w, struct via_meta *meta);

/**
 * Look at the Contact of a request: VIA_REASON_GRUU_NOT_YOURS when it is a valid GRUU of another
 * AOR than the sender's (GR-59). The sender is who has authenticated; of one who has not been asked
 * to, From says who it is. A temporary GRUU of somebody who is not one of ours by his From is
 * taken: he does not want to be known. Sets VIA_MUST_RECORD_ROUTE where GR-58 asks for that. What
 * an incomplete table lacks counts as not valid. Behind via_auth; uses w->record.
 */
static inline enum via_reason
via_gruu_contact_check(struct via_worker *w, struct via_meta *meta)
{
	const struct config_file *f = w->engine->config->file;

	if (likely(meta->fields.to_tag.ptr != NULL || f->domains_count == 0 ||
		   !sip_method_forms_dialog((enum sip_method)meta->msg.method) ||
		   !via_gruu_contact_looks_like(sip_header_get(&meta->msg, SIP_HDR_CONTACT))))
		return VIA_REASON_NONE;
	return via_gruu_contact_judge(w, meta);
}

#endif
