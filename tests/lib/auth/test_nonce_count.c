/* SPDX-License-Identifier: BSD-3-Clause */
#include "auth/nonce_count.h"
#include "lib/auth/support.h"

enum { NOW = 1800000000, LIFETIME = 300, ROWS = 7, SETS_MAX = 4, SET = 512 };

static _Alignas(64) uint8_t memory[SETS_MAX * SET];

/* One set, so that everything meets. */
static struct nonce_counts
one_set(void)
{
	struct nonce_counts t;

	assert_int_equal(nonce_counts_size(ROWS), SET);
	memset(memory, 0xa5, sizeof(memory));
	nonce_counts_init(&t, memory, ROWS, LIFETIME);
	return t;
}

static struct nonce_id
made(uint64_t name, uint32_t created_s)
{
	return (struct nonce_id){ name, created_s, false };
}

/* ---- one nonce ---- */

struct step {
	uint32_t nc;
	uint64_t request;
	enum nonce_count_verdict want;
};

static const struct steps_row {
	const char *label;
	struct step step[12]; /* up to a request of 0 */
} steps[] = {
	{ "RFC7616-3.4-grows",
	  { { 1, 1, NC_FRESH }, { 2, 2, NC_FRESH }, { 3, 3, NC_FRESH }, { 4, 4, NC_FRESH } } },
	{ "RFC7616-3.4-same-twice", { { 1, 1, NC_FRESH }, { 1, 2, NC_REPLAYED } } },
	{ "RFC7616-3.4-replay-of-an-earlier-one",
	  { { 1, 1, NC_FRESH },
	    { 2, 2, NC_FRESH },
	    { 1, 3, NC_REPLAYED },
	    { 2, 3, NC_REPLAYED } } },
	{ "RFC3261-17.1.2-copy",
	  { { 1, 1, NC_FRESH },
	    { 1, 1, NC_SAME_REQUEST },
	    { 1, 1, NC_SAME_REQUEST },
	    { 2, 1, NC_FRESH },
	    { 1, 1, NC_SAME_REQUEST },
	    { 2, 1, NC_SAME_REQUEST } } },
	{ "replay-does-not-displace-the-copy",
	  { { 1, 1, NC_FRESH }, { 1, 2, NC_REPLAYED }, { 1, 1, NC_SAME_REQUEST } } },
	{ "copy-behind-five-others",
	  { { 1, 1, NC_FRESH },
	    { 2, 2, NC_FRESH },
	    { 3, 3, NC_FRESH },
	    { 4, 4, NC_FRESH },
	    { 5, 5, NC_FRESH },
	    { 6, 6, NC_FRESH },
	    { 1, 1, NC_SAME_REQUEST },
	    { 7, 7, NC_FRESH },
	    { 1, 1, NC_REPLAYED },
	    { 2, 2, NC_SAME_REQUEST } } },
	{ "overtaken",
	  { { 1, 1, NC_FRESH },
	    { 4, 4, NC_FRESH },
	    { 3, 3, NC_FRESH },
	    { 2, 2, NC_FRESH },
	    { 3, 5, NC_REPLAYED },
	    { 2, 2, NC_SAME_REQUEST } } },
	{ "overtaken-the-first",
	  { { 5, 5, NC_FRESH }, { 1, 1, NC_FRESH }, { 1, 2, NC_REPLAYED } } },
	{ "window-last", { { 33, 1, NC_FRESH }, { 2, 2, NC_FRESH }, { 2, 3, NC_REPLAYED } } },
	{ "window-behind", { { 33, 1, NC_FRESH }, { 1, 2, NC_REPLAYED } } },
	{ "window-moves-by-31",
	  { { 1, 1, NC_FRESH }, { 32, 2, NC_FRESH }, { 1, 3, NC_REPLAYED }, { 2, 4, NC_FRESH } } },
	{ "window-moves-by-32",
	  { { 1, 1, NC_FRESH }, { 33, 2, NC_FRESH }, { 1, 3, NC_REPLAYED }, { 2, 4, NC_FRESH } } },
	{ "window-moves-past-two",
	  { { 1, 1, NC_FRESH }, { 2, 2, NC_FRESH }, { 34, 3, NC_FRESH }, { 33, 4, NC_FRESH } } },
	{ "window-moves-by-much",
	  { { 1, 1, NC_FRESH },
	    { 1000, 2, NC_FRESH },
	    { 999, 3, NC_FRESH },
	    { 968, 4, NC_REPLAYED },
	    { 969, 5, NC_FRESH } } },
	{ "begins-anywhere", { { 77, 1, NC_FRESH }, { 77, 2, NC_REPLAYED }, { 78, 3, NC_FRESH } } },
	{ "begins-with-0", { { 0, 1, NC_FRESH }, { 0, 2, NC_REPLAYED }, { 1, 3, NC_FRESH } } },
	{ "greatest",
	  { { UINT32_MAX, 1, NC_FRESH },
	    { UINT32_MAX, 2, NC_REPLAYED },
	    { UINT32_MAX - 1, 3, NC_FRESH },
	    { 0, 4, NC_REPLAYED } } },
	{ "one-to-greatest",
	  { { 1, 1, NC_FRESH }, { UINT32_MAX, 2, NC_FRESH }, { 2, 3, NC_REPLAYED } } },
};

static void
check_steps(void **state)
{
	const struct steps_row *r = *state;
	struct nonce_counts t = one_set();
	struct nonce_id id = made(42, NOW);

	for (const struct step *s = r->step; s < r->step + 12 && s->request != 0; s++)
		assert_int_equal(nonce_count_take(&t, &id, s->nc, NOW, s->request), s->want);
}
GTEST_ROWS(NonceCount, steps, label, check_steps);

/* Against a list of all that was taken: nothing twice, and nothing inside the window refused. */
GTEST(NonceCount, as_a_list_has_it)
{
	enum { MOST = 400, TRIES = 20000 };
	struct nonce_counts t = one_set();
	struct nonce_id id = made(1, NOW);
	bool taken[MOST + 1] = { false };
	uint64_t seed = 1;
	uint32_t greatest = 0;

	for (unsigned int i = 0; i < TRIES; i++) {
		uint32_t back = greatest + 3 < 40 ? greatest + 4 : 40;
		uint32_t nc = greatest + 3 - random_below(&seed, back);
		bool old, got;

		if (nc > MOST)
			break;
		old = taken[nc] || (greatest > nc && greatest - nc >= NONCE_COUNT_WINDOW);
		got = nonce_count_take(&t, &id, nc, NOW, i + 1) == NC_FRESH;
		assert_int_equal(got, !old);
		taken[nc] = true;
		if (nc > greatest)
			greatest = nc;
	}
	assert_true(greatest > MOST - 5);
}

/* ---- several ---- */

GTEST(NonceCount, nonces_do_not_meddle)
{
	struct nonce_counts t = one_set();

	for (uint32_t nc = 1; nc < 100; nc++)
		for (uint64_t name = 1; name <= ROWS; name++) {
			struct nonce_id id = made(name, NOW);

			assert_int_equal(nonce_count_take(&t, &id, nc, NOW, name), NC_FRESH);
			assert_int_equal(nonce_count_take(&t, &id, nc, NOW, name), NC_SAME_REQUEST);
			assert_int_equal(nonce_count_take(&t, &id, nc, NOW, name + 1), NC_REPLAYED);
		}
}

/* Names 1 to 7, made a second apart, each used once when it was made. */
static void
fill(struct nonce_counts *t)
{
	for (uint32_t i = 1; i <= ROWS; i++) {
		struct nonce_id id = made(i, NOW + i);

		assert_int_equal(nonce_count_take(t, &id, 1, NOW + i, i), NC_FRESH);
	}
}

/* The one that was not used for longest gives way, and none of its counts is ever good again. */
GTEST(NonceCount, evicted_is_not_replayed)
{
	struct nonce_counts t = one_set();
	struct nonce_id first = made(1, NOW + 1), second = made(2, NOW + 2),
			newcomer = made(8, NOW + 10);

	fill(&t);
	/* used again, so that the second has to go */
	assert_int_equal(nonce_count_take(&t, &first, 2, NOW + 9, 1), NC_FRESH);
	assert_int_equal(nonce_count_take(&t, &newcomer, 1, NOW + 10, 1), NC_FRESH);
	for (uint32_t nc = 0; nc < 100; nc++) {
		assert_int_equal(nonce_count_take(&t, &second, nc, NOW + 10, nc), NC_STALE);
		assert_int_equal(nonce_count_take(&t, &second, nc, NOW - 86400, nc), NC_STALE);
	}
	assert_int_equal(nonce_count_take(&t, &first, 1, NOW + 10, 2), NC_REPLAYED);
	assert_int_equal(nonce_count_take(&t, &first, 3, NOW + 10, 2), NC_FRESH);
	for (uint32_t i = 3; i <= ROWS; i++) {
		struct nonce_id id = made(i, NOW + i);

		assert_int_equal(nonce_count_take(&t, &id, 1, NOW + 10, 99), NC_REPLAYED);
		assert_int_equal(nonce_count_take(&t, &id, 2, NOW + 10, 99), NC_FRESH);
	}
}

/* Nobody knows which of those made before the evicted one were used. */
GTEST(NonceCount, as_old_as_the_evicted_is_stale)
{
	struct nonce_counts t = one_set();
	struct nonce_id newcomer = made(8, NOW + 10), as_old = made(9, NOW + 1),
			older = made(10, NOW), younger = made(11, NOW + 2);

	fill(&t);
	assert_int_equal(nonce_count_take(&t, &newcomer, 1, NOW + 10, 1), NC_FRESH);
	assert_int_equal(nonce_count_take(&t, &as_old, 1, NOW + 10, 1), NC_STALE);
	assert_int_equal(nonce_count_take(&t, &older, 1, NOW + 10, 1), NC_STALE);
	assert_int_equal(nonce_count_take(&t, &younger, 1, NOW + 10, 1), NC_FRESH);
}

/* What has expired goes first, though it was used a moment ago; the oldest of it. */
GTEST(NonceCount, expired_gives_way_first)
{
	struct nonce_counts t = one_set();
	uint32_t late = NOW + LIFETIME + 4; /* of the seven two have expired, clocks considered */
	struct nonce_id first = made(1, NOW + 1), second = made(2, NOW + 2),
			third = made(3, NOW + 3), a = made(8, late), b = made(9, late),
			c = made(10, late);

	fill(&t);
	assert_int_equal(nonce_count_take(&t, &second, 2, late, 1), NC_FRESH);
	assert_int_equal(nonce_count_take(&t, &first, 2, late, 1), NC_FRESH);
	assert_int_equal(nonce_count_take(&t, &a, 1, late, 1), NC_FRESH);
	assert_int_equal(nonce_count_take(&t, &first, 3, late, 1), NC_STALE);
	assert_int_equal(nonce_count_take(&t, &second, 3, late, 1), NC_FRESH);
	assert_int_equal(nonce_count_take(&t, &b, 1, late, 1), NC_FRESH);
	assert_int_equal(nonce_count_take(&t, &second, 4, late, 1), NC_STALE);
	/* nothing has expired now: the one that was taken longest ago */
	assert_int_equal(nonce_count_take(&t, &c, 1, late, 1), NC_FRESH);
	assert_int_equal(nonce_count_take(&t, &third, 2, late, 1), NC_STALE);
	/* nor does a thread that was held up and has an older time bring one of them back */
	assert_int_equal(nonce_count_take(&t, &first, 1, NOW, 1), NC_STALE);
	assert_int_equal(nonce_count_take(&t, &second, 1, NOW, 1), NC_STALE);
}

/* Whatever comes in whatever order: of each nonce each count is good once. */
GTEST(NonceCount, nothing_twice_in_a_crowd)
{
	enum { NONCES = 200, COUNTS = 8, TRIES = 200000 };
	static bool taken[NONCES][COUNTS];
	struct nonce_counts t = one_set();
	uint64_t seed = 7;
	unsigned int fresh = 0;

	memset(taken, 0, sizeof(taken));
	for (unsigned int i = 0; i < TRIES; i++) {
		uint32_t now = NOW + i / 1000;
		unsigned int n = random_below(&seed, NONCES), nc = random_below(&seed, COUNTS);
		struct nonce_id id = made(n + 1, NOW + n);

		if (id.created_s > now ||
		    nonce_count_take(&t, &id, nc, now, next_random(&seed)) != NC_FRESH)
			continue;
		assert_false(taken[n][nc]);
		taken[n][nc] = true;
		fresh++;
	}
	assert_true(fresh > NONCES);
}

/* ---- size ---- */

static const struct size_row {
	const char *label;
	uint32_t rows;
	size_t sets;
} sizes[] = {
	{ "0", 0, 1 },
	{ "1", 1, 1 },
	{ "7", 7, 1 },
	{ "8", 8, 2 },
	{ "14", 14, 2 },
	{ "15", 15, 4 },
	{ "ten-million", 10000000, 2097152 },
};

static void
check_size(void **state)
{
	const struct size_row *r = *state;

	assert_int_equal(nonce_counts_size(r->rows), r->sets * SET);
}
GTEST_ROWS(NonceCount, sizes, label, check_size);

GTEST(NonceCount, sets_are_apart)
{
	struct nonce_counts t;

	memset(memory, 0xa5, sizeof(memory));
	nonce_counts_init(&t, memory, 8, LIFETIME);
	for (uint64_t name = 1; name <= 14; name++) {
		struct nonce_id id = made(name, NOW);

		nonce_count_prefetch(&t, name);
		assert_int_equal(nonce_count_take(&t, &id, 1, NOW, 1), NC_FRESH);
	}
	for (uint64_t name = 1; name <= 14; name++) {
		struct nonce_id id = made(name, NOW);

		assert_int_equal(nonce_count_take(&t, &id, 1, NOW, 2), NC_REPLAYED);
	}
	/* nothing was written behind the two */
	for (size_t i = 2 * SET; i < sizeof(memory); i++)
		assert_int_equal(memory[i], 0xa5);
}
