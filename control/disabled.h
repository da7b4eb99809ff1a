/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_DISABLED_H
#define CONTROL_DISABLED_H

#include <jansson.h>

#include "config/config.h"
#include "table/disabled.h"

/**
 * AORs that an operator has shut off (RFC 5393 §7, MB-26). They stay so until he lets them in
 * again: the list is in a file of the state folder, `disabled-aors`, a line "480 sip:x@example.com"
 * for each, which is replaced as a whole, and published from there.
 */

/**
 * Read the file and publish what it says; without one nobody is shut off. Lines that are none are
 * told on standard error and left out. False, with a sentence in `message`, when the file cannot be
 * read or the list not be published.
 */
bool disabled_open(const struct config *config, struct disabled *now, char *message, size_t size);

/**
 * Carry out {"command": "disable-aor", "aor": AOR, "status": 403 or 480}, {"command": "enable-aor",
 * "aor": AOR} or {"command": "list-aors"}. Returns the answer for the control socket; that of the
 * last one has "aors": [{"aor", "status"}, ...].
 */
json_t *disabled_order(const struct config *config, struct disabled *now, const char *command,
		       const json_t *request);

#endif
