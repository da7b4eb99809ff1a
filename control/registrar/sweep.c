/* SPDX-License-Identifier: BSD-3-Clause */
/* Bindings that go without a REGISTER: those that expired, and those of a dead flow. */
#include "process/clock.h"
#include "registrar/registrar_internal.h"

enum { EXPIRE_STEP = 2000 /* AORs that one sweep looks at */ };

/* A binding goes; `what` is the present time, or another number that the test knows. */
typedef bool (*is_gone)(const struct registrar *r, const struct record_binding *b, uint64_t what);

static void
keep_aor(struct job *j, struct slice aor)
{
	memcpy(j->request.aor_text, aor.ptr, aor.len);
	j->request.aor = slice_of(j->request.aor_text, aor.len);
}

/* Take out of one AOR what is gone by now: it may have been refreshed since it was found. */
static void
take_out(struct registrar *r, struct job *j, is_gone gone, uint64_t what)
{
	unsigned int before;

	j->changed = false;
	j->forgotten = false;
	j->refusal.status = 0;
	if (!registrar_load(r, j, j->request.aor))
		return;
	before = j->record.count;
	for (unsigned int i = j->record.count; i-- > 0;)
		if (gone(r, &j->record.binding[i], what)) {
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
take_out_all(struct registrar *r, unsigned int n, is_gone gone, uint64_t what)
{
	for (unsigned int i = 0; i < n; i++)
		take_out(r, &r->job[i], gone, what);
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

	s = (struct sweep){ .r = r, .now = clock_wall_ms() };
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
uses_lost_flow(const struct registrar *r, const struct record_binding *b, uint64_t unused)
{
	(void)unused;
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

/* ---- bindings whose flow an edge called gone ---- */

void
registrar_binding_failed(struct registrar *r, const struct message_head *head, struct slice bytes)
{
	struct failed_binding *f = &r->failed[r->failed_count];
	size_t contact_len = bytes.len > head->aor_len ? bytes.len - head->aor_len : 0;

	if (r->failed_count == REGISTRAR_FAILED || head->aor_len == 0 ||
	    head->aor_len > sizeof(f->aor) || contact_len == 0 || contact_len > sizeof(f->contact))
		return;
	memcpy(f->aor, bytes.ptr, head->aor_len);
	memcpy(f->contact, bytes.ptr + head->aor_len, contact_len);
	f->aor_len = head->aor_len;
	f->contact_len = contact_len;
	f->reg_id = head->reg_id;
	f->updated_ms = head->updated_ms;
	r->failed_count++;
}

/* The binding that a row of the list names, as it was registered then. */
static bool
is_named(const struct registrar *r, const struct record_binding *b, uint64_t index)
{
	const struct failed_binding *f = &r->failed[index];

	return b->reg_id == f->reg_id && b->updated_ms == f->updated_ms &&
	       slice_eq(b->contact, slice_of(f->contact, f->contact_len));
}

static void
remove_failed(struct registrar *r)
{
	for (unsigned int i = 0; i < r->failed_count; i++) {
		if (r->store->ops->begin(r->store) != STORE_OK)
			break;
		keep_aor(&r->job[0], slice_of(r->failed[i].aor, r->failed[i].aor_len));
		take_out_all(r, 1, is_named, i);
		r->counters.bindings_failed += r->job[0].changed;
	}
	r->failed_count = 0;
}

void
registrar_sweep_flows(struct registrar *r)
{
	struct hits h = { .r = r };

	if (r->failed_count > 0)
		remove_failed(r);

	if (lost_flows_search(r->lost, binding_writer_table(r->publisher.writer), REGISTRAR_BATCH,
			      note_hit, &h) == 0)
		return;
	/* not now: those who call them get 430 or 480 until they expire */
	if (r->store->ops->begin(r->store) == STORE_OK)
		take_out_all(r, h.count, uses_lost_flow, 0);
}
