/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_REPLY_H
#define DATAPLANE_REPLY_H

#include "engine.h"

/**
 * Write our own response to the request of `meta` into w->text, with meta->status and reason
 * (RFC 3261 §8.2.6): a function of the request, so that a copy gets the same one again. Returns
 * what was written; absent when it does not fit. Borrows the worker's edits.
 */
struct slice reply_write(struct via_worker *w, struct via_meta *meta);

#endif
