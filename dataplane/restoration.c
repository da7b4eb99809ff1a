/* SPDX-License-Identifier: BSD-3-Clause */
#include "restoration.h"

#include "egress.h"

static const char body[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
	"<ims-3gpp version=\"1\"><alternative-service><type>restoration</type>"
	"<reason>home proxy not reachable</reason><action>initial-registration</action>"
	"</alternative-service></ims-3gpp>\r\n";

static bool
applies(const struct via_worker *w, const struct via_meta *meta)
{
	const struct config_file_edge *edge = &w->engine->config->file->edge;

	return meta->reason == VIA_REASON_HOME_UNREACHABLE && edge->enabled &&
	       edge->restoration_body &&
	       (meta->flags & (VIA_FIRST_HOP | VIA_FROM_PEER)) == VIA_FIRST_HOP &&
	       flows_has(&w->flows, &meta->flow); /* strangers get no token of ours */
}

/* Where the home proxies are: the Path was written for that side. */
static uint8_t
home_side(const struct via_worker *w, const struct via_meta *meta)
{
	const struct config *c = w->engine->config;
	int listener = -1;

	for (unsigned int i = 0; i < c->next_hop_count && listener < 0; i++)
		for (unsigned int k = 0; k < c->next_hop[i].target_count && listener < 0; k++)
			if (c->next_hop[i].target[k].address.family != 0)
				listener = via_source_listener(w, &c->next_hop[i].target[k].address,
							       meta->listener);
	return listener < 0 ? meta->listener : (uint8_t)listener;
}

void
restoration_headers(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out)
{
	if (!applies(w, meta))
		return;
	SIP_PUT(out, "P-Asserted-Identity: <sip:");
	egress_put_token_uri(w, out, &meta->flow, FLOW_TOKEN_PATH, home_side(w, meta));
	if (w->engine->config->file->edge.form == CONFIG_FORM_RFC5626)
		SIP_PUT(out, ";ob");
	SIP_PUT(out, ">\r\n");
}

void
restoration_body(const struct via_worker *w, const struct via_meta *meta, struct sip_reply *reply)
{
	if (!applies(w, meta))
		return;
	reply->content_type = SLICE("application/3gpp-ims+xml");
	reply->body = slice_of(body, sizeof(body) - 1);
}
