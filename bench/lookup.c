/* SPDX-License-Identifier: BSD-3-Clause */
/* Look-ups of users at random in a table larger than any cache, as a graph node would do them. */
#include <pthread.h>
#include <stdatomic.h>

#include "bench.h"
#include "world.h"

enum { BURST = 32, BURSTS = 64, BATCH = BURST * BURSTS, BATCHES = 200 };

struct lookup {
	const struct binding_table *table;
	uint32_t bindings;
	uint64_t random;
	char text[BATCH][WORLD_AOR_MAX];
	struct slice aor[BATCH];
	uint64_t epoch[BATCH];
};

/* Another batch of users. Their names are warm, as they are in a message that was just parsed. */
static void
draw(struct lookup *l, bool known)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		uint32_t user = (uint32_t)(random_next(&l->random) % l->bindings);

		l->aor[i] = world_aor(user, l->text[i]);
		l->epoch[i] = user + 1;
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

/* An instance's epoch leads to its record: one more miss, which nothing was asked for ahead. */
static void
find_epochs(const struct lookup *l, bool known)
{
	static struct binding_copy copy;
	unsigned int row;

	for (unsigned int i = 0; i < BATCH; i++)
		if (binding_find_epoch(l->table, l->epoch[i], &copy, &row) != known)
			bench_die("lookup: %.*s", SLICE_FMT(l->aor[i]));
}

/* ---- a writer in another thread, which never rests ---- */

static _Atomic bool stop;
static _Atomic uint64_t changes;

/* Three refreshes, which change times in place, for each binding that is put anew. */
static void *
write_on(void *arg)
{
	const struct lookup *l = arg;
	struct binding_writer *w = world_writer();
	uint64_t random = 2, now_ms = world_now_ms();
	char text[WORLD_AOR_MAX];

	for (uint64_t i = 0; !atomic_load_explicit(&stop, memory_order_relaxed); i++) {
		uint32_t user = (uint32_t)(random_next(&random) % l->bindings);

		if (i % 4 == 0)
			world_put(w, user, now_ms + i);
		else
			binding_writer_touch(w, world_aor(user, text), 0, now_ms + 86400000 + i,
					     now_ms + i);
		atomic_fetch_add_explicit(&changes, 1, memory_order_relaxed);
	}
	return NULL;
}

/* ---- measuring ---- */

struct way {
	const char *metric;
	void (*find)(const struct lookup *, bool);
	bool known, writing;
	struct samples ns;
};

static struct way ways[] = {
	{ "burst", find_bursts, true, false, { .count = 0 } },
	{ "burst.writing", find_bursts, true, true, { .count = 0 } },
	{ "single", find_singly, true, false, { .count = 0 } },
	{ "single.writing", find_singly, true, true, { .count = 0 } },
	{ "burst.absent", find_bursts, false, false, { .count = 0 } },
	{ "epoch", find_epochs, true, false, { .count = 0 } },
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static void
measure(struct lookup *l, struct way *way, struct samples *rate)
{
	uint64_t begin = wall_ns();
	pthread_t writer;

	atomic_store(&stop, false);
	atomic_store(&changes, 0);
	if (way->writing && pthread_create(&writer, NULL, write_on, l) != 0)
		bench_die("lookup: no thread");
	samples_add(&way->ns, time_way(l, way->find, way->known));
	atomic_store(&stop, true);
	if (!way->writing)
		return;
	pthread_join(writer, NULL);
	samples_add(rate, (double)changes * 1e9 / (double)(wall_ns() - begin));
}

static int
run(const struct bench_options *options)
{
	static struct lookup l = { .random = 1 };
	struct samples rate = { 0 }, bindings = { .value = { options->bindings }, .count = 1 };

	l.table = world_bindings(options->bindings);
	l.bindings = options->bindings;
	for (unsigned int r = 0; r < options->runs; r++)
		for (unsigned int i = 0; i < WAYS; i++)
			measure(&l, &ways[i], &rate);
	for (unsigned int i = 0; i < WAYS; i++)
		report("lookup", ways[i].metric, "ns", &ways[i].ns);
	report("lookup", "writer", "changes/s", &rate);
	report("lookup", "bindings", "AORs", &bindings);
	return 0;
}

const struct bench lookup_bench = {
	"lookup",
	"one AOR among --bindings, in bursts of 32 with prefetch, also while they change",
	false,
	run,
};
