/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/request.h"

#include <stdio.h>

#include "sip/field/contact.h"
#include "sip/field/route.h"
#include "sip/list.h"
#include "sip/writer.h"

/* Octets of one Contact URI, and of its parameters. */
enum { CONTACT_MAX = 512 };

static bool
refuse(struct register_refusal *refusal, uint16_t status, const char *phrase)
{
	refusal->status = status;
	refusal->phrase = phrase;
	return false;
}

static bool
in_list(char **names, unsigned int count, struct slice name)
{
	for (unsigned int i = 0; i < count; i++)
		if (slice_eq_nocase(slice_str(names[i]), name))
			return true;
	return false;
}

/* "user@domain" is in the list of those who exist. */
static bool
user_exists(const struct config_file_registrar *f, struct slice aor)
{
	struct slice name = slice_of(aor.ptr + 4, aor.len - 4);

	return f->any_user || in_list(f->users, f->users_count, name);
}

/* RFC 3261 §10.3 steps 2 and 5: options, and the address of record out of To. */
static bool
decode_aor(const struct config *config, struct register_request *q,
	   struct register_refusal *refusal)
{
	const struct config_file *f = config->file;
	struct sip_address to;
	struct sip_uri uri;

	if (!sip_address_decode(sip_header_get(&q->msg, SIP_HDR_TO), &to) ||
	    !sip_uri_decode(to.uri, &uri) ||
	    (uri.scheme != SIP_SCHEME_SIP && uri.scheme != SIP_SCHEME_SIPS) || uri.user.len == 0)
		return refuse(refusal, 400, "To Is Not a SIP Address of Record");
	if (!in_list(f->domains, f->domains_count, uri.host))
		return refuse(refusal, 404, "Not Found");
	if (uri.port == 5060)
		uri.port = 0; /* the usual one; the same record with and without */
	q->aor = slice_of(q->aor_text, sip_uri_aor(&uri, q->aor_text, REGISTER_AOR_MAX));
	if (q->aor.len == 0)
		return refuse(refusal, 400, "Address of Record Too Long");
	if (!user_exists(&f->registrar, q->aor))
		return refuse(refusal, 404, "Not Found");
	return true;
}

/* RFC 3261 §8.2.2.3: every option in Require must be known here. */
static bool
check_require(const struct register_request *q, struct register_refusal *refusal)
{
	struct sip_list_iter it;
	struct sip_writer w;
	struct slice tag;
	bool any = false;

	/* as many as there is room for; the line's end has its own */
	sip_writer_init(&w, refusal->header, sizeof(refusal->header) - 3);
	sip_list_iter_init(&it, &q->msg, SIP_HDR_REQUIRE);
	while (sip_list_next(&it, &tag)) {
		if (tag.len == 0 || slice_eq_nocase(tag, SLICE("path")) ||
		    slice_eq_nocase(tag, SLICE("outbound")) || tag.len + 15 > (size_t)(w.end - w.p))
			continue;
		sip_put(&w, any ? SLICE(", ") : SLICE("Unsupported: "));
		sip_put(&w, tag);
		any = true;
	}
	if (!any)
		return true;
	memcpy(w.p, "\r\n", 3);
	return refuse(refusal, 420, "Bad Extension");
}

/* OB-59: Path from a stranger for somebody who does not know of it. */
static bool
decode_path(const struct config *config, const struct message_head *head,
	    struct register_request *q, struct register_refusal *refusal)
{
	struct sip_list_iter it;
	struct sip_writer w;
	struct slice value;

	if (q->msg.first[SIP_HDR_PATH] == SIP_NO_HEADER)
		return true;
	if (!sip_list_has(&q->msg, SIP_HDR_SUPPORTED, SLICE("path")) &&
	    !config_network_has(&config->peers, &head->flow.remote)) {
		snprintf(refusal->header, sizeof(refusal->header), "Unsupported: path\r\n");
		return refuse(refusal, 420, "Bad Extension");
	}
	sip_writer_init(&w, q->path_text, sizeof(q->path_text));
	sip_list_iter_init(&it, &q->msg, SIP_HDR_PATH);
	for (unsigned int n = 0; sip_list_next(&it, &value); n++) {
		struct sip_route route;

		if (n == 8)
			return refuse(refusal, 400, "Too Many Path Values");
		/* RFC 3327 §4: what becomes a Route is a loose one */
		if (!sip_route_decode(value, &route) || !route.loose)
			return refuse(refusal, 400, "Path Without lr");
		if (n > 0)
			SIP_PUT(&w, ", ");
		sip_put(&w, value);
	}
	q->path = sip_written(&w);
	return q->path.ptr != NULL || refuse(refusal, 513, "Path Too Large");
}

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
		return refuse(refusal, 423, "Interval Too Brief");
	}
	if (c->expires > f->max_expires)
		c->expires = f->max_expires;
	return true;
}

static bool
decode_contact(const struct config *config, struct register_request *q, struct slice element,
	       struct register_refusal *refusal)
{
	struct register_contact *c = &q->contact[q->contact_count];
	struct sip_contact contact;
	const struct sip_address *address = &contact.party.address;

	if (!sip_contact_decode(element, &contact))
		return refuse(refusal, 400, "Bad Contact");
	if (contact.star) {
		bool again = q->star;

		q->star = true;
		return !again || refuse(refusal, 400, "Contact * Twice");
	}
	if (q->contact_count == BINDING_MAX_CONTACTS)
		return refuse(refusal, 403, "Too Many Contacts");
	/* one of each kind fits many times into a message; together they come back with each answer
	 */
	if (address->uri.len > CONTACT_MAX || address->params.len > CONTACT_MAX)
		return refuse(refusal, 513, "Contact Too Large");
	*c = (struct register_contact){
		.uri_text = address->uri,
		.uri = contact.party.uri,
		.params = address->params,
		.instance = contact.instance,
		.reg_id = contact.reg_id,
		.q = contact.q,
	};
	q->contact_count++;
	return decode_expires(&config->file->registrar, q, &contact, c, refusal);
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
		return refuse(refusal, 400, "Contact * Needs Expires: 0 and No Other Contact");
	return true;
}

/* OB-54: a flow is registered on its own. */
static bool
check_reg_ids(const struct register_request *q, struct register_refusal *refusal)
{
	unsigned int stay = 0, with_id = 0;

	for (unsigned int i = 0; i < q->contact_count; i++) {
		stay += q->contact[i].expires > 0;
		with_id += q->contact[i].expires > 0 && q->contact[i].reg_id != 0;
	}
	if (with_id > 0 && stay > 1)
		return refuse(refusal, 400, "One Contact With reg-id Only");
	return true;
}

static bool
decode_contacts(const struct config *config, struct register_request *q,
		struct register_refusal *refusal)
{
	struct sip_list_iter it;
	struct slice element;

	sip_list_iter_init(&it, &q->msg, SIP_HDR_CONTACT);
	while (sip_list_next(&it, &element))
		if (!decode_contact(config, q, element, refusal))
			return false;
	return check_star(q, refusal) && check_reg_ids(q, refusal);
}

/* The proxy next to the user agent marked its Path: it keeps the flow (spec 5.1 item 1). */
static bool
first_hop_has_ob(const struct register_request *q)
{
	struct slice rest = q->path, last = SLICE_ABSENT;
	struct sip_route route;

	while (rest.ptr != NULL)
		last = sip_list_cut(&rest);
	return last.ptr != NULL && sip_route_decode(last, &route) &&
	       sip_param_find(route.hop.uri.params, SLICE("ob"), NULL);
}

/* OB-45, OB-48, OB-50 to OB-53: whether reg-id counts, and 439 where it should and cannot. */
static bool
decide_outbound(const struct message_head *head, struct register_request *q,
		struct register_refusal *refusal)
{
	bool direct = (head->flags & MESSAGE_FIRST_HOP) != 0 && q->path.ptr == NULL;
	bool wanted = sip_list_has(&q->msg, SIP_HDR_SUPPORTED, SLICE("outbound"));
	bool named = false;

	for (unsigned int i = 0; i < q->contact_count; i++)
		named |= q->contact[i].reg_id != 0 && q->contact[i].instance.len > 0;
	if (!named || !wanted)
		return true;
	if (!direct && !first_hop_has_ob(q))
		return refuse(refusal, 439, "First Hop Lacks Outbound Support");
	q->outbound = true;
	for (unsigned int i = 0; i < q->contact_count && direct; i++)
		if (q->contact[i].reg_id != 0)
			q->contact[i].flow = head->flow;
	return true;
}

/*
 * A user agent behind a NAT: it came straight here, it believes to be where its Contact says (the
 * same as its Via), and it is somewhere else. That contact cannot be reached; its source can.
 */
static void
find_flows(const struct message_head *head, struct register_request *q)
{
	struct flow_address contact, sent_by;

	if ((head->flags & MESSAGE_FIRST_HOP) == 0 || q->path.ptr != NULL ||
	    !q->fields.via.has_rport || !flow_ip_decode(q->fields.via.host, &sent_by))
		return;
	for (unsigned int i = 0; i < q->contact_count; i++)
		if (flow_ip_decode(q->contact[i].uri.host, &contact) &&
		    flow_ip_eq(&contact, &sent_by) && !flow_ip_eq(&contact, &head->flow.remote))
			q->contact[i].flow = head->flow;
}

bool
register_request_decode(const struct config *config, const struct message_head *head,
			struct slice bytes, struct register_request *q,
			struct register_refusal *refusal)
{
	static const struct sip_limits limits;
	enum sip_fault fault;

	memset(refusal, 0, sizeof(*refusal));
	memset(q, 0, offsetof(struct register_request, aor_text));
	q->aor = q->path = SLICE_ABSENT;
	q->star = false;
	q->outbound = false;
	q->contact_count = 0;
	fault = sip_message_index(bytes, &q->msg);
	fault = sip_message_check(&q->msg, fault, &limits, &q->fields);
	if (fault != SIP_FAULT_NONE) {
		/* a dataplane that looks only at what it routes by leaves the rest to us */
		if (sip_fault_verdict(&q->msg, fault) == SIP_REJECT)
			refuse(refusal, sip_fault_info(fault)->status,
			       sip_fault_info(fault)->phrase.ptr);
		return false;
	}
	if (q->msg.method != SIP_REGISTER)
		return false;
	if (!check_require(q, refusal) || !decode_aor(config, q, refusal) ||
	    !decode_path(config, head, q, refusal) || !decode_contacts(config, q, refusal))
		return false;
	find_flows(head, q);
	return decide_outbound(head, q, refusal);
}
