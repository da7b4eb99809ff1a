/* SPDX-License-Identifier: BSD-3-Clause */
#include "next_hop.h"

#include "memory.h"
#include "sip/address.h"
#include "sip/list.h"

enum { AOR_MAX = 512 };

/* Tells the hashes of this file from what else is hashed under the same key. */
enum { HASH_NAME = 'n', HASH_CHOICE = 'c' };

static uint64_t
hash_of(const struct via_worker *w, uint8_t what, uint16_t port, struct slice text)
{
	struct siphash h;

	siphash_init(&h, w->tables->keys.loop, 0);
	siphash_update(&h, &what, sizeof(what));
	siphash_update(&h, &port, sizeof(port));
	siphash_update(&h, text.ptr, text.len);
	return siphash_final(&h);
}

/* ---- which target of a set ---- */

/* The AOR of the request: of To for a REGISTER, else of the Request-URI. Empty: there is none. */
static struct slice
request_aor(const struct via_meta *meta, char text[AOR_MAX])
{
	struct sip_uri uri = meta->fields.uri;
	struct sip_address to;
	struct sip_list_iter it;
	struct slice value;

	if (meta->msg.method == SIP_REGISTER) {
		sip_list_iter_init(&it, &meta->msg, SIP_HDR_TO);
		if (!sip_list_next(&it, &value) || !sip_address_decode(value, &to) ||
		    !sip_uri_decode(to.uri, &uri))
			return SLICE_ABSENT;
	}
	return slice_of(text, sip_uri_aor(&uri, text, AOR_MAX));
}

/*
 * What the copies of a request, its CANCEL and its ACK have in common (RFC 3261 §16.11), and, as
 * far as the set wants it, the requests of a call or of an AOR.
 */
static uint64_t
choice_key(const struct via_worker *w, const struct via_meta *meta, uint8_t balance)
{
	struct slice text = meta->fields.call_id;
	char aor[AOR_MAX];

	if (balance == CONFIG_BALANCE_RANDOM)
		text = slice_of((const char *)meta->branch.mac, sizeof(meta->branch.mac));
	else if (balance == CONFIG_BALANCE_AOR)
		text = request_aor(meta, aor);
	if (text.len == 0)
		text = meta->fields.call_id;
	return hash_of(w, HASH_CHOICE, 0, text);
}

/* The copies of a request to this set: a branch may be used again for another place. */
static uint64_t
memory_key(const struct via_worker *w, const struct via_meta *meta, const struct hops_set *set)
{
	return via_memory_key(&meta->branch) ^
	       hash_of(w, HASH_NAME, 0, hops_name(&w->tables->hops, set));
}

/* Where the first copy went. One that would begin anew does so when that is down by now. */
static bool
remembered(struct via_worker *w, const struct via_meta *meta, uint64_t key, struct flow_address *to)
{
	const struct flow_address *known = hop_memory_find(&w->hop_memory, key, w->mono_ms);

	if (known == NULL || (meta->msg.method != SIP_ACK && meta->msg.method != SIP_CANCEL &&
			      hops_is_down(&w->tables->hops, known)))
		return false;
	*to = *known;
	return true;
}

static enum via_hop
choose_target(struct via_worker *w, const struct via_meta *meta, const struct hops_set *set,
	      struct flow_address *to)
{
	uint64_t key = set->count > 1 ? choice_key(w, meta, set->balance) : 0;
	struct hops_pick pick = hops_choose(&w->tables->hops, set, key, w->engine->families);

	if (pick.passed_over)
		via_count(w, STATS_target_down);
	if (pick.target == NULL)
		return VIA_HOP_DOWN;
	*to = pick.target->address;
	return flow_ip_is_unicast(to) ? VIA_HOP_FOUND : VIA_HOP_NOWHERE;
}

static enum via_hop
choose(struct via_worker *w, const struct via_meta *meta, const struct hops_set *set,
       struct flow_address *to)
{
	enum via_hop hop;
	uint64_t key;

	if (set->kind == HOPS_NOWHERE)
		return VIA_HOP_NOWHERE;
	if (set->count == 0)
		return VIA_HOP_UNRESOLVED;
	/* where there is no choice, and nobody who says that it is down, there is nothing to keep
	 */
	if (set->count == 1 && !w->tables->hops.probed)
		return choose_target(w, meta, set, to);
	key = memory_key(w, meta, set);
	if (remembered(w, meta, key, to))
		return VIA_HOP_FOUND;
	hop = choose_target(w, meta, set, to);
	if (hop == VIA_HOP_FOUND)
		hop_memory_put(&w->hop_memory, key, to, w->mono_ms);
	return hop;
}

/* ---- names ---- */

static uint64_t
name_hash(const struct via_worker *w, struct slice host, uint16_t port)
{
	char lower[HOPS_NAME_MAX];
	size_t n = RTE_MIN(host.len, sizeof(lower));

	for (size_t i = 0; i < n; i++)
		lower[i] = slice_lower(host.ptr[i]);
	return hash_of(w, HASH_NAME, port, slice_of(lower, n));
}

/* A row of the configuration by its name, else what the DNS said, else the row for any domain. */
static const struct hops_set *
find_set(const struct via_worker *w, struct slice host, uint16_t port)
{
	const struct hops_table *t = &w->tables->hops;
	const struct hops_set *set = hops_find(t, host, 0, w->now_ms);

	if (set == NULL || (port != 0 && set->kind != HOPS_CONFIGURED))
		set = port != 0 ? hops_find(t, host, port, w->now_ms) : NULL;
	return set != NULL ? set : hops_find(t, SLICE("*"), 0, w->now_ms);
}

/* It would come back to us as from ourselves, or be dropped without a word. */
bool
via_next_hop_is_forbidden(const struct via_worker *w, const struct flow_address *to)
{
	const struct config *c = w->engine->config;

	for (unsigned int i = 0; i < c->listener_count; i++)
		if (flow_ip_eq(&c->listener[i].address, to))
			return true;
	return !flow_ip_is_unicast(to) || routes_is_local(&w->tables->routes, to) ||
	       routes_is_broadcast(&w->tables->routes, to);
}

static enum via_hop
check_named(const struct via_worker *w, enum via_hop hop, const struct flow_address *to)
{
	return hop == VIA_HOP_FOUND && via_next_hop_is_forbidden(w, to) ? VIA_HOP_NOWHERE : hop;
}

/*
 * Control is asked once for a name, perhaps after it was asked for an AOR; what it said of this
 * very name counts when the message comes again.
 */
static enum via_hop
ask_control(const struct via_worker *w, struct via_meta *meta, struct slice host, uint16_t port,
	    struct flow_address *to)
{
	uint64_t hash = name_hash(w, host, port);

	if (meta->again == VIA_AGAIN_NOT || meta->again == VIA_AGAIN_LOADED) {
		meta->ask = (struct via_ask){
			.host = host,
			.port = port,
			.name_hash = hash,
			.choice = choice_key(w, meta, CONFIG_BALANCE_CALL_ID),
		};
		return VIA_HOP_ASK;
	}
	if (meta->again == VIA_AGAIN_UNRESOLVED || hash != meta->again_name)
		return VIA_HOP_UNRESOLVED;
	if (meta->again == VIA_AGAIN_NOWHERE)
		return VIA_HOP_NOWHERE;
	*to = meta->again_to;
	return VIA_HOP_FOUND;
}

/* The host that counts: maddr, unless it was ours. */
static struct slice
host_of(const struct via_meta *meta, const struct sip_uri *uri)
{
	bool stripped = uri == &meta->uri && (meta->flags & VIA_STRIP_MADDR) != 0;
	struct slice maddr;

	if (!stripped && sip_param_find(uri->params, SLICE("maddr"), &maddr) && maddr.ptr != NULL)
		return maddr;
	return uri->host;
}

enum via_hop
via_next_hop_resolve(struct via_worker *w, struct via_meta *meta, const struct sip_uri *uri,
		     struct flow_address *to)
{
	struct slice host = host_of(meta, uri);
	const struct hops_set *set;

	if (flow_ip_decode(host, to)) {
		to->port = uri->port != 0 ? uri->port : 5060;
		return flow_ip_is_unicast(to) ? VIA_HOP_FOUND : VIA_HOP_NOWHERE;
	}
	if (via_is_own_domain(w->engine, host) || via_is_own_host(w, host, uri->port)) {
		*to = via_listener(w, meta->listener)->address; /* it comes in again */
		return VIA_HOP_FOUND;
	}
	set = find_set(w, host, uri->port);
	if (set != NULL && set->kind == HOPS_CONFIGURED)
		return choose(w, meta, set, to);
	if (set != NULL)
		return check_named(w, choose(w, meta, set, to), to);
	if (!w->engine->config->file->dns.enabled || host.len > HOPS_NAME_MAX)
		return VIA_HOP_NOWHERE;
	return check_named(w, ask_control(w, meta, host, uri->port, to), to);
}

unsigned int
via_next_hop_others(const struct via_worker *w, const struct via_meta *meta,
		    const struct sip_uri *uri, const struct flow_address *chosen,
		    struct flow_address *out, unsigned int max)
{
	const struct hops_set *set = find_set(w, host_of(meta, uri), uri->port);
	struct hops_target left[HOPS_TARGETS_MAX];
	struct flow_address ip, last = *chosen;
	struct hops_pick pick;
	unsigned int n = 0;
	uint64_t key;

	if (set == NULL || set->count < 2 || set->count > HOPS_TARGETS_MAX ||
	    flow_ip_decode(host_of(meta, uri), &ip))
		return 0;
	key = choice_key(w, meta, set->balance);
	memcpy(left, w->tables->hops.targets + set->first, set->count * sizeof(left[0]));
	for (;;) {
		for (unsigned int i = 0; i < set->count; i++)
			left[i].down |= flow_address_eq(&left[i].address, &last);
		pick = hops_choose_among(left, set->count, key, w->engine->families);
		if (pick.target == NULL || n == max)
			return n;
		last = pick.target->address;
		if (set->kind == HOPS_CONFIGURED ? flow_ip_is_unicast(&last)
						 : !via_next_hop_is_forbidden(w, &last))
			out[n++] = last;
	}
}

enum via_reason
via_next_hop_reason(enum via_hop hop)
{
	switch (hop) {
	case VIA_HOP_DOWN:
		return VIA_REASON_HOME_UNREACHABLE; /* PR-08 */
	case VIA_HOP_UNRESOLVED:
		return VIA_REASON_NAME_NOT_RESOLVED;
	default:
		return VIA_REASON_NO_SUCH_DOMAIN;
	}
}

bool
via_next_hop_is_configured(const struct via_worker *w, struct slice host)
{
	const struct hops_set *set = hops_find(&w->tables->hops, host, 0, w->now_ms);

	return set != NULL && set->kind == HOPS_CONFIGURED && !slice_eq(host, SLICE("*"));
}
