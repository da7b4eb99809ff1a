/* SPDX-License-Identifier: BSD-3-Clause */
#include "process/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "process/clock.h"

enum { POLL_MS = 10 };

int
lock_take(const char *path, unsigned int patience_ms)
{
	const struct timespec nap = { 0, POLL_MS * 1000000L };
	uint64_t until = clock_steady_ms() + patience_ms;
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600), error;

	if (fd < 0)
		return -1;
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		error = errno;
		if (error == EWOULDBLOCK && clock_steady_ms() < until) {
			nanosleep(&nap, NULL);
			continue;
		}
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}
