/* SPDX-License-Identifier: BSD-3-Clause */
/** The registrar's thread and the one that takes changes to LMDB: for ThreadSanitizer, above all.
 */
#include "control/store_support.h"

enum { USERS = 3000, COMMITS = 400, BATCH = 64 };

static uint32_t now[USERS]; /* 0: nothing */

static bool
look(struct slice aor, struct slice value, void *context)
{
	unsigned int *next = context, n = (unsigned int)atoi(aor.ptr + 4);

	while (*next < n)
		assert_int_equal(now[(*next)++], 0);
	assert_int_equal(value.len, sizeof(now[n]) + n % 500);
	assert_memory_equal(value.ptr, &now[n], sizeof(now[n]));
	(*next)++;
	return true;
}

static void
commit_batch(struct binding_store *s, uint32_t number, uint64_t *seed)
{
	static char value[512];

	begin(s);
	for (unsigned int i = 0; i < BATCH; i++) {
		unsigned int n =
			(unsigned int)((*seed = *seed * 6364136223846793005u + 1) >> 33) % USERS;
		enum store_error error;

		if (number % 7 == 0) {
			error = drop(s, n);
			assert_int_equal(error, now[n] != 0 ? STORE_OK : STORE_ERR_ABSENT);
			now[n] = 0;
		} else {
			now[n] = number;
			memcpy(value, &number, sizeof(number));
			error = put(s, n, slice_of(value, sizeof(number) + n % 500));
			assert_int_equal(error, STORE_OK);
		}
	}
	commit(s);
}

/* Reads, walks and commits while generation after generation goes to LMDB. */
GTEST_F(StoreStress, generations, make_store_dir, remove_store_dir)
{
	unsigned int next = 0;
	struct binding_store *s;
	uint64_t seed = 1;

	store_options.apply_ms = 1;
	store_options.wait_ms = 60000;
	store_options.pending_max = 1000;
	s = open_store();
	for (uint32_t i = 1; i <= COMMITS * stress_scale(); i++) {
		commit_batch(s, i, &seed);
		if (i % 16 != 0)
			continue;
		begin(s);
		next = 0;
		assert_int_equal(s->ops->walk(s, SLICE_ABSENT, UINT32_MAX, look, &next), STORE_OK);
		s->ops->abort(s);
	}
	catch_up(s);
	assert_true(stat_of(s).generations > 10);
	s->ops->close(s);
	s = open_store();
	begin(s);
	next = 0;
	assert_int_equal(s->ops->walk(s, SLICE_ABSENT, UINT32_MAX, look, &next), STORE_OK);
	s->ops->close(s);
}
