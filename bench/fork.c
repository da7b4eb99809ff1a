/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls through the whole graph with state, to users with one contact and with four. */
#include <unistd.h>

#include "bench.h"
#include "fork_engine.h"

enum {
	ROUNDS = 400,   /* of one run */
	FORKED = 65536, /* users with several contacts, at most */
	WARM = 16384,   /* calls before all others */
	GROUP = 8192,   /* calls that begin, or end, together: in less than T1 */
	HELD_RUNS = 3,  /* at most */
};

/* Longer than timers D, L and M. */
#define STEADY_NS UINT64_C(34000000000)

/* ---- calls one step after the other ---- */

/* One step of all calls. */
static uint64_t
run_step(struct calls *c, enum call_step step, uint32_t count)
{
	unsigned int each = FORK_ROUND / calls_expected(c, CALL_INVITE);
	uint64_t ns = 0;

	while (count > 0) {
		struct fork_plan p = { .of = { 0 } };

		p.of[step] = RTE_MIN(count, each);
		count -= p.of[step];
		ns += fork_run_round(c, &p);
	}
	return ns;
}

/* Octets of its own that this process has in memory; the shared tables are not. */
static double
resident(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long all, pages, shared;

	if (file == NULL || fscanf(file, "%lu %lu %lu", &all, &pages, &shared) != 3)
		pages = shared = 0;
	if (file != NULL)
		fclose(file);
	return (double)(pages - shared) * (double)sysconf(_SC_PAGESIZE);
}

/* What is measured of calls that are all in the same state. */
struct held {
	const char *name;
	struct calls_options options;
	struct samples step[CALL_STEPS], timer, text, rss, begin, end;
};

static const enum call_step beginning[] = { CALL_INVITE, CALL_TRYING, CALL_RINGING };
static const enum call_step ending[] = { CALL_OK,  CALL_CANCEL_OK, CALL_TERMINATED,
					 CALL_ACK, CALL_BYE,       CALL_BYE_OK };

/* Messages of these steps, and how long they took. */
struct sums {
	uint64_t ns[CALL_STEPS], count[CALL_STEPS];
};

static void
run_steps(struct calls *c, const enum call_step *step, unsigned int steps, struct sums *sums)
{
	for (unsigned int i = 0; i < steps; i++) {
		uint32_t due = calls_due(c, step[i]);

		/* what a group of calls has; all of what such a group has led to */
		if (step[i] == CALL_INVITE || step[i] == CALL_OK)
			due = RTE_MIN(due, (uint32_t)GROUP);
		sums->ns[step[i]] += run_step(c, step[i], due);
		sums->count[step[i]] += due;
	}
}

static double
rate(const struct sums *sums, const enum call_step *step, unsigned int steps, uint64_t ns)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < steps; i++) {
		ns += sums->ns[step[i]];
		count += sums->count[step[i]];
	}
	return (double)count * 1e9 / (double)ns;
}

static void
hold(struct held *h, double rss)
{
	const struct transactions *ts = fork_transactions();
	double calls = h->options.capacity;

	if (ts->live != h->options.capacity)
		bench_die("fork: %u transactions, not %u", ts->live, h->options.capacity);
	samples_add(&h->text, (double)text_store_used(&ts->text) / calls);
	/* the memory of those that warmed up is used again */
	if (rss > 0 && h->options.capacity > WARM)
		samples_add(&h->rss, (resident() - rss) / (calls - WARM));
}

static void
add_held(struct held *h, const struct sums *sums, uint64_t ns, uint64_t timers)
{
	for (unsigned int i = 0; i < CALL_STEPS; i++)
		if (sums->count[i] > 0)
			samples_add(&h->step[i], (double)sums->ns[i] / (double)sums->count[i]);
	samples_add(&h->timer, (double)ns / (double)timers);
	samples_add(&h->begin, rate(sums, beginning, RTE_DIM(beginning), 0));
	samples_add(&h->end, rate(sums, ending, RTE_DIM(ending), ns));
}

static void
run_held(struct held *h, bool measures_rss)
{
	struct sums sums = { { 0 }, { 0 } };
	uint64_t ns, timers;
	struct calls c;
	double rss;

	calls_open(&c, &h->options, fork_engine.mac.addr_bytes);
	rss = measures_rss ? resident() : 0;
	while (sums.count[CALL_INVITE] < h->options.capacity)
		run_steps(&c, beginning, RTE_DIM(beginning), &sums);
	hold(h, rss);
	while (calls_due(&c, CALL_OK) > 0)
		run_steps(&c, ending, RTE_DIM(ending), &sums);
	ns = fork_run_out(&c, &timers);
	add_held(h, &sums, ns, timers);
	calls_close(&c);
}

static void
report_held(const struct held *h)
{
	char name[48];

	for (unsigned int step = 0; step < CALL_STEPS; step++) {
		snprintf(name, sizeof(name), "%s.step.%s", h->name, call_step_name[step]);
		report("fork", name, "ns", &h->step[step]);
	}
	snprintf(name, sizeof(name), "%s.step.timer", h->name);
	report("fork", name, "ns", &h->timer);
	snprintf(name, sizeof(name), "%s.begin", h->name);
	report("fork", name, "messages/s", &h->begin);
	snprintf(name, sizeof(name), "%s.end", h->name);
	report("fork", name, "messages/s", &h->end);
	snprintf(name, sizeof(name), "%s.text_store", h->name);
	report("fork", name, "octets", &h->text);
	snprintf(name, sizeof(name), "%s.resident", h->name);
	report("fork", name, "octets", &h->rss);
}

/* ---- calls in all states at once ---- */

/* So many ring, and as many talk. */
struct steady {
	const char *name;
	struct calls_options options;
	uint32_t lasting;
	struct samples ns, in, out, live, late;
	struct samples node[RING_GRAPH_NODES];
};

static unsigned int
excess(uint32_t due, uint32_t wanted, unsigned int each)
{
	return due > wanted ? RTE_MIN(due - wanted, 2 * each + 16) : 0;
}

/* A round with this many new calls; those that ring and talk beyond `lasting` end. */
static uint64_t
run_mixed(struct calls *c, unsigned int each, uint32_t lasting, uint64_t *in, uint64_t *out)
{
	struct fork_plan p = { .of = {
				       [CALL_INVITE] = each,
				       [CALL_TRYING] = calls_due(c, CALL_TRYING),
				       [CALL_RINGING] = calls_due(c, CALL_RINGING) -
							calls_due(c, CALL_TRYING),
				       [CALL_OK] = excess(calls_due(c, CALL_OK), lasting, each),
				       [CALL_CANCEL_OK] = calls_due(c, CALL_CANCEL_OK),
				       [CALL_TERMINATED] = calls_due(c, CALL_TERMINATED),
				       [CALL_ACK] = calls_due(c, CALL_ACK),
				       [CALL_BYE] = excess(calls_due(c, CALL_BYE), lasting, each),
				       [CALL_BYE_OK] = calls_due(c, CALL_BYE_OK),
			       } };

	for (unsigned int step = 0; step < CALL_STEPS; step++) {
		*in += p.of[step];
		*out += p.of[step] * calls_expected(c, (enum call_step)step);
	}
	return fork_run_round(c, &p);
}

/* By how much the timers are behind. */
static double
late_ms(const struct transactions *ts)
{
	uint32_t now = wheel_tick(fork_engine.core.worker->time_ms);
	uint32_t client = now - ts->client_wheel.now, server = now - ts->server_wheel.now;

	return (double)RTE_MAX(client, server) * WHEEL_TICK_MS;
}

static void
run_trial(struct steady *s, struct calls *c)
{
	const struct transactions *ts = fork_transactions();
	uint64_t ns = 0, in = 0, out = 0;

	ring_graph_forget(&fork_engine.core);
	fork_engine.undisturbed = 0;
	for (unsigned int i = 0; i < ROUNDS; i++)
		ns += run_mixed(c, FORK_ROUND / calls_messages(c), s->lasting, &in, &out);
	samples_add(&s->ns, (double)ns / (double)in);
	samples_add(&s->in, (double)in * 1e9 / (double)ns);
	samples_add(&s->out, (double)out * 1e9 / (double)ns);
	samples_add(&s->live, ts->live);
	samples_add(&s->late, late_ms(ts));
	for (unsigned int i = 0; i < fork_engine.core.node_count; i++)
		if (fork_engine.undisturbed > 0)
			samples_add(&s->node[i], (double)fork_engine.core.node[i].run_cycles /
							 (double)fork_engine.undisturbed);
}

static bool
is_playing(const struct calls *c)
{
	for (unsigned int step = CALL_INVITE + 1; step < CALL_STEPS; step++)
		if (calls_due(c, (enum call_step)step) > 0)
			return true;
	return false;
}

static void
run_steady(struct steady *s, unsigned int runs)
{
	uint64_t end = fork_engine.clock_ns + STEADY_NS, in = 0, out = 0, timers;
	struct calls c;

	calls_open(&c, &s->options, fork_engine.mac.addr_bytes);
	while (fork_engine.clock_ns < end)
		run_mixed(&c, FORK_ROUND / calls_messages(&c), s->lasting, &in, &out);
	for (unsigned int i = 0; i < runs; i++)
		run_trial(s, &c);
	while (is_playing(&c))
		run_mixed(&c, 0, 0, &in, &out);
	fork_run_out(&c, &timers);
	calls_close(&c);
}

static void
report_steady(const struct steady *s)
{
	static const struct {
		const char *name, *unit;
		size_t at;
	} rows[] = {
		{ "per_message", "ns", offsetof(struct steady, ns) },
		{ "in", "messages/s", offsetof(struct steady, in) },
		{ "out", "messages/s", offsetof(struct steady, out) },
		{ "live", "transactions", offsetof(struct steady, live) },
		{ "late", "ms", offsetof(struct steady, late) },
	};
	char name[RTE_NODE_NAMESIZE + 48];

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		snprintf(name, sizeof(name), "%s.%s", s->name, rows[i].name);
		report("fork", name, rows[i].unit,
		       (const struct samples *)(const void *)((const char *)s + rows[i].at));
	}
	for (unsigned int i = 0; i < fork_engine.core.node_count; i++) {
		if (s->node[i].count == 0 || samples_median(&s->node[i]) < 1)
			continue;
		snprintf(name, sizeof(name), "%s.node.%s", s->name, fork_engine.core.node[i].name);
		report("fork", name, "cycles", &s->node[i]);
	}
}

/* ---- */

/* Buffers and tables that are used for the first time are in memory then. */
static void
warm_up(uint32_t bindings)
{
	struct held warm = { .options = { .branches = 1, .users = bindings, .capacity = WARM } };

	fork_engine.stopped = true;
	run_held(&warm, false);
	fork_engine.stopped = false;
}

static struct held held_one = { .name = "held" }, held_four = { .name = "held.fork4" };
static struct steady one = { .name = "calls" }, dialogs = { .name = "calls.bye" },
		     four = { .name = "calls.fork4" };

static void
prepare(uint32_t bindings, uint32_t forked)
{
	const struct calls_options to_one = { .branches = 1, .users = bindings };
	const struct calls_options to_four = { .branches = FORK_CONTACTS,
					       .first_user = bindings,
					       .users = forked };

	held_one.options = to_one;
	held_one.options.capacity = RTE_ALIGN_CEIL(bindings, (uint32_t)GROUP);
	held_four.options = to_four;
	held_four.options.capacity = RTE_ALIGN_CEIL(bindings / 4, (uint32_t)GROUP);
	one.options = dialogs.options = to_one;
	dialogs.options.dialogs = dialogs.options.hangs_up = true;
	four.options = to_four;
	one.lasting = dialogs.lasting = bindings / 10;
	four.lasting = bindings / 40;
	one.options.capacity = bindings / 10 + 16 * FORK_ROUND;
	dialogs.options.capacity = bindings / 5 + 16 * FORK_ROUND;
	four.options.capacity = bindings / 40 + 16 * FORK_ROUND;
}

static void
report_sizes(void)
{
	const struct {
		const char *name;
		double octets;
	} rows[] = {
		{ "size.transaction", sizeof(struct transaction) },
		{ "size.branch", sizeof(struct client) },
		{ "size.timer", sizeof(struct wheel_link) },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct samples s = { .value = { rows[i].octets }, .count = 1 };

		report("fork", rows[i].name, "octets", &s);
	}
}

static int
run(const struct bench_options *options)
{
	uint32_t forked = RTE_MIN(options->bindings / 4, (uint32_t)FORKED);

	if (geteuid() != 0) {
		fputs("viaduct-bench: fork: needs root: the engine opens raw sockets\n", stderr);
		return BENCH_SKIPPED;
	}
	prepare(options->bindings, forked);
	fork_engine_open(options->bindings, forked);
	warm_up(options->bindings);
	report_sizes();
	for (unsigned int i = 0; i < RTE_MIN(options->runs, (unsigned int)HELD_RUNS); i++) {
		run_held(&held_one, i == 0);
		run_held(&held_four, false);
	}
	report_held(&held_one);
	report_held(&held_four);
	run_steady(&one, options->runs);
	report_steady(&one);
	run_steady(&four, options->runs);
	report_steady(&four);
	run_steady(&dialogs, options->runs);
	report_steady(&dialogs);
	return 0;
}

const struct bench fork_bench = {
	"fork",
	"calls through the whole graph with a transaction each, to one contact and to four",
	true,
	run,
};
