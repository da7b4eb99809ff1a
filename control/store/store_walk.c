/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/store_internal.h"

/* Three sources in key order: LMDB, and the lists of what it does not have. */
struct walk {
	struct lmdb_store *store;
	MDB_cursor *cursor;
	int rc; /* of the cursor */
	struct slice key, value;
	const struct overlay *overlay[2];
	uint32_t at[2];
};

static void
move(struct walk *w, MDB_cursor_op op)
{
	MDB_val key = base_val(w->key), data;

	w->rc = mdb_cursor_get(w->cursor, &key, &data, op);
	if (w->rc == MDB_SUCCESS) {
		w->key = base_slice(&key);
		w->value = base_slice(&data);
	}
}

static struct slice
name_at(const struct overlay *o, uint32_t position)
{
	struct change c;

	overlay_entry_change(o, position - 1, &c);
	return c.name;
}

/* The least name of the three; absent at the end. */
static struct slice
least(const struct walk *w)
{
	struct slice name = w->rc == MDB_SUCCESS ? w->key : SLICE_ABSENT;

	for (unsigned int i = 0; i < 2; i++) {
		if (w->overlay[i] == NULL || w->at[i] == OVERLAY_NONE)
			continue;
		if (name.ptr == NULL || overlay_compare(name_at(w->overlay[i], w->at[i]), name) < 0)
			name = name_at(w->overlay[i], w->at[i]);
	}
	return name;
}

/* All that are at `name` go on. `*value` is LMDB's, absent when it has none. */
static void
pass(struct walk *w, struct slice name, struct slice *value)
{
	*value = SLICE_ABSENT;
	for (unsigned int i = 0; i < 2; i++)
		if (w->overlay[i] != NULL && w->at[i] != OVERLAY_NONE &&
		    slice_eq(name_at(w->overlay[i], w->at[i]), name))
			w->at[i] = overlay_after(w->overlay[i], w->at[i]);
	if (w->rc == MDB_SUCCESS && slice_eq(w->key, name)) {
		*value = w->value;
		move(w, MDB_NEXT);
	}
}

/* The value that holds; absent when it was removed. */
static struct slice
newest(const struct walk *w, struct slice name, struct slice value)
{
	struct change c;

	for (unsigned int i = 0; i < 2; i++)
		if (w->overlay[i] != NULL && overlay_find(w->overlay[i], name, false, &c))
			return c.kind == CHANGE_PUT ? c.value : SLICE_ABSENT;
	return value;
}

enum store_error
lmdb_store_walk(struct binding_store *store, struct slice from, unsigned int limit,
		store_visit visit, void *context)
{
	struct lmdb_store *s = lmdb_store_self(store);
	struct walk w = { .store = s, .overlay = { s->active, s->frozen }, .key = from };
	struct slice name, value;

	if (s->reader == NULL)
		return STORE_ERR_IO;
	w.rc = mdb_cursor_open(s->reader, s->base.bindings, &w.cursor);
	if (w.rc != MDB_SUCCESS)
		return base_error(w.rc);
	for (unsigned int i = 0; i < 2; i++)
		if (w.overlay[i] != NULL)
			w.at[i] = overlay_seek(w.overlay[i], from.len > 0 ? from : SLICE(""));
	move(&w, from.len > 0 ? MDB_SET_RANGE : MDB_FIRST);
	while (limit > 0 && (name = least(&w)).ptr != NULL) {
		pass(&w, name, &value);
		value = newest(&w, name, value);
		if (value.ptr == NULL)
			continue;
		limit--;
		if (!visit(name, value, context))
			break;
	}
	mdb_cursor_close(w.cursor);
	return w.rc == MDB_SUCCESS || w.rc == MDB_NOTFOUND ? STORE_OK : base_error(w.rc);
}
