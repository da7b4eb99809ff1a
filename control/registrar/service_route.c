/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/service_route.h"

#include "registrar/policy.h"
#include "sip/field/route.h"
#include "sip/list.h"
#include "sip/param.h"

enum { VALUES = 16 };

/* The line while it is written: its name comes with the first value. */
struct line {
	struct sip_writer *w;
	bool begun;
};

static void
next_value(struct line *l)
{
	sip_put(l->w, l->begun ? SLICE(", ") : SLICE("Service-Route: "));
	l->begun = true;
}

static void
put_uri(struct line *l, const char *uri)
{
	next_value(l);
	SIP_PUT(l->w, "<");
	sip_put(l->w, slice_str(uri));
	SIP_PUT(l->w, ">");
}

/* `host` is `domain` or below it, at a border of labels. */
static bool
is_within(struct slice host, struct slice domain)
{
	struct slice tail;

	if (host.len < domain.len)
		return false;
	tail = slice_of(host.ptr + (host.len - domain.len), domain.len);
	return slice_eq_nocase(tail, domain) &&
	       (host.len == domain.len || host.ptr[host.len - domain.len - 1] == '.');
}

static bool
is_own_address(const struct config *c, const struct flow_address *address)
{
	for (unsigned int i = 0; i < c->listener_count; i++)
		if (flow_ip_eq(&c->listener[i].address, address))
			return true;
	return config_network_has(&c->peers, address);
}

/* RC-03: under our control (5.1 item 3: names and domains of ours, and what is below them). */
static bool
is_own(const struct config *c, struct slice host)
{
	const struct config_file *f = c->file;
	struct flow_address address;

	if (flow_ip_decode(host, &address))
		return is_own_address(c, &address);
	if (policy_is_our_name(f, host))
		return true;
	for (unsigned int i = 0; i < f->domains_count; i++)
		if (is_within(host, slice_str(f->domains[i])))
			return true;
	return false;
}

static const struct config_file_replacement *
find_replacement(const struct config_file_service_route *f, struct slice host)
{
	for (unsigned int i = 0; i < f->replace_count; i++)
		if (slice_eq_nocase(host, slice_str(f->replace[i].host)))
			return &f->replace[i];
	return NULL;
}

/*
 * RC-07: an edge of ours without the token of this flow: by another flow the user agent would be
 * sent back to itself. The other parameters say how it is reached.
 */
static void
put_edge(struct line *l, const struct sip_uri *uri)
{
	struct slice rest = uri->params, name, value;

	next_value(l);
	sip_put(l->w, uri->scheme == SIP_SCHEME_SIPS ? SLICE("<sips:") : SLICE("<sip:"));
	sip_put(l->w, uri->host);
	if (uri->port != 0) {
		SIP_PUT(l->w, ":");
		sip_put_uint(l->w, uri->port);
	}
	while (sip_param_next(&rest, &name, &value)) {
		if (slice_eq_nocase(name, SLICE("ob")))
			continue;
		SIP_PUT(l->w, ";");
		sip_put(l->w, name);
		if (value.ptr != NULL) {
			SIP_PUT(l->w, "=");
			sip_put(l->w, value);
		}
	}
	SIP_PUT(l->w, ">");
}

static void
put_path_value(struct line *l, const struct config *c, struct slice value)
{
	const struct config_file_service_route *f = &c->file->registrar.service_route;
	const struct config_file_replacement *replacement;
	const struct sip_uri *uri;
	struct sip_route route;

	if (!sip_route_decode(value, &route))
		return;
	uri = &route.hop.uri;
	replacement = find_replacement(f, uri->host);
	if (replacement != NULL) {
		for (unsigned int i = 0; i < replacement->with_count; i++)
			put_uri(l, replacement->with[i]);
	} else if ((uri->user.ptr != NULL || sip_param_find(uri->params, SLICE("ob"), NULL)) &&
		   is_own(c, uri->host)) {
		put_edge(l, uri);
	} else {
		next_value(l);
		sip_put(l->w, value);
	}
}

void
service_route_write(struct sip_writer *w, const struct config *config, struct slice path)
{
	const struct config_file_service_route *f = &config->file->registrar.service_route;
	struct line line = { .w = w };
	struct slice value[VALUES];
	unsigned int n = 0;

	if (f->form == CONFIG_SERVICE_ROUTE_PATH_INVERTED)
		while (path.ptr != NULL && n < VALUES)
			value[n++] = sip_trim(sip_list_cut(&path));
	while (n-- > 0)
		put_path_value(&line, config, value[n]);
	for (unsigned int i = 0; i < f->append_count; i++)
		put_uri(&line, f->append[i]);
	if (line.begun)
		SIP_PUT(w, "\r\n");
}
