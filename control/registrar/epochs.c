/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/epochs.h"

#include <string.h>

#include "gruu/temp_gruu.h"

enum { BLOCK = 65536 };

static const char name[] = "epochs";

static bool
reserve(struct epochs *e, struct binding_store *store)
{
	struct slice key = slice_of(name, sizeof(name) - 1), value;
	enum store_error error = store->ops->meta_get(store, key, &value);
	uint64_t end = 1; /* 0 stands for none */

	/* one that cannot be read is no reason to begin anew: old GRUUs would lead to others */
	if (error == STORE_OK && value.len == sizeof(end))
		memcpy(&end, value.ptr, sizeof(end));
	else if (error != STORE_ERR_ABSENT)
		return false;
	if (end >= TEMP_GRUU_EPOCHS - BLOCK)
		return false;
	e->next = end;
	e->reserved = end + BLOCK;
	return store->ops->meta_put(store, key,
				    slice_of((const char *)&e->reserved, sizeof(e->reserved))) ==
	       STORE_OK;
}

uint64_t
epochs_next(struct epochs *e, struct binding_store *store)
{
	if (e->next == (e->reserved != 0 ? e->reserved : e->end) && !reserve(e, store)) {
		*e = (struct epochs){ 0 };
		return 0;
	}
	return e->next++;
}

void
epochs_settle(struct epochs *e, bool committed)
{
	if (e->reserved == 0)
		return;
	e->end = e->reserved;
	e->reserved = 0;
	if (!committed)
		e->next = e->end = 0;
}
