/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/flows.h"

enum { WAYS = 8 };

const struct segment_type flows_segment_type = {
	.kind = SEGMENT_FLOWS,
	.abi_major = 1,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct flows_header), sizeof(struct flows_row), WAYS),
	.name = "flows",
};

static const struct flows_header *
header_of(const struct segment *s)
{
	return (const struct flows_header *)s->header;
}

enum segment_error
flows_create(struct segment *s, const char *dir, uint32_t workers, uint32_t rows_each)
{
	size_t rows = (size_t)workers * rows_each * sizeof(struct flows_row);
	enum segment_error error;
	struct flows_header *h;

	error = segment_create(s, dir, &flows_segment_type, sizeof(*h) + rows);
	if (error != SEGMENT_OK)
		return error;
	h = (struct flows_header *)s->header;
	h->worker_count = workers;
	h->rows_each = rows_each;
	h->rows_off = sizeof(*h);
	return segment_publish(s);
}

enum segment_error
flows_attach(struct segment *s, const char *dir)
{
	enum segment_error error = segment_attach(s, dir, &flows_segment_type, false);
	const struct flows_header *h;

	if (error != SEGMENT_OK)
		return error;
	h = header_of(s);
	if (s->size < sizeof(*h) || h->worker_count > UINT16_MAX ||
	    !segment_holds(s, h->rows_off,
			   (uint64_t)h->worker_count * h->rows_each * sizeof(struct flows_row),
			   64)) {
		segment_detach(s);
		return SEGMENT_ERR_SHORT;
	}
	return SEGMENT_OK;
}

void
flows_table_init(struct flows_table *t, const struct segment *s, uint32_t worker,
		 struct siphash_key key)
{
	const struct flows_header *h = header_of(s);

	t->rows = (struct flows_row *)((uint8_t *)s->header + h->rows_off) +
		  (size_t)worker * h->rows_each;
	t->mask = h->rows_each - 1;
	t->key = key;
}

static struct flows_row *
set_of(const struct flows_table *t, const struct flow *flow)
{
	uint64_t hash = siphash(t->key, &flow->remote, sizeof(flow->remote));

	return &t->rows[hash & t->mask & ~(uint32_t)(WAYS - 1)];
}

static struct flows_row *
find(const struct flows_table *t, const struct flow *flow)
{
	struct flows_row *set = set_of(t, flow);

	for (int i = 0; i < WAYS; i++)
		if (set[i].version != 0 && flow_eq(&set[i].flow, flow))
			return &set[i];
	return NULL;
}

static void
add(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

void
flows_seen(struct flows_table *t, const struct flow *flow, uint64_t now_ms)
{
	struct flows_row *row = find(t, flow), *set;
	uint32_t version;

	if (row == NULL) {
		set = set_of(t, flow);
		row = &set[0];
		for (int i = 1; i < WAYS; i++)
			if (set[i].last_seen_ms < row->last_seen_ms)
				row = &set[i];
		version = row->version | 1;
		atomic_store_explicit(&row->version, version, memory_order_relaxed);
		/* a reader must see the odd version before the new flow */
		atomic_thread_fence(memory_order_release);
		row->flow = *flow;
		row->since_ms = now_ms;
		row->messages_in = 0;
		row->messages_out = 0;
		atomic_store_explicit(&row->version, version + 1, memory_order_release);
	}
	atomic_store_explicit(&row->last_seen_ms, now_ms, memory_order_relaxed);
	add(&row->messages_in);
}

void
flows_count_in(struct flows_table *t, const struct flow *flow, uint64_t now_ms)
{
	struct flows_row *row = find(t, flow);

	if (row == NULL)
		return;
	atomic_store_explicit(&row->last_seen_ms, now_ms, memory_order_relaxed);
	add(&row->messages_in);
}

void
flows_count_out(struct flows_table *t, const struct flow *flow)
{
	struct flows_row *row = find(t, flow);

	if (row != NULL)
		add(&row->messages_out);
}

uint64_t
flows_row_count(const struct segment *s)
{
	return (uint64_t)header_of(s)->worker_count * header_of(s)->rows_each;
}

bool
flows_row_get(const struct segment *s, uint64_t i, struct flows_row *out)
{
	const struct flows_row *rows =
		(const struct flows_row *)((const uint8_t *)s->header + header_of(s)->rows_off);
	const struct flows_row *row = &rows[i];
	uint32_t version = atomic_load_explicit(&row->version, memory_order_acquire);

	if (version == 0 || (version & 1) != 0)
		return false;
	memcpy(out, row, sizeof(*out));
	/* the row must be loaded before its version is looked at again */
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&row->version, memory_order_relaxed) == version;
}
