/* SPDX-License-Identifier: BSD-3-Clause */
/** Which AORs exist: those that are listed, those of users, and what goes with one (GR-33). */
#include <jansson.h>

#include "control/registrar_rig.h"
#include "registrar/report.h"

#define C "Contact: <sip:u@10.0.0.5>;" WITH_INSTANCE "\r\n"
#define USERS "{any_user: false}\nusers: {source: file}"

static int
set_up(void **state)
{
	return rig_open(state, USERS);
}
#define CASE(name) GTEST_F(Known, name, set_up, rig_close)

static bool
tell(unsigned int user, bool exists)
{
	return registrar_user_changed(registrar, slice_str(user_aor(user)), exists) &&
	       registrar_flush_users(registrar);
}

CASE(learnt)
{
	static struct binding_copy copy;

	assert_int_equal(register_one(1, "a", 1, C), 404);
	assert_true(tell(1, true));
	assert_true(find_in_table(slice_str(user_aor(1)), &copy)); /* callers get 480 */
	assert_int_equal(register_one(1, "a", 2, C), 200);
	assert_true(tell(1, true)); /* once more is nothing */
	assert_int_equal(bindings_of(1), 1);
	assert_int_equal(register_one(2, "a", 2, C), 404);
	rig_restart(NULL);
	assert_int_equal(register_one(1, "a", 3, C), 200);
}

/* GR-33: nothing of it is left, in the store and for callers, and it does not come back. */
CASE(GR_33_forgotten)
{
	static struct binding_copy copy;
	uint64_t epoch;

	assert_true(tell(1, true) && tell(2, true));
	assert_int_equal(register_one(1, "a", 1, C), 200);
	assert_int_equal(register_one(2, "a", 1, C), 200);
	epoch = epoch_of(1, INSTANCE);
	assert_true(tell(1, false));
	assert_false(find_in_table(slice_str(user_aor(1)), &copy));
	assert_int_equal(bindings_of(2), 1);
	assert_int_equal(register_one(1, "a", 2, C), 404);
	assert_true(tell(1, false)); /* of nobody: nothing */
	assert_true(tell(1, true));
	assert_int_equal(epoch_of(1, INSTANCE), UINT64_MAX);
	assert_int_equal(register_one(1, "a", 3, C), 200);
	assert_int_not_equal(epoch_of(1, INSTANCE), epoch);
	rig_restart(NULL);
	assert_int_equal(bindings_of(1), 1);
}

/* What the wheel still has of one that is forgotten finds nothing. */
CASE(forgotten_and_expired)
{
	assert_true(tell(1, true));
	assert_int_equal(register_one(1, "a", 1, "Expires: 60\r\n" C), 200);
	assert_true(tell(1, false));
	clock_ahead_s = 63;
	assert_false(registrar_expire(registrar));
	assert_int_equal(registrar_counters(registrar)->expired, 0);
}

/* A store that refuses, at any of its calls: said, kept, and done with the next try. */
CASE(refused_by_the_store)
{
	bool done;

	for (int exists = 1; exists >= 0; exists--)
		for (unsigned int at = 1; at < 8; at++) {
			fake.calls = 0;
			fake.fail_at = at;
			assert_true(
				registrar_user_changed(registrar, slice_str(user_aor(at)), exists));
			done = registrar_flush_users(registrar);
			assert_int_equal(done, fake.calls < at);
			fake.fail_at = 0;
			assert_true(registrar_flush_users(registrar));
			assert_int_equal(register_one(at, "a", 1, ""), exists ? 200 : 404);
		}
}

CASE(refused_as_a_whole)
{
	fake.on_commit = STORE_ERR_FULL;
	for (unsigned int i = 0; i < 256; i++)
		assert_true(registrar_user_changed(registrar, slice_str(user_aor(i)), true));
	assert_false(registrar_user_changed(registrar, slice_str(user_aor(256)), true));
	assert_false(registrar_flush_users(registrar));
	fake.on_commit = STORE_OK;
	assert_true(registrar_user_changed(registrar, slice_str(user_aor(256)), true));
	assert_true(registrar_flush_users(registrar));
	for (unsigned int i = 0; i <= 256; i++)
		assert_int_equal(register_one(i, "a", 1, ""), 200);
	assert_int_equal(register_one(257, "a", 1, ""), 404);
}

/* In the order in which it was told. */
CASE(told_twice_in_a_batch)
{
	struct slice aor = slice_str(user_aor(1));

	assert_true(registrar_user_changed(registrar, aor, true));
	assert_true(registrar_user_changed(registrar, aor, false));
	assert_true(registrar_flush_users(registrar));
	assert_int_equal(register_one(1, "a", 1, C), 404);
	assert_true(registrar_user_changed(registrar, aor, false));
	assert_true(registrar_user_changed(registrar, aor, true));
	assert_true(registrar_flush_users(registrar));
	assert_int_equal(register_one(1, "a", 2, C), 200);
}

CASE(nobody_can_have_it)
{
	static char aor[2000];
	unsigned int calls = fake.calls;

	memset(aor, 'x', sizeof(aor));
	assert_true(registrar_user_changed(registrar, slice_of(aor, sizeof(aor)), true));
	assert_true(registrar_user_changed(registrar, SLICE(""), true));
	assert_true(registrar_flush_users(registrar));
	assert_int_equal(fake.calls, calls);
}

/* ---- registrar.users ---- */

/* RFC 3261 §19.1.4: the user part has case, the domain has none. */
static const struct {
	const char *req, *aor;
	unsigned int status;
} listed[] = {
	{ "10.3-5 listed", "sip:Ann@example.com", 200 },
	{ "10.3-5 domain in capitals", "sip:Ann@EXAMPLE.com", 200 },
	{ "10.3-5 escaped", "sip:%41nn@example.com", 200 },
	{ "10.3-5 listed with an escape", "sip:bo@example.com", 200 },
	{ "10.3-5 case of the user", "sip:ann@example.com", 404 },
	{ "10.3-5 another", "sip:Anna@example.com", 404 },
	{ "10.3-5 another port", "sip:Ann@example.com:5070", 404 },
	{ "10.3-5 the last one", "sip:z@example.com", 200 },
};

static void
check_listed(void **state)
{
	const typeof(listed[0]) *r = gtest_row();

	(void)state;
	rig_restart("{any_user: false, users: [Ann@Example.com, \"b%6f@example.com\", "
		    "z@example.com]}");
	send_text(register_text(r->aor, "a", 1, C), "203.0.113.7", 0);
	assert_int_equal(run_one(), r->status);
}
GTEST_ROWS_F(Known, listed, req, check_listed, set_up, rig_close);

CASE(listed_stays_without_the_user)
{
	rig_restart("{any_user: false, users: [u1@example.com]}\nusers: {source: file}");
	assert_int_equal(register_one(1, "a", 1, C), 200);
	assert_true(tell(1, false));
	assert_int_equal(bindings_of(1), 1);
}

/* Who is listed no more is not known by what the store has of him. */
CASE(no_longer_listed)
{
	rig_restart("{any_user: false, users: [u1@example.com]}");
	assert_int_equal(register_one(1, "a", 1, C), 200);
	rig_restart("{any_user: false, users: [u2@example.com]}");
	assert_int_equal(register_one(1, "a", 2, C), 404);
}

CASE(store_without_room_for_the_list)
{
	registrar_close(registrar);
	registrar = NULL;
	load_config("{any_user: false, users: [u1@example.com]}");
	fake.on_put = STORE_ERR_FULL;
	assert_false(rig_start());
	assert_non_null(strstr(message, "registrar.users"));
	fake.on_put = STORE_OK;
	assert_true(rig_start());
}

/* ---- who ceased to exist while nobody looked ---- */

static bool all_loaded;
static uint64_t forces;
static bool (*knows)(unsigned int user);

static bool
say_loaded(void *context)
{
	(void)context;
	return all_loaded;
}

static uint64_t
say_forced(void *context)
{
	(void)context;
	return forces;
}

static bool
say_knows(void *context, struct slice aor)
{
	(void)context;
	return knows((unsigned int)atoi(aor.ptr + sizeof("sip:u") - 1));
}

/* A process that finds `n` users registered by the one before. */
static void
start_with(unsigned int n, bool (*who)(unsigned int user))
{
	const struct registrar_users users = { .loaded = say_loaded,
					       .knows = say_knows,
					       .forced = say_forced };

	for (unsigned int i = 1; i <= n; i++) {
		assert_true(tell(i, true));
		assert_int_equal(register_one(i, "a", 1, C), 200);
	}
	rig_restart(NULL);
	knows = who;
	forces = 0;
	all_loaded = true;
	registrar_set_users(registrar, &users);
	while (registrar_step(registrar, 1000))
		;
}

/* How many are there still, some seconds later. */
static unsigned int
left_after(int64_t seconds, unsigned int n)
{
	unsigned int left = 0;

	steady_ahead_s += seconds;
	for (int i = 0; i < 20; i++)
		registrar_step(registrar, 1000);
	for (unsigned int i = 1; i <= n; i++)
		left += bindings_of(i) > 0;
	return left;
}

static long long
orphans_kept(void)
{
	json_t *report = registrar_report(registrar);
	long long n = json_integer_value(
		json_object_get(json_object_get(report, "registrar"), "orphans_kept"));

	json_decref(report);
	return n;
}

static bool
is_2(unsigned int user)
{
	return user == 2;
}

CASE(GR_33_gone_meanwhile)
{
	start_with(3, is_2);
	all_loaded = false;
	assert_int_equal(left_after(700, 3), 3); /* nobody knows yet who is left */
	all_loaded = true;
	assert_int_equal(left_after(10, 3), 1);
	assert_int_equal(register_one(1, "a", 2, C), 404);
	assert_int_equal(register_one(2, "a", 2, C), 200);
	assert_int_equal(register_one(3, "a", 2, C), 404);
}

/* Users have time to come back. */
CASE(GR_33_gone_meanwhile_for_a_moment)
{
	start_with(3, is_2);
	assert_int_equal(left_after(590, 3), 3);
	assert_int_equal(left_after(11, 3), 1);
}

static bool
is_not_many(unsigned int user)
{
	return user > 11;
}

static bool
is_anybody(unsigned int user)
{
	return user > 0;
}

/* A source without a tenth of its users is one that is being written. */
CASE(GR_33_half_a_source)
{
	start_with(109, is_not_many);
	assert_int_equal(left_after(601, 109), 109);
	assert_int_equal(orphans_kept(), 11);
	assert_int_equal(left_after(601, 109), 109);
	knows = is_anybody;
	assert_int_equal(left_after(601, 109), 109);
	assert_int_equal(orphans_kept(), 0);
}

CASE(GR_33_half_a_source_by_force)
{
	start_with(109, is_not_many);
	assert_int_equal(left_after(601, 109), 109);
	forces = 1;
	assert_int_equal(left_after(0, 109), 98);
	assert_int_equal(orphans_kept(), 0);
}

CASE(GR_33_a_tenth_is_meant)
{
	start_with(110, is_not_many);
	assert_int_equal(left_after(601, 110), 99);
}

/* Names that registrar.users has no more: the same, but nobody comes back to a configuration. */
CASE(GR_33_half_a_list)
{
	const struct registrar_users users = { .forced = say_forced };

	start_with(20, is_anybody);
	rig_restart("{any_user: false, users: [u1@example.com]}");
	registrar_set_users(registrar, &users);
	assert_int_equal(left_after(0, 20), 20);
	assert_int_equal(orphans_kept(), 19);
	forces = 1;
	assert_int_equal(left_after(0, 20), 1);
}
