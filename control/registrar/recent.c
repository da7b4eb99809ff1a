/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/recent.h"

#include <stdlib.h>

enum { SETS = 65536, WAYS = 4, KEPT_MS = 32000 };

struct row {
	uint64_t name; /* 0: none */
	uint64_t at_ms;
	uint32_t cseq;
};

struct recent {
	struct row row[SETS][WAYS];
};

struct recent *
recent_open(void)
{
	return calloc(1, sizeof(struct recent));
}

void
recent_close(struct recent *t)
{
	free(t);
}

static uint64_t
usable(uint64_t name)
{
	return name != 0 ? name : 1;
}

enum recent_order
recent_order(const struct recent *t, uint64_t name, uint32_t cseq, uint64_t now_ms)
{
	const struct row *set = t->row[name % SETS];

	name = usable(name);
	for (int i = 0; i < WAYS; i++)
		if (set[i].name == name && now_ms - set[i].at_ms < KEPT_MS)
			return cseq > set[i].cseq    ? RECENT_NEWER
			       : cseq == set[i].cseq ? RECENT_SAME
						     : RECENT_OLDER;
	return RECENT_NEWER;
}

void
recent_note(struct recent *t, uint64_t name, uint32_t cseq, uint64_t now_ms)
{
	struct row *set = t->row[name % SETS], *oldest = set;

	name = usable(name);
	for (int i = 0; i < WAYS; i++) {
		if (set[i].name == name) {
			oldest = &set[i];
			break;
		}
		if (set[i].at_ms < oldest->at_ms)
			oldest = &set[i];
	}
	*oldest = (struct row){ .name = name, .at_ms = now_ms, .cseq = cseq };
}

void
recent_forget(struct recent *t, uint64_t name, uint32_t cseq)
{
	struct row *set = t->row[name % SETS];

	name = usable(name);
	for (int i = 0; i < WAYS; i++)
		if (set[i].name == name && set[i].cseq == cseq)
			set[i] = (struct row){ 0 };
}
