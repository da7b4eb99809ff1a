/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *
segment_error_text(enum segment_error error)
{
	static const char *const texts[] = {
		[SEGMENT_OK] = "no error",
		[SEGMENT_ERR_ABSENT] = "the table is not there: is its writer running?",
		[SEGMENT_ERR_SYSTEM] = "the system refused",
		[SEGMENT_ERR_SPACE] =
			"no shared memory left: make /dev/shm larger or the table smaller",
		[SEGMENT_ERR_SHORT] = "the file is shorter than its header says",
		[SEGMENT_ERR_MAGIC] = "not a finished segment",
		[SEGMENT_ERR_KIND] = "a segment of another kind",
		[SEGMENT_ERR_ABI] = "made by another version of Viaduct: restart every process",
	};

	return texts[error];
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool
set_path(struct segment *s, const char *dir, const char *name)
{
	int n = snprintf(s->path, sizeof(s->path), "%s/%s", dir, name);

	return n > 0 && (size_t)n < sizeof(s->path) - 8;
}

static void
temporary_path(const struct segment *s, char *out, size_t size)
{
	snprintf(out, size, "%s.new", s->path);
}

static enum segment_error
map(struct segment *s, int fd, size_t size, bool writable)
{
	/* populated: the first look-ups behind an attach would fault page by page */
	void *p = mmap(NULL, size, writable ? PROT_READ | PROT_WRITE : PROT_READ,
		       MAP_SHARED | MAP_POPULATE, fd, 0);
	struct stat st;

	if (p == MAP_FAILED)
		return errno == ENOMEM ? SEGMENT_ERR_SPACE : SEGMENT_ERR_SYSTEM;
	s->header = p;
	s->size = size;
	if (fstat(fd, &st) != 0)
		return SEGMENT_ERR_SYSTEM;
	s->device = st.st_dev;
	s->inode = st.st_ino;
	return SEGMENT_OK;
}

/* The generation that is published now, to count on from. */
static uint64_t
published_generation(const char *path)
{
	struct segment_header h;
	uint64_t generation = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, &h, sizeof(h)) == (ssize_t)sizeof(h) && h.magic == SEGMENT_MAGIC)
			generation = h.generation;
		close(fd);
	}
	return generation;
}

enum segment_error
segment_create(struct segment *s, const char *dir, const struct segment_type *type, size_t size)
{
	enum segment_error error;
	char path[200];
	int fd, failed;

	memset(s, 0, sizeof(*s));
	if (!set_path(s, dir, type->name)) {
		errno = ENAMETOOLONG;
		return SEGMENT_ERR_SYSTEM;
	}
	temporary_path(s, path, sizeof(path));
	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return SEGMENT_ERR_SYSTEM;
	failed = posix_fallocate(fd, 0, (off_t)size);
	if (failed != 0) {
		close(fd);
		unlink(path);
		errno = failed;
		return failed == ENOSPC || failed == EFBIG ? SEGMENT_ERR_SPACE : SEGMENT_ERR_SYSTEM;
	}
	error = map(s, fd, size, true);
	close(fd);
	if (error != SEGMENT_OK) {
		segment_detach(s);
		return error;
	}
	s->header->kind = (uint32_t)type->kind;
	s->header->abi_major = type->abi_major;
	s->header->abi_minor = type->abi_minor;
	s->header->layout = type->layout;
	s->header->size = size;
	s->header->generation = published_generation(s->path) + 1;
	s->header->writer_pid = (uint32_t)getpid();
	segment_beat(s);
	return SEGMENT_OK;
}

enum segment_error
segment_publish(struct segment *s)
{
	char path[200];

	temporary_path(s, path, sizeof(path));
	/* release: whoever sees the magic sees the table filled in */
	atomic_store_explicit(&s->header->magic, SEGMENT_MAGIC, memory_order_release);
	return rename(path, s->path) == 0 ? SEGMENT_OK : SEGMENT_ERR_SYSTEM;
}

static enum segment_error
check_header(const struct segment *s, const struct segment_type *type)
{
	const struct segment_header *h = s->header;

	if (atomic_load_explicit(&h->magic, memory_order_acquire) != SEGMENT_MAGIC)
		return SEGMENT_ERR_MAGIC;
	if (h->kind != (uint32_t)type->kind)
		return SEGMENT_ERR_KIND;
	if (h->abi_major != type->abi_major || h->layout != type->layout)
		return SEGMENT_ERR_ABI;
	return h->size == s->size ? SEGMENT_OK : SEGMENT_ERR_SHORT;
}

enum segment_error
segment_attach(struct segment *s, const char *dir, const struct segment_type *type, bool writable)
{
	enum segment_error error;
	struct stat st;
	int fd;

	memset(s, 0, sizeof(*s));
	if (!set_path(s, dir, type->name)) {
		errno = ENAMETOOLONG;
		return SEGMENT_ERR_SYSTEM;
	}
	fd = open(s->path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? SEGMENT_ERR_ABSENT : SEGMENT_ERR_SYSTEM;
	if (fstat(fd, &st) != 0) {
		close(fd);
		return SEGMENT_ERR_SYSTEM;
	}
	if (st.st_size < (off_t)sizeof(struct segment_header)) {
		close(fd);
		return SEGMENT_ERR_SHORT;
	}
	error = map(s, fd, (size_t)st.st_size, writable);
	close(fd);
	if (error == SEGMENT_OK)
		error = check_header(s, type);
	if (error != SEGMENT_OK)
		segment_detach(s);
	return error;
}

bool
segment_replaced(const struct segment *s)
{
	struct stat st;

	return stat(s->path, &st) == 0 && (st.st_ino != s->inode || st.st_dev != s->device);
}

void
segment_detach(struct segment *s)
{
	int saved = errno;

	if (s->header != NULL) {
		bool published = atomic_load(&s->header->magic) == SEGMENT_MAGIC;

		munmap(s->header, s->size);
		if (!published) {
			char path[200];
			struct stat st;

			temporary_path(s, path, sizeof(path));
			if (stat(path, &st) == 0 && st.st_ino == s->inode)
				unlink(path);
		}
	}
	s->header = NULL;
	s->size = 0;
	errno = saved;
}

void
segment_beat(struct segment *s)
{
	atomic_store_explicit(&s->header->heartbeat_ms, now_ms(), memory_order_relaxed);
}

uint64_t
segment_age_ms(const struct segment *s)
{
	uint64_t beat = atomic_load_explicit(&s->header->heartbeat_ms, memory_order_relaxed);
	uint64_t now = now_ms();

	return now > beat ? now - beat : 0;
}
