/* SPDX-License-Identifier: BSD-3-Clause */
/* Spirals, finals, CANCEL and the reuse of breadth: what the counts of an attack rest on. */
#include <stdio.h>

#include "attack_scene.h"
#include "gtest.h"
#include "sip/check.h"

enum { LIMIT = 10000 };

static const struct attack_phone rings = { .code = 0, .rings = true };
static const struct attack_phone answers = { .code = 200, .rings = true };

static struct attack_world *
open_world(enum attack_order order)
{
	struct attack_world *w = attack_open(order, 12);

	assert_non_null(w);
	assert_true(attack_add_proxy(w, "p1", &attack_rules_both));
	assert_true(attack_add_proxy(w, "p2", &attack_rules_both));
	assert_true(attack_add_phone(w, "u", &answers));
	assert_true(attack_add_phone(w, "w", &answers));
	return w;
}

static void
check_end(const struct attack_world *w)
{
	const struct attack_counts *n = attack_counts(w);

	assert_int_equal(n->broken_sums, 0);
	assert_int_equal(n->running, 0);
	assert_int_equal(n->pending, 0);
	assert_int_equal(n->stray, 0);
	assert_int_equal(n->answered, n->forwarded + n->passed);
	assert_int_equal(attack_outgoing(w), 0);
}

static void
spiral(const char *back, unsigned int at_u, unsigned int loops)
{
	struct attack_world *w = open_world(ATTACK_EVEN);

	assert_true(attack_register(w, "sip:a@p1", "sip:b@p2", 0));
	assert_true(attack_register(w, "sip:a@p1", "sip:c@p2", 0));
	assert_true(attack_register(w, "sip:b@p2", "sip:d@p1", 0));
	if (back != NULL)
		assert_true(attack_register(w, "sip:d@p1", back, 0));
	assert_true(attack_register(w, "sip:d@p1", "sip:u@u", 0));
	assert_true(attack_register(w, "sip:c@p2", "sip:w@w", 0));
	assert_true(attack_call(w, "sip:a@p1", 70, SIP_NUMBER_ABSENT));
	assert_true(attack_run(w, LIMIT));
	check_end(w);
	assert_int_equal(attack_arrived(w, "u"), at_u);
	assert_int_equal(attack_arrived(w, "w"), 1);
	assert_int_equal(attack_arrived(w, "p1"), 2 + loops);
	assert_int_equal(attack_counts(w)->loops, loops);
	attack_close(w);
}

GTEST(AttackForks, S10_spiral)
{
	spiral(NULL, 1, 0);
}

GTEST(AttackForks, S10_spiral_and_loop)
{
	spiral("sip:a@p1", 1, 1);
}

/* Forwarded eight times, 482 at the ninth arrival. */
static const struct revisit_row {
	const char *label;
	uint32_t limit, forwarded;
} revisits[] = {
	{ "S17", 8, 8 },
	{ "S17-once", 1, 1 },
	{ "S17-off", 0, 64 }, /* as many Via values, 2 a round, as are taken */
};

static void
evasion_by_parameter(void **state)
{
	const struct revisit_row *row = *state;
	const struct attack_rules hop = { .hostile = true,
					  .changes = ATTACK_URI_PARAM | ATTACK_MAX_FORWARDS };
	struct attack_world *w = attack_open(ATTACK_EVEN, 17);
	struct attack_rules rules = attack_rules_both;

	rules.revisit_limit = row->limit;
	assert_non_null(w);
	assert_true(attack_add_proxy(w, "p1", &rules));
	assert_true(attack_add_proxy(w, "hop", &hop));
	assert_true(attack_register(w, "sip:a@p1", "sip:x@hop", 0));
	assert_true(attack_register(w, "sip:x@hop", "sip:a@p1", 0));
	assert_true(attack_call(w, "sip:a@p1", 70, SIP_NUMBER_ABSENT));
	assert_true(attack_run(w, LIMIT));
	check_end(w);
	assert_int_equal(attack_counts(w)->forwarded, row->forwarded);
	assert_int_equal(attack_counts(w)->loops, row->limit != 0);
	assert_int_equal(attack_counts(w)->too_many_vias, row->limit == 0);
	assert_int_equal(attack_counts(w)->final[0], row->limit != 0 ? 482 : 400);
	attack_close(w);
}
GTEST_ROWS(AttackForks, revisits, label, evasion_by_parameter);

/* ---- one AOR with phones u0, u1 and so on, which ring until they are told to answer ---- */

static struct attack_world *
open_phones(unsigned int count, uint32_t max_breadth)
{
	struct attack_world *w = attack_open(ATTACK_EVEN, 4);

	assert_non_null(w);
	assert_true(attack_add_proxy(w, "p1", &attack_rules_both));
	for (unsigned int i = 0; i < count; i++) {
		char host[8], contact[16];

		snprintf(host, sizeof(host), "u%u", i);
		snprintf(contact, sizeof(contact), "sip:u@u%u", i);
		assert_true(attack_add_phone(w, host, &rings));
		assert_true(attack_register(w, "sip:a@p1", contact, 0));
	}
	assert_true(attack_call(w, "sip:a@p1", 70, max_breadth));
	assert_true(attack_run(w, LIMIT));
	return w;
}

static struct attack_world *
open_eight(void)
{
	struct attack_world *w = open_phones(8, 4);

	assert_int_equal(attack_counts(w)->forwarded, 4);
	assert_int_equal(attack_counts(w)->provisional, 4);
	assert_int_equal(attack_outgoing(w), 4);
	return w;
}

static void
answer(struct attack_world *w, const char *host, unsigned int code)
{
	assert_true(attack_answer(w, host, code, false));
	assert_true(attack_run(w, LIMIT));
}

GTEST(AttackForks, S12_reuse)
{
	struct attack_world *w = open_eight();

	answer(w, "u2", 486);
	assert_int_equal(attack_counts(w)->forwarded, 5);
	assert_int_equal(attack_arrived(w, "u4"), 1);
	assert_int_equal(attack_outgoing(w), 4);
	answer(w, "u1", 200);
	assert_int_equal(attack_counts(w)->forwarded, 5);
	assert_int_equal(attack_counts(w)->cancels, 3);
	assert_int_equal(attack_counts(w)->final_count, 1);
	assert_int_equal(attack_counts(w)->final[0], 200);
	check_end(w);
	attack_close(w);
}

/* Shares become free, and nothing more is sent. */
GTEST(AttackForks, S13_cancel)
{
	struct attack_world *w = open_eight();

	attack_cancel(w);
	assert_true(attack_run(w, LIMIT));
	assert_int_equal(attack_counts(w)->cancels, 4);
	assert_int_equal(attack_counts(w)->forwarded, 4);
	assert_int_equal(attack_counts(w)->final_count, 1);
	assert_int_equal(attack_counts(w)->final[0], 487);
	check_end(w);
	attack_close(w);
}

GTEST(AttackForks, S14_two_2xx_of_one_branch)
{
	struct attack_world *w = open_eight();

	answer(w, "u0", 200);
	assert_true(attack_answer(w, "u0", 200, true));
	assert_true(attack_run(w, LIMIT));
	assert_int_equal(attack_counts(w)->final_count, 2);
	assert_int_equal(attack_counts(w)->final[0], 200);
	assert_int_equal(attack_counts(w)->final[1], 200);
	assert_int_equal(attack_counts(w)->repeated, 1);
	assert_int_equal(attack_counts(w)->forwarded, 4);
	check_end(w);
	attack_close(w);
}

GTEST(AttackForks, S14_603_and_200)
{
	struct attack_world *w = open_eight();

	answer(w, "u0", 603);
	assert_int_equal(attack_counts(w)->final[0], 603);
	assert_true(attack_answer(w, "u0", 200, true));
	assert_true(attack_run(w, LIMIT));
	assert_int_equal(attack_counts(w)->final_count, 2);
	assert_int_equal(attack_counts(w)->final[1], 200);
	assert_int_equal(attack_counts(w)->forwarded, 4);
	check_end(w);
	attack_close(w);
}

/* A second 2xx, when all others have been cancelled already. */
GTEST(AttackForks, RFC3261_16_10_each_CANCEL_once)
{
	struct attack_world *w = open_eight();

	assert_true(attack_answer(w, "u0", 200, false));
	answer(w, "u1", 200);
	assert_int_equal(attack_counts(w)->cancels, 3);
	assert_int_equal(attack_counts(w)->final_count, 2);
	check_end(w);
	attack_close(w);
}

/* RFC 3261 §9.1: what has not arrived yet is cancelled when it has. */
GTEST(AttackForks, RFC3261_9_1_CANCEL_does_not_overtake)
{
	for (uint64_t seed = 0; seed < 100; seed++) {
		struct attack_world *w = attack_open(ATTACK_AT_RANDOM, seed);

		assert_non_null(w);
		assert_true(attack_add_proxy(w, "p1", &attack_rules_both));
		assert_true(attack_add_phone(w, "u", &answers));
		assert_true(attack_add_phone(w, "v", &rings));
		assert_true(attack_register(w, "sip:a@p1", "sip:u@u", 0));
		assert_true(attack_register(w, "sip:a@p1", "sip:v@v", 0));
		assert_true(attack_call(w, "sip:a@p1", 70, 60));
		assert_true(attack_run(w, LIMIT));
		assert_int_equal(attack_counts(w)->cancels, 1);
		check_end(w);
		attack_close(w);
	}
}

/* The next group waits for all of the one before, though there is breadth for it. */
GTEST(AttackForks, group_after_group)
{
	struct attack_world *w = attack_open(ATTACK_EVEN, 1);

	assert_non_null(w);
	assert_true(attack_add_proxy(w, "p1", &attack_rules_both));
	assert_true(attack_add_phone(w, "u0", &rings));
	assert_true(attack_add_phone(w, "u1", &rings));
	assert_true(attack_add_phone(w, "u2", &rings));
	assert_true(attack_register(w, "sip:a@p1", "sip:u@u0", 0));
	assert_true(attack_register(w, "sip:a@p1", "sip:u@u1", 0));
	assert_true(attack_register(w, "sip:a@p1", "sip:u@u2", 1));
	assert_true(attack_call(w, "sip:a@p1", 70, 60));
	assert_true(attack_run(w, LIMIT));
	answer(w, "u0", 486);
	assert_int_equal(attack_arrived(w, "u2"), 0);
	assert_int_equal(attack_outgoing(w), 30);
	answer(w, "u1", 486);
	assert_int_equal(attack_arrived(w, "u2"), 1);
	assert_int_equal(attack_outgoing(w), 60);
	answer(w, "u2", 200);
	check_end(w);
	attack_close(w);
}

/* One group after the other, each with all of it; who is silent is given up. */
GTEST(AttackForks, groups_and_silence)
{
	struct attack_world *w = open_world(ATTACK_AT_RANDOM);
	const struct attack_phone silent = { .code = 408, .silent = true };

	assert_true(attack_add_phone(w, "s", &silent));
	assert_true(attack_register(w, "sip:a@p1", "sip:s@s", 0));
	assert_true(attack_register(w, "sip:a@p1", "sip:nobody@p2", 1));
	assert_true(attack_register(w, "sip:a@p1", "sip:t@s", 1));
	assert_true(attack_register(w, "sip:a@p1", "sip:u@u", 2));
	assert_true(attack_call(w, "sip:a@p1", 70, 2));
	assert_true(attack_run(w, LIMIT));
	assert_int_equal(attack_counts(w)->forwarded, 4);
	assert_int_equal(attack_counts(w)->most_pending, 2);
	assert_int_equal(attack_counts(w)->unknown, 1);
	assert_int_equal(attack_counts(w)->final[0], 200);
	assert_true(attack_counts(w)->time > 1000);
	check_end(w);
	attack_close(w);
}

/* Which of several responses goes up. */
static const struct best_row {
	const char *label;
	unsigned int code[3], best;
} bests[] = {
	{ "6xx-first", { 486, 603, 404 }, 603 },
	{ "order-of-arrival", { 480, 404, 486 }, 480 },
	{ "408-behind", { 408, 486, 482 }, 486 },
	{ "482-last", { 482, 483, 440 }, 440 },
	{ "408-before-440", { 440, 408, 482 }, 408 },
	{ "5xx-behind", { 500, 482, 503 }, 482 },
	{ "407", { 486, 407, 408 }, 407 },
	{ "420", { 486, 420, 408 }, 420 },
};

static void
best_goes_up(void **state)
{
	const struct best_row *row = *state;
	static const char *const hosts[] = { "u0", "u1", "u2" };
	struct attack_world *w = open_phones(3, 60);

	for (unsigned int i = 0; i < 3; i++)
		if (attack_answer(w, hosts[i], row->code[i], false))
			assert_true(attack_run(w, LIMIT));
	assert_int_equal(attack_counts(w)->final_count, 1);
	assert_int_equal(attack_counts(w)->final[0], row->best);
	check_end(w);
	attack_close(w);
}
GTEST_ROWS(AttackForks, bests, label, best_goes_up);
