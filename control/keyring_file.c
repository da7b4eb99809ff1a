/* SPDX-License-Identifier: BSD-3-Clause */
#include "keyring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "private_file.h"

enum { PATH_LEN = 256 };

static bool
refuse(char *message, size_t size, const char *path, const char *why)
{
	snprintf(message, size, "key ring %s: %s", path, why);
	return false;
}

bool
keyring_file_store(const char *state_dir, const struct keyring *ring, char *message, size_t size)
{
	char path[PATH_LEN], text[KEYRING_TEXT_MAX];
	size_t len = keyring_encode(ring, text);
	bool fine;
	int fd;

	snprintf(path, sizeof(path), "%s/keyring", state_dir);
	fd = private_file_begin(path);
	fine = fd >= 0 && private_file_write(fd, text, len);
	OPENSSL_cleanse(text, sizeof(text));
	if (fine && private_file_commit(fd, path, NULL))
		return true;
	refuse(message, size, path, strerror(errno));
	if (fd >= 0 && !fine)
		private_file_abort(fd, path);
	return false;
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
	char path[PATH_LEN];
	int fd;

	snprintf(path, sizeof(path), "%s/keyring", state_dir);
	fd = private_file_lock(path);
	if (fd < 0)
		refuse(message, size, state_dir, strerror(errno));
	return fd;
}

bool
keyring_file_adopt(const char *state_dir, char *message, size_t size)
{
	char path[PATH_LEN];
	bool fine = true;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/keyring", state_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return refuse(message, size, path, strerror(errno));
	/* one with two names may be a file of root's that somebody has put here */
	if (fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_nlink != 1))
		fine = refuse(message, size, path, "is no file of its own: copy it here");
	else if (!private_file_give(fd, path, NULL))
		fine = refuse(message, size, path, strerror(errno));
	close(fd);
	return fine;
}
