/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/failed_flows.h"

enum { WAYS = 8, TRIES = 4 };

const struct segment_type failed_flows_segment_type = {
	.kind = SEGMENT_FAILED,
	.abi_major = 1,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct failed_flows_header),
				 sizeof(struct failed_flows_row), WAYS),
	.name = "failed",
};

const char *
failed_flow_why_text(enum failed_flow_why why)
{
	switch (why) {
	case FAILED_FLOW_PORT:
		return "port";
	case FAILED_FLOW_HOST:
		return "host";
	case FAILED_FLOW_IDLE:
		return "idle";
	default:
		return "?";
	}
}

/* ---- the segment ---- */

enum segment_error
failed_flows_create(struct segment *s, const char *dir, uint32_t rows,
		    const uint8_t key[SIPHASH_KEY_SIZE])
{
	size_t row_octets = (size_t)rows * sizeof(struct failed_flows_row);
	struct failed_flows_header *h;
	enum segment_error error;

	error = segment_create(s, dir, &failed_flows_segment_type,
			       sizeof(*h) + row_octets + rows * sizeof(uint16_t));
	if (error != SEGMENT_OK)
		return error;
	h = (struct failed_flows_header *)s->header;
	memcpy(h->hash_key, key, SIPHASH_KEY_SIZE);
	h->row_count = rows;
	h->rows_off = sizeof(*h);
	h->tags_off = sizeof(*h) + row_octets;
	return segment_publish(s);
}

static bool
sizes_fit(const struct segment *s)
{
	const struct failed_flows_header *h = (const struct failed_flows_header *)s->header;

	return s->size >= sizeof(*h) && h->row_count >= WAYS &&
	       (h->row_count & (h->row_count - 1)) == 0 &&
	       segment_holds(s, h->rows_off,
			     (uint64_t)h->row_count * sizeof(struct failed_flows_row), 64) &&
	       segment_holds(s, h->tags_off, (uint64_t)h->row_count * sizeof(uint16_t), 16);
}

enum segment_error
failed_flows_attach(struct segment *s, const char *dir)
{
	enum segment_error error = segment_attach(s, dir, &failed_flows_segment_type, false);

	if (error == SEGMENT_OK && !sizes_fit(s)) {
		segment_detach(s);
		error = SEGMENT_ERR_SHORT;
	}
	return error;
}

void
failed_flows_init(struct failed_flows *t, const struct segment *s)
{
	uint8_t *base = (uint8_t *)s->header;

	t->header = (struct failed_flows_header *)s->header;
	t->rows = (struct failed_flows_row *)(base + t->header->rows_off);
	t->tags = (_Atomic uint16_t *)(base + t->header->tags_off);
	t->key = siphash_key_load(t->header->hash_key);
	t->mask = t->header->row_count - 1;
}

/* ---- rows ---- */

/* Where a flow can be: eight rows from `first` on, under a tag that is never 0. */
struct place {
	uint32_t first;
	uint16_t tag;
};

static struct place
place_of(const struct failed_flows *t, const struct flow *flow)
{
	uint64_t hash = siphash(t->key, &flow->remote, sizeof(flow->remote));

	return (struct place){ (uint32_t)hash & t->mask & ~(uint32_t)(WAYS - 1),
			       (uint16_t)(hash >> 48) | 1 };
}

static bool
has_tag(const struct failed_flows *t, uint32_t i, uint16_t tag)
{
	return atomic_load_explicit(&t->tags[i], memory_order_relaxed) == tag;
}

/* Copy a row out. False when it is being changed. */
static bool
read_row(const struct failed_flows *t, uint32_t i, struct failed_flow *out, uint32_t *version)
{
	const struct failed_flows_row *row = &t->rows[i];
	uint64_t words[6];

	*version = atomic_load_explicit(&row->version, memory_order_acquire);
	if ((*version & 1) != 0)
		return false;
	for (int k = 0; k < 6; k++)
		words[k] = atomic_load_explicit(&row->flow[k], memory_order_relaxed);
	out->failed_ms = atomic_load_explicit(&row->failed_ms, memory_order_relaxed);
	out->why = (enum failed_flow_why)atomic_load_explicit(&row->why, memory_order_relaxed);
	/* the row must be loaded before its version is looked at again */
	atomic_thread_fence(memory_order_acquire);
	memcpy(&out->flow, words, sizeof(words));
	return atomic_load_explicit(&row->version, memory_order_relaxed) == *version;
}

/* Make the row ours to change, if it is as it was under `version`. */
static bool
lock_row(struct failed_flows *t, uint32_t i, uint32_t version)
{
	if (!atomic_compare_exchange_strong_explicit(&t->rows[i].version, &version, version + 1,
						     memory_order_acquire, memory_order_relaxed))
		return false;
	/* a reader must see the odd version before what is written next */
	atomic_thread_fence(memory_order_release);
	return true;
}

/* The count of the dead has been changed before: so it is never less than nothing. */
static void
unlock_row(struct failed_flows *t, uint32_t i, uint32_t version)
{
	atomic_store_explicit(&t->rows[i].version, version + 2, memory_order_release);
}

/* The row of a flow in its set, as it was under `*version`, or -1. */
static int64_t
find_row(const struct failed_flows *t, struct place p, const struct flow *flow,
	 struct failed_flow *out, uint32_t *version)
{
	for (uint32_t i = p.first; i < p.first + WAYS; i++) {
		if (!has_tag(t, i, p.tag))
			continue;
		for (int tries = 0; tries < TRIES; tries++)
			if (read_row(t, i, out, version)) {
				if (out->why != 0 && flow_eq(&out->flow, flow))
					return i;
				break;
			}
	}
	return -1;
}

bool
failed_flows_find(const struct failed_flows *t, const struct flow *flow, struct failed_flow *out)
{
	struct failed_flow copy;
	uint32_t version;

	return find_row(t, place_of(t, flow), flow, out != NULL ? out : &copy, &version) >= 0;
}

/* The row that a new flow gets: an empty one, or that of the flow that died first. */
static int64_t
choose_row(const struct failed_flows *t, struct place p, struct failed_flow *out, uint32_t *version)
{
	struct failed_flow copy;
	int64_t best = -1;
	uint32_t v;

	for (uint32_t i = p.first; i < p.first + WAYS; i++) {
		if (!read_row(t, i, &copy, &v) ||
		    (best >= 0 && copy.why != 0 && copy.failed_ms >= out->failed_ms))
			continue;
		best = i;
		*out = copy;
		*version = v;
		if (copy.why == 0)
			break;
	}
	return best;
}

static void
write_row(struct failed_flows *t, uint32_t i, const struct failed_flow *f, uint16_t tag)
{
	struct failed_flows_row *row = &t->rows[i];
	uint64_t words[6];

	memcpy(words, &f->flow, sizeof(words));
	for (int k = 0; k < 6; k++)
		atomic_store_explicit(&row->flow[k], words[k], memory_order_relaxed);
	atomic_store_explicit(&row->failed_ms, f->failed_ms, memory_order_relaxed);
	atomic_store_explicit(&row->why, (uint32_t)f->why, memory_order_relaxed);
	atomic_store_explicit(&t->tags[i], tag, memory_order_relaxed);
}

bool
failed_flows_add(struct failed_flows *t, const struct flow *flow, enum failed_flow_why why,
		 uint64_t now_ms)
{
	const struct failed_flow fresh = { *flow, now_ms, why };
	struct place p = place_of(t, flow);
	struct failed_flow old;
	uint32_t version;
	int64_t i;

	if (find_row(t, p, flow, &old, &version) >= 0)
		return false;
	for (int tries = 0; tries < TRIES; tries++) {
		i = choose_row(t, p, &old, &version);
		if (i < 0 || !lock_row(t, (uint32_t)i, version))
			continue;
		write_row(t, (uint32_t)i, &fresh, p.tag);
		if (old.why == 0)
			atomic_fetch_add_explicit(&t->header->dead, 1, memory_order_relaxed);
		unlock_row(t, (uint32_t)i, version);
		return true;
	}
	return false;
}

bool
failed_flows_remove(struct failed_flows *t, const struct flow *flow)
{
	static const struct failed_flow empty;
	struct place p = place_of(t, flow);
	struct failed_flow old;
	uint32_t version;
	bool found = false;
	int64_t i;

	/* two workers may have added it at once: each took a row */
	for (int tries = 0; tries < WAYS + TRIES; tries++) {
		i = find_row(t, p, flow, &old, &version);
		if (i < 0)
			break;
		if (!lock_row(t, (uint32_t)i, version))
			continue;
		write_row(t, (uint32_t)i, &empty, 0);
		atomic_fetch_sub_explicit(&t->header->dead, 1, memory_order_relaxed);
		unlock_row(t, (uint32_t)i, version);
		found = true;
	}
	return found;
}
