/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/binding.h"

#include "table/binding_layout.h"

/* A record that changes more often than this while we look is answered as absent. */
enum { LOOKS = 16 };

const struct segment_type binding_segment_type = {
	.kind = SEGMENT_BINDINGS,
	.abi_major = 2,
	.abi_minor = 0,
	.layout = SEGMENT_LAYOUT(sizeof(struct binding_header), sizeof(struct binding_entry),
				 sizeof(struct binding_record)),
	.name = "bindings",
};

static bool
layout_is_sound(const struct segment *s, const struct binding_header *h)
{
	return s->size >= sizeof(*h) && h->bucket_count > 0 &&
	       (h->bucket_count & (h->bucket_count - 1)) == 0 &&
	       segment_holds(s, h->buckets_off, (uint64_t)h->bucket_count * 64, 64) &&
	       segment_holds(s, h->overflow_off, (uint64_t)h->overflow_count * 64, 64) &&
	       segment_holds(s, h->slab_off, (uint64_t)h->unit_count * BINDING_UNIT, 64);
}

enum segment_error
binding_table_attach(struct binding_table *t, const char *dir)
{
	enum segment_error error;
	const uint8_t *base;

	memset(t, 0, sizeof(*t));
	error = segment_attach(&t->segment, dir, &binding_segment_type, false);
	if (error != SEGMENT_OK)
		return error;
	t->header = (const struct binding_header *)t->segment.header;
	if (!layout_is_sound(&t->segment, t->header)) {
		binding_table_detach(t);
		return SEGMENT_ERR_SHORT;
	}
	base = (const uint8_t *)t->header;
	t->buckets = (const struct binding_bucket *)(base + t->header->buckets_off);
	t->overflow = (const struct binding_bucket *)(base + t->header->overflow_off);
	t->slab = base + t->header->slab_off;
	t->key = siphash_key_load(t->header->hash_key);
	t->mask = t->header->bucket_count - 1;
	t->overflow_count = t->header->overflow_count;
	t->unit_count = t->header->unit_count;
	return SEGMENT_OK;
}

void
binding_table_detach(struct binding_table *t)
{
	segment_detach(&t->segment);
	memset(t, 0, sizeof(*t));
}

uint64_t
binding_hash(const struct binding_table *t, struct slice aor)
{
	return siphash(t->key, aor.ptr, aor.len);
}

/* The next bucket of a chain, or NULL. An index out of range ends the chain. */
static const struct binding_bucket *
next_bucket(const struct binding_table *t, const struct binding_bucket *b)
{
	uint32_t next = atomic_load_explicit(&b->next, memory_order_acquire);

	return next == 0 || next > t->overflow_count ? NULL : &t->overflow[next - 1];
}

void
binding_prefetch_record(const struct binding_table *t, uint64_t hash)
{
	const struct binding_bucket *b = &t->buckets[hash & t->mask];

	for (int i = 0; i < 7; i++) {
		uint64_t entry = atomic_load_explicit(&b->entry[i], memory_order_relaxed);

		if (entry != 0 && entry_tag(entry) == hash_tag(hash) &&
		    entry_unit(entry) < t->unit_count) {
			const uint8_t *record =
				t->slab + (uint64_t)entry_unit(entry) * BINDING_UNIT;

			__builtin_prefetch(record);
			__builtin_prefetch(record + 64);
			__builtin_prefetch(record + 128);
			__builtin_prefetch(record + 192);
		}
	}
}

/* Copy a record word by word; true when it was the same, finished version before and after. */
static bool
copy_record(const struct binding_table *t, uint32_t unit, struct binding_copy *out)
{
	const struct binding_record *r;
	const _Atomic uint64_t *from;
	uint64_t version;
	uint32_t words;

	if (unit >= t->unit_count)
		return false;
	r = (const struct binding_record *)(t->slab + (uint64_t)unit * BINDING_UNIT);
	from = (const _Atomic uint64_t *)(const void *)r;
	version = atomic_load_explicit(&r->version, memory_order_acquire);
	if ((version & 1) != 0 || version == 0)
		return false;
	out->words[2] = atomic_load_explicit(&from[2], memory_order_relaxed);
	words = (out->record.size + 7) / 8;
	if (out->record.size < sizeof(*r) || out->record.size > BINDING_RECORD_MAX ||
	    (uint64_t)words * 8 > (uint64_t)(t->unit_count - unit) * BINDING_UNIT)
		return false;
	for (uint32_t i = 1; i < words; i++)
		out->words[i] = atomic_load_explicit(&from[i], memory_order_relaxed);
	/* the words must be loaded before the version is looked at again */
	atomic_thread_fence(memory_order_acquire);
	out->words[0] = version;
	out->ref = (struct binding_ref){ unit, (uint32_t)t->header->segment.generation, version };
	return atomic_load_explicit(&r->version, memory_order_relaxed) == version;
}

enum look { LOOK_FOUND, LOOK_AGAIN, LOOK_ABSENT };

static enum look
look_once(const struct binding_table *t, struct slice aor, uint64_t hash, struct binding_copy *out)
{
	const struct binding_bucket *b = &t->buckets[hash & t->mask];
	bool changed = false;

	for (uint32_t hops = 0; b != NULL && hops <= t->overflow_count; hops++) {
		for (int i = 0; i < 7; i++) {
			uint64_t entry = atomic_load_explicit(&b->entry[i], memory_order_acquire);

			if (entry == 0 || entry_tag(entry) != hash_tag(hash))
				continue;
			if (!copy_record(t, entry_unit(entry), out) ||
			    entry_version(entry) != (uint16_t)(out->ref.version >> 1)) {
				changed = true;
				continue;
			}
			if (out->record.hash == hash && slice_eq(binding_aor(out), aor))
				return LOOK_FOUND;
		}
		b = next_bucket(t, b);
	}
	return changed ? LOOK_AGAIN : LOOK_ABSENT;
}

bool
binding_find(const struct binding_table *t, struct slice aor, uint64_t hash,
	     struct binding_copy *out)
{
	for (int i = 0; i < LOOKS; i++) {
		enum look look = look_once(t, aor, hash, out);

		if (look != LOOK_AGAIN)
			return look == LOOK_FOUND;
	}
	return false;
}

bool
binding_find_ref(const struct binding_table *t, struct binding_ref ref, struct binding_copy *out)
{
	return ref.generation == (uint32_t)t->header->segment.generation &&
	       copy_record(t, ref.unit, out) && out->ref.version == ref.version;
}

static bool
take_slice(const struct binding_copy *copy, uint16_t off, uint16_t len, struct slice *out)
{
	if ((uint32_t)off + len > copy->record.size)
		return false;
	*out = len > 0 ? slice_of((const char *)copy->words + off, len) : SLICE_ABSENT;
	return true;
}

struct slice
binding_aor(const struct binding_copy *copy)
{
	struct slice aor = SLICE_ABSENT;

	take_slice(copy, copy->record.aor_off, copy->record.aor_len, &aor);
	return aor;
}

bool
binding_instance_get(const struct binding_copy *copy, unsigned int i, struct binding_instance *out)
{
	size_t at = sizeof(copy->record) + copy->record.count * sizeof(struct binding_entry) +
		    (size_t)i * sizeof(struct binding_row);
	const struct binding_row *row =
		(const struct binding_row *)(const void *)((const char *)copy->words + at);

	if (i >= copy->record.instances || at + sizeof(*row) > copy->record.size)
		return false;
	out->epoch = row->epoch;
	out->flags = row->flags;
	return take_slice(copy, row->off, row->len, &out->id);
}

static bool
take_instance(const struct binding_copy *copy, uint16_t number, struct slice *out)
{
	struct binding_instance row;

	*out = SLICE_ABSENT;
	if (number == 0)
		return true;
	if (!binding_instance_get(copy, number - 1u, &row))
		return false;
	*out = row.id;
	return true;
}

static bool
take_flow(const struct binding_copy *copy, uint16_t off, struct flow *out)
{
	if (off == 0) {
		memset(out, 0, sizeof(*out));
		return true;
	}
	if (off + sizeof(*out) > copy->record.size)
		return false;
	memcpy(out, (const char *)copy->words + off, sizeof(*out));
	return true;
}

bool
binding_get(const struct binding_copy *copy, unsigned int i, struct binding *out)
{
	const struct binding_entry *e = (const struct binding_entry *)(&copy->record + 1) + i;

	if (i >= copy->record.count ||
	    sizeof(copy->record) + (i + 1) * sizeof(*e) > copy->record.size)
		return false;
	out->expires_ms = e->expires_ms;
	out->updated_ms = e->updated_ms;
	out->reg_id = e->reg_id;
	out->flags = e->flags;
	out->q = e->q;
	out->registered_ms = e->registered_ms;
	return take_slice(copy, e->contact_off, e->contact_len, &out->contact) &&
	       take_slice(copy, e->path_off, e->path_len, &out->path) &&
	       take_flow(copy, e->flow_off, &out->flow) &&
	       take_instance(copy, e->instance, &out->instance);
}

bool
binding_find_hash(const struct binding_table *t, uint64_t hash, struct binding_copy *out)
{
	struct binding_walk walk = { 0 };

	while (binding_walk_next(t, &walk, out))
		if (out->record.hash == hash)
			return true;
	return false;
}

bool
binding_find_epoch(const struct binding_table *t, uint64_t epoch, struct binding_copy *out,
		   unsigned int *instance)
{
	struct binding_walk walk = { 0 };
	struct binding_instance row;

	while (epoch != 0 && binding_walk_next(t, &walk, out))
		for (*instance = 0; binding_instance_get(out, *instance, &row); ++*instance)
			if (row.epoch == epoch)
				return true;
	return false;
}

bool
binding_table_is_complete(const struct binding_table *t)
{
	return atomic_load_explicit(&t->header->complete, memory_order_relaxed) != 0;
}

uint64_t
binding_table_aors(const struct binding_table *t)
{
	return atomic_load_explicit(&t->header->aors, memory_order_relaxed);
}

uint64_t
binding_table_bindings(const struct binding_table *t)
{
	return atomic_load_explicit(&t->header->bindings, memory_order_relaxed);
}

void
binding_table_store(const struct binding_table *t, uint8_t identity[16], uint64_t *sequence)
{
	memcpy(identity, t->header->store_identity, 16);
	*sequence = atomic_load_explicit(&t->header->store_sequence, memory_order_relaxed);
}

bool
binding_walk_next(const struct binding_table *t, struct binding_walk *walk,
		  struct binding_copy *out)
{
	while (walk->bucket <= t->mask) {
		const struct binding_bucket *b =
			walk->chain != 0 && walk->chain <= t->overflow_count
				? &t->overflow[walk->chain - 1]
				: &t->buckets[walk->bucket];

		while (walk->slot < 7) {
			uint64_t entry =
				atomic_load_explicit(&b->entry[walk->slot++], memory_order_acquire);

			if (entry != 0 && copy_record(t, entry_unit(entry), out))
				return true;
		}
		walk->slot = 0;
		if (walk->hops++ > t->overflow_count) {
			/* a chain that bites its tail: the table is damaged */
			walk->chain = 0;
			walk->hops = 0;
			walk->bucket++;
			continue;
		}
		walk->chain = atomic_load_explicit(&b->next, memory_order_acquire);
		if (walk->chain == 0 || walk->chain > t->overflow_count) {
			walk->chain = 0;
			walk->hops = 0;
			walk->bucket++;
		}
	}
	return false;
}
