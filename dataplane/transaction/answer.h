/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TRANSACTION_ANSWER_H
#define DATAPLANE_TRANSACTION_ANSWER_H

#include "transaction/transaction.h"

/** Which final response other than 2xx goes to who asked (RFC 3261 §16.7 items 6 and 7). */

/**
 * A branch has ended so. `meta` is its response, or NULL: then `status` is of our own making. True
 * when it is better than all before it; it is kept then. Challenges are collected in any case.
 */
bool answer_consider(struct via_worker *w, struct transaction *t, uint16_t status,
		     struct via_meta *meta);

/**
 * All branches have ended: send the best. True when that is the response `meta` as it is, which the
 * caller forwards; else it has been sent from the store, or made, or there is none to be sent
 * (RFC 4320 §4.2).
 */
bool answer_send(struct via_worker *w, struct transaction *t, struct via_meta *meta);

#endif
