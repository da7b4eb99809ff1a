/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_PUBLISH_H
#define CONTROL_REGISTRAR_PUBLISH_H

#include "store/binding_store.h"
#include "store/record.h"
#include "table/binding_writer.h"

/** Octets of an AOR at most: longer ones are in no store. */
#define PUBLISHER_AOR_MAX 512

/** What publisher_step() is at. */
enum publisher_phase {
	PUBLISHER_READ,  /* the store: what it has comes into the table */
	PUBLISHER_SWEEP, /* an adopted table: what the store has not goes */
	PUBLISHER_DONE,  /* table and store agree */
	PUBLISHER_WAIT,  /* there was no memory, or the store could not be read: later again */
};

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
	enum publisher_phase phase;
	bool adopted; /* what the table had before may be old */
	bool behind;  /* something could not be shown */
	uint64_t since_ms;
	char from[PUBLISHER_AOR_MAX + 1]; /* PUBLISHER_READ: the store, from here on */
	size_t from_len;
	struct binding_walk walk; /* PUBLISHER_SWEEP */
	uint64_t generation;      /* of the table that is walked */
	char message[256];
};

/**
 * Continue the published table of this store, or publish a new one with room for `aors` at least
 * to begin with. What takes long is left to publisher_step(). False, with p->message set, when
 * there can be no table.
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
