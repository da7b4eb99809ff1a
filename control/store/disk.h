/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_DISK_H
#define CONTROL_STORE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "store/binding_store.h"

/**
 * The calls by which the journal changes the disk. A test puts others in their place, which fail
 * when it wants them to; all have the contract of the system call.
 */
struct store_disk {
	ssize_t (*pwrite)(int fd, const void *data, size_t len, off_t at);
	int (*fdatasync)(int fd);
	int (*fallocate)(int fd, int mode, off_t at, off_t len);
	int (*ftruncate)(int fd, off_t len);
	int (*renameat)(int from_dir, const char *from, int to_dir, const char *to);
};

/** The real ones. */
extern const struct store_disk store_disk_real;

/** What errno says, as an error of the store: no room, or anything else. */
enum store_error store_disk_error(int number);

/** Write all of it, in as many calls as it takes. */
enum store_error store_disk_write(const struct store_disk *disk, int fd, const void *data,
				  size_t len, off_t at);

/**
 * Make the file `size` octets long and take the blocks for them, written with zeros: a later write
 * inside changes no metadata, and cannot find the disk full.
 */
enum store_error store_disk_reserve(const struct store_disk *disk, int fd, size_t size);

/** The names in the folder survive power loss. */
enum store_error store_disk_sync_folder(int dir);

#endif
