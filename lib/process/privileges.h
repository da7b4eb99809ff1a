/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROCESS_PRIVILEGES_H
#define PROCESS_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

/**
 * What the processes of an engine have in common besides tables: giving up what they do not need
 * after start. Not part of the installed library.
 */

/**
 * Keep only the capability to administer the network, and become `user` (NULL: stay who we are).
 * For control. False, with a sentence in `message`, when the system refuses.
 */
bool privileges_drop_control(const char *user, char *message, size_t size);

/**
 * Become the owner of `path` for good, for work that root is asked to do in a folder where somebody
 * else may have put links to what is root's. Nothing is done when we are not root, or root owns it.
 * False, with a sentence in `message`, when the system refuses; errno tells why.
 */
bool privileges_become_owner(const char *path, char *message, size_t size);

/**
 * Keep only what opening ports needs. Before EAL starts its threads, so that none of them, its
 * interrupt and telemetry threads included, has more.
 */
bool privileges_drop_before_ports(char *message, size_t size);

/**
 * Keep only what running ports need: network, raw sockets, locked memory, our own folders. Of the
 * calling thread: each worker calls it for itself.
 */
bool privileges_drop_dataplane(char *message, size_t size);

#endif
