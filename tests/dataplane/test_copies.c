/* SPDX-License-Identifier: BSD-3-Clause */
/** Copies of what was let through are let through (RFC 3261 16.11, RC-39), and nothing else is. */
#include "admitted.h"
#include "guard_cases.h"

static const struct copy_row {
	const char *label, *method, *config;
	enum stats_counter passed, refused;
	bool other_to; /* whom another To makes another request of */
} copied[] = {
	{ "INVITE", "INVITE", engine_wide, STATS_forwarded_requests, STATS_request_limit, false },
	{ "INVITE of a source", "INVITE", source_requests, STATS_forwarded_requests,
	  STATS_invite_limit, false },
	{ "INVITE of an AOR", "INVITE", aor_requests, STATS_forwarded_requests, STATS_invite_limit,
	  false },
	{ "MESSAGE", "MESSAGE", engine_wide, STATS_forwarded_requests, STATS_request_limit, false },
	{ "REGISTER", "REGISTER", engine_wide, STATS_punted, STATS_register_limit, true },
	{ "REGISTER of a source", "REGISTER", source_requests, STATS_punted, STATS_register_limit,
	  true },
};

/* The first copy, and then all tokens that were left. */
static struct slice
admit(const struct copy_row *r)
{
	struct slice sip;

	open_guard(r->config);
	rig_send(request(r->method, "u", "<" BOB ">", "same"), STRANGER, EDGE);
	assert_int_equal(rig.out.counter[r->passed], 1);
	sip = request(r->method, "u", "<" BOB ">", "");
	assert_int_equal(let_through(sip, STRANGER, 30, r->refused), 9);
	return request(r->method, "u", "<" BOB ">", "same");
}

static void
replace(struct slice sip, const char *what, const char *by)
{
	char *at = memmem(sip.ptr, sip.len, what, strlen(what));

	assert_non_null(at);
	memcpy(at, by, strlen(by));
}

/* Copies are treated alike: what was let through is not refused while it rings. */
static void
check_copies(void **state)
{
	const struct copy_row *r = *state;
	struct slice sip = admit(r);

	for (int i = 0; i < 10; i++) {
		rig_send(sip, STRANGER, EDGE);
		assert_int_equal(rig.out.counter[r->passed], 1);
	}
	/* and what was refused is refused */
	sip = request(r->method, "u", "<" BOB ">", "late");
	for (int i = 0; i < 2; i++) {
		rig_send(sip, STRANGER, EDGE);
		assert_int_equal(rig.out.counter[r->refused], 1);
	}
}
GTEST_ROWS_F(Copies, copied, label, check_copies, NULL, close_rings);

/* A request that is another one does not pass by having the branch of one that was let through. */
static void
check_no_copies(void **state)
{
	static const char *const differs[][2] = {
		{ "c1@203", "c2@203" },
		{ "CSeq: 1", "CSeq: 2" },
		{ "00000000same", "00000000Same" },
		{ "203.0.113.7:40312;b", "203.0.113.7:40313;b" },
	};
	const struct copy_row *r = *state;
	struct slice sip = admit(r);

	for (size_t i = 0; i < RTE_DIM(differs); i++) {
		replace(sip, differs[i][0], differs[i][1]);
		rig_send(sip, STRANGER, EDGE);
		assert_int_equal(rig.out.counter[r->refused], 1);
		replace(sip, differs[i][1], differs[i][0]);
	}
	replace(sip, r->other_to ? "To: <sip:bob" : " sip:bob",
		r->other_to ? "To: <sip:eve" : " sip:eve");
	rig_send(sip, STRANGER, EDGE);
	assert_int_equal(rig.out.counter[r->refused], 1);
}
GTEST_ROWS_F(CopiesOther, copied, label, check_no_copies, NULL, close_rings);

GTEST_F(Copies, not_for_ever, NULL, close_rings)
{
	struct slice sip = admit(&copied[0]);

	rig_wait(0);
	rig.worker->mono_ms += 39000;
	rig_send(sip, STRANGER, EDGE);
	assert_int_equal(rig.out.counter[STATS_forwarded_requests], 1);
	rig.worker->mono_ms += 3000;
	rig_send(sip, STRANGER, EDGE);
	assert_int_equal(rig.out.counter[STATS_request_limit], 1);
}

/* Nobody sends a request more than eleven times. */
GTEST_F(Copies, not_without_end, NULL, close_rings)
{
	struct slice sip = admit(&copied[0]);
	unsigned int passed = 0;

	for (unsigned int i = 0; i < 100; i++) {
		rig_send(sip, STRANGER, EDGE);
		passed += rig.out.counter[STATS_forwarded_requests] == 1;
	}
	assert_in_range(passed, 11, 20);
}

/* 1024 rows: the last 1000 requests are nearly all known, those long before are not. */
GTEST_F(Copies, the_oldest_makes_room, NULL, close_rings)
{
	const struct via_admitted *a;
	unsigned int known = 0;

	open_guard(none);
	a = &rig.worker->guard.admitted;
	for (uint64_t i = 1; i <= 100000; i++)
		via_admitted_put(&rig.worker->guard.admitted, i * UINT64_C(0x9e3779b97f4a7c15),
				 i * 10);
	for (uint64_t i = 99501; i <= 100000; i++)
		known += via_admitted_has(a, i * UINT64_C(0x9e3779b97f4a7c15), 1000000);
	assert_in_range(known, 450, 500);
	for (uint64_t i = 1; i <= 90000; i++)
		assert_false(via_admitted_has(a, i * UINT64_C(0x9e3779b97f4a7c15), 1000000));
}

static const struct drain_row {
	const char *label, *method, *config;
	enum stats_counter passed;
	enum orders_state order;
} drains[] = {
	{ "RC-39 INVITE", "INVITE", none, STATS_forwarded_requests, ORDERS_DRAINING },
	{ "RC-39 INVITE under limits", "INVITE", engine_wide, STATS_forwarded_requests,
	  ORDERS_DRAINING },
	{ "RC-39 MESSAGE", "MESSAGE", none, STATS_forwarded_requests, ORDERS_DRAINING },
	{ "RC-39 REGISTER", "REGISTER", none, STATS_punted, ORDERS_DRAINING },
	{ "RC-39 closed", "INVITE", none, STATS_forwarded_requests, ORDERS_CLOSED },
};

/* What a branch was forwarded of gets neither 305 nor 503. */
static void
check_drain(void **state)
{
	const struct drain_row *r = *state;

	open_guard(r->config);
	rig_send(request(r->method, "u", "<" BOB ">", "same"), STRANGER, EDGE);
	assert_int_equal(rig.out.counter[r->passed], 1);
	rig_order(r->order, "<sip:ep2.example.com;lr>");
	rig_send(request(r->method, "u", "<" BOB ">", "same"), STRANGER, EDGE);
	assert_int_equal(rig.out.counter[r->passed], 1);
	assert_int_equal(rig.out.counter[STATS_drained], 0);
	rig_send(request(r->method, "u", "<" BOB ">", "late"), STRANGER, EDGE);
	assert_int_equal(rig.out.counter[STATS_drained], 1);
	rig_order(ORDERS_OPEN, "");
}
GTEST_ROWS_F(CopiesDrain, drains, label, check_drain, NULL, close_rings);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
