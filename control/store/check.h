/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_CHECK_H
#define CONTROL_STORE_CHECK_H

#include "store/binding_store.h"

/** Can this value be read? (store/record.h, for who knows what is in a store.) */
typedef bool (*store_decode)(struct slice value, void *context);

/** Called with a sentence for each thing that is wrong, but the last of very many. */
typedef void (*store_problem)(const char *text, void *context);

/** Who checks, and what was found. */
struct store_check {
	store_decode decode;
	store_problem problem;
	void *context;
	/* results */
	uint32_t schema;
	uint64_t aors, octets; /* and of their values together */
	uint64_t sequence;     /* of the last commit, those in the journal included */
	uint64_t waiting;      /* commits that only the journal has */
	uint64_t problems;
};

/**
 * Check a store in folder `dir`: each page and value of LMDB, and with `journal` each frame that
 * LMDB does not have, for which nobody may have the store open. Changes nothing. True when nothing
 * is wrong. LMDB does not expect damaged pages: reading them may end the process, by a signal.
 */
bool store_check(struct store_check *c, const char *dir, bool journal);

/** The same for a file that store_backup() made. */
bool store_check_file(struct store_check *c, const char *file);

#endif
