/* SPDX-License-Identifier: BSD-3-Clause */
/* The Contact lines of a REGISTER. */
#include <stdio.h>

#include "registrar/request.h"
#include "sip/field/contact.h"
#include "sip/list.h"
#include "sip/param.h"
#include "sip/writer.h"

/* Octets of one Contact URI, and of its parameters, which may be many features (RFC 3840). */
enum { CONTACT_MAX = 512, PARAMS_MAX = 1024 };

/* RFC 3261 §10.3 step 7; a malformed value counts as the default (§10.2.1.1). */
static bool
decode_expires(const struct config_file_registrar *f, const struct register_request *q,
	       const struct sip_contact *contact, struct register_contact *c,
	       struct register_refusal *refusal)
{
	struct slice header = sip_header_get(&q->msg, SIP_HDR_EXPIRES);

	c->expires = f->default_expires;
	if (contact->has_expires)
		c->expires = contact->expires;
	else if (contact->expires_text.ptr == NULL)
		sip_uint(header, &c->expires);
	/* "if and only if" it is also below one hour */
	if (c->expires > 0 && c->expires < f->min_expires && c->expires < 3600) {
		snprintf(refusal->header, sizeof(refusal->header), "Min-Expires: %u\r\n",
			 f->min_expires);
		return register_refuse(refusal, 423, "Interval Too Brief");
	}
	if (c->expires > f->max_expires)
		c->expires = f->max_expires;
	return true;
}

/* What a user agent cannot tell us: how long is left, and what its GRUUs are (GR-09). */
static bool
is_ours(struct slice name)
{
	return slice_eq_nocase(name, SLICE("expires")) ||
	       slice_eq_nocase(name, SLICE("pub-gruu")) ||
	       slice_eq_nocase(name, SLICE("temp-gruu")) || slice_eq_nocase(name, SLICE("gruu"));
}

static bool
is_instance(struct slice name)
{
	return slice_eq_nocase(name, SLICE("+sip.instance"));
}

/* As the examples of the first draft have it, without its brackets (GRUU 5.1 item 3). */
static bool
is_bare(struct slice name, struct slice value)
{
	return is_instance(name) && value.len > 2 && value.ptr[1] != '<';
}

static void
put_param(struct sip_writer *w, struct slice name, struct slice value)
{
	sip_put(w, name);
	if (value.ptr == NULL)
		return;
	SIP_PUT(w, "=");
	if (is_bare(name, value)) {
		SIP_PUT(w, "\"<");
		sip_put(w, slice_of(value.ptr + 1, value.len - 2));
		SIP_PUT(w, ">\"");
	} else {
		sip_put(w, value);
	}
}

/* The parameters in their order, but ours, into the pool; as they are when that is the same. */
static struct slice
keep_params(struct sip_writer *w, struct slice params)
{
	struct slice rest = params, name, value;
	char *begin = w->p;
	bool any = false;

	while (sip_param_next(&rest, &name, &value))
		any |= is_ours(name) || is_bare(name, value);
	if (!any)
		return params;
	for (rest = params; sip_param_next(&rest, &name, &value);) {
		if (is_ours(name))
			continue;
		if (w->p > begin)
			SIP_PUT(w, ";");
		put_param(w, name, value);
	}
	return w->p > begin ? slice_of(begin, (size_t)(w->p - begin)) : SLICE_ABSENT;
}

/* One text for each instance (GRUU 5.1 item 2); what its quotes held is in the parameters. */
static bool
keep_instance(struct sip_writer *w, struct slice text, struct slice *out)
{
	char canonical[INSTANCE_MAX + 1];
	size_t n;

	*out = SLICE_ABSENT;
	if (text.len == 0)
		return text.ptr == NULL;
	n = instance_canonical(text, canonical);
	*out = slice_of(w->p, n);
	sip_put(w, slice_of(canonical, n));
	return n > 0;
}

/* What the message does not have as it is kept: in the request's own memory. */
static bool
keep_texts(struct register_request *q, const struct sip_contact *contact,
	   struct register_contact *c, struct register_refusal *refusal)
{
	struct sip_writer w;
	bool fine;

	sip_writer_init(&w, q->pool + q->pool_used, sizeof(q->pool) - q->pool_used);
	fine = keep_instance(&w, contact->instance, &c->instance);
	c->params = keep_params(&w, contact->party.address.params);
	if (w.overflow)
		return register_refuse(refusal, 513, "Contacts Too Large");
	if (!fine)
		return register_refuse(refusal, 400, "Bad Instance Identifier");
	q->pool_used += (size_t)(w.p - w.begin);
	return true;
}

static bool
decode_star(struct register_request *q, struct register_refusal *refusal)
{
	bool again = q->star;

	q->star = true;
	return !again || register_refuse(refusal, 400, "Contact * Twice");
}

static bool
decode_contact(const struct config *config, struct register_request *q, struct slice element,
	       struct register_refusal *refusal)
{
	struct register_contact *c = &q->contact[q->contact_count];
	struct sip_contact contact;
	const struct sip_address *address = &contact.party.address;

	if (!sip_contact_decode(element, &contact))
		return register_refuse(refusal, 400, "Bad Contact");
	if (contact.star)
		return decode_star(q, refusal);
	if (q->contact_count == BINDING_MAX_CONTACTS)
		return register_refuse(refusal, 403, "Too Many Contacts");
	/* one of each kind fits many times into a message; together they come back with each answer
	 */
	if (address->uri.len > CONTACT_MAX || address->params.len > PARAMS_MAX)
		return register_refuse(refusal, 513, "Contact Too Large");
	*c = (struct register_contact){
		.uri_text = address->uri,
		.uri = contact.party.uri,
		.id = contact.reg_id != 0 ? contact.reg_id : contact.flow_id,
		.flags = contact.reg_id == 0 && contact.flow_id != 0 ? BINDING_FLOW_ID : 0,
		.q = contact.q,
	};
	q->contact_count++;
	return keep_texts(q, &contact, c, refusal) &&
	       decode_expires(&config->file->registrar, q, &contact, c, refusal);
}

/* RFC 3261 §10.3 step 6: "*" stands alone and with Expires: 0. */
static bool
check_star(const struct register_request *q, struct register_refusal *refusal)
{
	struct slice expires = sip_header_get(&q->msg, SIP_HDR_EXPIRES);
	uint32_t value;

	if (!q->star)
		return true;
	if (q->contact_count > 0 || expires.ptr == NULL || !sip_uint(expires, &value) || value != 0)
		return register_refuse(refusal, 400,
				       "Contact * Needs Expires: 0 and No Other Contact");
	return true;
}

bool
register_decode_contacts(const struct config *config, struct register_request *q,
			 struct register_refusal *refusal)
{
	struct sip_list_iter it;
	struct slice element;

	sip_list_iter_init(&it, &q->msg, SIP_HDR_CONTACT);
	while (sip_list_next(&it, &element))
		if (!decode_contact(config, q, element, refusal))
			return false;
	return check_star(q, refusal);
}
