/* SPDX-License-Identifier: BSD-3-Clause */
/* Next hops: where names lead, who is down, and for how long that is known. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/show.h"
#include "process/clock.h"
#include "table/hops.h"

static const char *const kinds[] = {
	[HOPS_CONFIGURED] = "configured",
	[HOPS_RESOLVED] = "resolved",
	[HOPS_NOWHERE] = "nowhere",
	[HOPS_UNRESOLVED] = "unresolved",
};

static const char *const balances[] = {
	[CONFIG_BALANCE_CALL_ID] = "call_id",
	[CONFIG_BALANCE_AOR] = "aor",
	[CONFIG_BALANCE_RANDOM] = "random",
};

static const char *
balance_text(const struct hops_set *set)
{
	return set->balance <= CONFIG_BALANCE_RANDOM ? balances[set->balance] : "?";
}

static uint64_t
seconds_since(uint64_t ms, uint64_t now)
{
	return now > ms ? (now - ms) / 1000 : 0;
}

/* ---- names of the configuration ---- */

/* The row of the file that a set is made from; NULL when the file has another one by now. */
static const struct config_next_hop *
hop_of(const struct config *config, const struct hops_table *t, const struct hops_set *set)
{
	if (set->kind != HOPS_CONFIGURED)
		return NULL;
	for (unsigned int i = 0; i < config->next_hop_count; i++)
		if (slice_eq_nocase(config->next_hop[i].domain, hops_name(t, set)))
			return &config->next_hop[i];
	return NULL;
}

static const struct hops_set *
set_of_host(const struct hops_table *t, const struct config_target *target)
{
	return target->address.family == 0 ? hops_find(t, target->host, target->port, 0) : NULL;
}

static bool
set_has(const struct hops_table *t, const struct hops_set *set, const struct flow_address *address)
{
	for (unsigned int i = 0; i < set->count; i++)
		if (flow_address_eq(&t->targets[set->first + i].address, address))
			return true;
	return false;
}

/* The host name that led to an address of a configured set, or absent. */
static struct slice
host_of(const struct hops_table *t, const struct config_next_hop *hop,
	const struct flow_address *address)
{
	for (unsigned int i = 0; hop != NULL && i < hop->target_count; i++) {
		const struct hops_set *set = set_of_host(t, &hop->target[i]);

		if (set != NULL && set_has(t, set, address))
			return hop->target[i].host;
	}
	return SLICE_ABSENT;
}

/* Why a target of the file is not in the set, or NULL: it is, or is an address. */
static const char *
missing(const struct hops_table *t, const struct config_target *target)
{
	const struct hops_set *set = set_of_host(t, target);

	if (target->address.family != 0 || (set != NULL && set->kind == HOPS_RESOLVED))
		return NULL;
	return set != NULL ? kinds[set->kind] : "pending";
}

/* ---- JSON ---- */

static json_t *
target_json(const struct hops_table *t, const struct config_next_hop *hop,
	    const struct hops_target *target, uint64_t now)
{
	struct slice host = host_of(t, hop, &target->address);
	const struct hops_state *state = hops_state_find(t, &target->address);
	char text[FLOW_ADDRESS_TEXT_MAX];
	struct slice address = flow_address_text(&target->address, text);
	json_t *row =
		json_pack("{s:s#, s:i, s:i, s:I, s:b}", "address", address.ptr, (int)address.len,
			  "group", (int)target->group, "priority", (int)target->priority, "weight",
			  (json_int_t)target->weight, "up", (int)(target->down == 0));

	if (host.ptr != NULL)
		json_object_set_new(row, "host", json_stringn(host.ptr, host.len));
	json_object_set_new(row, "probed", json_boolean(state != NULL));
	if (state == NULL)
		return row;
	json_object_set_new(row, "since_s",
			    json_integer((json_int_t)seconds_since(state->since_ms, now)));
	if (state->answered_ms == 0)
		return row;
	json_object_set_new(row, "answered_s",
			    json_integer((json_int_t)seconds_since(state->answered_ms, now)));
	json_object_set_new(row, "status", json_integer(state->status));
	return row;
}

/* Targets that nothing is sent to, as their names lead nowhere. */
static void
add_missing(const struct hops_table *t, const struct config_next_hop *hop, json_t *targets)
{
	for (unsigned int i = 0; hop != NULL && i < hop->target_count; i++) {
		const struct config_target *target = &hop->target[i];
		const char *why = missing(t, target);
		json_t *row;

		if (why == NULL)
			continue;
		row = json_pack("{s:s#, s:n, s:s, s:i, s:b, s:b}", "host", target->host.ptr,
				(int)target->host.len, "address", "kind", why, "priority",
				(int)target->priority, "up", 0, "probed", 0);
		if (target->port != 0)
			json_object_set_new(row, "port", json_integer(target->port));
		json_array_append_new(targets, row);
	}
}

static void
print_json(const struct hops_table *t, const struct config_next_hop *hop,
	   const struct hops_set *set, uint64_t now)
{
	struct slice name = hops_name(t, set);
	json_t *object = json_object(), *targets = json_array();

	for (unsigned int i = 0; i < set->count; i++)
		json_array_append_new(targets,
				      target_json(t, hop, &t->targets[set->first + i], now));
	add_missing(t, hop, targets);
	json_object_set_new(object, "name", cli_json_text(name.ptr, name.len));
	json_object_set_new(object, "kind", json_string(kinds[set->kind]));
	if (set->port != 0)
		json_object_set_new(object, "port", json_integer(set->port));
	if (set->kind == HOPS_CONFIGURED)
		json_object_set_new(object, "balance", json_string(balance_text(set)));
	if (set->expires_ms != 0)
		json_object_set_new(object, "expires_s",
				    json_integer((json_int_t)(set->expires_ms - now) / 1000));
	json_object_set_new(object, "targets", targets);
	cli_print(object);
}

/* ---- for people ---- */

static void
print_state(const struct hops_target *target, const struct hops_state *state, uint64_t now)
{
	printf("  %s for %llu s", target->down != 0 ? "DOWN" : "up",
	       (unsigned long long)seconds_since(state->since_ms, now));
	if (state->answered_ms != 0)
		printf(", last answer %u, %llu s ago", (unsigned int)state->status,
		       (unsigned long long)seconds_since(state->answered_ms, now));
	else
		printf(", no answer yet");
}

static void
print_target(const struct hops_table *t, const struct config_next_hop *hop,
	     const struct hops_target *target, unsigned int percent, uint64_t now)
{
	const struct hops_state *state = hops_state_find(t, &target->address);
	struct slice host = host_of(t, hop, &target->address);
	char text[FLOW_ADDRESS_TEXT_MAX];
	struct slice address = flow_address_text(&target->address, text);

	printf("    %-*.*s group %u, %3u %%", 30, SLICE_FMT(address), (unsigned int)target->group,
	       percent);
	if (state != NULL)
		print_state(target, state, now);
	if (host.ptr != NULL)
		printf("  (%.*s)", SLICE_FMT(host));
	printf("\n");
}

static void
print_missing(const struct hops_table *t, const struct config_next_hop *hop)
{
	for (unsigned int i = 0; hop != NULL && i < hop->target_count; i++) {
		const struct config_target *target = &hop->target[i];
		const char *why = missing(t, target);

		if (why == NULL)
			continue;
		printf("    %.*s", SLICE_FMT(target->host));
		if (target->port != 0)
			printf(":%u", (unsigned int)target->port);
		printf("  %s: the DNS has given no address\n", why);
	}
}

static unsigned int
share_of(const struct hops_table *t, const struct hops_set *set, const struct hops_target *target)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < set->count; i++)
		if (t->targets[set->first + i].group == target->group)
			sum += t->targets[set->first + i].weight;
	return (unsigned int)(((uint64_t)target->weight * 100 + sum / 2) / sum);
}

static void
print_text(const struct hops_table *t, const struct config_next_hop *hop,
	   const struct hops_set *set, uint64_t now)
{
	printf("%.*s", SLICE_FMT(hops_name(t, set)));
	if (set->port != 0)
		printf(":%u", (unsigned int)set->port);
	printf("  %s", kinds[set->kind]);
	if (set->kind == HOPS_CONFIGURED)
		printf(", balance %s%s", balance_text(set),
		       set->count == 0 ? ", no address yet" : "");
	if (set->expires_ms != 0)
		printf(", %llu s left", (unsigned long long)(set->expires_ms - now) / 1000);
	printf("\n");
	for (unsigned int i = 0; i < set->count; i++) {
		const struct hops_target *target = &t->targets[set->first + i];

		print_target(t, hop, target, share_of(t, set, target), now);
	}
	print_missing(t, hop);
}

int
cli_show_hops(const struct cli_options *o, const struct config *config)
{
	struct hops_table t;
	enum segment_error error = hops_attach(&t, config->shm_dir);
	uint64_t now = clock_wall_ms();

	if (error != SEGMENT_OK)
		return cli_no_table(config, error);
	for (uint32_t i = 0; i < t.set_count; i++) {
		const struct hops_set *set = &t.sets[i];

		if (set->expires_ms != 0 && set->expires_ms <= now)
			continue;
		if (o->json)
			print_json(&t, hop_of(config, &t, set), set, now);
		else
			print_text(&t, hop_of(config, &t, set), set, now);
	}
	hops_detach(&t);
	return EXIT_SUCCESS;
}
