/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_CLI_PASSWORD_H
#define CONTROL_CLI_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

/** Longest password, octets. */
#define CLI_PASSWORD_MAX 255

struct cli_password {
	char text[CLI_PASSWORD_MAX + 2];
	size_t len;
};

enum cli_password_from {
	CLI_PASSWORD_TERMINAL, /* asked twice, not shown */
	CLI_PASSWORD_STDIN,    /* the first line */
	CLI_PASSWORD_RANDOM,
};

/**
 * Get a new password for `name`; the caller cleanses it. False, with a message on standard error,
 * when there is none.
 */
bool cli_password_take(struct cli_password *p, enum cli_password_from from, const char *name);

#endif
