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

/* ---- import ---- */

static const struct import_row {
	const char *label, *row, *error; /* NULL: it is taken */
} imports[] = {
	{ "taken",
	  "{\"aor\": \"sip:u1@example.com\", \"bindings\": [{\"contact\": \"sip:u@10.0.0.5\", "
	  "\"instance\": \"urn:x:1\", \"expires_ms\": 4102444800000}]}",
	  NULL },
	{ "other domain",
	  "{\"aor\": \"sip:u1@other.org\", \"bindings\": [{\"contact\": \"sip:u@10.0.0.5\", "
	  "\"expires_ms\": 4102444800000}]}",
	  "row 0: aor: want one of 'domains'" },
	{ "no time",
	  "{\"aor\": \"sip:u1@example.com\", \"bindings\": [{\"contact\": \"sip:u@10.0.0.5\"}]}",
	  "row 0: bindings[0].expires_ms: want milliseconds since 1970" },
	{ "no contact",
	  "{\"aor\": \"sip:u1@example.com\", \"bindings\": [{\"expires_ms\": 4102444800000}]}",
	  "row 0: bindings[0].contact: want a URI" },
	{ "line end in the parameters",
	  "{\"aor\": \"sip:u1@example.com\", \"bindings\": [{\"contact\": \"sip:u@10.0.0.5\", "
	  "\"params\": \"a\\r\\nX: y\", \"expires_ms\": 4102444800000}]}",
	  "row 0: bindings[0].params: want text without line ends" },
};

static void
check_import(void **state)
{
	const struct import_row *r = gtest_row();
	json_t *row = json_loads(r->row, 0, NULL), *request, *said;
	const char *error;

	(void)state;
	assert_non_null(row);
	request = json_pack("{s:[o]}", "rows", row);
	said = registrar_import(registrar, request);
	error = json_string_value(json_object_get(said, "error"));
	if (r->error == NULL)
		assert_null(error);
	else
		assert_string_equal(error, r->error);
	assert_int_equal(bindings_of(1), r->error == NULL);
	json_decref(said);
	json_decref(request);
}
GTEST_ROWS_F(Exchange, imports, label, check_import, set_up, rig_close);
