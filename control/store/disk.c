/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { ZEROS = 1 << 20 };

const struct store_disk store_disk_real = {
	.pwrite = pwrite,
	.fdatasync = fdatasync,
	.fallocate = fallocate,
	.ftruncate = ftruncate,
	.renameat = renameat,
};

enum store_error
store_disk_error(int number)
{
	return number == ENOSPC || number == EDQUOT || number == EFBIG ? STORE_ERR_FULL
								       : STORE_ERR_IO;
}

enum store_error
store_disk_write(const struct store_disk *disk, int fd, const void *data, size_t len, off_t at)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = disk->pwrite(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? STORE_ERR_IO : store_disk_error(errno);
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return STORE_OK;
}

enum store_error
store_disk_reserve(const struct store_disk *disk, int fd, size_t size)
{
	static const char zeros[ZEROS];

	/* a file system without it finds out below whether there is room */
	if (disk->fallocate(fd, 0, 0, (off_t)size) != 0 && errno != EOPNOTSUPP)
		return store_disk_error(errno);
	if (disk->ftruncate(fd, (off_t)size) != 0)
		return store_disk_error(errno);
	for (size_t at = 0; at < size; at += ZEROS) {
		size_t len = size - at < ZEROS ? size - at : ZEROS;
		enum store_error error = store_disk_write(disk, fd, zeros, len, (off_t)at);

		if (error != STORE_OK)
			return error;
	}
	return STORE_OK;
}

enum store_error
store_disk_sync_folder(int dir)
{
	return fsync(dir) == 0 ? STORE_OK : store_disk_error(errno);
}
