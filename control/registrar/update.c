/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/update.h"

#include "registrar/instances.h"
#include "sip/uri_compare.h"

static void
remove_at(struct record *r, unsigned int i)
{
	memmove(&r->binding[i], &r->binding[i + 1], (r->count - i - 1) * sizeof(r->binding[0]));
	r->count--;
}

static void
remove_expired(struct record *r, uint64_t now_ms)
{
	for (unsigned int i = r->count; i-- > 0;)
		if (r->binding[i].expires_ms <= now_ms)
			remove_at(r, i);
}

static bool
has_uri(const struct record_binding *b, const struct sip_uri *uri)
{
	struct sip_uri stored;

	return slice_eq(b->contact, uri->text) ||
	       (sip_uri_decode(b->contact, &stored) && sip_uri_eq(&stored, uri));
}

/*
 * OB-45: a flow of an instance is known by instance and reg-id, whatever its Contact says. OB-44:
 * in the draft's form, with flow-id, the Contact counts as well. OB-46: any other contact is known
 * by its URI, and no flow is taken for it.
 */
static bool
is_same(const struct record_binding *b, const struct register_contact *c)
{
	if (b->reg_id != c->id || b->flags != c->flags)
		return false;
	if (c->id == 0)
		return has_uri(b, &c->uri);
	return slice_eq(b->instance, c->instance) &&
	       ((c->flags & BINDING_FLOW_ID) == 0 || has_uri(b, &c->uri));
}

/* Who takes a contact away may leave out that it was a flow, or say so to a proxy without ob. */
static bool
is_flow_at(const struct record_binding *b, const struct register_contact *c)
{
	return c->expires == 0 && c->id == 0 && b->reg_id != 0 &&
	       (b->flags & BINDING_FLOW_ID) == 0 && has_uri(b, &c->uri) &&
	       (c->instance.len == 0 || slice_eq(b->instance, c->instance));
}

static int
find_contact(const struct record *r, const struct register_contact *c)
{
	for (unsigned int i = 0; i < r->count; i++)
		if (is_same(&r->binding[i], c))
			return (int)i;
	for (unsigned int i = 0; i < r->count; i++)
		if (is_flow_at(&r->binding[i], c))
			return (int)i;
	return -1;
}

/*
 * RFC 3261 §10.3: within one Call-ID a higher CSeq wins. The same CSeq again is a retransmission,
 * which gets its answer a second time and changes nothing.
 */
enum order { NEWER, SAME, OLDER };

static enum order
order_of(const struct register_request *q, const struct record_binding *b)
{
	if (!slice_eq(q->fields.call_id, b->call_id) || q->fields.cseq > b->cseq)
		return NEWER;
	return q->fields.cseq == b->cseq ? SAME : OLDER;
}

static bool
out_of_order(struct register_refusal *refusal)
{
	return register_refuse(refusal, 500, "CSeq Out of Order");
}

static bool
remove_all(const struct register_request *q, struct record *r, struct register_refusal *refusal)
{
	for (unsigned int i = 0; i < r->count; i++)
		if (order_of(q, &r->binding[i]) != NEWER)
			return out_of_order(refusal);
	r->count = 0;
	return true;
}

/* Which binding is the most recent is told by this time: it does not go back with the clock. */
static uint64_t
updated_at(const struct record *r, uint64_t now_ms)
{
	uint64_t last = 0;

	for (unsigned int i = 0; i < r->count; i++)
		if (r->binding[i].updated_ms > last)
			last = r->binding[i].updated_ms;
	return last > now_ms ? last + 1 : now_ms;
}

static void
fill(const struct register_request *q, const struct register_contact *c, uint64_t now_ms,
     uint64_t updated_ms, struct record_binding *b)
{
	uint64_t registered_ms = b->registered_ms;

	*b = (struct record_binding){
		.contact = c->uri_text,
		.params = c->params,
		.path = q->path,
		.instance = c->instance,
		.call_id = q->fields.call_id,
		.cseq = q->fields.cseq,
		.reg_id = c->id,
		.flags = c->flags,
		.expires_ms = now_ms + (uint64_t)c->expires * 1000,
		.updated_ms = updated_ms,
		.registered_ms = registered_ms,
		.q = c->q,
		.flow = c->flow,
	};
}

/* The place of a contact among the bindings, made when there is none. */
static bool
place_for(struct record *r, const struct register_rules *rules, int *i,
	  struct register_refusal *refusal)
{
	if (*i >= 0)
		return true;
	if (r->count >= rules->max_contacts || r->count >= BINDING_MAX_CONTACTS)
		return register_refuse(refusal, 403, "Too Many Contacts");
	*i = (int)r->count++;
	r->binding[*i].registered_ms = rules->now_ms;
	r->binding[*i].updated_ms = 0;
	r->binding[*i].instance = SLICE_ABSENT;
	return true;
}

static bool
add(const struct register_request *q, const struct register_contact *c, bool renew,
    struct record *r, int i, const struct register_rules *rules, struct register_refusal *refusal)
{
	if (!place_for(r, rules, &i, refusal))
		return false;
	fill(q, c, rules->now_ms, updated_at(r, rules->now_ms), &r->binding[i]);
	if (c->instance.len == 0 || instances_seen(r, c, renew, rules->now_ms, rules->max_instances,
						   rules->epochs, rules->store))
		return true;
	return register_refuse(refusal, 500, "No GRUU Can Be Made");
}

/* All that are meant: two flows may have one Contact. */
static bool
take_away(const struct register_request *q, const struct register_contact *c, struct record *r,
	  bool *changed, struct register_refusal *refusal)
{
	for (int i; (i = find_contact(r, c)) >= 0; *changed = true) {
		enum order order = order_of(q, &r->binding[i]);

		if (order == OLDER)
			return out_of_order(refusal);
		if (order == SAME)
			return true;
		remove_at(r, (unsigned int)i);
	}
	return true;
}

static bool
put(const struct register_request *q, const struct register_contact *c, bool renew,
    struct record *r, const struct register_rules *rules, bool *changed,
    struct register_refusal *refusal)
{
	int i = find_contact(r, c);
	enum order order = i >= 0 ? order_of(q, &r->binding[i]) : NEWER;

	if (order == OLDER)
		return out_of_order(refusal);
	if (order == SAME)
		return true;
	*changed = true;
	return add(q, c, renew, r, i, rules, refusal);
}

/* Those that go make room for those that come, in whatever order they are written. */
static bool
apply_contacts(const struct register_request *q, struct record *r,
	       const struct register_rules *rules, bool *changed, struct register_refusal *refusal)
{
	bool renew[BINDING_MAX_CONTACTS];

	for (unsigned int i = 0; i < q->contact_count; i++)
		renew[i] = q->contact[i].instance.len > 0 &&
			   instances_call_changed(r, q, &q->contact[i]);
	for (unsigned int i = 0; i < q->contact_count; i++)
		if (q->contact[i].expires == 0 &&
		    !take_away(q, &q->contact[i], r, changed, refusal))
			return false;
	for (unsigned int i = 0; i < q->contact_count; i++)
		if (q->contact[i].expires > 0 &&
		    !put(q, &q->contact[i], renew[i], r, rules, changed, refusal))
			return false;
	return true;
}

bool
register_update(const struct register_request *q, struct record *r,
		const struct register_rules *rules, bool *changed, struct register_refusal *refusal)
{
	*changed = false;
	if (!rules->keep_expired || r->count + q->contact_count > rules->max_contacts)
		remove_expired(r, rules->now_ms);
	/* their epochs end with them, also when the same instance comes back right now */
	instances_settle(r);
	if (q->star) {
		*changed = r->count > 0;
		if (!remove_all(q, r, refusal))
			return false;
	}
	if (!apply_contacts(q, r, rules, changed, refusal))
		return false;
	instances_settle(r);
	return true;
}
