/* SPDX-License-Identifier: BSD-3-Clause */
/* A file of users is copied line by line with what is to be changed, and then replaced. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "private_file.h"
#include "users/user_edit.h"
#include "users/user_file.h"

struct copying {
	const struct user_edit *edit;
	struct user_file_lines lines;
	int to;
	bool found, refused;
	bool open; /* the line that was written last has no end yet */
	char scratch[USER_LINE_MAX];
	char buffer[1 << 16];
	size_t used;
};

static bool
flush(struct copying *c)
{
	bool fine = private_file_write(c->to, c->buffer, c->used);

	c->used = 0;
	return fine;
}

static bool
put(struct copying *c, const char *text, size_t len)
{
	c->open = len > 0 ? text[len - 1] != '\n' : c->open;
	if (len > sizeof(c->buffer) - c->used && !flush(c))
		return false;
	if (len > sizeof(c->buffer))
		return private_file_write(c->to, text, len);
	memcpy(c->buffer + c->used, text, len);
	c->used += len;
	return true;
}

static bool
put_user(struct copying *c, const struct credentials *user)
{
	char line[USER_LINE_MAX];
	struct sip_writer w;

	sip_writer_init(&w, line, sizeof(line));
	user_line_encode(&w, user);
	errno = E2BIG;
	return !w.overflow && put(c, w.begin, (size_t)(w.p - w.begin));
}

/* What is written in the place of his line. */
static bool
replace(struct copying *c, const struct user_row *row)
{
	struct credentials is = *c->edit->user;
	struct digest_context *digest;
	struct user old;
	char fault[USER_FAULT_MAX];
	bool fine;

	c->refused |= is.have != 0 && !c->edit->replace;
	if (c->found || is.have == 0 || c->refused)
		return true; /* removed, or there twice */
	digest = digest_context_new();
	if (c->edit->keep_aors && digest != NULL && user_resolve(&old, row, digest, fault))
		is.aors = old.is.aors;
	digest_context_free(digest);
	fine = put_user(c, &is);
	OPENSSL_cleanse(&old, sizeof(old));
	return fine;
}

static bool
is_his(const struct copying *c, const struct user_row *row)
{
	return slice_eq(row->username, c->edit->user->username) &&
	       slice_eq(row->realm, c->edit->user->realm);
}

static bool
copy_lines(struct copying *c)
{
	struct slice line;
	bool fine = true;

	while (fine && user_file_next_line(&c->lines, &line)) {
		struct user_row row = { 0 };

		if (!c->lines.continued && user_line_decode(line, &row, c->scratch) &&
		    is_his(c, &row)) {
			fine = replace(c, &row);
			c->found = true;
		} else {
			fine = put(c, line.ptr, line.len) && (c->lines.within || put(c, "\n", 1));
		}
	}
	/* the last line may have had no end */
	return fine && c->lines.error == 0 && (!c->open || put(c, "\n", 1));
}

static const char head[] =
	"# Users of viaduct, one a line:\n"
	"#   NAME realm=REALM md5=HEX sha-256=HEX sha-512-256=HEX aors=sip:NAME@DOMAIN,...\n"
	"# HEX is the hash of NAME:REALM:PASSWORD; one of them will do, and so will "
	"password=TEXT.\n"
	"# %20 is a space. After a change by hand: viaduct users reload.\n";

static enum user_edited
copy_all(struct copying *c, const char *path, const char *owner)
{
	bool add = c->edit->user->have != 0;

	if (c->lines.buffer != NULL ? !copy_lines(c) : !put(c, head, sizeof(head) - 1))
		return USER_EDIT_FAILED;
	if (add && c->refused)
		return USER_EDIT_THERE;
	if (!add && !c->found)
		return USER_EDIT_ABSENT;
	if (add && !c->found && !put_user(c, c->edit->user))
		return USER_EDIT_FAILED;
	if (!flush(c))
		return USER_EDIT_FAILED;
	if (!private_file_commit(c->to, path, owner)) {
		c->to = -1;
		return USER_EDIT_FAILED;
	}
	c->to = -1;
	return USER_EDITED;
}

static enum user_edited
edit_locked(struct copying *c, const char *path, const char *owner, char *message, size_t size)
{
	enum user_edited done;
	int from;

	/* the message is that of the first failure; one that is not there is an empty one */
	from = access(path, F_OK) == 0 || errno != ENOENT
		       ? user_file_open_private(path, message, size)
		       : -2;
	if (from == -1)
		return USER_EDIT_FAILED;
	snprintf(message, size, "users file %s: no memory", path);
	if (from >= 0 && !user_file_lines_open(&c->lines, from)) {
		close(from);
		return USER_EDIT_FAILED;
	}
	errno = 0;
	c->to = private_file_begin(path);
	done = c->to >= 0 ? copy_all(c, path, owner) : USER_EDIT_FAILED;
	snprintf(message, size, "users file %s: %s", path,
		 strerror(c->lines.error != 0 ? c->lines.error : errno));
	if (c->to >= 0)
		private_file_abort(c->to, path);
	if (from >= 0)
		user_file_lines_close(&c->lines);
	return done;
}

enum user_edited
user_file_edit(const char *path, const char *owner, const struct user_edit *edit, char *message,
	       size_t size)
{
	struct copying *c = calloc(1, sizeof(*c));
	enum user_edited done = USER_EDIT_FAILED;
	int lock = private_file_lock(path);

	if (c == NULL || lock < 0) {
		snprintf(message, size, "users file %s: %s", path,
			 c == NULL ? "no memory" : strerror(errno));
	} else {
		c->edit = edit;
		done = edit_locked(c, path, owner, message, size);
		OPENSSL_cleanse(c, sizeof(*c));
	}
	if (lock >= 0)
		close(lock);
	free(c);
	return done;
}
