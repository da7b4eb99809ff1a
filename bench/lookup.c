/* SPDX-License-Identifier: BSD-3-Clause */
/* Look-ups of users at random in a table larger than any cache, as a graph node would do them. */
#include "bench.h"
#include "world.h"

enum { BURST = 32, BURSTS = 64, BATCH = BURST * BURSTS, BATCHES = 200, WAYS = 3 };

struct lookup {
	const struct binding_table *table;
	uint32_t bindings;
	uint64_t random;
	char text[BATCH][WORLD_AOR_MAX];
	struct slice aor[BATCH];
};

/* Another batch of users. Their names are warm, as they are in a message that was just parsed. */
static void
draw(struct lookup *l, bool known)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		l->aor[i] =
			world_aor((uint32_t)(random_next(&l->random) % l->bindings), l->text[i]);
		if (!known)
			l->text[i][4] = '-';
	}
}

/* Three short passes: buckets, then records are on their way while others are asked for. */
static void
find_bursts(const struct lookup *l, bool known)
{
	static struct binding_copy copy;
	uint64_t hash[BURST];

	for (const struct slice *aor = l->aor; aor < l->aor + BATCH; aor += BURST) {
		for (unsigned int i = 0; i < BURST; i++) {
			hash[i] = binding_hash(l->table, aor[i]);
			binding_prefetch(l->table, hash[i]);
		}
		for (unsigned int i = 0; i < BURST; i++)
			binding_prefetch_record(l->table, hash[i]);
		for (unsigned int i = 0; i < BURST; i++)
			if (binding_find(l->table, aor[i], hash[i], &copy) != known)
				bench_die("lookup: %.*s", SLICE_FMT(aor[i]));
	}
}

static void
find_singly(const struct lookup *l, bool known)
{
	static struct binding_copy copy;

	for (unsigned int i = 0; i < BATCH; i++)
		if (binding_find(l->table, l->aor[i], binding_hash(l->table, l->aor[i]), &copy) !=
		    known)
			bench_die("lookup: %.*s", SLICE_FMT(l->aor[i]));
}

static double
time_way(struct lookup *l, void (*find)(const struct lookup *, bool), bool known)
{
	uint64_t ns = 0;

	for (unsigned int b = 0; b < BATCHES; b++) {
		uint64_t begin;

		draw(l, known);
		begin = thread_ns();
		find(l, known);
		ns += thread_ns() - begin;
	}
	return (double)ns / (BATCHES * BATCH);
}

static int
run(const struct bench_options *options)
{
	static struct lookup l = { .random = 1 };
	static const struct {
		const char *metric;
		void (*find)(const struct lookup *, bool);
		bool known;
	} ways[WAYS] = {
		{ "burst", find_bursts, true },
		{ "single", find_singly, true },
		{ "burst.absent", find_bursts, false },
	};
	struct samples ns[WAYS] = { 0 }, bindings = { .value = { options->bindings }, .count = 1 };

	l.table = world_bindings(options->bindings);
	l.bindings = options->bindings;
	for (unsigned int r = 0; r < options->runs; r++)
		for (unsigned int i = 0; i < WAYS; i++)
			samples_add(&ns[i], time_way(&l, ways[i].find, ways[i].known));
	for (unsigned int i = 0; i < WAYS; i++)
		report("lookup", ways[i].metric, "ns", &ns[i]);
	report("lookup", "bindings", "AORs", &bindings);
	return 0;
}

const struct bench lookup_bench = {
	"lookup",
	"one AOR among --bindings, in bursts of 32 with prefetch",
	false,
	run,
};
