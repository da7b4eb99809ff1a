/* SPDX-License-Identifier: BSD-3-Clause */
/** A store in memory that can be told to fail. */
#ifndef TESTS_CONTROL_FAKE_STORE_H
#define TESTS_CONTROL_FAKE_STORE_H

#include <string.h>

#include "lib/table/support.h"
#include "store/binding_store.h"

static struct {
	struct binding_store store;
	char key[4096][64], value[4096][2048];
	size_t value_len[4096];
	unsigned int count, committed;
	enum store_error on_begin, on_put, on_commit;
	unsigned int commits;
	char meta[64];
	size_t meta_len;
} fake;

static enum store_error
fake_begin(struct binding_store *s)
{
	(void)s;
	return fake.on_begin;
}

static void
fake_abort(struct binding_store *s)
{
	(void)s;
	fake.count = fake.committed; /* good enough: the tests that abort only add */
}

static enum store_error
fake_commit(struct binding_store *s)
{
	fake.commits++;
	if (fake.on_commit != STORE_OK)
		fake_abort(s);
	fake.committed = fake.count;
	return fake.on_commit;
}

static int
fake_find(struct slice aor)
{
	for (unsigned int i = 0; i < fake.count; i++)
		if (slice_eq(aor, slice_str(fake.key[i])))
			return (int)i;
	return -1;
}

static enum store_error
fake_get(struct binding_store *s, struct slice aor, struct slice *value)
{
	int i = fake_find(aor);

	(void)s;
	if (i < 0)
		return STORE_ERR_ABSENT;
	*value = slice_of(fake.value[i], fake.value_len[i]);
	return STORE_OK;
}

static enum store_error
fake_put(struct binding_store *s, struct slice aor, struct slice value)
{
	int i = fake_find(aor);

	(void)s;
	if (fake.on_put != STORE_OK)
		return fake.on_put;
	if (i < 0)
		i = (int)fake.count++;
	snprintf(fake.key[i], sizeof(fake.key[i]), "%.*s", SLICE_FMT(aor));
	assert_true(value.len <= sizeof(fake.value[i]));
	memcpy(fake.value[i], value.ptr, value.len);
	fake.value_len[i] = value.len;
	return STORE_OK;
}

static enum store_error
fake_remove(struct binding_store *s, struct slice aor)
{
	(void)s;
	(void)aor;
	return STORE_OK;
}

static enum store_error
fake_meta_get(struct binding_store *s, struct slice name, struct slice *value)
{
	(void)s;
	(void)name;
	if (fake.meta_len == 0)
		return STORE_ERR_ABSENT;
	*value = slice_of(fake.meta, fake.meta_len);
	return STORE_OK;
}

/* Of one name, whatever it is: the registrar has only one. */
static enum store_error
fake_meta_put(struct binding_store *s, struct slice name, struct slice value)
{
	(void)s;
	(void)name;
	if (fake.on_put != STORE_OK)
		return fake.on_put;
	memcpy(fake.meta, value.ptr, value.len);
	fake.meta_len = value.len;
	return STORE_OK;
}

static enum store_error
fake_walk(struct binding_store *s, struct slice from, unsigned int limit, store_visit visit,
	  void *context)
{
	(void)s;
	for (unsigned int i = 0; i < fake.count && limit-- > 0; i++)
		if ((from.len == 0 || strncmp(fake.key[i], from.ptr, from.len) >= 0) &&
		    !visit(slice_str(fake.key[i]),
			   slice_of(fake.value[i], fake.value_len[i]), context))
			break;
	return STORE_OK;
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
};

#endif
