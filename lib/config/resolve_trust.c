/* SPDX-License-Identifier: BSD-3-Clause */
/* The border of trust: zones, and which header fields they lose (docs/decisions/0010-trust.md). */
#include <string.h>

#include "config/resolver.h"
#include "sip/chars.h"

/* What a stranger has no right to write: a claim that only our own proxies can make. */
static const char *const usual_in[] = {
	"P-Asserted-Identity",
	"P-Preferred-Identity",
	"Remote-Party-ID",
	"P-Asserted-Service",
	"P-Profile-Key",
	"P-Served-User",
	"P-User-Database",
	"P-Visited-Network-ID",
	"P-Called-Party-ID",
	"P-Charging-Vector",
	"P-Charging-Function-Addresses",
	"P-Charge-Info",
	"Record-Route",
};

/* What is nobody's business but that of our own proxies. */
static const char *const usual_out[] = {
	"P-Preferred-Identity",
	"Remote-Party-ID",
	"P-Asserted-Service",
	"P-Preferred-Service",
	"P-Profile-Key",
	"P-Served-User",
	"P-User-Database",
	"P-Visited-Network-ID",
	"P-Access-Network-Info",
	"P-Charging-Vector",
	"P-Charging-Function-Addresses",
	"P-Charge-Info",
};

#define ROUTING "no message finds its way without it"
#define DIALOG "no message belongs to a transaction or dialog without it"
#define BODY "nobody can read the body without it"
#define DEMAND "its sender demands that what it names is obeyed or refused"

static const struct {
	enum sip_header_id id;
	const char *why;
} untouchable[] = {
	{ SIP_HDR_VIA, ROUTING },
	{ SIP_HDR_ROUTE, ROUTING },
	{ SIP_HDR_CONTACT, ROUTING },
	{ SIP_HDR_PATH, "no answer of a registrar's finds its way without it" },
	{ SIP_HDR_SERVICE_ROUTE, "no user agent finds its home proxy without it" },
	{ SIP_HDR_MAX_FORWARDS, "loops end by it" },
	{ SIP_HDR_MAX_BREADTH, "loops end by it" },
	{ SIP_HDR_FROM, DIALOG },
	{ SIP_HDR_TO, DIALOG },
	{ SIP_HDR_CALL_ID, DIALOG },
	{ SIP_HDR_CSEQ, DIALOG },
	{ SIP_HDR_EVENT, DIALOG },
	{ SIP_HDR_RSEQ, DIALOG },
	{ SIP_HDR_RACK, DIALOG },
	{ SIP_HDR_CONTENT_LENGTH, BODY },
	{ SIP_HDR_CONTENT_TYPE, BODY },
	{ SIP_HDR_CONTENT_ENCODING, BODY },
	{ SIP_HDR_REQUIRE, DEMAND },
	{ SIP_HDR_PROXY_REQUIRE, DEMAND },
};

/* Why a header field may not be in a list of this direction; NULL: it may. */
static const char *
forbidden(enum sip_header_id id, bool in)
{
	if (id == SIP_HDR_RECORD_ROUTE && !in)
		return "no request of a dialog finds its way without it";
	for (size_t i = 0; i < sizeof(untouchable) / sizeof(untouchable[0]); i++)
		if (untouchable[i].id == id)
			return untouchable[i].why;
	return NULL;
}

static void
add_header(struct config_zone *zone, bool in, struct slice name)
{
	struct config_header_set *set = in ? &zone->strip_in : &zone->strip_out;
	enum sip_header_id id = sip_header_find(name);

	if (id == SIP_HDR_RECORD_ROUTE) {
		zone->strip_record_route = true;
		return;
	}
	set->has[id] = 0xff;
	if (id == SIP_HDR_OTHER)
		set->other[set->other_count++] = name;
}

static bool
is_header_name(struct slice name)
{
	return sip_all(name, SIP_CHAR_TOKEN) && memchr(name.ptr, '*', name.len) == NULL;
}

static void
resolve_list(struct resolver *r, struct config_zone *zone, bool in, char **names,
	     unsigned int count, const char *key)
{
	for (unsigned int i = 0; i < count; i++) {
		struct slice name = slice_str(names[i]);
		enum sip_header_id id = sip_header_find(name);
		const char *why = forbidden(id, in);
		char path[64];

		snprintf(path, sizeof(path), "%s[%u]", key, i);
		if (!is_header_name(name))
			FAULT(r, "%s", path,
			      "'%.64s': want the name of a header field, such as P-Profile-Key",
			      names[i]);
		else if (why != NULL)
			FAULT(r, "%s", path, "%s is never taken out: %s", sip_header_name(id).ptr,
			      why);
		else
			add_header(zone, in, name);
	}
}

static void
add_usual_in(struct config_zone *zone)
{
	for (size_t i = 0; i < sizeof(usual_in) / sizeof(usual_in[0]); i++)
		add_header(zone, true, slice_str(usual_in[i]));
	zone->strip_network_provided = true;
}

static void
add_usual_out(struct config_zone *zone)
{
	for (size_t i = 0; i < sizeof(usual_out) / sizeof(usual_out[0]); i++)
		add_header(zone, false, slice_str(usual_out[i]));
}

static bool
takes_everybody(const struct config_zone *zone)
{
	return zone->port < 0 && zone->networks.count == 0;
}

static void
resolve_name(struct resolver *r, unsigned int i)
{
	const struct config *c = r->config;
	const char *name = c->file->trust[i].name;

	if (strcmp(name, "peers") == 0 || strcmp(name, "strangers") == 0)
		FAULT(r, "trust[%u].name", i, "'%s': want another name: this zone is always there",
		      name);
	for (unsigned int k = 0; k < i; k++) {
		if (strcmp(c->file->trust[k].name, name) == 0)
			FAULT(r, "trust[%u].name", i, "'%.64s': another zone has this name", name);
		if (takes_everybody(&c->zone[k]))
			FAULT(r, "trust[%u]", i,
			      "nobody is left for it: trust[%u] has neither port nor networks, so"
			      " put that one last",
			      k);
	}
}

static void
resolve_zone(struct resolver *r, unsigned int i, struct config_zone *zone)
{
	const struct config_file_zone *f = &r->config->file->trust[i];
	char key[64];

	zone->name = f->name;
	zone->trusted = f->trusted;
	zone->port = f->port != NULL ? config_find_port(r->config, f->port) : -1;
	if (f->port != NULL && zone->port < 0)
		FAULT(r, "trust[%u].port", i, "'%.64s': want the name of a port in this file",
		      f->port);
	snprintf(key, sizeof(key), "trust[%u].networks", i);
	config_resolve_networks(r, f->networks, f->networks_count, key, &zone->networks);
	if (config_lines_has(r->lines, key) && f->networks_count == 0)
		FAULT(r, "%s", key, "an empty list is nobody: want a network, or leave it out");
	snprintf(key, sizeof(key), "trust[%u].strip_in", i);
	if (config_lines_has(r->lines, key))
		resolve_list(r, zone, true, f->strip_in, f->strip_in_count, key);
	else if (!zone->trusted)
		add_usual_in(zone);
	snprintf(key, sizeof(key), "trust[%u].strip_out", i);
	if (config_lines_has(r->lines, key))
		resolve_list(r, zone, false, f->strip_out, f->strip_out_count, key);
	else if (!zone->trusted)
		add_usual_out(zone);
	resolve_name(r, i);
}

static void
add_implied(struct config *c)
{
	struct config_zone *zone = &c->zone[c->zone_count];

	if (c->peers.count > 0) {
		*zone++ = (struct config_zone){
			.name = "peers", .port = -1, .networks = c->peers, .trusted = true
		};
		c->zone_count++;
	}
	zone->name = "strangers";
	zone->port = -1;
	add_usual_in(zone);
	add_usual_out(zone);
	c->zone_count++;
}

static void
collect_lengths(struct config *c, const struct config_header_set *set)
{
	for (unsigned int i = 0; i < set->other_count; i++)
		c->looked_for_lengths |= UINT64_C(1) << set->other[i].len % 64;
}

/* Record-Route is not among them: only of requests straight from user agents is it looked for. */
static void
collect(struct config *c)
{
	for (unsigned int i = 0; i < c->zone_count; i++) {
		const struct config_zone *zone = &c->zone[i];

		for (unsigned int id = 0; id < SIP_HDR_OTHER; id++)
			c->looked_for[id] |= zone->strip_in.has[id] | zone->strip_out.has[id];
		collect_lengths(c, &zone->strip_in);
		collect_lengths(c, &zone->strip_out);
		if (zone->strip_network_provided)
			c->looked_for[SIP_HDR_P_ACCESS_NETWORK_INFO] = 0xff;
		if (!zone->trusted) /* RFC 3325 §7 */
			c->looked_for[SIP_HDR_P_ASSERTED_IDENTITY] =
				c->looked_for[SIP_HDR_PRIVACY] = 0xff;
	}
}

void
config_resolve_trust(struct resolver *r)
{
	struct config *c = r->config;

	for (unsigned int i = 0; i < c->file->trust_count; i++)
		resolve_zone(r, i, &c->zone[c->zone_count++]);
	add_implied(c);
	collect(c);
}

const struct config_zone *
config_zone_find(const struct config *config, int port, const struct flow_address *address)
{
	unsigned int last = config->zone_count - 1;

	for (unsigned int i = 0; i < last; i++) {
		const struct config_zone *zone = &config->zone[i];

		if ((zone->port < 0 || zone->port == port) &&
		    (zone->networks.count == 0 || config_network_has(&zone->networks, address)))
			return zone;
	}
	return &config->zone[last];
}
