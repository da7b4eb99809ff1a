/* SPDX-License-Identifier: BSD-3-Clause */
#include "phone_state.h"

enum { BASE_MS = 30 * 1000, MAX_MS = 1800 * 1000, MAX_FAILURES = 16 };

/** splitmix64: good enough to spread phones, and the same for the same seed. */
static double
random_unit(struct phone_policy *policy)
{
	uint64_t x = policy->random += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	return (double)(x >> 11) / (double)(UINT64_C(1) << 53);
}

/** RFC 5626 §4.5: half to all of min(1800 s, 30 s times 2 to the failures). All flows are one. */
static uint64_t
backoff_ms(const struct phone *p, struct phone_policy *policy)
{
	uint64_t upper = (uint64_t)BASE_MS << p->failures;

	upper = upper < MAX_MS ? upper : MAX_MS;
	return (uint64_t)((double)upper * policy->backoff * (0.5 + random_unit(policy) / 2));
}

static void
wait_for(struct phone *p, uint64_t delay_ms, uint64_t now_ms)
{
	p->state = PHONE_WAITING;
	p->due_ms = now_ms + delay_ms;
}

static void
fail(struct phone *p, struct phone_policy *policy, uint64_t now_ms)
{
	if (p->failures < MAX_FAILURES)
		p->failures++;
	wait_for(p, backoff_ms(p, policy), now_ms);
}

enum phone_act
phone_register(struct phone *p, uint64_t now_ms)
{
	p->state = PHONE_TRYING;
	p->cseq++;
	p->pings = 0;
	p->interval_ms = PHONE_T1_MS;
	p->f_ms = now_ms + PHONE_F_MS;
	p->due_ms = now_ms + PHONE_T1_MS;
	return PHONE_REGISTER;
}

/** Timer E, and timer F, which comes with one of its ends or between two of them. */
static enum phone_act
repeat(struct phone *p, struct phone_policy *policy, uint64_t now_ms)
{
	if (now_ms >= p->f_ms) {
		fail(p, policy, now_ms);
		return PHONE_NOTHING;
	}
	p->interval_ms = p->state == PHONE_PROCEEDING || p->interval_ms * 2 > PHONE_T2_MS
				 ? PHONE_T2_MS
				 : p->interval_ms * 2;
	p->due_ms = now_ms + p->interval_ms;
	if (p->due_ms > p->f_ms)
		p->due_ms = p->f_ms;
	return PHONE_REGISTER_AGAIN;
}

/** 80 to 100 % of the time between two keepalives (RFC 5626 §4.4.2). */
static void
ping_later(struct phone *p, struct phone_policy *policy, uint64_t now_ms)
{
	double share = 0.8 + random_unit(policy) / 5;

	p->pings = 0;
	p->due_ms =
		policy->ping_ms == 0 ? PHONE_NEVER : now_ms + (uint64_t)(policy->ping_ms * share);
}

/** RFC 5389 §7.2.1: seven requests, 500 ms apart and doubling, then 8 s of patience. */
static enum phone_act
ping(struct phone *p, uint64_t now_ms)
{
	if (p->pings == PHONE_PINGS)
		return phone_register(p, now_ms);
	if (p->pings == 0)
		p->ping++;
	p->interval_ms = p->pings == 0 ? PHONE_T1_MS : p->interval_ms * 2;
	p->pings++;
	p->due_ms = now_ms + (p->pings == PHONE_PINGS ? PHONE_LAST_PING_MS : p->interval_ms);
	return PHONE_PING;
}

enum phone_act
phone_expired(struct phone *p, struct phone_policy *policy, uint64_t now_ms)
{
	switch (p->state) {
	case PHONE_TRYING:
	case PHONE_PROCEEDING:
		return repeat(p, policy, now_ms);
	case PHONE_REGISTERED:
		return ping(p, now_ms);
	default:
		return phone_register(p, now_ms);
	}
}

bool
phone_answered(struct phone *p, struct phone_policy *policy, const struct phone_response *response,
	       uint64_t now_ms)
{
	if (p->state != PHONE_TRYING && p->state != PHONE_PROCEEDING)
		return false;
	if (response->status < 200) {
		p->state = PHONE_PROCEEDING;
	} else if (response->status < 300) {
		p->state = PHONE_REGISTERED;
		p->failures = 0;
		p->mapped = (struct flow_address){ 0 };
		ping_later(p, policy, now_ms);
	} else if (response->status == 503 && response->has_retry_after) {
		wait_for(p, (uint64_t)response->retry_after_s * 1000, now_ms);
	} else {
		fail(p, policy, now_ms);
	}
	return true;
}

enum phone_act
phone_pong(struct phone *p, struct phone_policy *policy, const struct flow_address *mapped,
	   uint64_t now_ms)
{
	if (p->state != PHONE_REGISTERED || p->pings == 0)
		return PHONE_NOTHING;
	if (p->mapped.family != 0 && !flow_address_eq(&p->mapped, mapped))
		return phone_register(p, now_ms);
	p->mapped = *mapped;
	ping_later(p, policy, now_ms);
	return PHONE_NOTHING;
}
