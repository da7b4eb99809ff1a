/* SPDX-License-Identifier: BSD-3-Clause */
/* From names to indices and from text to addresses; what does not fit together is told. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/resolver.h"
#include "sip/chars.h"
#include "sip/uri.h"

static bool
decode_address(const char *text, struct flow_address *out)
{
	return flow_ip_decode(slice_str(text), out);
}

/* "192.0.2.0/24" or an address alone, which is a network of one. */
static bool
decode_network(const char *text, struct config_network *out)
{
	struct slice bits = slice_str(text);
	struct slice ip = slice_cut(&bits, '/');
	uint32_t n;

	if (!flow_ip_decode(ip, &out->prefix))
		return false;
	n = out->prefix.family == 4 ? 32 : 128;
	out->bits = (uint8_t)n;
	if (bits.ptr != NULL) {
		if (!sip_uint(bits, &n) || n > out->bits)
			return false;
		out->bits = (uint8_t)n;
	}
	return true;
}

void
config_resolve_networks(struct resolver *r, char **texts, unsigned int count, const char *key,
			struct config_network_list *out)
{
	char path[64];

	for (unsigned int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s[%u]", key, i);
		if (!decode_network(texts[i], &out->row[out->count++]))
			FAULT(r, "%s", path, "'%.64s': want a network such as 192.0.2.0/24",
			      texts[i]);
	}
}

static bool
is_interface_name(const char *name)
{
	return strlen(name) <= 15 && strpbrk(name, "/: \t,") == NULL;
}

static void
resolve_port_addresses(struct resolver *r, unsigned int i, struct config_port *port)
{
	char path[64];

	for (unsigned int k = 0; k < port->file->addresses_count; k++) {
		const char *text = port->file->addresses[k];

		snprintf(path, sizeof(path), "ports[%u].addresses[%u]", i, k);
		if (strchr(text, '/') == NULL || !decode_network(text, &port->address[k]))
			FAULT(r, "%s", path,
			      "'%.64s': want an address with prefix length, such as 192.0.2.10/24",
			      text);
		port->address_count++;
	}
	for (unsigned int k = 0; k < port->file->routes_count; k++) {
		const struct config_file_route *route = &port->file->routes[k];

		snprintf(path, sizeof(path), "ports[%u].routes[%u]", i, k);
		if (!decode_network(route->to, &port->route[k].to))
			FAULT(r, "%s.to", path, "'%.64s': want a network such as 198.51.100.0/24",
			      route->to);
		if (!decode_address(route->via, &port->route[k].via) ||
		    (port->route[k].to.prefix.family != 0 &&
		     port->route[k].via.family != port->route[k].to.prefix.family))
			FAULT(r, "%s.via", path,
			      "'%.64s': want an address of the same family as the network",
			      route->via);
		port->route_count++;
	}
}

static void
resolve_ports(struct resolver *r)
{
	struct config *c = r->config;

	if (c->file->ports_count == 0)
		FAULT(r, "%s", "ports", "want a list of 1 to %d ports", CONFIG_MAX_PORTS);
	for (unsigned int i = 0; i < c->file->ports_count; i++) {
		struct config_file_port *f = &c->file->ports[i];

		c->port[i].file = f;
		c->port_count++;
		if (!is_interface_name(f->name))
			FAULT(r, "ports[%u].name", i,
			      "'%.64s': want a name of at most 15 characters"
			      " without '/', ':' or ','",
			      f->name);
		if (f->tap != NULL && !is_interface_name(f->tap))
			FAULT(r, "ports[%u].tap", i,
			      "'%.64s': want an interface name of at most 15"
			      " characters",
			      f->tap);
		if (f->tap == NULL && strlen(f->name) > 11)
			FAULT(r, "ports[%u].name", i,
			      "'%.64s': a name of more than 11 characters needs"
			      " 'tap' beside it, because via-%.11s... is too long for an interface",
			      f->name, f->name);
		for (unsigned int k = 0; k < i; k++)
			if (strcmp(c->file->ports[k].name, f->name) == 0)
				FAULT(r, "ports[%u].name", i, "'%s': another port has this name",
				      f->name);
		resolve_port_addresses(r, i, &c->port[i]);
	}
}

int
config_find_port(const struct config *c, const char *name)
{
	for (unsigned int i = 0; i < c->port_count; i++)
		if (strcmp(c->port[i].file->name, name) == 0)
			return (int)i;
	return -1;
}

static bool
port_has_address(const struct config_port *port, const struct flow_address *a)
{
	for (unsigned int i = 0; i < port->address_count; i++)
		if (flow_ip_eq(&port->address[i].prefix, a))
			return true;
	return false;
}

static void
resolve_listener(struct resolver *r, unsigned int i)
{
	const struct config_file_listen *f = &r->config->file->listen[i];
	struct config_listener *l = &r->config->listener[i];
	int port = config_find_port(r->config, f->port);

	if (port < 0) {
		FAULT(r, "listen[%u].port", i, "'%.64s': want the name of a port in this file",
		      f->port);
		return;
	}
	if (!decode_address(f->address, &l->address)) {
		FAULT(r, "listen[%u].address", i, "'%.64s': want an address", f->address);
		return;
	}
	if (f->standby && port_has_address(&r->config->port[port], &l->address))
		FAULT(r, "listen[%u].standby", i,
		      "'%.64s' is one of the addresses of port '%s', so it is always there: want "
		      "an address that is put on the twin only when it is taken over",
		      f->address, f->port);
	else if (!f->standby && !port_has_address(&r->config->port[port], &l->address))
		FAULT(r, "listen[%u].address", i, "'%.64s': want one of the addresses of port '%s'",
		      f->address, f->port);
	l->address.port = (uint16_t)f->udp;
	l->port = (uint8_t)port;
	l->standby = f->standby;
	l->text_len = (uint8_t)flow_address_text(&l->address, l->text).len;
	for (unsigned int k = 0; k < i; k++)
		if (flow_address_eq(&r->config->listener[k].address, &l->address))
			FAULT(r, "listen[%u]", i, "the same address and port as listen[%u]", k);
}

static void
resolve_listeners(struct resolver *r)
{
	if (r->config->file->listen_count == 0)
		FAULT(r, "%s", "listen", "want a list of 1 to %d listeners", CONFIG_MAX_LISTENERS);
	for (unsigned int i = 0; i < r->config->file->listen_count; i++) {
		resolve_listener(r, i);
		r->config->listener_count++;
	}
}

static void
resolve_names(struct resolver *r, char **names, unsigned int count, const char *key)
{
	for (unsigned int i = 0; i < count; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s[%u]", key, i);
		if (!sip_host_is_valid(slice_str(names[i])))
			FAULT(r, "%s", path, "'%.64s': want a host name", names[i]);
	}
}

void
config_resolve_order(struct resolver *r, const char *section, const char *low, uint32_t low_value,
		     const char *high, uint32_t high_value)
{
	char low_path[64], high_path[64];

	if (low_value <= high_value)
		return;
	snprintf(low_path, sizeof(low_path), "%s.%s", section, low);
	snprintf(high_path, sizeof(high_path), "%s.%s", section, high);
	if (config_lines_has(r->lines, low_path) || !config_lines_has(r->lines, high_path))
		FAULT(r, "%s", low_path, "%u: want at most %s, which is %u", low_value, high,
		      high_value);
	else
		FAULT(r, "%s", high_path, "%u: want at least %s, which is %u", high_value, low,
		      low_value);
}

/* RFC 6665 §8.4: event-type = event-package *( "." event-template ). */
static bool
is_event_type(const char *text)
{
	struct slice rest = slice_str(text);

	do {
		struct slice part = slice_cut(&rest, '.');

		if (part.len == 0 || !sip_all(part, SIP_CHAR_TOKEN))
			return false;
	} while (rest.ptr != NULL);
	return true;
}

static void
resolve_edge(struct resolver *r)
{
	const struct config_file_edge *f = &r->config->file->edge;

	if (f->name != NULL && !sip_host_is_valid(slice_str(f->name)))
		FAULT(r, "%s", "edge.name", "'%.64s': want a host name or address", f->name);
	/* PR-08: the user agent compares it with the Path of its registration */
	if (f->restoration_body && f->name == NULL)
		FAULT(r, "%s", "edge.restoration_body",
		      "want 'edge.name' as well: it names the edge in the answer");
	for (unsigned int i = 0; i < f->unsolicited_notify_count; i++) {
		struct slice package = slice_str(f->unsolicited_notify[i]);

		if (!is_event_type(f->unsolicited_notify[i]))
			FAULT(r, "edge.unsolicited_notify[%u]", i,
			      "'%.64s': want the name of an event package, such as message-summary",
			      f->unsolicited_notify[i]);
		/* PR-04: one that is obeyed ends the user's registrations */
		if (slice_eq_nocase(slice_cut(&package, '.'), SLICE("reg")))
			FAULT(r, "edge.unsolicited_notify[%u]", i,
			      "'%.64s': want another event package: a NOTIFY of reg without a "
			      "subscription is always refused",
			      f->unsolicited_notify[i]);
	}
}

/* DIR/INSTANCE, DIR from the file or the default. */
static char *
instance_dir(const char *written, const char *usual, const char *instance)
{
	size_t size = strlen(written != NULL ? written : usual) + strlen(instance) + 2;
	char *path = malloc(size);

	if (path != NULL)
		snprintf(path, size, "%s/%s", written != NULL ? written : usual, instance);
	return path;
}

static void
resolve_instance(struct resolver *r)
{
	struct config_file *f = r->config->file;

	for (const char *p = f->instance; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && *p != '-') {
			FAULT(r, "%s", "instance",
			      "'%.64s': want a name of letters, digits and '-'", f->instance);
			break;
		}
	if (strlen(f->instance) > 32)
		FAULT(r, "%s", "instance", "want at most 32 characters");
	r->config->state_dir = instance_dir(f->state_dir, "/var/lib/viaduct", f->instance);
	r->config->run_dir = instance_dir(f->run_dir, "/run/viaduct", f->instance);
	r->config->shm_dir = instance_dir(f->shm_dir, "/dev/shm/viaduct", f->instance);
}

/* RC-28. Without recurse_305 it would do nothing, and whoever wrote it wants it to do something. */
static void
resolve_must_visit(struct resolver *r)
{
	const struct config_file_proxy *f = &r->config->file->proxy;
	char path[96];

	for (unsigned int i = 0; i < f->must_visit_count; i++) {
		snprintf(path, sizeof(path), "proxy.must_visit[%u]", i);
		config_check_route(r, path, f->must_visit[i]);
		if (strncasecmp(f->must_visit[i], "sips:", 5) == 0)
			FAULT(r, "%s", path, "'%.64s': want a sip URI; there is no TLS yet",
			      f->must_visit[i]);
	}
	if (f->must_visit_count > 0 && f->recurse_305_count == 0)
		FAULT(r, "%s", "proxy.must_visit",
		      "want 'recurse_305' as well: it is for requests whose 305 is followed");
}

/* What would be without effect: a 305 without state to follow it by, or one of two numbers. */
static void
resolve_transactions(struct resolver *r)
{
	const struct config_file_transactions *t = &r->config->file->transactions;
	const struct config_file_proxy *p = &r->config->file->proxy;

	if (p->recurse_305_count > 0 && t->state == CONFIG_STATE_NEVER)
		FAULT(r, "%s", "proxy.recurse_305",
		      "want 'transactions.state' auto or always: without state no 305 is "
		      "followed");
	config_resolve_order(r, "transactions", "t1_ms", t->t1_ms, "t2_ms", t->t2_ms);
	config_resolve_order(r, "transactions", "max", t->max, "branches", t->branches);
	config_resolve_order(r, "proxy", "max_breadth", p->max_breadth, "max_breadth_limit",
			     p->max_breadth_limit);
}

void
config_resolve(struct config *config, const struct config_lines *lines,
	       struct config_errors *errors)
{
	struct resolver r = { config, lines, errors };
	struct config_file *f = config->file;

	resolve_instance(&r);
	resolve_ports(&r);
	resolve_listeners(&r);
	resolve_names(&r, f->names, f->names_count, "names");
	resolve_names(&r, f->domains, f->domains_count, "domains");
	resolve_edge(&r);
	config_resolve_networks(&r, f->networks.deny, f->networks.deny_count, "networks.deny",
				&config->deny);
	config_resolve_networks(&r, f->networks.peers, f->networks.peers_count, "networks.peers",
				&config->peers);
	config_resolve_networks(&r, f->networks.relay, f->networks.relay_count, "networks.relay",
				&config->relay);
	config_resolve_networks(&r, f->proxy.recurse_305, f->proxy.recurse_305_count,
				"proxy.recurse_305", &config->recurse_305);
	config_resolve_networks(&r, f->proxy.send_305, f->proxy.send_305_count, "proxy.send_305",
				&config->send_305);
	resolve_must_visit(&r);
	resolve_transactions(&r);
	config_resolve_networks(&r, f->guard.exempt, f->guard.exempt_count, "guard.exempt",
				&config->exempt);
	config_resolve_order(&r, "guard", "retry_after_min", f->guard.retry_after_min,
			     "retry_after_max", f->guard.retry_after_max);
	config_resolve_next_hops(&r);
	config_resolve_dns(&r);
	config_resolve_registrar(&r);
	config_resolve_auth(&r);
	config_resolve_trust(&r);
}

bool
config_network_has(const struct config_network_list *list, const struct flow_address *address)
{
	for (unsigned int i = 0; i < list->count; i++)
		if (flow_ip_in(address, &list->row[i].prefix, list->row[i].bits))
			return true;
	return false;
}
