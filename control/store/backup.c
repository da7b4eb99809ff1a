/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/disk.h"
#include "store/snapshot.h"

enum { PATH_LEN = 320 };

static enum store_error
refuse(char *message, size_t size, const char *path)
{
	enum store_error error = store_disk_error(errno);

	snprintf(message, size, "%s: %s", path, strerror(errno));
	return error;
}

/* The folder that a file is in remembers its name after power loss. */
static enum store_error
sync_parent(const char *path)
{
	char text[PATH_LEN + 16];
	enum store_error error = STORE_ERR_IO;
	int fd;

	snprintf(text, sizeof(text), "%s", path);
	fd = open(dirname(text), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		error = store_disk_sync_folder(fd);
		close(fd);
	}
	return error;
}

/* ---- backup ---- */

/* False: it is too long. */
static bool
temporary_of(const char *file, char tmp[PATH_LEN], char *message, size_t size)
{
	if ((size_t)snprintf(tmp, PATH_LEN, "%s.tmp", file) < PATH_LEN)
		return true;
	errno = ENAMETOOLONG;
	refuse(message, size, file);
	return false;
}

int
store_backup_begin(const char *file, bool force, char *message, size_t size)
{
	char tmp[PATH_LEN];
	int fd;

	if (!temporary_of(file, tmp, message, size))
		return -1;
	if (!force && access(file, F_OK) == 0) {
		snprintf(message, size, "%s: there is such a file already (--force replaces it)",
			 file);
		return -1;
	}
	unlink(tmp);
	fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		refuse(message, size, tmp);
	return fd;
}

enum store_error
store_backup_write(const char *dir, const char *path, unsigned int wait_ms, struct store_copy *copy,
		   char *message, size_t size)
{
	struct snapshot s;
	enum store_error error;

	*copy = (struct store_copy){ .aors = 0 };
	error = snapshot_open(&s, dir, SNAPSHOT_STORE, wait_ms, message, size);
	if (error != STORE_OK)
		return error;
	copy->aors = s.aors;
	copy->sequence = s.applied;
	error = snapshot_fill(&s, path, NULL, message, size);
	snapshot_close(&s);
	return error;
}

enum store_error
store_backup_end(const char *file, bool force, enum store_error write_error, char *message,
		 size_t size)
{
	enum store_error error = write_error;
	char tmp[PATH_LEN];

	if (!temporary_of(file, tmp, message, size))
		return STORE_ERR_IO;
	if (error == STORE_OK &&
	    (renameat2(AT_FDCWD, tmp, AT_FDCWD, file, force ? 0 : RENAME_NOREPLACE) != 0 ||
	     sync_parent(file) != STORE_OK))
		error = refuse(message, size, file);
	if (error != STORE_OK)
		unlink(tmp);
	return error;
}

enum store_error
store_backup(const char *dir, const char *file, bool force, unsigned int wait_ms,
	     struct store_copy *copy, char *message, size_t size)
{
	int fd = store_backup_begin(file, force, message, size);
	enum store_error error;
	char tmp[PATH_LEN];

	if (fd < 0)
		return STORE_ERR_OPEN;
	close(fd);
	temporary_of(file, tmp, message, size);
	error = store_backup_write(dir, tmp, wait_ms, copy, message, size);
	return store_backup_end(file, force, error, message, size);
}

/* ---- restore ---- */

/* Give what is in the folder, and itself, to the owner of `owner_of`. */
static void
store_give(const char *dir, const char *owner_of)
{
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (geteuid() != 0 || stat(owner_of, &st) != 0)
		return;
	d = opendir(dir);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, "..") != 0)
			(void)!fchownat(dirfd(d), e->d_name, st.st_uid, st.st_gid,
					AT_SYMLINK_NOFOLLOW);
	if (d != NULL)
		closedir(d);
}

/* A folder as restore makes it, and leaves it when it fails. */
static void
remove_new(const char *dir)
{
	char path[PATH_LEN + 16];

	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	unlink(path);
	rmdir(dir);
}

static enum store_error
copy_to(const char *dir, const char *file, struct store_copy *copy, char *message, size_t size)
{
	uint8_t identity[STORE_IDENTITY_LEN];
	char path[PATH_LEN + 16];
	struct snapshot s;
	enum store_error error = snapshot_open(&s, file, SNAPSHOT_FILE, 0, message, size);

	if (error != STORE_OK)
		return error;
	copy->aors = s.aors;
	copy->sequence = s.applied;
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	if (mkdir(dir, 0700) != 0)
		error = refuse(message, size, dir);
	else if (getrandom(identity, sizeof(identity), 0) != sizeof(identity))
		error = refuse(message, size, dir);
	else
		error = snapshot_copy(&s, path, s.schema > BASE_SCHEMA_PLAIN ? identity : NULL,
				      message, size);
	if (error == STORE_OK && sync_parent(path) != STORE_OK)
		error = refuse(message, size, dir);
	snapshot_close(&s);
	return error;
}

/* The name of a store that was replaced now; one for each second is enough. */
static void
old_name(const char *dir, char out[PATH_LEN])
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	snprintf(out, PATH_LEN, "%s.old-%s", dir, text);
}

/* At every moment there is a store: the old one, or the new one. */
static enum store_error
swap(const char *dir, const char *fresh, struct store_copy *copy, char *message, size_t size)
{
	if (access(dir, F_OK) != 0) {
		if (rename(fresh, dir) != 0)
			return refuse(message, size, dir);
		return sync_parent(dir);
	}
	old_name(dir, copy->kept);
	if (access(copy->kept, F_OK) == 0) {
		errno = EEXIST;
		return refuse(message, size, copy->kept);
	}
	if (renameat2(AT_FDCWD, fresh, AT_FDCWD, dir, RENAME_EXCHANGE) != 0)
		return refuse(message, size, dir);
	if (sync_parent(dir) != STORE_OK || rename(fresh, copy->kept) != 0)
		return refuse(message, size, copy->kept);
	return sync_parent(dir);
}

enum store_error
store_restore(const char *dir, const char *file, const char *owner_of, struct store_copy *copy,
	      char *message, size_t size)
{
	char fresh[PATH_LEN];
	enum store_error error;

	*copy = (struct store_copy){ .aors = 0 };
	snprintf(fresh, sizeof(fresh), "%s.new", dir);
	remove_new(fresh);
	error = copy_to(fresh, file, copy, message, size);
	if (error == STORE_OK) {
		store_give(fresh, owner_of);
		error = swap(dir, fresh, copy, message, size);
	}
	if (error != STORE_OK)
		remove_new(fresh);
	return error;
}
