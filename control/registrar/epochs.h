/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_EPOCHS_H
#define CONTROL_REGISTRAR_EPOCHS_H

#include <stdint.h>

#include "store/binding_store.h"

/**
 * Numbers for the epochs of temporary GRUUs (RFC 5627 appendix A.2): each is given once in the life
 * of a store. They are reserved in blocks, inside the transaction that first needs one of a block.
 */
struct epochs {
	uint64_t next, end; /* reserved and not given yet */
	uint64_t reserved;  /* end of the block that the present transaction reserves; 0: none */
};

/** The next number, or 0 when the store cannot reserve any. Inside a transaction. */
uint64_t epochs_next(struct epochs *e, struct binding_store *store);

/** The transaction is over: what it reserved is ours, or not. */
void epochs_settle(struct epochs *e, bool committed);

#endif
