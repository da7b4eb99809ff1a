/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TRANSACTION_RECURSE_H
#define DATAPLANE_TRANSACTION_RECURSE_H

#include "transaction/transaction.h"

/**
 * 305 (Use Proxy) as loose routing has it (RC-20 to RC-34): the request goes to the proxy that a
 * Contact names, by a Route value in place of the topmost one. The Request-URI stays.
 *
 * Followed are the proxies of proxy.recurse_305. A Contact is tried once for each request, a chain
 * of 305s is as long as RECURSE_DEPTH_MAX, and there are RECURSE_MAX of these branches in all.
 */

#define RECURSE_DEPTH_MAX 5
#define RECURSE_MAX 64

/**
 * A branch got a 305, `meta`: begin a branch to the best of its Contacts, with the share of breadth
 * that `c` had. False where that is not done: it is an ordinary 3xx then (RC-30).
 */
bool recurse_305(struct via_worker *w, struct transaction *t, struct client *c,
		 const struct via_meta *meta);

/**
 * Such a branch has failed: when that means that the Contact is not to be had, begin one to the
 * next (RC-27). `meta`: the response, or NULL: none has come. False where that is not done.
 */
bool recurse_next(struct via_worker *w, struct transaction *t, struct client *c, uint16_t status,
		  const struct via_meta *meta);

/**
 * The best Contact that this response leads to is a name that is not known: control has the
 * response now, and it comes again. Before the branch takes notice of it. False: go on.
 */
bool recurse_park(struct via_worker *w, const struct client *c, const struct via_meta *meta);

#endif
