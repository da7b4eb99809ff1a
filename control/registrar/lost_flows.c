/* SPDX-License-Identifier: BSD-3-Clause */
#include "registrar/lost_flows.h"

#include <stdlib.h>
#include <time.h>

#include <openssl/rand.h>

#include "flow/token.h"
#include "sip/field/route.h"
#include "sip/list.h"
#include "table/failed_flows.h"
#include "table/keys.h"

enum {
	FLOWS_MAX = 8192, /* that one search looks for */
	SLOTS = 2 * FLOWS_MAX,
	SLICE_US = 3000,
	RECORDS = 64, /* between two looks at the clock */
};

struct lost {
	struct flow flow;
	uint64_t since_ms;
};

/* A set of flows, found by the keyed hash of the remote address, which strangers choose. */
struct lost_set {
	unsigned int count;
	struct lost row[FLOWS_MAX];
	uint16_t slot[SLOTS]; /* row + 1; 0: empty */
};

struct lost_flows {
	const char *dir;
	struct siphash_key key;
	struct lost_set set[2];
	unsigned int current; /* of the two, which is searched for; the other one waits */
	bool searching;
	struct binding_walk walk;
	uint64_t generation; /* of the table that is walked */
	struct flow_keys keys;
	bool has_keys;
	struct segment failed_segment;
	struct failed_flows failed;
	struct binding_copy copy;
};

struct lost_flows *
lost_flows_open(const char *dir)
{
	struct lost_flows *l = calloc(1, sizeof(*l));

	if (l == NULL || RAND_bytes((unsigned char *)&l->key, sizeof(l->key)) != 1) {
		free(l);
		return NULL;
	}
	l->dir = dir;
	return l;
}

void
lost_flows_close(struct lost_flows *l)
{
	if (l != NULL)
		segment_detach(&l->failed_segment);
	free(l);
}

/* ---- sets ---- */

static uint16_t *
slot_of(const struct lost_flows *l, struct lost_set *s, const struct flow *flow)
{
	uint32_t at = (uint32_t)siphash(l->key, &flow->remote, sizeof(flow->remote));

	while (s->slot[at % SLOTS] != 0 && !flow_eq(&s->row[s->slot[at % SLOTS] - 1].flow, flow))
		at++;
	return &s->slot[at % SLOTS];
}

bool
lost_flows_add(struct lost_flows *l, const struct flow *flow, uint64_t now_ms)
{
	struct lost_set *s = &l->set[!l->current];
	uint16_t *slot = slot_of(l, s, flow);

	if (*slot == 0) {
		if (s->count == FLOWS_MAX)
			return false;
		s->row[s->count].flow = *flow;
		*slot = (uint16_t)++s->count;
	}
	s->row[*slot - 1].since_ms = now_ms;
	return true;
}

bool
lost_flows_done(const struct lost_flows *l)
{
	return !l->searching && l->set[!l->current].count == 0;
}

static void
empty(struct lost_set *s)
{
	s->count = 0;
	memset(s->slot, 0, sizeof(s->slot));
}

/* ---- hits ---- */

/* Something came from it meanwhile: it is not lost at all. */
static bool
lives_again(const struct lost_flows *l, const struct flow *flow)
{
	return l->failed_segment.header != NULL && !failed_flows_has(&l->failed, flow);
}

static bool
is_lost(const struct lost_flows *l, const struct flow *flow, uint64_t updated_ms)
{
	/* only looked at: a slot for writing is a slot for reading */
	struct lost_set *s = (struct lost_set *)(uintptr_t)&l->set[l->current];
	uint16_t row = *slot_of(l, s, flow);

	return row != 0 && updated_ms < s->row[row - 1].since_ms && !lives_again(l, flow);
}

/* A Path value is a token of ours for a lost flow. */
static bool
token_is_lost(const struct lost_flows *l, struct slice value, uint64_t updated_ms)
{
	enum flow_token_class class;
	struct sip_route route;
	struct flow flow;

	return sip_route_decode(value, &route) && route.hop.uri.user.len > 0 &&
	       flow_token_open(&l->keys, route.hop.uri.user, &flow, &class) == FLOW_TOKEN_OK &&
	       is_lost(l, &flow, updated_ms);
}

bool
lost_flows_hit(const struct lost_flows *l, const struct flow *flow, struct slice path,
	       uint64_t updated_ms)
{
	struct slice rest = path, first, last;

	if (flow->local.family != 0 && is_lost(l, flow, updated_ms))
		return true;
	if (path.ptr == NULL || !l->has_keys)
		return false;
	first = last = sip_list_cut(&rest);
	while (rest.ptr != NULL)
		last = sip_list_cut(&rest);
	return token_is_lost(l, last, updated_ms) ||
	       (first.ptr != last.ptr && token_is_lost(l, first, updated_ms));
}

/* ---- the search ---- */

static void
take_keys(struct lost_flows *l)
{
	const struct keyring *ring;
	struct segment s;

	l->has_keys = keys_attach(&s, l->dir, &ring) == SEGMENT_OK;
	if (l->has_keys) {
		flow_keys_init(&l->keys, ring);
		segment_detach(&s);
	}
}

static void
take_failed(struct lost_flows *l)
{
	if (l->failed_segment.header != NULL && !segment_replaced(&l->failed_segment))
		return;
	segment_detach(&l->failed_segment);
	if (failed_flows_attach(&l->failed_segment, l->dir) == SEGMENT_OK)
		failed_flows_init(&l->failed, &l->failed_segment);
}

/* Those that wait are searched for now. */
static void
begin(struct lost_flows *l)
{
	empty(&l->set[l->current]);
	l->current = !l->current;
	l->searching = true;
	l->walk = (struct binding_walk){ 0 };
	take_keys(l);
	take_failed(l);
}

static bool
copy_is_hit(const struct lost_flows *l)
{
	struct binding b;

	for (unsigned int i = 0; binding_get(&l->copy, i, &b); i++)
		if (lost_flows_hit(l, &b.flow, b.path, b.updated_ms))
			return true;
	return false;
}

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

unsigned int
lost_flows_search(struct lost_flows *l, const struct binding_table *t, unsigned int max,
		  lost_flows_visit visit, void *context)
{
	unsigned int found = 0;
	uint64_t end;

	if (lost_flows_done(l))
		return 0;
	if (!l->searching)
		begin(l);
	/* a table that was built anew has every record at another place */
	if (l->generation != t->header->segment.generation)
		l->walk = (struct binding_walk){ 0 };
	l->generation = t->header->segment.generation;
	end = now_us() + SLICE_US;
	for (unsigned int i = 1; found < max && (i % RECORDS != 0 || now_us() < end); i++) {
		l->searching = binding_walk_next(t, &l->walk, &l->copy);
		if (!l->searching)
			break;
		if (copy_is_hit(l)) {
			visit(binding_aor(&l->copy), context);
			found++;
		}
	}
	return found;
}
