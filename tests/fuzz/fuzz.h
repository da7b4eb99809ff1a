/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "sip/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Stays in optimised builds, unlike assert(). */
#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);         \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/** A slice that a decoder gave lies inside what it was given, or is absent. */
static inline void
must_lie_in(struct slice part, struct slice whole)
{
	if (part.ptr == NULL)
		MUST(part.len == 0);
	else
		MUST(part.ptr >= whole.ptr && part.len <= whole.len &&
		     (size_t)(part.ptr - whole.ptr) <= whole.len - part.len);
}

#endif
