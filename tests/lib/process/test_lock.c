/* SPDX-License-Identifier: BSD-3-Clause */
/* The lock of an instance: one holder, a wait for the one before, and an end of patience. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gtest.h"
#include "process/clock.h"
#include "process/lock.h"

static char path[64];

static int
set_up(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/viaduct-lock-XXXXXX");
	fd = mkstemp(path);
	return close(fd);
}

static int
tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

GTEST_F(Lock, one_holder, set_up, tear_down)
{
	uint64_t began = clock_steady_ms();
	int fd = lock_take(path, 0);

	assert_true(fd >= 0);
	assert_int_equal(lock_take(path, 60), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_true(clock_steady_ms() - began >= 60);
	close(fd);
	fd = lock_take(path, 0);
	assert_true(fd >= 0);
	close(fd);
}

static void *
let_go(void *arg)
{
	usleep(50000);
	close(*(int *)arg);
	return NULL;
}

GTEST_F(Lock, a_dying_holder_is_waited_for, set_up, tear_down)
{
	int first = lock_take(path, 0), second;
	uint64_t began = clock_steady_ms();
	pthread_t thread;

	assert_true(first >= 0);
	assert_int_equal(pthread_create(&thread, NULL, let_go, &first), 0);
	second = lock_take(path, LOCK_PATIENCE_MS);
	pthread_join(thread, NULL);
	assert_true(second >= 0);
	assert_true(clock_steady_ms() - began < LOCK_PATIENCE_MS);
	close(second);
}

GTEST_F(Lock, no_file_no_lock, set_up, tear_down)
{
	char link[80];

	assert_int_equal(lock_take("/nonexistent/lock", LOCK_PATIENCE_MS), -1);
	assert_int_equal(errno, ENOENT);
	snprintf(link, sizeof(link), "%s.link", path);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(lock_take(link, 0), -1);
	assert_int_equal(errno, ELOOP);
	unlink(link);
}
