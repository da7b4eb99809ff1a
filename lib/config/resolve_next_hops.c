/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the requests for other domains go: next hops, and who is asked for names. */
#include <string.h>

#include "config/hops.h"
#include "config/resolver.h"
#include "sip/chars.h"
#include "sip/uri.h"

enum { DNS_PORT = 53 };

/* "192.0.2.1:5060" or "[2001:db8::1]:5060": a host and a port in one. */
static bool
has_port(const char *text)
{
	const char *colon = strrchr(text, ':');
	struct flow_address a;
	struct slice host;
	uint32_t port;

	if (colon == NULL || !sip_uint(slice_str(colon + 1), &port))
		return false;
	host = slice_of(text, (size_t)(colon - text));
	return flow_ip_decode(host, &a) || sip_host_is_valid(host);
}

/* The listeners' families, unless something is wrong with one of them: that has been told. */
static unsigned int
known_families(const struct config *c)
{
	for (unsigned int i = 0; i < c->listener_count; i++)
		if (c->listener[i].address.family == 0)
			return HOPS_IPV4 | HOPS_IPV6;
	return config_families(c);
}

/* An address that nothing can be sent to, or that nothing should be. */
static void
check_address(struct resolver *r, const char *path, const struct flow_address *a)
{
	const struct config *c = r->config;

	if ((known_families(c) & hops_family(a->family)) == 0)
		FAULT(r, "%s", path,
		      "no listener has an IPv%u address to send from: want one in 'listen', or "
		      "another target",
		      (unsigned int)a->family);
	for (unsigned int i = 0; i < c->listener_count; i++)
		if (!c->listener[i].standby && flow_address_eq(&c->listener[i].address, a))
			FAULT(r, "%s", path,
			      "this is listen[%u], the engine itself: want another address or port",
			      i);
}

static bool
is_same_target(const struct config_target *a, const struct config_target *b)
{
	if (a->address.family != 0 || b->address.family != 0)
		return flow_address_eq(&a->address, &b->address);
	return a->port == b->port && slice_eq_nocase(a->host, b->host);
}

/* The last target of a row; `path` is its key, `wanted` what may stand there. */
static void
resolve_target(struct resolver *r, struct config_next_hop *hop, const char *path,
	       const struct config_file_target *file, const char *wanted)
{
	bool only = hop->file->address != NULL;
	struct config_target *t = &hop->target[hop->target_count++];

	t->host = slice_str(file->host);
	t->port = (uint16_t)file->port;
	t->priority = (uint16_t)file->priority;
	t->weight = (uint16_t)file->weight;
	if (flow_ip_decode(t->host, &t->address)) {
		if (t->port == 0)
			t->port = (uint16_t)config_key_find("next_hops[].targets[].port")->number;
		t->address.port = t->port;
		check_address(r, path, &t->address);
	} else if (has_port(file->host)) {
		FAULT(r, "%s", path, "'%.64s': want %s alone; 'port' is a key of its own",
		      file->host, wanted);
	} else if (only || !sip_host_is_valid(t->host)) {
		FAULT(r, "%s", path, "'%.64s': want %s%s", file->host, wanted,
		      only ? "; a name goes into 'targets'" : "");
	}
	for (unsigned int k = 0; k + 1 < hop->target_count; k++)
		if (is_same_target(&hop->target[k], t))
			FAULT(r, "%s", path,
			      "the same as targets[%u]: want it once, with the 'weight' of both",
			      k);
}

static void
check_domain(struct resolver *r, unsigned int i, const struct config_next_hop *hop)
{
	const struct config_file *f = r->config->file;

	if (!slice_eq(hop->domain, SLICE("*")) && !sip_host_is_valid(hop->domain))
		FAULT(r, "next_hops[%u].domain", i, "'%.64s': want a domain name or \"*\"",
		      hop->file->domain);
	for (unsigned int k = 0; k < i; k++)
		if (slice_eq_nocase(r->config->next_hop[k].domain, hop->domain))
			FAULT(r, "next_hops[%u].domain", i,
			      "'%.64s': next_hops[%u] has this domain: want one row with the "
			      "'targets' of both",
			      hop->file->domain, k);
	for (unsigned int k = 0; k < f->domains_count; k++)
		if (slice_eq_nocase(slice_str(f->domains[k]), hop->domain))
			FAULT(r, "next_hops[%u].domain", i,
			      "'%.64s' is domains[%u], whose users are registered here: want it in "
			      "one of both places",
			      hop->file->domain, k);
}

static void
resolve_next_hop(struct resolver *r, unsigned int i, struct config_next_hop *hop)
{
	const struct config_file_next_hop *f = hop->file;
	struct config_file_target only = { f->address, f->port, 0, 1 };
	char path[64];

	hop->domain = slice_str(f->domain);
	check_domain(r, i, hop);
	if ((f->address != NULL) == (f->targets_count > 0)) {
		FAULT(r, "next_hops[%u]", i, "want 'address' or a list of 'targets', and not both");
		return;
	}
	if (f->address != NULL) {
		snprintf(path, sizeof(path), "next_hops[%u].address", i);
		resolve_target(r, hop, path, &only, "an address");
		return;
	}
	snprintf(path, sizeof(path), "next_hops[%u].port", i);
	if (config_lines_has(r->lines, path))
		FAULT(r, "%s", path, "it belongs to 'address': want 'port' in each of the targets");
	for (unsigned int k = 0; k < f->targets_count; k++) {
		snprintf(path, sizeof(path), "next_hops[%u].targets[%u].host", i, k);
		resolve_target(r, hop, path, &f->targets[k], "an address or a host name");
	}
}

void
config_resolve_next_hops(struct resolver *r)
{
	for (unsigned int i = 0; i < r->config->file->next_hops_count; i++) {
		struct config_next_hop *hop = &r->config->next_hop[r->config->next_hop_count++];

		hop->file = &r->config->file->next_hops[i];
		resolve_next_hop(r, i, hop);
	}
}

/* "192.0.2.53", "192.0.2.53:5353", "2001:db8::53" or "[2001:db8::53]:5353". */
static bool
decode_server(const char *text, struct flow_address *out)
{
	struct slice ip = slice_str(text);
	const char *colon = strrchr(text, ':');
	uint32_t port;

	out->port = 0;
	if (flow_ip_decode(ip, out)) {
		out->port = DNS_PORT;
		return true;
	}
	if (colon == NULL || !sip_uint(slice_str(colon + 1), &port) || port == 0 ||
	    port > UINT16_MAX)
		return false;
	ip.len = (size_t)(colon - text);
	if (!flow_ip_decode(ip, out) || (out->family == 6 && text[0] != '['))
		return false;
	out->port = (uint16_t)port;
	return true;
}

void
config_resolve_dns(struct resolver *r)
{
	const struct config_file_dns *f = &r->config->file->dns;

	if (f->servers_count == 0 && config_lines_has(r->lines, "dns.servers"))
		FAULT(r, "%s", "dns.servers",
		      "an empty list is nobody: want an address, or leave it out for those of "
		      "/etc/resolv.conf");
	for (unsigned int i = 0; i < f->servers_count && i < CONFIG_MAX_SERVERS; i++)
		if (!decode_server(f->servers[i], &r->config->server[r->config->server_count++]))
			FAULT(r, "dns.servers[%u]", i,
			      "'%.64s': want an address, or an address and a port such as "
			      "192.0.2.53:5353",
			      f->servers[i]);
	config_resolve_order(r, "dns", "min_ttl", f->min_ttl, "max_ttl", f->max_ttl);
}
