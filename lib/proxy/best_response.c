/* SPDX-License-Identifier: BSD-3-Clause */
#include "proxy/best_response.h"

/* Within 4xx and 5xx. */
enum rank {
	RANK_RESUBMIT, /* 401 and 407: as good as each other, and they go together */
	RANK_MEDIA_TYPE,
	RANK_EXTENSION,
	RANK_INCOMPLETE,
	RANK_ANSWER,
	RANK_TIMEOUT,
	RANK_BREADTH,
	RANK_HOPS,
	RANK_LOOP,
	RANK_UNAVAILABLE,
	RANK_FLOW,
	RANKS
};

static enum rank
rank(uint16_t status)
{
	switch (status) {
	case 401:
	case 407:
		return RANK_RESUBMIT;
	case 415:
		return RANK_MEDIA_TYPE;
	case 420:
		return RANK_EXTENSION;
	case 484:
		return RANK_INCOMPLETE;
	case 408:
		return RANK_TIMEOUT;
	case 440:
		return RANK_BREADTH;
	case 483:
		return RANK_HOPS;
	case 482:
		return RANK_LOOP;
	case 503:
		return RANK_UNAVAILABLE;
	case 430:
		return RANK_FLOW;
	default:
		return RANK_ANSWER;
	}
}

/* Smaller is better. */
static unsigned int
place(uint16_t status)
{
	unsigned int class = status / 100;

	return (class == 6 ? 0 : class) * RANKS + rank(status);
}

bool
best_response_prefers(uint16_t status, uint16_t over)
{
	return over == 0 || place(status) < place(over);
}

uint16_t
best_response_upstream(uint16_t status)
{
	switch (status) {
	case 430:
		return 480;
	case 503:
		return 500;
	default:
		return status;
	}
}
