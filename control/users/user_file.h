/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_USERS_USER_FILE_H
#define CONTROL_USERS_USER_FILE_H

#include "users/user_line.h"
#include "users/user_source.h"

/** What reading and changing a file of users have in common. */

/** The lines of a file. */
struct user_file_lines {
	int fd, error; /* errno; 0: none */
	char *buffer;  /* 64 KiB */
	size_t at, used;
	uint64_t number; /* of the line that was given last, from 1 */
	bool within;     /* its end is still to come */
	bool continued;  /* it is the rest of a line longer than the buffer */
};

/**
 * Open a file that only its owner may use. -1, with a sentence in `message`, when it is not there
 * or not like that.
 */
int user_file_open_private(const char *path, char *message, size_t size);

/** False: no memory. The descriptor is closed by user_file_lines_close(), then only. */
bool user_file_lines_open(struct user_file_lines *l, int fd);

void user_file_lines_close(struct user_file_lines *l);

/**
 * The next line without its newline, until the next call. The last one may have none. False at the
 * end, and on an error, which `l->error` tells.
 */
bool user_file_next_line(struct user_file_lines *l, struct slice *line);

#endif
