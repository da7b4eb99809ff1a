/* SPDX-License-Identifier: BSD-3-Clause */
#include "private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct path {
	char text[PRIVATE_FILE_PATH];
};

static struct path
fresh_of(const char *path)
{
	struct path p;

	snprintf(p.text, sizeof(p.text), "%s.new", path);
	return p;
}

static struct path
folder_of(const char *path)
{
	char copy[PRIVATE_FILE_PATH];
	struct path p;

	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(p.text, sizeof(p.text), "%s", dirname(copy));
	return p;
}

int
private_file_begin(const char *path)
{
	struct path fresh = fresh_of(path);

	unlink(fresh.text);
	return open(fresh.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

bool
private_file_write(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

bool
private_file_give(int fd, const char *path, const char *user)
{
	const struct passwd *pw = user != NULL ? getpwnam(user) : NULL;
	struct path folder = folder_of(path);
	struct stat st;

	if (geteuid() != 0)
		return true;
	if (pw != NULL)
		return fchown(fd, pw->pw_uid, pw->pw_gid) == 0;
	return stat(folder.text, &st) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0;
}

static void
sync_folder(const char *path)
{
	struct path folder = folder_of(path);
	int fd = open(folder.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

bool
private_file_commit(int fd, const char *path, const char *user)
{
	bool fine = private_file_give(fd, path, user) && fsync(fd) == 0;
	struct path fresh = fresh_of(path);
	int error = errno;

	close(fd);
	if (fine && rename(fresh.text, path) == 0) {
		sync_folder(path);
		return true;
	}
	error = fine ? errno : error;
	unlink(fresh.text);
	errno = error;
	return false;
}

void
private_file_abort(int fd, const char *path)
{
	struct path fresh = fresh_of(path);
	int error = errno;

	close(fd);
	unlink(fresh.text);
	errno = error;
}

int
private_file_lock(const char *path)
{
	struct path folder = folder_of(path);
	int fd = open(folder.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}
