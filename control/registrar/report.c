/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/report.h"

#include "registrar/registrar_internal.h"

static void
set(json_t *object, const char *name, uint64_t number)
{
	json_object_set_new(object, name, json_integer((json_int_t)number));
}

static json_t *
requests(const struct registrar *r)
{
	const struct registrar_counters *n = &r->counters;
	json_t *o = json_object();

	set(o, "requests", n->requests);
	set(o, "accepted", n->accepted);
	set(o, "refused", n->refused);
	set(o, "commits", n->batches);
	set(o, "largest_batch", n->batch_max);
	set(o, "store_errors", n->store_errors);
	set(o, "expired", n->expired);
	set(o, "flows_lost", n->flows_lost);
	set(o, "bindings_failed", n->bindings_failed);
	set(o, "orphans_kept", r->prune.held ? r->prune.orphans : 0);
	return o;
}

static json_t *
authentication(const struct registrar *r)
{
	const struct registrar_auth_counters *n = registrar_auth_counters(r->auth);
	json_t *o = json_object();

	set(o, "challenged", n->challenged);
	set(o, "stale", n->stale);
	set(o, "failed", n->failed);
	set(o, "foreign", n->foreign);
	return o;
}

static json_t *
table(const struct registrar *r)
{
	const struct binding_table *t = binding_writer_table(r->publisher.writer);
	json_t *o = json_object();

	json_object_set_new(o, "complete", json_boolean(binding_table_is_complete(t)));
	set(o, "aors", binding_table_aors(t));
	set(o, "bindings", binding_table_bindings(t));
	set(o, "octets", t->segment.size);
	return o;
}

static json_t *
store(const struct registrar *r)
{
	struct store_stat s;
	json_t *o = json_object();

	r->store->ops->stat(r->store, &s);
	set(o, "aors", s.aors);
	set(o, "sequence", s.sequence);
	set(o, "pending", s.pending);
	set(o, "octets", s.used);
	set(o, "waits", s.waits);
	set(o, "disk_failures", s.journal_failures);
	json_object_set_new(
		o, "behind",
		json_string(s.apply_error == STORE_OK ? "no" : store_error_text(s.apply_error)));
	return o;
}

json_t *
registrar_report(const struct registrar *r)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "registrar", requests(r), "authentication",
			 authentication(r), "table", table(r), "store", store(r));
}
