/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_KEYRING_FILE_H
#define CONTROL_KEYRING_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/keyring.h"

/**
 * Read the key ring of `state_dir`; make one with fresh keys when there is none. False, with a
 * sentence in `message`, when it cannot be read, is not ours alone (mode 0600), or is damaged.
 */
bool keyring_file_load(const char *state_dir, struct keyring *ring, char *message, size_t size);

/** Write the ring, so that either the old or the new one survives. False with a message. */
bool keyring_file_store(const char *state_dir, const struct keyring *ring, char *message,
			size_t size);

/**
 * Hold off everybody else who changes the ring: between reading and writing it, and no longer than
 * that. Returns a descriptor to close, or -1 with a message. Waits for who was first.
 */
int keyring_file_lock(const char *state_dir, char *message, size_t size);

/**
 * A ring that root copied here is root's; give it to the owner of the folder, who runs control.
 * False with a message.
 */
bool keyring_file_adopt(const char *state_dir, char *message, size_t size);

#endif
