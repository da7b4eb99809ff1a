/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 5393 §4.2: a request that came back unchanged. */
#include "loop_check.h"

#include "binding_choice.h"
#include "caller_preferences.h"
#include "guard/loop_check.h"
#include "lookup.h"
#include "route_set.h"

void
via_loop_note(struct via_worker *w, struct via_meta *meta)
{
	struct loop_further further[LOOP_FURTHER_MAX];
	struct loop_input in = {
		.further = further,
		.uri = &meta->uri,
		.call_id = meta->fields.call_id,
		.cseq = meta->fields.cseq,
	};

	if ((meta->flags & VIA_ROUTE_LEFT) != 0)
		in.next_route = meta->route_uri;
	in.own_route_count = via_route_set_removed(meta, in.own_route, RTE_DIM(in.own_route));
	if (meta->target == VIA_TARGET_LOOKUP)
		in.further_count = caller_preferences_inputs(w, meta, further);
	meta->loop = loop_part_make(w->tables->keys.loop, &in);
	meta->flags |= VIA_HAS_LOOP;
}

static bool
is_own(const void *worker, struct slice host, uint16_t port)
{
	return via_is_own_host(worker, host, port);
}

bool
via_loop_is_closed(struct via_worker *w, const struct via_meta *meta)
{
	const struct loop_policy policy = {
		.is_own = is_own,
		.self = w,
		.revisit_limit = w->engine->config->file->proxy.aor_revisit_limit,
	};

	if (!loop_check(&meta->msg, &meta->loop, &policy))
		return false;
	via_count(w, STATS_loops);
	return true;
}

void
via_loop_saved(struct via_worker *w, struct via_meta *meta)
{
	struct gruu gruu;

	if (meta->target == VIA_TARGET_LOOKUP && via_lookup_begin(w, meta, &gruu) != 0 &&
	    via_lookup_find(w, meta, &gruu))
		stats_add(&w->stats->counter[STATS_guard_saved],
			  (uint64_t)__builtin_popcountll(binding_live(w, false)));
}
