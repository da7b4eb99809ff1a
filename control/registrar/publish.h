/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_PUBLISH_H
#define CONTROL_REGISTRAR_PUBLISH_H

#include "store/binding_store.h"
#include "store/record.h"
#include "table/binding_writer.h"

/**
 * The binding table as the registrar writes it. It is there at once: that of a control process
 * before, continued, or a new one that is filled from the store piece by piece. Until it is
 * complete, readers who miss an AOR ask (publisher_load()). One thread, outside a transaction of
 * the store.
 */
struct publisher {
	const char *dir;
	struct binding_writer *writer;
	struct binding_store *store;
	uint32_t aors;
	char message[256];
};

/**
 * Continue the published table of this store, or publish a new one with room for `aors` to begin
 * with. What takes long is left to publisher_step(). False, with p->message set, when there can be
 * no table.
 */
bool publisher_open(struct publisher *p, const char *dir, struct binding_store *store,
		    uint32_t aors);

void publisher_close(struct publisher *p);

/**
 * Work in the background for about `budget_us` microseconds: bring what the store has and the table
 * has not, or has otherwise; then make a fuller table larger, or a scattered one denser. Call every
 * few milliseconds, with more time when nothing else is to be done. True while there is more to do.
 */
bool publisher_step(struct publisher *p, uint64_t budget_us);

/**
 * Show what an AOR has now, as committed. A refresh that changed only times is written in place.
 */
bool publisher_put(struct publisher *p, struct slice aor, const struct record *record);

/** Forget an AOR; one that is not there is no error. */
bool publisher_remove(struct publisher *p, struct slice aor);

/**
 * A reader asks for an AOR that the incomplete table lacks: bring it from the store, if it is not
 * there by now. True when the table has it.
 */
bool publisher_load(struct publisher *p, struct slice aor);

/**
 * The table shows everything up to the store's last commit. Call behind each commit, after the
 * publisher_put() and publisher_remove() for it.
 */
void publisher_committed(struct publisher *p);

/** How many AORs there are: of the store while the table is not complete. */
uint64_t publisher_aors(const struct publisher *p);

#endif
