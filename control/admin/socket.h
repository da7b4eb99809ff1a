/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_ADMIN_SOCKET_H
#define CONTROL_ADMIN_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>
#include <uv.h>

/**
 * The control socket: one JSON object a line in, one a line out. A request is
 * {"command": NAME, ...}; an answer has "ok": true, or "ok": false and "error": a sentence.
 */
struct admin;

/** Answers a command. Returns a new reference, or NULL for an unknown command. */
typedef json_t *(*admin_command)(const char *name, const json_t *request, void *context);

/** Listen at `path` (mode 0600). NULL, with a sentence in `message`, when it cannot. */
struct admin *admin_open(uv_loop_t *loop, const char *path, admin_command command, void *context,
			 char *message, size_t size);

/** Close the listening socket; connections end with the loop. Takes NULL. */
void admin_close(struct admin *a);

#endif
