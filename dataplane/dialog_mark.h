/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DIALOG_MARK_H
#define DATAPLANE_DIALOG_MARK_H

#include "guard/siphash.h"
#include "sip/slice.h"

#define DIALOG_MARK_LEN 16

/**
 * The mark of a dialog that we put ourselves on the path of: a keyed hash of its Call-ID, as the
 * `vd` parameter of our Record-Route URIs. A request that brings it back belongs to such a dialog;
 * a Route that somebody made up does not have it. It says nothing of who sends the request: both
 * sides see it, and the caller chooses the Call-ID. Returns a slice of `out`.
 */
struct slice dialog_mark_make(struct siphash_key key, struct slice call_id,
			      char out[DIALOG_MARK_LEN]);

/** The parameters of a Route URI of ours hold the mark of this Call-ID. */
bool dialog_mark_check(struct siphash_key key, struct slice call_id, struct slice params);

#endif
