/* SPDX-License-Identifier: BSD-3-Clause */
/** Transactions at random beside a table that is right by being simple. */
#include "control/store_support.h"

enum { USERS = 300, TRANSACTIONS = 4000, VALUE_MAX = 3000 };

/* What each user has: a length and an octet; -1: nothing. */
struct model {
	int length[USERS];
	char octet[USERS];
	unsigned int counter; /* a meta value */
};

static struct model committed, staged;
static uint64_t seed;

static unsigned int
draw(unsigned int below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned int)(seed >> 33) % below;
}

static struct slice
value_of(int length, char octet)
{
	static char value[VALUE_MAX];

	memset(value, octet, sizeof(value));
	return slice_of(value, (size_t)length);
}

static void
change_one(struct binding_store *s)
{
	unsigned int n = draw(USERS);

	if (draw(4) == 0) {
		assert_int_equal(drop(s, n), staged.length[n] >= 0 ? STORE_OK : STORE_ERR_ABSENT);
		staged.length[n] = -1;
	} else {
		staged.length[n] = (int)draw(draw(20) == 0 ? VALUE_MAX : 400);
		staged.octet[n] = (char)draw(128);
		assert_int_equal(put(s, n, value_of(staged.length[n], staged.octet[n])), STORE_OK);
	}
}

static void
see_one(struct binding_store *s, unsigned int n)
{
	struct slice got;
	enum store_error error = get(s, n, &got);

	if (staged.length[n] < 0)
		assert_int_equal(error, STORE_ERR_ABSENT);
	else if (error != STORE_OK || !slice_eq(got, value_of(staged.length[n], staged.octet[n])))
		fail_msg("user %u is not what was put", n);
}

struct look {
	unsigned int next;
};

static bool
look(struct slice aor, struct slice value, void *context)
{
	struct look *l = context;

	while (l->next < USERS && staged.length[l->next] < 0)
		l->next++;
	if (l->next == USERS || !slice_eq(aor, key_of(l->next)) ||
	    !slice_eq(value, value_of(staged.length[l->next], staged.octet[l->next])))
		fail_msg("'%.*s' is not what follows", SLICE_FMT(aor));
	l->next++;
	return true;
}

static void
see_all(struct binding_store *s)
{
	struct look l = { .next = draw(2) * draw(USERS) };
	struct slice got;
	uint64_t count = 0;

	assert_int_equal(
		s->ops->walk(s, l.next > 0 ? key_of(l.next) : SLICE_ABSENT, UINT32_MAX, look, &l),
		STORE_OK);
	while (l.next < USERS)
		assert_true(staged.length[l.next++] < 0);
	for (unsigned int i = 0; i < USERS; i++)
		count += staged.length[i] >= 0;
	assert_int_equal(s->ops->count(s), count);
	if (s->ops->meta_get(s, SLICE("counter"), &got) == STORE_OK)
		assert_memory_equal(got.ptr, &staged.counter, sizeof(staged.counter));
	else
		assert_int_equal(staged.counter, 0);
}

static void
one_transaction(struct binding_store *s)
{
	unsigned int changes = draw(draw(10) == 0 ? 100 : 6);

	begin(s);
	for (unsigned int i = 0; i < changes; i++) {
		if (draw(2) == 0)
			see_one(s, draw(USERS));
		change_one(s);
	}
	if (draw(4) == 0) {
		staged.counter++;
		assert_int_equal(s->ops->meta_put(s, SLICE("counter"),
						  slice_of((const char *)&staged.counter,
							   sizeof(staged.counter))),
				 STORE_OK);
	}
	see_one(s, draw(USERS));
	if (draw(20) == 0)
		see_all(s);
	if (draw(5) == 0) {
		s->ops->abort(s);
		staged = committed;
	} else {
		commit(s);
		committed = staged;
	}
}

static void
run_model(unsigned int transactions)
{
	struct binding_store *s;

	for (unsigned int i = 0; i < USERS; i++)
		committed.length[i] = -1;
	committed.counter = 0;
	staged = committed;
	s = open_store();
	for (unsigned int i = 0; i < transactions; i++) {
		one_transaction(s);
		if (draw(200) == 0)
			s->ops->checkpoint(s);
		if (draw(400) == 0) {
			s->ops->close(s);
			s = open_store();
		}
	}
	begin(s);
	see_all(s);
	s->ops->close(s);
}

/* How generations come about: by age, by checkpoints, by their octets, by their number. */
static const struct row {
	const char *label;
	unsigned int apply_ms;
	size_t pending_max;
} rows[] = {
	{ "by-age", 1, 0 },
	{ "by-size", 3600000, 0 },
	{ "by-number", 3600000, 50 },
};

static void
check(void **state)
{
	const struct row *r = gtest_row();

	(void)state;
	seed = 20261122;
	store_options.apply_ms = r->apply_ms;
	store_options.pending_max = r->pending_max;
	run_model(TRANSACTIONS * stress_scale());
}
GTEST_ROWS_F(StoreModel, rows, label, check, make_store_dir, remove_store_dir);
