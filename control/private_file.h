/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_PRIVATE_FILE_H
#define CONTROL_PRIVATE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Files with secrets in them: mode 0600, and replaced as a whole, so that either the old or the new
 * one survives whatever happens. Errors are in errno.
 */

/** Longest path, with ".new" behind it. */
#define PRIVATE_FILE_PATH 512

/** Begin the successor of the file at `path`. Returns a descriptor to write to, or -1. */
int private_file_begin(const char *path);

/** Write all of it. */
bool private_file_write(int fd, const char *text, size_t len);

/**
 * Put what was written on disk and in the place of the file at `path`; closes `fd`. Root may have
 * written it for a process that is somebody else: it is given to `user`, or to the owner of its
 * folder when that is NULL. When false the old file is as it was, and no copy is left.
 */
bool private_file_commit(int fd, const char *path, const char *user);

/** Leave the old file as it is; closes `fd`. */
void private_file_abort(int fd, const char *path);

/** Give an open file to `user`, or to the owner of the folder that `path` is in. */
bool private_file_give(int fd, const char *path, const char *user);

/**
 * Hold off everybody else who changes the file at `path`: between reading and writing it, and no
 * longer than that. Returns a descriptor to close, or -1. Waits for who was first.
 */
int private_file_lock(const char *path);

#endif
