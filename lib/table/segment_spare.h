/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_SEGMENT_SPARE_H
#define TABLE_SEGMENT_SPARE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Memory for a segment that has to be replaced also when the file system is full: a file
 * "NAME.spare" of zeros, which nobody maps. Between the files of segments. One writer.
 */

/** Rename the spare of the segment at `path` to `to`, `size` octets long. False: there is none. */
bool segment_spare_take(const char *path, const char *to, size_t size);

/** Have a spare of this size at least, if there is room for it; for some more, as tables grow. */
void segment_spare_keep(const char *path, size_t size);

#endif
