/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/**
 * What all benchmarks have in common: options, the clock, and what they report.
 *
 * A metric is measured once in each run, and told as median, least and greatest over the runs.
 * Runs take turns between metrics, so that a disturbance meets all of them.
 */

#define BENCH_MAX_RUNS 99

/** Exit status of a benchmark that cannot run here. */
#define BENCH_SKIPPED 77

struct bench_options {
	unsigned int runs;
	uint32_t bindings; /* AORs in the binding table */
	bool json, markdown;
	const char *dataplane; /* path of viaduct-dataplane; NULL: beside this program */
	const char *corpus;    /* folder of the message corpus */
	const char *set;       /* 'wire': name of a traffic, or "all" */
	const char *peer;      /* 'wire': "engine", "testpmd" or "all" */
};

/** A benchmark. Returns 0, 1 or BENCH_SKIPPED. */
struct bench {
	const char *name;
	const char *text;
	bool on_request; /* not part of the default */
	int (*run)(const struct bench_options *options);
};

extern const struct bench parse_bench;
extern const struct bench token_bench;
extern const struct bench branch_bench;
extern const struct bench loop_bench;
extern const struct bench gruu_bench;
extern const struct bench digest_bench;
extern const struct bench lookup_bench;
extern const struct bench register_bench;
extern const struct bench store_bench;
extern const struct bench graph_bench;
extern const struct bench wire_bench;
extern const struct bench edge_bench;
extern const struct bench registrar_bench;
extern const struct bench table_bench;
extern const struct bench fork_bench;
extern const struct bench proxy_bench;
extern const struct bench attack_bench;

/** Values of one metric, one for each run. */
struct samples {
	double value[BENCH_MAX_RUNS];
	unsigned int count;
};

void samples_add(struct samples *s, double value);
double samples_median(const struct samples *s);

/** Print one metric. */
void report(const char *bench, const char *metric, const char *unit, const struct samples *s);

/** Print why there is no such metric. */
void report_note(const char *bench, const char *metric, const char *text);

/** Print a metric that was measured as nanoseconds each, as so many a second. */
void report_rate(const char *bench, const char *metric, const char *unit, double each,
		 const struct samples *ns);

/** Say why and exit with status 1; what was made is removed at exit. */
void bench_die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/**
 * The clock of everything that one thread does alone: its own processor time. What other processes
 * take of the core in between is not counted.
 */
static inline uint64_t
thread_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static inline uint64_t
wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/** Cycles of the time stamp counter in a second. */
double tsc_hz(void);

/** Something that can be done over and over: a pass does it to `items` items. */
struct loop {
	const char *metric;        /* for whoever reports */
	void (*pass)(void *state); /* dies when a result is not the expected one */
	void *state;
	unsigned int items;
	struct samples ns; /* for each item */
};

/** Measure all loops, `runs` times in turns. */
void loops_measure(struct loop *loops, unsigned int count, unsigned int runs);

/** The same numbers in every process: which messages there are must not depend on chance. */
static inline uint64_t
random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

#endif
