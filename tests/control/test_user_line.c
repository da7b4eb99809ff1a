/* SPDX-License-Identifier: BSD-3-Clause */
/** A line of a file of users, and what is made of a row. */
#include "control/users_support.h"
#include "users/user_line.h"

/* The line as it is listed, and as it is written again. */
static const struct {
	const char *label, *line, *want;
} lines[] = {
	{ "empty", "", "" },
	{ "blank", " \t ", "" },
	{ "comment", "  # alice realm=x", "" },
	{ "md5", "a realm=x.org md5=" HEX32, "a@x.org 1 sip:a@x.org|" },
	{ "all", "a md5=" HEX32 " sha-256=" HEX64 "\tsha-512-256=" HEX64 " realm=x.org # c",
	  "a@x.org 7 sip:a@x.org|" },
	{ "upper-case", "a REALM=x.org MD5=00112233445566778899AABBCCDDEEFF",
	  "a@x.org 1 sip:a@x.org|" },
	{ "cr", "a realm=x.org md5=" HEX32 "\r", "a@x.org 1 sip:a@x.org|" },
	{ "password", "a realm=x.org password=secret", "a@x.org 7 sip:a@x.org|" },
	{ "password-and-digest", "a realm=x.org password=p md5=" HEX32,
	  "1: a@x.org: a password and md5=: want one" },
	{ "aors", "a realm=x.org md5=" HEX32 " aors=sip:A@X.org,b@y.org;x=1,sips:c@z.org:5061",
	  "a@x.org 1 sip:A@x.org sip:b@y.org sip:c@z.org:5061|" },
	{ "same-aors", "a realm=x md5=" HEX32 " aors=sip:a@x,sips:a@X,a@x,sip:%61@x",
	  "a@x 1 sip:a@x|" },
	{ "comma-in-aor", "a realm=x md5=" HEX32 " aors=sip:a,b@x,sip:c@x",
	  "a@x 1 sip:a,b@x sip:c@x|" },
	{ "port-in-bare-aor", "a realm=x md5=" HEX32 " aors=a@x:5070", "a@x 1 sip:a@x:5070|" },
	{ "tel", "a realm=x md5=" HEX32 " aors=tel:+4930",
	  "1: a@x: AOR 'tel:+4930': want one such" },
	{ "no-user-in-aor", "a realm=x md5=" HEX32 " aors=sip:x.org",
	  "1: a@x: AOR 'sip:x.org': want" },
	{ "password-in-aor", "a realm=x md5=" HEX32 " aors=sip:a:b@x.org", "1: a@x: AOR" },
	{ "name-with-at", "a@y.org realm=x md5=" HEX32, "a@y.org@x 1 sip:a@y.org|" },
	{ "escaped", "a%20%23b realm=x md5=" HEX32, "a #b@x 1 sip:a%20%23b@x|" },
	{ "escaped-realm", "a realm=My%20Realm md5=" HEX32 " aors=a@x", "a@My Realm 1 sip:a@x|" },
	{ "realm-is-no-host", "a realm=My%20Realm md5=" HEX32,
	  "1: a@My Realm: no AORs, and sip:a@My Realm is none" },
	{ "percent", "100%25 realm=x md5=" HEX32, "100%@x 1 sip:100%25@x|" },
	{ "bad-escape", "a%2 realm=x md5=" HEX32, "1: no username" },
	{ "bad-escape-in-password", "a realm=x password=%zz", "1: a@x: a '%' without two" },
	{ "no-realm", "a md5=" HEX32, "1: no realm" },
	{ "no-digest", "a realm=x",
	  "1: a@x: neither a password nor a digest: want one of password=, md5=, sha-256=" },
	{ "short-digest", "a realm=x md5=0011", "1: a@x: md5= has 4 characters: want 32" },
	{ "no-hex", "a realm=x sha-256=g0112233445566778899aabbccddeeff" HEX32,
	  "1: a@x: sha-256= has a character at 0" },
	{ "twice", "a realm=x realm=y md5=" HEX32, "1: a@x: a word that is there twice" },
	{ "unknown", "a realm=x sha1=" HEX32, "1: a@x: an unknown word" },
	{ "no-value", "a realm=x md5=", "1: a@x: nothing behind '='" },
	{ "two-names", "a b realm=x md5=" HEX32, "1: a@x: a second word without '='" },
	{ "control-in-name", "a%0Ab realm=x md5=" HEX32,
	  "1: username 'a?b' has a control character" },
	{ "quote-in-realm", "a realm=x%22 md5=" HEX32, "1: realm 'x\"' has a quote" },
	{ "nul-in-name", "a%00b realm=x md5=" HEX32, "1: username" },
};

static void
check_line(void **state)
{
	const typeof(lines[0]) *r = *state;
	static struct listing l;
	char scratch[USER_LINE_MAX], again[USER_LINE_MAX];
	struct user_row row = { .number = 1 };
	static struct user user;
	char fault[USER_FAULT_MAX];
	struct sip_writer w;

	l = (struct listing){ .digest = digest_context_new() };
	if (user_line_decode(slice_str(r->line), &row, scratch))
		list_row(&row, &l);
	assert_int_equal(strncmp(l.text, r->want, strlen(r->want)), 0);
	if (r->want[0] == '\0')
		assert_string_equal(l.text, "");
	if (row.username.ptr != NULL && user_resolve(&user, &row, l.digest, fault)) {
		char before[sizeof(l.text)];

		/* what is written means the same */
		snprintf(before, sizeof(before), "%s", l.text);
		sip_writer_init(&w, again, sizeof(again));
		user_line_encode(&w, &user.is);
		assert_false(w.overflow);
		l.used = 0;
		assert_true(user_line_decode(slice_of(again, (size_t)(w.p - again) - 1), &row,
					     scratch));
		list_row(&row, &l);
		assert_string_equal(l.text, before);
	}
	digest_context_free(l.digest);
}
GTEST_ROWS(UserLine, lines, label, check_line);

GTEST(UserLine, known_digests)
{
	struct digest_context *c = digest_context_new();
	struct user_row row = { .username = SLICE("Mufasa"),
				.realm = SLICE("http-auth@example.org"),
				.password = SLICE("Circle of Life"),
				.aors = SLICE("mufasa@example.org") };
	static struct user user;
	char fault[USER_FAULT_MAX], text[129];
	struct sip_writer w;

	(void)state;
	assert_true(user_resolve(&user, &row, c, fault));
	sip_writer_init(&w, text, sizeof(text));
	user_put_hex(&w, user.is.md5, sizeof(user.is.md5));
	user_put_hex(&w, user.is.sha256, sizeof(user.is.sha256));
	*w.p = '\0';
	assert_string_equal(text, MUFASA_MD5 MUFASA_SHA_256);
	digest_context_free(c);
}

/* Names that are in order are told with what is wrong besides; others are not. */
GTEST(UserLine, names_of_bad_rows)
{
	struct digest_context *c = digest_context_new();
	struct user_row row = { .username = SLICE("a"),
				.realm = SLICE("x"),
				.ha1_md5 = SLICE("1") };
	static struct user user;
	char fault[USER_FAULT_MAX];

	(void)state;
	assert_false(user_resolve(&user, &row, c, fault));
	assert_true(slice_eq(user.is.username, SLICE("a")) && slice_eq(user.is.realm, SLICE("x")));
	assert_int_equal(user.is.have, 0);
	row.realm = SLICE_ABSENT;
	assert_false(user_resolve(&user, &row, c, fault));
	assert_null(user.is.username.ptr);
	digest_context_free(c);
}

/* Whatever is too much is a sentence, and nothing is cut. */
GTEST(UserLine, too_much)
{
	struct digest_context *c = digest_context_new();
	static char name[USER_NAME_MAX + 2], aors[2 * USER_TEXT_MAX];
	struct user_row row = { .username = SLICE("a"),
				.realm = SLICE("x"),
				.ha1_md5 = SLICE(HEX32) };
	static struct user user;
	char fault[USER_FAULT_MAX];
	int n = 0;

	(void)state;
	memset(name, 'n', sizeof(name));
	row.username = slice_of(name, USER_NAME_MAX);
	assert_true(user_resolve(&user, &row, c, fault));
	row.username = slice_of(name, USER_NAME_MAX + 1);
	assert_false(user_resolve(&user, &row, c, fault));
	assert_non_null(strstr(fault, "256 octets: want at most 255"));
	row.username = SLICE("a");
	for (int i = 0; n < (int)sizeof(aors) - 64; i++)
		n += snprintf(aors + n, sizeof(aors) - (size_t)n, "%d@x ", i);
	row.aors = slice_of(aors, (size_t)n);
	assert_false(user_resolve(&user, &row, c, fault));
	assert_non_null(strstr(fault, "want fewer AORs"));
	digest_context_free(c);
}

static const struct {
	const char *label, *text, *username, *realm;
} splits[] = {
	{ "plain", "a@b", "a", "b" }, { "last", "a@b@c", "a@b", "c" },
	{ "none", "ab", NULL, NULL }, { "first", "@b", NULL, NULL },
	{ "end", "a@", NULL, NULL },  { "empty", "", NULL, NULL },
};

static void
check_split(void **state)
{
	const typeof(splits[0]) *r = *state;
	struct slice username = SLICE_ABSENT, realm = SLICE_ABSENT;

	assert_int_equal(user_split(slice_str(r->text), &username, &realm), r->realm != NULL);
	assert_true(slice_eq(username, slice_str(r->username)));
	assert_true(slice_eq(realm, slice_str(r->realm)));
}
GTEST_ROWS(UserLine, splits, label, check_split);
