/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/update.h"

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

/* OB-45: a flow of an instance is known by these two, whatever its Contact says. */
static bool
is_same_flow(const struct record_binding *b, const struct register_contact *c)
{
	return b->reg_id == c->reg_id && slice_eq(b->instance, c->instance);
}

static int
find_contact(const struct register_request *q, const struct record *r,
	     const struct register_contact *c)
{
	bool by_flow = q->outbound && c->reg_id != 0 && c->instance.len > 0;
	struct sip_uri stored;

	for (unsigned int i = 0; i < r->count; i++) {
		if (by_flow ? is_same_flow(&r->binding[i], c)
			    : sip_uri_decode(r->binding[i].contact, &stored) &&
				      sip_uri_eq(&stored, &c->uri))
			return (int)i;
	}
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
	refusal->status = 500;
	refusal->phrase = "CSeq Out of Order";
	return false;
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

static void
fill(const struct register_request *q, const struct register_contact *c, uint64_t now_ms,
     struct record_binding *b)
{
	*b = (struct record_binding){
		.contact = c->uri_text,
		.params = c->params,
		.path = q->path,
		.instance = c->instance,
		.call_id = q->fields.call_id,
		.cseq = q->fields.cseq,
		.reg_id = c->reg_id,
		.expires_ms = now_ms + (uint64_t)c->expires * 1000,
		.updated_ms = now_ms,
		.q = c->q,
		.flow = c->flow,
	};
}

static bool
apply_contact(const struct register_request *q, const struct register_contact *c, struct record *r,
	      uint64_t now_ms, unsigned int max_contacts, bool *changed,
	      struct register_refusal *refusal)
{
	int i = find_contact(q, r, c);

	if (i >= 0) {
		enum order order = order_of(q, &r->binding[i]);

		if (order == OLDER)
			return out_of_order(refusal);
		if (order == SAME)
			return true;
	}
	if (c->expires == 0) {
		if (i >= 0) {
			remove_at(r, (unsigned int)i);
			*changed = true;
		}
		return true;
	}
	if (i < 0) {
		if (r->count == max_contacts || r->count == BINDING_MAX_CONTACTS) {
			refusal->status = 403;
			refusal->phrase = "Too Many Contacts";
			return false;
		}
		i = (int)r->count++;
	}
	fill(q, c, now_ms, &r->binding[i]);
	*changed = true;
	return true;
}

bool
register_update(const struct register_request *q, struct record *r, uint64_t now_ms,
		unsigned int max_contacts, bool *changed, struct register_refusal *refusal)
{
	*changed = false;
	remove_expired(r, now_ms);
	if (q->star) {
		*changed = r->count > 0;
		return remove_all(q, r, refusal);
	}
	/* those that go make room for those that come, in whatever order they are written */
	for (int adds = 0; adds < 2; adds++)
		for (unsigned int i = 0; i < q->contact_count; i++)
			if ((q->contact[i].expires > 0) == (adds > 0) &&
			    !apply_contact(q, &q->contact[i], r, now_ms, max_contacts, changed,
					   refusal))
				return false;
	return true;
}
