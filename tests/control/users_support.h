/* SPDX-License-Identifier: BSD-3-Clause */
/** What the tests of users share: a folder, sources in it, and what reading one gives as text. */
#ifndef TESTS_CONTROL_USERS_SUPPORT_H
#define TESTS_CONTROL_USERS_SUPPORT_H

#include <stdio.h>

#include "lib/table/support.h"
#include "users/user_edit.h"
#include "users/user_source.h"

static char message[512];

/** H(A1) of RFC 7616 §3.9.1: Mufasa, http-auth@example.org, "Circle of Life". */
#define MUFASA_MD5 "3d78807defe7de2157e2b0b6573a855f"
#define MUFASA_SHA_256 "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232"

/** Any digests. */
#define HEX32 "00112233445566778899aabbccddeeff"
#define HEX64 HEX32 HEX32

static inline void
write_text(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(in_dir(name), "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(in_dir(name), mode), 0);
}

static inline const char *
read_text(const char *name)
{
	static char text[1 << 16];
	FILE *f = fopen(in_dir(name), "re");
	size_t n = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;

	assert_non_null(f);
	fclose(f);
	text[n] = '\0';
	return text;
}

/** A list of users and of what is wrong: "alice@example.com 2 sip:a@b|7: no realm ...|". */
struct listing {
	struct digest_context *digest;
	char text[1 << 16];
	size_t used;
	unsigned int rows, most;
};

static inline bool
list_row(const struct user_row *row, void *context)
{
	struct listing *l = context;
	static struct user user;
	char fault[USER_FAULT_MAX];
	size_t room = sizeof(l->text) - l->used;

	if (user_resolve(&user, row, l->digest, fault))
		l->used += (size_t)snprintf(l->text + l->used, room, "%.*s@%.*s %u %.*s|",
					    SLICE_FMT(user.is.username), SLICE_FMT(user.is.realm),
					    user.is.have, SLICE_FMT(user.is.aors));
	else
		l->used += (size_t)snprintf(l->text + l->used, room, "%llu: %s|",
					    (unsigned long long)row->number, fault);
	return ++l->rows != l->most;
}

/** Read a source that was opened; NULL when it cannot be, with the reason in `message`. */
static inline const char *
list_source(struct user_source *s)
{
	static atomic_bool stop;
	static struct listing l;
	bool fine;

	if (s == NULL)
		return NULL;
	s->stop = &stop;
	l = (struct listing){ .digest = digest_context_new() };
	fine = s->ops->read(s, list_row, &l, message, sizeof(message));
	user_source_close(s);
	digest_context_free(l.digest);
	return fine ? l.text : NULL;
}

/** A user whose digests are all zero, as `user_edit` takes him. */
static inline struct credentials
some_user(const char *username, const char *realm, const char *aors, unsigned int have)
{
	return (struct credentials){ .username = slice_str(username),
				     .realm = slice_str(realm),
				     .aors = slice_str(aors),
				     .have = (uint8_t)have };
}

#endif
