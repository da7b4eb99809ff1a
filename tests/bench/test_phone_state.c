/* SPDX-License-Identifier: BSD-3-Clause */
/** A phone's timers: RFC 3261 §17.1.2.2, RFC 5626 §4.4.2 and §4.5, RFC 5389 §7.2.1. */
#include <string.h>

#include "gtest.h"
#include "phone_state.h"

enum { BEGIN_MS = 1000000 };

static struct phone_policy policy;
static struct phone phone;

static void
begin(uint32_t ping_ms, double backoff)
{
	policy = (struct phone_policy){ ping_ms, backoff, 12345 };
	phone = (struct phone){ .due_ms = PHONE_NEVER };
	assert_int_equal(phone_register(&phone, BEGIN_MS), PHONE_REGISTER);
}

/** Let the timer come, and say what it was for; `at_ms` counts from the begin. */
static enum phone_act
next(uint64_t at_ms)
{
	assert_int_equal(phone.due_ms - BEGIN_MS, at_ms);
	return phone_expired(&phone, &policy, phone.due_ms);
}

static bool
answer(uint16_t status, uint64_t at_ms)
{
	const struct phone_response response = { .status = status };

	return phone_answered(&phone, &policy, &response, BEGIN_MS + at_ms);
}

GTEST(Phone, RFC3261_17_1_2_2_timers_E_and_F)
{
	const uint64_t again[] = {
		500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500
	};

	begin(0, 1);
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		assert_int_equal(next(again[i]), PHONE_REGISTER_AGAIN);
	assert_int_equal(next(32000), PHONE_NOTHING);
	assert_int_equal(phone.state, PHONE_WAITING);
	assert_int_equal(phone.cseq, 1);
	assert_int_equal(phone_expired(&phone, &policy, phone.due_ms), PHONE_REGISTER);
	assert_int_equal(phone.cseq, 2);
}

GTEST(Phone, RFC3261_17_1_2_2_proceeding)
{
	begin(0, 1);
	assert_true(answer(100, 20));
	assert_int_equal(next(500), PHONE_REGISTER_AGAIN);
	assert_int_equal(next(4500), PHONE_REGISTER_AGAIN);
	assert_true(answer(200, 4600));
	assert_int_equal(phone.state, PHONE_REGISTERED);
	assert_int_equal(phone.due_ms, PHONE_NEVER);
	assert_false(answer(200, 4700));
}

static const struct retry_row {
	const char *label;
	uint32_t seconds;
} retry_rows[] = {
	{ "0", 0 },
	{ "1", 1 },
	{ "30", 30 },
	{ "largest", UINT32_MAX },
};

static void
retry_after(void **state)
{
	const struct retry_row *row = *state;
	const struct phone_response response = { 503, true, row->seconds };

	begin(0, 0);
	assert_true(phone_answered(&phone, &policy, &response, BEGIN_MS + 7));
	assert_int_equal(phone.state, PHONE_WAITING);
	assert_int_equal(phone.failures, 0);
	assert_int_equal(next(7 + (uint64_t)row->seconds * 1000), PHONE_REGISTER);
}
GTEST_ROWS(PhoneRetryAfter, retry_rows, label, retry_after);

static const struct backoff_row {
	const char *label;
	unsigned int failures;
	double scale;
	uint64_t least_ms, most_ms;
} backoff_rows[] = {
	{ "RFC5626-A-1", 1, 1, 30000, 60000 },
	{ "RFC5626-A-2", 2, 1, 60000, 120000 },
	{ "RFC5626-A-3", 3, 1, 120000, 240000 },
	{ "RFC5626-A-6", 6, 1, 900000, 1800000 },
	{ "RFC5626-A-200", 200, 1, 900000, 1800000 },
	{ "scaled", 1, 0.1, 3000, 6000 },
	{ "none", 1, 0, 0, 0 },
};

static void
backoff(void **state)
{
	const struct backoff_row *row = *state;
	uint64_t least = UINT64_MAX, most = 0;

	for (unsigned int run = 0; run < 200; run++) {
		uint64_t waits_ms = 0;

		begin(0, row->scale);
		policy.random += run;
		for (unsigned int i = 0; i < row->failures; i++) {
			if (i > 0)
				phone_expired(&phone, &policy, phone.due_ms);
			assert_true(answer(500, 0));
			waits_ms = phone.due_ms - BEGIN_MS;
		}
		assert_in_range(waits_ms, row->least_ms, row->most_ms);
		least = waits_ms < least ? waits_ms : least;
		most = waits_ms > most ? waits_ms : most;
	}
	assert_true(most - least >= (row->most_ms - row->least_ms) / 4);
}
GTEST_ROWS(PhoneBackoff, backoff_rows, label, backoff);

GTEST(Phone, RFC5626_4_5_success_forgets_failures)
{
	begin(0, 1);
	assert_true(answer(500, 10));
	phone_expired(&phone, &policy, phone.due_ms);
	assert_int_equal(phone.failures, 1);
	assert_true(phone_answered(&phone, &policy, &(struct phone_response){ .status = 204 },
				   phone.due_ms));
	assert_int_equal(phone.failures, 0);
}

/** Registered 10 ms after the begin; the time of the first keepalive, from the begin. */
static uint64_t
first_ping(void)
{
	begin(25000, 1);
	assert_true(answer(200, 10));
	assert_in_range(phone.due_ms, BEGIN_MS + 10 + 20000, BEGIN_MS + 10 + 25000);
	return phone.due_ms - BEGIN_MS;
}

GTEST(Phone, RFC5389_7_2_1_unanswered_keepalive)
{
	const uint64_t again[] = { 0, 500, 1500, 3500, 7500, 15500, 31500 };
	uint64_t from = first_ping();

	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		assert_int_equal(next(from + again[i]), PHONE_PING);
	assert_int_equal(phone.ping, 1);
	assert_int_equal(next(from + 39500), PHONE_REGISTER);
	assert_int_equal(phone.cseq, 2);
}

GTEST(Phone, RFC5626_4_4_2_changed_address)
{
	struct flow_address first = { .family = 4, .ip = { 203, 0, 113, 9 }, .port = 40000 };
	struct flow_address second = first;
	uint64_t from = first_ping();

	second.port = 40001;
	assert_int_equal(next(from), PHONE_PING);
	assert_int_equal(phone_pong(&phone, &policy, &first, phone.due_ms), PHONE_NOTHING);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(phone_expired(&phone, &policy, phone.due_ms), PHONE_PING);
		assert_int_equal(phone_pong(&phone, &policy, &first, phone.due_ms), PHONE_NOTHING);
		assert_int_equal(phone.state, PHONE_REGISTERED);
	}
	/* one that was asked for by nobody changes nothing */
	assert_int_equal(phone_pong(&phone, &policy, &second, phone.due_ms), PHONE_NOTHING);
	assert_int_equal(phone_expired(&phone, &policy, phone.due_ms), PHONE_PING);
	assert_int_equal(phone.ping, 4);
	assert_int_equal(phone_pong(&phone, &policy, &second, phone.due_ms), PHONE_REGISTER);
	assert_int_equal(phone.state, PHONE_TRYING);
}
