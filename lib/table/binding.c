/* SPDX-License-Identifier: BSD-3-Clause */
#include "table/binding.h"

const struct segment_type binding_segment_type = {
	.kind = SEGMENT_BINDINGS,
	.abi_major = 2,
	.abi_minor = 1, /* features */
	.layout = SEGMENT_LAYOUT(sizeof(struct records_header),
				 sizeof(struct binding_entry) + 256 * sizeof(struct binding_row),
				 sizeof(struct records_record) + 256 * RECORDS_UNIT),
	.name = "bindings",
	.sparse = true,
};

/* ---- mapping ---- */

enum segment_error
binding_table_attach(struct binding_table *t, const char *dir)
{
	return records_attach(&t->records, dir, &binding_segment_type);
}

void
binding_table_populate(struct binding_table *t)
{
	records_populate(&t->records);
}

void
binding_table_detach(struct binding_table *t)
{
	records_detach(&t->records);
}

bool
binding_table_is_complete(const struct binding_table *t)
{
	return atomic_load_explicit(&t->header->complete, memory_order_acquire) != 0;
}

uint64_t
binding_table_aors(const struct binding_table *t)
{
	return atomic_load_explicit(&t->header->keys, memory_order_relaxed);
}

uint64_t
binding_table_bindings(const struct binding_table *t)
{
	return atomic_load_explicit(&t->header->items, memory_order_relaxed);
}

void
binding_table_store(const struct binding_table *t, uint8_t identity[16], uint64_t *sequence)
{
	memcpy(identity, t->header->store_identity, sizeof(t->header->store_identity));
	*sequence = atomic_load_explicit(&t->header->store_sequence, memory_order_acquire);
}

/* ---- look-ups ---- */

uint64_t
binding_hash(const struct binding_table *t, struct slice aor)
{
	return records_hash(&t->records, aor);
}

/* What a copied record was found by, for binding_find_ref(). */
static bool
took(const struct binding_table *t, uint32_t unit, struct binding_copy *out)
{
	out->ref = (struct binding_ref){ unit, t->records.generation, out->words[0] };
	return unit != RECORDS_NONE;
}

bool
binding_find(const struct binding_table *t, struct slice aor, uint64_t hash,
	     struct binding_copy *out)
{
	const struct records_wanted wanted = { .hash = hash, .mask = UINT64_MAX, .key = &aor };

	return took(t, records_find(&t->records, &wanted, out->words, sizeof(out->words)), out);
}

bool
binding_find_hash(const struct binding_table *t, uint64_t hash, struct binding_copy *out)
{
	const struct records_wanted wanted = { .hash = hash, .mask = UINT64_MAX };

	return took(t, records_find(&t->records, &wanted, out->words, sizeof(out->words)), out);
}

/* The row of a record that has an epoch. */
struct epoch {
	uint64_t number;
	unsigned int row;
};

static bool
has_epoch(const struct records_record *copy, void *context)
{
	uint64_t at = sizeof(*copy) + (uint64_t)copy->count * sizeof(struct binding_entry);
	const struct binding_row *row =
		(const struct binding_row *)(const void *)((const char *)copy + at);
	struct epoch *e = context;

	if (at + (uint64_t)copy->rows * sizeof(*row) > copy->size)
		return false;
	for (e->row = 0; e->row < copy->rows; e->row++)
		if ((row[e->row].epoch & BINDING_EPOCH_MAX) == e->number)
			return true;
	return false;
}

bool
binding_find_epoch(const struct binding_table *t, uint64_t epoch, struct binding_copy *out,
		   unsigned int *instance)
{
	struct epoch e = { .number = epoch };
	struct records_wanted wanted = { .accept = has_epoch, .context = &e };

	if (epoch == 0 || epoch > BINDING_EPOCH_MAX ||
	    !took(t,
		  records_find_alias(&t->records, epoch, &wanted, out->words, sizeof(out->words)),
		  out))
		return false;
	*instance = e.row;
	return true;
}

bool
binding_find_ref(const struct binding_table *t, struct binding_ref ref, struct binding_copy *out)
{
	return ref.generation == t->records.generation &&
	       records_copy(&t->records, ref.unit, out->words, sizeof(out->words)) &&
	       took(t, ref.unit, out) && out->ref.version == ref.version;
}

bool
binding_walk_next(const struct binding_table *t, struct binding_walk *walk,
		  struct binding_copy *out)
{
	return took(t, records_walk_next(&t->records, &walk->at, out->words, sizeof(out->words)),
		    out);
}

/* ---- the parts of a copy ---- */

struct slice
binding_aor(const struct binding_copy *copy)
{
	struct slice aor = SLICE_ABSENT;

	records_slice(&copy->record, copy->record.key_off, copy->record.key_len, &aor);
	return aor;
}

bool
binding_instance_get(const struct binding_copy *copy, unsigned int i, struct binding_instance *out)
{
	size_t at = sizeof(copy->record) + copy->record.count * sizeof(struct binding_entry) +
		    (size_t)i * sizeof(struct binding_row);
	const struct binding_row *row =
		(const struct binding_row *)(const void *)((const char *)copy->words + at);

	if (i >= copy->record.rows || at + sizeof(*row) > copy->record.size)
		return false;
	out->epoch = row->epoch;
	out->flags = row->flags;
	return records_slice(&copy->record, row->off, row->len, &out->id);
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

static bool
take_features(const struct binding_copy *copy, uint16_t off, struct slice *out)
{
	uint16_t len;

	*out = SLICE_ABSENT;
	if (off == 0)
		return true;
	if (off + sizeof(len) > copy->record.size)
		return false;
	memcpy(&len, (const char *)copy->words + off, sizeof(len));
	return records_slice(&copy->record, (uint16_t)(off + sizeof(len)), len, out);
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
	return records_slice(&copy->record, e->contact_off, e->contact_len, &out->contact) &&
	       records_slice(&copy->record, e->path_off, e->path_len, &out->path) &&
	       take_flow(copy, e->flow_off, &out->flow) &&
	       take_features(copy, e->features_off, &out->features) &&
	       take_instance(copy, e->instance, &out->instance);
}

bool
binding_has_features(const struct binding_copy *copy)
{
	const struct binding_entry *e = (const struct binding_entry *)(&copy->record + 1);
	size_t end = sizeof(copy->record);

	for (unsigned int i = 0; i < copy->record.count; i++) {
		end += sizeof(*e);
		if (end > copy->record.size)
			break;
		if (e[i].features_off != 0)
			return true;
	}
	return false;
}
