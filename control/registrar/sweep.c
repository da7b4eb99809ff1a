/* SPDX-License-Identifier: BSD-3-Clause */
/* Bindings that go without a REGISTER: those that expired, and those of a dead flow. */
#include "registrar/registrar_internal.h"

enum { EXPIRE_STEP = 2000 /* AORs that one sweep looks at */ };

/* A binding goes. */
typedef bool (*is_gone)(const struct registrar *r, const struct record_binding *b, uint64_t now);

static void
keep_aor(struct job *j, struct slice aor)
{
	memcpy(j->request.aor_text, aor.ptr, aor.len);
	j->request.aor = slice_of(j->request.aor_text, aor.len);
}

/* Take out of one AOR what is gone by now: it may have been refreshed since it was found. */
static void
take_out(struct registrar *r, struct job *j, is_gone gone, uint64_t now)
{
	unsigned int before;

	j->changed = false;
	j->forgotten = false;
	j->refusal.status = 0;
	if (!registrar_load(r, j, j->request.aor))
		return;
	before = j->record.count;
	for (unsigned int i = j->record.count; i-- > 0;)
		if (gone(r, &j->record.binding[i], now)) {
			j->record.count--;
			memmove(&j->record.binding[i], &j->record.binding[i + 1],
				(j->record.count - i) * sizeof(j->record.binding[0]));
		}
	if (j->record.count == before)
		return;
	j->changed = true;
	registrar_save(r, j);
}

/* The same for the first `n` jobs, inside a transaction that has begun. */
static void
take_out_all(struct registrar *r, unsigned int n, is_gone gone, uint64_t now)
{
	for (unsigned int i = 0; i < n; i++)
		take_out(r, &r->job[i], gone, now);
	registrar_commit(r, n);
	for (unsigned int i = 0; i < n; i++)
		if (r->job[i].changed)
			registrar_show(r, &r->job[i]);
}

/* ---- expiry ---- */

/* What a sweep found: AORs with something expired, up to a batch. */
struct sweep {
	struct registrar *r;
	uint64_t now;
	unsigned int found, seen;
	struct record record;
};

static bool
is_expired(const struct registrar *r, const struct record_binding *b, uint64_t now)
{
	(void)r;
	return b->expires_ms <= now;
}

static bool
look(struct slice aor, struct slice value, void *context)
{
	struct sweep *s = context;
	bool expired = false;

	s->seen++;
	if (aor.len > REGISTER_AOR_MAX)
		return true; /* not one of ours */
	memcpy(s->r->sweep_text, aor.ptr, aor.len);
	s->r->sweep_text[aor.len] = '\0'; /* one octet on: the next key in order */
	s->r->sweep_from = slice_of(s->r->sweep_text, aor.len + 1);
	if (!record_decode(value, &s->record))
		return true;
	for (unsigned int i = 0; i < s->record.count; i++)
		expired |= is_expired(s->r, &s->record.binding[i], s->now);
	if (!expired)
		return true;
	keep_aor(&s->r->job[s->found], aor);
	return ++s->found < REGISTRAR_BATCH;
}

void
registrar_expire(struct registrar *r)
{
	static struct sweep s;

	s = (struct sweep){ .r = r, .now = registrar_now_ms() };
	if (r->store->ops->begin(r->store) != STORE_OK)
		return;
	r->store->ops->walk(r->store, r->sweep_from, EXPIRE_STEP, look, &s);
	if (s.seen < EXPIRE_STEP && s.found < REGISTRAR_BATCH)
		r->sweep_from = SLICE_ABSENT; /* at the end: begin anew */
	take_out_all(r, s.found, is_expired, s.now);
}

/* ---- dead flows ---- */

void
registrar_flow_failed(struct registrar *r, const struct flow *flow, uint64_t now_ms)
{
	r->counters.flows_lost++;
	lost_flows_add(r->lost, flow, now_ms);
}

static bool
uses_lost_flow(const struct registrar *r, const struct record_binding *b, uint64_t now)
{
	(void)now;
	return lost_flows_hit(r->lost, &b->flow, b->path, b->updated_ms);
}

/* Found AORs, on their way into the jobs. */
struct hits {
	struct registrar *r;
	unsigned int count;
};

static void
note_hit(struct slice aor, void *context)
{
	struct hits *h = context;

	if (aor.len <= REGISTER_AOR_MAX)
		keep_aor(&h->r->job[h->count++], aor);
}

void
registrar_sweep_flows(struct registrar *r)
{
	struct hits h = { .r = r };

	if (lost_flows_search(r->lost, binding_writer_table(r->publisher.writer), REGISTRAR_BATCH,
			      note_hit, &h) == 0)
		return;
	/* not now: those who call them get 430 or 480 until they expire */
	if (r->store->ops->begin(r->store) == STORE_OK)
		take_out_all(r, h.count, uses_lost_flow, 0);
}
