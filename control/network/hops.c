/* SPDX-License-Identifier: BSD-3-Clause */
#include "network/hops.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/hops.h"
#include "network/parking.h"
#include "network/probe.h"
#include "network/resolver.h"
#include "process/clock.h"

enum {
	COLLECT_MS = 10,   /* changes that come together make one snapshot */
	BEFORE_MS = 30000, /* names of the configuration are resolved by then, or none of them is */
	PUBLISH_PART = 20, /* no more than this part of the time goes into snapshots */
};

struct hops {
	const struct config *config;
	uv_loop_t *loop;
	struct message_rings *rings;
	struct resolver *resolver;
	struct parking *parking;
	struct probe *probe;
	struct hops_table before; /* a predecessor's, for what is found again */
	uint64_t before_until_ms;
	struct segment published;
	bool changed;
	uint64_t next_ms; /* no snapshot before */
	struct hops_target target[CONFIG_MAX_NEXT_HOPS][HOPS_TARGETS_MAX];
	struct hops_state state[PROBE_TARGETS_MAX];
};

/* ---- snapshots ---- */

static unsigned int
resolve_target(const struct config_target *target, struct hops_target *out, unsigned int max,
	       void *context)
{
	struct hops *h = context;
	const struct resolver_name *name = resolver_find(h->resolver, target->host, target->port);
	unsigned int n;

	if (name == NULL || name->kind != HOPS_RESOLVED)
		return 0;
	n = name->count < max ? name->count : max;
	memcpy(out, name->targets, n * sizeof(*out));
	return n;
}

static void
want_probes(struct hops *h, const struct config_file_next_hop *f, const struct hops_entry *e)
{
	if (f->probe != CONFIG_PROBE_OPTIONS)
		return;
	for (uint32_t i = 0; i < e->target_count; i++) {
		const struct flow_address *a = &e->targets[i].address;

		probe_want(h->probe, a, f->probe_interval_ms, f->probe_failures,
			   hops_is_down(&h->before, a), uv_now(h->loop));
	}
}

static uint32_t
add_sets(struct hops *h, struct hops_entry *entries)
{
	const struct config *c = h->config;

	probe_begin(h->probe);
	for (unsigned int i = 0; i < c->next_hop_count; i++) {
		const struct config_next_hop *hop = &c->next_hop[i];

		entries[i] = (struct hops_entry){
			.name = hop->domain,
			.kind = HOPS_CONFIGURED,
			.balance = (uint8_t)hop->file->balance,
			.targets = h->target[i],
			.target_count = config_hops_targets(hop, resolve_target, h, h->target[i]),
		};
		want_probes(h, hop->file, &entries[i]);
	}
	probe_end(h->probe);
	return c->next_hop_count;
}

/* Names that somebody asked for, and, for those who look, those of the configuration. */
static uint32_t
add_names(const struct hops *h, struct hops_entry *entries)
{
	uint64_t now = uv_now(h->loop), wall = clock_wall_ms();
	const struct resolver_name *n;
	uint32_t count = 0;

	for (unsigned int i = 0; (n = resolver_at(h->resolver, i)) != NULL; i++) {
		bool for_ever = n->pinned && n->kind == HOPS_RESOLVED;

		if (n->kind == 0 || (n->expires_ms <= now && !for_ever))
			continue;
		entries[count++] = (struct hops_entry){
			.name = n->name,
			.port = n->port,
			.kind = n->kind,
			.balance = CONFIG_BALANCE_CALL_ID,
			.expires_ms =
				for_ever && n->expires_ms <= now ? 0 : wall + n->expires_ms - now,
			.targets = n->targets,
			.target_count = n->kind == HOPS_RESOLVED ? n->count : 0,
		};
	}
	return count;
}

static enum segment_error
publish(struct hops *h)
{
	uint32_t room = h->config->next_hop_count + resolver_count(h->resolver);
	struct hops_entry *entries = calloc(room + 1, sizeof(*entries));
	struct hops_content content = { .entries = entries, .states = h->state };
	struct segment fresh = { 0 };
	enum segment_error error;

	if (entries == NULL)
		return SEGMENT_ERR_SPACE;
	content.entry_count = add_sets(h, entries);
	content.entry_count += add_names(h, entries + content.entry_count);
	content.state_count = probe_states(h->probe, h->state);
	error = hops_publish(h->config->shm_dir, &content, &fresh);
	free(entries);
	if (error != SEGMENT_OK)
		return error;
	segment_detach(&h->published);
	h->published = fresh;
	return SEGMENT_OK;
}

static void
publish_changes(struct hops *h)
{
	uint64_t begun = uv_hrtime(), took;

	if (!h->changed || uv_now(h->loop) < h->next_ms)
		return;
	/* without room for it now, the old one stays and it is tried again */
	h->changed = publish(h) != SEGMENT_OK;
	took = (uv_hrtime() - begun) / 1000000;
	h->next_ms = uv_now(h->loop) + COLLECT_MS + PUBLISH_PART * took;
}

/* ---- events ---- */

static void
on_name(struct resolver_name *name, void *context)
{
	struct hops *h = context;

	h->changed = true;
	if (h->parking != NULL)
		parking_release(h->parking, h->rings, name);
}

void
hops_resolve(struct hops *h, unsigned int worker, const struct message_head *head,
	     struct slice bytes)
{
	struct asker asker = asker_of(h->config, &head->flow.remote);
	struct resolver_name *name;
	struct slice host;

	if (head->name_len > bytes.len)
		return;
	host = slice_of(slice_end(bytes) - head->name_len, head->name_len);
	name = resolver_demand(h->resolver, host, head->name_port, asker);
	if (name != NULL && name->kind == 0 &&
	    parking_keep(h->parking, name, worker, asker, head, bytes))
		return;
	parking_return(h->parking, h->rings, name, worker, head, bytes);
}

void
hops_answer(struct hops *h, struct slice bytes)
{
	struct probe_result result = probe_answer(h->probe, bytes);

	if (result.address.family == 0)
		return;
	h->changed |= result.changed;
	hops_note_answer(&h->published, &result.address, result.status, clock_wall_ms());
}

void
hops_set_keys(struct hops *h, const struct keyring *ring)
{
	probe_set_key(h->probe, siphash_key_load(ring->branch_key));
}

void
hops_tick(struct hops *h)
{
	resolver_tick(h->resolver);
	h->changed |= probe_tick(h->probe, h->rings, uv_now(h->loop));
	publish_changes(h);
	if (uv_now(h->loop) > h->before_until_ms)
		hops_detach(&h->before);
}

/* ---- opening ---- */

/* Until the DNS has answered, a name leads where our predecessor knew it to lead. */
static bool
pin_name(struct hops *h, const struct config_target *t)
{
	const struct hops_set *set = hops_find(&h->before, t->host, t->port, 0);

	if (set == NULL || set->kind != HOPS_RESOLVED)
		return resolver_pin(h->resolver, t->host, t->port, NULL, 0);
	return resolver_pin(h->resolver, t->host, t->port, h->before.targets + set->first,
			    set->count);
}

static bool
pin_names(struct hops *h)
{
	for (unsigned int i = 0; i < h->config->next_hop_count; i++)
		for (unsigned int k = 0; k < h->config->next_hop[i].target_count; k++) {
			const struct config_target *t = &h->config->next_hop[i].target[k];

			if (t->address.family == 0 && !pin_name(h, t))
				return false;
		}
	return true;
}

struct hops *
hops_open(uv_loop_t *loop, const struct config *config, struct message_rings *rings, char *message,
	  size_t size)
{
	struct hops *h = calloc(1, sizeof(*h));
	enum segment_error error;

	snprintf(message, size, "no memory for next hops");
	if (h == NULL)
		return NULL;
	h->config = config;
	h->loop = loop;
	h->rings = rings;
	h->before_until_ms = uv_now(loop) + BEFORE_MS;
	h->probe = probe_open(config);
	h->parking = parking_open(config->file->dns.parked, config_families(config));
	if (h->probe != NULL && h->parking != NULL)
		h->resolver = resolver_open(loop, config, on_name, h, message, size);
	hops_attach(&h->before, config->shm_dir);
	if (h->resolver == NULL || !pin_names(h)) {
		hops_close(h);
		return NULL;
	}
	error = publish(h);
	if (error != SEGMENT_OK) {
		snprintf(message, size, "next hops: %s", segment_error_text(error));
		hops_close(h);
		return NULL;
	}
	return h;
}

void
hops_close(struct hops *h)
{
	if (h == NULL)
		return;
	for (unsigned int i = 0; h->resolver != NULL && i < resolver_count(h->resolver); i++)
		parking_release(h->parking, h->rings, resolver_at(h->resolver, i));
	resolver_close(h->resolver);
	parking_close(h->parking);
	probe_close(h->probe);
	hops_detach(&h->before);
	segment_detach(&h->published);
	free(h);
}
