/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/base.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DATABASES = 4, FREE_DBI = 0, MAIN_DBI = 1, META_PAGES = 2 };

enum store_error
base_error(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return STORE_OK;
	case MDB_NOTFOUND:
		return STORE_ERR_ABSENT;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
		return STORE_ERR_FULL;
	case MDB_BAD_VALSIZE:
		return STORE_ERR_KEY;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_CURSOR_FULL:
		return STORE_ERR_DAMAGED;
	default:
		return rc == ENOSPC || rc == EDQUOT || rc == EFBIG ? STORE_ERR_FULL : STORE_ERR_IO;
	}
}

enum store_error
base_open(struct base *b, const char *path, unsigned int flags, size_t map, char *message,
	  size_t size)
{
	int rc = mdb_env_create(&b->env);

	if (rc == MDB_SUCCESS)
		rc = mdb_env_set_maxdbs(b->env, MAX_DATABASES);
	if (rc == MDB_SUCCESS && map > 0)
		rc = mdb_env_set_mapsize(b->env, map);
	/* transactions belong to nobody's thread: the one that waits is not the one that applies */
	if (rc == MDB_SUCCESS)
		rc = mdb_env_open(b->env, path, flags | MDB_NOTLS, 0600);
	if (rc == MDB_SUCCESS)
		return STORE_OK;
	snprintf(message, size, "%s: %s", path,
		 rc == MDB_INVALID || rc == MDB_CORRUPTED ? "is no binding store, or is damaged"
		 : rc == MDB_VERSION_MISMATCH             ? "of another version of LMDB"
							  : mdb_strerror(rc));
	base_close(b);
	return rc == MDB_INVALID || rc == MDB_CORRUPTED ? STORE_ERR_DAMAGED : STORE_ERR_OPEN;
}

enum store_error
base_open_databases(struct base *b, MDB_txn *txn, unsigned int flags)
{
	int rc = mdb_dbi_open(txn, "bindings", flags, &b->bindings);

	if (rc == MDB_SUCCESS)
		rc = mdb_dbi_open(txn, "meta", flags, &b->meta);
	return base_error(rc);
}

void
base_close(struct base *b)
{
	if (b->env != NULL)
		mdb_env_close(b->env);
	b->env = NULL;
}

enum store_error
base_get(MDB_txn *txn, MDB_dbi dbi, struct slice name, struct slice *value)
{
	MDB_val key = base_val(name), data;
	int rc = mdb_get(txn, dbi, &key, &data);

	if (rc == MDB_SUCCESS)
		*value = base_slice(&data);
	return base_error(rc);
}

enum store_error
base_meta_get(const struct base *b, MDB_txn *txn, const char *name, void *value, size_t size)
{
	struct slice found = SLICE_ABSENT;
	enum store_error error = base_get(txn, b->meta, slice_str(name), &found);

	if (error != STORE_OK)
		return error;
	if (found.len != size)
		return STORE_ERR_ABSENT;
	memcpy(value, found.ptr, size);
	return STORE_OK;
}

enum store_error
base_meta_put(const struct base *b, MDB_txn *txn, const char *name, const void *value, size_t size)
{
	MDB_val key = base_val(slice_str(name)), data = base_val(slice_of(value, size));

	return base_error(mdb_put(txn, b->meta, &key, &data, 0));
}

struct slice
base_meta_name(struct slice name, char out[STORE_META_NAME_MAX + 1])
{
	out[0] = BASE_META_PREFIX[0];
	memcpy(out + 1, name.ptr, name.len);
	return slice_of(out, name.len + 1);
}

uint64_t
base_count(const struct base *b, MDB_txn *txn)
{
	MDB_stat st;

	return mdb_stat(txn, b->bindings, &st) == MDB_SUCCESS ? st.ms_entries : 0;
}

uint64_t
base_used(const struct base *b, MDB_txn *txn)
{
	const MDB_dbi all[] = { FREE_DBI, MAIN_DBI, b->bindings, b->meta };
	uint64_t pages = META_PAGES;
	MDB_stat st = { .ms_psize = 0 };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (mdb_stat(txn, all[i], &st) == MDB_SUCCESS)
			pages += st.ms_branch_pages + st.ms_leaf_pages + st.ms_overflow_pages;
	return pages * st.ms_psize;
}

uint64_t
base_file_size(const struct base *b)
{
	MDB_envinfo info;
	MDB_stat st;

	if (mdb_env_info(b->env, &info) != MDB_SUCCESS || mdb_env_stat(b->env, &st) != MDB_SUCCESS)
		return 0;
	return (uint64_t)(info.me_last_pgno + 1) * st.ms_psize;
}
