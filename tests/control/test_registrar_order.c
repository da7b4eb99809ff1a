/* SPDX-License-Identifier: BSD-3-Clause */
/** REGISTERs that come late, twice, together, or too many at once (RFC 3261 §10.3 step 7). */
#include "control/registrar_rig.h"
#include "registrar/registrar_internal.h"

#define AT(n) "Contact: <sip:u@10.0.0." n ">\r\n"
#define GONE(n) "Contact: <sip:u@10.0.0." n ">;expires=0\r\n"

static int
set_up(void **state)
{
	return rig_open(state, "{any_user: true, min_expires: 1, max_aors: 100}");
}
#define CASE(name) GTEST_F(RegistrarOrder, name, set_up, rig_close)

/* Two requests of user 1 in the order in which they come; a binding of 10.0.0.1 may be there. */
static const struct {
	const char *req;
	bool bound;
	const char *first_id;
	unsigned int first;
	const char *first_lines, *second_id;
	unsigned int second;
	const char *second_lines;
	unsigned int status, left;
} pairs[] = {
	{ "10.3-7 late behind a removal", true, "a", 12, GONE("1"), "a", 11, AT("1"), 500, 0 },
	{ "10.3-7 late behind a star", true, "a", 12, STAR, "a", 11, AT("2"), 500, 0 },
	{ "10.3-7 late behind a removal of nothing", false, "a", 12, GONE("1"), "a", 11, AT("1"),
	  500, 0 },
	{ "10.3-7 a removal late behind another", true, "a", 12, GONE("9"), "a", 11, GONE("1"), 500,
	  1 },
	{ "10.3-7 in order", true, "a", 12, STAR, "a", 13, AT("1"), 200, 1 },
	{ "10.3-7 other Call-ID", true, "a", 12, STAR, "b", 1, AT("1"), 200, 1 },
	{ "10.3-7 a query is never late", true, "a", 12, STAR, "a", 11, "", 200, 0 },
	{ "10.3-7 copy of a removal", true, "a", 12, GONE("1"), "a", 12, GONE("1"), 200, 0 },
	{ "10.3-7 copy of a star", true, "a", 12, STAR, "a", 12, STAR, 200, 0 },
	{ "10.3-7 copy of a move", true, "a", 12, GONE("1") AT("2"), "a", 12, GONE("1") AT("2"),
	  200, 1 },
	{ "10.3-7 both ways, same contact", true, "a", 12, GONE("1") AT("1"), "a", 12,
	  GONE("1") AT("1"), 200, 1 },
	{ "10.3-7 late behind a refresh", true, "a", 12, AT("1"), "a", 11, AT("1"), 500, 1 },
	{ "10.3-7 removal late behind a refresh", true, "a", 12, AT("1"), "a", 11, GONE("1"), 500,
	  1 },
};

static void
check_pair(const typeof(pairs[0]) *r, bool one_batch)
{
	if (r->bound)
		assert_int_equal(register_one(1, "a", 10, AT("1")), 200);
	send_register(1, r->first_id, r->first, r->first_lines);
	if (!one_batch)
		messages_run(&messages);
	send_register(1, r->second_id, r->second, r->second_lines);
	messages_run(&messages);
	assert_int_equal(next_status(), 200);
	assert_int_equal(next_status(), r->status);
	assert_int_equal(bindings_of(1), r->left);
}

static void
check_apart(void **state)
{
	(void)state;
	check_pair(gtest_row(), false);
}
GTEST_ROWS_F(RegistrarOrder, pairs, req, check_apart, set_up, rig_close);

static void
check_together(void **state)
{
	(void)state;
	check_pair(gtest_row(), true);
}
GTEST_ROWS_F(RegistrarOrderInABatch, pairs, req, check_together, set_up, rig_close);

/* A copy of a removal takes nothing away that somebody else has brought meanwhile. */
CASE(copy_of_a_star_behind_another_device)
{
	assert_int_equal(register_one(1, "a", 10, AT("1")), 200);
	assert_int_equal(register_one(1, "a", 11, STAR), 200);
	assert_int_equal(register_one(1, "b", 1, AT("1") AT("2")), 200);
	assert_int_equal(register_one(1, "a", 11, STAR), 200);
	assert_int_equal(bindings_of(1), 2);
	assert_true(answer_has("<sip:u@10.0.0.1>"));
}

/* A removal that the store refused has not been. */
CASE(removal_that_failed)
{
	assert_int_equal(register_one(1, "a", 10, AT("1")), 200);
	fake.on_commit = STORE_ERR_IO;
	assert_int_equal(register_one(1, "a", 12, STAR), 500);
	fake.on_commit = STORE_OK;
	assert_int_equal(bindings_of(1), 1);
	assert_int_equal(register_one(1, "a", 11, AT("2")), 200);
	assert_int_equal(register_one(1, "a", 12, STAR), 200);
	assert_int_equal(bindings_of(1), 0);
}

/* ---- max_aors ---- */

CASE(max_aors)
{
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(register_one(i, "a", 1, AT("1")), 200);
	assert_int_equal(register_one(100, "a", 1, AT("1")), 503);
	assert_true(answer_has("\r\nRetry-After: "));
	/* who is there stays, and who asks is told */
	assert_int_equal(register_one(5, "a", 2, AT("1")), 200);
	assert_int_equal(register_one(100, "a", 2, ""), 200);
	assert_int_equal(register_one(100, "a", 3, GONE("1")), 200);
	/* one that goes makes room: nobody listed it */
	assert_int_equal(register_one(5, "a", 3, STAR), 200);
	assert_int_equal(register_one(100, "a", 4, AT("1")), 200);
}

/* Not one more, be it in one transaction; the same AOR twice counts once. */
CASE(max_aors_in_a_batch)
{
	unsigned int taken = 0, status;

	for (unsigned int i = 0; i < 300; i++)
		send_register(i / 2, "a", i + 1, AT("1"));
	messages_run(&messages);
	while ((status = next_status()) != 0)
		taken += status == 200;
	assert_int_equal(taken, 200);
	assert_true(in_table(99));
	assert_false(in_table(100));
}

/* ---- more than fits ---- */

/* What a hostile client may send: an answer each, and nothing kept. */
static void
send_many(unsigned int contacts, const char *parameter)
{
	static char lines[65536];
	size_t n = (size_t)snprintf(lines, sizeof(lines), "m:");

	for (unsigned int i = 0; i < contacts && n + 64 < sizeof(lines); i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, "%ssip:%u%s", i > 0 ? "," : "",
				      i, parameter);
	snprintf(lines + n, sizeof(lines) - n, "\r\n");
	send_register(1, "a", 1, lines);
}

CASE(thousands_of_contacts)
{
	send_many(5000, "");
	assert_int_equal(run_one(), 403);
	send_many(3000, ";expires=0");
	assert_int_equal(run_one(), 403);
	assert_int_equal(bindings_of(1), 0);
	assert_int_equal(fake.commits, 0);
}

/* Header fields that the answer has to carry may leave no room for anything else. */
CASE(no_room_for_an_answer)
{
	static char lines[65536];
	size_t n = 0;

	while (n < 64000)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n,
				      "Via: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK%040zu\r\n", n);
	snprintf(lines + n, sizeof(lines) - n, AT("1"));
	send_register(1, "a", 1, lines);
	messages_run(&messages);
	assert_in_range(next_status(), 0, 500);
	assert_int_equal(register_one(2, "a", 1, AT("1")), 200);
}
