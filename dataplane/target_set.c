/* SPDX-License-Identifier: BSD-3-Clause */
#include "target_set.h"

#include "binding_choice.h"
#include "next_hop.h"
#include "proxy/target_order.h"
#include "sip/field/feature.h"
#include "transaction/transaction.h"
#include "unsolicited.h"
#include "way.h"

/* The targets while they are collected. */
struct collection {
	unsigned int count;
	uint32_t octets; /* of their texts */
	struct target row[TARGET_ORDER_MAX];
	struct target_order_in order[TARGET_ORDER_MAX];
	struct target_order_out out[TARGET_ORDER_MAX];
	uint8_t binding[TARGET_ORDER_MAX]; /* of the record */
};

bool
target_set_is_wanted(const struct via_worker *w, const struct via_meta *meta)
{
	return w->transactions != NULL && meta->msg.method != SIP_ACK &&
	       meta->msg.method != SIP_CANCEL;
}

static bool
is_always(const struct via_worker *w)
{
	return w->engine->config->file->transactions.state == CONFIG_STATE_ALWAYS;
}

/* Equal numbers for the contacts of one instance; 0: it has none. */
static uint32_t
instance_of(const struct via_worker *w, const struct collection *c, const struct binding *b)
{
	struct binding other;

	if (b->instance.ptr == NULL)
		return 0;
	for (unsigned int i = 0; i < c->count; i++)
		if (c->order[i].instance != 0 && binding_get(&w->record, c->binding[i], &other) &&
		    slice_eq(other.instance, b->instance))
			return c->order[i].instance;
	return c->count + 1;
}

/* The way of a binding as via_way_find() left it in `meta`. False: nothing of ours leads there. */
static bool
take_way(const struct via_worker *w, struct via_meta *meta, struct target *to)
{
	int listener = meta->out_listener;

	if (meta->target != VIA_TARGET_FLOW)
		listener = via_source_listener(w, &meta->to, meta->listener);
	if (listener < 0)
		return false;
	to->to = meta->to;
	to->listener = (uint8_t)listener;
	to->kind = meta->target;
	to->path_opened = (meta->flags & VIA_PATH_OPENED) != 0;
	return true;
}

static void
add(struct via_worker *w, struct via_meta *meta, struct collection *c, unsigned int i,
    const struct binding *b, uint32_t qa)
{
	uint32_t id = binding_target_id(w, b);
	struct target *to = &c->row[c->count];

	*to = (struct target){ .id = id, .has_instance = b->instance.ptr != NULL };
	if (unlikely(binding_has_failed(w, meta, id))) {
		via_way_report_failed(w, b, binding_failed_key(meta->loop.h2, id));
		return;
	}
	meta->target = VIA_TARGET_BINDING;
	meta->flags &= ~(uint32_t)VIA_PATH_OPENED;
	if (!via_way_find(w, meta, b) || !take_way(w, meta, to) ||
	    c->octets + b->contact.len + b->path.len > UINT16_MAX / 2)
		return;
	if (unlikely(via_forged_notify(w, meta, b)))
		return;
	c->octets += (uint32_t)(b->contact.len + b->path.len);
	c->order[c->count] = (struct target_order_in){
		.q = b->q, .qa = qa, .updated_ms = b->updated_ms, .instance = instance_of(w, c, b)
	};
	c->binding[c->count++] = (uint8_t)i;
}

static uint16_t
put_text(char *base, uint32_t *at, struct slice text)
{
	uint16_t off = (uint16_t)*at;

	if (text.ptr == NULL)
		return 0;
	memcpy(base + off, text.ptr, text.len);
	*at += (uint32_t)text.len;
	return off;
}

/* RFC 3841 §9.1: what of the directives is for later. */
static uint16_t
flags_of(unsigned int directives)
{
	uint16_t flags = 0;

	if ((directives & SIP_DIRECTIVE_NO_CANCEL) != 0)
		flags |= TRANSACTION_NO_CANCEL;
	if ((directives & SIP_DIRECTIVE_NO_RECURSE) != 0)
		flags |= TRANSACTION_NO_RECURSE;
	return flags;
}

/* Into the store, in their order. 0: no room there. */
static uint32_t
store(struct via_worker *w, struct collection *c, unsigned int count, unsigned int directives)
{
	uint32_t at = (uint32_t)(sizeof(struct target_rows) + count * sizeof(struct target)), ref;
	struct target_rows *rows;
	struct binding b;
	char *room;

	ref = text_store_alloc(&w->transactions->text, at + c->octets, &room);
	if (ref == 0)
		return 0;
	rows = (struct target_rows *)(void *)room;
	*rows = (struct target_rows){ .count = count,
				      .flags = flags_of(directives),
				      .redirect = (directives & SIP_DIRECTIVE_REDIRECT) != 0 };
	for (unsigned int i = 0; i < count; i++) {
		struct target *to = &rows->row[i];

		*to = c->row[c->out[i].index];
		to->group = c->out[i].group;
		to->alternative = c->out[i].alternative;
		if (!binding_get(&w->record, c->binding[c->out[i].index], &b))
			continue;
		to->contact_len = (uint16_t)b.contact.len;
		to->contact_off = put_text(room, &at, b.contact);
		to->path_len = (uint16_t)b.path.len;
		to->path_off = put_text(room, &at, b.path);
	}
	return ref;
}

static enum via_reason
keep(struct via_worker *w, struct via_meta *meta, uint32_t targets)
{
	if (targets == 0) {
		via_count(w, STATS_transactions_full);
		return VIA_REASON_TOO_MANY_TRANSACTIONS;
	}
	meta->targets = targets;
	meta->flags |= VIA_HAS_TARGETS;
	return VIA_REASON_NONE;
}

/* What the caller asks for (RFC 3841 §9.1), or else proxy.fork. */
static enum target_order_policy
policy(const struct via_worker *w, const struct caller_preferences *p)
{
	static const enum target_order_policy of[] = {
		[CONFIG_FORK_BY_Q] = TARGET_ORDER_BY_Q,
		[CONFIG_FORK_PARALLEL] = TARGET_ORDER_PARALLEL,
		[CONFIG_FORK_SEQUENTIAL] = TARGET_ORDER_SEQUENTIAL,
	};
	enum target_order_policy order = of[w->engine->config->file->proxy.fork];

	if ((p->directives & SIP_DIRECTIVE_PARALLEL) != 0)
		return TARGET_ORDER_PARALLEL;
	if ((p->directives & SIP_DIRECTIVE_SEQUENTIAL) != 0)
		return TARGET_ORDER_SEQUENTIAL;
	/* who redirects gives the order alone (§7.2.4) */
	if ((p->directives & SIP_DIRECTIVE_REDIRECT) != 0 ||
	    (order == TARGET_ORDER_BY_Q && !p->implicit))
		return TARGET_ORDER_BY_QA;
	return order;
}

/* RFC 3841 §9.1, no-fork: the best one; the flows of one instance are one (RFC 5626 §7). */
static unsigned int
only_best(const struct collection *c, unsigned int n)
{
	unsigned int i = 1;

	while (i < n && c->out[i].alternative)
		i++;
	return i;
}

/* The bindings that the request may go to, and a way to each. False: a name is to be asked for. */
static bool
collect(struct via_worker *w, struct via_meta *meta, const struct caller_preferences *p,
	uint64_t among, struct collection *c)
{
	struct binding b;

	c->count = c->octets = 0;
	for (unsigned int i = 0; i < BINDING_MAX_CONTACTS && binding_get(&w->record, i, &b); i++) {
		if ((among >> i & 1) == 0)
			continue;
		add(w, meta, c, i, &b, p->ranked ? p->qa[i] : 0);
		if (meta->ask.host.ptr != NULL)
			return false;
	}
	return true;
}

enum via_reason
target_set_of_record(struct via_worker *w, struct via_meta *meta,
		     const struct caller_preferences *p)
{
	uint64_t among = p->among & binding_live(w, false);
	/* ACK and CANCEL need not say it again, and are to go by the same branch */
	bool any = p->stated || is_always(w);
	struct collection c;
	unsigned int n;

	if (!any && (among & (among - 1)) == 0)
		return VIA_REASON_NONE;
	if (!collect(w, meta, p, among, &c))
		return VIA_REASON_NONE;
	if (c.count == 0 || (c.count == 1 && !any))
		return VIA_REASON_NONE;
	n = target_order(c.order, c.count, (int)policy(w, p), c.out);
	if ((p->directives & SIP_DIRECTIVE_NO_FORK) != 0)
		n = only_best(&c, n);
	n = RTE_MIN(n, w->engine->config->file->proxy.max_targets);
	return keep(w, meta, store(w, &c, n, p->directives));
}

/* The binding that via_target chose, if it did. */
static bool
chosen(struct via_worker *w, const struct via_meta *meta, struct binding *b)
{
	return (meta->flags & VIA_HAS_BINDING) != 0 &&
	       binding_find_ref(&w->tables->bindings, meta->ref, &w->record) &&
	       binding_get(&w->record, meta->binding, b);
}

/* RFC 3263 §4.3: the other places that the same name leads to, when the first one fails. */
static void
add_other_hops(const struct via_worker *w, const struct via_meta *meta, struct collection *c)
{
	struct flow_address other[TARGET_ORDER_MAX - 1];
	struct sip_uri route;
	const struct sip_uri *uri = &meta->uri;
	unsigned int n;

	if (meta->route_uri.ptr != NULL) {
		if (!sip_uri_decode(meta->route_uri, &route))
			return;
		uri = &route;
	}
	n = via_next_hop_others(w, meta, uri, &meta->to, other, RTE_DIM(other));
	for (unsigned int i = 0; i < n; i++) {
		int listener = via_source_listener(w, &other[i], meta->listener);

		if (listener < 0)
			continue;
		c->row[c->count] = c->row[0];
		c->row[c->count].to = other[i];
		c->row[c->count].listener = (uint8_t)listener;
		c->row[c->count++].alternative = 1;
	}
}

enum via_reason
target_set_of_one(struct via_worker *w, struct via_meta *meta)
{
	struct collection c;
	struct target *to = &c.row[0];
	struct binding b = { .contact = SLICE_ABSENT };
	struct target_rows *rows;
	char *room;
	uint32_t ref;

	c.count = 1;
	c.octets = 0;
	c.order[0].instance = 0;
	*to = (struct target){ .group = 0 };
	c.out[0] = (struct target_order_out){ .index = 0 };
	if (chosen(w, meta, &b)) {
		to->id = meta->branch_target.id;
		to->has_instance = b.instance.ptr != NULL;
		c.octets = (uint32_t)(b.contact.len + b.path.len);
		c.binding[0] = meta->binding;
		meta->flags &= ~(uint32_t)VIA_HAS_BINDING;
		if (!take_way(w, meta, to))
			return VIA_REASON_NEXT_HOP_UNREACHABLE;
		return keep(w, meta, store(w, &c, 1, 0));
	}
	if (!take_way(w, meta, to))
		return VIA_REASON_NEXT_HOP_UNREACHABLE;
	if (meta->target == VIA_TARGET_NEXT_HOP)
		add_other_hops(w, meta, &c);
	ref = text_store_alloc(&w->transactions->text, sizeof(*rows) + c.count * sizeof(*to),
			       &room);
	if (ref != 0) {
		rows = (struct target_rows *)(void *)room;
		*rows = (struct target_rows){ .count = (uint16_t)c.count };
		memcpy(rows->row, c.row, c.count * sizeof(*to));
	}
	return keep(w, meta, ref);
}

/* Thousandths of a q-value: the first group has 1. */
static void
put_q(struct sip_writer *out, unsigned int q)
{
	SIP_PUT(out, ">;q=");
	if (q >= 1000) {
		SIP_PUT(out, "1");
		return;
	}
	SIP_PUT(out, "0.");
	for (unsigned int digit = 100; digit > 0; digit /= 10)
		sip_put_uint(out, q / digit % 10);
}

void
target_set_put_contacts(const struct via_worker *w, const struct via_meta *meta,
			struct sip_writer *out)
{
	const struct target_rows *rows = (const struct target_rows *)(const void *)text_store_get(
						 &w->transactions->text, meta->targets)
						 .ptr;
	unsigned int groups, put = 0;

	if (rows == NULL || rows->count == 0)
		return;
	groups = rows->row[rows->count - 1].group + 1U;
	for (unsigned int i = 0; i < rows->count; i++) {
		const struct target *to = &rows->row[i];

		if (to->alternative != 0 || to->contact_len == 0)
			continue;
		if (to->contact_len + 32U > (size_t)(out->end - out->p))
			break; /* as many as there is room for: the best */
		sip_put(out, put++ == 0 ? SLICE("Contact: <") : SLICE(", <"));
		sip_put(out, slice_of((const char *)rows + to->contact_off, to->contact_len));
		put_q(out, 1000 * (groups - to->group) / groups);
	}
	if (put > 0)
		SIP_PUT(out, "\r\n");
}
