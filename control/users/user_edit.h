/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_USERS_USER_EDIT_H
#define CONTROL_USERS_USER_EDIT_H

#include "users/user_source.h"

/**
 * Changes of the source by `viaduct user`: of a file, or of an SQLite database with the table that
 * is made here. Whoever reads meanwhile has the old users or the new ones.
 */
struct user_edit {
	const struct credentials *user; /* add; or remove, when it has no digests: names only */
	bool replace;                   /* add: who is there is changed */
	bool keep_aors;                 /* replace: he keeps the AORs that he has */
};

enum user_edited {
	USER_EDITED,
	USER_EDIT_THERE,  /* add: he is there already */
	USER_EDIT_ABSENT, /* remove: he is not there */
	USER_EDIT_FAILED, /* see the message */
};

/** Add, replace or remove one user. The folder of the file is there. `message` has a sentence
 * unless USER_EDITED. */
enum user_edited user_edit(const struct config *config, const struct user_edit *edit, char *message,
			   size_t size);

/** The kinds; what user_edit() calls. `owner`: to whom a new file is given, or NULL. */
enum user_edited user_file_edit(const char *path, const char *owner, const struct user_edit *edit,
				char *message, size_t size);
enum user_edited user_sqlite_edit(const char *path, const char *owner, const struct user_edit *edit,
				  char *message, size_t size);

#endif
