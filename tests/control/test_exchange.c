/* SPDX-License-Identifier: BSD-3-Clause */
/** Bindings out of a registrar: all of them, whatever is damaged. */
#include <jansson.h>

#include "control/registrar_rig.h"
#include "registrar/exchange.h"

#define C "Contact: <sip:u@10.0.0.5>\r\n"

static int
set_up(void **state)
{
	return rig_open(state, "{any_user: true}");
}
#define CASE(name) GTEST_F(Exchange, name, set_up, rig_close)

/* A value that is none, under this key. */
static void
damage(const char *key)
{
	assert_int_equal(fake_begin(&fake.store), STORE_OK);
	assert_int_equal(fake_write(slice_str(key), SLICE("none")), STORE_OK);
	assert_int_equal(fake_commit(&fake.store), STORE_OK);
}

/* Ask until there is no more; how many rows there were, and how many that are damaged. */
static void
export_all(int limit, size_t *rows, long long *damaged)
{
	json_t *request = json_pack("{s:i}", "limit", limit), *said, *next;

	*rows = 0;
	*damaged = 0;
	for (int i = 0; i < 20; i++) {
		said = registrar_export(registrar, request);
		assert_true(json_is_true(json_object_get(said, "ok")));
		*rows += json_array_size(json_object_get(said, "rows"));
		*damaged += json_integer_value(json_object_get(said, "damaged"));
		next = json_object_get(said, "next");
		if (next != NULL)
			json_object_set(request, "from", next);
		json_decref(said);
		if (next == NULL)
			break;
	}
	json_decref(request);
}

/* Which of nine AORs are damaged, and how many are asked for at once. */
static const struct {
	const char *req, *which;
	int limit;
} rows[] = {
	{ "none", "", 0 },
	{ "none, one by one", "", 1 },
	{ "one in the middle of an answer", "2", 3 },
	{ "the last of an answer", "3", 3 },
	{ "the first of an answer", "4", 3 },
	{ "a whole answer", "456", 3 },
	{ "one by one", "159", 1 },
	{ "the last one", "9", 3 },
	{ "all", "123456789", 2 },
};

static void
check_rows(void **state)
{
	const typeof(rows[0]) *r = gtest_row();
	long long damaged;
	size_t good;

	(void)state;
	for (unsigned int i = 1; i <= 9; i++) {
		if (strchr(r->which, (int)('0' + i)) != NULL)
			damage(user_aor(i));
		else
			assert_int_equal(register_one(i, "a", 1, C), 200);
	}
	export_all(r->limit, &good, &damaged);
	assert_int_equal(damaged, strlen(r->which));
	assert_int_equal(good, 9 - strlen(r->which));
}
GTEST_ROWS_F(Exchange, rows, req, check_rows, set_up, rig_close);

/* A key that is no text, and one that is too long for an AOR, are gone past. */
CASE(damaged_keys)
{
	static char key[512];
	long long damaged;
	size_t good;

	assert_int_equal(register_one(1, "a", 1, C), 200);
	damage("sip:u2\xff@x");
	memset(key, 'x', 511);
	memcpy(key, "sip:u3", 6);
	damage(key);
	assert_int_equal(register_one(4, "a", 1, C), 200);
	export_all(1, &good, &damaged);
	assert_int_equal(good, 2);
	assert_int_equal(damaged, 2);
}

CASE(from_that_is_none)
{
	json_t *request = json_pack("{s:s}", "from", "sip:a@x");
	json_t *said = registrar_export(registrar, request);

	assert_false(json_is_true(json_object_get(said, "ok")));
	json_decref(said);
	json_decref(request);
}
