/* SPDX-License-Identifier: BSD-3-Clause */
/* How many transactions there are, by worker and by state. */
#include <stdio.h>

#include "cli/transactions.h"

/* What a line of the table has, of one worker or of all. */
struct gauges {
	unsigned long long live, peak, max, branches, branches_peak, branches_max, text_used,
		text_size, timers, oldest_s;
	unsigned long long server[TRANSACTIONS_SERVER_COUNT], client[TRANSACTIONS_CLIENT_COUNT];
};

static void
add(struct gauges *sum, const struct transactions_gauges *g)
{
	sum->live += g->live;
	sum->peak += g->peak;
	sum->max += g->max;
	sum->branches += g->branches;
	sum->branches_peak += g->branches_peak;
	sum->branches_max += g->branches_max;
	sum->text_used += g->text_used;
	sum->text_size += g->text_size;
	sum->timers += g->timers;
	if (g->oldest_s > sum->oldest_s)
		sum->oldest_s = g->oldest_s;
	for (unsigned int i = 0; i < TRANSACTIONS_SERVER_COUNT; i++)
		sum->server[i] += g->server[i];
	for (unsigned int i = 0; i < TRANSACTIONS_CLIENT_COUNT; i++)
		sum->client[i] += g->client[i];
}

static void
print_line(const char *who, const struct gauges *g)
{
	printf("%-6s %9llu %9llu %9llu  %9llu %9llu %9llu  %8.2f of %6.0f MiB  %9llu %6llu s\n",
	       who, g->live, g->peak, g->max, g->branches, g->branches_peak, g->branches_max,
	       (double)g->text_used / (1 << 20), (double)g->text_size / (1 << 20), g->timers,
	       g->oldest_s);
}

static void
print_states(const char *what, const unsigned long long *count, unsigned int states,
	     const char *(*name)(unsigned int state))
{
	printf("%s:", what);
	for (unsigned int i = 0; i < states; i++)
		printf("%s %llu %s", i > 0 ? "," : "", count[i], name(i));
	printf("\n");
}

static json_t *
states_json(const unsigned long long *count, unsigned int states,
	    const char *(*name)(unsigned int state))
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < states; i++)
		json_object_set_new(object, name(i), json_integer((json_int_t)count[i]));
	return object;
}

static json_t *
gauges_json(const struct gauges *g)
{
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "live",
		(json_int_t)g->live, "peak", (json_int_t)g->peak, "limit", (json_int_t)g->max,
		"branches", (json_int_t)g->branches, "branches_peak", (json_int_t)g->branches_peak,
		"branches_limit", (json_int_t)g->branches_max, "octets", (json_int_t)g->text_used,
		"octets_limit", (json_int_t)g->text_size, "timers", (json_int_t)g->timers,
		"oldest_s", (json_int_t)g->oldest_s, "server",
		states_json(g->server, TRANSACTIONS_SERVER_COUNT, transactions_server_name),
		"client",
		states_json(g->client, TRANSACTIONS_CLIENT_COUNT, transactions_client_name));
}

static void
print_text(const struct stats_segment *s, const struct gauges *all)
{
	char name[12];

	if (all->max == 0) {
		printf("none are kept: transactions.state is never\n");
		return;
	}
	printf("%-6s %9s %9s %9s  %9s %9s %9s  %22s  %9s %8s\n", "worker", "live", "peak", "limit",
	       "branches", "peak", "limit", "messages", "timers", "oldest");
	for (uint32_t i = 0; i < s->worker_count && i < STATS_WORKERS; i++) {
		struct gauges one = { 0 };

		add(&one, &s->worker[i].transactions);
		snprintf(name, sizeof(name), "%u", i);
		print_line(name, &one);
	}
	if (s->worker_count > 1)
		print_line("all", all);
	print_states("transactions", all->server, TRANSACTIONS_SERVER_COUNT,
		     transactions_server_name);
	print_states("branches", all->client, TRANSACTIONS_CLIENT_COUNT, transactions_client_name);
}

void
cli_transactions_summary(const struct stats_segment *s, bool json)
{
	json_t *workers = json_array(), *object;
	struct gauges all = { 0 };

	for (uint32_t i = 0; i < s->worker_count && i < STATS_WORKERS; i++) {
		struct gauges one = { 0 };

		add(&all, &s->worker[i].transactions);
		add(&one, &s->worker[i].transactions);
		json_array_append_new(workers, gauges_json(&one));
	}
	if (json) {
		object = gauges_json(&all);
		json_object_set_new(object, "workers", workers);
		cli_print(json_pack("{s:o}", "summary", object));
		return;
	}
	json_decref(workers);
	print_text(s, &all);
}
