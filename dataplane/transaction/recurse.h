/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TRANSACTION_RECURSE_H
#define DATAPLANE_TRANSACTION_RECURSE_H

#include "transaction/transaction.h"

/**
 * A branch got a 305 (RC-20 to RC-34): send the same request to the proxy that its Contact names,
 * by a Route in place of the topmost one. False where that is not done: it is an ordinary 3xx then.
 */
bool recurse_305(struct via_worker *w, struct transaction *t, struct client *c,
		 const struct via_meta *meta);

#endif
