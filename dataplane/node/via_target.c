/* SPDX-License-Identifier: BSD-3-Clause */
/* The target: a flow, a binding, or the next hop that Route or Request-URI name (RFC 3261 §16.5).
 */
#include "binding_choice.h"
#include "caller_preferences.h"
#include "disabled.h"
#include "gruu_contact.h"
#include "lookup.h"
#include "memory.h"
#include "next_hop.h"
#include "node/node.h"
#include "sip/field/feature.h"
#include "target_set.h"
#include "unsolicited.h"

enum { TO_FORK, TO_PARK, TO_REJECT, TO_DROP };

enum { GROUP = 32, NO_ANSWER_MS = 3000 };

/* ---- who is not there ---- */

/* GR-40; with hide_users nobody learns by asking which users and GRUUs there are. */
static uint16_t
refuse_target(struct via_worker *w, struct via_meta *meta, const struct gruu *gruu,
	      enum via_reason reason)
{
	if (reason == VIA_REASON_NOT_FOUND && gruu->kind != GRUU_NONE)
		via_count(w, STATS_gruu_unknown);
	if (reason == VIA_REASON_NOT_FOUND && w->engine->config->file->registrar.hide_users)
		reason = VIA_REASON_TEMPORARILY_UNAVAILABLE;
	return via_refuse(meta, reason, TO_REJECT, TO_DROP);
}

static bool
is_complete(const struct binding_table *t)
{
	return t->header != NULL && binding_table_is_complete(t);
}

/* The table lacks it; so does the store, unless the table does not show all of that yet. */
static uint16_t
absent(struct via_worker *w, struct via_meta *meta, const struct gruu *gruu)
{
	char text[VIA_AOR_MAX];
	struct slice aor;

	if (meta->again == VIA_AGAIN_LOADED || is_complete(&w->tables->bindings) ||
	    (gruu->kind != GRUU_TEMPORARY && !via_aor_of(&meta->uri, text, &aor)))
		return refuse_target(w, meta, gruu, VIA_REASON_NOT_FOUND);
	if (meta->again != VIA_AGAIN_NOT) /* control has been asked, and cannot say */
		return refuse_target(w, meta, gruu, VIA_REASON_NO_CONTROL);
	meta->ask = (struct via_ask){ .load = true,
				      .name_hash = gruu->kind == GRUU_TEMPORARY ? gruu->epoch : 0 };
	return TO_PARK;
}

/* ---- which bindings count ---- */

/* Those of the AOR or of the instance (GR-49) that the caller does not refuse. */
static enum via_reason
find_among(struct via_worker *w, const struct via_meta *meta, const struct gruu *gruu,
	   struct caller_preferences *p)
{
	enum via_reason refused = via_lookup_among(w, gruu, &p->among);

	if (refused != VIA_REASON_NONE)
		return refused;
	refused = caller_preferences_apply(w, meta, p);
	if (gruu->kind != GRUU_NONE) /* GR-55 */
		p->directives &= (uint16_t)~SIP_DIRECTIVE_REDIRECT;
	return refused;
}

/* ---- where the first copy went ---- */

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

/* GR-46, OB-71: 408 came back, and went no further: the next copy of the request is to come. */
static bool
has_timed_out(const struct via_worker *w, const struct via_meta *meta,
	      const struct binding_choice *choice)
{
	return choice->target.same && meta->msg.method != SIP_ACK &&
	       meta->msg.method != SIP_CANCEL &&
	       failed_bindings_has(&w->engine->answered,
				   binding_timeout_key(&meta->branch, choice->target.id),
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
choose_remembered(struct via_worker *w, struct via_meta *meta, const struct gruu *gruu,
		  struct via_memory_row *row, struct binding_choice *choice)
{
	struct caller_preferences p;

	if (!binding_choose_again(w, meta, row->identity, choice)) {
		/* ACK and CANCEL do not decide: they follow the next copy */
		if (meta->ask.host.ptr == NULL && meta->msg.method != SIP_ACK &&
		    meta->msg.method != SIP_CANCEL)
			give_up(row);
		return false;
	}
	/* refreshed or not, a copy has the branch of the first one (RFC 3261 §16.11) */
	choice->target = row->target;
	if ((has_no_answer(w, meta, row, choice) || has_timed_out(w, meta, choice)) &&
	    find_among(w, meta, gruu, &p) == VIA_REASON_NONE &&
	    binding_has_others(w, p.among, row->tried, choice)) {
		give_up(row);
		return false;
	}
	via_count(w, STATS_remembered);
	return true;
}

/*
 * The record: that of the first copy for as long as it is in memory. A GRUU that is not valid any
 * more leads the copies to the same AOR.
 */
static bool
find_same_record(struct via_worker *w, struct via_meta *meta, const struct gruu *gruu,
		 const struct via_memory_row *row)
{
	const struct binding_table *t = &w->tables->bindings;

	if (row->key != 0 && binding_find_ref(t, row->ref, &w->record) &&
	    via_lookup_is(w, meta, gruu))
		return true;
	return via_lookup_find(w, meta, gruu) || (row->key != 0 && gruu->kind == GRUU_TEMPORARY &&
						  binding_find_hash(t, row->aor_hash, &w->record));
}

static void
remember(struct via_worker *w, struct via_memory_row *row, const struct binding_choice *choice)
{
	if (row->identity != choice->identity) {
		row->since_ms = (uint32_t)w->mono_ms;
		row->target = choice->target;
	}
	row->identity = choice->identity;
	row->ref = w->record.ref;
	row->aor_hash = w->record.record.hash;
	via_memory_put(&w->memory, row, w->mono_ms);
}

/* ---- the choice ---- */

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

/* The bindings as they are now. Sets choice->index -1 where the record has some and no way to them.
 */
static enum via_reason
choose_anew(struct via_worker *w, struct via_meta *meta, const struct gruu *gruu,
	    const struct via_memory_row *row, struct binding_choice *choice)
{
	struct caller_preferences p;
	enum via_reason refused;

	refused = find_among(w, meta, gruu, &p);
	if (refused != VIA_REASON_NONE)
		return refused;
	if (!binding_choose(w, meta, p.among, row->tried, choice))
		return VIA_REASON_TEMPORARILY_UNAVAILABLE;
	choice->target.same = choice->target.others && gruu->kind != GRUU_NONE;
	if (choice->identity == row->identity)
		choice->target.id = row->target.id;
	return VIA_REASON_NONE;
}

/*
 * RFC 5630 §5.3: a SIPS URI leads to SIPS contacts, and over TLS, which there is not: no way is
 * open. Whoever asks learns when there is no such contact either.
 */
static uint16_t
target_sips(struct via_worker *w, struct via_meta *meta, const struct gruu *gruu)
{
	enum via_reason refused = VIA_REASON_SIPS_NOT_ALLOWED;
	struct sip_uri contact;
	struct binding b;
	uint64_t among;

	if (!via_lookup_find(w, meta, gruu))
		return absent(w, meta, gruu);
	if (via_lookup_among(w, gruu, &among) == VIA_REASON_NOT_FOUND)
		return refuse_target(w, meta, gruu, VIA_REASON_NOT_FOUND);
	among &= binding_live(w, false);
	for (unsigned int i = 0; i < BINDING_MAX_CONTACTS && binding_get(&w->record, i, &b); i++)
		if ((among >> i & 1) != 0 && sip_uri_decode(b.contact, &contact) &&
		    contact.scheme == SIP_SCHEME_SIPS)
			among = 0;
	if (among == 0)
		refused = VIA_REASON_TEMPORARILY_UNAVAILABLE;
	return refuse_target(w, meta, gruu, refused);
}

/* Several targets, or state for one: they are in meta->targets then. */
static enum via_reason
choose_set(struct via_worker *w, struct via_meta *meta, const struct gruu *gruu)
{
	struct caller_preferences p;
	enum via_reason refused;

	/* GR-50: a request with Routes left has one way */
	if (!target_set_is_wanted(w, meta) || (meta->flags & VIA_ROUTE_LEFT) != 0)
		return VIA_REASON_NONE;
	refused = find_among(w, meta, gruu, &p);
	return refused == VIA_REASON_NONE ? target_set_of_record(w, meta, &p) : refused;
}

/* The binding of the first copy, or one of now. Else the edge by which it leaves. */
static bool
choose_binding(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta,
	       const struct gruu *gruu, struct binding_choice *choice, uint16_t *edge)
{
	uint64_t key = via_lookup_key(w, meta, gruu);
	const struct via_memory_row *known = via_memory_find(&w->memory, key, w->mono_ms);
	struct via_memory_row row = { .key = 0 };
	enum via_reason refused = VIA_REASON_NONE;
	bool found;

	if (known != NULL)
		row = *known;
	found = find_same_record(w, meta, gruu, &row);
	if (row.key == 0)
		refused =
			via_disabled_check(w, meta, found ? w->record.record.hash : meta->aor_hash);
	if (!found && refused == VIA_REASON_NONE) {
		*edge = absent(w, meta, gruu);
		return false;
	}
	if (row.key == 0 && refused == VIA_REASON_NONE)
		refused = choose_set(w, meta, gruu);
	if ((meta->flags & VIA_HAS_TARGETS) != 0) {
		*edge = TO_FORK;
		return false;
	}
	if (refused != VIA_REASON_NONE) {
		*edge = refuse_target(w, meta, gruu, refused);
		return false;
	}
	if (row.key == 0 || !choose_remembered(w, meta, gruu, &row, choice)) {
		if (meta->ask.host.ptr != NULL || (row.key != 0 && !via_lookup_find(w, meta, gruu)))
			refused = VIA_REASON_TEMPORARILY_UNAVAILABLE;
		else
			refused = choose_anew(w, meta, gruu, &row, choice);
		row.key = key;
	}
	if (unlikely(refused != VIA_REASON_NONE)) {
		*edge = refused == VIA_REASON_TEMPORARILY_UNAVAILABLE
				? unavailable(m, meta)
				: refuse_target(w, meta, gruu, refused);
		return false;
	}
	if (unlikely(via_forged_notify(w, meta, &choice->binding))) {
		*edge = via_refuse(meta, VIA_REASON_NO_SUCH_DIALOG, TO_REJECT, TO_DROP);
		return false;
	}
	/* one that has overtaken its INVITE must not choose for it */
	if (known != NULL || (meta->msg.method != SIP_ACK && meta->msg.method != SIP_CANCEL))
		remember(w, &row, choice);
	return true;
}

/* GR-48: the draft's `grid` is for the user agent; RFC 5627 has none (GR-44). */
static bool
has_grid(const struct via_worker *w, const struct gruu *gruu)
{
	return gruu->kind != GRUU_NONE && gruu->has_grid &&
	       (gruu->kind == GRUU_DRAFT ||
		w->engine->config->file->registrar.gruu != CONFIG_GRUU_RFC5627);
}

static uint16_t
target_binding(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta,
	       const struct gruu *gruu)
{
	struct binding_choice choice;
	uint16_t edge;

	if (unlikely(gruu->kind != GRUU_NONE))
		via_count(w, STATS_gruu);
	if (unlikely(meta->uri.scheme == SIP_SCHEME_SIPS))
		return target_sips(w, meta, gruu);
	if (unlikely(has_grid(w, gruu)))
		meta->flags |= VIA_COPY_GRID;
	if (!choose_binding(w, m, meta, gruu, &choice, &edge))
		return edge;
	/* GR-50 */
	if (unlikely((meta->flags & VIA_ROUTE_LEFT) != 0)) {
		edge = target_next_hop(w, meta);
		if (edge != TO_FORK)
			return edge;
	}
	meta->branch_target = choice.target;
	branch_target_seal(w->tables->keys.loop, &meta->branch, &meta->loop, &meta->branch_target);
	meta->ref = w->record.ref;
	meta->binding = (uint8_t)choice.index;
	meta->flags |= VIA_HAS_BINDING;
	return TO_FORK;
}

/* Looks like a GRUU, and cannot be one. */
static uint16_t
refuse_malformed(struct via_worker *w, struct via_meta *meta, const struct gruu *gruu)
{
	return refuse_target(w, meta, gruu,
			     gruu->kind == GRUU_TOO_LONG ? VIA_REASON_GRUU_TOO_LONG
							 : VIA_REASON_NOT_FOUND);
}

static uint16_t
via_target_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta,
	       const struct gruu *gruu)
{
	enum via_reason refused = via_gruu_contact_check(w, meta);

	if (unlikely(refused != VIA_REASON_NONE))
		return via_refuse(meta, refused, TO_REJECT, TO_DROP);
	meta->ask.host = SLICE_ABSENT;
	switch (meta->target) {
	case VIA_TARGET_FLOW:
		return TO_FORK;
	case VIA_TARGET_LOOKUP:
		if (unlikely(gruu_status(gruu->kind) != 0))
			return refuse_malformed(w, meta, gruu);
		return target_binding(w, m, meta, gruu);
	default:
		return target_next_hop(w, meta);
	}
}

/*
 * Look-ups miss the cache twice, on the bucket and on the record. Two short passes ask for both
 * ahead of the third, which decides.
 */
static void
prefetch_records(struct via_worker *w, void **objs, uint16_t n, struct gruu gruu[GROUP])
{
	const struct binding_table *t = &w->tables->bindings;
	uint64_t hash[GROUP];

	for (uint16_t i = 0; i < n; i++) {
		struct via_meta *meta = via_meta(objs[i]);

		hash[i] = 0;
		if (meta->target == VIA_TARGET_LOOKUP)
			hash[i] = via_lookup_begin(w, meta, &gruu[i]);
	}
	for (uint16_t i = 0; i < n; i++)
		if (hash[i] != 0)
			binding_prefetch_record(t, hash[i]);
}

static uint16_t
via_target_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);
	struct gruu gruu[GROUP];

	for (uint16_t done = 0; done < n; done = (uint16_t)(done + GROUP)) {
		uint16_t group = (uint16_t)RTE_MIN(n - done, (int)GROUP);

		prefetch_records(w, objs + done, group, gruu);
		for (uint16_t i = 0; i < group; i++)
			rte_node_enqueue_x1(graph, node,
					    via_target_one(w, objs[done + i],
							   via_meta(objs[done + i]), &gruu[i]),
					    objs[done + i]);
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
