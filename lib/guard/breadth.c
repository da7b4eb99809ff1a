/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/breadth.h"

#include <assert.h>
#include <stddef.h>

/*
 * How many of the first `count` get a part of what is left when each flow has its 1 (MB-18). Where
 * all are flows the rule would leave breadth unused (MB-10): they share as others do.
 */
static unsigned int
count_sharers(enum breadth_sharing sharing, const bool *is_flow, unsigned int count)
{
	unsigned int flows = 0;

	if (sharing == BREADTH_OUTBOUND1 && is_flow != NULL)
		for (unsigned int i = 0; i < count; i++)
			flows += is_flow[i];
	return flows == count ? count : count - flows;
}

unsigned int
breadth_share(struct breadth *b, enum breadth_sharing sharing, const bool *is_flow,
	      unsigned int count, uint32_t *share)
{
	uint32_t available = breadth_free(b), each, extra;
	unsigned int begin = count < available ? count : available;
	unsigned int sharers;

	assert(b->outgoing <= b->incoming);
	if (begin == 0)
		return 0;
	sharers = count_sharers(sharing, is_flow, begin);
	available -= begin - sharers;
	each = available / sharers;
	extra = available % sharers;
	for (unsigned int i = 0; i < begin; i++) {
		if (sharers < begin && is_flow[i]) {
			share[i] = 1;
			continue;
		}
		share[i] = each;
		if (extra > 0) {
			share[i]++;
			extra--;
		}
	}
	b->outgoing = b->incoming;
	return begin;
}

void
breadth_return(struct breadth *b, uint32_t share)
{
	assert(share <= b->outgoing);
	b->outgoing -= share;
}
