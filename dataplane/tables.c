/* SPDX-License-Identifier: BSD-3-Clause */
/* The shared tables as this process has them mapped: new generations found, old ones let go. */
#include "tables.h"

#include <rte_malloc.h>

#include "disabled.h"
#include "table/keys.h"

void
tables_free(struct via_tables *old, const struct via_tables *kept)
{
	if (old->bindings.header != kept->bindings.header)
		binding_table_detach(&old->bindings);
	if (old->routes.segment.header != kept->routes.segment.header)
		routes_detach(&old->routes);
	if (old->hops.segment.header != kept->hops.segment.header)
		hops_detach(&old->hops);
	if (old->credentials.segment.header != kept->credentials.segment.header)
		credentials_table_detach(&old->credentials);
	if (old->list.segment.header != kept->list.segment.header)
		transactions_list_detach(&old->list);
	rte_free(old);
}

static bool
refresh_bindings(struct via_tables *t, const char *dir)
{
	struct binding_table fresh;

	if (t->bindings.header != NULL && !segment_replaced(&t->bindings.segment))
		return false;
	if (binding_table_attach(&fresh, dir) != SEGMENT_OK)
		return false;
	t->bindings = fresh;
	return true;
}

static bool
refresh_routes(struct via_tables *t, const char *dir)
{
	struct routes_table fresh;

	if (t->routes.segment.header != NULL && !segment_replaced(&t->routes.segment))
		return false;
	if (routes_attach(&fresh, dir) != SEGMENT_OK)
		return false;
	t->routes = fresh;
	return true;
}

static bool
refresh_hops(struct via_tables *t, const char *dir)
{
	struct hops_table fresh;

	if (t->hops.segment.header != NULL && !segment_replaced(&t->hops.segment))
		return false;
	if (hops_attach(&fresh, dir) != SEGMENT_OK)
		return false;
	t->hops = fresh;
	return true;
}

static void
init_gruu_keys(struct temp_gruu_keys *keys, const struct keyring *ring)
{
	if (ring->has_gruu[KEYRING_CURRENT] == 0)
		memset(keys, 0, sizeof(*keys));
	else
		temp_gruu_keys_init(keys, ring->gruu_key[KEYRING_CURRENT],
				    ring->has_gruu[KEYRING_PREVIOUS] != 0
					    ? ring->gruu_key[KEYRING_PREVIOUS]
					    : NULL);
}

/* Nobody has passwords mapped who does not ask for any. */
static bool
refresh_credentials(struct via_tables *t, const struct config *config)
{
	struct credentials_table fresh;

	if (!config->file->auth.requests ||
	    (t->credentials.segment.header != NULL && !segment_replaced(&t->credentials.segment)))
		return false;
	if (credentials_table_attach(&fresh, config->shm_dir) != SEGMENT_OK)
		return false;
	t->credentials = fresh;
	return true;
}

/* The ring is copied with its keys worked in, so the segment need not stay mapped. */
static bool
refresh_keys(struct via_tables *t, const char *dir)
{
	const struct keyring *ring;
	struct segment s;

	if (t->has_keys && !segment_replaced(&t->keys_seen))
		return false;
	if (keys_attach(&s, dir, &ring) != SEGMENT_OK)
		return false;
	flow_keys_init(&t->keys, ring);
	init_gruu_keys(&t->gruu_keys, ring);
	segment_detach(&s);
	t->keys_seen = s;
	t->has_keys = true;
	return true;
}

/* Without any everything is open, which is what zeroes say. */
static bool
refresh_orders(struct via_tables *t, const char *dir)
{
	struct orders fresh;
	struct segment seen;

	if (t->orders_seen.path[0] != '\0' && !segment_replaced(&t->orders_seen))
		return false;
	if (orders_read(dir, &fresh, &seen) != SEGMENT_OK)
		return false;
	t->orders = fresh;
	t->orders_seen = seen;
	return true;
}

/* They are known by the hashes of the binding table, so that another one wants them read again. */
static bool
refresh_disabled(struct via_tables *t, const char *dir, bool other_bindings)
{
	struct segment s;

	if (t->disabled_seen.path[0] != '\0' && !other_bindings &&
	    !segment_replaced(&t->disabled_seen))
		return false;
	if (disabled_attach(&s, dir) != SEGMENT_OK)
		return false;
	via_disabled_take(&t->disabled, &s, &t->bindings);
	segment_detach(&s);
	t->disabled_seen = s;
	return true;
}

/* A list stays for as long as somebody may still read it. */
static bool
withdraw_list(struct via_tables *t)
{
	if (t->list.segment.header == NULL ||
	    segment_age_ms(&t->list.segment) < TRANSACTIONS_KEEP_MS)
		return false;
	segment_withdraw(&t->list.segment);
	t->list.segment.header = NULL;
	return true;
}

/* A query has come: an empty list for it, which the workers fill. One from before us is nobody's
 * any more. */
static bool
refresh_list(struct via_tables *t, const struct via_engine *e)
{
	enum segment_error error;
	struct segment seen;
	uint64_t age_ms = 0;

	if (t->query_seen.path[0] != '\0' && !segment_replaced(&t->query_seen))
		return withdraw_list(t);
	error = transactions_query_read(e->config->shm_dir, &t->query, &seen, &age_ms);
	if (error != SEGMENT_OK && error != SEGMENT_ERR_DAMAGED)
		return false;
	t->query_seen = seen;
	t->list.segment.header = NULL;
	if (error == SEGMENT_OK && age_ms < TRANSACTIONS_QUERY_MS)
		transactions_list_create(&t->list, e->config->shm_dir, &t->query,
					 e->config->file->dataplane.workers);
	return true;
}

/* Hand a new generation to the workers, and wait until none looks at the old one. */
static void
swap_tables(struct via_engine *e, struct via_tables *fresh)
{
	struct via_tables *old = atomic_exchange_explicit(&e->tables, fresh, memory_order_acq_rel);

	rte_rcu_qsbr_synchronize(e->qsbr, RTE_QSBR_THRID_INVALID);
	if (old != NULL)
		tables_free(old, fresh);
}

static void
refresh_tables(struct via_engine *e)
{
	struct via_tables *now = atomic_load_explicit(&e->tables, memory_order_relaxed);
	struct via_tables *fresh = rte_malloc("via_tables", sizeof(*fresh), RTE_CACHE_LINE_SIZE);
	const char *dir = e->config->shm_dir;
	bool changed;

	if (fresh == NULL)
		return;
	if (now->bindings.header != NULL)
		binding_table_populate(&now->bindings);
	*fresh = *now;
	changed = refresh_bindings(fresh, dir);
	changed |= refresh_disabled(fresh, dir, changed);
	changed |= refresh_routes(fresh, dir);
	changed |= refresh_hops(fresh, dir);
	changed |= refresh_keys(fresh, dir);
	changed |= refresh_orders(fresh, dir);
	changed |= refresh_credentials(fresh, e->config);
	changed |= refresh_list(fresh, e);
	if (changed)
		swap_tables(e, fresh);
	else
		rte_free(fresh);
}

/* Rings are made once by control and kept over its restarts. */
static void
refresh_rings(struct via_engine *e)
{
	if (atomic_load(&e->rings_generation) != 0 && segment_replaced(&e->rings.segment)) {
		atomic_store(&e->rings_generation, 0);
		rte_rcu_qsbr_synchronize(e->qsbr, RTE_QSBR_THRID_INVALID);
		message_rings_detach(&e->rings);
	}
	if (atomic_load(&e->rings_generation) == 0 &&
	    message_rings_attach(&e->rings, e->config->shm_dir, MESSAGE_DATAPLANE) == SEGMENT_OK)
		/* release: a worker that sees the number sees the rings */
		atomic_store_explicit(&e->rings_generation, ++e->rings_attached,
				      memory_order_release);
	if (atomic_load(&e->rings_generation) != 0)
		atomic_store(&e->control_age_ms, segment_age_ms(&e->rings.segment));
}

void
via_engine_tick(struct via_engine *e)
{
	refresh_tables(e);
	refresh_rings(e);
	segment_beat(&e->stats_segment);
}
