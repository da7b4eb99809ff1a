/* SPDX-License-Identifier: BSD-3-Clause */
#include "hop_memory.h"

#include <rte_malloc.h>

/* Longer than 64*T1 and than an INVITE may ring (timer C, RFC 3261 §16.6 item 11). */
enum { WAYS = 2, KEEP_MS = 200000 };

int
hop_memory_open(struct hop_memory *m, uint32_t rows)
{
	uint32_t count = WAYS;

	while (count < rows)
		count *= 2;
	m->row = rte_zmalloc("hop_memory", count * sizeof(*m->row), RTE_CACHE_LINE_SIZE);
	m->mask = count - 1;
	return m->row != NULL ? 0 : -1;
}

void
hop_memory_close(struct hop_memory *m)
{
	rte_free(m->row);
	m->row = NULL;
}

static struct hop_memory_row *
set_of(const struct hop_memory *m, uint64_t key)
{
	return &m->row[(uint32_t)(key >> 16) & m->mask & ~(uint32_t)(WAYS - 1)];
}

const struct flow_address *
hop_memory_find(const struct hop_memory *m, uint64_t key, uint64_t now_ms)
{
	const struct hop_memory_row *set = set_of(m, key);

	for (int i = 0; i < WAYS; i++)
		if (set[i].key == key && (uint32_t)now_ms - set[i].ms <= KEEP_MS)
			return &set[i].to;
	return NULL;
}

void
hop_memory_put(struct hop_memory *m, uint64_t key, const struct flow_address *to, uint64_t now_ms)
{
	struct hop_memory_row *set = set_of(m, key), *row = &set[0];

	for (int i = 0; i < WAYS; i++) {
		if (set[i].key == key) {
			row = &set[i];
			break;
		}
		/* signed: the clock of a row is never ahead, but it wraps after 49 days */
		if ((int32_t)(set[i].ms - row->ms) < 0)
			row = &set[i];
	}
	*row = (struct hop_memory_row){ key, *to, (uint32_t)now_ms };
}
