/* SPDX-License-Identifier: BSD-3-Clause */
/* The target: a flow, a binding, or the next hop that Route or Request-URI name (RFC 3261 §16.5).
 */
#include "memory.h"
#include "node/node.h"
#include "sip/address.h"
#include "sip/list.h"

enum { TO_FORK, TO_REJECT, TO_DROP };

enum { AOR_MAX = 512, GROUP = 32 };

static uint32_t
contact_hash(struct slice contact)
{
	uint32_t h = UINT32_C(2166136261);

	for (size_t i = 0; i < contact.len; i++)
		h = (h ^ (uint8_t)contact.ptr[i]) * UINT32_C(16777619);
	return h;
}

/* The host and port of a URI: an address written there, or a next hop of the configuration. */
static bool
resolve_host(const struct via_worker *w, const struct via_meta *meta, const struct sip_uri *uri,
	     struct flow_address *to)
{
	const struct config *c = w->engine->config;
	struct slice host = uri->host, maddr;
	bool stripped = uri == &meta->uri && (meta->flags & VIA_STRIP_MADDR) != 0;

	if (!stripped && sip_param_find(uri->params, SLICE("maddr"), &maddr) && maddr.ptr != NULL)
		host = maddr;
	if (flow_ip_decode(host, to)) {
		to->port = uri->port != 0 ? uri->port : 5060;
		return flow_ip_is_unicast(to);
	}
	if (via_is_own_domain(w->engine, host) || via_is_own_host(w->engine, host, uri->port)) {
		*to = via_listener(w, meta->listener)->address; /* it comes in again */
		return true;
	}
	for (unsigned int i = 0; i < c->next_hop_count; i++) {
		if (!slice_eq_nocase(c->next_hop[i].domain, host) &&
		    !slice_eq(c->next_hop[i].domain, SLICE("*")))
			continue;
		*to = c->next_hop[i].target[0].address;
		return true;
	}
	return false;
}

static bool
resolve_uri(struct via_worker *w, struct via_meta *meta, struct slice text)
{
	struct sip_uri uri;

	return sip_uri_decode(text, &uri) && uri.scheme == SIP_SCHEME_SIP &&
	       resolve_host(w, meta, &uri, &meta->to);
}

/*
 * The first value of a stored Path. One of our own flow tokens there (this very proxy was the edge)
 * leads to its flow at once (OB-85); nowhere else does a stored URI open a token.
 */
static bool
resolve_path(struct via_worker *w, struct via_meta *meta, struct slice text)
{
	enum flow_token_class class;
	struct sip_uri uri;
	struct flow flow;
	int listener;

	if (!sip_uri_decode(text, &uri) || uri.scheme != SIP_SCHEME_SIP)
		return false;
	if (uri.user.len == 0 || !via_is_own_host(w->engine, uri.host, uri.port))
		return resolve_host(w, meta, &uri, &meta->to);
	if (flow_token_open(&w->tables->keys, uri.user, &flow, &class) != FLOW_TOKEN_OK ||
	    class != FLOW_TOKEN_PATH)
		return false;
	listener = via_listener_find(w->engine, &flow.local);
	if (listener < 0)
		return false;
	meta->to = flow.remote;
	meta->out_listener = (uint8_t)listener;
	meta->target = VIA_TARGET_FLOW;
	meta->flags |= VIA_PATH_OPENED;
	return true;
}

/* The live binding that was updated last, or -1. */
static int
most_recent(const struct binding_copy *record, uint64_t now_ms, struct binding *out)
{
	struct binding b;
	int best = -1;

	for (unsigned int i = 0; binding_get(record, i, &b); i++) {
		if (b.expires_ms <= now_ms || (best >= 0 && b.updated_ms <= out->updated_ms))
			continue;
		best = (int)i;
		*out = b;
	}
	return best;
}

/* The binding with a contact that has this hash: where the first copy went. */
static int
same_contact(const struct binding_copy *record, uint32_t hash, struct binding *out)
{
	for (unsigned int i = 0; binding_get(record, i, out); i++)
		if (contact_hash(out->contact) == hash)
			return (int)i;
	return -1;
}

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

/* LD-29: a copy of a request that went out before goes where that went. */
static int
remembered_binding(struct via_worker *w, struct via_meta *meta, uint64_t key, bool *found,
		   struct binding *out)
{
	const struct via_memory_row *row = via_memory_find(&w->memory, key, w->now_ms);
	int i = -1;

	if (row != NULL && binding_find_ref(&w->tables->bindings, row->ref, &w->record) &&
	    is_record_of(&w->record, meta)) {
		*found = true;
		i = same_contact(&w->record, row->contact_hash, out);
	}
	if (i < 0) {
		*found = find_record(w, meta);
		if (row != NULL && *found)
			i = same_contact(&w->record, row->contact_hash, out);
	}
	if (i >= 0)
		via_count(w, STATS_remembered);
	return i;
}

/* A binding's way: its own flow, the first of its Path, or its contact. */
static bool
binding_way(struct via_worker *w, struct via_meta *meta, const struct binding *b)
{
	struct sip_address address;
	struct slice first = b->path;
	int listener;

	if (b->flow.local.family != 0) {
		listener = via_listener_find(w->engine, &b->flow.local);
		if (listener < 0)
			return false;
		meta->to = b->flow.remote;
		meta->out_listener = (uint8_t)listener;
		meta->target = VIA_TARGET_FLOW;
		return true;
	}
	if (b->path.ptr == NULL)
		return resolve_uri(w, meta, b->contact);
	return sip_address_decode(sip_list_cut(&first), &address) &&
	       resolve_path(w, meta, address.uri);
}

static uint16_t
target_binding(struct via_worker *w, struct via_meta *meta)
{
	uint64_t key = via_memory_key(&meta->branch);
	struct binding b;
	bool found;
	int i = remembered_binding(w, meta, key, &found, &b);

	if (i < 0) {
		if (!found)
			return via_refuse(meta, VIA_REASON_NOT_FOUND, TO_REJECT, TO_DROP);
		i = most_recent(&w->record, w->now_ms, &b);
		if (i < 0)
			return via_refuse(meta, VIA_REASON_TEMPORARILY_UNAVAILABLE, TO_REJECT,
					  TO_DROP);
	}
	meta->target = VIA_TARGET_BINDING;
	if (!binding_way(w, meta, &b))
		return via_refuse(meta, VIA_REASON_TEMPORARILY_UNAVAILABLE, TO_REJECT, TO_DROP);
	via_memory_put(&w->memory, key, w->record.ref, contact_hash(b.contact), w->now_ms);
	meta->ref = w->record.ref;
	meta->binding = (uint8_t)i;
	meta->flags |= VIA_HAS_BINDING;
	return TO_FORK;
}

static uint16_t
via_target_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	bool known;

	(void)m;
	switch (meta->target) {
	case VIA_TARGET_FLOW:
		return TO_FORK;
	case VIA_TARGET_LOOKUP:
		return target_binding(w, meta);
	default:
		known = meta->route_uri.ptr != NULL ? resolve_uri(w, meta, meta->route_uri)
						    : resolve_host(w, meta, &meta->uri, &meta->to);
		if (!known)
			return via_refuse(meta, VIA_REASON_NO_SUCH_DOMAIN, TO_REJECT, TO_DROP);
		return TO_FORK;
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
		rte_prefetch0(via_memory_set(&w->memory, via_memory_key(&meta->branch)));
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
	.nb_edges = 3,
	.next_nodes = {
		[TO_FORK] = "via_fork",
		[TO_REJECT] = "via_reject",
		[TO_DROP] = "via_drop",
	},
};
RTE_NODE_REGISTER(via_target_node);
