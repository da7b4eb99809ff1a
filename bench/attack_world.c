/* SPDX-License-Identifier: BSD-3-Clause */
#include "attack_world.h"

#include <stdlib.h>

#include "attack_nodes.h"
#include "sip/uri.h"

/* What a proxy waits for a phone that is silent, in units of a hop. */
enum { SILENCE = 500 };

enum { AORS = 64, CONTACTS = 1024 };

const struct attack_rules attack_rules_both = {
	.check = ATTACK_CHECK_RFC5393,
	.revisit_limit = 8,
	.breadth = true,
	.policy = { BREADTH_DEFAULT, BREADTH_DEFAULT },
};

/* ---- nodes and registrations ---- */

struct attack_world *
attack_open(enum attack_order order, uint64_t seed)
{
	struct attack_world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->order = order;
	w->random = seed;
	w->aor = calloc(AORS, sizeof(*w->aor));
	w->contact = calloc(CONTACTS, sizeof(*w->contact));
	if (w->aor == NULL || w->contact == NULL) {
		attack_close(w);
		return NULL;
	}
	return w;
}

void
attack_close(struct attack_world *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->heap_count; i++)
		free(w->heap[i].request);
	for (uint32_t i = 0; i < w->context_count; i++) {
		free(w->context[i]->request);
		free(w->context[i]);
	}
	free(w->heap);
	free(w->context);
	free(w->contact);
	free(w->aor);
	free(w);
}

static struct attack_node *
add_node(struct attack_world *w, const char *host)
{
	struct attack_node *node = &w->node[w->node_count];

	if (w->node_count == ATTACK_NODES || strlen(host) >= sizeof(node->host))
		return NULL;
	strcpy(node->host, host);
	node->key = (struct siphash_key){ ++w->node_count, 0x5393 };
	return node;
}

bool
attack_add_proxy(struct attack_world *w, const char *host, const struct attack_rules *rules)
{
	struct attack_node *node = add_node(w, host);

	if (node == NULL)
		return false;
	node->is_proxy = true;
	node->rules = *rules;
	return true;
}

bool
attack_add_phone(struct attack_world *w, const char *host, const struct attack_phone *phone)
{
	struct attack_node *node = add_node(w, host);

	if (node != NULL)
		node->phone = *phone;
	return node != NULL;
}

static uint16_t
find_node(const struct attack_world *w, struct slice host)
{
	for (unsigned int i = 0; i < w->node_count; i++)
		if (slice_eq_nocase(host, slice_str(w->node[i].host)))
			return (uint16_t)i;
	return ATTACK_NOBODY;
}

/* Number of an AOR, added if need be; AORS when there is no room. */
static unsigned int
find_aor(struct attack_world *w, const char *text)
{
	unsigned int i = 0;

	while (i < w->aor_count && strcmp(w->aor[i], text) != 0)
		i++;
	if (i == w->aor_count && i < AORS && strlen(text) < ATTACK_URI_MAX)
		strcpy(w->aor[w->aor_count++], text);
	return i < w->aor_count ? i : AORS;
}

bool
attack_register(struct attack_world *w, const char *aor, const char *contact, unsigned int group)
{
	struct attack_contact *c = &w->contact[w->contact_count];
	unsigned int at = find_aor(w, aor), count = 0;
	struct sip_uri uri;

	for (unsigned int i = 0; i < w->contact_count; i++)
		count += w->contact[i].aor == at;
	if (at == AORS || w->contact_count == CONTACTS || count == ATTACK_TARGETS_MAX ||
	    strlen(contact) >= sizeof(c->uri) || !sip_uri_decode(slice_str(contact), &uri))
		return false;
	strcpy(c->uri, contact);
	c->aor = (uint16_t)at;
	c->group = (uint16_t)group;
	c->node = find_node(w, uri.host);
	w->contact_count++;
	return true;
}

/* ---- phones and the caller ---- */

static void
phone_request(struct attack_world *w, const struct attack_event *e)
{
	const struct attack_phone *phone = &w->node[e->node].phone;
	uint32_t at = attack_context_add(w, e->context, e->branch, e->node, 0);

	free(e->request);
	if (at == UINT32_MAX)
		return;
	if (phone->rings)
		attack_respond(w, e->context, e->branch, 180);
	if (phone->code != 0)
		attack_post(w, (struct attack_event){ .kind = ATTACK_ANSWER, .context = at },
			    phone->silent ? SILENCE : 0);
}

static void
phone_answer(struct attack_world *w, uint32_t at, unsigned int code)
{
	struct attack_context *c = w->context[at];

	if (c->answered)
		return;
	c->answered = true;
	w->node[c->node].answered_last = at;
	attack_respond(w, c->up, c->up_branch, code);
}

bool
attack_answer(struct attack_world *w, const char *host, unsigned int code, bool again)
{
	uint16_t node = find_node(w, slice_str(host));
	uint32_t at = 1;

	if (node == ATTACK_NOBODY)
		return false;
	if (again) {
		const struct attack_context *c = w->context[w->node[node].answered_last];

		if (w->node[node].answered_last != 0)
			attack_respond(w, c->up, c->up_branch, code);
		return w->node[node].answered_last != 0;
	}
	while (at < w->context_count && (w->context[at]->node != node || w->context[at]->answered))
		at++;
	if (at < w->context_count)
		phone_answer(w, at, code);
	return at < w->context_count;
}

bool
attack_call(struct attack_world *w, const char *uri, uint32_t max_forwards, uint32_t max_breadth)
{
	struct attack_request *r = attack_request_new(uri, max_forwards, max_breadth);
	struct sip_uri to;

	if (r == NULL || w->context_count != 0 || !sip_uri_decode(slice_str(uri), &to) ||
	    attack_context_add(w, 0, 0, ATTACK_NOBODY, 1) == UINT32_MAX) {
		free(r);
		return false;
	}
	w->context[0]->count = w->context[0]->next = w->context[0]->pending = 1;
	w->context[0]->branch[0].state = ATTACK_SENT;
	attack_send(w, 0, 0, find_node(w, to.host), r);
	return true;
}

void
attack_cancel(struct attack_world *w)
{
	if (w->context_count > 0)
		attack_cancel_branch(w, &w->context[0]->branch[0]);
}

static void
caller_response(struct attack_world *w, unsigned int code)
{
	struct attack_counts *n = &w->counts;

	if (code < 200) {
		n->provisional++;
		return;
	}
	w->context[0]->branch[0].state = ATTACK_DONE;
	if (n->final_count < ATTACK_FINALS_MAX)
		n->final[n->final_count] = code;
	n->final_count++;
}

/* ---- the run ---- */

static void
request_arrives(struct attack_world *w, const struct attack_event *e)
{
	struct attack_branch *b = &w->context[e->context]->branch[e->branch];
	uint32_t next = w->context_count;

	if (e->node == ATTACK_NOBODY) {
		w->counts.unknown++;
		free(e->request);
		attack_respond(w, e->context, e->branch, 404);
		return;
	}
	w->node[e->node].arrived++;
	if (w->node[e->node].is_proxy)
		attack_proxy_request(w, e);
	else
		phone_request(w, e);
	if (w->context_count == next)
		return;
	b->peer = next;
	b->state = ATTACK_ARRIVED;
	if (b->cancelled)
		attack_cancel_branch(w, b);
}

static void
handle(struct attack_world *w, const struct attack_event *e)
{
	const struct attack_context *c = w->context[e->context];
	bool is_proxy = c->node != ATTACK_NOBODY && w->node[c->node].is_proxy;

	switch (e->kind) {
	case ATTACK_REQUEST:
		request_arrives(w, e);
		break;
	case ATTACK_RESPONSE:
		if (is_proxy)
			attack_proxy_response(w, e);
		else
			caller_response(w, e->code);
		break;
	case ATTACK_ANSWER:
		phone_answer(w, e->context, w->node[c->node].phone.code);
		break;
	case ATTACK_CANCEL:
		if (is_proxy)
			attack_proxy_cancel(w, e->context);
		else if (!w->node[c->node].phone.silent)
			phone_answer(w, e->context, 487);
		break;
	}
}

bool
attack_run(struct attack_world *w, uint64_t limit)
{
	while (w->heap_count > 0 && !w->counts.stopped) {
		struct attack_event e;

		if (w->counts.forwarded + w->counts.passed >= limit) {
			w->counts.stopped = true;
			break;
		}
		e = attack_take(w);
		w->counts.time = e.at;
		handle(w, &e);
	}
	return !w->counts.stopped;
}

/* ---- what came of it ---- */

uint64_t
attack_arrived(const struct attack_world *w, const char *host)
{
	uint16_t node = find_node(w, slice_str(host));

	return node == ATTACK_NOBODY ? 0 : w->node[node].arrived;
}

uint64_t
attack_outgoing(const struct attack_world *w)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < w->context_count; i++)
		sum += w->context[i]->breadth.outgoing;
	return sum;
}

const struct attack_counts *
attack_counts(const struct attack_world *w)
{
	return &w->counts;
}

uint64_t
attack_most_at_one_depth(const struct attack_world *w)
{
	uint64_t most = 0;

	for (unsigned int i = 0; i < ATTACK_DEPTHS; i++)
		if (w->counts.most_at_depth[i] > most)
			most = w->counts.most_at_depth[i];
	return most;
}
