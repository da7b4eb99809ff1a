/* SPDX-License-Identifier: BSD-3-Clause */
#include "transaction/ages.h"

void
ages_add(struct ages *a, uint32_t second)
{
	if (a->total++ == 0)
		a->first = second;
	a->count[second % AGES_SECONDS]++;
}

void
ages_remove(struct ages *a, uint32_t second)
{
	a->count[second % AGES_SECONDS]--;
	a->total--;
}

uint32_t
ages_oldest(struct ages *a, uint32_t now)
{
	if (a->total == 0 || now - a->first > INT32_MAX)
		return 0;
	if (now - a->first >= AGES_SECONDS) {
		/* who comes now shares its place: it stays the oldest until that is empty */
		if (a->count[a->first % AGES_SECONDS] != 0)
			return AGES_SECONDS - 1;
		a->first = now - (AGES_SECONDS - 1);
	}
	while (a->first != now && a->count[a->first % AGES_SECONDS] == 0)
		a->first++;
	return now - a->first;
}
