/* SPDX-License-Identifier: BSD-3-Clause */
/* Ten proxies that lead anywhere: what holds whatever is registered and whatever comes first. */
#include <stdio.h>
#include <stdlib.h>

#include "attack_scene.h"
#include "bench.h"
#include "gtest.h"
#include "sip/check.h"

enum { TRIALS = 10000, PROXIES = 10, PHONES = 4, AORS = 12, LIMIT = 100000, SEED = 5393 };

static unsigned int
below(uint64_t *random, unsigned int n)
{
	return (unsigned int)(random_next(random) % n);
}

static struct attack_rules
rules_at_random(uint64_t *random)
{
	struct attack_rules rules = attack_rules_both;

	rules.check = (enum attack_check)below(random, 4);
	rules.revisit_limit = below(random, 4);
	rules.reject = below(random, 12) == 0;
	rules.sharing = (enum breadth_sharing)below(random, 2);
	return rules;
}

static void
add_nodes(struct attack_world *w, uint64_t *random)
{
	static const struct attack_phone phones[PHONES] = {
		{ .code = 404 },
		{ .code = 486, .rings = true },
		{ .code = 200, .rings = true },
		{ .code = 408, .silent = true },
	};
	char host[32];

	for (unsigned int i = 0; i < PROXIES; i++) {
		struct attack_rules rules = rules_at_random(random);

		snprintf(host, sizeof(host), "p%u.example.com", i);
		assert_true(attack_add_proxy(w, host, &rules));
	}
	for (unsigned int i = 0; i < PHONES; i++) {
		struct attack_phone phone = phones[i];

		if (below(random, 8) == 0)
			phone.code = 603;
		snprintf(host, sizeof(host), "u%u.example.com", i);
		assert_true(attack_add_phone(w, host, &phone));
	}
}

/* AORs 0 to `aors` - 1 lie on proxies by number; the one after them is registered nowhere. */
static void
register_at_random(struct attack_world *w, unsigned int aors, unsigned int most, uint64_t *random)
{
	for (unsigned int i = 0; i < aors; i++) {
		unsigned int count = 1 + below(random, most), group = 0;
		char aor[48], contact[64];

		snprintf(aor, sizeof(aor), "sip:a%u@p%u.example.com", i, i % PROXIES);
		for (unsigned int k = 0; k < count; k++) {
			unsigned int to = below(random, aors + 1);

			snprintf(contact, sizeof(contact), "sip:a%u@p%u.example.com%s", to,
				 to % PROXIES, below(random, 4) == 0 ? ";z" : "");
			if (below(random, 12) == 0)
				snprintf(contact, sizeof(contact), "sip:u@u%u.example.com",
					 below(random, PHONES));
			group += below(random, 6) == 0;
			assert_true(attack_register(w, aor, contact, group));
		}
	}
}

/* One final response to the caller, or only 2xx, which go up from wherever they come. */
static bool
is_answered_once(const struct attack_counts *n)
{
	for (unsigned int i = 0; i < n->final_count && n->final_count > 1; i++)
		if (i < ATTACK_FINALS_MAX && n->final[i] / 100 != 2)
			return false;
	return n->final_count >= 1;
}

static bool
holds(const struct attack_world *w, uint32_t breadth)
{
	const struct attack_counts *n = attack_counts(w);

	return n->running == 0 && n->pending == 0 && n->stray == 0 && n->answered == n->forwarded &&
	       n->broken_sums == 0 && attack_outgoing(w) == 0 &&
	       attack_most_at_one_depth(w) <= (breadth < 60 ? breadth : 60) && is_answered_once(n);
}

/* Small trees of any kind, and now and then deep ones. */
static bool
trial(unsigned int number, uint64_t *random, uint64_t *forwarded, uint64_t *at_bound)
{
	uint32_t breadth = below(random, 4) == 0
				   ? SIP_NUMBER_ABSENT
				   : 1 + below(random, below(random, 2) == 0 ? 8 : 80);
	struct attack_world *w = attack_open((enum attack_order)below(random, 3), *random);
	const struct attack_counts *n = attack_counts(w);
	static const unsigned int depths[] = { 0, 70, 13, 9, 7 };
	unsigned int most = 1 + below(random, 4);
	bool ok;

	assert_non_null(w);
	add_nodes(w, random);
	register_at_random(w, 1 + below(random, AORS), most, random);
	assert_true(attack_call(w, "sip:a0@p0.example.com", below(random, depths[most]), breadth));
	ok = attack_run(w, LIMIT) && holds(w, breadth);
	if (!ok)
		print_error("trial %u: %u forwarded, %u answered, %u running, %u at one depth, "
			    "%u finals\n",
			    number, (unsigned int)n->forwarded, (unsigned int)n->answered,
			    (unsigned int)n->running, (unsigned int)attack_most_at_one_depth(w),
			    n->final_count);
	*forwarded += n->forwarded;
	*at_bound += attack_most_at_one_depth(w) == (breadth < 60 ? breadth : 60);
	attack_close(w);
	return ok;
}

/* The sum rule, and an answer for everybody; ATTACK_SEED in the environment chooses others. */
GTEST(AttackRandom, MB_05_ten_proxies_in_a_mesh)
{
	const char *chosen = getenv("ATTACK_SEED");
	uint64_t seed = chosen != NULL ? strtoull(chosen, NULL, 10) : SEED, forwarded = 0;
	uint64_t random = seed, at_bound = 0;

	printf("seed %llu\n", (unsigned long long)seed);
	for (unsigned int i = 0; i < TRIALS; i++)
		if (!trial(i, &random, &forwarded, &at_bound))
			fail_msg("trial %u of seed %llu", i, (unsigned long long)seed);
	printf("%llu requests forwarded, all breadth out in %llu trials\n",
	       (unsigned long long)forwarded, (unsigned long long)at_bound);
	assert_true(at_bound > TRIALS / 20);
	assert_true(forwarded > 10 * TRIALS);
}
