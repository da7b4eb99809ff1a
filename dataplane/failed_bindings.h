/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FAILED_BINDINGS_H
#define DATAPLANE_FAILED_BINDINGS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Bindings whose flow an edge has told to be gone (430), until they are registered anew. The
 * answer comes to one worker, the next copy of the request to another: so there is one table for
 * all of an engine, in its own memory. Bounded; the oldest of four rows makes room. A row that is
 * lost costs one more 430.
 */

enum { FAILED_BINDINGS_ROWS = 16384 };

struct failed_binding_row {
	_Atomic uint64_t key; /* 0: empty */
	_Atomic uint32_t seconds;
	_Atomic uint32_t reported; /* control knows */
};

struct failed_bindings {
	_Atomic uint32_t latest; /* seconds of the newest row: 0, none */
	struct failed_binding_row row[FAILED_BINDINGS_ROWS];
};

/** Any worker. `key` is not 0; it names a binding as it was registered last. */
void failed_bindings_add(struct failed_bindings *f, uint64_t key, uint64_t now_ms);

/** Any worker. One load while nothing has failed lately. */
bool failed_bindings_has(const struct failed_bindings *f, uint64_t key, uint64_t now_ms);

/** The caller is the first to report this one. Any worker. */
bool failed_bindings_report(struct failed_bindings *f, uint64_t key);

#endif
