/* SPDX-License-Identifier: BSD-3-Clause */
/* Users in a text file of ours. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "users/user_file.h"

enum { CHUNK = 1 << 16 };

struct user_file {
	struct user_source source;
	struct user_file_lines lines;
	char path[256];
	char scratch[USER_LINE_MAX];
};

int
user_file_open_private(const char *path, char *message, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0) {
		snprintf(message, size, "users file %s: %s%s", path, strerror(errno),
			 errno == ENOENT ? ": `viaduct user add` makes it" : "");
		return -1;
	}
	if (fstat(fd, &st) != 0)
		snprintf(message, size, "users file %s: %s", path, strerror(errno));
	else if (user_source_is_private(&st, "users file", path, message, size))
		return fd;
	close(fd);
	return -1;
}

/* ---- lines ---- */

bool
user_file_lines_open(struct user_file_lines *l, int fd)
{
	*l = (struct user_file_lines){ .fd = fd, .buffer = malloc(CHUNK) };
	return l->buffer != NULL;
}

void
user_file_lines_close(struct user_file_lines *l)
{
	if (l->buffer != NULL)
		OPENSSL_cleanse(l->buffer, CHUNK);
	free(l->buffer);
	close(l->fd);
}

/* More behind what is there; false at the end or on an error. */
static bool
fill(struct user_file_lines *l)
{
	ssize_t n;

	memmove(l->buffer, l->buffer + l->at, l->used - l->at);
	l->used -= l->at;
	l->at = 0;
	do
		n = read(l->fd, l->buffer + l->used, CHUNK - l->used);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		l->error = errno;
	if (n > 0)
		l->used += (size_t)n;
	return n > 0;
}

bool
user_file_next_line(struct user_file_lines *l, struct slice *line)
{
	size_t searched = 0;
	char *newline;

	for (;;) {
		const char *from = l->buffer + l->at + searched;
		size_t there = l->used - l->at - searched;

		newline = there > 0 ? memchr(from, '\n', there) : NULL;
		if (newline != NULL || l->used - l->at == CHUNK)
			break;
		searched += there;
		if (!fill(l))
			break;
	}
	if (l->error != 0 || (newline == NULL && l->at == l->used))
		return false;
	/* one that has no end in all of the buffer is given in pieces, each too long for a user */
	*line = slice_between(l->buffer + l->at, newline != NULL ? newline : l->buffer + l->used);
	l->at = newline != NULL ? (size_t)(newline + 1 - l->buffer) : l->used;
	l->number += !l->within;
	l->continued = l->within;
	l->within = newline == NULL;
	return true;
}

/* ---- the source ---- */

static bool
file_read(struct user_source *s, user_visit visit, void *context, char *message, size_t size)
{
	struct user_file *f = (struct user_file *)s;
	struct slice line;
	bool more = true;

	while (more && !atomic_load(s->stop) && user_file_next_line(&f->lines, &line)) {
		struct user_row row = { .number = f->lines.number };

		if (!f->lines.continued && user_line_decode(line, &row, f->scratch)) {
			more = visit(&row, context);
			if (row.password.len > 0 || row.fault != NULL)
				OPENSSL_cleanse(f->scratch, sizeof(f->scratch));
		}
	}
	if (f->lines.error == 0)
		return true;
	snprintf(message, size, "users file %s: %s", f->path, strerror(f->lines.error));
	return false;
}

static void
file_close(struct user_source *s)
{
	struct user_file *f = (struct user_file *)s;

	user_file_lines_close(&f->lines);
	free(f);
}

struct user_source *
user_file_open(const char *path, char *message, size_t size)
{
	static const struct user_source_ops ops = { file_read, file_close };
	int fd = user_file_open_private(path, message, size);
	struct user_file *f;

	if (fd < 0)
		return NULL;
	f = calloc(1, sizeof(*f));
	if (f == NULL || !user_file_lines_open(&f->lines, fd)) {
		snprintf(message, size, "users file %s: no memory", path);
		free(f);
		close(fd);
		return NULL;
	}
	f->source.ops = &ops;
	f->source.unit = "line";
	snprintf(f->path, sizeof(f->path), "%s", path);
	return &f->source;
}
