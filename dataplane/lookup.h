/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_LOOKUP_H
#define DATAPLANE_LOOKUP_H

#include "engine.h"
#include "gruu/gruu.h"

/**
 * What a request to a domain of ours asks the binding table for: the AOR of its Request-URI, or one
 * instance of an AOR when that is a GRUU (RFC 5627 §6.1).
 */

/** Octets of an AOR that is looked up. */
enum { VIA_AOR_MAX = 512 };

/** What a URI of a domain of ours is: GRUU_NONE, too, where registrar.gruu is off. */
static inline enum gruu_kind
via_gruu_of(const struct via_worker *w, const struct sip_uri *uri, struct gruu *out)
{
	out->kind = GRUU_NONE;
	if (w->engine->config->file->registrar.gruu == CONFIG_GRUU_OFF)
		return GRUU_NONE;
	return gruu_of_uri(&w->tables->gruu_keys, uri, out);
}

/** The AOR of a URI as the table has it. False when the URI names none. */
bool via_aor_of(const struct sip_uri *uri, char text[VIA_AOR_MAX], struct slice *aor);

/**
 * The request is for an AOR of ours, and not for a GRUU or a contact as what is inside a dialog
 * is (RFC 3261 §12.2.1.1). Behind via_request.
 */
bool via_is_for_aor(const struct via_worker *w, const struct via_meta *meta);

/** The row of the instance that a GRUU names, if w->record has it. */
bool via_lookup_instance(const struct via_worker *w, const struct gruu *gruu,
			 struct binding_instance *out);

/**
 * Read the Request-URI, and ask for the bucket that it leads to and for what is remembered of the
 * request. Returns what via_lookup_prefetch() takes; 0: nothing to look up. Sets meta->aor_hash.
 */
uint64_t via_lookup_begin(struct via_worker *w, struct via_meta *meta, struct gruu *gruu);

/**
 * Copy out the record that the epoch of a temporary GRUU leads to, to w->record: of the domain of
 * this URI, for another one's users have none here. Not counted.
 */
bool via_lookup_epoch(struct via_worker *w, const struct gruu *gruu, const struct sip_uri *uri);

/** What a request and its copies have in common: their branch, and the GRUU. Never 0. */
uint64_t via_lookup_key(const struct via_worker *w, const struct via_meta *meta,
			const struct gruu *gruu);

/** Copy out the record that is asked for to w->record, behind via_lookup_begin(). */
bool via_lookup_find(struct via_worker *w, const struct via_meta *meta, const struct gruu *gruu);

/** w->record is the one that this request asks for: a branch may be used again for another call. */
bool via_lookup_is(const struct via_worker *w, const struct via_meta *meta,
		   const struct gruu *gruu);

/**
 * Which bindings of w->record the request may go to: a bit for each. When there are none, what it
 * is refused with (GR-29, GR-30, GR-40 to GR-42); those of an AOR are not looked at here.
 */
enum via_reason via_lookup_among(const struct via_worker *w, const struct gruu *gruu,
				 uint64_t *among);

#endif
