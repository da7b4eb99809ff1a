/* SPDX-License-Identifier: BSD-3-Clause */
/* The way to the user agent of a REGISTER: its Path, and its flows. */
#include <stdio.h>

#include "registrar/request.h"
#include "sip/field/route.h"
#include "sip/list.h"
#include "sip/param.h"
#include "sip/writer.h"

enum { PATH_VALUES = 8 };

/* OB-59: Path for somebody who does not say that he knows of it. */
static bool
check_support(const struct config *config, const struct message_head *head,
	      const struct register_request *q, struct register_refusal *refusal)
{
	enum config_path_policy policy = config->file->registrar.path_unsupported;

	/* requests to the user would go wherever he likes, in our name (RC 5.2) */
	if ((head->flags & MESSAGE_FIRST_HOP) != 0 && !config->file->edge.path_from_ua &&
	    !config_network_has(&config->peers, &head->flow.remote))
		return register_refuse(refusal, 403, "Path Of User Agent Not Taken");
	if (policy == CONFIG_PATH_TAKE || sip_list_has(&q->msg, SIP_HDR_SUPPORTED, SLICE("path")) ||
	    config_network_has(&config->peers, &head->flow.remote))
		return true;
	snprintf(refusal->header, sizeof(refusal->header), "%s: path\r\n",
		 policy == CONFIG_PATH_420 ? "Unsupported" : "Require");
	return policy == CONFIG_PATH_420 ? register_refuse(refusal, 420, "Bad Extension")
					 : register_refuse(refusal, 421, "Extension Required");
}

bool
register_decode_path(const struct config *config, const struct message_head *head,
		     struct register_request *q, struct register_refusal *refusal)
{
	struct sip_list_iter it;
	struct sip_writer w;
	struct slice value;

	if (q->msg.first[SIP_HDR_PATH] == SIP_NO_HEADER)
		return true;
	if (!check_support(config, head, q, refusal))
		return false;
	sip_writer_init(&w, q->path_text, sizeof(q->path_text));
	sip_list_iter_init(&it, &q->msg, SIP_HDR_PATH);
	for (unsigned int n = 0; sip_list_next(&it, &value); n++) {
		struct sip_route route;

		if (n == PATH_VALUES)
			return register_refuse(refusal, 400, "Too Many Path Values");
		/* RFC 3327 §4: what becomes a Route is a loose one */
		if (!sip_route_decode(value, &route) || !route.loose)
			return register_refuse(refusal, 400, "Path Without lr");
		if (n > 0)
			SIP_PUT(&w, ", ");
		sip_put(&w, value);
	}
	q->path = sip_written(&w);
	return q->path.ptr != NULL || register_refuse(refusal, 513, "Path Too Large");
}

/* The proxy next to the user agent marked its Path: it keeps the flow (OB 5.1 item 1). */
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

/* OB-54: a flow is registered on its own. */
static bool
check_ids(const struct register_request *q, struct register_refusal *refusal)
{
	unsigned int stay = 0, with_id = 0;

	for (unsigned int i = 0; i < q->contact_count; i++) {
		stay += q->contact[i].expires > 0;
		with_id += q->contact[i].expires > 0 && q->contact[i].id != 0;
	}
	if (with_id > 0 && stay > 1)
		return register_refuse(refusal, 400, "One Contact With reg-id Only");
	return true;
}

/*
 * A user agent behind a NAT: it came straight here, it believes to be where its Contact says (the
 * same as its Via), and it is somewhere else. That contact cannot be reached; its source can.
 */
static void
find_nat_flows(const struct message_head *head, struct register_request *q)
{
	struct flow_address contact, sent_by;

	if (!q->direct || !q->fields.via.has_rport || !flow_ip_decode(q->fields.via.host, &sent_by))
		return;
	for (unsigned int i = 0; i < q->contact_count; i++)
		if (flow_ip_decode(q->contact[i].uri.host, &contact) &&
		    flow_ip_eq(&contact, &sent_by) && !flow_ip_eq(&contact, &head->flow.remote))
			q->contact[i].flow = head->flow;
}

/* OB-44, OB-45, OB-52: an id counts beside an instance; reg-id only where outbound is done. */
static void
settle_ids(const struct message_head *head, struct register_request *q)
{
	for (unsigned int i = 0; i < q->contact_count; i++) {
		struct register_contact *c = &q->contact[i];

		if (c->instance.len == 0 || (!q->outbound && (c->flags & BINDING_FLOW_ID) == 0)) {
			c->id = 0;
			c->flags &= ~(uint32_t)BINDING_FLOW_ID;
		}
		if (c->id != 0 && q->direct)
			c->flow = head->flow;
	}
}

/* OB-63: only flows, where that is the policy. */
static bool
check_policy(const struct config *config, const struct register_request *q,
	     struct register_refusal *refusal)
{
	if (!config->file->registrar.outbound_only)
		return true;
	for (unsigned int i = 0; i < q->contact_count; i++)
		if (q->contact[i].expires > 0 && q->contact[i].id == 0)
			return register_refuse(refusal, 403, "Outbound Required");
	return true;
}

/* OB-48, OB-50 to OB-53: whether reg-id counts, and 439 where it should and cannot. */
bool
register_decide_outbound(const struct config *config, const struct message_head *head,
			 struct register_request *q, struct register_refusal *refusal)
{
	bool named = false;

	if (!check_ids(q, refusal))
		return false;
	for (unsigned int i = 0; i < q->contact_count; i++)
		named |= q->contact[i].id != 0 && q->contact[i].instance.len > 0 &&
			 (q->contact[i].flags & BINDING_FLOW_ID) == 0;
	if (named && sip_list_has(&q->msg, SIP_HDR_SUPPORTED, SLICE("outbound"))) {
		if (!q->direct && !first_hop_has_ob(q))
			return register_refuse(refusal, 439, "First Hop Lacks Outbound Support");
		q->outbound = true;
	}
	find_nat_flows(head, q);
	settle_ids(head, q);
	return check_policy(config, q, refusal);
}
