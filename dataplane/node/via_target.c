/* SPDX-License-Identifier: BSD-3-Clause */
/* The target: a flow, a binding, or the next hop that Route or Request-URI name (RFC 3261 §16.5).
 */
#include "binding_choice.h"
#include "memory.h"
#include "next_hop.h"
#include "node/node.h"
#include "unsolicited.h"

enum { TO_FORK, TO_PARK, TO_REJECT, TO_DROP };

enum { AOR_MAX = 512, GROUP = 32, NO_ANSWER_MS = 3000 };

/* The address of record that is looked up. False when the URI names none. */
static bool
take_aor(const struct via_meta *meta, char text[AOR_MAX], struct slice *aor)
{
	size_t n = sip_uri_aor(&meta->uri, text, AOR_MAX);

	/* the port is no part of the record when it is the usual one */
	if (n > 0 && meta->uri.port == 5060)
		n -= 5;
	*aor = slice_of(text, n);
	return n > 0;
}

/* meta->aor_hash is there: prefetch_records() has made it. */
static bool
find_record(struct via_worker *w, struct via_meta *meta)
{
	const struct binding_table *t = &w->tables->bindings;
	char text[AOR_MAX];
	struct slice aor;

	if (t->header == NULL || !take_aor(meta, text, &aor))
		return false;
	via_count(w, STATS_lookups);
	return binding_find(t, aor, meta->aor_hash, &w->record);
}

/* The record is the one that this request asks for: a branch may be used again for another call. */
static bool
is_record_of(const struct binding_copy *record, const struct via_meta *meta)
{
	char text[AOR_MAX];
	struct slice aor;

	return take_aor(meta, text, &aor) && slice_eq(aor, binding_aor(record));
}

/*
 * An INVITE that comes again this long after its first copy, and to which nothing has come back,
 * not even the 100 that stays here: its way is dead (PR-11, OB-86).
 */
static bool
has_no_answer(const struct via_worker *w, const struct via_meta *meta,
	      const struct via_memory_row *row, const struct binding_choice *choice)
{
	return meta->msg.method == SIP_INVITE &&
	       (int32_t)((uint32_t)w->mono_ms - row->since_ms) >= NO_ANSWER_MS &&
	       !failed_bindings_has(&w->engine->answered,
				    binding_answered_key(&meta->branch, choice->target.id),
				    w->mono_ms);
}

/* Give this binding up for the request of `row`: its next copy takes another. */
static void
give_up(struct via_memory_row *row)
{
	row->tried[1] = row->tried[0];
	row->tried[0] = (uint16_t)(row->identity | 1);
}

/*
 * LD-29: a copy of a request that went out before goes where that went, unless that way is closed
 * now. `row` is what is remembered; false: choose anew, but none of row->tried, or ask first.
 */
static bool
choose_remembered(struct via_worker *w, struct via_meta *meta, struct via_memory_row *row,
		  struct binding_choice *choice)
{
	if (!binding_choose_again(w, meta, row->identity, row->others, choice)) {
		/* ACK and CANCEL do not decide: they follow the next copy */
		if (meta->ask.host.ptr == NULL && meta->msg.method != SIP_ACK &&
		    meta->msg.method != SIP_CANCEL)
			give_up(row);
		return false;
	}
	/* refreshed or not, a copy has the branch of the first one (RFC 3261 §16.11) */
	choice->target.id = row->target_id;
	if (has_no_answer(w, meta, row, choice) && binding_has_others(w, row->tried, choice)) {
		give_up(row);
		return false;
	}
	via_count(w, STATS_remembered);
	return true;
}

/* The record of the AOR: that of the first copy for as long as it is in memory. */
static bool
find_same_record(struct via_worker *w, struct via_meta *meta, const struct via_memory_row *row)
{
	return (row->key != 0 && binding_find_ref(&w->tables->bindings, row->ref, &w->record) &&
		is_record_of(&w->record, meta)) ||
	       find_record(w, meta);
}

static void
remember(struct via_worker *w, struct via_memory_row *row, const struct binding_choice *choice)
{
	if (row->identity != choice->identity) {
		row->since_ms = (uint32_t)w->mono_ms;
		row->others = choice->target.others;
		row->target_id = choice->target.id;
	}
	row->identity = choice->identity;
	row->ref = w->record.ref;
	via_memory_put(&w->memory, row, w->mono_ms);
}

/*
 * The name that is to be asked for lies in w->record, which the next request of this burst takes:
 * it is kept behind the message, where there is room.
 */
static bool
keep_name(struct rte_mbuf *m, struct via_meta *meta)
{
	struct slice *host = &meta->ask.host;
	char *room = rte_pktmbuf_mtod_offset(m, char *, m->data_len);

	if (rte_pktmbuf_tailroom(m) < host->len)
		return false;
	memcpy(room, host->ptr, host->len);
	host->ptr = room;
	return true;
}

/* No way is open; there may be one when a name is known. */
static uint16_t
unavailable(struct rte_mbuf *m, struct via_meta *meta)
{
	if (meta->ask.host.ptr != NULL && keep_name(m, meta))
		return TO_PARK;
	return via_refuse(meta, VIA_REASON_TEMPORARILY_UNAVAILABLE, TO_REJECT, TO_DROP);
}

/*
 * PR-04: towards a flow the edge is we; towards an edge of ours we are the peer whom it trusts, so
 * that what a stranger sends ends here.
 */
static bool
is_forged_notify(const struct via_worker *w, const struct via_meta *meta,
		 const struct binding_choice *choice)
{
	if (likely(meta->msg.method != SIP_NOTIFY))
		return false;
	if (meta->target == VIA_TARGET_FLOW)
		return via_unsolicited_notify(w, meta);
	return choice->binding.path.ptr != NULL && meta->fields.to_tag.ptr == NULL &&
	       (meta->flags & VIA_FROM_PEER) == 0;
}

static uint16_t
target_binding(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	uint64_t key = via_memory_key(&meta->branch);
	const struct via_memory_row *known = via_memory_find(&w->memory, key, w->mono_ms);
	struct via_memory_row row = { .key = 0 };
	struct binding_choice choice;

	if (known != NULL)
		row = *known;
	if (!find_same_record(w, meta, &row))
		return via_refuse(meta, VIA_REASON_NOT_FOUND, TO_REJECT, TO_DROP);
	if (row.key == 0 || !choose_remembered(w, meta, &row, &choice)) {
		/* the bindings as they are now, for whoever has to look for another */
		if (meta->ask.host.ptr != NULL || (row.key != 0 && !find_record(w, meta)))
			return unavailable(m, meta);
		row.key = key;
		if (!binding_choose(w, meta, row.tried, &choice))
			return unavailable(m, meta);
		if (choice.identity == row.identity)
			choice.target.id = row.target_id;
	}
	if (unlikely(is_forged_notify(w, meta, &choice)))
		return via_refuse(meta, VIA_REASON_NO_SUCH_DIALOG, TO_REJECT, TO_DROP);
	remember(w, &row, &choice);
	meta->branch_target = choice.target;
	branch_target_seal(w->tables->keys.loop, &meta->branch, &meta->loop, &meta->branch_target);
	meta->ref = w->record.ref;
	meta->binding = (uint8_t)choice.index;
	meta->flags |= VIA_HAS_BINDING;
	return TO_FORK;
}

/* The place that Route or Request-URI name. */
static uint16_t
target_next_hop(struct via_worker *w, struct via_meta *meta)
{
	enum via_hop hop = VIA_HOP_NOWHERE;
	struct sip_uri route;

	if (meta->route_uri.ptr == NULL)
		hop = via_next_hop_resolve(w, meta, &meta->uri, &meta->to);
	else if (sip_uri_decode(meta->route_uri, &route) && route.scheme == SIP_SCHEME_SIP)
		hop = via_next_hop_resolve(w, meta, &route, &meta->to);
	if (hop == VIA_HOP_FOUND)
		return TO_FORK;
	if (hop == VIA_HOP_ASK)
		return TO_PARK;
	return via_refuse(meta, via_next_hop_reason(hop), TO_REJECT, TO_DROP);
}

static uint16_t
via_target_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	meta->ask.host = SLICE_ABSENT;
	switch (meta->target) {
	case VIA_TARGET_FLOW:
		return TO_FORK;
	case VIA_TARGET_LOOKUP:
		return target_binding(w, m, meta);
	default:
		return target_next_hop(w, meta);
	}
}

/*
 * Look-ups miss the cache twice, on the bucket and on the record. Two short passes ask for both
 * ahead of the third, which decides.
 */
static void
prefetch_records(struct via_worker *w, void **objs, uint16_t n)
{
	const struct binding_table *t = &w->tables->bindings;
	uint64_t hash[GROUP];
	char text[AOR_MAX];

	for (uint16_t i = 0; i < n; i++) {
		struct via_meta *meta = via_meta(objs[i]);
		struct slice aor;

		hash[i] = 0;
		if (meta->target != VIA_TARGET_LOOKUP || !take_aor(meta, text, &aor))
			continue;
		meta->aor_hash = hash[i] = binding_hash(t, aor);
		binding_prefetch(t, hash[i]);
		via_memory_prefetch(&w->memory, via_memory_key(&meta->branch));
	}
	for (uint16_t i = 0; i < n; i++)
		if (hash[i] != 0)
			binding_prefetch_record(t, hash[i]);
}

static uint16_t
via_target_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	for (uint16_t done = 0; done < n; done = (uint16_t)(done + GROUP)) {
		uint16_t group = (uint16_t)RTE_MIN(n - done, (int)GROUP);

		if (w->tables->bindings.header != NULL)
			prefetch_records(w, objs + done, group);
		for (uint16_t i = done; i < done + group; i++)
			rte_node_enqueue_x1(graph, node,
					    via_target_one(w, objs[i], via_meta(objs[i])), objs[i]);
	}
	return n;
}

static struct rte_node_register via_target_node = {
	.name = "via_target",
	.init = via_node_init,
	.process = via_target_process,
	.nb_edges = 4,
	.next_nodes = {
		[TO_FORK] = "via_fork",
		[TO_PARK] = "via_park",
		[TO_REJECT] = "via_reject",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_target_node);
