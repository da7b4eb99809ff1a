/* SPDX-License-Identifier: BSD-3-Clause */
#include "users/user_source.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

void
user_file_path(const struct config *config, char *path, size_t size)
{
	if (config->file->users.file != NULL)
		snprintf(path, size, "%s", config->file->users.file);
	else
		snprintf(path, size, "%s/users", config->state_dir);
}

bool
user_source_is_private(const struct stat *st, const char *what, const char *path, char *message,
		       size_t size)
{
	if (!S_ISREG(st->st_mode))
		snprintf(message, size, "%s %s: want a file", what, path);
	else if ((st->st_mode & 077) != 0)
		snprintf(message, size,
			 "%s %s: others may read it: chmod 600 it, and give new passwords if "
			 "somebody may have",
			 what, path);
	else
		return true;
	return false;
}

void
user_source_name(const struct config *config, char *text, size_t size)
{
	char path[256];

	switch (config->file->users.source) {
	case CONFIG_USERS_FILE:
		user_file_path(config, path, sizeof(path));
		snprintf(text, size, "file %s", path);
		break;
	case CONFIG_USERS_SQLITE:
		snprintf(text, size, "sqlite %s", config->file->users.database);
		break;
	case CONFIG_USERS_POSTGRESQL:
		snprintf(text, size, "postgresql");
		break;
	case CONFIG_USERS_NONE:
		snprintf(text, size, "none");
		break;
	}
}

bool
user_source_identity(const struct config *config, uint8_t out[CREDENTIALS_SOURCE_SIZE])
{
	const struct config_file_users *f = &config->file->users;
	uint8_t kind = (uint8_t)f->source, digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	char path[256];
	const char *const texts[] = { path, f->database, f->query };
	bool fine;

	user_file_path(config, path, sizeof(path));
	fine = c != NULL && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1 &&
	       EVP_DigestUpdate(c, &kind, sizeof(kind)) == 1;
	for (size_t i = 0; fine && i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *text = texts[i] != NULL ? texts[i] : "";

		/* with the NUL, which parts it from the next one */
		fine = EVP_DigestUpdate(c, text, strlen(text) + 1) == 1;
	}
	fine = fine && EVP_DigestFinal_ex(c, digest, NULL) == 1;
	if (fine)
		memcpy(out, digest, CREDENTIALS_SOURCE_SIZE);
	EVP_MD_CTX_free(c);
	return fine;
}

struct user_source *
user_source_open(const struct config *config, const atomic_bool *stop, char *message, size_t size)
{
	const struct config_file_users *f = &config->file->users;
	struct user_source *s = NULL;
	char path[256];

	switch (f->source) {
	case CONFIG_USERS_FILE:
		user_file_path(config, path, sizeof(path));
		s = user_file_open(path, message, size);
		break;
	case CONFIG_USERS_SQLITE:
		s = user_sqlite_open(f->database, f->query, message, size);
		break;
	case CONFIG_USERS_POSTGRESQL:
		s = user_postgresql_open(f->database, f->query, stop, message, size);
		break;
	case CONFIG_USERS_NONE:
		snprintf(message, size, "users.source is 'none'");
		break;
	}
	if (s != NULL)
		s->stop = stop;
	return s;
}

void
user_source_close(struct user_source *s)
{
	if (s != NULL)
		s->ops->close(s);
}

/* ---- columns ---- */

static const struct {
	const char *name;
	size_t member; /* of struct user_row */
} columns_known[USER_COLUMNS] = {
	{ "username", offsetof(struct user_row, username) },
	{ "realm", offsetof(struct user_row, realm) },
	{ "password", offsetof(struct user_row, password) },
	{ "ha1_md5", offsetof(struct user_row, ha1_md5) },
	{ "ha1_sha256", offsetof(struct user_row, ha1_sha256) },
	{ "ha1_sha512_256", offsetof(struct user_row, ha1_sha512_256) },
	{ "aors", offsetof(struct user_row, aors) },
};

enum { FIRST_SECRET = 2, LAST_SECRET = 5 };

struct slice *
user_columns_member(struct user_row *row, int i)
{
	return (struct slice *)((char *)row + columns_known[i].member);
}

bool
user_columns_find(struct user_columns *columns, int count,
		  const char *(*name_of)(void *result, int i), void *result, char *message,
		  size_t size)
{
	bool secret = false;

	for (int k = 0; k < USER_COLUMNS; k++) {
		columns->at[k] = -1;
		for (int i = 0; i < count; i++) {
			const char *name = name_of(result, i);

			if (name != NULL && strcasecmp(name, columns_known[k].name) == 0)
				columns->at[k] = i;
		}
		secret |= k >= FIRST_SECRET && k <= LAST_SECRET && columns->at[k] >= 0;
	}
	if (columns->at[0] >= 0 && columns->at[1] >= 0 && secret)
		return true;
	snprintf(message, size,
		 "users.query gives no column %s: want username, realm, and one of password, "
		 "ha1_md5, ha1_sha256, ha1_sha512_256 (SELECT x AS username ...)",
		 columns->at[0] < 0   ? "username"
		 : columns->at[1] < 0 ? "realm"
				      : "to authenticate with");
	return false;
}
