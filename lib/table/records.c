/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/records.h"

#include <sys/mman.h>

/* A record that changes more often than this while we look is answered as absent. */
enum { LOOKS = 16 };

/* ---- mapping ---- */

static bool
index_is_sound(const struct segment *s, uint64_t buckets_off, uint32_t buckets,
	       uint64_t overflow_off, uint32_t overflow)
{
	return segment_holds(s, buckets_off, (uint64_t)buckets * 64, 64) &&
	       segment_holds(s, overflow_off, (uint64_t)overflow * 64, 64);
}

static bool
layout_is_sound(const struct segment *s, const struct records_header *h)
{
	return s->size >= sizeof(*h) && h->bucket_count > 0 &&
	       index_is_sound(s, h->buckets_off, h->bucket_count, h->overflow_off,
			      h->overflow_count) &&
	       index_is_sound(s, h->aliases_off, h->alias_count, h->alias_overflow_off,
			      h->alias_overflow_count) &&
	       segment_holds(s, h->slab_off, (uint64_t)h->unit_count * RECORDS_UNIT, 64);
}

static struct records_index
index_at(const uint8_t *base, uint64_t buckets_off, uint32_t buckets, uint64_t overflow_off,
	 uint32_t overflow)
{
	return (struct records_index){
		.bucket = (const struct records_bucket *)(const void *)(base + buckets_off),
		.overflow = (const struct records_bucket *)(const void *)(base + overflow_off),
		.count = buckets,
		.overflow_count = overflow,
	};
}

bool
records_view(struct records *t)
{
	const struct records_header *h = (const struct records_header *)(void *)t->segment.header;
	const uint8_t *base = (const uint8_t *)h;

	if (!layout_is_sound(&t->segment, h))
		return false;
	t->header = h;
	t->index =
		index_at(base, h->buckets_off, h->bucket_count, h->overflow_off, h->overflow_count);
	t->aliases = index_at(base, h->aliases_off, h->alias_count, h->alias_overflow_off,
			      h->alias_overflow_count);
	t->slab = base + h->slab_off;
	t->key = siphash_key_load(h->hash_key);
	t->unit_count = h->unit_count;
	t->generation = (uint32_t)h->segment.generation;
	return true;
}

/* Units that there is memory for; the rest of the file is a hole. */
static uint32_t
units_there(const struct records *t)
{
	uint32_t n = atomic_load_explicit(&t->header->units_reserved, memory_order_relaxed);

	return n < t->unit_count ? n : t->unit_count;
}

void
records_populate(struct records *t)
{
	uint64_t end = t->header->slab_off + (uint64_t)units_there(t) * RECORDS_UNIT;

	if (end <= t->populated)
		return;
	segment_populate(&t->segment, t->populated, end - t->populated);
	t->populated = end;
}

enum segment_error
records_attach(struct records *t, const char *dir, const struct segment_type *type)
{
	enum segment_error error;

	memset(t, 0, sizeof(*t));
	error = segment_attach(&t->segment, dir, type, false);
	if (error != SEGMENT_OK)
		return error;
	if (!records_view(t)) {
		records_detach(t);
		return SEGMENT_ERR_SHORT;
	}
	records_populate(t);
	return SEGMENT_OK;
}

void
records_detach(struct records *t)
{
	segment_detach(&t->segment);
	memset(t, 0, sizeof(*t));
}

/* ---- looking ---- */

/* The next bucket of a chain, or NULL. A number out of range ends the chain. */
static const struct records_bucket *
next_bucket(const struct records_index *x, const struct records_bucket *b)
{
	uint32_t next = atomic_load_explicit(&b->next, memory_order_acquire);

	return next == 0 || next > x->overflow_count ? NULL : &x->overflow[next - 1];
}

/* The slots whose tag this is, a bit for each: without a branch, which would be guessed wrong. */
static inline unsigned int
slots_with(const struct records_bucket *b, uint16_t tag)
{
	unsigned int bits = 0;

	for (unsigned int i = 0; i < RECORDS_SLOTS; i++)
		bits |= (unsigned int)(entry_tag(atomic_load_explicit(&b->entry[i],
								      memory_order_relaxed)) == tag)
			<< i;
	return bits;
}

void
records_prefetch_record(const struct records *t, uint64_t hash)
{
	const struct records_bucket *b = &t->index.bucket[hash_bucket(hash, t->index.count)];

	for (unsigned int bits = slots_with(b, hash_tag(hash)); bits != 0; bits &= bits - 1) {
		uint64_t entry =
			atomic_load_explicit(&b->entry[__builtin_ctz(bits)], memory_order_relaxed);

		if (entry_unit(entry) < t->unit_count) {
			const uint8_t *record = (const uint8_t *)records_at(t, entry_unit(entry));

			__builtin_prefetch(record);
			__builtin_prefetch(record + 64);
			__builtin_prefetch(record + 128);
			__builtin_prefetch(record + 192);
			__builtin_prefetch(record + 256);
		}
	}
}

static inline void
copy_unit(uint64_t *to, const _Atomic uint64_t *from)
{
	for (int i = 0; i < RECORDS_UNIT / 8; i++)
		to[i] = atomic_load_explicit(&from[i], memory_order_relaxed);
}

bool
records_copy(const struct records *t, uint32_t unit, uint64_t *words, uint32_t room)
{
	struct records_record *copy = (struct records_record *)(void *)words;
	const struct records_record *r;
	const _Atomic uint64_t *from;
	uint32_t there = units_there(t), units;
	uint64_t version;

	if (unit >= there)
		return false;
	r = records_at(t, unit);
	from = (const _Atomic uint64_t *)(const void *)r;
	version = atomic_load_explicit(&r->version, memory_order_acquire);
	if ((version & 1) != 0 || version == 0)
		return false;
	words[2] = atomic_load_explicit(&from[2], memory_order_relaxed);
	units = copy->size / RECORDS_UNIT + (copy->size % RECORDS_UNIT != 0);
	if (copy->size < sizeof(*r) || units > room / RECORDS_UNIT || units > there - unit)
		return false;
	for (uint32_t i = 1; i < 4; i++)
		words[i] = atomic_load_explicit(&from[i], memory_order_relaxed);
	for (uint32_t i = 1; i < units; i++)
		copy_unit(words + i * 4, from + i * 4);
	/* the words must be loaded before the version is looked at again */
	atomic_thread_fence(memory_order_acquire);
	words[0] = version;
	return atomic_load_explicit(&r->version, memory_order_relaxed) == version;
}

bool
records_slice(const struct records_record *copy, uint16_t off, uint16_t len, struct slice *out)
{
	if ((uint32_t)off + len > copy->size)
		return false;
	*out = len > 0 ? slice_of((const char *)copy + off, len) : SLICE_ABSENT;
	return true;
}

static bool
is_wanted(const struct records_wanted *w, const struct records_record *copy)
{
	struct slice key = SLICE_ABSENT;

	if (((copy->hash ^ w->hash) & w->mask) != 0)
		return false;
	if (w->key != NULL &&
	    (!records_slice(copy, copy->key_off, copy->key_len, &key) || !slice_eq(key, *w->key)))
		return false;
	return w->accept == NULL || w->accept(copy, w->context);
}

enum look { LOOK_FOUND, LOOK_AGAIN, LOOK_ABSENT };

static enum look
look_once(const struct records *t, const struct records_wanted *w, uint64_t *words, uint32_t room,
	  uint32_t *unit)
{
	const struct records_bucket *b = &t->index.bucket[hash_bucket(w->hash, t->index.count)];
	const struct records_record *copy = (const struct records_record *)(void *)words;
	bool changed = false;

	for (int hops = 0; b != NULL && hops < RECORDS_CHAIN_MAX; hops++) {
		for (unsigned int bits = slots_with(b, hash_tag(w->hash)); bits != 0;
		     bits &= bits - 1) {
			uint64_t entry = atomic_load_explicit(&b->entry[__builtin_ctz(bits)],
							      memory_order_acquire);

			if (entry == 0 || entry_tag(entry) != hash_tag(w->hash))
				continue; /* it was another one before */
			*unit = entry_unit(entry);
			if (!records_copy(t, *unit, words, room) ||
			    entry_version(entry) != (uint16_t)(words[0] >> 1)) {
				changed = true;
				continue;
			}
			if (is_wanted(w, copy))
				return LOOK_FOUND;
		}
		b = next_bucket(&t->index, b);
	}
	return changed ? LOOK_AGAIN : LOOK_ABSENT;
}

uint32_t
records_find(const struct records *t, const struct records_wanted *wanted, uint64_t *words,
	     uint32_t room)
{
	uint32_t unit;

	for (int i = 0; i < LOOKS; i++) {
		enum look look = look_once(t, wanted, words, room, &unit);

		if (look != LOOK_AGAIN)
			return look == LOOK_FOUND ? unit : RECORDS_NONE;
	}
	return RECORDS_NONE;
}

uint32_t
records_find_alias(const struct records *t, uint64_t alias, struct records_wanted *wanted,
		   uint64_t *words, uint32_t room)
{
	uint64_t hash = records_alias_hash(t, alias), made = alias_make(hash, 0);
	const struct records_bucket *b = NULL;
	uint32_t unit;

	if (t->aliases.count > 0)
		b = &t->aliases.bucket[hash_bucket(hash, t->aliases.count)];
	wanted->mask = HASH_LOW;
	for (int hops = 0; b != NULL && hops < RECORDS_CHAIN_MAX; hops++) {
		for (int i = 0; i < RECORDS_SLOTS; i++) {
			uint64_t entry = atomic_load_explicit(&b->entry[i], memory_order_acquire);

			if (entry_tag(entry) != entry_tag(made))
				continue;
			wanted->hash = entry & HASH_LOW;
			unit = records_find(t, wanted, words, room);
			if (unit != RECORDS_NONE)
				return unit;
		}
		b = next_bucket(&t->aliases, b);
	}
	return RECORDS_NONE;
}

/* ---- walking ---- */

/* On to the next bucket of the chain, or of the index. */
static void
walk_on(const struct records *t, struct records_walk *walk, const struct records_bucket *b)
{
	uint32_t next = atomic_load_explicit(&b->next, memory_order_acquire);

	walk->slot = 0;
	walk->chain = next <= t->index.overflow_count ? next : 0;
	if (walk->chain != 0 && ++walk->hops < RECORDS_CHAIN_MAX)
		return;
	walk->chain = 0;
	walk->hops = 0;
	walk->bucket++;
}

bool
records_walk_entry(const struct records *t, struct records_walk *walk, uint64_t *entry)
{
	while (walk->bucket < t->index.count) {
		const struct records_bucket *b =
			walk->chain != 0 && walk->chain <= t->index.overflow_count
				? &t->index.overflow[walk->chain - 1]
				: &t->index.bucket[walk->bucket];

		while (walk->slot < RECORDS_SLOTS) {
			*entry =
				atomic_load_explicit(&b->entry[walk->slot++], memory_order_acquire);
			if (*entry != 0)
				return true;
		}
		walk_on(t, walk, b);
	}
	return false;
}

uint32_t
records_walk_next(const struct records *t, struct records_walk *walk, uint64_t *words,
		  uint32_t room)
{
	uint64_t entry;

	while (records_walk_entry(t, walk, &entry))
		if (records_copy(t, entry_unit(entry), words, room))
			return entry_unit(entry);
	return RECORDS_NONE;
}
