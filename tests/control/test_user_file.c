/* SPDX-License-Identifier: BSD-3-Clause */
/** A file of users: read, and changed. */
#include "control/users_support.h"

static const char *
list_file(void)
{
	return list_source(user_file_open(in_dir("users"), message, sizeof(message)));
}

static enum user_edited
edit(const struct credentials *user, bool is_replaced, bool keep_aors)
{
	const struct user_edit e = { user, is_replaced, keep_aors };

	return user_file_edit(in_dir("users"), NULL, &e, message, sizeof(message));
}

GTEST_F(UserFile, read, make_dir, remove_dir)
{
	(void)state;
	write_text("users", "# comment\n\na realm=x md5=" HEX32 "\nb realm=x\nc realm=x md5=" HEX32,
		   0600);
	assert_string_equal(list_file(), "a@x 1 sip:a@x|4: b@x: neither a password nor a digest: "
					 "want one of password=, md5=, sha-256=, sha-512-256=|"
					 "c@x 1 sip:c@x|");
}

static const struct {
	const char *label;
	mode_t mode;
	bool fine;
} modes[] = {
	{ "0600", 0600, true },  { "0400", 0400, true },  { "0640", 0640, false },
	{ "0604", 0604, false }, { "0620", 0620, false }, { "0644", 0644, false },
};

static void
check_mode(void **state)
{
	const typeof(modes[0]) *r = gtest_row();

	(void)state;
	write_text("users", "a realm=x md5=" HEX32 "\n", r->mode);
	assert_int_equal(list_file() != NULL, r->fine);
	if (!r->fine)
		assert_non_null(strstr(message, "chmod 600"));
}
GTEST_ROWS_F(UserFile, modes, label, check_mode, make_dir, remove_dir);

GTEST_F(UserFile, not_there, make_dir, remove_dir)
{
	(void)state;
	assert_null(list_file());
	assert_non_null(strstr(message, "No such file or directory: `viaduct user add` makes it"));
	assert_int_equal(mkdir(in_dir("users"), 0700), 0);
	assert_null(list_file());
	assert_non_null(strstr(message, "want a file"));
	rmdir(in_dir("users"));
	/* nobody waits for who opens the other end */
	assert_int_equal(mkfifo(in_dir("users"), 0600), 0);
	assert_null(list_file());
}

/* A line of any length is one line; none of it is taken for another user. */
GTEST_F(UserFile, long_line, make_dir, remove_dir)
{
	static char text[400000];
	size_t n = 0;

	(void)state;
	n += (size_t)sprintf(text, "a realm=x md5=" HEX32 "\nb realm=x ");
	while (n < sizeof(text) - 200)
		n += (size_t)sprintf(text + n, "evil realm=x md5=" HEX32 " ");
	sprintf(text + n, "\nc realm=x md5=" HEX32 "\n");
	write_text("users", text, 0600);
	assert_string_equal(list_file(), "a@x 1 sip:a@x|2: no username: want one|c@x 1 sip:c@x|");
}

GTEST_F(UserFile, add, make_dir, remove_dir)
{
	struct credentials a = some_user("a", "x", "sip:a@x", 7);
	struct credentials b = some_user("b c", "x", "sip:b@x sip:d,e@x", 1);
	struct stat st;

	(void)state;
	umask(0);
	assert_int_equal(edit(&a, false, true), USER_EDITED);
	assert_int_equal(stat(in_dir("users"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(edit(&a, false, true), USER_EDIT_THERE);
	assert_int_equal(edit(&b, false, true), USER_EDITED);
	assert_string_equal(list_file(), "a@x 7 sip:a@x|b c@x 1 sip:b@x sip:d,e@x|");
	assert_int_not_equal(stat(in_dir("users.new"), &st), 0);
}

/* Comments, order and bad lines stay. */
GTEST_F(UserFile, replace, make_dir, remove_dir)
{
	struct credentials a = some_user("a", "x", "sip:a@x", 2);

	(void)state;
	write_text("users",
		   "# head\na realm=x md5=" HEX32 " aors=s@x,t@x # old\nbad\na realm=y md5=" HEX32,
		   0600);
	assert_int_equal(edit(&a, true, true), USER_EDITED);
	assert_string_equal(list_file(), "a@x 2 sip:s@x sip:t@x|3: no realm: want one|"
					 "a@y 1 sip:a@y|");
	assert_non_null(strstr(read_text("users"), "# head\na realm=x sha-256="));
	assert_int_equal(edit(&a, true, false), USER_EDITED);
	assert_string_equal(list_file(), "a@x 2 sip:a@x|3: no realm: want one|a@y 1 sip:a@y|");
}

GTEST_F(UserFile, remove, make_dir, remove_dir)
{
	struct credentials a = some_user("a", "x", NULL, 0);

	(void)state;
	write_text("users", "a realm=x md5=1\nb realm=x md5=" HEX32 "\na realm=x md5=" HEX32, 0600);
	assert_int_equal(edit(&a, false, false), USER_EDITED);
	assert_string_equal(read_text("users"), "b realm=x md5=" HEX32 "\n");
	assert_int_equal(edit(&a, false, false), USER_EDIT_ABSENT);
	assert_string_equal(list_file(), "b@x 1 sip:b@x|");
}

/* What cannot be written leaves what was there. */
GTEST_F(UserFile, old_one_survives, make_dir, remove_dir)
{
	struct credentials a = some_user("a", "x", "sip:a@x", 7);

	(void)state;
	write_text("users", "b realm=x md5=" HEX32 "\n", 0600);
	assert_int_equal(mkdir(in_dir("users.new"), 0700), 0);
	assert_int_equal(edit(&a, false, true), USER_EDIT_FAILED);
	assert_non_null(strstr(message, "users: "));
	rmdir(in_dir("users.new"));
	assert_string_equal(list_file(), "b@x 1 sip:b@x|");
	assert_int_equal(chmod(in_dir("users"), 0644), 0);
	assert_int_equal(edit(&a, false, true), USER_EDIT_FAILED);
	assert_non_null(strstr(message, "chmod 600"));
}

/* A file that is larger than any buffer, with the user at its end. */
GTEST_F(UserFile, many, make_dir, remove_dir)
{
	struct credentials a = some_user("u2999", "x", "sip:a@x", 7);
	FILE *f = fopen(in_dir("users"), "we");
	const char *list;

	(void)state;
	for (int i = 0; i < 3000; i++)
		fprintf(f, "u%d realm=x sha-256=" HEX64 "\n", i);
	fclose(f);
	assert_int_equal(chmod(in_dir("users"), 0600), 0);
	assert_int_equal(edit(&a, true, true), USER_EDITED);
	a = some_user("u0", "x", NULL, 0);
	assert_int_equal(edit(&a, true, true), USER_EDITED);
	list = list_file();
	assert_int_equal(strncmp(list, "u1@x 2 ", 7), 0);
	assert_non_null(strstr(list, "|u2998@x 2 sip:u2998@x|u2999@x 7 sip:u2999@x|"));
}
