/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_USERS_USER_LINE_H
#define CONTROL_USERS_USER_LINE_H

#include "sip/writer.h"
#include "users/user_row.h"

/**
 * One line of a file of users:
 *
 *	alice realm=example.com sha-256=HEX md5=HEX aors=sip:alice@example.com,sip:sales@example.com
 *
 * The username, then in any order `realm`, which there must be, and `md5`, `sha-256`,
 * `sha-512-256` (H(A1) in hex) or `password` (plain), and `aors`. Words are parted by spaces or
 * tabs; a word that begins with '#' begins a comment. %XX is the octet XX, in all but `aors`, whose
 * URIs have such escapes of their own.
 */

/** Longest line. */
#define USER_LINE_MAX 8192

/**
 * Decode a line without its newline. `scratch` takes what the row borrows and the line has not as
 * it is; it may hold a password afterwards. Returns false for a line without a user. A line that is
 * wrong gives a row with `fault`, and with its names where they could be read.
 */
bool user_line_decode(struct slice line, struct user_row *row, char scratch[USER_LINE_MAX]);

/** Write the line of a user, newline included. */
void user_line_encode(struct sip_writer *w, const struct credentials *user);

#endif
