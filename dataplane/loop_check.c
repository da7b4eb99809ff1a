/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 5393 §4.2: a request that came back unchanged. */
#include "loop_check.h"

#include "caller_preferences.h"
#include "route_set.h"
#include "sip/list.h"

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

bool
via_loop_is_closed(struct via_worker *w, const struct via_meta *meta)
{
	uint32_t limit = w->engine->config->file->proxy.aor_revisit_limit;
	struct sip_list_iter it;
	struct loop_part part;
	struct sip_via via;
	struct slice value;
	uint32_t visits = 0;

	sip_list_iter_init(&it, &meta->msg, SIP_HDR_VIA);
	while (sip_list_next(&it, &value)) {
		if (!sip_via_decode(value, &via) || !via_is_own_host(w, via.host, via.port) ||
		    !loop_part_find(via.branch, &part))
			continue;
		if (part.h1 == meta->loop.h1 || (part.h2 == meta->loop.h2 && ++visits == limit)) {
			via_count(w, STATS_loops);
			return true;
		}
	}
	return false;
}
