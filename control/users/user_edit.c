/* SPDX-License-Identifier: BSD-3-Clause */
#include "users/user_edit.h"

#include <stdio.h>

static enum user_edited
edit_file(const struct config *config, const struct user_edit *edit, char *message, size_t size)
{
	const char *owner = config->file->user;
	char path[256];

	user_file_path(config, path, sizeof(path));
	return user_file_edit(path, owner, edit, message, size);
}

enum user_edited
user_edit(const struct config *config, const struct user_edit *edit, char *message, size_t size)
{
	const struct config_file_users *f = &config->file->users;
	enum user_edited done = USER_EDIT_FAILED;

	if (f->source == CONFIG_USERS_FILE)
		done = edit_file(config, edit, message, size);
	else if (f->source == CONFIG_USERS_SQLITE && f->query == NULL)
		done = user_sqlite_edit(f->database, config->file->user, edit, message, size);
	else if (f->source == CONFIG_USERS_NONE)
		snprintf(message, size, "users.source is 'none': want file, sqlite or postgresql");
	else
		snprintf(message, size,
			 "the users are where users.query has them from: change them there by SQL, "
			 "then `viaduct users reload`");
	if (done == USER_EDIT_THERE || done == USER_EDIT_ABSENT)
		snprintf(message, size, "%.*s@%.*s %s", SLICE_FMT(edit->user->username),
			 SLICE_FMT(edit->user->realm),
			 done == USER_EDIT_THERE ? "is there already: --replace changes it"
						 : "is not there: viaduct user list");
	return done;
}
