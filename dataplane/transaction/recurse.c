/* SPDX-License-Identifier: BSD-3-Clause */
#include "transaction/recurse.h"

bool
recurse_305(struct via_worker *w, struct transaction *t, struct client *c,
	    const struct via_meta *meta)
{
	(void)w;
	(void)t;
	(void)c;
	(void)meta;
	return false;
}
