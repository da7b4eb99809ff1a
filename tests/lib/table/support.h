/* SPDX-License-Identifier: BSD-3-Clause */
/** What the tests of the shared tables share: a folder of their own, a clock, broken files. */
#ifndef TESTS_LIB_TABLE_SUPPORT_H
#define TESTS_LIB_TABLE_SUPPORT_H

#include <ftw.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/sip/support.h"
#include "table/segment.h"

/** The folder of the running case; a row's case still finds its row in gtest_row(). */
static char test_dir[64];

/** A child of the running case that is still to be ended, or 0. */
static pid_t test_child;

static inline const char *
in_dir(const char *name)
{
	static char path[384];

	snprintf(path, sizeof(path), "%s/%s", test_dir, name);
	return path;
}

static inline int
make_dir(void **state)
{
	(void)state;
	snprintf(test_dir, sizeof(test_dir), "/dev/shm/viaduct-unit-XXXXXX");
	return mkdtemp(test_dir) == NULL;
}

static inline int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

/** End the child, if there is one; returns its wait status. */
static inline int
end_child(void)
{
	int status = 0;

	if (test_child > 0) {
		kill(test_child, SIGKILL);
		waitpid(test_child, &status, 0);
		test_child = 0;
	}
	return status;
}

static inline int
remove_dir(void **state)
{
	(void)state;
	end_child();
	return nftw(test_dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/** fork(); the child dies with us, and at the latest with the case. */
static inline pid_t
fork_child(void)
{
	pid_t parent = getpid();

	fflush(stdout);
	test_child = fork();
	assert_int_not_equal(test_child, -1);
	if (test_child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return test_child;
}

/** Wait status of the child, or -1 when it had to be ended after `seconds`. */
static inline int
join_child(unsigned int seconds)
{
	int status;

	for (unsigned int i = 0; i < seconds * 1000; i++) {
		if (waitpid(test_child, &status, WNOHANG) == test_child) {
			test_child = 0;
			return status;
		}
		usleep(1000);
	}
	end_child();
	return -1;
}

static inline uint64_t
clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/** Write over octets of a file. */
static inline void
patch_file(const char *name, uint64_t at, const void *octets, size_t len)
{
	int fd = open(in_dir(name), O_WRONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(pwrite(fd, octets, len, (off_t)at), (ssize_t)len);
	close(fd);
}

/** How much a stress test does: 1 unless VIADUCT_STRESS says more. */
static inline unsigned int
stress_scale(void)
{
	const char *env = getenv("VIADUCT_STRESS");
	int scale = env != NULL ? atoi(env) : 1;

	return scale > 0 ? (unsigned int)scale : 1;
}

/** One change that makes a header unsound, and what attaching says to it. */
struct header_row {
	const char *label;
	uint64_t at;
	size_t octets;
	uint64_t value;
	enum segment_error error;
};

/** Where a header's field is, for a header_row. */
#define FIELD(type, field) offsetof(type, field), sizeof(((type *)0)->field)

/** Refusals that all kinds of segments have in common. */
#define SEGMENT_HEADER_ROWS                                                                        \
	{ "magic-absent", FIELD(struct segment_header, magic), 0, SEGMENT_ERR_MAGIC },             \
		{ "magic-wrong", FIELD(struct segment_header, magic), SEGMENT_MAGIC + 1,           \
		  SEGMENT_ERR_MAGIC },                                                             \
		{ "kind", FIELD(struct segment_header, kind), 99, SEGMENT_ERR_KIND },              \
		{ "abi-major", FIELD(struct segment_header, abi_major), 99, SEGMENT_ERR_ABI },     \
		{ "abi-minor-newer", FIELD(struct segment_header, abi_minor), 99, SEGMENT_OK },    \
		{ "layout", FIELD(struct segment_header, layout), 1, SEGMENT_ERR_ABI },            \
		{ "size-0", FIELD(struct segment_header, size), 0, SEGMENT_ERR_SHORT },            \
	{                                                                                          \
		"size-more", FIELD(struct segment_header, size), UINT64_C(1) << 40,                \
			SEGMENT_ERR_SHORT                                                          \
	}

static inline void
patch_header(const char *name, const struct header_row *row)
{
	patch_file(name, row->at, &row->value, row->octets);
}

#endif
