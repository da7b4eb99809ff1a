/* SPDX-License-Identifier: BSD-3-Clause */
/* Who met a limit of the guard of late: the lists of all workers in one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "process/clock.h"

enum { ROWS = STATS_WORKERS * LIMITED_ROWS };

/* One source by one limit, over all workers: its ports may have led it to several. */
static void
merge(struct limited_row *rows, unsigned int *count, const struct limited_row *row)
{
	for (unsigned int i = 0; i < *count; i++) {
		struct limited_row *have = &rows[i];

		if (have->by != row->by || !flow_ip_eq(&have->source, &row->source))
			continue;
		have->messages += row->messages;
		if (row->last_ms > have->last_ms)
			have->last_ms = row->last_ms;
		if (row->since_ms < have->since_ms)
			have->since_ms = row->since_ms;
		return;
	}
	memcpy(&rows[(*count)++], row, sizeof(*row));
}

/* Latest first. */
static int
compare(const void *a, const void *b)
{
	const struct limited_row *x = a, *y = b;

	return x->last_ms < y->last_ms ? 1 : x->last_ms > y->last_ms ? -1 : 0;
}

static void
print_row(const struct limited_row *row, uint64_t now, bool json)
{
	char ip[FLOW_IP_TEXT_MAX], source[FLOW_IP_TEXT_MAX + 4];
	uint64_t ago = now > row->last_ms ? now - row->last_ms : 0;

	snprintf(source, sizeof(source), "%.*s%s", SLICE_FMT(flow_ip_text(&row->source, ip)),
		 row->source.family == 6 ? "/64" : "");
	if (json)
		cli_print(json_pack("{s:s, s:s, s:I, s:I, s:I}", "source", source, "limit",
				    limited_name(row->by), "messages", (json_int_t)row->messages,
				    "since_ms", (json_int_t)(now - row->since_ms), "idle_ms",
				    (json_int_t)ago));
	else
		printf("%-45s %-16s %14llu %12llu s\n", source, limited_name(row->by),
		       (unsigned long long)row->messages, (unsigned long long)ago / 1000);
}

void
cli_show_guard(const struct stats_segment *s, bool json)
{
	struct limited_row *rows = calloc(ROWS, sizeof(*rows)), row;
	unsigned int count = 0;
	uint64_t now = clock_wall_ms();

	if (rows == NULL) {
		fprintf(stderr, "viaduct: no memory\n");
		exit(EXIT_FAILURE);
	}
	for (uint32_t w = 0; w < s->worker_count && w < STATS_WORKERS; w++)
		for (unsigned int i = 0; i < LIMITED_ROWS; i++)
			if (limited_get(&s->limited[w], i, &row))
				merge(rows, &count, &row);
	qsort(rows, count, sizeof(*rows), compare);
	if (!json && count == 0)
		printf("no source has met a limit\n");
	else if (!json)
		printf("%-45s %-16s %14s %14s\n", "source", "limit guard.*", "messages",
		       "last ago");
	for (unsigned int i = 0; i < count; i++)
		print_row(&rows[i], now, json);
	free(rows);
}
