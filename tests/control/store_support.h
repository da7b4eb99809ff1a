/* SPDX-License-Identifier: BSD-3-Clause */
/** A store in a folder of the case's own. */
#ifndef TESTS_CONTROL_STORE_SUPPORT_H
#define TESTS_CONTROL_STORE_SUPPORT_H

#include <dirent.h>
#include <sys/sendfile.h>

#include "lib/table/support.h"
#include "store/binding_store.h"

static char message[512];
static enum store_error open_error;

/** What `open_store` opens with; a case may change it. remove_store() puts it back. */
static struct store_options store_options;

static const struct store_options small_store = { .max_mb = 64, .journal_mb = 1 };

/** Remove a folder of files. */
static inline void
remove_folder(const char *path)
{
	struct dirent *e;
	DIR *d = opendir(path);

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(path);
}

static inline void
copy_file(int from_dir, const char *name, int to_dir)
{
	int from = openat(from_dir, name, O_RDONLY | O_CLOEXEC);
	int to = openat(to_dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;

	assert_true(from >= 0 && to >= 0 && fstat(from, &st) == 0);
	assert_int_equal(sendfile(to, from, NULL, (size_t)st.st_size), st.st_size);
	close(from);
	close(to);
}

/** Copy a folder of the case, with the files in it. */
static inline void
copy_folder(const char *from, const char *to)
{
	struct dirent *e;
	DIR *d;
	int fd;

	remove_folder(in_dir(to));
	assert_int_equal(mkdir(in_dir(to), 0700), 0);
	fd = open(in_dir(to), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = opendir(in_dir(from));
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			copy_file(dirfd(d), e->d_name, fd);
	closedir(d);
	close(fd);
}

static inline int
make_store_dir(void **state)
{
	store_options = small_store;
	return make_dir(state);
}

static inline int
remove_store_dir(void **state)
{
	struct dirent *e;
	DIR *d;

	end_child();
	d = opendir(test_dir);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && e->d_type == DT_DIR)
			remove_folder(in_dir(e->d_name));
	if (d != NULL)
		closedir(d);
	return remove_dir(state);
}

static inline struct binding_store *
try_open(const char *name)
{
	return binding_store_open(in_dir(name), &store_options, &open_error, message,
				  sizeof(message));
}

static inline struct binding_store *
open_store(void)
{
	struct binding_store *s = try_open("db");

	if (s == NULL)
		fail_msg("%s", message);
	return s;
}

/** Begin, or fail. */
static inline void
begin(struct binding_store *s)
{
	assert_int_equal(s->ops->begin(s), STORE_OK);
}

static inline void
commit(struct binding_store *s)
{
	assert_int_equal(s->ops->commit(s), STORE_OK);
}

static inline struct slice
key_of(unsigned int n)
{
	static char key[32];

	return slice_of(key, (size_t)snprintf(key, sizeof(key), "sip:%08u@example.com", n));
}

static inline enum store_error
put(struct binding_store *s, unsigned int n, struct slice value)
{
	return s->ops->put(s, key_of(n), value);
}

static inline enum store_error
get(struct binding_store *s, unsigned int n, struct slice *value)
{
	return s->ops->get(s, key_of(n), value);
}

static inline enum store_error
drop(struct binding_store *s, unsigned int n)
{
	return s->ops->remove(s, key_of(n));
}

/** One transaction with one change. */
static inline enum store_error
put_one(struct binding_store *s, unsigned int n, struct slice value)
{
	enum store_error error;

	begin(s);
	error = put(s, n, value);
	if (error == STORE_OK)
		return s->ops->commit(s);
	s->ops->abort(s);
	return error;
}

static inline struct store_stat
stat_of(struct binding_store *s)
{
	struct store_stat st;

	s->ops->stat(s, &st);
	return st;
}

/** Wait until LMDB has everything; at most ten seconds. */
static inline void
catch_up(struct binding_store *s)
{
	uint64_t until = clock_us() + 10000000;

	s->ops->checkpoint(s);
	while (stat_of(s).applied < s->ops->sequence(s)) {
		if (clock_us() > until)
			fail_msg("LMDB does not catch up");
		usleep(500);
		s->ops->checkpoint(s);
	}
}

#define assert_value(s, n, text)                                                                   \
	do {                                                                                       \
		struct slice value_;                                                               \
		assert_int_equal(get(s, n, &value_), STORE_OK);                                    \
		assert_slice(value_, text);                                                        \
	} while (0)

#define assert_absent(s, n)                                                                        \
	do {                                                                                       \
		struct slice value_;                                                               \
		assert_int_equal(get(s, n, &value_), STORE_ERR_ABSENT);                            \
	} while (0)

#endif
