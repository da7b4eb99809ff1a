/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_KEYS_H
#define TABLE_KEYS_H

#include "flow/keyring.h"
#include "table/segment.h"

/** The key ring as control hands it to the dataplane. Mode 0600, like every segment. */
struct keys_segment {
	struct segment_header segment;
	struct keyring ring;
};

extern const struct segment_type keys_segment_type;

/**
 * Publish a ring; the one before goes out of use as soon as readers look. A segment with the same
 * keys stays as it is.
 */
enum segment_error keys_publish(const char *dir, const struct keyring *ring);

/** Map the published ring; `*ring` lies in the segment and lives until segment_detach(). */
enum segment_error keys_attach(struct segment *s, const char *dir, const struct keyring **ring);

#endif
