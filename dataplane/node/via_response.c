/* SPDX-License-Identifier: BSD-3-Clause */
/* Responses: our Via checked and popped, the next one says where to (RFC 3261 §16.7, §18.2.2). */
#include "binding_choice.h"
#include "flow_state.h"
#include "handoff.h"
#include "node/node.h"
#include "sip/chars.h"
#include "sip/list.h"
#include "transaction/transaction.h"

enum { TO_EGRESS, TO_BRANCH, TO_PUNT, TO_HANDOFF, TO_DROP };

/* Where the Via under ours sends its response (RFC 3261 §18.2.2, RFC 3581 §4). */
static bool
response_target(const struct sip_via *via, struct flow_address *to)
{
	uint32_t port = via->port != 0 ? via->port : 5060;

	if (via->received.ptr != NULL) {
		if (!flow_ip_decode(via->received, to))
			return false;
		if (via->has_rport && via->rport.ptr != NULL &&
		    (!sip_uint(via->rport, &port) || port == 0 || port > UINT16_MAX))
			return false;
	} else if (!flow_ip_decode(via->host, to)) {
		return false;
	}
	to->port = (uint16_t)port;
	return flow_ip_is_unicast(to);
}

/*
 * The response of a registrar, to the user agent whose flow it came from; not to one whose port
 * somebody behind the same address wrote into his Via.
 */
static bool
is_for_flow(const struct via_worker *w, const struct via_meta *meta, const struct sip_via *below)
{
	return w->engine->config->file->edge.enabled && meta->fields.via_count == 2 &&
	       sip_via_names_source(below) && slice_eq(meta->fields.cseq_method, SLICE("REGISTER"));
}

/*
 * GR-46, OB-71: a binding of the same instance may be tried after a 408, as long as who asked still
 * sends copies: what has gone on to him may have ended that.
 */
static bool
is_tried_elsewhere(struct via_worker *w, const struct via_meta *meta, const struct branch_id *id,
		   const struct branch_target *target)
{
	if (meta->msg.status != 408 || !target->same ||
	    failed_bindings_has(&w->engine->answered, binding_heard_key(id, target->id),
				w->mono_ms))
		return false;
	failed_bindings_add(&w->engine->answered, binding_timeout_key(id, target->id), w->mono_ms);
	return true;
}

/*
 * A response to a request that we sent to a binding. That something comes back is noted where there
 * are other bindings: the request does not try them then (OB-70). 430 stays here where there are
 * others, and the next copy of the request takes one (OB-69); so does 100, which would stop the
 * copies before a 430. Where there are none both go on, a 430 as 480 (OB-77).
 */
static bool
goes_on(struct via_worker *w, struct via_meta *meta, const struct branch_id *id)
{
	uint16_t status = meta->msg.status;
	struct branch_target target;
	struct loop_part loop;

	if (likely(meta->fields.via.branch.len != BRANCH_MAX_LEN) ||
	    !branch_target_read(meta->fields.via.branch, &target) ||
	    !loop_part_find(meta->fields.via.branch, &loop) ||
	    !branch_target_check(w->tables->keys.loop, id, &loop, &target))
		return true;
	if (status == 430) {
		failed_bindings_add(&w->engine->failed, binding_failed_key(loop.h2, target.id),
				    w->mono_ms);
		meta->flags |= VIA_AS_UNAVAILABLE;
	} else if (target.others) {
		if (is_tried_elsewhere(w, meta, id, &target))
			return false;
		failed_bindings_add(&w->engine->answered, binding_answered_key(id, target.id),
				    w->mono_ms);
		if (target.same && status != 100)
			failed_bindings_add(&w->engine->answered, binding_heard_key(id, target.id),
					    w->mono_ms);
	}
	return !target.others || (status != 430 && status != 100);
}

/*
 * A response to a request of control's own. Nobody else is to get it, so ours is the only Via, and
 * the branch speaks for the Call-ID (RFC 3261 §8.1.3.3).
 */
static uint16_t
response_for_control(struct via_worker *w, struct via_meta *meta, const struct branch_id *id)
{
	if (meta->fields.via_count != 1)
		return via_drop(meta, STATS_foreign_response, TO_DROP);
	if (unlikely(!w->tables->has_keys) ||
	    !branch_check_own(w->tables->keys.branch, id, &meta->fields))
		return via_drop(meta, STATS_forged_branch, TO_DROP);
	return TO_PUNT;
}

/* A response to a branch of a transaction, to the worker whose it is. */
static uint16_t
response_for_branch(struct via_worker *w, struct via_meta *meta)
{
	if (!config_network_has(&w->engine->config->peers, &meta->flow.remote))
		via_flow_heard(w, &meta->flow);
	if (meta->client.worker == w->index) {
		if (likely(w->transactions != NULL))
			client_prefetch(w->transactions, meta->client.client);
		return TO_BRANCH;
	}
	return via_handoff(w, meta, meta->client.worker, TO_HANDOFF, TO_DROP);
}

static uint16_t
via_response_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	const struct sip_via *top = &meta->fields.via;
	struct sip_list_iter it;
	struct branch_id id;
	struct sip_via below;
	struct slice value;

	(void)m;
	if (!via_is_own_host(w, top->host, top->port))
		return via_drop(meta, STATS_foreign_response, TO_DROP);
	if (branch_client_read(top->branch, &meta->client))
		return response_for_branch(w, meta);
	if (branch_read(top->branch, &id) && id.worker == BRANCH_CONTROL)
		return response_for_control(w, meta, &id);
	sip_list_iter_init(&it, &meta->msg, SIP_HDR_VIA);
	sip_list_next(&it, &value);
	if (!sip_list_next(&it, &value) || !sip_via_decode(value, &below))
		return via_drop(meta, STATS_foreign_response, TO_DROP);
	if (!response_target(&below, &meta->to))
		return via_drop(meta, STATS_response_no_target, TO_DROP);
	if (unlikely(!w->tables->has_keys) || !branch_read(top->branch, &id) ||
	    id.listener >= w->engine->config->listener_count ||
	    !branch_check(w->tables->keys.branch, &id, &meta->to, &below, &meta->fields))
		return via_drop(meta, STATS_forged_branch, TO_DROP);
	if (!config_network_has(&w->engine->config->peers, &meta->flow.remote))
		via_flow_heard(w, &meta->flow);
	meta->target = VIA_TARGET_NEXT_HOP;
	if (is_for_flow(w, meta, &below)) {
		const struct flow flow = { .local = via_listener(w, id.listener)->address,
					   .remote = meta->to,
					   .transport = FLOW_UDP };

		meta->target = VIA_TARGET_FLOW;
		via_flow_prefetch(w, meta, &flow);
	}
	if (!goes_on(w, meta, &id))
		return via_drop(meta, STATS_failed_over, TO_DROP);
	meta->out_listener = id.listener;
	meta->way_out = STATS_forwarded_responses;
	return TO_EGRESS;
}

VIA_NODE(via_response, via_response_one, [TO_EGRESS] = "via_egress", [TO_BRANCH] = "via_branch",
	 [TO_PUNT] = "via_punt", [TO_HANDOFF] = "via_handoff_tx", [TO_DROP] = "via_drop");
