/* SPDX-License-Identifier: BSD-3-Clause */
/* viaduct-phones: many SIP phones that register at once, and what becomes of them. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "phone_report.h"
#include "sip/host.h"

enum { TICK_MS = 10, ROW_MS = 100, MAX_PHONES = 10000000, SPARE_FILES = 64 };

struct options {
	struct phone_plan plan;
	const char *series;
	uint32_t seconds;
	bool stay;
};

static volatile sig_atomic_t told_to_end, told_to_begin;

static const char usage[] =
	"usage: viaduct-phones [OPTION]... PROXY ADDRESS...\n"
	"\n"
	"Phones on this machine, one UDP socket each, register with PROXY (address[:port]). They "
	"are\n"
	"spread evenly over the local ADDRESSes, from --port on. A wave ends when all of them have "
	"a\n"
	"200 or --seconds are over; its summary is one line of JSON. Exit status 0: none was "
	"lost.\n"
	"\n"
	"  --phones N        how many (default 1000)\n"
	"  --port N          first local port of each address (default 10000)\n"
	"  --domain NAME     register pN@NAME (default example.com)\n"
	"  --reg-id N        reg-id of the Contact (default 1)\n"
	"  --expires N       seconds (default 3600); nothing is refreshed before\n"
	"  --rate N          begin N registrations a second (default: all at once)\n"
	"  --seconds N       end a wave after N seconds (default 60)\n"
	"  --stay            go on after a wave; SIGUSR1 begins the next one, SIGTERM ends\n"
	"  --stun N          keep each flow alive by STUN at least every N seconds\n"
	"  --backoff SCALE   of the times of RFC 5626 4.5 (default 1.0)\n"
	"  --processes N     at least N (default: as few as the limit on open files allows)\n"
	"  --series FILE     a row of CSV every 100 ms\n";

__attribute__((noreturn, format(printf, 1, 2))) static void
die(const char *format, ...)
{
	va_list args;

	fputs("viaduct-phones: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
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
		die("%s '%s': want a number from %u to %u", what, text, min, max);
	return (uint32_t)v;
}

static double
scale(const char *text)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end != '\0' || !(v >= 0 && v <= 100))
		die("--backoff '%s': want a number from 0 to 100", text);
	return v;
}

static struct flow_address
address(const char *text, uint16_t port)
{
	struct slice host;
	struct flow_address a;
	uint16_t written = 0;

	if (!sip_hostport_decode(slice_str(text), &host, &written) || !flow_ip_decode(host, &a))
		die("'%s': want an address, as 192.0.2.1, [2001:db8::1] or 192.0.2.1:5060", text);
	a.port = written != 0 ? written : port;
	return a;
}

static void
take_option(struct options *o, int c)
{
	struct phone_plan *plan = &o->plan;

	switch (c) {
	case 'n':
		plan->phones = number(optarg, 1, MAX_PHONES, "--phones");
		break;
	case 'd':
		plan->run.domain = slice_str(optarg);
		break;
	case 'i':
		plan->run.reg_id = number(optarg, 1, INT32_MAX, "--reg-id");
		break;
	case 'e':
		plan->run.expires = number(optarg, 1, INT32_MAX, "--expires");
		break;
	case 'r':
		plan->rate = number(optarg, 1, 10000000, "--rate");
		break;
	case 's':
		o->seconds = number(optarg, 1, 86400, "--seconds");
		break;
	case 'k':
		plan->ping_ms = number(optarg, 1, 3600, "--stun") * 1000;
		break;
	case 'b':
		plan->backoff = scale(optarg);
		break;
	case 'w':
		plan->workers = number(optarg, 1, PHONE_MAX_WORKERS, "--processes");
		break;
	case 'f':
		o->series = optarg;
		break;
	case 'y':
		o->stay = true;
		break;
	default:
		fputs(usage, c == 'h' ? stdout : stderr);
		exit(c == 'h' ? EXIT_SUCCESS : 2);
	}
}

/** The local addresses; every phone needs a port of its own. */
static void
take_addresses(struct phone_plan *plan, char **text, int count, uint16_t port)
{
	if (count < 1 || count > PHONE_MAX_ADDRESSES)
		die("want PROXY and 1 to %d local addresses: see --help", PHONE_MAX_ADDRESSES);
	for (int i = 0; i < count; i++) {
		plan->address[i] = address(text[i], port);
		if (plan->address[i].family != plan->proxy.family)
			die("%s: not of the proxy's address family", text[i]);
	}
	plan->address_count = (uint32_t)count;
	for (int i = 0; i < count; i++)
		if ((plan->phones - 1) / plan->address_count + plan->address[i].port > UINT16_MAX)
			die("%u phones on %d addresses from port %u: too few ports; add addresses",
			    plan->phones, count, plan->address[i].port);
}

static void
parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "phones", required_argument, NULL, 'n' },
		{ "port", required_argument, NULL, 'p' },
		{ "domain", required_argument, NULL, 'd' },
		{ "reg-id", required_argument, NULL, 'i' },
		{ "expires", required_argument, NULL, 'e' },
		{ "rate", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 's' },
		{ "stay", no_argument, NULL, 'y' },
		{ "stun", required_argument, NULL, 'k' },
		{ "backoff", required_argument, NULL, 'b' },
		{ "processes", required_argument, NULL, 'w' },
		{ "series", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint16_t port = 10000;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (c == 'p')
			port = (uint16_t)number(optarg, 1, UINT16_MAX, "--port");
		else
			take_option(o, c);
	if (argc - optind < 2)
		die("want PROXY and local addresses: see --help");
	o->plan.proxy = address(argv[optind], 5060);
	take_addresses(&o->plan, argv + optind + 1, argc - optind - 1, port);
}

/* ---- workers ---- */

/** As few processes as the limit on open files allows, which is raised where that is permitted. */
static void
plan_workers(struct phone_plan *plan)
{
	struct rlimit limit;
	uint32_t fit, need;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		die("limit on open files: %s", strerror(errno));
	if (limit.rlim_max < plan->phones + SPARE_FILES) {
		struct rlimit more = { plan->phones + SPARE_FILES, plan->phones + SPARE_FILES };

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			limit = more;
	}
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_max <= SPARE_FILES || setrlimit(RLIMIT_NOFILE, &limit) != 0)
		die("limit on open files cannot be raised: try ulimit -n");
	fit = limit.rlim_max < MAX_PHONES ? (uint32_t)limit.rlim_max - SPARE_FILES : MAX_PHONES;
	need = (plan->phones + fit - 1) / fit;
	if (need > PHONE_MAX_WORKERS)
		die("%u phones with at most %u sockets each: raise the limit on open files",
		    plan->phones, fit);
	if (plan->workers < need)
		plan->workers = need;
	if (plan->workers > plan->phones)
		plan->workers = plan->phones;
}

/** The workers end with their parent, whatever ends it. */
static void
fork_workers(const struct phone_plan *plan, struct phone_shared *shared)
{
	pid_t parent = getpid();

	for (uint32_t i = 0; i < plan->workers; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork: %s", strerror(errno));
		if (pid > 0)
			continue;
		signal(SIGTERM, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		signal(SIGUSR1, SIG_IGN);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(getppid() == parent && phone_worker_run(plan, shared, i) ? 0 : 1);
	}
}

static bool
every(const struct phone_shared *shared, uint32_t workers, bool ready, uint32_t wave)
{
	for (uint32_t i = 0; i < workers; i++)
		if (ready ? shared->counts[i].ready == 0 : shared->counts[i].wave != wave)
			return false;
	return true;
}

/** True when a worker has ended; it has said why. */
static bool
one_has_ended(void)
{
	return waitpid(-1, NULL, WNOHANG) > 0;
}

static void
sleep_tick(void)
{
	usleep(TICK_MS * 1000);
}

/* ---- waves ---- */

static void
begin_wave(struct phone_report *r, struct phone_shared *shared, uint32_t workers)
{
	told_to_begin = 0;
	phone_totals_read(shared, workers, &r->now);
	phone_report_wave(r, phone_now_ms());
	atomic_fetch_add(&shared->wave, 1);
	while (!every(shared, workers, false, r->wave) && !one_has_ended())
		usleep(500);
}

/** Rows and shares until the wave is over. True when every phone is registered. */
static bool
follow_wave(const struct options *o, struct phone_report *r, const struct phone_shared *shared,
	    uint64_t *row_ms)
{
	uint64_t end_ms = r->wave_ms + (uint64_t)o->seconds * 1000;

	for (;;) {
		uint64_t now_ms;

		sleep_tick();
		now_ms = phone_now_ms();
		phone_totals_read(shared, o->plan.workers, &r->now);
		phone_report_look(r, now_ms);
		if (now_ms >= *row_ms) {
			phone_report_row(r, now_ms);
			*row_ms += ROW_MS;
		}
		if (r->now.registered == r->phones)
			return true;
		if (now_ms >= end_ms || told_to_end || told_to_begin)
			return false;
		if (one_has_ended())
			die("a worker has ended");
	}
}

/** Keep on writing rows until there is something to do. */
static void
stay(const struct options *o, struct phone_report *r, const struct phone_shared *shared,
     uint64_t *row_ms)
{
	while (!told_to_end && !told_to_begin) {
		sleep_tick();
		if (phone_now_ms() < *row_ms)
			continue;
		phone_totals_read(shared, o->plan.workers, &r->now);
		phone_report_row(r, phone_now_ms());
		*row_ms += ROW_MS;
	}
}

static bool
run_waves(const struct options *o, struct phone_report *r, struct phone_shared *shared)
{
	uint64_t row_ms = phone_now_ms() + ROW_MS;
	bool all;

	do {
		begin_wave(r, shared, o->plan.workers);
		all = follow_wave(o, r, shared, &row_ms);
		phone_report_summary(r, phone_now_ms(), stdout);
		if (o->stay)
			stay(o, r, shared, &row_ms);
	} while (told_to_begin && !told_to_end);
	phone_report_row(r, phone_now_ms());
	return all;
}

static void
on_signal(int number)
{
	if (number == SIGUSR1)
		told_to_begin = 1;
	else
		told_to_end = 1;
}

static FILE *
open_series(const char *path)
{
	FILE *f = path != NULL ? fopen(path, "w") : NULL;

	if (path != NULL && f == NULL)
		die("%s: %s", path, strerror(errno));
	if (f != NULL)
		phone_report_head(f);
	return f;
}

int
main(int argc, char **argv)
{
	struct options o = {
		.seconds = 60,
		.plan = { .run = { .domain = SLICE("example.com"), .expires = 3600, .reg_id = 1 },
			  .phones = 1000,
			  .backoff = 1.0 }
	};
	struct phone_shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char proxy[FLOW_ADDRESS_TEXT_MAX];
	struct phone_report report = { 0 };
	bool all;

	if (shared == MAP_FAILED || getrandom(&o.plan.run.id, sizeof(o.plan.run.id), 0) < 0)
		die("%s", strerror(errno));
	parse(&o, argc, argv);
	o.plan.run.proxy = flow_address_text(&o.plan.proxy, proxy);
	plan_workers(&o.plan);
	report.phones = o.plan.phones;
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGUSR1, on_signal);
	fork_workers(&o.plan, shared);
	while (!told_to_end && !every(shared, o.plan.workers, true, 0)) {
		if (one_has_ended())
			die("a worker has ended");
		sleep_tick();
	}
	report.series = open_series(o.series);
	all = run_waves(&o, &report, shared);
	shared->stop = 1;
	while (wait(NULL) > 0 || errno == EINTR)
		;
	if (report.series != NULL && fclose(report.series) != 0)
		die("%s: %s", o.series, strerror(errno));
	return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
