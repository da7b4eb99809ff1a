/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* ---- heads ---- */

static enum store_error
head_is_wrong(struct replay *p, unsigned int n, const char *what, enum store_error error)
{
	snprintf(p->wrong, sizeof(p->wrong), "journal.%u: %s", n, what);
	return error;
}

static enum store_error
check_head(struct replay *p, unsigned int n)
{
	const struct journal_file *f = &p->journal->file[n];

	if (f->state == JOURNAL_HEAD_DAMAGED)
		return head_is_wrong(p, n, "is damaged at octet 0, in both copies of its head",
				     STORE_ERR_DAMAGED);
	if (f->state == JOURNAL_HEAD_NEWER)
		return head_is_wrong(p, n, "was written by a newer version of Viaduct",
				     STORE_ERR_VERSION);
	if (f->state == JOURNAL_HEAD_OK &&
	    memcmp(f->head.identity, p->journal->identity, sizeof(f->head.identity)) != 0)
		return head_is_wrong(p, n, "belongs to another store than data.mdb beside it",
				     STORE_ERR_DAMAGED);
	return STORE_OK;
}

static const struct journal_head *
head_of(const struct replay *p, unsigned int i)
{
	return &p->journal->file[p->order[i]].head;
}

static void
add_in_order(struct replay *p, unsigned int n)
{
	unsigned int i = p->count++;

	for (; i > 0 && head_of(p, i - 1)->ordinal > p->journal->file[n].head.ordinal; i--)
		p->order[i] = p->order[i - 1];
	p->order[i] = n;
}

enum store_error
replay_begin(struct replay *p, const struct journal *j, uint64_t applied)
{
	*p = (struct replay){ .journal = j, .sequence = applied };
	for (unsigned int n = 0; n < JOURNAL_FILES; n++) {
		enum store_error error = check_head(p, n);

		if (j->file[n].fd < 0)
			continue;
		if (error != STORE_OK)
			return error;
		if (j->file[n].state == JOURNAL_HEAD_OK)
			add_in_order(p, n);
	}
	return STORE_OK;
}

/* ---- frames ---- */

/* Frames of file `order[i]` with this number or a higher one are void: a later file says so. */
static uint64_t
end_of(const struct replay *p, unsigned int i)
{
	uint64_t end = UINT64_MAX;

	for (i++; i < p->count; i++)
		end = head_of(p, i)->first < end ? head_of(p, i)->first : end;
	return end;
}

bool
replay_needs(const struct replay *p, unsigned int i)
{
	return end_of(p, i) > p->sequence + 1;
}

enum store_error
replay_read(int fd, char *to, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = pread(fd, to + at, size - at, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return STORE_ERR_IO;
		at += (size_t)n;
	}
	return STORE_OK;
}

/* The frame behind p->sequence is missing; where it should have been. */
static enum store_error
missing(struct replay *p, unsigned int n, size_t at, uint64_t found)
{
	if (at == FRAME_START && p->last_end > 0) {
		n = p->last_file;
		at = p->last_end;
	}
	snprintf(p->wrong, sizeof(p->wrong),
		 "journal.%u: damaged at octet %zu: commit %" PRIu64
		 " is missing there, and %" PRIu64 " was made later",
		 n, at, p->sequence + 1, found);
	return STORE_ERR_DAMAGED;
}

static unsigned int
place_of(const struct replay *p, unsigned int n)
{
	unsigned int i = 0;

	while (i < p->count && p->order[i] != n)
		i++;
	return i;
}

enum store_error
replay_file(struct replay *p, unsigned int n, struct slice file, replay_visit visit, void *context)
{
	const struct journal_head *head = &p->journal->file[n].head;
	uint64_t end = end_of(p, place_of(p, n));
	size_t at = FRAME_START;
	enum store_error error;
	struct frame f;

	if (head->first > p->sequence + 1)
		return missing(p, n, FRAME_START, head->first);
	while (frame_find(file, at, head->salt, &f) && f.sequence < end) {
		if (f.sequence > p->sequence + 1)
			return missing(p, n, at, f.sequence);
		if (f.sequence == p->sequence + 1) {
			error = visit(&f, context);
			if (error != STORE_OK)
				return error;
			p->sequence++;
			p->frames++;
		}
		at = f.next;
		p->last_file = n;
		p->last_end = at;
	}
	return STORE_OK;
}
