/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests: Route pre-processing and where the request is headed (RFC 3261 §16.3, §16.4). */
#include "admission.h"
#include "drain.h"
#include "flow_state.h"
#include "handoff.h"
#include "lookup.h"
#include "node/node.h"
#include "reply_tag.h"
#include "route_set.h"
#include "sip/list.h"
#include "transaction/transaction.h"

enum { TO_SCREEN, TO_PUNT, TO_TRANSACTION, TO_HANDOFF, TO_REJECT, TO_DROP };

/* Requests whose tokens are opened together. */
enum { GROUP = 32 };

static uint16_t
refuse(struct via_meta *meta, enum via_reason reason)
{
	return via_refuse(meta, reason, TO_REJECT, TO_DROP);
}

/* An ACK for a response that we made ourselves carries its To tag. */
static bool
acknowledges_us(const struct via_worker *w, const struct via_meta *meta)
{
	char tag[REPLY_TAG_LEN];

	return meta->msg.method == SIP_ACK && meta->fields.to_tag.len == REPLY_TAG_LEN &&
	       slice_eq(meta->fields.to_tag,
			reply_tag_make(w->tables->keys.branch, &meta->fields, tag));
}

/* One Contact has reg-id (RFC 5626) or flow-id (its draft). */
static void
find_id_param(const struct via_meta *meta, bool *reg_id, bool *flow_id)
{
	struct sip_address address;
	struct sip_list_iter it;
	struct slice element;

	*reg_id = *flow_id = false;
	sip_list_iter_init(&it, &meta->msg, SIP_HDR_CONTACT);
	while (sip_list_next(&it, &element)) {
		if (!sip_address_decode(element, &address))
			continue;
		*reg_id |= sip_param_find(address.params, SLICE("reg-id"), NULL);
		*flow_id |= sip_param_find(address.params, SLICE("flow-id"), NULL);
	}
}

/* OB-01 to OB-10: does this REGISTER, straight from a user agent, get a flow token? */
static enum via_reason
decide_path(struct via_worker *w, struct via_meta *meta)
{
	const struct config_file_edge *edge = &w->engine->config->file->edge;
	bool reg_id, flow_id, path;

	if (!edge->enabled || (meta->flags & VIA_FROM_PEER) != 0)
		return VIA_REASON_NONE;
	/* route-construct 5.2: it would become a Route to anywhere; any number of Vias is a claim
	 */
	if (meta->msg.first[SIP_HDR_PATH] != SIP_NO_HEADER && !edge->path_from_ua)
		return VIA_REASON_PATH_NOT_TAKEN;
	if ((meta->flags & VIA_FIRST_HOP) == 0)
		return VIA_REASON_NONE;
	find_id_param(meta, &reg_id, &flow_id);
	path = sip_list_has(&meta->msg, SIP_HDR_SUPPORTED, SLICE("path"));
	if (reg_id && !path)
		return VIA_REASON_PATH_REQUIRED; /* OB-07 */
	if (reg_id || flow_id || path || edge->path_for_legacy)
		meta->flags |= VIA_ADD_PATH;
	if (reg_id)
		meta->flags |= VIA_PATH_OB;
	if (path)
		meta->flags |= VIA_REQUIRE_PATH;
	return VIA_REASON_NONE;
}

/* The Request-URI, with no Route left, names us or a domain of ours. */
static uint16_t
decide_own(struct via_worker *w, struct via_meta *meta)
{
	bool own_domain = via_is_own_domain(w->engine, meta->uri.host);

	if (meta->uri.user.len == 0) {
		if (meta->msg.method == SIP_OPTIONS)
			return refuse(meta, VIA_REASON_OK);
		return refuse(meta, meta->msg.method == SIP_REGISTER ? VIA_REASON_METHOD_NOT_ALLOWED
								     : VIA_REASON_NOT_FOUND);
	}
	if (!own_domain)
		return refuse(meta, VIA_REASON_NOT_FOUND);
	meta->target = VIA_TARGET_LOOKUP;
	return TO_SCREEN;
}

/* A GRUU of ours: whatever Routes are left, they lead the request to its contact (GR-50). */
static bool
is_gruu(const struct via_worker *w, const struct sip_uri *uri)
{
	struct gruu gruu;

	return via_is_own_domain(w->engine, uri->host) && uri->user.len > 0 &&
	       via_gruu_of(w, uri, &gruu) != GRUU_NONE;
}

static bool
is_sip(const struct via_worker *w, const struct sip_uri *uri)
{
	/* a user of ours may have sips contacts, or is to be told to have none (RFC 5630 §5.3) */
	return uri->scheme == SIP_SCHEME_SIP ||
	       (uri->scheme == SIP_SCHEME_SIPS && uri->user.len > 0 &&
		via_is_own_domain(w->engine, uri->host));
}

static uint16_t
decide_destination(struct via_worker *w, struct via_meta *meta)
{
	if (meta->target == VIA_TARGET_FLOW)
		return TO_SCREEN;
	if ((meta->flags & VIA_ROUTE_LEFT) != 0) {
		if (unlikely(is_gruu(w, &meta->uri)))
			meta->target = VIA_TARGET_LOOKUP;
		return TO_SCREEN;
	}
	if (!is_sip(w, &meta->uri))
		return refuse(meta, VIA_REASON_UNSUPPORTED_SCHEME);
	if (via_is_own_domain(w->engine, meta->uri.host) ||
	    via_is_own_host(w, meta->uri.host, meta->uri.port))
		return decide_own(w, meta);
	return TO_SCREEN;
}

static void
make_branch(const struct via_worker *w, struct via_meta *meta)
{
	const struct flow_address back = via_reply_address(meta);

	meta->branch = branch_make(w->tables->keys.branch, &back, &meta->fields.via, &meta->fields,
				   BRANCH_NO_OWNER, meta->listener);
}

/* The request belongs to a transaction: of this worker, or of another one. */
static bool
is_matched(const struct via_worker *w, struct via_meta *meta, uint16_t *edge)
{
	int owner;

	if (w->transactions == NULL)
		return false;
	*edge = TO_TRANSACTION;
	if (transaction_has(w, meta))
		return true;
	if (likely(w->engine->worker_count == 1) || (meta->flags & VIA_HANDED) != 0)
		return false;
	owner = owners_find(&w->engine->owners, transaction_key(&meta->branch));
	if (owner < 0 || (unsigned int)owner == w->index)
		return false;
	*edge = via_handoff(w, meta, (unsigned int)owner, TO_HANDOFF, TO_DROP);
	return true;
}

static uint16_t
via_request_one(struct via_worker *w, struct via_meta *meta, const struct via_route_look *look)
{
	enum via_reason refused;
	uint16_t edge;

	if (unlikely(!w->tables->has_keys))
		return refuse(meta, VIA_REASON_NO_CONTROL);
	if (is_matched(w, meta, &edge))
		return edge;
	if (acknowledges_us(w, meta))
		return via_drop(meta, STATS_ack_absorbed, TO_DROP);
	meta->target = VIA_TARGET_NEXT_HOP;
	if (meta->fields.via_count == 1)
		meta->flags |= VIA_FIRST_HOP;
	/* what we sent to ourselves is no peer's, even where our own network is one of peers */
	if (config_network_has(&w->engine->config->peers, &meta->flow.remote) &&
	    via_listener_here(w, &meta->flow.remote) < 0)
		meta->flags |= VIA_FROM_PEER;
	if (meta->again == VIA_AGAIN_NOT &&
	    (meta->flags & (VIA_FIRST_HOP | VIA_FROM_PEER)) == VIA_FIRST_HOP)
		via_flow_heard(w, &meta->flow);
	refused = via_route_set_process(w, meta, look);
	if (refused != VIA_REASON_NONE)
		return refuse(meta, refused);
	refused = via_drain_check(w, meta);
	if (refused != VIA_REASON_NONE)
		return refuse(meta, refused);
	if (via_is_for_registrar(w, meta) && (meta->flags & VIA_ROUTE_LEFT) == 0) {
		refused = via_admission_check(w, meta);
		return refused != VIA_REASON_NONE ? refuse(meta, refused) : TO_PUNT;
	}
	edge = decide_destination(w, meta);
	if (edge != TO_SCREEN)
		return edge;
	/* RFC 3261 §16.3 item 3; what ends here has been taken out above */
	if (meta->fields.max_forwards == 0)
		return refuse(meta, VIA_REASON_TOO_MANY_HOPS);
	if (meta->msg.method == SIP_REGISTER) {
		refused = decide_path(w, meta);
		if (refused != VIA_REASON_NONE)
			return refuse(meta, refused);
	}
	return TO_SCREEN;
}

static void
prepare(const struct via_worker *w, struct via_meta *meta)
{
	uint64_t key;

	make_branch(w, meta);
	if (w->transactions == NULL)
		return;
	key = transaction_key(&meta->branch);
	transaction_prefetch(w->transactions, key);
	if (w->engine->worker_count > 1)
		owners_prefetch(&w->engine->owners, key);
}

/* The flow tokens of a group: several at a time cost half of what they cost one by one. */
static void
open_tokens(struct via_worker *w, void **objs, uint16_t n, struct via_route_look look[GROUP])
{
	struct flow_token_job job[GROUP];
	uint16_t of[GROUP], jobs = 0;

	for (uint16_t i = 0; i < n; i++) {
		if (i + 1 < n)
			via_prefetch_meta(objs[i + 1]);
		if (likely(w->tables->has_keys))
			prepare(w, via_meta(objs[i]));
		if (via_route_set_look(w, via_meta(objs[i]), &look[i], &job[jobs]))
			of[jobs++] = i;
	}
	if (likely(w->tables->has_keys))
		flow_token_open_burst(&w->tables->keys, job, jobs);
	for (uint16_t k = 0; k < jobs; k++)
		look[of[k]].token = job[k];
}

static uint16_t
via_request_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);
	struct via_route_look look[GROUP];

	for (uint16_t done = 0; done < n; done = (uint16_t)(done + GROUP)) {
		uint16_t group = (uint16_t)RTE_MIN(n - done, (int)GROUP);

		open_tokens(w, objs + done, group, look);
		for (uint16_t i = 0; i < group; i++)
			rte_node_enqueue_x1(graph, node,
					    via_request_one(w, via_meta(objs[done + i]), &look[i]),
					    objs[done + i]);
	}
	return n;
}

static struct rte_node_register via_request_node = {
	.name = "via_request",
	.init = via_node_init,
	.process = via_request_process,
	.nb_edges = 6,
	.next_nodes = {
		[TO_SCREEN] = "via_screen",
		[TO_PUNT] = "via_punt",
		[TO_TRANSACTION] = "via_transaction",
		[TO_HANDOFF] = "via_handoff_tx",
		[TO_REJECT] = "via_reject",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_request_node);
