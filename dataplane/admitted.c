/* SPDX-License-Identifier: BSD-3-Clause */
#include "admitted.h"

#include <rte_malloc.h>

/*
 * 64*T1 are 32 s, in which a request is sent 11 times at most (RFC 3261 §17.1.2.1); networks double
 * some. Whoever sends more copies than that is counted again.
 */
enum { WAYS = 8, KEEP_S = 40, COPIES_MAX = 16 };

_Static_assert(WAYS * sizeof(struct via_admitted_row) == 64, "a set is a cache line");

int
via_admitted_open(struct via_admitted *a, uint32_t rows)
{
	uint32_t count = WAYS;

	while (count < rows)
		count *= 2;
	a->row = rte_zmalloc("via_admitted", count * sizeof(*a->row), RTE_CACHE_LINE_SIZE);
	a->mask = (count - 1) & ~(uint32_t)(WAYS - 1);
	return a->row != NULL ? 0 : -1;
}

void
via_admitted_close(struct via_admitted *a)
{
	rte_free(a->row);
	a->row = NULL;
}

static struct via_admitted_row *
set_of(const struct via_admitted *a, uint64_t key)
{
	return &a->row[(uint32_t)key & a->mask];
}

/* Never 0. One that another key has by chance lets a single request through. */
static uint32_t
tag_of(uint64_t key)
{
	return (uint32_t)(key >> 32) | 1;
}

static uint16_t
age(const struct via_admitted_row *row, uint64_t mono_ms)
{
	return (uint16_t)(mono_ms / 1000 - row->seconds);
}

static struct via_admitted_row *
find(const struct via_admitted *a, uint64_t key, uint64_t mono_ms)
{
	struct via_admitted_row *set = set_of(a, key);

	for (int i = 0; i < WAYS; i++)
		if (set[i].tag == tag_of(key) && age(&set[i], mono_ms) <= KEEP_S &&
		    set[i].copies < COPIES_MAX)
			return &set[i];
	return NULL;
}

void
via_admitted_prefetch(const struct via_admitted *a, uint64_t key)
{
	rte_prefetch0_write(set_of(a, key));
}

bool
via_admitted_has(const struct via_admitted *a, uint64_t key, uint64_t mono_ms)
{
	return find(a, key, mono_ms) != NULL;
}

bool
via_admitted_take_copy(struct via_admitted *a, uint64_t key, uint64_t mono_ms)
{
	struct via_admitted_row *row = find(a, key, mono_ms);

	if (row == NULL)
		return false;
	row->copies++;
	return true;
}

void
via_admitted_put(struct via_admitted *a, uint64_t key, uint64_t mono_ms)
{
	struct via_admitted_row *set = set_of(a, key), *row = &set[0];

	for (int i = 0; i < WAYS; i++) {
		if (set[i].tag == tag_of(key) || set[i].tag == 0) {
			row = &set[i];
			break;
		}
		if (age(&set[i], mono_ms) > age(row, mono_ms))
			row = &set[i];
	}
	*row = (struct via_admitted_row){ .tag = tag_of(key),
					  .seconds = (uint16_t)(mono_ms / 1000) };
}
