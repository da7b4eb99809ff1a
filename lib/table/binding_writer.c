/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/binding_writer.h"

#include <stdlib.h>

#include "table/records_writer.h"

enum { DEFAULT_OCTETS = 512 };

/* A record in private memory. */
struct draft {
	union {
		struct records_record record;
		uint64_t words[BINDING_RECORD_MAX / 8];
	};
};

struct binding_writer {
	struct records_writer *records;
	struct binding_table view;
	struct draft draft;
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

/* ---- what a record is ---- */

static const struct binding_row *
rows_of(const struct records_record *r)
{
	return (const struct binding_row *)((const struct binding_entry *)(r + 1) + r->count);
}

/* An epoch that comes twice is one alias. */
static unsigned int
epochs_of(const struct records_record *r, uint64_t *out, unsigned int max)
{
	const struct binding_row *row = rows_of(r);
	unsigned int n = 0, k;

	for (unsigned int i = 0; i < r->rows && n < max; i++) {
		if (row[i].epoch == 0)
			continue;
		for (k = 0; k < n && out[k] != row[i].epoch; k++)
			;
		if (k == n)
			out[n++] = row[i].epoch;
	}
	return n;
}

static bool
holds(const struct records_record *r, uint16_t off, uint16_t len)
{
	return (uint32_t)off + len <= r->size;
}

static bool
holds_features(const struct records_record *r, uint16_t off)
{
	uint16_t len;

	if (!holds(r, off, sizeof(len)))
		return false;
	memcpy(&len, (const char *)r + off, sizeof(len));
	return (uint32_t)off + sizeof(len) + len <= r->size;
}

static bool
is_sound(const struct records_record *r)
{
	const struct binding_entry *e = (const struct binding_entry *)(r + 1);
	const struct binding_row *row = rows_of(r);

	if (r->count > BINDING_MAX_CONTACTS || r->rows > BINDING_MAX_INSTANCES ||
	    sizeof(*r) + r->count * sizeof(*e) + r->rows * sizeof(*row) > r->size)
		return false;
	for (unsigned int i = 0; i < r->count; i++)
		if (!holds(r, e[i].contact_off, e[i].contact_len) ||
		    !holds(r, e[i].path_off, e[i].path_len) || e[i].instance > r->rows ||
		    (e[i].flow_off != 0 && !holds(r, e[i].flow_off, sizeof(struct flow))) ||
		    (e[i].features_off != 0 && !holds_features(r, e[i].features_off)))
			return false;
	for (unsigned int i = 0; i < r->rows; i++)
		if (!holds(r, row[i].off, row[i].len) || row[i].epoch > BINDING_EPOCH_MAX)
			return false;
	return true;
}

static const struct records_type type = {
	.segment = &binding_segment_type,
	.record_max = BINDING_RECORD_MAX,
	.aliases = epochs_of,
	.is_sound = is_sound,
};

/* ---- making ---- */

/* The table may have been replaced by a larger one. */
static void
look_again(struct binding_writer *w)
{
	const struct records *now = records_writer_view(w->records);

	if (w->view.header != now->header)
		w->view.records = *now;
}

/* `records` with what belongs to it; NULL stays NULL. */
static struct binding_writer *
wrap(struct records_writer *records)
{
	struct binding_writer *w = records != NULL ? calloc(1, sizeof(*w)) : NULL;

	if (w == NULL) {
		records_writer_close(records);
		return NULL;
	}
	w->records = records;
	look_again(w);
	return w;
}

struct binding_writer *
binding_writer_open(const char *dir, const struct binding_capacity *capacity,
		    uint64_t (*clock_ms)(void), enum segment_error *error)
{
	const struct records_capacity c = {
		.keys = capacity->aors,
		.octets_each = capacity->octets_each != 0 ? capacity->octets_each : DEFAULT_OCTETS,
		.fixed = capacity->fixed,
	};

	return wrap(records_writer_open(&type, dir, &c, clock_ms, error));
}

struct binding_writer *
binding_writer_adopt(const char *dir, uint64_t (*clock_ms)(void), enum segment_error *error)
{
	return wrap(records_writer_adopt(&type, dir, clock_ms, error));
}

enum segment_error
binding_writer_publish(struct binding_writer *w)
{
	return records_writer_publish(w->records);
}

const struct binding_table *
binding_writer_table(const struct binding_writer *w)
{
	return &w->view;
}

void
binding_writer_beat(struct binding_writer *w)
{
	records_writer_beat(w->records);
}

void
binding_writer_close(struct binding_writer *w)
{
	if (w == NULL)
		return;
	records_writer_close(w->records);
	free(w);
}

/* ---- records ---- */

/* Append text to the draft; returns its offset. */
static uint16_t
put_text(struct draft *d, uint32_t *used, struct slice text)
{
	uint16_t off = (uint16_t)*used;

	if (text.len > 0)
		memcpy((char *)d->words + *used, text.ptr, text.len);
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
	uint64_t size = sizeof(struct records_record) + count * sizeof(struct binding_entry) +
			row_count * sizeof(struct binding_row) + aor.len;

	for (unsigned int i = 0; i < count; i++)
		size += b[i].contact.len + b[i].path.len +
			(has_flow(&b[i].flow) ? sizeof(struct flow) : 0) +
			(b[i].features.len > 0 ? sizeof(uint16_t) + b[i].features.len : 0);
	for (unsigned int i = 0; i < row_count; i++)
		size += rows[i].id.len;
	return size;
}

/* Append the flow of a binding to the draft, if it has one. */
static uint16_t
put_flow(struct draft *d, uint32_t *used, const struct flow *flow)
{
	if (!has_flow(flow))
		return 0;
	return put_text(d, used, slice_of((const char *)flow, sizeof(*flow)));
}

/* The features of a binding and, before them, how many octets they are; if it has any. */
static uint16_t
put_features(struct draft *d, uint32_t *used, struct slice features)
{
	uint16_t len = (uint16_t)features.len, off;

	if (len == 0)
		return 0;
	off = put_text(d, used, slice_of((const char *)&len, sizeof(len)));
	put_text(d, used, features);
	return off;
}

static void
put_entry(struct draft *d, struct binding_entry *e, const struct binding *b, uint32_t *used)
{
	e->expires_ms = b->expires_ms;
	e->updated_ms = b->updated_ms;
	e->registered_ms = b->registered_ms;
	e->q = b->q;
	e->reg_id = b->reg_id;
	e->flags = b->flags;
	e->flow_off = put_flow(d, used, &b->flow);
	e->contact_len = (uint16_t)b->contact.len;
	e->contact_off = put_text(d, used, b->contact);
	e->path_len = (uint16_t)b->path.len;
	e->path_off = put_text(d, used, b->path);
	e->features_off = put_features(d, used, b->features);
}

/* Lay the record out in private memory. */
static uint32_t
draft_record(struct draft *d, struct slice aor, const struct binding *b, unsigned int count,
	     const struct binding_instance *rows, unsigned int row_count)
{
	struct binding_entry *e = (struct binding_entry *)(&d->record + 1);
	struct binding_row *row = (struct binding_row *)(e + count);
	uint32_t used = (uint32_t)(sizeof(struct records_record) + count * sizeof(*e) +
				   row_count * sizeof(*row));

	memset(d, 0, used);
	d->record.count = (uint16_t)count;
	d->record.rows = (uint16_t)row_count;
	d->record.key_len = (uint16_t)aor.len;
	d->record.key_off = put_text(d, &used, aor);
	for (unsigned int i = 0; i < count; i++) {
		put_entry(d, &e[i], &b[i], &used);
		e[i].instance = (uint16_t)instance_of(&b[i], rows, row_count);
	}
	for (unsigned int i = 0; i < row_count; i++) {
		row[i].epoch = rows[i].epoch;
		row[i].flags = rows[i].flags;
		row[i].len = (uint16_t)rows[i].id.len;
		row[i].off = put_text(d, &used, rows[i].id);
	}
	d->record.size = used;
	memset((char *)d->words + used, 0, (size_t)(-used & 7u));
	return used;
}

/* BINDING_OK, or why there can be no such record. */
static enum binding_error
check_put(struct slice aor, const struct binding *bindings, unsigned int count,
	  const struct binding_instance *instances, unsigned int instance_count)
{
	if (count > BINDING_MAX_CONTACTS || instance_count > BINDING_MAX_INSTANCES ||
	    text_size(aor, bindings, count, instances, instance_count) > BINDING_RECORD_MAX - 8)
		return BINDING_ERR_TOO_LARGE;
	for (unsigned int i = 0; i < count; i++)
		if (instance_of(&bindings[i], instances, instance_count) < 0)
			return BINDING_ERR_INSTANCE;
	for (unsigned int i = 0; i < instance_count; i++)
		if (instances[i].epoch > BINDING_EPOCH_MAX)
			return BINDING_ERR_INSTANCE;
	return BINDING_OK;
}

enum binding_error
binding_writer_put(struct binding_writer *w, struct slice aor, const struct binding *bindings,
		   unsigned int count, const struct binding_instance *instances,
		   unsigned int instance_count)
{
	enum binding_error error = check_put(aor, bindings, count, instances, instance_count);

	if (error != BINDING_OK)
		return error;
	draft_record(&w->draft, aor, bindings, count, instances, instance_count);
	if (records_writer_put(w->records, w->draft.words) != RECORDS_OK)
		error = BINDING_ERR_FULL;
	look_again(w);
	return error;
}

enum binding_error
binding_writer_reserve(struct binding_writer *w, struct slice aor, const struct binding *bindings,
		       unsigned int count, const struct binding_instance *instances,
		       unsigned int instance_count)
{
	enum binding_error error = check_put(aor, bindings, count, instances, instance_count);
	uint64_t size = text_size(aor, bindings, count, instances, instance_count);

	if (error != BINDING_OK)
		return error;
	if (records_writer_reserve(w->records, aor, (uint32_t)size) != RECORDS_OK)
		error = BINDING_ERR_FULL;
	look_again(w);
	return error;
}

enum binding_error
binding_writer_remove(struct binding_writer *w, struct slice aor)
{
	return records_writer_remove(w->records, aor) == RECORDS_OK ? BINDING_OK
								    : BINDING_ERR_ABSENT;
}

bool
binding_writer_is_older(const struct binding_writer *w)
{
	return w->view.header->segment.abi_minor < binding_segment_type.abi_minor;
}

bool
binding_writer_has(const struct binding_writer *w, struct slice aor)
{
	return records_writer_find(w->records, aor) != NULL;
}

/* New times for one entry. */
struct times {
	unsigned int index;
	uint64_t expires_ms, updated_ms;
	bool done;
};

static void
set_times(struct records_record *r, void *context)
{
	struct binding_entry *e = (struct binding_entry *)(r + 1);
	struct times *t = context;

	if (t->index >= r->count)
		return;
	e += t->index;
	atomic_store_explicit((_Atomic uint64_t *)(void *)&e->expires_ms, t->expires_ms,
			      memory_order_relaxed);
	atomic_store_explicit((_Atomic uint64_t *)(void *)&e->updated_ms, t->updated_ms,
			      memory_order_relaxed);
	t->done = true;
}

enum binding_error
binding_writer_touch(struct binding_writer *w, struct slice aor, unsigned int i,
		     uint64_t expires_ms, uint64_t updated_ms)
{
	struct times t = { i, expires_ms, updated_ms, false };

	records_writer_change(w->records, aor, set_times, &t);
	return t.done ? BINDING_OK : BINDING_ERR_ABSENT;
}

/* ---- the table as a whole ---- */

void
binding_writer_set_complete(struct binding_writer *w, bool complete)
{
	records_writer_set_complete(w->records, complete);
}

void
binding_writer_set_store(struct binding_writer *w, const uint8_t identity[16], uint64_t sequence)
{
	records_writer_set_store(w->records, identity, sequence);
}

bool
binding_writer_step(struct binding_writer *w, unsigned int records)
{
	bool more = records_writer_step(w->records, records);

	look_again(w);
	return more;
}
