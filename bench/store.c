/* SPDX-License-Identifier: BSD-3-Clause */
/* Refreshes of registered users at random, durable when a commit returns: our store and, as the
 * peer, LMDB by itself with synced commits of the same batches. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lmdb.h>

#include "bench.h"
#include "store/binding_store.h"
#include "world.h"

enum {
	VALUE = 300, /* octets of one binding with a Path */
	FILL = 4096, /* AORs of one commit when the store is made */
	MAX_MB = 16384,
	RUN_S = 2, /* a generation of changes and a half */
	SIZES = 4,
	WAYS = 2,
};

static const unsigned int batches[SIZES] = { 1, 16, 256, 1024 };

struct target {
	const char *name;
	char dir[64];
	struct binding_store *store; /* ours */
	MDB_env *env;                /* or the peer's */
	MDB_dbi dbi;
	uint64_t random;
	uint32_t bindings;
	struct samples ns[SIZES];
};

static struct target targets[WAYS] = { { .name = "viaduct", .random = 1 },
				       { .name = "lmdb", .random = 1 } };

/* ---- where they are ---- */

static void
remove_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(path);
}

static void
clean_up(void)
{
	for (unsigned int i = 0; i < WAYS; i++)
		if (targets[i].dir[0] != '\0')
			remove_folder(targets[i].dir);
}

/* On the disk that the bench is run from: a file system in memory syncs nothing. */
static void
make_folder(struct target *t)
{
	snprintf(t->dir, sizeof(t->dir), "bench-store-XXXXXX");
	if (mkdtemp(t->dir) == NULL)
		bench_die("store: no folder can be made here: run it where there is room");
}

/* ---- commits ---- */

static void
commit_ours(struct target *t, const uint32_t *user, unsigned int n)
{
	const struct binding_store_ops *ops = t->store->ops;
	char text[WORLD_AOR_MAX], value[VALUE];

	memset(value, (int)(t->random & 0x7f), sizeof(value));
	if (ops->begin(t->store) != STORE_OK)
		bench_die("store: begin");
	for (unsigned int i = 0; i < n; i++)
		if (ops->put(t->store, world_aor(user[i], text), slice_of(value, VALUE)) !=
		    STORE_OK)
			bench_die("store: put");
	if (ops->commit(t->store) != STORE_OK)
		bench_die("store: commit");
}

static void
commit_lmdb(struct target *t, const uint32_t *user, unsigned int n)
{
	char text[WORLD_AOR_MAX], value[VALUE];
	MDB_txn *txn;

	memset(value, (int)(t->random & 0x7f), sizeof(value));
	if (mdb_txn_begin(t->env, NULL, 0, &txn) != 0)
		bench_die("store: mdb_txn_begin");
	for (unsigned int i = 0; i < n; i++) {
		struct slice aor = world_aor(user[i], text);
		MDB_val key = { aor.len, (void *)(uintptr_t)aor.ptr }, data = { VALUE, value };

		if (mdb_put(txn, t->dbi, &key, &data, 0) != 0)
			bench_die("store: mdb_put");
	}
	if (mdb_txn_commit(txn) != 0)
		bench_die("store: mdb_txn_commit");
}

static void
commit(struct target *t, const uint32_t *user, unsigned int n)
{
	if (t->store != NULL)
		commit_ours(t, user, n);
	else
		commit_lmdb(t, user, n);
}

/* ---- the stores ---- */

static void
open_lmdb(struct target *t)
{
	MDB_txn *txn;

	if (mdb_env_create(&t->env) != 0 ||
	    mdb_env_set_mapsize(t->env, (size_t)MAX_MB << 20) != 0 ||
	    mdb_env_open(t->env, t->dir, 0, 0600) != 0 ||
	    mdb_txn_begin(t->env, NULL, 0, &txn) != 0 || mdb_dbi_open(txn, NULL, 0, &t->dbi) != 0 ||
	    mdb_txn_commit(txn) != 0)
		bench_die("store: LMDB cannot be opened in %s", t->dir);
}

static void
open_target(struct target *t, uint32_t bindings)
{
	uint32_t user[FILL];
	char message[256];

	make_folder(t);
	t->bindings = bindings;
	if (t == &targets[0])
		t->store = lmdb_store_open(t->dir, MAX_MB, message, sizeof(message));
	else
		open_lmdb(t);
	if (t->store == NULL && t->env == NULL)
		bench_die("store: %s", message);
	for (uint32_t i = 0; i < bindings;) {
		unsigned int n = 0;

		while (n < FILL && i < bindings)
			user[n++] = i++;
		commit(t, user, n);
	}
}

static void
close_target(struct target *t)
{
	if (t->store != NULL)
		t->store->ops->close(t->store);
	if (t->env != NULL)
		mdb_env_close(t->env);
}

/* Commits for some time, as the clock on the wall has it: to wait for the disk counts. */
static double
time_commits(struct target *t, unsigned int batch)
{
	uint64_t begin = wall_ns(), ns, done = 0;
	uint32_t user[FILL];

	do {
		for (unsigned int i = 0; i < batch; i++)
			user[i] = (uint32_t)(random_next(&t->random) % t->bindings);
		commit(t, user, batch);
		done += batch;
		ns = wall_ns() - begin;
	} while (ns < RUN_S * UINT64_C(1000000000));
	return (double)ns / (double)done;
}

static void
report_target(struct target *t)
{
	char metric[40];

	for (unsigned int i = 0; i < SIZES; i++) {
		snprintf(metric, sizeof(metric), "%s.commit_%u", t->name, batches[i]);
		report_rate("store", metric, "updates/s", 1e9, &t->ns[i]);
	}
}

static int
run(const struct bench_options *options)
{
	atexit(clean_up);
	for (unsigned int i = 0; i < WAYS; i++)
		open_target(&targets[i], options->bindings);
	for (unsigned int r = 0; r < options->runs; r++)
		for (unsigned int i = 0; i < WAYS; i++)
			for (unsigned int k = 0; k < SIZES; k++)
				samples_add(&targets[i].ns[k],
					    time_commits(&targets[i], batches[k]));
	for (unsigned int i = 0; i < WAYS; i++) {
		report_target(&targets[i]);
		close_target(&targets[i]);
	}
	return 0;
}

const struct bench store_bench = {
	"store",
	"durable refreshes of --bindings users at random, beside LMDB by itself",
	true,
	run,
};
