/* SPDX-License-Identifier: BSD-3-Clause */
#include "generator.h"

#include <sched.h>
#include <stdlib.h>

#include <rte_common.h>

#include "world.h"

enum {
	STEPS = 6,   /* of one bisection */
	SPRINTS = 5, /* of which the best is what passes flat out */
	WARM_RATE = 20000,
	WINDOW = 1 << 20, /* messages whose time of sending is remembered */
	MAX_LATENCIES = 1 << 21,
	THOROUGH = 64, /* every so many messages the checksum is looked at, too */
};

#define TRIAL_NS UINT64_C(200000000)
#define DRAIN_NS UINT64_C(50000000)
#define START_NS UINT64_C(8000000000)
#define CHANCES_NS UINT64_C(1000000000)
#define SLIP_NS UINT64_C(200000)

static struct {
	const struct generator_link *link;
	const struct frame_set *set;
	uint32_t serial;
	uint64_t *sent_ns; /* by serial number */
	uint32_t *latency; /* ns; kept when not NULL */
	unsigned int latencies;
	uint64_t checked;
} g;

void
generator_use(const struct generator_link *link, const struct frame_set *set)
{
	g.link = link;
	g.set = set;
	if (g.sent_ns == NULL)
		g.sent_ns = calloc(WINDOW, sizeof(*g.sent_ns));
	if (g.sent_ns == NULL)
		bench_die("no memory");
}

void
generator_close(void)
{
	free(g.sent_ns);
	g.sent_ns = NULL;
}

void
generator_take_core(unsigned int core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	sched_setaffinity(0, sizeof(set), &set);
	world_go_first();
}

static void
send_burst(unsigned int n, struct generator_trial *t)
{
	uint8_t *room[GENERATOR_BURST];
	uint16_t len[GENERATOR_BURST];
	uint64_t now = wall_ns();
	unsigned int taken;

	g.link->rooms(room, n);
	for (unsigned int i = 0; i < n; i++) {
		len[i] = frame_write(g.set, g.serial, room[i]);
		g.sent_ns[g.serial++ % WINDOW] = now;
	}
	taken = g.link->send(len, n);
	t->sent += taken;
	t->refused += n - taken;
}

static void
look_at(const struct generator_frame *f, uint64_t now, struct generator_trial *t)
{
	bool thorough = g.checked++ % THOROUGH == 0 && g.link->fills_checksums;
	uint32_t serial;
	const char *wrong = frame_check(g.set, f->bytes, f->len, thorough, &serial);

	/* the kernel has things to say on the link, too: no UDP of ours */
	if (wrong != NULL && serial == UINT32_MAX)
		return;
	if (wrong != NULL)
		bench_die("message %x: %s:\n%.*s", serial, wrong, f->len - FRAME_HEADERS,
			  (const char *)f->bytes + FRAME_HEADERS);
	t->received++;
	if (g.latency != NULL && g.latencies < MAX_LATENCIES)
		g.latency[g.latencies++] = (uint32_t)(now - g.sent_ns[serial % WINDOW]);
}

static unsigned int
receive_burst(struct generator_trial *t)
{
	struct generator_frame frame[GENERATOR_BURST];
	unsigned int n = g.link->receive(frame);
	uint64_t now = n > 0 ? wall_ns() : 0;

	for (unsigned int i = 0; i < n; i++)
		look_at(&frame[i], now, t);
	return n;
}

bool
generator_ask(uint32_t serial, struct generator_frame *answer)
{
	struct generator_frame frame[GENERATOR_BURST];
	struct generator_trial t = { 0 };
	uint64_t begin = wall_ns();
	uint32_t which;

	g.serial = serial;
	send_burst(1, &t);
	while (wall_ns() - begin < DRAIN_NS)
		for (unsigned int n = g.link->receive(frame), i = 0; i < n; i++) {
			*answer = frame[i];
			if (frame_check(g.set, frame[i].bytes, frame[i].len, false, &which) ==
				    NULL &&
			    which == serial)
				return true;
		}
	return false;
}

static void
drain(struct generator_trial *t)
{
	uint64_t last = wall_ns();

	while (wall_ns() - last < DRAIN_NS && t->received < t->sent)
		if (receive_burst(t) > 0)
			last = wall_ns();
}

/*
 * Send `rate` messages a second, until one is refused if there is no use for the rest. A generator
 * that was kept from its core does not catch up in one rush, which would be another test: its
 * timetable slips, and the rate is what was really sent.
 */
static struct generator_trial
run_trial(double rate, uint64_t length_ns, bool to_the_end)
{
	uint64_t begin = wall_ns(), end = begin + length_ns, now;
	double next = (double)begin, gap = 1e9 / rate;
	struct generator_trial t = { 0 };

	for (now = begin; now < end && (to_the_end || t.refused == 0); now = wall_ns()) {
		if (next < (double)now - (double)SLIP_NS)
			next = (double)now - (double)SLIP_NS;
		if (next <= (double)now) {
			unsigned int due = (unsigned int)(((double)now - next) / gap) + 1;

			due = RTE_MIN(due, (unsigned int)GENERATOR_BURST);
			send_burst(due, &t);
			next += due * gap;
		}
		receive_burst(&t);
	}
	t.ns = now - begin;
	drain(&t);
	return t;
}

/*
 * As fast as they come back: never more on their way than the link is to hold. What has not come
 * back for long is lost, and makes room.
 */
static struct generator_trial
run_flat_out(uint64_t length_ns)
{
	uint64_t begin = wall_ns(), last = begin, lost = 0, now;
	struct generator_trial t = { 0 };

	for (now = begin; now < begin + length_ns; now = wall_ns()) {
		if (t.sent - t.received - lost <= g.link->window - GENERATOR_BURST)
			send_burst(GENERATOR_BURST, &t);
		if (receive_burst(&t) > 0)
			last = now;
		if (now - last > DRAIN_NS) {
			lost = t.sent - t.received;
			last = now;
		}
	}
	t.in_time = t.received;
	t.ns = now - begin;
	drain(&t);
	return t;
}

static double
rate_of(const struct generator_trial *t)
{
	return (double)t->received * 1e9 / (double)t->ns;
}

static bool
without_loss(const struct generator_trial *t)
{
	return t->refused == 0 && t->received == t->sent;
}

/*
 * Nothing is lost at this rate. The machine is not ours alone: a loss gets another chance, for a
 * second. What counts is what was really sent, by a generator that was kept from its core, too.
 */
static bool
carries(double rate, double *best)
{
	for (uint64_t begin = wall_ns(); wall_ns() - begin < CHANCES_NS;) {
		struct generator_trial t = run_trial(rate, TRIAL_NS, false);

		if (!without_loss(&t))
			continue;
		*best = RTE_MAX(*best, rate_of(&t));
		return true;
	}
	return false;
}

/* The highest rate that is carried, near what went through flat out. */
static double
bisect(double flat_out)
{
	double low = 0, high = 1.1 * flat_out, best = 0, rate = flat_out;

	for (unsigned int i = 0; i < STEPS; i++) {
		if (carries(rate, &best))
			low = rate;
		else
			high = rate;
		rate = low > 0 ? (low + high) / 2 : 0.8 * high;
	}
	return best;
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
measure_latency(double rate, struct samples *p50, struct samples *p99)
{
	static uint32_t room[MAX_LATENCIES];

	g.latency = room;
	g.latencies = 0;
	run_trial(rate, TRIAL_NS, true);
	g.latency = NULL;
	if (g.latencies == 0)
		return;
	qsort(room, g.latencies, sizeof(room[0]), by_size);
	samples_add(p50, room[g.latencies / 2] / 1e3);
	samples_add(p99, room[(uint64_t)g.latencies * 99 / 100] / 1e3);
}

bool
generator_warm_up(void)
{
	uint64_t begin = wall_ns();
	struct generator_trial t;

	do {
		t = run_trial(WARM_RATE, TRIAL_NS / 2, true);
	} while (!without_loss(&t) && wall_ns() - begin < START_NS);
	return without_loss(&t);
}

uint64_t
generator_answers(uint64_t length_ns)
{
	return run_flat_out(length_ns).in_time;
}

/* What else the cores are wanted for can only make it slower. */
double
generator_flat_out(void)
{
	double best = 0;

	for (unsigned int i = 0; i < SPRINTS; i++) {
		struct generator_trial t = run_flat_out(TRIAL_NS);

		best = RTE_MAX(best, rate_of(&t));
	}
	return best;
}

void
generator_measure(struct generator_result *r)
{
	double flat_out = generator_flat_out(), best;

	samples_add(&r->flat_out, flat_out);
	best = bisect(flat_out);
	if (best == 0)
		return;
	samples_add(&r->lossless, best);
	measure_latency(best / 2, &r->p50, &r->p99);
}

static void
report_one(const char *bench, const char *prefix, const char *metric, const char *unit,
	   const struct samples *s)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", prefix, metric);
	report(bench, name, unit, s);
}

void
generator_report(const char *bench, const char *prefix, const struct generator_result *r)
{
	if (r->lossless.count < r->flat_out.count)
		fprintf(stderr,
			"viaduct-bench: %s %srate_without_loss: there was none in %u of %u runs: "
			"other processes want the cores\n",
			bench, prefix, r->flat_out.count - r->lossless.count, r->flat_out.count);
	report_one(bench, prefix, "rate_without_loss", "messages/s", &r->lossless);
	report_one(bench, prefix, "rate_flat_out", "messages/s", &r->flat_out);
	report_one(bench, prefix, "latency.p50", "us", &r->p50);
	report_one(bench, prefix, "latency.p99", "us", &r->p99);
}
