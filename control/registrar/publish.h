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

/** What somebody else does about what the store has. Members may be NULL. */
struct publisher_watcher {
	void *context;
	/* The table has an AOR that it had not, or that the first walk over the store came by. */
	void (*brought)(void *context, struct slice aor, const struct record *record);
	/*
	 * Bindings of an AOR in the store may have expired: true when it is taken care of, by a
	 * change of the store before the next publisher_step(). It is not shown until then.
	 */
	bool (*expired)(void *context, struct slice aor, const struct record *record);
};

/** What publisher_load() found. */
enum publisher_found {
	PUBLISHER_THERE,   /* the table has it, in whatever state */
	PUBLISHER_ABSENT,  /* neither the table nor the store has it */
	PUBLISHER_UNKNOWN, /* the store has it, or cannot say; the table has it not */
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
	bool adopted;     /* what the table had before may be old */
	bool continued;   /* it was adopted, and showed all of the store */
	bool walked;      /* the first walk over the store is done, or not needed */
	bool missed;      /* something could not be shown */
	bool is_full;     /* for want of memory, not long ago */
	uint64_t full_ms; /* when */
	struct publisher_watcher watcher;
	uint64_t since_ms;
	char from[PUBLISHER_AOR_MAX + 1]; /* PUBLISHER_READ: the store, from here on */
	size_t from_len;
	struct binding_walk walk; /* PUBLISHER_SWEEP */
	uint64_t generation;      /* of the table that is walked */
	char message[256];
};

/**
 * Continue the published table of this store, or publish a new one with room for `aors` at least
 * to begin with. What takes long is left to publisher_step(). `watcher` is copied, and called from
 * then on; NULL: nobody watches. False, with p->message set, when there can be no table.
 */
bool publisher_open(struct publisher *p, const char *dir, struct binding_store *store,
		    const struct publisher_watcher *watcher, uint32_t aors);

void publisher_close(struct publisher *p);

/**
 * Work in the background for about `budget_us` microseconds: bring what the store has and the table
 * has not, or has otherwise; then make a fuller table larger, or a scattered one denser. Call every
 * few milliseconds, with more time when nothing else is to be done. True while there is more to do.
 */
bool publisher_step(struct publisher *p, uint64_t budget_us);

/**
 * Make sure that publisher_put() of this will find room: to be asked before it is written to the
 * store, so that whoever is refused is not there either. BINDING_OK: it will. BINDING_ERR_FULL:
 * there is no shared memory left; BINDING_ERR_TOO_LARGE: no table takes it.
 */
enum binding_error publisher_reserve(struct publisher *p, struct slice aor,
				     const struct record *record);

/**
 * Show what an AOR has now, as committed. A refresh that changed only times is written in place.
 * False when there is no room, which publisher_reserve() excludes but for AORs that change several
 * times in one transaction: then the table shows the AOR as it was, if it had it, is not complete
 * any more, and what the store has is tried again every few seconds.
 */
bool publisher_put(struct publisher *p, struct slice aor, const struct record *record);

/** Forget an AOR; one that is not there is no error. */
bool publisher_remove(struct publisher *p, struct slice aor);

/**
 * A reader asks for an AOR that the incomplete table lacks: bring it from the store, if it is not
 * there by now.
 */
enum publisher_found publisher_load(struct publisher *p, struct slice aor);

/** What the watcher took care of could not be done: the store has to be looked through again. */
void publisher_missed(struct publisher *p);

/** Room was wanted within the last minute, and there was none. */
bool publisher_is_full(const struct publisher *p);

/**
 * The table shows everything up to the store's last commit. Call behind each commit, after the
 * publisher_put() and publisher_remove() for it.
 */
void publisher_committed(struct publisher *p);

/** How many AORs there are: of the store while the table is not complete. */
uint64_t publisher_aors(const struct publisher *p);

#endif
