/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Our parser side by side with those of other SIP libraries: the same messages, the same fields
 * read of each, in turns, so that what else this machine does meets all of them.
 */
#include <stdarg.h>

#include "bench.h"
#include "parsers.h"
#include "sets.h"
#include "sip/isa.h"

enum { EACH = 64, MIXED_KINDS = 4 };

/** Octets of the messages in the set "invite800". */
enum { INVITE_MIN = 790, INVITE_MAX = 810 };

enum { SET_INVITE800, SET_MIXED, SET_REAL, SETS_FOR_ALL, SETS = SETS_FOR_ALL + MIXED_KINDS };

enum { ROWS_MAX = 24, LOOPS_MAX = ROWS_MAX * SETS, METRIC_MAX = 64 };

/* A line of the table: a parser and what it is given. */
struct row {
	const struct parser *parser;
	const char *name;
	void *state;
	bool peer;
};

/* Those of ours come first, as in enum our_parser. */
static struct row row[ROWS_MAX];
static unsigned int rows;

static struct message_set set[SETS] = {
	[SET_INVITE800] = { .name = "invite800" },
	[SET_MIXED] = { .name = "mixed" },
	[SET_REAL] = { .name = "real" },
};

static const enum sample_kind mixed_kinds[MIXED_KINDS] = {
	SAMPLE_INVITE,
	SAMPLE_RESPONSE,
	SAMPLE_DIALOG,
	SAMPLE_REGISTER,
};

/* One row going through one set. */
struct job {
	const struct row *row;
	const struct message_set *set;
};

/* Somebody looks at the fields. */
static volatile uint64_t sink;

/* ---- rows ---- */

static void
add_row(struct row r)
{
	if (r.parser->open != NULL && (r.state = r.parser->open()) == NULL)
		bench_die("parse: %s does not start", r.name);
	row[rows++] = r;
}

/* `index` and `proxy_fields` by the reader of one instruction set. */
static void
add_isa_rows(const struct sip_isa *isa)
{
	static char name[ROWS_MAX][METRIC_MAX];

	for (unsigned int i = 0; i < 2; i++) {
		const struct parser *p = &isa_parsers[i];

		snprintf(name[rows], sizeof(name[0]), "%s.%s", p->name, isa->name);
		add_row((struct row){ .parser = p, .name = name[rows], .state = (void *)isa });
	}
}

static void
add_rows(void)
{
	for (unsigned int i = 0; i < PARSERS_OURS; i++)
		add_row((struct row){ .parser = &our_parsers[i], .name = our_parsers[i].name });
	for (unsigned int i = 0; sip_isa_get(i) != NULL; i++)
		add_isa_rows(sip_isa_get(i));
	for (unsigned int i = 0; i < PARSERS_PEERS; i++) {
		const char *name = parser_peers[i].name, *why = NULL;
		const struct parser *peer = parser_load(&parser_peers[i], &why);

		if (peer != NULL)
			add_row((struct row){ .parser = peer, .name = name, .peer = true });
		else
			report_note("parse", name, why);
	}
}

/* ---- messages ---- */

/* False when there are only generated ones. */
static bool
fill_sets(const char *corpus)
{
	char folder[512];

	set_add_sized(&set[SET_INVITE800], SAMPLE_PROXIED, EACH, INVITE_MIN, INVITE_MAX);
	for (unsigned int k = 0; k < MIXED_KINDS; k++) {
		set[SETS_FOR_ALL + k].name = sample_kind_name(mixed_kinds[k]);
		set_add_kind(&set[SETS_FOR_ALL + k], mixed_kinds[k], EACH);
		set_add_kind(&set[SET_MIXED], mixed_kinds[k], EACH);
	}
	snprintf(folder, sizeof(folder), "%s/real", corpus);
	return set_add_folder(&set[SET_REAL], folder);
}

/* Both parsers mean the same octets, as far as both show them: up to the first that ends a word. */
static bool
same_word(const char *a, const char *b)
{
	static const char ends[] = " \t\r\n;,:@?&=<>/";

	if (a == NULL || b == NULL)
		return a == b;
	a += *a == '[';
	b += *b == '[';
	while (*a == *b && *a != '\0' && strchr(ends, *a) == NULL)
		a++, b++;
	return strchr(ends, *a) != NULL && strchr(ends, *b) != NULL;
}

/* Without Content-Length a parser may say how long the body is (RFC 3261 §18.3). */
static bool
filled_in(unsigned int number, const struct parser_fields *want)
{
	return number == PARSER_CONTENT_LENGTH && want->number[number] == PARSER_ABSENT;
}

static void
compare(const struct row *r, const char *title, const struct parser_fields *fields,
	const struct parser_fields *want)
{
	for (unsigned int i = 0; i < PARSER_TEXTS; i++)
		if (!same_word(fields->text[i], want->text[i]))
			bench_die("parse: %s reads text %u of %s otherwise", r->name, i, title);
	for (unsigned int i = 0; i < PARSER_NUMBERS; i++)
		if (fields->number[i] != want->number[i] && !filled_in(i, want))
			bench_die("parse: %s reads number %u of %s as %u, not %u", r->name, i,
				  title, fields->number[i], want->number[i]);
}

/* Whether a row takes message `i`, and what it reads. With `want`, that must be the same. */
static bool
takes(const struct row *r, const struct message_set *s, unsigned int i,
      struct parser_fields *fields, const struct parser_fields *want)
{
	const struct message *m = &s->message[i];
	bool good = r->parser->parse(r->state, m->octets, m->len, fields);

	if (good && want != NULL)
		compare(r, m->title, fields, want);
	if (r->parser->done != NULL)
		r->parser->done(r->state);
	return good;
}

/* A metric of a set; `format` makes what stands behind the set's name. */
static void __attribute__((format(printf, 4, 5)))
tell(const struct message_set *s, const char *unit, const struct samples *samples,
     const char *format, ...)
{
	char metric[METRIC_MAX];
	va_list args;
	int n = snprintf(metric, sizeof(metric), "%s.", s->name);

	va_start(args, format);
	vsnprintf(metric + n, sizeof(metric) - (size_t)n, format, args);
	va_end(args);
	report("parse", metric, unit, samples);
}

/* What is not measured, but counted. */
#define tell_one(s, unit, number, ...)                                                             \
	tell(s, unit, &(struct samples){ .value = { number }, .count = 1 }, __VA_ARGS__)

/* All parsers get the same messages: those that none of them refuses. */
static void
agree(struct message_set *s)
{
	unsigned int refused[ROWS_MAX] = { 0 }, all = s->count;

	for (unsigned int i = s->count; i-- > 0;) {
		struct parser_fields want = { 0 };
		bool known = takes(&row[PARSER_LAZY_FIELDS], s, i, &want, NULL);
		bool left_out = false;

		for (unsigned int r = 0; r < rows; r++) {
			struct parser_fields fields = { 0 };

			if (!takes(&row[r], s, i, &fields, known && row[r].peer ? &want : NULL)) {
				left_out = true;
				refused[r]++;
			}
		}
		if (left_out)
			set_remove(s, i);
	}
	tell_one(s, "messages", s->count, "messages");
	tell_one(s, "messages", all - s->count, "left_out");
	for (unsigned int r = 0; r < rows; r++)
		if (refused[r] > 0)
			tell_one(s, "messages", refused[r], "refused.%s", row[r].name);
	tell_one(s, "octets", set_octets(s), "size");
}

/* ---- measuring ---- */

static uint64_t
sum(const struct parser_fields *f)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < PARSER_TEXTS; i++)
		sum += f->text[i] != NULL ? (uint8_t)*f->text[i] : 0;
	for (unsigned int i = 0; i < PARSER_NUMBERS; i++)
		sum += f->number[i];
	return sum;
}

static void
pass(void *state)
{
	const struct job *job = state;
	const struct parser *parser = job->row->parser;
	const struct message_set *s = job->set;
	struct parser_fields fields;
	uint64_t total = 0;

	for (const struct message *m = s->message; m < s->message + s->count; m++) {
		if (parser->reads)
			memset(&fields, 0, sizeof(fields));
		if (!parser->parse(job->row->state, m->octets, m->len, &fields))
			bench_die("parse: %s refuses %s", parser->name, m->title);
		if (parser->reads)
			total += sum(&fields);
		if (parser->done != NULL)
			parser->done(job->row->state);
	}
	sink += total;
}

/* Every row with the sets for all; with single kinds, two of ours. */
static bool
is_wanted(unsigned int set_number, unsigned int row_number)
{
	return set[set_number].count > 0 &&
	       (set_number < SETS_FOR_ALL || row_number == PARSER_INDEX ||
		row_number == PARSER_PROXY_FIELDS);
}

/* How many times as long as another row with the same messages, run by run. */
static void
tell_ratio(const struct job *job, const struct loop *loop, const struct loop *other)
{
	const struct job *of = other->state;
	struct samples ratio = { .count = loop->ns.count };

	for (unsigned int i = 0; i < ratio.count; i++)
		ratio.value[i] = loop->ns.value[i] / other->ns.value[i];
	tell(job->set, "times", &ratio, "%s.vs_%s", job->row->name, of->row->name);
}

/* `first` is the set's first loop: those of ours come first, in their order. */
static void
tell_loop(const struct loop *loop, const struct loop *first)
{
	const struct job *job = loop->state;
	struct samples density = { .count = loop->ns.count };

	for (unsigned int i = 0; i < density.count; i++)
		density.value[i] = set_octets(job->set) / (loop->ns.value[i] * tsc_hz() / 1e9);
	tell(job->set, "ns", &loop->ns, "%s", job->row->name);
	if (job->set >= &set[SETS_FOR_ALL])
		return;
	tell(job->set, "octets/cycle", &density, "%s.octets_per_cycle", job->row->name);
	if (job->row != &row[PARSER_MEMCHR])
		tell_ratio(job, loop, &first[PARSER_MEMCHR]);
	if (!job->row->peer)
		return;
	tell_ratio(job, loop, &first[PARSER_PROXY_FIELDS]);
	tell_ratio(job, loop, &first[PARSER_LAZY_FIELDS]);
}

static void
measure(unsigned int runs)
{
	static struct loop loops[LOOPS_MAX];
	static struct job jobs[LOOPS_MAX];
	unsigned int count = 0, first = 0;

	for (unsigned int s = 0; s < SETS; s++)
		for (unsigned int r = 0; r < rows; r++) {
			if (!is_wanted(s, r))
				continue;
			jobs[count] = (struct job){ &row[r], &set[s] };
			loops[count] = (struct loop){ .pass = pass,
						      .state = &jobs[count],
						      .items = set[s].count };
			count++;
		}
	loops_measure(loops, count, runs);
	for (unsigned int i = 0; i < count; i++) {
		if (jobs[i].set != jobs[first].set)
			first = i;
		tell_loop(&loops[i], &loops[first]);
	}
}

static int
run(const struct bench_options *options)
{
	add_rows();
	if (!fill_sets(options->corpus))
		report_note("parse", "real", "no messages: see --corpus");
	for (unsigned int s = 0; s < SETS_FOR_ALL; s++)
		if (set[s].count > 0)
			agree(&set[s]);
	for (unsigned int s = 0; s < SETS; s++)
		set_shuffle(&set[s]);
	measure(options->runs);
	return 0;
}

const struct bench parse_bench = {
	"parse",
	"header index and the fields that routing needs, beside the parsers of other libraries",
	false,
	run,
};
