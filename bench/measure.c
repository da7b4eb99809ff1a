/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <x86intrin.h>

#include "bench.h"

enum { RUN_NS = 40000000, CALIBRATION_NS = 50000000 };

void
bench_die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("viaduct-bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

void
samples_add(struct samples *s, double value)
{
	if (s->count < BENCH_MAX_RUNS)
		s->value[s->count++] = value;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
samples_median(const struct samples *s)
{
	struct samples sorted = *s;
	unsigned int half = s->count / 2;

	if (s->count == 0)
		return 0;
	qsort(sorted.value, sorted.count, sizeof(sorted.value[0]), by_value);
	if (s->count % 2 != 0)
		return sorted.value[half];
	return (sorted.value[half - 1] + sorted.value[half]) / 2;
}

double
tsc_hz(void)
{
	static double hz;
	uint64_t begin, tsc;

	if (hz != 0)
		return hz;
	begin = wall_ns();
	tsc = __rdtsc();
	while (wall_ns() - begin < CALIBRATION_NS)
		;
	hz = (double)(__rdtsc() - tsc) * 1e9 / (double)(wall_ns() - begin);
	return hz;
}

static uint64_t
time_passes(const struct loop *l, uint64_t passes)
{
	uint64_t begin = thread_ns();

	for (uint64_t i = 0; i < passes; i++)
		l->pass(l->state);
	return thread_ns() - begin;
}

/* How many passes fill a run. Warms caches and branch predictors, too. */
static uint64_t
passes_of_run(const struct loop *l)
{
	uint64_t passes = 1, ns;

	while ((ns = time_passes(l, passes)) < RUN_NS / 4)
		passes *= 2;
	passes = passes * RUN_NS / ns;
	return passes > 0 ? passes : 1;
}

void
loops_measure(struct loop *loops, unsigned int count, unsigned int runs)
{
	uint64_t passes[count];

	for (unsigned int i = 0; i < count; i++)
		passes[i] = passes_of_run(&loops[i]);
	for (unsigned int r = 0; r < runs; r++)
		for (unsigned int i = 0; i < count; i++)
			samples_add(&loops[i].ns, (double)time_passes(&loops[i], passes[i]) /
							  (double)passes[i] / loops[i].items);
}
