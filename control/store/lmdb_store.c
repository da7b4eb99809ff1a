/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <unistd.h>

#include "process/clock.h"
#include "store/store_internal.h"

const char *
store_error_text(enum store_error error)
{
	static const char *const texts[] = {
		[STORE_OK] = "no error",
		[STORE_ERR_OPEN] = "the store cannot be opened",
		[STORE_ERR_FULL] = "the store or its disk is full",
		[STORE_ERR_IO] = "the disk refused",
		[STORE_ERR_ABSENT] = "no such address of record",
		[STORE_ERR_KEY] = "the address of record is too long",
		[STORE_ERR_VERSION] = "the store was written by a newer version of Viaduct",
		[STORE_ERR_VALUE] = "the bindings of the address of record are too large",
		[STORE_ERR_DAMAGED] = "the store is damaged",
	};

	return texts[error];
}

/* ---- transactions ---- */

static enum store_error
store_begin(struct binding_store *store)
{
	struct lmdb_store *s = lmdb_store_self(store);

	generation_turn(s);
	s->count_before = s->count;
	s->staged = false;
	return s->reader != NULL ? STORE_OK : STORE_ERR_IO;
}

static void
store_abort(struct binding_store *store)
{
	struct lmdb_store *s = lmdb_store_self(store);

	if (!s->staged)
		return;
	overlay_rollback(s->active);
	s->count = s->count_before;
	s->staged = false;
}

static enum store_error
store_commit(struct binding_store *store)
{
	struct lmdb_store *s = lmdb_store_self(store);
	struct overlay *o = s->active;
	enum store_error error;

	if (!s->staged || o->changes == 0) {
		store_abort(store);
		return STORE_OK;
	}
	error = journal_append(&s->journal, o->image + o->used, o->next - o->used - FRAME_HEADER,
			       s->sequence + 1, o->changes);
	if (error != STORE_OK) {
		s->stat.failed++;
		store_abort(store);
		return error;
	}
	if (o->sequence == 0)
		s->active_ms = clock_steady_ms();
	overlay_settle(o, ++s->sequence);
	s->stat.commits++;
	s->staged = false;
	return STORE_OK;
}

/* ---- reading ---- */

/* What LMDB has of a binding, as of the reader. */
static enum store_error
base_look(struct lmdb_store *s, struct slice aor, struct slice *value)
{
	enum store_error error = base_get(s->reader, s->base.bindings, aor, value);

	s->seen.len = 0;
	if (error == STORE_OK || error == STORE_ERR_ABSENT) {
		memcpy(s->seen.name, aor.ptr, aor.len);
		s->seen.len = aor.len;
		s->seen.exists = error == STORE_OK;
		s->seen.value = error == STORE_OK ? value->len : 0;
	}
	return error;
}

static bool
find_change(const struct lmdb_store *s, struct slice name, bool meta, struct change *c)
{
	return overlay_find(s->active, name, meta, c) ||
	       (s->frozen != NULL && overlay_find(s->frozen, name, meta, c));
}

static bool
name_fits(struct slice name, size_t most)
{
	return name.len > 0 && name.len <= most;
}

static enum store_error
store_get(struct binding_store *store, struct slice aor, struct slice *value)
{
	struct lmdb_store *s = lmdb_store_self(store);
	struct change c;

	if (!name_fits(aor, STORE_NAME_MAX))
		return STORE_ERR_KEY;
	if (find_change(s, aor, false, &c)) {
		*value = c.value;
		return c.kind == CHANGE_PUT ? STORE_OK : STORE_ERR_ABSENT;
	}
	return s->reader != NULL ? base_look(s, aor, value) : STORE_ERR_IO;
}

static enum store_error
store_meta_get(struct binding_store *store, struct slice name, struct slice *value)
{
	struct lmdb_store *s = lmdb_store_self(store);
	char text[STORE_META_NAME_MAX + 1];
	struct change c;

	if (!name_fits(name, STORE_META_NAME_MAX))
		return STORE_ERR_KEY;
	if (find_change(s, name, true, &c)) {
		*value = c.value;
		return STORE_OK;
	}
	if (s->reader == NULL)
		return STORE_ERR_IO;
	return base_get(s->reader, s->base.meta, base_meta_name(name, text), value);
}

/* ---- changing ---- */

/* What there is of a name before a change. */
struct before {
	bool exists;
	bool backed; /* LMDB has it, or will have with the frozen generation */
	size_t cost;
};

static enum store_error
look_in_base(struct lmdb_store *s, struct slice aor, struct before *b)
{
	struct slice value;
	enum store_error error = STORE_OK;

	if (s->reader == NULL)
		return STORE_ERR_IO;
	if (!slice_eq(slice_of(s->seen.name, s->seen.len), aor))
		error = base_look(s, aor, &value);
	if (error != STORE_OK && error != STORE_ERR_ABSENT)
		return error;
	b->exists = b->backed = s->seen.exists;
	b->cost = b->exists ? overlay_cost(aor.len, s->seen.value) : 0;
	return STORE_OK;
}

static enum store_error
look_before(struct lmdb_store *s, struct slice aor, struct before *b)
{
	bool active, found;
	enum store_error error;
	struct change c;

	active = overlay_find(s->active, aor, false, &c);
	found = active || (s->frozen != NULL && overlay_find(s->frozen, aor, false, &c));
	*b = (struct before){ .backed = true };
	if (!active) {
		error = look_in_base(s, aor, b);
		if (error != STORE_OK)
			return error;
	}
	if (found) {
		b->exists = c.kind == CHANGE_PUT;
		b->backed = b->backed && (active || b->exists);
		b->cost = b->exists ? overlay_cost(c.name.len, c.value.len) : 0;
	}
	return STORE_OK;
}

/* Begin a frame with the first change of a transaction. */
static enum store_error
stage(struct lmdb_store *s)
{
	enum store_error error;

	if (s->staged)
		return STORE_OK;
	error = generation_make_room(s);
	if (error != STORE_OK)
		return error;
	overlay_begin(s->active);
	s->staged = true;
	return STORE_OK;
}

static bool
exceeds_limit(const struct lmdb_store *s, int64_t growth)
{
	int64_t all = s->active->growth + (s->frozen != NULL ? s->frozen->growth : 0) + growth;

	return growth > 0 && (int64_t)s->used + all > (int64_t)lmdb_store_limit(s);
}

static enum store_error
change_binding(struct lmdb_store *s, const struct change *c)
{
	bool puts = c->kind == CHANGE_PUT;
	enum store_error error = stage(s);
	struct before before;
	int64_t growth;

	if (error == STORE_OK)
		error = look_before(s, c->name, &before);
	if (error != STORE_OK)
		return error;
	if (!puts && !before.exists)
		return STORE_ERR_ABSENT;
	growth = (puts ? (int64_t)overlay_cost(c->name.len, c->value.len) : 0) -
		 (int64_t)before.cost;
	if (exceeds_limit(s, growth) || !overlay_fits(s->active, c) ||
	    !overlay_add(s->active, c, before.backed))
		return STORE_ERR_FULL;
	s->active->growth += growth;
	s->count += puts && !before.exists;
	s->count -= !puts;
	return STORE_OK;
}

static enum store_error
store_put(struct binding_store *store, struct slice aor, struct slice value)
{
	const struct change c = { CHANGE_PUT, aor, value };

	if (!name_fits(aor, STORE_NAME_MAX))
		return STORE_ERR_KEY;
	if (value.len > STORE_VALUE_MAX)
		return STORE_ERR_VALUE;
	return change_binding(lmdb_store_self(store), &c);
}

static enum store_error
store_remove(struct binding_store *store, struct slice aor)
{
	const struct change c = { CHANGE_REMOVE, aor, SLICE_ABSENT };

	if (!name_fits(aor, STORE_NAME_MAX))
		return STORE_ERR_KEY;
	return change_binding(lmdb_store_self(store), &c);
}

static enum store_error
store_meta_put(struct binding_store *store, struct slice name, struct slice value)
{
	const struct change c = { CHANGE_META, name, value };
	struct lmdb_store *s = lmdb_store_self(store);
	enum store_error error;

	if (!name_fits(name, STORE_META_NAME_MAX))
		return STORE_ERR_KEY;
	if (value.len > STORE_VALUE_MAX)
		return STORE_ERR_VALUE;
	error = stage(s);
	if (error != STORE_OK)
		return error;
	if (!overlay_fits(s->active, &c) || !overlay_add(s->active, &c, true))
		return STORE_ERR_FULL;
	return STORE_OK;
}

/* ---- the rest ---- */

static uint64_t
store_sequence(const struct binding_store *store)
{
	return lmdb_store_self(store)->sequence;
}

static const uint8_t *
store_identity(const struct binding_store *store)
{
	return lmdb_store_self(store)->identity;
}

static uint64_t
store_count(const struct binding_store *store)
{
	return lmdb_store_self(store)->count;
}

static void
store_checkpoint(struct binding_store *store)
{
	struct lmdb_store *s = lmdb_store_self(store);

	if (s->applied >= s->checkpoint)
		s->checkpoint = s->sequence;
	generation_turn(s);
}

static void
store_stat(struct binding_store *store, struct store_stat *out)
{
	struct lmdb_store *s = lmdb_store_self(store);

	*out = s->stat;
	out->sequence = s->sequence;
	out->applied = s->applied;
	out->aors = s->count;
	out->pending = s->active->count + (s->frozen != NULL ? s->frozen->count : 0);
	out->journal_used = s->active->used + (s->frozen != NULL ? s->frozen->used : 0);
	for (unsigned int n = 0; n < JOURNAL_FILES; n++)
		out->journal_size += s->journal.file[n].size;
	out->journal_failures = s->journal.failures;
	out->used = s->used;
	out->limit = lmdb_store_limit(s);
	out->file_size = s->base.env != NULL ? base_file_size(&s->base) : 0;
	memcpy(out->identity, s->identity, sizeof(s->identity));
}

static void
store_close(struct binding_store *store)
{
	struct lmdb_store *s = lmdb_store_self(store);

	store_abort(store);
	generation_end(s);
	lmdb_store_close_base(s);
	journal_close(&s->journal);
	overlay_close(&s->overlay[0]);
	overlay_close(&s->overlay[1]);
	if (s->dir >= 0)
		close(s->dir);
	free(s);
}

const struct binding_store_ops lmdb_store_ops = {
	.begin = store_begin,
	.commit = store_commit,
	.abort = store_abort,
	.get = store_get,
	.put = store_put,
	.remove = store_remove,
	.walk = lmdb_store_walk,
	.meta_get = store_meta_get,
	.meta_put = store_meta_put,
	.sequence = store_sequence,
	.identity = store_identity,
	.count = store_count,
	.checkpoint = store_checkpoint,
	.stat = store_stat,
	.close = store_close,
};
