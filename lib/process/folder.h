/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROCESS_FOLDER_H
#define PROCESS_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * Make a folder of ours with all that leads to it, `mode` for the last. What is there already must
 * belong to root, to us or to `user` (NULL: nobody else), and must not be writable by others unless
 * it is sticky; a link must be root's. The folder is then given to `user`, if any.
 *
 * Without this anybody who is there first in /dev/shm could have us write our keys where he likes.
 * False, with a sentence in `message`, when a component is not like that.
 */
bool folder_make(const char *path, mode_t mode, const char *user, char *message, size_t size);

#endif
