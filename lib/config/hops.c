/* SPDX-License-Identifier: BSD-3-Clause */
#include "config/hops.h"

#include <stdlib.h>

/* A weight of the file in finer steps, which the addresses of a name share. */
enum { WEIGHT_STEPS = 65536 };

unsigned int
config_families(const struct config *config)
{
	unsigned int mask = 0;

	for (unsigned int i = 0; i < config->listener_count; i++)
		mask |= hops_family(config->listener[i].address.family);
	return mask;
}

/* Weights of the rows of one group become shares of the target's own. */
static void
share_weight(const struct config_target *target, struct hops_target *row, unsigned int count)
{
	uint64_t sum[HOPS_TARGETS_MAX] = { 0 };

	for (unsigned int i = 0; i < count; i++)
		sum[row[i].group % HOPS_TARGETS_MAX] += row[i].weight;
	for (unsigned int i = 0; i < count; i++) {
		uint64_t share = (uint64_t)target->weight * WEIGHT_STEPS * row[i].weight /
				 sum[row[i].group % HOPS_TARGETS_MAX];

		row[i].weight = share > 0 ? (uint32_t)share : 1;
		row[i].priority = target->priority;
	}
}

static unsigned int
add_target(const struct config_target *target, config_hops_resolve resolve, void *context,
	   struct hops_target *out, unsigned int room)
{
	unsigned int n = 0;

	if (room == 0)
		return 0;
	if (target->address.family != 0)
		out[n++] = (struct hops_target){ .address = target->address, .weight = 1 };
	else if (resolve != NULL)
		n = resolve(target, out, room, context);
	share_weight(target, out, n);
	return n;
}

static int
by_priority(const void *a, const void *b)
{
	const struct hops_target *x = a, *y = b;

	if (x->priority != y->priority)
		return (int)x->priority - (int)y->priority;
	return (int)x->group - (int)y->group;
}

/* Groups from 0 on, one for each pair of priority and group of a name. */
static void
number_groups(struct hops_target *row, unsigned int count)
{
	uint16_t number = 0, before = 0;

	for (unsigned int i = 0; i < count; i++) {
		uint16_t group = row[i].group;

		if (i > 0 && (row[i].priority != row[i - 1].priority || group != before))
			number++;
		before = group;
		row[i].group = number;
	}
}

unsigned int
config_hops_targets(const struct config_next_hop *hop, config_hops_resolve resolve, void *context,
		    struct hops_target out[HOPS_TARGETS_MAX])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < hop->target_count; i++)
		n += add_target(&hop->target[i], resolve, context, out + n, HOPS_TARGETS_MAX - n);
	qsort(out, n, sizeof(*out), by_priority);
	number_groups(out, n);
	return n;
}

enum segment_error
config_hops_publish(const struct config *config, const char *dir)
{
	struct hops_target(*targets)[HOPS_TARGETS_MAX] =
		calloc(config->next_hop_count + 1, sizeof(*targets));
	struct hops_entry *entries = calloc(config->next_hop_count + 1, sizeof(*entries));
	struct hops_content content = { .entries = entries, .entry_count = config->next_hop_count };
	enum segment_error error = SEGMENT_ERR_SPACE;

	for (unsigned int i = 0; entries != NULL && targets != NULL && i < config->next_hop_count;
	     i++) {
		const struct config_next_hop *hop = &config->next_hop[i];

		entries[i] = (struct hops_entry){
			.name = hop->domain,
			.kind = HOPS_CONFIGURED,
			.balance = (uint8_t)hop->file->balance,
			.targets = targets[i],
			.target_count = config_hops_targets(hop, NULL, NULL, targets[i]),
		};
	}
	if (entries != NULL && targets != NULL)
		error = hops_publish(dir, &content, NULL);
	free(entries);
	free(targets);
	return error;
}

int
config_source_listener(const struct config *config, const struct routes_table *routes,
		       const struct flow_address *to, unsigned int in)
{
	const struct routes_route *route = routes_find(routes, to);
	int found = -1;

	if (route == NULL)
		return -1;
	for (unsigned int i = 0; i < config->listener_count; i++) {
		const struct config_listener *l = &config->listener[i];

		if (l->port != route->port || l->address.family != to->family ||
		    (l->standby && !routes_is_local(routes, &l->address)))
			continue;
		if (i == in)
			return (int)i;
		if (found < 0 || l->address.port == config->listener[in].address.port)
			found = (int)i;
	}
	return found;
}
