/* SPDX-License-Identifier: BSD-3-Clause */
/** A store in memory that can be told to fail. */
#ifndef TESTS_CONTROL_FAKE_STORE_H
#define TESTS_CONTROL_FAKE_STORE_H

#include <string.h>

#include "lib/table/support.h"
#include "store/overlay.h"

/* What a name stands for; length 0: it is not there. */
struct fake_row {
	char key[600];
	char *value;
	size_t len;
};

/* What a row had before the present transaction. */
struct fake_undo {
	unsigned int row;
	char *value;
	size_t len;
};

static struct {
	struct binding_store store;
	struct fake_row row[4096];
	struct fake_undo undo[4096];
	unsigned int count, undos;
	enum store_error on_begin, on_get, on_put, on_commit;
	unsigned int commits;
	unsigned int calls, fail_at; /* of them, this one fails; 0: none */
} fake;

/* The next call's error: that of its kind, or that of its turn. */
static inline enum store_error
fake_error(enum store_error of_kind)
{
	fake.calls++;
	return of_kind == STORE_OK && fake.calls == fake.fail_at ? STORE_ERR_IO : of_kind;
}

static enum store_error
fake_begin(struct binding_store *s)
{
	(void)s;
	assert_int_equal(fake.undos, 0);
	return fake_error(fake.on_begin);
}

static void
fake_abort(struct binding_store *s)
{
	(void)s;
	while (fake.undos > 0) {
		struct fake_undo *u = &fake.undo[--fake.undos];

		free(fake.row[u->row].value);
		fake.row[u->row].value = u->value;
		fake.row[u->row].len = u->len;
	}
}

static enum store_error
fake_commit(struct binding_store *s)
{
	enum store_error error = fake_error(fake.on_commit);

	fake.commits++;
	if (error != STORE_OK)
		fake_abort(s);
	while (fake.undos > 0)
		free(fake.undo[--fake.undos].value);
	return error;
}

static inline int
fake_find(struct slice key)
{
	for (unsigned int i = 0; i < fake.count; i++)
		if (slice_eq(key, slice_str(fake.row[i].key)))
			return (int)i;
	return -1;
}

static enum store_error
fake_read(struct slice key, struct slice *value)
{
	int i = fake_find(key);
	enum store_error error = fake_error(fake.on_get);

	if (error != STORE_OK)
		return error;
	if (i < 0 || fake.row[i].len == 0)
		return STORE_ERR_ABSENT;
	*value = slice_of(fake.row[i].value, fake.row[i].len);
	return STORE_OK;
}

/* Length 0 removes. */
static enum store_error
fake_write(struct slice key, struct slice value)
{
	enum store_error error = fake_error(fake.on_put);
	int i = fake_find(key);
	struct fake_row *row;

	if (error != STORE_OK)
		return error;
	if (i < 0)
		i = (int)fake.count++;
	assert_true(fake.count < 4096 && fake.undos < 4096 && key.len < sizeof(row->key));
	row = &fake.row[i];
	snprintf(row->key, sizeof(row->key), "%.*s", SLICE_FMT(key));
	fake.undo[fake.undos++] = (struct fake_undo){ (unsigned int)i, row->value, row->len };
	row->value = value.len > 0 ? memcpy(malloc(value.len), value.ptr, value.len) : NULL;
	row->len = value.len;
	return STORE_OK;
}

static enum store_error
fake_get(struct binding_store *s, struct slice aor, struct slice *value)
{
	(void)s;
	return fake_read(aor, value);
}

static enum store_error
fake_put(struct binding_store *s, struct slice aor, struct slice value)
{
	(void)s;
	return fake_write(aor, value);
}

static enum store_error
fake_remove(struct binding_store *s, struct slice aor)
{
	(void)s;
	return fake_write(aor, SLICE_ABSENT);
}

/* Names have no ':', as all AORs have. */
static enum store_error
fake_meta_get(struct binding_store *s, struct slice name, struct slice *value)
{
	(void)s;
	return fake_read(name, value);
}

static enum store_error
fake_meta_put(struct binding_store *s, struct slice name, struct slice value)
{
	(void)s;
	return fake_write(name, value);
}

static enum store_error
fake_walk(struct binding_store *s, struct slice from, unsigned int limit, store_visit visit,
	  void *context)
{
	(void)s;
	for (unsigned int i = 0; i < fake.count && limit > 0; i++) {
		const struct fake_row *row = &fake.row[i];

		if (row->len == 0 || strchr(row->key, ':') == NULL ||
		    (from.len > 0 && overlay_compare(slice_str(row->key), from) < 0))
			continue;
		limit--;
		if (!visit(slice_str(row->key), slice_of(row->value, row->len), context))
			break;
	}
	return STORE_OK;
}

static void
fake_stat(struct binding_store *s, struct store_stat *out)
{
	(void)s;
	*out = (struct store_stat){ .aors = fake.count };
}

static void
fake_close(struct binding_store *s)
{
	(void)s;
}

static const struct binding_store_ops fake_ops = {
	.begin = fake_begin,
	.commit = fake_commit,
	.abort = fake_abort,
	.get = fake_get,
	.put = fake_put,
	.remove = fake_remove,
	.meta_get = fake_meta_get,
	.meta_put = fake_meta_put,
	.walk = fake_walk,
	.close = fake_close,
	.stat = fake_stat,
};

/** Empty, and at your service. */
static inline void
fake_reset(void)
{
	fake_abort(&fake.store);
	for (unsigned int i = 0; i < fake.count; i++)
		free(fake.row[i].value);
	memset(fake.row, 0, fake.count * sizeof(fake.row[0]));
	fake.count = fake.commits = fake.calls = fake.fail_at = 0;
	fake.on_begin = fake.on_get = fake.on_put = fake.on_commit = STORE_OK;
	fake.store.ops = &fake_ops;
}

#endif
