/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TABLES_H
#define DATAPLANE_TABLES_H

#include "engine.h"

/** Unmap what `old` has and `kept` has not, and release `old`. No worker looks at it any more. */
void tables_free(struct via_tables *old, const struct via_tables *kept);

#endif
