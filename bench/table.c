/* SPDX-License-Identifier: BSD-3-Clause */
/* What a binding table of --bindings costs: memory for each, and the time of what is done to all.
 */
#include "bench.h"
#include "world.h"

enum { STEP_RECORDS = 64 };

static void
report_one(const char *metric, const char *unit, double value)
{
	const struct samples s = { .value = { value }, .count = 1 };

	report("table", metric, unit, &s);
}

static double
seconds_since(uint64_t begin_ns)
{
	return (double)(wall_ns() - begin_ns) / 1e9;
}

/* Octets for each binding beyond what is its own. */
static void
report_memory(const struct binding_table *t, uint64_t own)
{
	const struct records_header *h = t->header;
	double n = (double)binding_table_bindings(t);
	double index = (double)(h->slab_off - h->buckets_off) / n;
	double record = (double)h->units_used * RECORDS_UNIT / n;

	report_one("own", "octets", (double)own / n);
	report_one("index", "octets", index);
	report_one("record", "octets", record);
	report_one("beyond", "octets", index + record - (double)own / n);
}

static struct binding_writer *
build(uint32_t bindings)
{
	uint64_t begin = wall_ns(), own = 0, now_ms = world_now_ms();
	struct binding_writer *w = world_open(bindings);

	report_one("open", "s", seconds_since(begin));
	begin = wall_ns();
	for (uint32_t user = 0; user < bindings; user++)
		own += world_put(w, user, now_ms);
	report_one("build", "s", seconds_since(begin));
	report_memory(binding_writer_table(w), own);
	if (binding_writer_publish(w) != SEGMENT_OK)
		bench_die("table: it cannot be published");
	return w;
}

/*
 * Processor time of all steps from a full table to a larger one in its place, and of the longest.
 * With room for five of eight, a table is full when it has most of them.
 */
static void
grow(uint32_t bindings)
{
	struct binding_writer *w = world_open(bindings / 8 * 5);
	const struct binding_table *t = binding_writer_table(w);
	uint64_t generation = t->header->segment.generation, now_ms = world_now_ms();
	uint64_t spent = 0, longest = 0;
	uint32_t user = 0;

	if (binding_writer_publish(w) != SEGMENT_OK)
		bench_die("table: it cannot be published");
	while (t->header->segment.generation == generation) {
		uint64_t step = thread_ns(), ns;
		bool more = binding_writer_step(w, STEP_RECORDS);

		ns = thread_ns() - step;
		if (more || t->header->segment.generation != generation) {
			longest = ns > longest ? ns : longest;
			spent += ns;
		} else if (user < bindings) {
			world_put(w, user++, now_ms);
		} else {
			break;
		}
	}
	report_one("grow.at", "AORs", (double)user);
	report_one("grow", "s", (double)spent / 1e9);
	report_one("grow.longest step", "us", (double)longest / 1e3);
	binding_writer_close(w);
}

static int
run(const struct bench_options *options)
{
	struct binding_writer *w = build(options->bindings);
	uint64_t begin;

	binding_writer_close(w);
	begin = wall_ns();
	w = world_adopt();
	report_one("adopt", "s", seconds_since(begin));
	binding_writer_close(w);
	grow(options->bindings);
	return 0;
}

const struct bench table_bench = {
	"table",
	"memory of --bindings AORs; building, continuing and enlarging their table",
	true,
	run,
};
