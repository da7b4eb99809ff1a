/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/binding_writer.h"

#include <stdlib.h>

#include <openssl/rand.h>

#include "table/binding_layout.h"

enum {
	SLOTS_WANTED = 4, /* of the seven of a bucket, so that chains are rare */
	DEFAULT_OCTETS = 512,
	MAX_UNITS = BINDING_RECORD_MAX / BINDING_UNIT,
	/* With no memory left, a record in limbo may be used again after this long: its readers
	 * finish in microseconds, and only LD-29's memory of it is lost. */
	LIMBO_LEAST_MS = 1000,
};

/** Free places for records of one size. */
struct free_list {
	uint32_t *unit;
	uint32_t count, room;
};

struct limbo_row {
	uint64_t since_ms;
	uint32_t unit;
	uint32_t units;
};

struct binding_writer {
	struct segment segment;
	struct binding_header *header;
	struct binding_bucket *buckets, *overflow;
	uint8_t *slab;
	struct binding_table view;
	uint64_t (*clock_ms)(void);
	uint32_t next_unit; /* never used so far from here on */
	uint32_t next_overflow;
	uint64_t version; /* of the record written last; even, never used twice in a segment */
	struct free_list free[MAX_UNITS + 1];
	struct limbo_row *limbo; /* a ring */
	uint32_t limbo_room, limbo_head, limbo_count;
	union {
		struct binding_record record;
		uint64_t words[BINDING_RECORD_MAX / 8];
	} draft;
};

const char *
binding_error_text(enum binding_error error)
{
	static const char *const texts[] = {
		[BINDING_OK] = "no error",
		[BINDING_ERR_FULL] = "the binding table is full",
		[BINDING_ERR_TOO_LARGE] = "more contacts or text than one AOR may have",
		[BINDING_ERR_ABSENT] = "the AOR has no bindings",
		[BINDING_ERR_INSTANCE] = "a binding of an instance that is not among those given",
	};

	return texts[error];
}

static uint64_t
align64(uint64_t v)
{
	return (v + 63) & ~UINT64_C(63);
}

static uint32_t
power_of_two(uint32_t v)
{
	uint32_t p = 1;

	while (p < v && p < UINT32_C(1) << 31)
		p <<= 1;
	return p;
}

static void
view_init(struct binding_writer *w)
{
	w->view = (struct binding_table){
		.segment = w->segment,
		.header = w->header,
		.buckets = w->buckets,
		.overflow = w->overflow,
		.slab = w->slab,
		.key = siphash_key_load(w->header->hash_key),
		.mask = w->header->bucket_count - 1,
		.overflow_count = w->header->overflow_count,
		.unit_count = w->header->unit_count,
	};
}

/* Offsets and sizes; the memory itself is zero, which is an empty table. */
static void
header_init(struct binding_writer *w, uint32_t buckets, uint32_t overflow, uint32_t units)
{
	struct binding_header *h = (struct binding_header *)w->segment.header;
	uint8_t *base = (uint8_t *)h;

	h->bucket_count = buckets;
	h->overflow_count = overflow;
	h->unit_count = units;
	h->buckets_off = align64(sizeof(*h));
	h->overflow_off = h->buckets_off + (uint64_t)buckets * 64;
	h->slab_off = h->overflow_off + (uint64_t)overflow * 64;
	w->header = h;
	w->buckets = (struct binding_bucket *)(base + h->buckets_off);
	w->overflow = (struct binding_bucket *)(base + h->overflow_off);
	w->slab = base + h->slab_off;
}

struct binding_writer *
binding_writer_open(const char *dir, const struct binding_capacity *capacity,
		    uint64_t (*clock_ms)(void), enum segment_error *error)
{
	struct binding_writer *w = calloc(1, sizeof(*w));
	uint32_t each = capacity->octets_each != 0 ? capacity->octets_each : DEFAULT_OCTETS;
	uint32_t buckets = power_of_two(capacity->aors / SLOTS_WANTED + 1);
	uint32_t overflow = buckets / 4 + 16;
	uint64_t units = (uint64_t)capacity->aors * each / BINDING_UNIT + MAX_UNITS;
	uint64_t size = align64(sizeof(struct binding_header)) +
			((uint64_t)buckets + overflow + units) * 64;

	*error = SEGMENT_ERR_SPACE;
	if (w == NULL || units >= UINT32_MAX)
		goto fail;
	w->clock_ms = clock_ms;
	*error = segment_create(&w->segment, dir, &binding_segment_type, size);
	if (*error != SEGMENT_OK)
		goto fail;
	header_init(w, buckets, overflow, (uint32_t)units);
	if (RAND_priv_bytes(w->header->hash_key, SIPHASH_KEY_SIZE) != 1) {
		*error = SEGMENT_ERR_SYSTEM;
		goto fail;
	}
	view_init(w);
	return w;

fail:
	binding_writer_close(w);
	return NULL;
}

enum segment_error
binding_writer_publish(struct binding_writer *w)
{
	return segment_publish(&w->segment);
}

const struct binding_table *
binding_writer_table(const struct binding_writer *w)
{
	return &w->view;
}

void
binding_writer_beat(struct binding_writer *w)
{
	segment_beat(&w->segment);
}

void
binding_writer_close(struct binding_writer *w)
{
	if (w == NULL)
		return;
	for (unsigned int i = 0; i <= MAX_UNITS; i++)
		free(w->free[i].unit);
	free(w->limbo);
	segment_detach(&w->segment);
	free(w);
}

static bool
free_push(struct free_list *list, uint32_t unit)
{
	if (list->count == list->room) {
		uint32_t room = list->room == 0 ? 64 : list->room * 2;
		uint32_t *grown = realloc(list->unit, room * sizeof(*grown));

		if (grown == NULL)
			return false; /* the place is lost until the table is built anew */
		list->unit = grown;
		list->room = room;
	}
	list->unit[list->count++] = unit;
	return true;
}

static bool
limbo_push(struct binding_writer *w, uint32_t unit, uint32_t units)
{
	if (w->limbo_count == w->limbo_room) {
		uint32_t room = w->limbo_room == 0 ? 1024 : w->limbo_room * 2;
		struct limbo_row *grown = malloc(room * sizeof(*grown));

		if (grown == NULL)
			return false;
		for (uint32_t i = 0; i < w->limbo_count; i++)
			grown[i] = w->limbo[(w->limbo_head + i) & (w->limbo_room - 1)];
		free(w->limbo);
		w->limbo = grown;
		w->limbo_room = room;
		w->limbo_head = 0;
	}
	w->limbo[(w->limbo_head + w->limbo_count++) & (w->limbo_room - 1)] =
		(struct limbo_row){ w->clock_ms(), unit, units };
	return true;
}

/* Free the records that have been in limbo for `least_ms`. */
static void
limbo_sweep(struct binding_writer *w, uint64_t least_ms)
{
	uint64_t now = w->clock_ms();

	while (w->limbo_count > 0) {
		struct limbo_row *row = &w->limbo[w->limbo_head];

		if (now - row->since_ms < least_ms)
			return;
		free_push(&w->free[row->units], row->unit);
		w->limbo_head = (w->limbo_head + 1) & (w->limbo_room - 1);
		w->limbo_count--;
	}
}

/* A free place of just this size, or the smallest larger one, whose rest stays free. */
static bool
take_free(struct binding_writer *w, uint32_t units, uint32_t *unit)
{
	for (uint32_t size = units; size <= MAX_UNITS; size++) {
		struct free_list *list = &w->free[size];

		if (list->count == 0)
			continue;
		*unit = list->unit[--list->count];
		if (size > units)
			free_push(&w->free[size - units], *unit + units);
		return true;
	}
	return false;
}

static bool
take_fresh(struct binding_writer *w, uint32_t units, uint32_t *unit)
{
	if (w->header->unit_count - w->next_unit < units)
		return false;
	*unit = w->next_unit;
	w->next_unit += units;
	return true;
}

static int
by_place(const void *a, const void *b)
{
	const struct limbo_row *x = a, *y = b;

	return x->unit < y->unit ? -1 : x->unit > y->unit;
}

/* Every free place, cut out of the lists. NULL when there is no memory to hold them. */
static struct limbo_row *
take_all_free(struct binding_writer *w, uint32_t *count)
{
	struct limbo_row *rows;
	uint32_t n = 0;

	for (uint32_t size = 1; size <= MAX_UNITS; size++)
		n += w->free[size].count;
	rows = n > 0 ? malloc(n * sizeof(*rows)) : NULL;
	*count = 0;
	for (uint32_t size = 1; size <= MAX_UNITS && rows != NULL; size++) {
		for (uint32_t i = 0; i < w->free[size].count; i++)
			rows[(*count)++] = (struct limbo_row){ 0, w->free[size].unit[i], size };
		w->free[size].count = 0;
	}
	return rows;
}

/* Join free places that touch: records of changing sizes cut the slab up. Rare: only when full. */
static void
join_free(struct binding_writer *w)
{
	struct limbo_row *rows;
	uint32_t count, begin, units;

	rows = take_all_free(w, &count);
	if (rows == NULL)
		return;
	qsort(rows, count, sizeof(*rows), by_place);
	for (uint32_t i = 0; i < count;) {
		begin = rows[i].unit;
		for (units = 0; i < count && rows[i].unit == begin + units &&
				units + rows[i].units <= MAX_UNITS;
		     i++)
			units += rows[i].units;
		free_push(&w->free[units], begin);
	}
	free(rows);
}

static bool
allocate(struct binding_writer *w, uint32_t units, uint32_t *unit)
{
	limbo_sweep(w, BINDING_LIMBO_MS);
	if (w->free[units].count > 0)
		return take_free(w, units, unit);
	if (take_fresh(w, units, unit) || take_free(w, units, unit))
		return true;
	join_free(w);
	if (take_free(w, units, unit))
		return true;
	limbo_sweep(w, LIMBO_LEAST_MS);
	join_free(w);
	return take_free(w, units, unit);
}

/* Append text to the draft; returns its offset. */
static uint16_t
draft_text(struct binding_writer *w, uint32_t *used, struct slice text)
{
	uint16_t off = (uint16_t)*used;

	if (text.len > 0)
		memcpy((char *)w->draft.words + *used, text.ptr, text.len);
	*used += (uint32_t)text.len;
	return off;
}

/* A binding's instance as a row number + 1; 0: it has none; -1: it is not among them. */
static int
instance_of(const struct binding *b, const struct binding_instance *rows, unsigned int count)
{
	if (b->instance.len == 0)
		return 0;
	for (unsigned int i = 0; i < count; i++)
		if (slice_eq(rows[i].id, b->instance))
			return (int)i + 1;
	return -1;
}

static bool
has_flow(const struct flow *f)
{
	static const struct flow none;

	return memcmp(f, &none, sizeof(none)) != 0;
}

static uint64_t
text_size(struct slice aor, const struct binding *b, unsigned int count,
	  const struct binding_instance *rows, unsigned int row_count)
{
	uint64_t size = sizeof(struct binding_record) + count * sizeof(struct binding_entry) +
			row_count * sizeof(struct binding_row) + aor.len;

	for (unsigned int i = 0; i < count; i++)
		size += b[i].contact.len + b[i].path.len +
			(has_flow(&b[i].flow) ? sizeof(struct flow) : 0);
	for (unsigned int i = 0; i < row_count; i++)
		size += rows[i].id.len;
	return size;
}

/* Append the flow of a binding to the draft, if it has one. */
static uint16_t
draft_flow(struct binding_writer *w, uint32_t *used, const struct flow *flow)
{
	if (!has_flow(flow))
		return 0;
	return draft_text(w, used, slice_of((const char *)flow, sizeof(*flow)));
}

static void
draft_entry(struct binding_writer *w, struct binding_entry *e, const struct binding *b,
	    uint32_t *used)
{
	e->expires_ms = b->expires_ms;
	e->updated_ms = b->updated_ms;
	e->registered_ms = b->registered_ms;
	e->q = b->q;
	e->reg_id = b->reg_id;
	e->flags = b->flags;
	e->flow_off = draft_flow(w, used, &b->flow);
	e->contact_len = (uint16_t)b->contact.len;
	e->contact_off = draft_text(w, used, b->contact);
	e->path_len = (uint16_t)b->path.len;
	e->path_off = draft_text(w, used, b->path);
}

/* Lay the record out in private memory. */
static uint32_t
draft_record(struct binding_writer *w, struct slice aor, uint64_t hash, const struct binding *b,
	     unsigned int count, const struct binding_instance *rows, unsigned int row_count)
{
	struct binding_entry *e = (struct binding_entry *)(&w->draft.record + 1);
	struct binding_row *row = (struct binding_row *)(e + count);
	uint32_t used = (uint32_t)(sizeof(struct binding_record) + count * sizeof(*e) +
				   row_count * sizeof(*row));

	memset(&w->draft, 0, used);
	w->draft.record.hash = hash;
	w->draft.record.count = (uint16_t)count;
	w->draft.record.instances = (uint16_t)row_count;
	w->draft.record.aor_len = (uint16_t)aor.len;
	w->draft.record.aor_off = draft_text(w, &used, aor);
	for (unsigned int i = 0; i < count; i++) {
		draft_entry(w, &e[i], &b[i], &used);
		e[i].instance = (uint16_t)instance_of(&b[i], rows, row_count);
	}
	for (unsigned int i = 0; i < row_count; i++) {
		row[i].epoch = rows[i].epoch;
		row[i].flags = rows[i].flags;
		row[i].len = (uint16_t)rows[i].id.len;
		row[i].off = draft_text(w, &used, rows[i].id);
	}
	w->draft.record.size = used;
	memset((char *)w->draft.words + used, 0, (size_t)(-used & 7u));
	return used;
}

/* Copy the draft to its place, under the next version. Nobody points there yet. */
static uint64_t
store_record(struct binding_writer *w, uint32_t unit, uint32_t units)
{
	struct binding_record *r =
		(struct binding_record *)(w->slab + (uint64_t)unit * BINDING_UNIT);
	_Atomic uint64_t *to = (_Atomic uint64_t *)(void *)r;

	w->version += 2;
	w->draft.record.units = (uint16_t)units;
	atomic_store_explicit(&r->version, w->version | 1, memory_order_relaxed);
	/* a reader that came by an old entry must see the odd version before new words */
	atomic_thread_fence(memory_order_release);
	for (uint32_t i = 1; i < (w->draft.record.size + 7) / 8; i++)
		atomic_store_explicit(&to[i], w->draft.words[i], memory_order_relaxed);
	atomic_store_explicit(&r->version, w->version, memory_order_release);
	return w->version;
}

/* The slot of an AOR, or the first empty one of its chain, or NULL. */
static _Atomic uint64_t *
find_slot(struct binding_writer *w, struct slice aor, uint64_t hash, _Atomic uint64_t **empty,
	  struct binding_bucket **last)
{
	struct binding_bucket *b = &w->buckets[hash & w->view.mask];

	*empty = NULL;
	for (;;) {
		for (int i = 0; i < 7; i++) {
			uint64_t entry = atomic_load_explicit(&b->entry[i], memory_order_relaxed);
			const struct binding_record *r;

			if (entry == 0) {
				if (*empty == NULL)
					*empty = &b->entry[i];
				continue;
			}
			if (entry_tag(entry) != hash_tag(hash))
				continue;
			r = (const struct binding_record *)(w->slab + (uint64_t)entry_unit(entry) *
									      BINDING_UNIT);
			if (r->hash == hash &&
			    slice_eq(slice_of((const char *)r + r->aor_off, r->aor_len), aor))
				return &b->entry[i];
		}
		*last = b;
		if (b->next == 0)
			return NULL;
		b = &w->overflow[b->next - 1];
	}
}

/* An empty slot at the end of a full chain. */
static _Atomic uint64_t *
extend_chain(struct binding_writer *w, struct binding_bucket *last)
{
	struct binding_bucket *fresh;

	if (w->next_overflow == w->header->overflow_count)
		return NULL;
	fresh = &w->overflow[w->next_overflow++];
	atomic_store_explicit(&last->next, w->next_overflow, memory_order_release);
	return &fresh->entry[0];
}

static void
count_change(struct binding_writer *w, int aors, int bindings, int units)
{
	atomic_fetch_add_explicit(&w->header->aors, (uint64_t)(int64_t)aors, memory_order_relaxed);
	atomic_fetch_add_explicit(&w->header->bindings, (uint64_t)(int64_t)bindings,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&w->header->units_used, (uint64_t)(int64_t)units,
				  memory_order_relaxed);
}

/* Take the record that an entry named out of use. */
static void
retire(struct binding_writer *w, uint64_t entry)
{
	uint32_t unit = entry_unit(entry);
	const struct binding_record *r =
		(const struct binding_record *)(w->slab + (uint64_t)unit * BINDING_UNIT);

	count_change(w, -1, -(int)r->count, -(int)r->units);
	limbo_push(w, unit, r->units);
}

enum binding_error
binding_writer_put(struct binding_writer *w, struct slice aor, const struct binding *bindings,
		   unsigned int count, const struct binding_instance *instances,
		   unsigned int instance_count)
{
	uint64_t hash = binding_hash(&w->view, aor), old, version;
	_Atomic uint64_t *slot, *empty;
	struct binding_bucket *last;
	uint32_t unit, units, size;

	if (count > BINDING_MAX_CONTACTS || instance_count > BINDING_MAX_INSTANCES ||
	    text_size(aor, bindings, count, instances, instance_count) > BINDING_RECORD_MAX - 8)
		return BINDING_ERR_TOO_LARGE;
	for (unsigned int i = 0; i < count; i++)
		if (instance_of(&bindings[i], instances, instance_count) < 0)
			return BINDING_ERR_INSTANCE;
	slot = find_slot(w, aor, hash, &empty, &last);
	size = draft_record(w, aor, hash, bindings, count, instances, instance_count);
	units = (size + BINDING_UNIT - 1) / BINDING_UNIT;
	if (!allocate(w, units, &unit))
		return BINDING_ERR_FULL;
	if (slot == NULL)
		slot = empty != NULL ? empty : extend_chain(w, last);
	if (slot == NULL) {
		free_push(&w->free[units], unit);
		return BINDING_ERR_FULL;
	}
	version = store_record(w, unit, units);
	/* release: a reader that sees the entry sees the record filled in */
	old = atomic_exchange_explicit(slot, entry_make(hash, version, unit), memory_order_acq_rel);
	count_change(w, 1, (int)count, (int)units);
	if (old != 0)
		retire(w, old);
	return BINDING_OK;
}

enum binding_error
binding_writer_remove(struct binding_writer *w, struct slice aor)
{
	_Atomic uint64_t *slot, *empty;
	struct binding_bucket *last;

	slot = find_slot(w, aor, binding_hash(&w->view, aor), &empty, &last);
	if (slot == NULL)
		return BINDING_ERR_ABSENT;
	retire(w, atomic_exchange_explicit(slot, 0, memory_order_acq_rel));
	return BINDING_OK;
}

enum binding_error
binding_writer_touch(struct binding_writer *w, struct slice aor, unsigned int i,
		     uint64_t expires_ms, uint64_t updated_ms)
{
	uint64_t hash = binding_hash(&w->view, aor);
	_Atomic uint64_t *slot, *empty;
	struct binding_bucket *last;
	struct binding_record *r;
	struct binding_entry *e;

	slot = find_slot(w, aor, hash, &empty, &last);
	if (slot == NULL)
		return BINDING_ERR_ABSENT;
	r = (struct binding_record *)(w->slab + (uint64_t)entry_unit(*slot) * BINDING_UNIT);
	if (i >= r->count)
		return BINDING_ERR_ABSENT;
	e = (struct binding_entry *)(r + 1) + i;
	atomic_store_explicit((_Atomic uint64_t *)(void *)&e->expires_ms, expires_ms,
			      memory_order_relaxed);
	atomic_store_explicit((_Atomic uint64_t *)(void *)&e->updated_ms, updated_ms,
			      memory_order_relaxed);
	return BINDING_OK;
}

bool
binding_writer_has(const struct binding_writer *w, struct slice aor)
{
	static struct binding_copy copy;

	return binding_find(&w->view, aor, binding_hash(&w->view, aor), &copy);
}

struct binding_writer *
binding_writer_adopt(const char *dir, uint64_t (*clock_ms)(void), enum segment_error *error)
{
	(void)dir;
	(void)clock_ms;
	*error = SEGMENT_ERR_ABSENT;
	return NULL;
}

void
binding_writer_set_complete(struct binding_writer *w, bool complete)
{
	atomic_store(&w->header->complete, complete);
}

void
binding_writer_set_store(struct binding_writer *w, const uint8_t identity[16], uint64_t sequence)
{
	memcpy(w->header->store_identity, identity, 16);
	atomic_store(&w->header->store_sequence, sequence);
}

bool
binding_writer_step(struct binding_writer *w, unsigned int records)
{
	(void)w;
	(void)records;
	return false;
}
