/* SPDX-License-Identifier: BSD-3-Clause */
/* A forking proxy of the simulator: RFC 3261 §16 as far as requests multiply by it, RFC 5393. */
#include <stdlib.h>

#include "attack_nodes.h"
#include "sip/uri.h"

/* Which response goes up when no branch has a 2xx (RFC 3261 §16.7 step 6): the least. */
static unsigned int
rank(unsigned int code)
{
	switch (code) {
	case 401:
	case 407:
		return 1;
	case 415:
	case 420:
	case 484:
		return 2;
	case 408:
		return 4;
	case 440:
		return 5;
	case 483:
		return 6;
	case 482:
		return 7;
	default:
		return code >= 600 ? 0 : code < 500 ? 3 : 8;
	}
}

/* RFC 5393 §5.3.3, by a count of its own. */
static void
check_sum(struct attack_world *w, const struct attack_context *c)
{
	uint64_t sum = 0;

	if (!w->node[c->node].rules.breadth)
		return;
	for (unsigned int i = 0; i < c->next; i++)
		if (c->branch[i].state != ATTACK_DONE)
			sum += c->branch[i].share;
	if (sum != c->breadth.outgoing || sum > c->breadth.incoming)
		w->counts.broken_sums++;
}

/* ---- forwarding ---- */

static struct slice
write_via(struct attack_world *w, const struct attack_context *c, char text[ATTACK_VIA_MAX])
{
	const struct attack_node *node = &w->node[c->node];
	uint64_t unique[2] = { ++w->serial, c->node }, mac[2];
	struct branch_id id = { .worker = BRANCH_NO_OWNER };
	struct sip_writer out;
	struct siphash h;

	siphash_init(&h, node->key, 1);
	siphash_update(&h, unique, sizeof(unique));
	siphash_final_wide(&h, mac);
	memcpy(id.mac, mac, sizeof(id.mac));
	sip_writer_init(&out, text, ATTACK_VIA_MAX);
	SIP_PUT(&out, "SIP/2.0/UDP ");
	sip_put(&out, slice_str(node->host));
	SIP_PUT(&out, ":5060;branch=");
	branch_write(&out, &id, node->rules.check == ATTACK_CHECK_NONE ? NULL : &c->part, NULL);
	return sip_written(&out);
}

static void
count_forwarded(struct attack_world *w, const struct attack_context *c,
		const struct attack_request *r)
{
	struct attack_counts *n = &w->counts;

	if (w->node[c->node].rules.hostile) {
		n->passed++;
		return;
	}
	n->forwarded++;
	n->forwarded_at[r->depth < ATTACK_DEPTHS ? r->depth : ATTACK_DEPTHS - 1]++;
	if (c->next == 0)
		n->contexts++;
}

/* A branch is out, or, `by` -1, has its final response. */
static void
count_pending(struct attack_world *w, const struct attack_context *c, int by)
{
	unsigned int depth = c->request->depth + 1;
	struct attack_counts *n = &w->counts;

	if (w->node[c->node].rules.hostile)
		return;
	if (depth >= ATTACK_DEPTHS)
		depth = ATTACK_DEPTHS - 1;
	n->pending += (uint64_t)by;
	n->pending_at[depth] += (uint64_t)by;
	if (n->pending > n->most_pending)
		n->most_pending = n->pending;
	if (n->pending_at[depth] > n->most_at_depth[depth])
		n->most_at_depth[depth] = n->pending_at[depth];
}

/* The next branch. */
static void
send_branch(struct attack_world *w, uint32_t at, uint32_t share)
{
	struct attack_context *c = w->context[at];
	const struct attack_rules *rules = &w->node[c->node].rules;
	struct attack_branch *b = &c->branch[c->next];
	const struct attack_contact *target = &w->contact[b->contact];
	char via[ATTACK_VIA_MAX];
	struct attack_request *r;

	r = attack_request_forward(c->request, target->uri, write_via(w, c, via));
	if (r == NULL) {
		w->counts.stopped = true;
		return;
	}
	r->max_forwards--;
	if (rules->breadth)
		r->max_breadth = share;
	if (rules->changes != 0)
		attack_request_change(r, rules->changes, (uint32_t)w->serial);
	count_forwarded(w, c, r);
	count_pending(w, c, 1);
	b->share = share;
	b->state = ATTACK_SENT;
	c->next++;
	c->pending++;
	attack_send(w, at, (uint16_t)(c->next - 1), target->node, r);
}

/* Targets that may begin now: the next ones of one group, when no earlier group runs. */
static unsigned int
count_ready(const struct attack_world *w, const struct attack_context *c, bool *is_flow)
{
	unsigned int n = 0, group;

	if (c->next == c->count)
		return 0;
	group = c->branch[c->next].group;
	if (c->pending > 0 && c->branch[c->next - 1].group != group)
		return 0;
	for (unsigned int i = c->next; i < c->count && c->branch[i].group == group; i++) {
		uint16_t node = w->contact[c->branch[i].contact].node;

		is_flow[n++] = node != ATTACK_NOBODY && !w->node[node].is_proxy;
	}
	return n;
}

/* As many as there is breadth for. False when that is too few, and the proxy refuses then. */
static bool
begin(struct attack_world *w, uint32_t at, bool may_refuse)
{
	struct attack_context *c = w->context[at];
	const struct attack_rules *rules = &w->node[c->node].rules;
	uint32_t share[ATTACK_TARGETS_MAX] = { 0 };
	bool is_flow[ATTACK_TARGETS_MAX];
	unsigned int count = count_ready(w, c, is_flow), begun = count;

	if (rules->breadth && may_refuse && rules->reject && count > breadth_free(&c->breadth))
		return false;
	if (rules->breadth)
		begun = breadth_share(&c->breadth, rules->sharing, is_flow, count, share);
	for (unsigned int i = 0; i < begun; i++)
		send_branch(w, at, share[i]);
	check_sum(w, c);
	return true;
}

static void
cancel_all(struct attack_world *w, struct attack_context *c)
{
	c->stop = true;
	for (unsigned int i = 0; i < c->next; i++) {
		struct attack_branch *b = &c->branch[i];

		if (b->state == ATTACK_DONE || b->cancelled)
			continue;
		w->counts.cancels++;
		attack_cancel_branch(w, b);
	}
}

static void
end(struct attack_world *w, struct attack_context *c)
{
	c->ended = true;
	w->counts.running--;
	free(c->request);
	c->request = NULL;
	if (!c->answered)
		attack_respond(w, c->up, c->up_branch, c->best);
	c->answered = true;
}

/* ---- what arrives ---- */

/* The checks that need no target, in the order of LD-21. 0: it passes. */
static unsigned int
refusal(struct attack_world *w, const struct attack_node *node, const struct attack_request *r,
	struct loop_part *part)
{
	struct attack_counts *n = &w->counts;

	if (r->via_count >= ATTACK_VIAS_MAX) {
		n->too_many_vias++;
		return 400;
	}
	if (r->max_forwards == 0) {
		n->too_far++;
		return 483;
	}
	if (node->rules.check == ATTACK_CHECK_NONE)
		return 0;
	*part = attack_part_make(node, r);
	if (!attack_came_back(node, r, *part))
		return 0;
	n->loops++;
	return 482;
}

/* The contacts of the Request-URI's AOR, as branches that wait. UINT32_MAX when there are none. */
static uint32_t
look_up(struct attack_world *w, const struct attack_event *e)
{
	unsigned int aor = 0, count = 0;
	struct attack_context *c;
	char text[ATTACK_URI_MAX];
	struct sip_uri uri;
	struct slice key;
	uint32_t at;

	if (!sip_uri_decode(slice_str(e->request->uri), &uri))
		return UINT32_MAX;
	key = slice_of(text, sip_uri_aor(&uri, text, sizeof(text)));
	while (aor < w->aor_count && !slice_eq(key, slice_str(w->aor[aor])))
		aor++;
	for (unsigned int i = 0; i < w->contact_count; i++)
		count += w->contact[i].aor == aor;
	if (count == 0)
		return UINT32_MAX;
	at = attack_context_add(w, e->context, e->branch, e->node, count);
	if (at == UINT32_MAX)
		return at;
	c = w->context[at];
	for (unsigned int i = 0; i < w->contact_count; i++)
		if (w->contact[i].aor == aor)
			c->branch[c->count++] =
				(struct attack_branch){ .contact = (uint16_t)i,
							.group = w->contact[i].group };
	return at;
}

static void
refuse(struct attack_world *w, const struct attack_event *e, unsigned int code)
{
	free(e->request);
	attack_respond(w, e->context, e->branch, code);
}

void
attack_proxy_request(struct attack_world *w, const struct attack_event *e)
{
	const struct attack_node *node = &w->node[e->node];
	struct loop_part part = { 0, 0 };
	unsigned int code = refusal(w, node, e->request, &part);
	struct attack_context *c;
	uint32_t at;

	if (code != 0) {
		refuse(w, e, code);
		return;
	}
	at = look_up(w, e);
	if (at == UINT32_MAX) {
		w->counts.unknown++;
		refuse(w, e, 404);
		return;
	}
	c = w->context[at];
	c->request = e->request;
	c->part = part;
	c->breadth.incoming = breadth_incoming(&node->rules.policy, e->request->max_breadth);
	if (!begin(w, at, true)) {
		w->counts.too_broad++;
		c->best = 440;
		end(w, c);
	}
}

static void
take_final(struct attack_world *w, struct attack_context *c, struct attack_branch *b,
	   unsigned int code)
{
	b->state = ATTACK_DONE;
	c->pending--;
	w->counts.answered++;
	count_pending(w, c, -1);
	if (w->node[c->node].rules.breadth)
		breadth_return(&c->breadth, b->share);
	check_sum(w, c);
	if (c->best == 0 || rank(code) < rank(c->best))
		c->best = (uint16_t)code;
}

void
attack_proxy_response(struct attack_world *w, const struct attack_event *e)
{
	struct attack_context *c = w->context[e->context];
	struct attack_branch *b = &c->branch[e->branch];
	bool is_2xx = e->code / 100 == 2, first = b->state != ATTACK_DONE;

	if (e->code < 200) {
		if (!c->answered)
			attack_respond(w, c->up, c->up_branch, e->code);
		return;
	}
	if (first)
		take_final(w, c, b, e->code);
	else if (is_2xx)
		w->counts.repeated++;
	else
		w->counts.stray++;
	if (is_2xx) {
		c->answered = true;
		attack_respond(w, c->up, c->up_branch, e->code);
	}
	if (!first)
		return;
	if (is_2xx || e->code >= 600)
		cancel_all(w, c);
	if (!c->stop)
		begin(w, e->context, false);
	if (c->pending == 0)
		end(w, c);
}

void
attack_proxy_cancel(struct attack_world *w, uint32_t context)
{
	if (!w->context[context]->answered)
		cancel_all(w, w->context[context]);
}
