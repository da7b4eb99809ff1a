/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 5393 §4.2: a request that came back unchanged; then Proxy-Require (order: LD-21). */
#include "extension.h"
#include "node/node.h"
#include "route_set.h"
#include "sip/list.h"

enum { TO_TARGET, TO_AUTH, TO_REJECT, TO_DROP };

/* What the routing decision is made from (docs/wire.md, "Loop part"). */
static struct loop_part
make_part(struct via_worker *w, const struct via_meta *meta)
{
	struct loop_input in = {
		.uri = &meta->uri,
		.call_id = meta->fields.call_id,
		.cseq = meta->fields.cseq,
	};

	if ((meta->flags & VIA_ROUTE_LEFT) != 0)
		in.next_route = meta->route_uri;
	in.own_route_count = via_route_set_removed(meta, in.own_route, RTE_DIM(in.own_route));
	return loop_part_make(w->tables->keys.loop, &in);
}

/* Every own Via is compared (LD-12): a part equal to ours, or the AOR seen too often (LD-28). */
static bool
came_back(struct via_worker *w, const struct via_meta *meta)
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
		if (part.h1 == meta->loop.h1)
			return true;
		if (part.h2 == meta->loop.h2 && ++visits == limit)
			return true;
	}
	return false;
}

static uint16_t
via_loop_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	(void)m;
	/* LD-03: tested whenever a binding is looked up; LD-23: a CANCEL goes where its INVITE went
	 */
	if (meta->target == VIA_TARGET_LOOKUP) {
		meta->loop = make_part(w, meta);
		meta->flags |= VIA_HAS_LOOP;
		if (meta->msg.method != SIP_CANCEL && came_back(w, meta)) {
			via_count(w, STATS_loops);
			return via_refuse(meta, VIA_REASON_LOOP_DETECTED, TO_REJECT, TO_DROP);
		}
	}
	/* RFC 3261 §16.3 item 5; §20.29 with §9.1: not for CANCEL, and an ACK is not answered */
	if (unlikely(meta->msg.first[SIP_HDR_PROXY_REQUIRE] != SIP_NO_HEADER) &&
	    meta->msg.method != SIP_CANCEL && meta->msg.method != SIP_ACK &&
	    !via_extensions_are_known(w, meta))
		return via_refuse(meta, VIA_REASON_BAD_EXTENSION, TO_REJECT, TO_DROP);
	return unlikely(w->auth != NULL) ? TO_AUTH : TO_TARGET;
}

VIA_NODE(via_loop, via_loop_one, [TO_TARGET] = "via_target", [TO_AUTH] = "via_auth",
	 [TO_REJECT] = "via_reject", [TO_DROP] = "via_drop");
