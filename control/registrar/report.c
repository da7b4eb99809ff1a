/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/report.h"

#include <stdio.h>

#include "process/clock.h"
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
	set(o, "table_full", n->table_full);
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
	json_object_set_new(o, "full", json_boolean(publisher_is_full(&r->publisher)));
	return o;
}

static uint64_t
wait_s(const struct registrar *r)
{
	return (clock_watch_wait_ms(&r->clock, clock_ms(CLOCK_BOOTTIME)) + 999) / 1000;
}

static json_t *
wall_clock(const struct registrar *r)
{
	json_t *o = json_object();

	set(o, "jumps", r->clock.jumps);
	json_object_set_new(o, "last_jump_ms", json_integer((json_int_t)r->clock.jump_ms));
	set(o, "nothing_expires_for_s", wait_s(r));
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
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "registrar", requests(r), "authentication",
			 authentication(r), "table", table(r), "store", store(r), "clock",
			 wall_clock(r));
}

/* Whether something that is now has not been said; what is over may be said again. */
static bool
is_news(bool is, bool *told)
{
	bool news = is && !*told;

	*told = is;
	return news;
}

bool
registrar_news(struct registrar *r, char *text, size_t size)
{
	if (is_news(publisher_is_full(&r->publisher), &r->told_full))
		snprintf(text, size,
			 "the binding table is full: %s has no memory left but for what is needed "
			 "to "
			 "go on; new users get 503. Make the file system larger",
			 r->config->shm_dir);
	else if (is_news(wait_s(r) > 0, &r->told_clock))
		snprintf(
			text, size,
			"the clock jumped by %lld s: no binding is removed as expired for a minute",
			(long long)(r->clock.jump_ms / 1000));
	else
		return false;
	return true;
}
