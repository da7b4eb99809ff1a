/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_DISABLED_H
#define TABLE_DISABLED_H

#include "sip/slice.h"
#include "table/segment.h"

/**
 * AORs that an operator has shut off (RFC 5393 §7, MB-26): an immutable snapshot, control's.
 */

enum { DISABLED_MAX = 256, DISABLED_AOR_MAX = 248 };

/** Shared layout. */
struct disabled_row {
	uint16_t status; /* 403 or 480 */
	uint16_t len;    /* octets of `aor` */
	uint32_t reserved;
	char aor[DISABLED_AOR_MAX]; /* canonical, as the binding table has it */
};

_Static_assert(sizeof(struct disabled_row) == 256, "shared layout");

struct disabled {
	uint32_t count;
	uint32_t reserved[3];
	struct disabled_row row[DISABLED_MAX];
};

struct disabled_segment {
	struct segment_header segment;
	struct disabled disabled;
};

extern const struct segment_type disabled_segment_type;

/** The row of an AOR, or -1. */
int disabled_find(const struct disabled *d, struct slice aor);

/**
 * Shut an AOR off with this status, or another one than before. False: there is no room, or the AOR
 * is too long, or the status is none of the two.
 */
bool disabled_add(struct disabled *d, struct slice aor, uint16_t status);

/** Let it in again. False: it was not shut off. */
bool disabled_remove(struct disabled *d, struct slice aor);

/** Publish a list in place of the one before. One writer. */
enum segment_error disabled_publish(const char *dir, const struct disabled *d);

/** Map the published list for reading. */
enum segment_error disabled_attach(struct segment *s, const char *dir);

/** AOR and status of row `i` of a mapped list; false: there is none, or it is not sound. */
bool disabled_get(const struct segment *s, uint32_t i, struct slice *aor, uint16_t *status);

#endif
