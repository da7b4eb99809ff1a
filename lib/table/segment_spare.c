/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/segment_spare.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PATH = 256,
	MORE_PART = 4, /* the next table may be larger by so much */
};

static void
spare_path(const char *path, char out[PATH])
{
	snprintf(out, PATH, "%s.spare", path);
}

/* All of its octets have memory behind them. */
static bool
is_whole(const struct stat *st)
{
	return (uint64_t)st->st_blocks * 512 >= (uint64_t)st->st_size;
}

bool
segment_spare_take(const char *path, const char *to, size_t size)
{
	char spare[PATH];
	struct stat st;

	spare_path(path, spare);
	return stat(spare, &st) == 0 && is_whole(&st) && (uint64_t)st.st_size >= size &&
	       truncate(spare, (off_t)size) == 0 && rename(spare, to) == 0;
}

void
segment_spare_keep(const char *path, size_t size)
{
	char spare[PATH];
	struct stat st;
	int fd;

	spare_path(path, spare);
	fd = open(spare, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && ((uint64_t)st.st_size < size || !is_whole(&st)) &&
	    posix_fallocate(fd, 0, (off_t)(size + size / MORE_PART)) != 0)
		posix_fallocate(fd, 0, (off_t)size);
	close(fd);
}
