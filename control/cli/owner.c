/* SPDX-License-Identifier: BSD-3-Clause */
/* What root does in the folders of a user who is not root. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "process/privileges.h"

enum { COPY_AT_ONCE = 1 << 30 };

/* In the child. */
static int
work_as_owner(const char *folder, int (*work)(void *context), void *context)
{
	char message[320];
	int result = EXIT_FAILURE;

	if (privileges_become_owner(folder, message, sizeof(message)))
		result = work(context);
	else
		fprintf(stderr, "viaduct: %s\n", message);
	fflush(stdout);
	return result;
}

bool
cli_owned_by_another(const char *folder)
{
	struct stat st;

	return geteuid() == 0 && stat(folder, &st) == 0 && st.st_uid != 0;
}

int
cli_as_owner(const char *folder, int (*work)(void *context), void *context)
{
	pid_t child;
	int status;

	if (!cli_owned_by_another(folder))
		return work(context);
	fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(work_as_owner(folder, work, context));
	if (child < 0 || waitpid(child, &status, 0) != child) {
		fprintf(stderr, "viaduct: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

/* All of one file into another. */
static bool
copy_octets(int from, int to)
{
	ssize_t n;

	do
		n = copy_file_range(from, NULL, to, NULL, COPY_AT_ONCE, 0);
	while (n > 0);
	if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP))
		do
			n = sendfile(to, from, NULL, COPY_AT_ONCE);
		while (n > 0);
	return n == 0;
}

int
cli_copy_for_owner(int from, const char *folder)
{
	char path[256 + 16];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/copy.tmp", folder);
	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && unlink(path) == 0 && stat(folder, &st) == 0 && copy_octets(from, fd) &&
	    fchown(fd, st.st_uid, st.st_gid) == 0)
		return fd;
	fprintf(stderr, "viaduct: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}
