/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_PUBLISH_H
#define CONTROL_REGISTRAR_PUBLISH_H

#include "store/binding_store.h"
#include "store/record.h"
#include "table/binding_writer.h"

/** The binding table as the registrar writes it: grows by building a larger one from the store. */
struct publisher {
	const char *dir;
	struct binding_writer *writer;
	struct binding_store *store;
	uint32_t aors;
	char message[256];
};

/** Build the table from the store and publish it. False, with p->message set, when it cannot be. */
bool publisher_open(struct publisher *p, const char *dir, struct binding_store *store,
		    uint32_t aors);

void publisher_close(struct publisher *p);

/**
 * Show what an AOR has now, as committed. A refresh that changed only times is written in place.
 * A full table is built anew with twice the room.
 */
bool publisher_put(struct publisher *p, struct slice aor, const struct record *record);

/** Forget an AOR; one that is not there is no error. */
bool publisher_remove(struct publisher *p, struct slice aor);

/** How many AORs the table has. */
uint64_t publisher_aors(const struct publisher *p);

#endif
