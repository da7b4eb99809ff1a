/* SPDX-License-Identifier: BSD-3-Clause */
/* Who we are (addresses, names, domains), where answers go, and the words of refusals. */
#include "config/hops.h"
#include "engine.h"

int
via_listener_find(const struct via_engine *e, const struct flow_address *a)
{
	for (unsigned int i = 0; i < e->config->listener_count; i++)
		if (flow_address_eq(&e->config->listener[i].address, a))
			return (int)i;
	return -1;
}

bool
via_listener_is_here(const struct via_worker *w, uint8_t listener)
{
	const struct config_listener *l = via_listener(w, listener);

	return likely(!l->standby) || routes_is_local(&w->tables->routes, &l->address);
}

int
via_listener_here(const struct via_worker *w, const struct flow_address *a)
{
	int listener = via_listener_find(w->engine, a);

	return listener >= 0 && via_listener_is_here(w, (uint8_t)listener) ? listener : -1;
}

int
via_flow_listener(const struct via_worker *w, const struct flow *flow)
{
	return flow->transport == FLOW_UDP ? via_listener_here(w, &flow->local) : -1;
}

static int
find_name(char **names, unsigned int count, struct slice host)
{
	for (unsigned int i = 0; i < count; i++)
		if (slice_eq_nocase(slice_str(names[i]), host))
			return (int)i;
	return -1;
}

/* A name of ours, which may be an address that only others see. */
static bool
is_own_name(const struct config_file *f, struct slice host)
{
	return find_name(f->names, f->names_count, host) >= 0 ||
	       (f->edge.name != NULL && slice_eq_nocase(slice_str(f->edge.name), host));
}

bool
via_is_own_host(const struct via_worker *w, struct slice host, uint16_t port)
{
	const struct via_engine *e = w->engine;
	struct flow_address a;

	if (flow_ip_decode(host, &a)) {
		a.port = port != 0 ? port : 5060;
		if (via_listener_here(w, &a) >= 0)
			return true;
	}
	if (!is_own_name(e->config->file, host))
		return false;
	for (unsigned int i = 0; i < e->config->listener_count; i++)
		if (port == 0 || e->config->listener[i].address.port == port)
			return true;
	return false;
}

int
via_own_domain(const struct via_engine *e, struct slice host)
{
	return find_name(e->config->file->domains, e->config->file->domains_count, host);
}

bool
via_is_for_registrar(const struct via_worker *w, const struct via_meta *meta)
{
	return meta->msg.method == SIP_REGISTER && w->engine->config->file->domains_count > 0 &&
	       (via_is_own_domain(w->engine, meta->uri.host) ||
		via_is_own_host(w, meta->uri.host, meta->uri.port));
}

int
via_source_listener(const struct via_worker *w, const struct flow_address *to, uint8_t in)
{
	return config_source_listener(w->engine->config, &w->tables->routes, to, in);
}

struct flow_address
via_reply_address(const struct via_meta *meta)
{
	const struct sip_via *via = &meta->fields.via;
	struct flow_address to = meta->flow.remote;

	if (!via->has_rport)
		to.port = via->port != 0 ? via->port : 5060;
	return to;
}

/* ---- refusals ---- */

static const struct {
	uint16_t status;
	struct slice phrase;
} reasons[VIA_REASON_COUNT] = {
#define X(sym, status, phrase) [VIA_REASON_##sym] = { status, { phrase, sizeof(phrase) - 1 } },
	VIA_REASONS(X)
#undef X
};

uint16_t
via_reason_status(enum via_reason reason)
{
	return reasons[reason].status;
}

struct slice
via_reason_phrase(enum via_reason reason)
{
	return reasons[reason].phrase;
}

uint16_t
via_refuse(struct via_meta *meta, enum via_reason reason, uint16_t refuse_edge, uint16_t drop_edge)
{
	/* LD-22, OB-29: an ACK is never answered */
	if (meta->msg.method == SIP_ACK) {
		meta->drop = STATS_ack_refused;
		return drop_edge;
	}
	meta->reason = (uint8_t)reason;
	meta->status = reasons[reason].status;
	return refuse_edge;
}
