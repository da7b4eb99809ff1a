/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "table/segment_spare.h"

/* A huge page, on all processors that we run on. */
#define HUGE_PAGE ((size_t)2 << 20)

/* Of the file system, what no large table takes. */
#define LEFT_PART 16
#define LEFT_LEAST ((uint64_t)8 << 20)
#define LEFT_MOST ((uint64_t)256 << 20)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1; older ones refuse it */
#endif

static size_t
page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t
whole_pages(size_t octets)
{
	return (octets + page_size() - 1) & ~(page_size() - 1);
}

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
		[SEGMENT_ERR_DAMAGED] = "what it holds contradicts itself",
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
	snprintf(out, size, "%s.%s", s->path, s->second ? "next" : "new");
}

/*
 * Addresses for a large mapping that huge pages fit into: they have to begin at a multiple of their
 * size. NULL: anywhere.
 */
static void *
aligned_place(size_t size)
{
	size_t more = size + HUGE_PAGE;
	uint8_t *begin, *p;

	if (size < HUGE_PAGE)
		return NULL;
	begin = mmap(NULL, more, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (begin == MAP_FAILED)
		return NULL;
	p = (uint8_t *)(((uintptr_t)begin + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1));
	/* what is over on both sides goes; the rest is mapped over */
	if (p > begin)
		munmap(begin, (size_t)(p - begin));
	if (begin + more > p + whole_pages(size))
		munmap(p + whole_pages(size), (size_t)(begin + more - p) - whole_pages(size));
	return p;
}

static enum segment_error
map(struct segment *s, int fd, size_t size, bool writable, bool sparse)
{
	int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	void *place = sparse ? aligned_place(size) : NULL, *p;
	struct stat st;

	/* populated: the first look-ups behind an attach would fault page by page */
	p = mmap(place, size, protection,
		 MAP_SHARED | (sparse ? 0 : MAP_POPULATE) | (place != NULL ? MAP_FIXED : 0), fd, 0);
	if (p == MAP_FAILED) {
		if (place != NULL)
			munmap(place, size);
		return errno == ENOMEM ? SEGMENT_ERR_SPACE : SEGMENT_ERR_SYSTEM;
	}
	s->header = p;
	s->size = size;
	/* where /dev/shm is mounted with huge=advise, that is all it takes */
	if (sparse)
		madvise(p, size, MADV_HUGEPAGE);
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

static void
init_header(struct segment *s, const struct segment_type *type)
{
	s->header->kind = (uint32_t)type->kind;
	s->header->abi_major = type->abi_major;
	s->header->abi_minor = type->abi_minor;
	s->header->layout = type->layout;
	s->header->size = s->size;
	s->header->generation = published_generation(s->path) + 1;
	s->header->writer_pid = (uint32_t)getpid();
	segment_beat(s);
}

static enum segment_error
space_error(int number)
{
	errno = number;
	return number == ENOSPC || number == EFBIG || number == ENOMEM || number == EFAULT
		       ? SEGMENT_ERR_SPACE
		       : SEGMENT_ERR_SYSTEM;
}

/* A new file of this size under a temporary name, with memory behind its first page or all of it.
 */
static enum segment_error
make(struct segment *s, const char *dir, const struct segment_type *type, size_t size, bool sparse)
{
	enum segment_error error = SEGMENT_OK;
	char path[200];
	int fd, failed;

	if (!set_path(s, dir, type->name)) {
		errno = ENAMETOOLONG;
		return SEGMENT_ERR_SYSTEM;
	}
	temporary_path(s, path, sizeof(path));
	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return SEGMENT_ERR_SYSTEM;
	failed = posix_fallocate(fd, 0, (off_t)(sparse ? sizeof(struct segment_header) : size));
	if (failed != 0 && type->spare && segment_spare_take(s->path, path, size)) {
		close(fd);
		fd = open(path, O_RDWR | O_CLOEXEC);
		failed = fd < 0 ? errno : 0;
	}
	if (failed == 0 && sparse && ftruncate(fd, (off_t)size) != 0)
		failed = errno;
	if (failed != 0) {
		if (fd >= 0)
			close(fd);
		unlink(path);
		return space_error(failed);
	}
	error = map(s, fd, size, true, sparse);
	close(fd);
	if (error != SEGMENT_OK)
		segment_detach(s);
	else
		init_header(s, type);
	if (type->spare)
		segment_spare_keep(s->path, size);
	return error;
}

enum segment_error
segment_create(struct segment *s, const char *dir, const struct segment_type *type, size_t size)
{
	memset(s, 0, sizeof(*s));
	return make(s, dir, type, size, false);
}

enum segment_error
segment_begin(struct segment *s, const char *dir, const struct segment_type *type, size_t size,
	      bool second)
{
	memset(s, 0, sizeof(*s));
	s->second = second;
	return make(s, dir, type, size, true);
}

bool
segment_has_room(const struct segment *s, uint64_t octets)
{
	uint64_t all, left, kept;
	struct statvfs fs;
	char dir[200];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", s->path);
	slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return true;
	*slash = '\0';
	if (statvfs(dir, &fs) != 0 || fs.f_blocks == 0)
		return true;
	all = (uint64_t)fs.f_blocks * fs.f_frsize;
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	kept = all / LEFT_PART > LEFT_MOST ? LEFT_MOST : all / LEFT_PART;
	kept = kept < LEFT_LEAST ? LEFT_LEAST : kept;
	return left >= kept && left - kept >= octets;
}

/* madvise() for the pages that a part lies on. */
static int
advise(const struct segment *s, uint64_t off, uint64_t octets, int advice)
{
	uint64_t begin = off & ~((uint64_t)page_size() - 1);

	if (octets == 0)
		return 0;
	return madvise((uint8_t *)s->header + begin, off + octets - begin, advice) == 0 ? 0 : errno;
}

/* For kernels before 5.14: the file by its name, which is one of three. */
static int
allocate_by_name(const struct segment *s, uint64_t off, uint64_t octets)
{
	char path[200];
	struct stat st;
	int fd, failed;

	temporary_path(s, path, sizeof(path));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || st.st_ino != s->inode) {
		if (fd >= 0)
			close(fd);
		fd = open(s->path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return errno;
	}
	if (fstat(fd, &st) != 0 || st.st_ino != s->inode)
		failed = ESTALE;
	else
		failed = posix_fallocate(fd, (off_t)off, (off_t)octets);
	close(fd);
	return failed;
}

static int
reserve_pages(const struct segment *s, uint64_t off, uint64_t octets)
{
	int failed = EINVAL;

#ifdef MADV_POPULATE_WRITE
	/* a signal came */
	do
		failed = advise(s, off, octets, MADV_POPULATE_WRITE);
	while (failed == EINTR || failed == EAGAIN);
#endif
	return failed == EINVAL ? allocate_by_name(s, off, octets) : failed;
}

/* One huge page in place of small ones, of which there is one at least. */
static bool
make_huge(const struct segment *s, uint64_t block)
{
	return block + HUGE_PAGE <= s->size && advise(s, block, HUGE_PAGE, MADV_COLLAPSE) == 0;
}

enum segment_error
segment_reserve(const struct segment *s, uint64_t off, uint64_t octets)
{
	uint64_t end = off + octets, next;
	int failed = 0;

	/* what completes a block is one huge page, if the kernel has one to spare */
	for (; off < end && failed == 0; off = next) {
		uint64_t block = off & ~(uint64_t)(HUGE_PAGE - 1);

		next = block + HUGE_PAGE < end ? block + HUGE_PAGE : end;
		failed = reserve_pages(s, off, 1);
		if (failed == 0 && (next < block + HUGE_PAGE || !make_huge(s, block)))
			failed = reserve_pages(s, off, next - off);
	}
	return failed == 0 ? SEGMENT_OK : space_error(failed);
}

void
segment_populate(const struct segment *s, uint64_t off, uint64_t octets)
{
#ifdef MADV_POPULATE_READ
	advise(s, off, octets, MADV_POPULATE_READ);
#else
	advise(s, off, octets, MADV_WILLNEED);
#endif
}

void
segment_give_back(const struct segment *s, uint64_t off, uint64_t octets)
{
	advise(s, off, octets, MADV_REMOVE);
}

void
segment_forget_begun(const char *dir, const struct segment_type *type)
{
	struct segment s = { .second = true };
	char path[200];

	if (!set_path(&s, dir, type->name))
		return;
	for (int i = 0; i < 2; i++, s.second = !s.second) {
		temporary_path(&s, path, sizeof(path));
		unlink(path);
	}
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

void
segment_withdraw(const struct segment *s)
{
	if (s->header != NULL && !segment_replaced(s))
		unlink(s->path);
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
	error = map(s, fd, (size_t)st.st_size, writable, type->sparse);
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
