/* SPDX-License-Identifier: BSD-3-Clause */
/* What a running engine has, straight from its shared tables: control need not be alive. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aor_text.h"
#include "cli/show.h"
#include "process/clock.h"
#include "table/binding.h"
#include "table/failed_flows.h"
#include "table/flows.h"
#include "table/stats.h"

int
cli_no_table(const struct config *config, enum segment_error error)
{
	if (error == SEGMENT_ERR_SYSTEM)
		fprintf(stderr, "viaduct: %s: %s%s\n", config->shm_dir, strerror(errno),
			errno == EACCES ? ": run as root" : "");
	else
		fprintf(stderr, "viaduct: %s: %s (viaduct run %s)\n", config->shm_dir,
			segment_error_text(error), config->path);
	return EXIT_FAILURE;
}

/* ---- bindings ---- */

static json_t *
binding_json(const struct binding *b, uint64_t now)
{
	char local[FLOW_ADDRESS_TEXT_MAX], remote[FLOW_ADDRESS_TEXT_MAX];
	json_t *row = json_object();

	json_object_set_new(row, "contact", cli_json_text(b->contact.ptr, b->contact.len));
	json_object_set_new(row, "expires",
			    json_integer(((json_int_t)b->expires_ms - (json_int_t)now) / 1000));
	json_object_set_new(row, "q", json_real(b->q / 1000.0));
	if (b->path.ptr != NULL)
		json_object_set_new(row, "path", cli_json_text(b->path.ptr, b->path.len));
	if (b->instance.ptr != NULL)
		json_object_set_new(row, "instance",
				    cli_json_text(b->instance.ptr, b->instance.len));
	if (b->features.ptr != NULL)
		json_object_set_new(row, "features",
				    cli_json_text(b->features.ptr, b->features.len));
	if (b->flow.local.family != 0) {
		struct slice l = flow_address_text(&b->flow.local, local);
		struct slice r = flow_address_text(&b->flow.remote, remote);

		json_object_set_new(row, "local", json_stringn(l.ptr, l.len));
		json_object_set_new(row, "remote", json_stringn(r.ptr, r.len));
	}
	return row;
}

static void
print_record(const struct binding_copy *copy, bool json)
{
	struct slice aor = binding_aor(copy);
	json_t *list = json_array(), *object;
	uint64_t now = clock_wall_ms();
	struct binding b;

	if (!json)
		printf("%.*s\n", SLICE_FMT(aor));
	for (unsigned int i = 0; binding_get(copy, i, &b); i++) {
		if (b.expires_ms <= now)
			continue;
		if (json)
			json_array_append_new(list, binding_json(&b, now));
		else
			printf("    <%.*s> %llu s%s%.*s\n", SLICE_FMT(b.contact),
			       (unsigned long long)(b.expires_ms - now) / 1000,
			       b.path.ptr != NULL         ? " path "
			       : b.flow.local.family != 0 ? " flow"
							  : "",
			       SLICE_FMT(b.path));
	}
	if (!json) {
		json_decref(list);
		return;
	}
	object = json_object();
	json_object_set_new(object, "aor", cli_json_text(aor.ptr, aor.len));
	json_object_set_new(object, "bindings", list);
	cli_print(object);
}

static bool
find_one(const struct binding_table *t, const char *word, struct binding_copy *copy)
{
	char canonical[512];
	struct slice aor = aor_text_read(word, canonical, sizeof(canonical));

	return aor.ptr != NULL && binding_find(t, aor, binding_hash(t, aor), copy);
}

static int
show_bindings(const struct cli_options *o, const struct config *config)
{
	static struct binding_copy copy;
	struct binding_walk walk = { 0 };
	struct binding_table t;
	enum segment_error error = binding_table_attach(&t, config->shm_dir);
	int result = EXIT_SUCCESS;

	if (error != SEGMENT_OK)
		return cli_no_table(config, error);
	if (o->count > 1) {
		if (find_one(&t, o->word[1], &copy)) {
			print_record(&copy, o->json);
		} else {
			fprintf(stderr, "viaduct: no such address of record: '%s'\n", o->word[1]);
			result = EXIT_FAILURE;
		}
	} else {
		while (binding_walk_next(&t, &walk, &copy))
			print_record(&copy, o->json);
		if (!o->json)
			printf("%llu addresses of record, %llu bindings\n",
			       (unsigned long long)binding_table_aors(&t),
			       (unsigned long long)binding_table_bindings(&t));
	}
	binding_table_detach(&t);
	return result;
}

/* ---- flows ---- */

static uint64_t
age_ms(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

/* `dead` is NULL for a flow that is alive. */
static json_t *
flow_json(const struct flows_row *row, const struct failed_flow *dead, uint64_t now)
{
	char local[FLOW_ADDRESS_TEXT_MAX], remote[FLOW_ADDRESS_TEXT_MAX];
	struct slice l = flow_address_text(&row->flow.local, local);
	struct slice r = flow_address_text(&row->flow.remote, remote);
	json_t *o = json_pack("{s:s#, s:s#, s:s, s:s, s:I, s:I, s:I, s:I, s:i}", "local", l.ptr,
			      (int)l.len, "remote", r.ptr, (int)r.len, "transport", "udp", "state",
			      dead != NULL ? "failed" : "alive", "since_ms",
			      (json_int_t)age_ms(now, row->since_ms), "idle_ms",
			      (json_int_t)age_ms(now, row->last_seen_ms), "in",
			      (json_int_t)row->messages_in, "out", (json_int_t)row->messages_out,
			      "flow_timer", (int)row->flow_timer_s);

	if (dead != NULL) {
		json_object_set_new(o, "why", json_string(failed_flow_why_text(dead->why)));
		json_object_set_new(o, "failed_ms",
				    json_integer((json_int_t)age_ms(now, dead->failed_ms)));
	}
	return o;
}

static void
print_flow(const struct flows_row *row, const struct failed_flow *dead, uint64_t now)
{
	char local[FLOW_ADDRESS_TEXT_MAX], remote[FLOW_ADDRESS_TEXT_MAX];
	struct slice l = flow_address_text(&row->flow.local, local);
	struct slice r = flow_address_text(&row->flow.remote, remote);

	printf("udp %.*s <- %.*s  idle %llu s, %llu in, %llu out", SLICE_FMT(l), SLICE_FMT(r),
	       (unsigned long long)age_ms(now, row->last_seen_ms) / 1000,
	       (unsigned long long)row->messages_in, (unsigned long long)row->messages_out);
	if (row->flow_timer_s > 0)
		printf(", timer %u s", row->flow_timer_s);
	if (dead != NULL)
		printf(", failed (%s) %llu s ago", failed_flow_why_text(dead->why),
		       (unsigned long long)age_ms(now, dead->failed_ms) / 1000);
	putchar('\n');
}

/* A flow has a row for each worker that heard of it or sent to it. */
static int
show_flows(const struct cli_options *o, const struct config *config)
{
	struct segment s, failed_segment = { 0 };
	uint64_t now = clock_steady_ms(); /* as the dataplane counts the age of flows */
	struct failed_flows failed;
	struct failed_flow dead;
	struct flows_row row;
	enum segment_error error = flows_attach(&s, config->shm_dir);

	if (error == SEGMENT_OK)
		error = failed_flows_attach(&failed_segment, config->shm_dir);
	if (error != SEGMENT_OK) {
		segment_detach(&s);
		return cli_no_table(config, error);
	}
	failed_flows_init(&failed, &failed_segment);
	for (uint64_t i = 0; i < flows_row_count(&s); i++) {
		bool is_dead;

		if (!flows_row_get(&s, i, &row))
			continue;
		is_dead = failed_flows_find(&failed, &row.flow, &dead);
		if (o->json)
			cli_print(flow_json(&row, is_dead ? &dead : NULL, now));
		else
			print_flow(&row, is_dead ? &dead : NULL, now);
	}
	segment_detach(&s);
	segment_detach(&failed_segment);
	return EXIT_SUCCESS;
}

/* ---- statistics ---- */

static void
print_ports(const struct stats_segment *s, bool json)
{
	if (!json)
		printf("%-12s %-5s %-17s %12s %12s %8s %8s  %s\n", "port", "link", "mac",
		       "received", "sent", "missed", "errors", "device");
	for (uint32_t i = 0; i < s->port_count && i < STATS_PORTS; i++) {
		const struct stats_port *p = &s->port[i];
		char mac[18];

		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", p->mac[0], p->mac[1],
			 p->mac[2], p->mac[3], p->mac[4], p->mac[5]);
		if (json)
			cli_print(json_pack(
				"{s:s, s:s, s:b, s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:I, "
				"s:I, s:I, s:I}",
				"port", p->name, "device", p->device, "up", (int)p->up, "mac", mac,
				"queues", (int)p->queues, "mtu", (int)p->mtu, "rx_packets",
				(json_int_t)p->rx_packets, "tx_packets", (json_int_t)p->tx_packets,
				"rx_octets", (json_int_t)p->rx_octets, "tx_octets",
				(json_int_t)p->tx_octets, "rx_missed", (json_int_t)p->rx_missed,
				"rx_errors", (json_int_t)p->rx_errors, "tx_errors",
				(json_int_t)p->tx_errors, "no_buffers", (json_int_t)p->no_buffers));
		else
			printf("%-12s %-5s %-17s %12llu %12llu %8llu %8llu  %s\n", p->name,
			       p->up ? "up" : "down", mac, (unsigned long long)p->rx_packets,
			       (unsigned long long)p->tx_packets, (unsigned long long)p->rx_missed,
			       (unsigned long long)(p->rx_errors + p->tx_errors), p->device);
	}
}

static uint64_t
fault_sum(const struct stats_segment *s, unsigned int fault)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < s->worker_count && i < STATS_WORKERS; i++)
		sum += s->worker[i].fault[fault];
	return sum;
}

static void
print_stats(const struct stats_segment *s, bool json)
{
	json_t *counters = json_object(), *faults = json_object();

	for (int i = 0; i < STATS_COUNT; i++) {
		uint64_t sum = stats_sum(s, (enum stats_counter)i);

		json_object_set_new(counters, stats_counter_name((enum stats_counter)i),
				    json_integer((json_int_t)sum));
		if (!json && sum > 0)
			printf("%14llu  %s%-20s %s\n", (unsigned long long)sum,
			       stats_counter_is_drop((enum stats_counter)i) ? "drop " : "     ",
			       stats_counter_name((enum stats_counter)i),
			       stats_counter_text((enum stats_counter)i));
	}
	for (unsigned int i = 1; i < SIP_FAULT_COUNT; i++) {
		uint64_t sum = fault_sum(s, i);

		json_object_set_new(faults, sip_fault_info((enum sip_fault)i)->name,
				    json_integer((json_int_t)sum));
		if (!json && sum > 0)
			printf("%14llu  fault %-19s %s\n", (unsigned long long)sum,
			       sip_fault_info((enum sip_fault)i)->name,
			       sip_fault_info((enum sip_fault)i)->text);
	}
	if (json)
		cli_print(json_pack("{s:I, s:i, s:o, s:o}", "uptime_ms",
				    (json_int_t)(clock_wall_ms() - s->started_ms), "workers",
				    (int)s->worker_count, "counters", counters, "faults", faults));
	else
		json_decref(counters), json_decref(faults);
}

static void
print_nodes(const struct stats_segment *s, bool json)
{
	if (!json)
		printf("%-24s %14s %14s %10s %12s\n", "node", "calls", "messages", "per call",
		       "cycles each");
	for (uint32_t i = 0; i < s->node_count && i < STATS_NODES; i++) {
		const struct stats_node *n = &s->node[i];

		if (json)
			cli_print(json_pack("{s:s, s:I, s:I, s:I}", "node", n->name, "calls",
					    (json_int_t)n->calls, "messages",
					    (json_int_t)n->messages, "cycles",
					    (json_int_t)n->cycles));
		else if (n->messages > 0)
			printf("%-24s %14llu %14llu %10.1f %12.1f\n", n->name,
			       (unsigned long long)n->calls, (unsigned long long)n->messages,
			       (double)n->messages / (double)(n->calls ? n->calls : 1),
			       (double)n->cycles / (double)n->messages);
	}
}

/* The statistics, with a warning when nobody keeps them. NULL: said why not. */
static const struct stats_segment *
open_statistics(struct segment *s, const struct config *config)
{
	enum segment_error error = segment_attach(s, config->shm_dir, &stats_segment_type, false);

	if (error == SEGMENT_OK && s->size < sizeof(struct stats_segment)) {
		segment_detach(s);
		error = SEGMENT_ERR_SHORT;
	}
	if (error != SEGMENT_OK) {
		cli_no_table(config, error);
		return NULL;
	}
	if (segment_age_ms(s) > 5000)
		fprintf(stderr, "viaduct: the dataplane gave no sign of life for %llu s\n",
			(unsigned long long)segment_age_ms(s) / 1000);
	return (const struct stats_segment *)s->header;
}

static int
show_statistics(const struct cli_options *o, const struct config *config)
{
	struct segment s;
	const struct stats_segment *stats = open_statistics(&s, config);

	if (stats == NULL)
		return EXIT_FAILURE;
	if (strcmp(o->word[0], "ports") == 0)
		print_ports(stats, o->json);
	else if (strcmp(o->word[0], "nodes") == 0)
		print_nodes(stats, o->json);
	else if (strcmp(o->word[0], "guard") == 0)
		cli_show_guard(stats, o->json);
	else
		print_stats(stats, o->json);
	segment_detach(&s);
	return EXIT_SUCCESS;
}

/* What cli_show_take() has taken of the command line. */
static struct cli_show_request taken;

static int
show_transactions(const struct cli_options *o, const struct config *config)
{
	struct segment s;
	const struct stats_segment *stats = open_statistics(&s, config);
	int result;

	if (stats == NULL)
		return EXIT_FAILURE;
	result = cli_show_transactions(&taken, stats, config, o->json);
	segment_detach(&s);
	return result;
}

static const struct {
	const char *what;
	int (*show)(const struct cli_options *o, const struct config *config);
	int words; /* at most, with `what` */
} shows[] = {
	{ "bindings", show_bindings, 2 }, { "flows", show_flows, 1 },
	{ "ports", show_statistics, 1 },  { "stats", show_statistics, 1 },
	{ "nodes", show_statistics, 1 },  { "guard", show_statistics, 1 },
	{ "hops", cli_show_hops, 1 },     { "transactions", show_transactions, 1 },
};

static int
show(int argc, char **argv)
{
	struct cli_options o;
	struct config *config;
	int result;

	if (!cli_show_take(&taken, &argc, argv) || !cli_options_take(&o, argc, argv, 2))
		return CLI_USAGE;
	for (size_t i = 0; o.count > 0 && i < sizeof(shows) / sizeof(shows[0]); i++) {
		if (strcmp(o.word[0], shows[i].what) != 0)
			continue;
		if (o.count > shows[i].words) {
			fprintf(stderr, "viaduct: '%s': only `show bindings` takes a name\n",
				o.word[1]);
			return CLI_USAGE;
		}
		if (taken.option != NULL && shows[i].show != show_transactions) {
			fprintf(stderr, "viaduct: '%s': only `show transactions` takes it\n",
				taken.option);
			return CLI_USAGE;
		}
		config = cli_config(&o);
		if (config == NULL)
			return EXIT_FAILURE;
		result = shows[i].show(&o, config);
		config_free(config);
		return result;
	}
	fprintf(stderr, "viaduct: show what? bindings, flows, guard, hops, ports, stats, nodes or "
			"transactions\n");
	return CLI_USAGE;
}

int
cli_show(int argc, char **argv)
{
	int result = show(argc, argv);

	json_decref(taken.request);
	return result;
}
