/* SPDX-License-Identifier: BSD-3-Clause */
/* viaduct-bench: runs the benchmarks that are named, or all but those on request. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { DEFAULT_RUNS = 7, DEFAULT_BINDINGS = 1000000, MAX_BINDINGS = 10000000 };

/* clang-format off: one a line */
static const struct bench *const benches[] = {
	&parse_bench,
	&token_bench,
	&branch_bench,
	&loop_bench,
	&gruu_bench,
	&digest_bench,
	&lookup_bench,
	&register_bench,
	&store_bench,
	&graph_bench,
	&wire_bench,
	&edge_bench,
	&registrar_bench,
	&table_bench,
	&fork_bench,
	&proxy_bench,
	&attack_bench,
};
/* clang-format on */

enum { COUNT = sizeof(benches) / sizeof(benches[0]) };

static struct bench_options options = { .runs = DEFAULT_RUNS,
					.bindings = DEFAULT_BINDINGS,
					.corpus = BENCH_CORPUS,
					.set = "mix",
					.peer = "engine" };

static const char usage[] =
	"usage: viaduct-bench [OPTION]... [NAME]...\n"
	"  --list           names of the benchmarks\n"
	"  --json           one JSON object a line instead of a table\n"
	"  --markdown       rows as docs/performance.md has them\n"
	"  --runs N         measure each metric N times (default 7)\n"
	"  --bindings N     AORs in the binding table (default 1000000)\n"
	"  --corpus DIR     message corpus for 'parse' (default: that of this build)\n"
	"  --dataplane PATH viaduct-dataplane for 'wire', 'edge' (default: that of this build)\n"
	"  --set NAME       messages for 'wire': mix (default), stun, edge, all\n"
	"  --peer NAME      who is at the other end of 'wire': engine (default), testpmd, all\n";

/* ---- reporting ---- */

static int
decimals(double value)
{
	return value >= 1000 ? 0 : value >= 10 ? 1 : 2;
}

/* With commas between thousands. */
static const char *
grouped(double value, char out[32])
{
	char digits[32];
	int n = snprintf(digits, sizeof(digits), "%.*f", decimals(value), value), whole, k = 0;

	whole = (int)strcspn(digits, ".");
	for (int i = 0; i < n; i++) {
		if (i > 0 && i < whole && (whole - i) % 3 == 0)
			out[k++] = ',';
		out[k++] = digits[i];
	}
	out[k] = '\0';
	return out;
}

static void
report_row(const char *bench, const char *metric, const char *unit, const double v[3])
{
	char text[3][32];

	printf("| %s | %s (%s) | %s | %s | %s |\n", bench, metric, unit, grouped(v[0], text[0]),
	       grouped(v[1], text[1]), grouped(v[2], text[2]));
}

/* `v`: median, least, greatest. */
static void
report_values(const char *bench, const char *metric, const char *unit, const double v[3],
	      unsigned int runs)
{
	if (options.json)
		printf("{\"bench\":\"%s\",\"metric\":\"%s\",\"unit\":\"%s\",\"median\":%.6g,"
		       "\"min\":%.6g,\"max\":%.6g,\"runs\":%u}\n",
		       bench, metric, unit, v[0], v[1], v[2], runs);
	else if (options.markdown)
		report_row(bench, metric, unit, v);
	else
		printf("%-8s %-39s %12.*f %12.*f %12.*f  %-12s %4u\n", bench, metric,
		       decimals(v[0]), v[0], decimals(v[1]), v[1], decimals(v[2]), v[2], unit,
		       runs);
	fflush(stdout);
}

static void
least_and_greatest(const struct samples *s, double *least, double *greatest)
{
	*least = *greatest = s->value[0];
	for (unsigned int i = 1; i < s->count; i++) {
		*least = s->value[i] < *least ? s->value[i] : *least;
		*greatest = s->value[i] > *greatest ? s->value[i] : *greatest;
	}
}

void
report(const char *bench, const char *metric, const char *unit, const struct samples *s)
{
	double v[3] = { samples_median(s) };

	if (s->count == 0)
		return;
	least_and_greatest(s, &v[1], &v[2]);
	report_values(bench, metric, unit, v, s->count);
}

void
report_note(const char *bench, const char *metric, const char *text)
{
	if (options.json)
		printf("{\"bench\":\"%s\",\"metric\":\"%s\",\"note\":\"%s\"}\n", bench, metric,
		       text);
	else
		printf("%-8s %-39s %s\n", bench, metric, text);
	fflush(stdout);
}

void
report_rate(const char *bench, const char *metric, const char *unit, double each,
	    const struct samples *ns)
{
	struct samples rate = { .count = ns->count };

	for (unsigned int i = 0; i < ns->count; i++)
		rate.value[i] = each / ns->value[i];
	report(bench, metric, unit, &rate);
}

static void
report_machine(void)
{
	struct samples hz = { .value = { tsc_hz() }, .count = 1 };

	if (options.markdown)
		puts("| bench | metric | median | min | max |\n|---|---|---|---|---|");
	else if (!options.json)
		printf("%-8s %-39s %12s %12s %12s  %-12s %4s\n", "bench", "metric", "median", "min",
		       "max", "unit", "runs");
	report("machine", "tsc", "Hz", &hz);
}

/* ---- options ---- */

static uint32_t
number(const char *text, uint32_t min, uint32_t max, const char *what)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || v < min || v > max)
		bench_die("%s '%s': want a number from %u to %u", what, text, min, max);
	return (uint32_t)v;
}

static const char *const sets[] = { "mix", "stun", "edge", "all", NULL };
static const char *const peers[] = { "engine", "testpmd", "all", NULL };

static const char *
one_of(const char *const *names, const char *what)
{
	for (unsigned int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], optarg) == 0)
			return names[i];
	bench_die("%s '%s': want one of those that --help lists", what, optarg);
}

static const struct bench *
find_bench(const char *name)
{
	for (unsigned int i = 0; i < COUNT; i++)
		if (strcmp(benches[i]->name, name) == 0)
			return benches[i];
	bench_die("there is no benchmark '%s': see --list", name);
}

static int
list(void)
{
	for (unsigned int i = 0; i < COUNT; i++)
		printf("%-8s %s%s\n", benches[i]->name, benches[i]->text,
		       benches[i]->on_request ? " (on request)" : "");
	return EXIT_SUCCESS;
}

static int
run_bench(const struct bench *b, int status)
{
	int result = b->run(&options);

	return status == EXIT_SUCCESS ? result : status;
}

static const struct option longs[] = {
	{ "list", no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	{ "markdown", no_argument, NULL, 'm' },
	{ "help", no_argument, NULL, 'h' },
	{ "runs", required_argument, NULL, 'r' },
	{ "bindings", required_argument, NULL, 'b' },
	{ "corpus", required_argument, NULL, 'c' },
	{ "dataplane", required_argument, NULL, 'd' },
	{ "set", required_argument, NULL, 's' },
	{ "peer", required_argument, NULL, 'p' },
	{ NULL, 0, NULL, 0 },
};

/* Take one option. False when it is none of ours. */
static bool
take_option(int c)
{
	switch (c) {
	case 'j':
		options.json = true;
		return true;
	case 'm':
		options.markdown = true;
		return true;
	case 'r':
		options.runs = number(optarg, 1, BENCH_MAX_RUNS, "--runs");
		return true;
	case 'b':
		options.bindings = number(optarg, 1000, MAX_BINDINGS, "--bindings");
		return true;
	case 'c':
		options.corpus = optarg;
		return true;
	case 'd':
		options.dataplane = optarg;
		return true;
	case 's':
		options.set = one_of(sets, "--set");
		return true;
	case 'p':
		options.peer = one_of(peers, "--peer");
		return true;
	default:
		return false;
	}
}

int
main(int argc, char **argv)
{
	int c, status = EXIT_SUCCESS;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'l')
			return list();
		if (take_option(c))
			continue;
		fputs(usage, c == 'h' ? stdout : stderr);
		return c == 'h' ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	for (int i = optind; i < argc; i++)
		find_bench(argv[i]);
	report_machine();
	for (int i = optind; i < argc; i++)
		status = run_bench(find_bench(argv[i]), status);
	for (unsigned int i = 0; i < COUNT && optind == argc; i++)
		if (!benches[i]->on_request)
			status = run_bench(benches[i], status);
	return status;
}
