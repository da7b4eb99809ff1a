/* SPDX-License-Identifier: BSD-3-Clause */
/* Flow tokens, made and opened. */
#include "bench.h"
#include "world.h"

enum { FLOWS = 1024 };

struct tokens {
	struct flow flow[FLOWS];
	char text[FLOWS][FLOW_TOKEN_MAX];
	size_t len;
};

static void
make_pass(void *state)
{
	struct tokens *t = state;

	for (unsigned int i = 0; i < FLOWS; i++)
		if (flow_token_make(world_keys(), &t->flow[i], FLOW_TOKEN_PATH, t->text[i]) !=
		    t->len)
			bench_die("token: one has not %zu characters", t->len);
}

static void
verify_pass(void *state)
{
	const struct tokens *t = state;
	enum flow_token_class class;
	struct flow flow;

	for (unsigned int i = 0; i < FLOWS; i++)
		if (flow_token_open(world_keys(), slice_of(t->text[i], t->len), &flow, &class) !=
			    FLOW_TOKEN_OK ||
		    flow.remote.port != t->flow[i].remote.port || class != FLOW_TOKEN_PATH)
			bench_die("token: number %u is refused", i);
}

static void
init(struct tokens *t, uint8_t family)
{
	uint64_t random = family;

	t->len = family == 6 ? FLOW_TOKEN_MAX : 40;
	for (unsigned int i = 0; i < FLOWS; i++) {
		t->flow[i] = world_agent_flow((uint32_t)random_next(&random));
		if (family != 6)
			continue;
		t->flow[i].local.family = t->flow[i].remote.family = 6;
		for (int k = 4; k < 16; k++)
			t->flow[i].remote.ip[k] = (uint8_t)random_next(&random);
	}
	make_pass(t);
}

static int
run(const struct bench_options *options)
{
	static struct tokens ipv4, ipv6;
	struct loop loops[] = {
		{ "make", make_pass, &ipv4, FLOWS, { .count = 0 } },
		{ "verify", verify_pass, &ipv4, FLOWS, { .count = 0 } },
		{ "make.ipv6", make_pass, &ipv6, FLOWS, { .count = 0 } },
		{ "verify.ipv6", verify_pass, &ipv6, FLOWS, { .count = 0 } },
	};

	init(&ipv4, 4);
	init(&ipv6, 6);
	loops_measure(loops, 4, options->runs);
	for (unsigned int i = 0; i < 4; i++)
		report("token", loops[i].metric, "ns", &loops[i].ns);
	return 0;
}

const struct bench token_bench = { "token", "flow tokens, made and verified", false, run };
