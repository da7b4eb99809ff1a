/* SPDX-License-Identifier: BSD-3-Clause */
#include "transaction/recurse.h"

#include "next_hop.h"
#include "park.h"
#include "proxy/use_proxy.h"
#include "sip/address.h"
#include "sip/chars.h"
#include "sip/list.h"

enum { PLACES_MAX = 8 };

/* One way of recursion. */
struct step {
	struct slice value; /* of Route */
	uint64_t key;       /* of its URI */
	struct flow_address to;
	uint8_t listener;
	unsigned int others; /* further places of the same name */
	struct flow_address other[PLACES_MAX];
};

_Static_assert(USE_PROXY_ROOM <= MESSAGE_RING_MESSAGE_MAX, "a list fits into w->text");

/* ---- what may be followed ---- */

/* RC-31: a proxy of ours answers, and it is the one that was asked. RC-33: not a user agent. */
static bool
is_trusted(const struct via_worker *w, const struct client *c, const struct via_meta *meta)
{
	return c->kind != VIA_TARGET_FLOW && flow_ip_eq(&meta->flow.remote, &c->to) &&
	       config_network_has(&w->engine->config->recurse_305, &meta->flow.remote);
}

/* A strict router has the Route in its Request-URI, which a proxy must not change (RC-23). */
static bool
may_follow(const struct via_worker *w, const struct transaction *t, const struct client *c,
	   const struct via_meta *meta)
{
	const struct via_meta *front = (const struct via_meta *)t->front;

	/* one that was given up, and has spoken after all, has left its share to another */
	return (t->flags & TRANSACTION_NO_RECURSE) == 0 && (c->flags & CLIENT_RESUMED) == 0 &&
	       (front->flags & VIA_STRICT_NEXT) == 0 && c->depth < RECURSE_DEPTH_MAX &&
	       is_trusted(w, c, meta);
}

/* RC-27: the proxy is not to be had. Who sent anything but an INVITE has given up by then. */
static bool
is_gone(const struct transaction *t, uint16_t status, const struct via_meta *meta)
{
	return status == 503 ||
	       (status == 408 && meta == NULL && (t->flags & TRANSACTION_INVITE) != 0);
}

/* ---- which Contact ---- */

/* RC-38: whoever sends us to ourselves is not followed. */
static bool
is_own(const struct via_worker *w, const struct sip_uri *uri)
{
	struct flow_address a;

	return via_is_own_host(w, uri->host, uri->port) ||
	       via_is_own_domain(w->engine, uri->host) ||
	       (flow_ip_decode(uri->host, &a) && via_next_hop_is_forbidden(w, &a));
}

/* Of what decides where it leads: user part, host, port and maddr. */
static uint64_t
uri_key(const struct transactions *ts, const struct sip_uri *uri)
{
	char text[USE_PROXY_URI_MAX + 16];
	struct sip_uri plain = *uri;
	struct siphash h;
	struct slice maddr;

	if (sip_uri_has_usual_port(uri))
		plain.port = 0;
	siphash_init(&h, ts->key, 0);
	siphash_update(&h, text, sip_uri_aor(&plain, text, sizeof(text)));
	if (sip_param_find(uri->params, SLICE("maddr"), &maddr) && maddr.ptr != NULL)
		siphash_update(&h, maddr.ptr, maddr.len);
	return siphash_final(&h);
}

static bool
was_tried(const struct transactions *ts, const struct transaction *t, uint64_t key)
{
	const char *tried = text_store_get(&ts->text, t->tried).ptr;
	uint64_t row; /* texts lie at multiples of four */

	for (unsigned int i = 0; i < t->recursions; i++) {
		memcpy(&row, tried + i * sizeof(row), sizeof(row));
		if (row == key)
			return true;
	}
	return false;
}

static bool
note_tried(struct transactions *ts, struct transaction *t, uint64_t key)
{
	char *room;

	if (t->recursions >= RECURSE_MAX)
		return false;
	if (t->tried == 0)
		t->tried = text_store_alloc(&ts->text, RECURSE_MAX * sizeof(key), &room);
	if (t->tried == 0)
		return false;
	room = (char *)(uintptr_t)text_store_get(&ts->text, t->tried).ptr;
	memcpy(room + t->recursions++ * sizeof(key), &key, sizeof(key));
	return true;
}

/* The request can be sent there. */
static bool
take_place(const struct via_worker *w, const struct via_meta *meta, const struct flow_address *to,
	   struct step *step)
{
	int listener = via_source_listener(w, to, meta->listener);

	step->to = *to;
	step->listener = (uint8_t)listener;
	return listener >= 0 && !via_next_hop_is_forbidden(w, to) &&
	       !hops_is_down(&w->tables->hops, to);
}

/* Where a Route that begins so leads: RC-28 has what it begins with. */
static enum via_hop
find_hop(struct via_worker *w, struct via_meta *meta, const struct sip_uri *contact,
	 struct step *step)
{
	const struct config_file_proxy *f = &w->engine->config->file->proxy;
	struct sip_uri top = *contact;
	struct flow_address to;
	enum via_hop hop;

	if (f->must_visit_count > 0 && !sip_uri_decode(slice_str(f->must_visit[0]), &top))
		return VIA_HOP_NOWHERE;
	hop = via_next_hop_resolve(w, meta, &top, &to);
	if (hop != VIA_HOP_FOUND)
		return hop;
	if (!take_place(w, meta, &to, step))
		return VIA_HOP_NOWHERE;
	step->others = via_next_hop_others(w, meta, &top, &to, step->other, PLACES_MAX);
	return VIA_HOP_FOUND;
}

/* The first value of `*rest` that leads somewhere, or has to be asked for; `*rest` moves on. */
static enum via_hop
choose(struct via_worker *w, const struct transaction *t, struct via_meta *meta, struct slice *rest,
       struct step *step)
{
	struct sip_address address;
	struct sip_uri uri;
	enum via_hop hop;

	while (rest->ptr != NULL) {
		step->value = sip_trim(sip_list_cut(rest));
		if (!sip_address_decode(step->value, &address) ||
		    !sip_uri_decode(address.uri, &uri) || is_own(w, &uri))
			continue;
		step->key = uri_key(w->transactions, &uri);
		if (was_tried(w->transactions, t, step->key))
			continue;
		hop = find_hop(w, meta, &uri, step);
		if (hop == VIA_HOP_FOUND || hop == VIA_HOP_ASK)
			return hop;
	}
	return VIA_HOP_NOWHERE;
}

/* What is left of the Contacts that led to a branch. */
static struct slice
contacts_left(const struct transactions *ts, const struct client *c)
{
	struct slice all = text_store_get(&ts->text, c->contacts);

	if (all.ptr == NULL)
		return SLICE_ABSENT;
	return slice_of(all.ptr + c->contacts_at, all.len - c->contacts_at);
}

/*
 * The Contacts of a 305, and behind them those that this branch had left: who answers with one has
 * not failed, but where he leads may. A text, or 0.
 */
static uint32_t
read_contacts(struct via_worker *w, const struct client *c, const struct via_meta *meta)
{
	struct transactions *ts = w->transactions;
	struct slice before = contacts_left(ts, c);
	struct sip_writer out;
	size_t length;

	sip_writer_init(&out, w->text, sizeof(w->text));
	use_proxy_routes(&meta->msg, &ts->random, &out);
	length = sip_written(&out).len;
	if (length > 0 && before.len > 0) {
		SIP_PUT(&out, ", ");
		sip_put(&out, before);
		if (!out.overflow)
			length = sip_written(&out).len;
	}
	return length > 0 ? text_store_put(&ts->text, w->text, length) : 0;
}

/* The request, with what is known of a name that was asked for; `again`: of the response. */
static struct via_meta *
request_of(struct via_worker *w, const struct transaction *t, const struct via_meta *response,
	   enum via_again again)
{
	struct via_meta *meta = render_meta(w, t);

	if (meta == NULL || meta->uri.scheme == SIP_SCHEME_SIPS) /* RC-34 */
		return NULL;
	meta->again = (uint8_t)again;
	if (response != NULL) {
		meta->again_name = response->again_name;
		meta->again_to = response->again_to;
	}
	return meta;
}

/* ---- the branch ---- */

/* RC-21, RC-22, RC-28: what stands in place of the topmost value. A text, or 0. */
static uint32_t
write_route(struct via_worker *w, struct slice value)
{
	const struct config_file_proxy *f = &w->engine->config->file->proxy;
	struct sip_writer out;

	if (f->must_visit_count == 0)
		return text_store_put(&w->transactions->text, value.ptr, value.len);
	sip_writer_init(&out, w->text, sizeof(w->text));
	for (unsigned int i = 0; i < f->must_visit_count; i++) {
		SIP_PUT(&out, "<");
		sip_put(&out, slice_str(f->must_visit[i]));
		SIP_PUT(&out, ">, ");
	}
	sip_put(&out, value);
	return text_store_put(&w->transactions->text, w->text, sip_written(&out).len);
}

/* RC-29: a branch of its own, with the share of `c`, which has just become free; it has `route`. */
static struct client *
begin(struct via_worker *w, struct transaction *t, const struct client *c, const struct step *step,
      uint32_t route, struct via_meta *meta)
{
	struct transactions *ts = w->transactions;
	bool counts = (t->flags & TRANSACTION_NO_BREADTH) == 0;
	struct client *n = route != 0 ? client_new(ts, t) : NULL;

	if (n == NULL) {
		via_count(w, STATS_transactions_full);
		text_store_free(&ts->text, route);
		return NULL;
	}
	n->to = step->to;
	n->listener = step->listener;
	n->kind = c->kind;
	n->target = c->target;
	n->share = c->share;
	n->depth = c->depth;
	n->route = route;
	if (counts)
		t->breadth.outgoing += n->share;
	if (client_begin(w, t, n, meta))
		return n;
	if (counts)
		breadth_return(&t->breadth, n->share);
	client_free(ts, n);
	return NULL;
}

/* A branch to the first of `list` from `at` on; it has the list then. */
static struct client *
follow(struct via_worker *w, struct transaction *t, const struct client *c, uint32_t list,
       uint16_t at, const struct via_meta *response)
{
	struct transactions *ts = w->transactions;
	struct slice all = text_store_get(&ts->text, list), rest;
	enum via_again again = VIA_AGAIN_UNRESOLVED; /* nothing can be asked for any more */
	struct via_meta *meta;
	struct client *n;
	struct step step;

	rest = slice_of(all.ptr + at, all.len - at);
	if (response != NULL && response->again != VIA_AGAIN_NOT)
		again = (enum via_again)response->again;
	meta = request_of(w, t, response, again);
	if (meta == NULL || choose(w, t, meta, &rest, &step) != VIA_HOP_FOUND ||
	    !note_tried(ts, t, step.key))
		return NULL;
	n = begin(w, t, c, &step, write_route(w, step.value), meta);
	if (n == NULL)
		return NULL;
	n->contacts = list;
	n->contacts_at = (uint16_t)(rest.ptr != NULL ? (size_t)(rest.ptr - all.ptr) : all.len);
	if (step.others > 0) /* without room for them they are not tried */
		n->places =
			text_store_put(&ts->text, step.other, step.others * sizeof(step.other[0]));
	return n;
}

/* RFC 3263 §4.3: another place of the same Contact. */
static bool
next_place(struct via_worker *w, struct transaction *t, struct client *c)
{
	struct transactions *ts = w->transactions;
	struct slice route = text_store_get(&ts->text, c->route);
	struct slice places = text_store_get(&ts->text, c->places);
	struct via_meta *meta = c->places != 0 ? render_meta(w, t) : NULL;
	struct flow_address to;
	struct client *n;
	struct step step;

	while (meta != NULL && (size_t)(c->place + 1) * sizeof(to) <= places.len) {
		memcpy(&to, places.ptr + c->place++ * sizeof(to), sizeof(to));
		if (!take_place(w, meta, &to, &step))
			continue;
		if (!note_tried(ts, t, 0))
			return false;
		n = begin(w, t, c, &step, text_store_put(&ts->text, route.ptr, route.len), meta);
		if (n == NULL)
			return false;
		n->contacts = c->contacts;
		n->contacts_at = c->contacts_at;
		c->contacts = 0; /* the other branch has them */
		if ((size_t)(c->place + 1) * sizeof(to) > places.len)
			return true;
		n->places = c->places;
		n->place = c->place;
		c->places = 0;
		return true;
	}
	return false;
}

bool
recurse_305(struct via_worker *w, struct transaction *t, struct client *c,
	    const struct via_meta *meta)
{
	uint32_t list = may_follow(w, t, c, meta) ? read_contacts(w, c, meta) : 0;
	struct client *n = list != 0 ? follow(w, t, c, list, 0, meta) : NULL;

	if (n == NULL) {
		text_store_free(&w->transactions->text, list);
		return false;
	}
	n->depth++;
	via_count(w, STATS_recursed);
	return true;
}

bool
recurse_next(struct via_worker *w, struct transaction *t, struct client *c, uint16_t status,
	     const struct via_meta *meta)
{
	if (likely(c->depth == 0) || (c->flags & CLIENT_RESUMED) != 0 || !is_gone(t, status, meta))
		return false;
	if (next_place(w, t, c))
		return true;
	if (c->contacts == 0 || follow(w, t, c, c->contacts, c->contacts_at, meta) == NULL)
		return false;
	c->contacts = 0; /* the other branch has it */
	return true;
}

bool
recurse_park(struct via_worker *w, const struct client *c, const struct via_meta *meta)
{
	struct transactions *ts = w->transactions;
	struct transaction *t = client_transaction(ts, c);
	uint32_t list = 0;
	struct via_meta *request;
	struct slice rest;
	struct step step;
	bool parked;

	if (meta->again != VIA_AGAIN_NOT || c->state > CLIENT_PROCEEDING ||
	    (c->flags & CLIENT_RESUMED) != 0 || c->places != 0 || t->state != SERVER_PROCEEDING ||
	    (t->flags & (TRANSACTION_CANCELLED | TRANSACTION_DECIDED)) != 0)
		return false;
	rest = contacts_left(ts, c);
	if (meta->msg.status == 305) {
		list = may_follow(w, t, c, meta) ? read_contacts(w, c, meta) : 0;
		rest = text_store_get(&ts->text, list);
	}
	request = rest.len > 0 ? request_of(w, t, NULL, VIA_AGAIN_NOT) : NULL;
	parked = request != NULL && choose(w, t, request, &rest, &step) == VIA_HOP_ASK &&
		 via_park_for_name(w, meta, &request->ask, c->tag);
	text_store_free(&ts->text, list);
	return parked;
}
