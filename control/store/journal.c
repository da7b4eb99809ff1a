/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY "journal.tmp"

void
journal_name(unsigned int n, char out[JOURNAL_NAME_MAX])
{
	snprintf(out, JOURNAL_NAME_MAX, "journal.%u", n);
}

/* ---- files ---- */

static void
close_file(struct journal_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	*f = (struct journal_file){ .fd = -1 };
}

static enum store_error
read_head(struct journal_file *f)
{
	char octets[FRAME_START];
	ssize_t n = pread(f->fd, octets, sizeof(octets), 0);
	struct stat st;

	if (n < 0 || fstat(f->fd, &st) != 0)
		return STORE_ERR_OPEN;
	f->size = (size_t)st.st_size;
	f->state = journal_head_decode(slice_of(octets, (size_t)n), &f->head);
	return STORE_OK;
}

static enum store_error
open_file(struct journal *j, unsigned int n)
{
	struct journal_file *f = &j->file[n];
	char name[JOURNAL_NAME_MAX];

	journal_name(n, name);
	f->fd = openat(j->dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (f->fd < 0)
		return errno == ENOENT ? STORE_OK : STORE_ERR_OPEN;
	return read_head(f);
}

enum store_error
journal_open(struct journal *j, int dir, char *message, size_t size)
{
	char name[JOURNAL_NAME_MAX];

	j->dir = dir;
	j->current = -1;
	for (unsigned int n = 0; n < JOURNAL_FILES; n++)
		j->file[n] = (struct journal_file){ .fd = -1 };
	for (unsigned int n = 0; n < JOURNAL_FILES; n++) {
		if (open_file(j, n) != STORE_OK) {
			journal_name(n, name);
			snprintf(message, size, "%s: %s", name, strerror(errno));
			return STORE_ERR_OPEN;
		}
		if (j->file[n].state == JOURNAL_HEAD_OK && j->file[n].head.ordinal > j->ordinal)
			j->ordinal = j->file[n].head.ordinal;
	}
	return STORE_OK;
}

/* A whole file, under its name only once all of it is there. */
static enum store_error
make_file(struct journal *j, unsigned int n)
{
	int fd = openat(j->dir, TEMPORARY, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			0600);
	char name[JOURNAL_NAME_MAX];
	enum store_error error;

	if (fd < 0)
		return store_disk_error(errno);
	journal_name(n, name);
	error = store_disk_reserve(j->disk, fd, j->size);
	if (error == STORE_OK && j->disk->fdatasync(fd) != 0)
		error = store_disk_error(errno);
	if (error == STORE_OK && j->disk->renameat(j->dir, TEMPORARY, j->dir, name) != 0)
		error = store_disk_error(errno);
	if (error == STORE_OK)
		error = store_disk_sync_folder(j->dir);
	if (error != STORE_OK) {
		close(fd);
		unlinkat(j->dir, TEMPORARY, 0);
		return error;
	}
	close_file(&j->file[n]);
	j->file[n] = (struct journal_file){ .fd = fd, .size = j->size };
	return STORE_OK;
}

static bool
is_live(const struct journal *j, unsigned int n)
{
	return (j->live >> n & 1) != 0;
}

enum store_error
journal_provide(struct journal *j, unsigned int count)
{
	char name[JOURNAL_NAME_MAX];

	for (unsigned int n = 0; n < JOURNAL_FILES; n++) {
		struct journal_file *f = &j->file[n];
		enum store_error error;

		if (is_live(j, n) || (n < count && f->fd >= 0 && f->size == j->size) ||
		    (n >= count && f->fd < 0))
			continue;
		if (n >= count) {
			journal_name(n, name);
			unlinkat(j->dir, name, 0);
			close_file(f);
			continue;
		}
		error = make_file(j, n);
		if (error != STORE_OK)
			return error;
	}
	return STORE_OK;
}

/* ---- turns ---- */

/* A file to begin anew: one without a frame of worth first, -1 when there is none. */
static int
choose_file(const struct journal *j)
{
	int absent = -1;

	if (j->current >= 0 && j->used == FRAME_START)
		return j->current;
	for (unsigned int n = 0; n < JOURNAL_FILES; n++) {
		if (is_live(j, n))
			continue;
		if (j->file[n].fd >= 0 && j->file[n].size == j->size)
			return (int)n;
		if (absent < 0)
			absent = (int)n;
	}
	return absent;
}

static enum store_error
write_head(struct journal *j, struct journal_file *f, uint64_t first)
{
	char octets[FRAME_START];
	enum store_error error;

	f->head = (struct journal_head){ .ordinal = ++j->ordinal, .first = first };
	f->state = JOURNAL_HEAD_OK;
	memcpy(f->head.identity, j->identity, sizeof(j->identity));
	if (getrandom(&f->head.salt, sizeof(f->head.salt), 0) != sizeof(f->head.salt))
		return STORE_ERR_IO;
	journal_head_encode(&f->head, octets);
	error = store_disk_write(j->disk, f->fd, octets, sizeof(octets), 0);
	if (error == STORE_OK && j->disk->fdatasync(f->fd) != 0)
		error = store_disk_error(errno);
	return error;
}

/*
 * From the moment that the head of another file may be on disk, frames of the present one with
 * this number or a higher one are void: nothing is appended to it any more, come what may.
 */
static enum store_error
turn(struct journal *j, uint64_t first)
{
	int n = choose_file(j);
	enum store_error error;

	if (n < 0)
		return STORE_ERR_FULL;
	if (j->file[n].fd < 0 || j->file[n].size != j->size) {
		error = make_file(j, (unsigned int)n);
		if (error != STORE_OK)
			return error;
	}
	j->current = -1;
	j->live &= ~(1u << n); /* it may have been begun before, for nothing */
	j->owned &= ~(1u << n);
	error = write_head(j, &j->file[n], first);
	if (error != STORE_OK) {
		j->failures++;
		return error;
	}
	j->current = n;
	j->used = FRAME_START;
	j->live |= 1u << n;
	j->owned |= 1u << n;
	j->turns++;
	return STORE_OK;
}

journal_set
journal_cut(struct journal *j)
{
	journal_set cut = j->owned;

	j->owned = 0;
	j->current = -1;
	return cut;
}

void
journal_release(struct journal *j, journal_set files)
{
	j->live &= ~files;
}

/* ---- frames ---- */

static bool
can_append(const struct journal *j, size_t payload)
{
	return j->current >= 0 && frame_next(j->used, payload) <= j->file[j->current].size;
}

bool
journal_has_room(const struct journal *j, size_t payload)
{
	return can_append(j, payload) || choose_file(j) >= 0;
}

/* The kernel may have forgotten what it could not write, and call the next sync a success. */
static void
distrust(struct journal *j, uint64_t sequence)
{
	j->failures++;
	if (turn(j, sequence) != STORE_OK)
		j->current = -1;
}

enum store_error
journal_append(struct journal *j, char *frame, size_t payload, uint64_t sequence, uint32_t changes)
{
	struct journal_file *f;
	enum store_error error;

	if (!can_append(j, payload)) {
		error = turn(j, sequence);
		if (error != STORE_OK)
			return error;
		if (!can_append(j, payload))
			return STORE_ERR_FULL;
	}
	f = &j->file[j->current];
	frame_seal(frame, payload, f->head.salt, sequence, changes);
	error = store_disk_write(j->disk, f->fd, frame, FRAME_HEADER + payload, (off_t)j->used);
	if (error != STORE_OK) {
		j->failures++;
		return error;
	}
	if (j->sync && j->disk->fdatasync(f->fd) != 0) {
		error = store_disk_error(errno);
		distrust(j, sequence);
		return error;
	}
	j->used = frame_next(j->used, payload);
	return STORE_OK;
}

void
journal_close(struct journal *j)
{
	for (unsigned int n = 0; n < JOURNAL_FILES; n++)
		close_file(&j->file[n]);
	j->current = -1;
}
