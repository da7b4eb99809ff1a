/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/applier.h"

#include <stdlib.h>

#include <endian.h>

enum {
	STEP = 32768, /* changes of one transaction: at most 128 MiB of pages */
};

/* Where an entry of the overlay belongs. */
struct place {
	uint64_t prefix; /* the first octets that are not common to all */
	uint32_t entry;
};

struct plan {
	const struct overlay *overlay;
	struct place *place;
	uint32_t count;
	size_t skip; /* octets that all names have in common */
};

/* ---- order ---- */

static struct slice
name_of(const struct overlay *o, uint32_t entry)
{
	struct change c;

	overlay_entry_change(o, entry, &c);
	return c.name;
}

static uint64_t
prefix_of(struct slice name, size_t skip)
{
	uint64_t word = 0;
	size_t n = name.len - skip;

	memcpy(&word, name.ptr + skip, n < sizeof(word) ? n : sizeof(word));
	return be64toh(word);
}

static int
by_name(const void *x, const void *y, void *context)
{
	const struct place *a = x, *b = y;

	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	return overlay_compare(name_of(context, a->entry), name_of(context, b->entry));
}

static size_t
common(struct slice a, struct slice b, size_t most)
{
	size_t n = 0;

	most = a.len < most ? a.len : most;
	most = b.len < most ? b.len : most;
	while (n < most && a.ptr[n] == b.ptr[n])
		n++;
	return n;
}

/* Neighbours share LMDB's pages: each page is copied and written once. */
static bool
plan_make(struct plan *p, const struct overlay *o)
{
	struct slice first = SLICE_ABSENT;
	struct change c;

	*p = (struct plan){ .overlay = o, .skip = STORE_NAME_MAX };
	p->place = calloc((size_t)o->count + 1, sizeof(*p->place));
	if (p->place == NULL)
		return false;
	for (uint32_t i = 0; i < o->count; i++) {
		overlay_entry_change(o, i, &c);
		if (c.kind == CHANGE_META)
			continue;
		first = p->count == 0 ? c.name : first;
		p->skip = common(first, c.name, p->skip);
		p->place[p->count++].entry = i;
	}
	for (uint32_t i = 0; i < p->count; i++)
		p->place[i].prefix = prefix_of(name_of(o, p->place[i].entry), p->skip);
	qsort_r(p->place, p->count, sizeof(*p->place), by_name, (void *)(uintptr_t)o);
	return true;
}

/* ---- transactions ---- */

static int
put_change(MDB_cursor *cursor, const struct change *c)
{
	MDB_val key = base_val(c->name), data = base_val(c->value);
	int rc;

	if (c->kind == CHANGE_PUT)
		return mdb_cursor_put(cursor, &key, &data, 0);
	rc = mdb_cursor_get(cursor, &key, &data, MDB_SET);
	if (rc == MDB_SUCCESS)
		rc = mdb_cursor_del(cursor, 0);
	return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

static int
put_bindings(const struct base *b, MDB_txn *txn, const struct plan *p, uint32_t from, uint32_t to)
{
	MDB_cursor *cursor;
	struct change c;
	int rc = mdb_cursor_open(txn, b->bindings, &cursor);

	if (rc != MDB_SUCCESS)
		return rc;
	for (uint32_t i = from; i < to && rc == MDB_SUCCESS; i++) {
		overlay_entry_change(p->overlay, p->place[i].entry, &c);
		rc = put_change(cursor, &c);
	}
	mdb_cursor_close(cursor);
	return rc;
}

static int
put_meta(const struct base *b, MDB_txn *txn, const struct overlay *o)
{
	char text[STORE_META_NAME_MAX + 1];
	int rc = MDB_SUCCESS;
	struct change c;

	for (uint32_t i = 0; i < o->count && rc == MDB_SUCCESS; i++) {
		MDB_val key, data;

		overlay_entry_change(o, i, &c);
		if (c.kind != CHANGE_META || c.name.len > STORE_META_NAME_MAX)
			continue;
		key = base_val(base_meta_name(c.name, text));
		data = base_val(c.value);
		rc = mdb_put(txn, b->meta, &key, &data, 0);
	}
	return rc;
}

static int
put_number(const struct base *b, MDB_txn *txn, const char *name, uint64_t number)
{
	MDB_val key = base_val(slice_str(name)), data = { sizeof(number), &number };

	return mdb_put(txn, b->meta, &key, &data, 0);
}

/* What the last transaction says besides. */
static int
put_end(const struct base *b, MDB_txn *txn, const struct overlay *o)
{
	MDB_val key = base_val(SLICE(BASE_APPLYING));
	int rc = put_meta(b, txn, o);

	if (rc == MDB_SUCCESS)
		rc = put_number(b, txn, BASE_APPLIED, o->sequence);
	if (rc == MDB_SUCCESS)
		rc = mdb_del(txn, b->meta, &key, NULL);
	return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

/* One transaction of the plan. Whoever reads in between sees that it is not the last one. */
static int
apply_step(const struct base *b, const struct plan *p, uint32_t from)
{
	bool last = p->count - from <= STEP;
	MDB_txn *txn;
	int rc = mdb_txn_begin(b->env, NULL, 0, &txn);

	if (rc != MDB_SUCCESS)
		return rc;
	rc = put_bindings(b, txn, p, from, last ? p->count : from + STEP);
	if (rc == MDB_SUCCESS && !last && from == 0)
		rc = put_number(b, txn, BASE_APPLYING, p->overlay->sequence);
	if (rc == MDB_SUCCESS && last)
		rc = put_end(b, txn, p->overlay);
	if (rc == MDB_SUCCESS)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

enum store_error
overlay_apply(const struct base *b, const struct overlay *o, bool *panic)
{
	enum store_error error;
	uint32_t from = 0;
	struct plan p;
	int dead, rc;

	*panic = false;
	if (!plan_make(&p, o))
		return STORE_ERR_FULL;
	mdb_reader_check(b->env, &dead); /* a reader that died would keep its pages for ever */
	do {
		rc = apply_step(b, &p, from);
		from += STEP;
	} while (rc == MDB_SUCCESS && from < p.count);
	free(p.place);
	*panic = rc == MDB_PANIC;
	error = base_error(rc);
	return error == STORE_OK || error == STORE_ERR_FULL ? error : STORE_ERR_IO;
}
