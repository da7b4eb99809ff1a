/* SPDX-License-Identifier: BSD-3-Clause */
#include "next_hop.h"

bool
via_next_hop_find(const struct via_worker *w, const struct via_meta *meta,
		  const struct sip_uri *uri, struct flow_address *to)
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

bool
via_next_hop_open(struct via_worker *w, struct via_meta *meta, const struct sip_uri *uri)
{
	return via_next_hop_find(w, meta, uri, &meta->to);
}
