/* SPDX-License-Identifier: BSD-3-Clause */
/* Bindings of flows that are dead. */
#include "process/clock.h"
#include "registrar/registrar_internal.h"

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
		registrar_job_aor(&h->r->job[h->count++], aor);
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
		registrar_job_aor(&r->job[0], slice_of(r->failed[i].aor, r->failed[i].aor_len));
		registrar_take_out(r, 1, is_named, i);
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
	/* if the store refuses: those who call them get 430 or 480 until they expire */
	registrar_take_out(r, h.count, uses_lost_flow, 0);
}
