/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "users/user_line.h"

static bool
is_same(const struct credentials *a, const struct credentials *b)
{
	return slice_eq(a->username, b->username) && slice_eq(a->realm, b->realm) &&
	       slice_eq(a->aors, b->aors) && a->have == b->have &&
	       memcmp(a->md5, b->md5, sizeof(a->md5)) == 0 &&
	       memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0 &&
	       memcmp(a->sha512_256, b->sha512_256, sizeof(a->sha512_256)) == 0;
}

/* The line that is written of a user is one line, and means the same user. */
static void
check_again(const struct user *user, struct digest_context *digest)
{
	static char line[USER_LINE_MAX], scratch[USER_LINE_MAX];
	static struct user again;
	char fault[USER_FAULT_MAX];
	struct user_row row = { .number = 1 };
	struct sip_writer w;
	struct slice text;

	sip_writer_init(&w, line, sizeof(line));
	user_line_encode(&w, &user->is);
	MUST(!w.overflow);
	text = slice_of(line, (size_t)(w.p - line) - 1);
	MUST(memchr(text.ptr, '\n', text.len) == NULL && text.ptr[text.len] == '\n');
	MUST(user_line_decode(text, &row, scratch));
	MUST(row.fault == NULL);
	MUST(user_resolve(&again, &row, digest, fault));
	MUST(is_same(&user->is, &again.is));
}

/* Whatever a line has: no user, one, or a sentence about it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct digest_context *digest;
	static char scratch[USER_LINE_MAX];
	static struct user user;
	char fault[USER_FAULT_MAX];
	struct slice line = slice_of((const char *)data, size), list, aor;
	struct user_row row = { .number = 1 };

	if (digest == NULL)
		digest = digest_context_new();
	MUST(digest != NULL);
	if (size == 0 || memchr(data, '\n', size) != NULL || !user_line_decode(line, &row, scratch))
		return 0;
	if (!user_resolve(&user, &row, digest, fault)) {
		MUST(fault[0] != '\0' && memchr(fault, '\0', sizeof(fault)) != NULL);
		MUST(user.is.have == 0 && user.is.aors.len == 0);
		return 0;
	}
	MUST(row.fault == NULL && user.is.have != 0 && user.is.aors.len > 0);
	list = user.is.aors;
	while ((aor = slice_cut(&list, ' ')).len > 0)
		MUST(credentials_has_aor(&user.is, aor) && memcmp(aor.ptr, "sip:", 4) == 0);
	check_again(&user, digest);
	return 0;
}
