/* SPDX-License-Identifier: BSD-3-Clause */
#include "process/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
refuse(char *message, size_t size, const char *path, const char *why)
{
	snprintf(message, size, "folder %s: %s", path, why);
	return false;
}

/* Nobody but root, us and the user we are to become can put something else in its place. */
static bool
component_is_ours(const char *path, uid_t user, char *message, size_t size)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return refuse(message, size, path, strerror(errno));
	if (S_ISLNK(st.st_mode))
		return st.st_uid == 0 ||
		       refuse(message, size, path, "is a link that is not root's");
	if (!S_ISDIR(st.st_mode))
		return refuse(message, size, path, "is no folder");
	if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != user)
		return refuse(message, size, path, "belongs to somebody else: remove it");
	if ((st.st_mode & 022) != 0 && (st.st_mode & S_ISVTX) == 0)
		return refuse(message, size, path, "others may write there: chmod go-w it");
	return true;
}

static bool
give(const char *path, const struct passwd *pw, char *message, size_t size)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool fine = fd >= 0 && fchown(fd, pw->pw_uid, pw->pw_gid) == 0;

	if (!fine)
		refuse(message, size, path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return fine;
}

bool
folder_make(const char *path, mode_t mode, const char *user, char *message, size_t size)
{
	const struct passwd *pw = user != NULL ? getpwnam(user) : NULL;
	char part[256];
	size_t n = strlen(path);

	if (user != NULL && pw == NULL) {
		snprintf(message, size, "user: there is no user '%s': adduser --system --group %s",
			 user, user);
		return false;
	}
	if (n >= sizeof(part) || path[0] != '/')
		return refuse(message, size, path,
			      "want an absolute path of less than 256 characters");
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, i == n ? mode : 0755) != 0 && errno != EEXIST)
			return refuse(message, size, part, strerror(errno));
		if (!component_is_ours(part, pw != NULL ? pw->pw_uid : 0, message, size))
			return false;
	}
	return pw == NULL || give(path, pw, message, size);
}
