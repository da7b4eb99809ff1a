/* SPDX-License-Identifier: BSD-3-Clause */
#include "network/dns.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/hops.h"
#include "network/dns_records.h"
#include "network/dns_sockets.h"

enum {
	LOOKUPS = 256,    /* names asked for at once */
	OWN_LOOKUPS = 32, /* more of them, of the configuration */
	TRIES = 2,        /* of c-ares, for each question and server */
	SIP_PORT = 5060,  /* RFC 3263 §4.2 */
};

struct lookup;

/* One host of a lookup whose addresses are asked for. */
struct host {
	struct lookup *lookup;
	struct dns_srv srv;
	uint16_t group;
};

/* One name on its way from NAPTR to addresses. */
struct lookup {
	struct dns *dns;
	unsigned int open; /* callbacks of c-ares that are still to come */
	bool used, told;   /* the slot is in use; `done` was called */
	bool failed;       /* of some question there was no answer */
	uint16_t port;
	uint64_t source; /* of the asker */
	uint64_t deadline_ms;
	dns_done done;
	void *context;
	unsigned int host_count;
	char name[HOPS_NAME_MAX + 1];
	struct host host[DNS_SRV_MAX];
	struct dns_answer answer;
};

struct dns {
	struct dns_sockets sockets;
	bool has_channel, has_library, closing;
	unsigned int families;
	uint32_t timeout_ms, max_ttl;
	uint64_t now_ms;
	struct lookup lookup[LOOKUPS + OWN_LOOKUPS];
};

/* ---- a lookup ends ---- */

static void
tell(struct lookup *l)
{
	struct dns_answer *a = &l->answer;

	if (l->told)
		return;
	l->told = true;
	a->status = a->count > 0 ? DNS_FOUND : l->failed ? DNS_FAILED : DNS_NOWHERE;
	if (!l->dns->closing)
		l->done(a, l->context);
}

/* After each callback: nothing more will come. */
static void
settle(struct lookup *l)
{
	if (l->open > 0)
		return;
	tell(l);
	l->used = false;
}

/* ARES_ENODATA and ARES_ENOTFOUND are answers, too. */
static bool
is_silence(int status)
{
	return status != ARES_SUCCESS && status != ARES_ENODATA && status != ARES_ENOTFOUND;
}

static void
note_ttl(struct lookup *l, uint32_t ttl)
{
	if (ttl < l->answer.ttl)
		l->answer.ttl = ttl;
}

/* ---- addresses ---- */

static bool
take_address(const struct ares_addrinfo_node *node, unsigned int families, struct flow_address *out)
{
	memset(out, 0, sizeof(*out));
	if (node->ai_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, node->ai_addr, sizeof(in));
		memcpy(out->ip, &in.sin_addr, 4);
		out->family = 4;
	} else if (node->ai_family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, node->ai_addr, sizeof(in));
		memcpy(out->ip, &in.sin6_addr, 16);
		out->family = 6;
	}
	return (hops_family(out->family) & families) != 0 && flow_ip_is_unicast(out);
}

/* The addresses of one host share its weight. */
static void
add_addresses(struct lookup *l, const struct host *host, const struct ares_addrinfo *info)
{
	struct dns_answer *a = &l->answer;
	unsigned int first = a->count, n;

	for (const struct ares_addrinfo_node *node = info->nodes;
	     node != NULL && a->count < HOPS_TARGETS_MAX; node = node->ai_next) {
		struct hops_target *t = &a->target[a->count];
		struct flow_address address;

		if (!take_address(node, l->dns->families, &address))
			continue;
		*t = (struct hops_target){ .address = address,
					   .group = host->group,
					   .priority = host->srv.priority };
		t->address.port = host->srv.port;
		note_ttl(l, node->ai_ttl > 0 ? (uint32_t)node->ai_ttl : 0);
		a->count++;
	}
	n = a->count - first;
	for (unsigned int i = first; i < a->count; i++)
		a->target[i].weight = host->srv.weight >= n ? host->srv.weight / n : 1;
}

static void
on_addresses(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct host *host = arg;
	struct lookup *l = host->lookup;

	(void)timeouts;
	l->open--;
	l->failed |= is_silence(status);
	if (status == ARES_SUCCESS && info != NULL && !l->told)
		add_addresses(l, host, info);
	if (info != NULL)
		ares_freeaddrinfo(info);
	settle(l);
}

static void
ask_addresses(struct lookup *l)
{
	unsigned int families = l->dns->families;
	struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NOSORT,
		.ai_family = families == HOPS_IPV4   ? AF_INET
			     : families == HOPS_IPV6 ? AF_INET6
						     : AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,
	};

	l->open += l->host_count; /* all of them now: the first may be answered at once */
	for (unsigned int i = 0, n = l->host_count; i < n; i++)
		ares_getaddrinfo(l->dns->sockets.channel, l->host[i].srv.host, NULL, &hints,
				 on_addresses, &l->host[i]);
}

static void
ask_name_itself(struct lookup *l, uint16_t port)
{
	l->host[0] = (struct host){ .lookup = l, .srv = { .port = port, .weight = 1024 } };
	memcpy(l->host[0].srv.host, l->name, sizeof(l->name));
	l->host_count = 1;
	ask_addresses(l);
}

/* ---- SRV and NAPTR ---- */

static void
take_services(struct lookup *l, const struct dns_srv *srv, unsigned int count)
{
	uint16_t group = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (i > 0 && srv[i].priority != srv[i - 1].priority)
			group++;
		l->host[i] = (struct host){ .lookup = l, .srv = srv[i], .group = group };
	}
	l->host_count = count;
	ask_addresses(l);
}

/* RFC 3263 §4.2: without SRV records the name's own addresses count. */
static void
on_srv(void *arg, int status, int timeouts, unsigned char *answer, int length)
{
	struct dns_srv srv[DNS_SRV_MAX];
	struct lookup *l = arg;
	unsigned int count = 0;
	bool refused = false;

	(void)timeouts;
	l->open--;
	if (status == ARES_SUCCESS) {
		count = dns_srv_read(answer, length, srv, &refused);
		note_ttl(l, dns_answer_ttl(answer, length, l->dns->max_ttl));
	}
	if (l->told || refused || status == ARES_ETIMEOUT || status == ARES_ECANCELLED ||
	    status == ARES_EDESTRUCTION) {
		l->failed |= is_silence(status);
		settle(l);
	} else if (count > 0) {
		take_services(l, srv, count);
	} else {
		ask_name_itself(l, SIP_PORT);
	}
}

static void
ask_srv(struct lookup *l, const char *name)
{
	l->open++;
	ares_query(l->dns->sockets.channel, name, ns_c_in, ns_t_srv, on_srv, l);
}

/* RFC 3263 §4.1: without NAPTR records for UDP the usual name of its SRV records counts. */
static void
on_naptr(void *arg, int status, int timeouts, unsigned char *answer, int length)
{
	char name[HOPS_NAME_MAX + 16];
	struct lookup *l = arg;

	(void)timeouts;
	l->open--;
	if (l->told || status == ARES_ETIMEOUT || status == ARES_ECANCELLED ||
	    status == ARES_EDESTRUCTION) {
		l->failed = true;
		settle(l);
		return;
	}
	snprintf(name, sizeof(name), "_sip._udp.%s", l->name);
	if (status == ARES_SUCCESS && dns_naptr_choose(answer, length, name))
		note_ttl(l, dns_answer_ttl(answer, length, l->dns->max_ttl));
	ask_srv(l, name);
}

/* A free slot that this asker may take, or NULL. */
static const struct lookup *
find_room(const struct dns *d, struct asker asker)
{
	const struct lookup *l = d->lookup, *room = NULL;
	unsigned int count = LOOKUPS + (asker.own ? OWN_LOOKUPS : 0), taken = 0;

	for (unsigned int i = 0; i < count; i++)
		if (!l[i].used)
			room = &l[i];
		else
			taken += l[i].source == asker.source;
	return taken < asker_share(asker, count) ? room : NULL;
}

bool
dns_has_room(const struct dns *d, struct asker asker)
{
	return find_room(d, asker) != NULL;
}

bool
dns_ask(struct dns *d, struct slice host, uint16_t port, struct asker asker, dns_done done,
	void *context)
{
	struct lookup *l = (struct lookup *)find_room(d, asker);

	if (l == NULL || host.len == 0 || host.len > HOPS_NAME_MAX)
		return false;
	*l = (struct lookup){ .dns = d,
			      .used = true,
			      .port = port,
			      .source = asker.source,
			      .done = done,
			      .context = context,
			      .deadline_ms = uv_now(d->sockets.loop) + d->timeout_ms,
			      .answer = { .ttl = d->max_ttl } };
	memcpy(l->name, host.ptr, host.len);
	if (port != 0) {
		ask_name_itself(l, port);
		return true;
	}
	l->open++;
	ares_query(d->sockets.channel, l->name, ns_c_in, ns_t_naptr, on_naptr, l);
	return true;
}

/* What is there at the deadline counts; the slot stays taken until c-ares has given up as well. */
void
dns_tick(struct dns *d, uint64_t now_ms)
{
	ares_process_fd(d->sockets.channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	for (struct lookup *l = d->lookup; l < d->lookup + LOOKUPS + OWN_LOOKUPS; l++)
		if (l->used && !l->told && now_ms >= l->deadline_ms) {
			l->failed = true;
			tell(l);
		}
}

/* ---- opening ---- */

static int
set_servers(struct dns *d, const struct config *config)
{
	char text[CONFIG_MAX_SERVERS * (FLOW_ADDRESS_TEXT_MAX + 1)] = "";
	size_t n = 0;

	if (config->server_count == 0)
		return ARES_SUCCESS;
	for (unsigned int i = 0; i < config->server_count; i++) {
		char one[FLOW_ADDRESS_TEXT_MAX];
		struct slice s = flow_address_text(&config->server[i], one);

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s", i > 0 ? "," : "",
				      SLICE_FMT(s));
	}
	return ares_set_servers_ports_csv(d->sockets.channel, text);
}

static int
open_channel(struct dns *d, const struct config *config)
{
	struct ares_options options = {
		.timeout = (int)(d->timeout_ms / (TRIES + 1)),
		.tries = TRIES,
		.sock_state_cb = dns_sockets_on_state,
		.sock_state_cb_data = &d->sockets,
	};
	int status = ares_library_init(ARES_LIB_INIT_ALL);

	if (status != ARES_SUCCESS)
		return status;
	d->has_library = true;
	/* ARES_OPT_DOMAINS with none of them: no search list */
	status = ares_init_options(&d->sockets.channel, &options,
				   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
					   ARES_OPT_DOMAINS);
	if (status != ARES_SUCCESS)
		return status;
	d->has_channel = true;
	return set_servers(d, config);
}

struct dns *
dns_open(uv_loop_t *loop, const struct config *config, char *message, size_t size)
{
	struct dns *d = calloc(1, sizeof(*d));
	int status;

	if (d == NULL) {
		snprintf(message, size, "no memory for name resolution");
		return NULL;
	}
	d->sockets.loop = loop;
	d->families = config_families(config);
	d->timeout_ms = config->file->dns.timeout_ms;
	d->max_ttl = config->file->dns.max_ttl;
	status = open_channel(d, config);
	if (status != ARES_SUCCESS) {
		snprintf(message, size, "name resolution (dns.servers): %s", ares_strerror(status));
		dns_close(d);
		return NULL;
	}
	return d;
}

void
dns_close(struct dns *d)
{
	if (d == NULL)
		return;
	d->closing = true;
	if (d->has_channel)
		ares_destroy(d->sockets.channel);
	dns_sockets_close(&d->sockets);
	if (d->has_library)
		ares_library_cleanup();
	free(d);
}
