/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROCESS_LOCK_H
#define PROCESS_LOCK_H

/** How long a process waits for the lock of a predecessor that the kernel is still clearing away.
 */
#define LOCK_PATIENCE_MS 2000

/**
 * Make the file at `path` if need be, and take its lock, which lasts until the descriptor is closed
 * or the process ends. Somebody who has it is waited for, at most `patience_ms`: a process that was
 * killed keeps its locks until its memory is gone, which takes a moment for one with hugepages.
 *
 * Returns the descriptor, or -1 with errno: EWOULDBLOCK when somebody has it still, or whatever
 * open() says; a symbolic link is ELOOP.
 */
int lock_take(const char *path, unsigned int patience_ms);

#endif
