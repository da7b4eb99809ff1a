/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests for a name or an AOR that is not known yet: control has them, and gives them back. */
#include "lookup.h"
#include "memory.h"
#include "node/node.h"
#include "park.h"

enum { TO_REJECT, TO_DROP };

static bool
hand_over(struct via_worker *w, const struct via_meta *meta)
{
	return via_park_for_name(w, meta, &meta->ask,
				 via_memory_key(&meta->branch) ^ (uint64_t)meta->msg.method << 56);
}

/* The request as it was received, and the AOR behind it, or in the head the epoch of a GRUU. */
static bool
hand_over_for_load(struct via_worker *w, const struct via_meta *meta)
{
	struct message_head head = {
		.length = meta->msg.len,
		.kind = MESSAGE_LOAD,
		.listener = meta->listener,
		.flow = meta->flow,
		.name_hash = meta->ask.name_hash,
	};
	char text[VIA_AOR_MAX];
	struct slice aor = SLICE_ABSENT;

	if (meta->ask.name_hash == 0 && !via_aor_of(&meta->uri, text, &aor))
		return false;
	head.name_len = (uint16_t)aor.len;
	head.length += head.name_len;
	/* room is left for what else control is to be told of */
	if (head.length > sizeof(w->text) || message_ring_is_crowded(&w->punt))
		return false;
	memcpy(w->text, meta->msg.base, meta->msg.len);
	memcpy(w->text + meta->msg.len, text, aor.len);
	return message_ring_put(&w->punt, &head, w->text);
}

/* True: control has it. Else why it is refused. */
static bool
park_one(struct via_worker *w, const struct via_meta *meta, enum via_reason *refused)
{
	bool load = meta->ask.load;

	*refused = load ? VIA_REASON_NO_CONTROL : VIA_REASON_NAME_NOT_RESOLVED;
	if (!via_control_is_there(w) || !(load ? hand_over_for_load(w, meta) : hand_over(w, meta)))
		return false;
	via_count(w, STATS_parked);
	if (load)
		via_count(w, STATS_loads);
	return true;
}

static uint16_t
via_park_process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	struct via_worker *w = via_worker_of(node);

	for (uint16_t i = 0; i < n; i++) {
		struct via_meta *meta = via_meta(objs[i]);
		enum via_reason refused;

		if (park_one(w, meta, &refused))
			rte_pktmbuf_free(objs[i]);
		else
			rte_node_enqueue_x1(graph, node,
					    via_refuse(meta, refused, TO_REJECT, TO_DROP), objs[i]);
	}
	return n;
}

static struct rte_node_register via_park_node = {
	.name = "via_park",
	.init = via_node_init,
	.process = via_park_process,
	.nb_edges = 2,
	.next_nodes = { [TO_REJECT] = "via_reject", [TO_DROP] = "via_drop" },
};
RTE_NODE_REGISTER(via_park_node);
