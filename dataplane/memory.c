/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the first copy of a request went, so that the next copies go there too (LD-29). */
#include <rte_malloc.h>

#include "memory.h"
#include "seconds.h"

/* Longer than 64*T1 and than an INVITE may ring (timer C, RFC 3261 §16.6 item 11). */
enum { WAYS = 4, KEEP_S = 200 };

int
via_memory_open(struct via_memory *m, uint32_t rows)
{
	uint32_t count = WAYS;

	while (count < rows)
		count *= 2;
	m->row = rte_zmalloc("via_memory", count * sizeof(*m->row), RTE_CACHE_LINE_SIZE);
	m->mask = count - 1;
	return m->row != NULL ? 0 : -1;
}

void
via_memory_close(struct via_memory *m)
{
	rte_free(m->row);
	m->row = NULL;
}

uint64_t
via_memory_key(const struct branch_id *id)
{
	uint64_t key;

	/* a MAC: as good as random, so its first octets are hash and key at once */
	memcpy(&key, id->mac, sizeof(key));
	return key != 0 ? key : 1;
}

static struct via_memory_row *
set_of(const struct via_memory *m, uint64_t key)
{
	return &m->row[(uint32_t)(key >> 16) & m->mask & ~(uint32_t)(WAYS - 1)];
}

void
via_memory_prefetch(const struct via_memory *m, uint64_t key)
{
	const char *set = (const char *)set_of(m, key);

	for (size_t at = 0; at < WAYS * sizeof(struct via_memory_row); at += RTE_CACHE_LINE_SIZE)
		rte_prefetch0(set + at);
}

static uint32_t
age_of(const struct via_memory_row *row, uint32_t now)
{
	return row->key != 0 ? via_seconds_apart(now, row->seconds) : UINT32_MAX;
}

struct via_memory_row *
via_memory_find(struct via_memory *m, uint64_t key, uint64_t now_ms)
{
	struct via_memory_row *set = set_of(m, key);

	for (int i = 0; i < WAYS; i++)
		if (set[i].key == key && age_of(&set[i], via_seconds(now_ms)) <= KEEP_S)
			return &set[i];
	return NULL;
}

void
via_memory_put(struct via_memory *m, const struct via_memory_row *what, uint64_t now_ms)
{
	struct via_memory_row *set = set_of(m, what->key), *row = &set[0];
	uint32_t now = via_seconds(now_ms);

	for (int i = 0; i < WAYS; i++) {
		if (set[i].key == what->key) {
			row = &set[i];
			break;
		}
		if (age_of(&set[i], now) > age_of(row, now))
			row = &set[i];
	}
	*row = *what;
	row->seconds = now;
}
