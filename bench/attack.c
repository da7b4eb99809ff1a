/* SPDX-License-Identifier: BSD-3-Clause */
/* What the attacks of RFC 5393 come to, by what proxies are protected by. */
#include <inttypes.h>

#include "attack_scene.h"
#include "bench.h"
#include "sip/check.h"

/* Where there is no end, that many requests are enough to see it. */
enum { LIMIT = 20000, NO_LIMIT = 1000000, WITHOUT_END = 0 };

/* ---- one table: what multiplies, and what it is protected by ---- */

#define MUTUAL(by)                                                                                 \
	{                                                                                          \
		ATTACK_MUTUAL, ATTACK_BY_##by, ATTACK_BY_##by                                      \
	}
#define VICTIM(by)                                                                                 \
	{                                                                                          \
		ATTACK_MUTUAL, ATTACK_BY_##by, ATTACK_BY_##by, .victim = true                      \
	}
#define ACCOUNT(by)                                                                                \
	{                                                                                          \
		ATTACK_ACCOUNT, ATTACK_BY_##by                                                     \
	}
#define ALL(aors, by)                                                                              \
	{                                                                                          \
		ATTACK_ALL, ATTACK_BY_##by, 0, aors, 2                                             \
	}

struct row {
	struct attack_scene scene;
	uint32_t max_forwards;
	uint64_t want;       /* requests forwarded; WITHOUT_END: more than LIMIT */
	const char *derived; /* why */
};

/* clang-format off: one a line */
static const struct row rows[] = {
	{ MUTUAL(NOTHING), 10, 2046, "2^11 - 2" },
	{ MUTUAL(RFC3261), 10, 2046, "2^11 - 2" },
	{ MUTUAL(RFC3261_VIA), 10, 14, "14" },
	{ MUTUAL(LOOP), 10, 14, "14" },
	{ MUTUAL(BREADTH), 10, 2046, "2^11 - 2" },
	{ MUTUAL(BREADTH_440), 10, 118, "2 * 60 - 2" },
	{ MUTUAL(BOTH), 10, 14, "14" },
	{ MUTUAL(BOTH_440), 10, 14, "14" },
	{ MUTUAL(NOTHING), 70, WITHOUT_END, "2^71 - 2" },
	{ MUTUAL(LOOP), 70, 14, "14" },
	{ MUTUAL(BREADTH), 70, WITHOUT_END, "2^71 - 2" },
	{ MUTUAL(BREADTH_440), 70, 118, "2 * 60 - 2" },
	{ MUTUAL(BOTH), 70, 14, "14" },
	{ VICTIM(NOTHING), 10, 3069, "3 * (2^10 - 1)" },
	{ VICTIM(LOOP), 70, 21, "3 * 7" },
	{ VICTIM(BOTH), 70, 21, "3 * 7" },
	{ ACCOUNT(NOTHING), 70, WITHOUT_END, "2^71 - 2" },
	{ ACCOUNT(RFC3261), 70, WITHOUT_END, "2^71 - 2" },
	{ ACCOUNT(LOOP), 70, 10, "10" },
	{ ACCOUNT(BREADTH), 70, WITHOUT_END, "2^71 - 2" },
	{ ACCOUNT(BREADTH_440), 70, 118, "2 * 60 - 2" },
	{ ACCOUNT(BOTH), 70, 10, "10" },
	{ ACCOUNT(BOTH_440), 70, 10, "10" },
	{ ALL(6, NOTHING), 70, WITHOUT_END, "(6^71 - 6) / 5" },
	{ ALL(6, LOOP), 70, 1956, "R(6)" },
	{ ALL(6, BREADTH), 70, WITHOUT_END, "(6^71 - 6) / 5" },
	{ ALL(6, BREADTH_440), 70, 42, "6 + 6^2" },
	{ ALL(6, BOTH), 70, 1956, "R(6)" },
	{ ALL(6, BOTH_440), 70, 36, "6 + 5 * 6" },
	{ ALL(7, LOOP), 70, 13699, "R(7)" },
	{ ALL(7, BOTH), 70, 13699, "R(7)" },
	{ ALL(7, BOTH_440), 70, 49, "7 + 6 * 7" },
	{ ALL(8, LOOP), 70, 109600, "R(8)" },
	{ ALL(8, BOTH), 70, 109600, "R(8)" },
	{ ALL(10, BOTH_440), 70, 10, "10" },
};
/* clang-format on */

/* A world in which it has happened. The caller closes it. */
static struct attack_world *
happen(const struct attack_scene *scene, uint32_t max_forwards, uint64_t limit)
{
	struct attack_world *w = attack_scene_open(scene, ATTACK_EVEN);

	if (w == NULL ||
	    !attack_call(w, attack_scene_start(scene), max_forwards, SIP_NUMBER_ABSENT))
		bench_die("attack: no memory");
	attack_run(w, limit);
	if (attack_counts(w)->broken_sums > 0)
		bench_die("attack: more breadth out than came in");
	return w;
}

static const char *
topology_name(const struct attack_scene *scene, char name[32])
{
	if (scene->topology == ATTACK_MUTUAL)
		return scene->victim ? "two proxies, a victim" : "two proxies";
	if (scene->topology == ATTACK_ACCOUNT)
		return "one account";
	snprintf(name, 32, "%u AORs, each to all", scene->aors);
	return name;
}

/* A count, or that there is no end of it. */
static const char *
count_text(const struct attack_counts *n, uint64_t count, char text[32])
{
	snprintf(text, 32, "%s%" PRIu64, n->stopped ? "> " : "", count);
	return text;
}

static void
print_row_json(const struct row *row, const struct attack_world *w)
{
	const struct attack_counts *n = attack_counts(w);
	char name[32];

	printf("{\"bench\":\"attack\",\"topology\":\"%s\",\"protection\":\"%s\","
	       "\"max_forwards\":%u,\"ended\":%s,\"forwarded\":%" PRIu64 ",\"pending\":%" PRIu64
	       ",\"pending_at_one_depth\":%" PRIu64 ",\"482\":%" PRIu64 ",\"440\":%" PRIu64
	       ",\"483\":%" PRIu64 ",\"victim\":%" PRIu64 ",\"hops\":%" PRIu64
	       ",\"derived\":\"%s\"}\n",
	       topology_name(&row->scene, name), attack_protection_name(row->scene.p1),
	       row->max_forwards, n->stopped ? "false" : "true", n->forwarded, n->most_pending,
	       attack_most_at_one_depth(w), n->loops, n->too_broad, n->too_far,
	       attack_arrived(w, ATTACK_VICTIM), n->time, row->derived);
}

static void
print_row_text(const struct row *row, const struct attack_world *w, bool markdown)
{
	const struct attack_counts *n = attack_counts(w);
	char name[32], forwarded[32], pending[32], victim[32], hops[32];

	printf(markdown ? "| %s | %s | %u | %s | %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64
			  " | %" PRIu64 " | %s | %s | %s |\n"
			: "%-21s %-17s %3u %9s %9s %6" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64
			  " %6s %6s  %s\n",
	       topology_name(&row->scene, name), attack_protection_name(row->scene.p1),
	       row->max_forwards, count_text(n, n->forwarded, forwarded),
	       count_text(n, n->most_pending, pending), attack_most_at_one_depth(w), n->loops,
	       n->too_broad, n->too_far,
	       row->scene.victim ? count_text(n, attack_arrived(w, ATTACK_VICTIM), victim) : "",
	       n->stopped ? "" : count_text(n, n->time, hops), row->derived);
}

static void
print_heads(bool markdown)
{
	if (markdown)
		puts("\n| topology | protection | Max-Forwards | requests forwarded | most pending "
		     "at "
		     "once | of these at one depth | 482 | 440 | 483 | at the victim | hops of "
		     "time | "
		     "derived |\n|---|---|---|---|---|---|---|---|---|---|---|---|");
	else
		printf("\n%-21s %-17s %3s %9s %9s %6s %6s %6s %6s %6s %6s  %s\n", "topology",
		       "protection", "MF", "forwarded", "pending", "depth", "482", "440", "483",
		       "victim", "hops", "derived");
}

static void
run_rows(const struct bench_options *options)
{
	if (!options->json)
		print_heads(options->markdown);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		uint64_t limit = row->want == WITHOUT_END ? LIMIT : NO_LIMIT;
		struct attack_world *w = happen(&row->scene, row->max_forwards, limit);
		const struct attack_counts *n = attack_counts(w);

		if (options->json)
			print_row_json(row, w);
		else
			print_row_text(row, w, options->markdown);
		if (n->stopped != (row->want == WITHOUT_END) ||
		    (!n->stopped && n->forwarded != row->want))
			bench_die("attack: that should have been %" PRIu64, row->want);
		attack_close(w);
	}
}

/* ---- the other: a hop that changes what goes by it ---- */

static const struct {
	const char *name;
	unsigned int changes;
} changes[] = {
	{ "nothing", 0 },
	{ "From tag", ATTACK_FROM_TAG },
	{ "To tag", ATTACK_TO_TAG },
	{ "parameters of Via values", ATTACK_VIA_PARAMS },
	{ "order of Via values", ATTACK_VIA_ORDER },
	{ "method of CSeq", ATTACK_CSEQ_METHOD },
	{ "Proxy-Authorization", ATTACK_AUTHORIZATION },
	{ "Max-Forwards raised", ATTACK_MAX_FORWARDS },
	{ "Max-Breadth raised", ATTACK_MAX_BREADTH },
	{ "case of the host", ATTACK_URI_CASE },
	{ "escapes in the user", ATTACK_URI_ESCAPES },
	{ "headers in the URI", ATTACK_URI_HEADERS },
	{ "a URI parameter", ATTACK_URI_PARAM },
	{ "number of CSeq", ATTACK_CSEQ_NUMBER },
	{ "Call-ID", ATTACK_CALL_ID },
	{ "all of these", ATTACK_VIA_STRIP - 1 },
	{ "Via values removed", ATTACK_VIA_STRIP },
	{ "removed, Max-Breadth raised", ATTACK_VIA_STRIP | ATTACK_MAX_BREADTH },
};

static const enum attack_protection columns[] = {
	ATTACK_BY_NOTHING,     ATTACK_BY_RFC3261, ATTACK_BY_RFC3261_VIA, ATTACK_BY_LOOP,
	ATTACK_BY_BREADTH_440, ATTACK_BY_BOTH,    ATTACK_BY_BOTH_440,
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* Requests that the attacked proxy forwards; WITHOUT_END. */
static uint64_t
count_changed(enum attack_protection by, unsigned int changed)
{
	const struct attack_scene scene = { ATTACK_HOP, by, .changes = changed };
	struct attack_world *w = happen(&scene, 70, LIMIT);
	uint64_t forwarded = attack_counts(w)->stopped ? WITHOUT_END : attack_counts(w)->forwarded;

	attack_close(w);
	return forwarded;
}

static void
print_change_heads(bool markdown)
{
	printf(markdown ? "\n| changed |" : "\n%-27s", "changed");
	for (unsigned int i = 0; i < COLUMNS; i++)
		printf(markdown ? " %s |" : " %16s", attack_protection_name(columns[i]));
	puts("");
	for (unsigned int i = 0; markdown && i <= COLUMNS; i++)
		printf(i < COLUMNS ? "|---" : "|---|\n");
}

static void
print_change(const struct bench_options *options, const char *name, unsigned int changed)
{
	const char *format = options->json ? ",\"%s\":%s" : options->markdown ? " %s |" : " %16s";

	printf(options->json       ? "{\"bench\":\"attack\",\"changed\":\"%s\""
	       : options->markdown ? "| %s |"
				   : "%-27s",
	       name);
	for (unsigned int i = 0; i < COLUMNS; i++) {
		uint64_t forwarded = count_changed(columns[i], changed);
		char text[32];

		snprintf(text, sizeof(text), "%" PRIu64, forwarded);
		if (forwarded == WITHOUT_END)
			snprintf(text, sizeof(text), options->json ? "null" : "no end");
		if (options->json)
			printf(format, attack_protection_name(columns[i]), text);
		else
			printf(format, text);
	}
	puts(options->json ? "}" : "");
}

static int
run(const struct bench_options *options)
{
	run_rows(options);
	if (!options->json)
		print_change_heads(options->markdown);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		print_change(options, changes[i].name, changes[i].changes);
	return 0;
}

const struct bench attack_bench = {
	"attack",
	"amplification attacks of RFC 5393, simulated: what each protection leaves of them",
	true,
	run,
};
