/* SPDX-License-Identifier: BSD-3-Clause */
/* The guard in the graph: what it costs those who may send, and what those cost who may not. */
#include "guard.h"

#include <rte_byteorder.h>

enum { SOURCE_AT = 26, FIRST_SOURCE = 100 << 24 | 64 << 16 };

/* One message, and no other for longer than a trial takes. */
#define TOKEN_NS UINT64_C(1000000000000)

/* As the configuration has it, to be put back. */
static struct rate_limit plenty;

void
guard_prepare(const struct guard_trial *t, struct via_worker *w)
{
	const struct rate_limit one = { TOKEN_NS, TOKEN_NS };

	if (plenty.token_ns == 0)
		plenty = w->guard.table[LIMITED_source].limit;
	w->guard.by_source = !t->off;
	w->guard.table[LIMITED_source].limit = t->spent ? one : plenty;
	w->guard.table[LIMITED_register_aor].limit = t->spent_aor ? one : plenty;
	w->guard.table[LIMITED_invite_aor].limit = t->spent_aor ? one : plenty;
	for (int i = 0; i < VIA_QUOTAS; i++)
		w->engine->quota[i].limit = t->off ? rate_limit_make(0, 1) : plenty;
}

void
guard_frame(const struct guard_trial *t, uint32_t serial, uint8_t *frame)
{
	uint32_t mixed = (uint32_t)(serial * UINT64_C(0x9e3779b97f4a7c15) >> 32);
	uint32_t source;

	if (t->garbage)
		frame[FRAME_HEADERS] = 0x80;
	if (t->sources == 0)
		return;
	source = rte_cpu_to_be_32(FIRST_SOURCE + (uint32_t)((uint64_t)mixed * t->sources >> 32));
	memcpy(frame + SOURCE_AT, &source, sizeof(source));
}

bool
guard_expects(const struct guard_trial *t, unsigned int n, unsigned int all)
{
	/* the first one may pass: to control, when it is a REGISTER */
	if (t->spent_aor)
		return n > all / 2;
	return t->spent || t->garbage ? n <= 1 : n == all;
}
