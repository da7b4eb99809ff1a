/* SPDX-License-Identifier: BSD-3-Clause */
/** What the tests of lib/ share. */
#ifndef TESTS_LIB_SIP_SUPPORT_H
#define TESTS_LIB_SIP_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gtest.h"
#include "sip/slice.h"

#define WALL_ROOM (256 * 1024)

/** The first octet that must not be touched; WALL_ROOM octets before it may be, and no more. */
static inline char *
wall(void)
{
	static char *at;

	if (at == NULL) {
		size_t page = (size_t)sysconf(_SC_PAGESIZE);
		char *map = mmap(NULL, page + WALL_ROOM + page, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		assert_ptr_not_equal(map, MAP_FAILED);
		assert_int_equal(mprotect(map + page, WALL_ROOM, PROT_READ | PROT_WRITE), 0);
		at = map + page + WALL_ROOM;
	}
	return at;
}

/** A copy that ends at the wall: one octet too far is a crash. Valid until the next call. */
static inline struct slice
at_wall(struct slice text)
{
	char *p = wall() - text.len;

	assert_true(text.len <= WALL_ROOM);
	if (text.len > 0)
		memcpy(p, text.ptr, text.len);
	return slice_of(p, text.len);
}

/**
 * A copy that begins right behind another wall: one octet before it is a crash. Valid until the
 * next call, and beside a copy of at_wall() when both fit into WALL_ROOM.
 */
static inline struct slice
behind_wall(struct slice text)
{
	char *p = wall() - WALL_ROOM;

	assert_true(text.len <= WALL_ROOM);
	if (text.len > 0)
		memcpy(p, text.ptr, text.len);
	return slice_of(p, text.len);
}

#define assert_slice(slice, want) assert_slice_((slice), (want), #slice, __FILE__, __LINE__)

/** `want` is NULL for an absent slice. */
static inline void
assert_slice_(struct slice got, const char *want, const char *what, const char *file, int line)
{
	if (want == NULL ? got.ptr == NULL : got.ptr != NULL && slice_eq(got, slice_str(want)))
		return;
	print_error("%s: got %s\"%.*s\", want %s\"%s\"\n", what, got.ptr == NULL ? "absent " : "",
		    SLICE_FMT(got), want == NULL ? "absent " : "", want == NULL ? "" : want);
	_fail(file, line);
}

/** A small generator with a fixed start, so that a failure comes again. */
static inline uint64_t
next_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/** 0 to `below` - 1. */
static inline unsigned int
random_below(uint64_t *state, unsigned int below)
{
	return (unsigned int)(next_random(state) % below);
}

#endif
