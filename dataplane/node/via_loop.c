/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 5393 §4.2: a request that came back unchanged; then Proxy-Require (order: LD-21). */
#include "guard/loop_check.h"
#include "node/node.h"
#include "route_set.h"

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

static bool
is_own(const void *worker, struct slice host, uint16_t port)
{
	return via_is_own_host(worker, host, port);
}

static bool
came_back(const struct via_worker *w, const struct via_meta *meta)
{
	const struct loop_policy policy = {
		.is_own = is_own,
		.self = w,
		.revisit_limit = w->engine->config->file->proxy.aor_revisit_limit,
	};

	return loop_check(&meta->msg, &meta->loop, &policy);
}

/* What proxy.loop_check makes of a request that gets a loop part. True: it ends here, with 482. */
static bool
is_refused(struct via_worker *w, struct via_meta *meta)
{
	enum config_loop_check check = w->engine->config->file->proxy.loop_check;

	/* LD-23: a CANCEL goes where its INVITE went */
	if (check == CONFIG_LOOP_CHECK_OFF || meta->msg.method == SIP_CANCEL || !came_back(w, meta))
		return false;
	/* LD-01: a loop only if it is going to be forked */
	if (check == CONFIG_LOOP_CHECK_FORKS) {
		meta->flags |= VIA_LOOPED;
		return false;
	}
	via_count(w, STATS_loops);
	return true;
}

static uint16_t
via_loop_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	(void)m;
	/* LD-03: whenever a binding is looked up, and on request always */
	if (meta->target == VIA_TARGET_LOOKUP ||
	    unlikely(w->engine->config->file->proxy.loop_check == CONFIG_LOOP_CHECK_ALWAYS)) {
		meta->loop = make_part(w, meta);
		meta->flags |= VIA_HAS_LOOP;
		if (is_refused(w, meta))
			return via_refuse(meta, VIA_REASON_LOOP_DETECTED, TO_REJECT, TO_DROP);
	}
	/* RFC 3261 §16.3 item 5; §20.29 with §9.1: not for CANCEL, and an ACK is not answered */
	if (unlikely(meta->msg.first[SIP_HDR_PROXY_REQUIRE] != SIP_NO_HEADER) &&
	    meta->msg.method != SIP_CANCEL && meta->msg.method != SIP_ACK)
		return via_refuse(meta, VIA_REASON_BAD_EXTENSION, TO_REJECT, TO_DROP);
	return unlikely(w->auth != NULL) ? TO_AUTH : TO_TARGET;
}

VIA_NODE(via_loop, via_loop_one, [TO_TARGET] = "via_target", [TO_AUTH] = "via_auth",
	 [TO_REJECT] = "via_reject", [TO_DROP] = "via_drop");
