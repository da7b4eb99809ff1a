/* SPDX-License-Identifier: BSD-3-Clause */
/* Next hops: where names lead, who is down, and for how long that is known. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/show.h"
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

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

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

/* ---- JSON ---- */

static json_t *
target_json(const struct hops_table *t, const struct hops_target *target, uint64_t now)
{
	const struct hops_state *state = hops_state_find(t, &target->address);
	char text[FLOW_ADDRESS_TEXT_MAX];
	struct slice address = flow_address_text(&target->address, text);
	json_t *row =
		json_pack("{s:s#, s:i, s:i, s:I, s:b}", "address", address.ptr, (int)address.len,
			  "group", (int)target->group, "priority", (int)target->priority, "weight",
			  (json_int_t)target->weight, "up", (int)(target->down == 0));

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

static void
print_json(const struct hops_table *t, const struct hops_set *set, uint64_t now)
{
	struct slice name = hops_name(t, set);
	json_t *object = json_object(), *targets = json_array();

	for (unsigned int i = 0; i < set->count; i++)
		json_array_append_new(targets, target_json(t, &t->targets[set->first + i], now));
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
print_target(const struct hops_table *t, const struct hops_target *target, unsigned int percent,
	     uint64_t now)
{
	const struct hops_state *state = hops_state_find(t, &target->address);
	char text[FLOW_ADDRESS_TEXT_MAX];
	struct slice address = flow_address_text(&target->address, text);

	printf("    %-*.*s group %u, %3u %%", 30, SLICE_FMT(address), (unsigned int)target->group,
	       percent);
	if (state == NULL) {
		printf("\n");
		return;
	}
	printf("  %s for %llu s", target->down != 0 ? "DOWN" : "up",
	       (unsigned long long)seconds_since(state->since_ms, now));
	if (state->answered_ms != 0)
		printf(", last answer %u, %llu s ago", (unsigned int)state->status,
		       (unsigned long long)seconds_since(state->answered_ms, now));
	else
		printf(", no answer yet");
	printf("\n");
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
print_text(const struct hops_table *t, const struct hops_set *set, uint64_t now)
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

		print_target(t, target, share_of(t, set, target), now);
	}
}

int
cli_show_hops(const struct cli_options *o, const struct config *config)
{
	struct hops_table t;
	enum segment_error error = hops_attach(&t, config->shm_dir);
	uint64_t now = now_ms();

	if (error != SEGMENT_OK)
		return cli_no_table(config, error);
	for (uint32_t i = 0; i < t.set_count; i++) {
		const struct hops_set *set = &t.sets[i];

		if (set->expires_ms != 0 && set->expires_ms <= now)
			continue;
		if (o->json)
			print_json(&t, set, now);
		else
			print_text(&t, set, now);
	}
	hops_detach(&t);
	return EXIT_SUCCESS;
}
