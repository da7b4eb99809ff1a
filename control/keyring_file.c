/* SPDX-License-Identifier: BSD-3-Clause */
#include "keyring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

enum { PATH_LEN = 256 };

static bool
refuse(char *message, size_t size, const char *path, const char *why)
{
	snprintf(message, size, "key ring %s: %s", path, why);
	return false;
}

static bool
write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0;
}

/* Root may write it; the control process that reads it may be another user, whose folder it is. */
static bool
give_to_owner(int fd, const char *state_dir)
{
	struct stat st;

	return geteuid() != 0 ||
	       (stat(state_dir, &st) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0);
}

bool
keyring_file_store(const char *state_dir, const struct keyring *ring, char *message, size_t size)
{
	char path[PATH_LEN], fresh[PATH_LEN], text[KEYRING_TEXT_MAX];
	size_t len = keyring_encode(ring, text);
	bool written;
	int fd;

	snprintf(path, sizeof(path), "%s/keyring", state_dir);
	snprintf(fresh, sizeof(fresh), "%s/keyring.new", state_dir);
	unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return refuse(message, size, fresh, strerror(errno));
	written = write_all(fd, text, len) && give_to_owner(fd, state_dir);
	OPENSSL_cleanse(text, sizeof(text));
	close(fd);
	if (!written || rename(fresh, path) != 0) {
		refuse(message, size, path, strerror(errno));
		unlink(fresh);
		return false;
	}
	fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	return true;
}

static bool
read_ring(int fd, const char *path, struct keyring *ring, char *message, size_t size)
{
	char text[KEYRING_TEXT_MAX + 1];
	enum keyring_error error;
	unsigned int line;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return refuse(message, size, path, strerror(errno));
	if ((st.st_mode & 077) != 0)
		return refuse(message, size, path,
			      "others may read it: chmod 600 it, and rotate the "
			      "keys if somebody may have");
	n = read(fd, text, sizeof(text));
	if (n < 0)
		return refuse(message, size, path, strerror(errno));
	error = keyring_decode(slice_of(text, (size_t)n), ring, &line);
	OPENSSL_cleanse(text, sizeof(text));
	if (error == KEYRING_OK)
		return true;
	snprintf(message, size, "key ring %s:%u: %s", path, line, keyring_error_text(error));
	return false;
}

/* One that an older version wrote lacks some keys. */
static bool
complete_ring(const char *state_dir, const char *path, struct keyring *ring, char *message,
	      size_t size)
{
	enum keyring_error error;
	bool changed;

	error = keyring_complete(ring, &changed);
	if (error != KEYRING_OK)
		return refuse(message, size, path, keyring_error_text(error));
	return !changed || keyring_file_store(state_dir, ring, message, size);
}

bool
keyring_file_load(const char *state_dir, struct keyring *ring, char *message, size_t size)
{
	char path[PATH_LEN];
	enum keyring_error error;
	bool fine;
	int fd;

	snprintf(path, sizeof(path), "%s/keyring", state_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		return refuse(message, size, path, strerror(errno));
	if (fd >= 0) {
		fine = read_ring(fd, path, ring, message, size);
		close(fd);
		return fine && complete_ring(state_dir, path, ring, message, size);
	}
	error = keyring_generate(ring);
	if (error != KEYRING_OK)
		return refuse(message, size, path, keyring_error_text(error));
	return keyring_file_store(state_dir, ring, message, size);
}

int
keyring_file_lock(const char *state_dir, char *message, size_t size)
{
	int fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	refuse(message, size, state_dir, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

bool
keyring_file_adopt(const char *state_dir, char *message, size_t size)
{
	char path[PATH_LEN];
	bool fine;
	int fd;

	snprintf(path, sizeof(path), "%s/keyring", state_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return refuse(message, size, path, strerror(errno));
	fine = give_to_owner(fd, state_dir);
	if (!fine)
		refuse(message, size, path, strerror(errno));
	close(fd);
	return fine;
}
