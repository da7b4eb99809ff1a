/* SPDX-License-Identifier: BSD-3-Clause */
/** The registrar through real rings: requests in, answers out, and a store that fails. */
#include "control/registrar_rig.h"
#include "registrar/registrar_internal.h"
#include "registrar/report.h"

static int
set_up(void **state)
{
	return rig_open(state, "{any_user: true, max_aors: 3000}");
}

#define C "Contact: <sip:u@10.0.0.5>\r\n"
#define CASE(name) GTEST_F(Registrar, name, set_up, rig_close)

CASE(accepts)
{
	(void)state;
	send_register(1, "a", 1, C);
	assert_int_equal(messages_run(&messages), 1);
	assert_int_equal(next_status(), 200);
	assert_non_null(strstr(answer, "Contact: <sip:u@10.0.0.5>;expires=3600\r\n"));
	assert_non_null(strstr(answer, "Date: "));
	assert_non_null(strstr(answer, "Via: SIP/2.0/UDP 10.0.0.5:5060;rport=40312;"
				       "received=203.0.113.7;branch=z9hG4bK1\r\n"));
	assert_non_null(strstr(answer, "To: <sip:u1@example.com>;tag="));
	assert_int_equal(next_status(), 0);
	assert_true(in_table(1));
}

/* OB-58, OB-60 */
CASE(lists_all_with_their_parameters)
{
	(void)state;
	send_register(1, "a", 1,
		      "Contact: <sip:x@10.0.0.6>;q=0.5;+sip.instance=\"<urn:x:1>\";a=\"b;c\""
		      "\r\n");
	send_register(1, "b", 1, "Supported: path\r\nPath: <sip:a;lr>, <sip:b;lr>\r\n" C);
	assert_int_equal(messages_run(&messages), 2);
	assert_int_equal(next_status(), 200);
	assert_int_equal(next_status(), 200);
	assert_non_null(strstr(answer,
			       "<sip:x@10.0.0.6>;q=0.5;+sip.instance=\"<urn:x:1>\";a=\"b;c\""
			       ";expires=3600\r\n"));
	assert_non_null(strstr(answer, "<sip:u@10.0.0.5>;expires=3600\r\n"));
	assert_non_null(strstr(answer, "Path: <sip:a;lr>, <sip:b;lr>\r\n"));
}

CASE(one_commit_for_a_batch)
{
	(void)state;
	for (unsigned int i = 0; i < 100; i++)
		send_register(i, "a", 1, C);
	assert_int_equal(messages_run(&messages), 100);
	assert_int_equal(fake.commits, 1);
	for (unsigned int i = 0; i < 100; i++) {
		assert_int_equal(next_status(), 200);
		assert_true(in_table(i));
	}
}

/* All of a batch's worth, and what is behind it with the next one. */
CASE(more_than_one_batch)
{
	(void)state;
	for (unsigned int i = 0; i < REGISTRAR_BATCH + 100; i++)
		send_register(i, "a", 1, C);
	assert_int_equal(messages_run(&messages), REGISTRAR_BATCH);
	assert_int_equal(messages_run(&messages), 100);
	assert_int_equal(fake.commits, 2);
	for (unsigned int i = 0; i < REGISTRAR_BATCH + 100; i++) {
		assert_int_equal(next_status(), 200);
		assert_true(in_table(i));
	}
}

CASE(queries_need_no_commit)
{
	(void)state;
	send_register(1, "a", 1, "");
	assert_int_equal(messages_run(&messages), 1);
	assert_int_equal(next_status(), 200);
	assert_int_equal(fake.commits, 0);
}

/* In order, in one batch: the second sees what the first did. */
CASE(two_of_one_user)
{
	(void)state;
	send_register(1, "a", 1, C);
	send_register(1, "a", 2, "Contact: *\r\nExpires: 0\r\n");
	messages_run(&messages);
	assert_int_equal(next_status(), 200);
	assert_int_equal(next_status(), 200);
	assert_null(strstr(answer, "Contact:"));
	assert_false(in_table(1));
}

static const struct {
	const char *label;
	enum store_error begin, put, commit;
	unsigned int status;
} failures[] = {
	{ "begin", STORE_ERR_IO, STORE_OK, STORE_OK, 500 },
	{ "put, disk", STORE_OK, STORE_ERR_IO, STORE_OK, 500 },
	{ "put, full", STORE_OK, STORE_ERR_FULL, STORE_OK, 503 },
	{ "commit, disk", STORE_OK, STORE_OK, STORE_ERR_IO, 500 },
	{ "commit, full", STORE_OK, STORE_OK, STORE_ERR_FULL, 503 },
};

/* Nothing is acknowledged that is not on disk, in whatever way it failed. */
static void
check_failure(void **state)
{
	const typeof(failures[0]) *r = gtest_row();

	(void)state;
	fake.on_begin = r->begin;
	fake.on_put = r->put;
	fake.on_commit = r->commit;
	send_register(1, "a", 1, C);
	assert_int_equal(messages_run(&messages), 1);
	assert_int_equal(next_status(), r->status);
	assert_non_null(strstr(answer, "\r\nRetry-After: "));
	assert_null(strstr(answer, "Contact:"));
	assert_false(in_table(1));
	/* and when it works again, so do we */
	fake.on_begin = fake.on_put = fake.on_commit = STORE_OK;
	send_register(1, "a", 2, C);
	messages_run(&messages);
	assert_int_equal(next_status(), 200);
	assert_true(in_table(1));
}
GTEST_ROWS_F(Registrar, failures, label, check_failure, set_up, rig_close);

/*
 * Each call of the store's fails once, wherever it is: what was answered with 200 is there, in the
 * store and for callers, also after a restart; what was refused is not; and it expires all the
 * same.
 */
CASE(store_fails_at_each_call)
{
	static const char lines[] = "Contact: <sip:u@10.0.0.5>;+sip.instance=\"<urn:x:1>\"\r\n";

	(void)state;
	for (unsigned int at = 1; at < 8; at++) {
		unsigned int status;

		fake.calls = 0;
		fake.fail_at = at;
		status = register_one(at, "a", 1, lines);
		assert_int_equal(in_table(at), status == 200);
		fake.fail_at = 0;
		rig_restart(NULL);
		assert_int_equal(in_table(at), status == 200);
		assert_int_equal(register_one(at, "a", 2, lines), 200);
		fake.calls = 0;
		fake.fail_at = at;
		status = register_one(at, "a", 3, "Contact: <sip:u@10.0.0.5>;expires=0\r\n");
		assert_int_equal(in_table(at), status != 200);
		fake.fail_at = 0;
		/* once more, be it a copy: now it is gone */
		assert_int_equal(register_one(at, "a", 3,
					      "Contact: <sip:u@10.0.0.5>;expires=0"
					      "\r\n"),
				 200);
		assert_false(in_table(at));
	}
}

CASE(store_fails_while_expiring)
{
	(void)state;
	for (unsigned int at = 1; at < 6; at++) {
		clock_ahead_s = 0;
		rig_restart(NULL);
		assert_int_equal(register_one(at, "a", 1, "Expires: 60\r\n" C), 200);
		clock_ahead_s = 63;
		fake.calls = 0;
		fake.fail_at = at;
		assert_false(registrar_expire(registrar));
		fake.fail_at = 0;
		clock_ahead_s = 70;
		assert_false(registrar_expire(registrar));
		assert_false(in_table(at));
		assert_int_equal(registrar_counters(registrar)->expired, 1);
	}
}

/* One that is refreshed is looked at again when it expires then. */
CASE(refreshed_expires_later)
{
	(void)state;
	assert_int_equal(register_one(1, "a", 1, "Expires: 60\r\n" C), 200);
	clock_ahead_s = 30;
	assert_int_equal(register_one(1, "a", 2, "Expires: 60\r\n" C), 200);
	clock_ahead_s = 63;
	assert_false(registrar_expire(registrar));
	assert_true(in_table(1));
	clock_ahead_s = 93;
	assert_false(registrar_expire(registrar));
	assert_false(in_table(1));
}

/* The clock jumps, and nobody has been away: all stay, until it has been believed for a minute. */
CASE(clock_jumps_ahead)
{
	char text[300];

	(void)state;
	assert_int_equal(register_one(1, "a", 1, "Expires: 60\r\n" C), 200);
	assert_int_equal(register_one(1, "b", 1, "Expires: 60\r\nContact: <sip:b@10.0.0.6>\r\n"),
			 200);
	assert_false(registrar_expire(registrar));
	wall_ahead_s = 86400;
	/* nor does a REGISTER in the meantime remove what others have */
	assert_int_equal(register_one(1, "a", 2, "Expires: 600\r\n" C), 200);
	assert_false(registrar_expire(registrar));
	assert_int_equal(bindings_of(1), 2);
	assert_true(registrar_news(registrar, text, sizeof(text)));
	assert_non_null(strstr(text, "clock jumped by 86400 s"));
	assert_false(registrar_news(registrar, text, sizeof(text)));
	clock_ahead_s = 20;
	wall_ahead_s = 0;
	assert_false(registrar_expire(registrar));
	clock_ahead_s = 79;
	assert_false(registrar_expire(registrar));
	assert_int_equal(bindings_of(1), 2);
	clock_ahead_s = 81;
	assert_false(registrar_expire(registrar));
	assert_int_equal(bindings_of(1), 1);
	assert_int_equal(registrar_counters(registrar)->expired, 1);
}

static uint64_t
updated_of(unsigned int user, const char *contact)
{
	static struct binding_copy copy;
	struct binding b;

	assert_true(find_in_table(slice_str(user_aor(user)), &copy));
	for (unsigned int i = 0; binding_get(&copy, i, &b); i++)
		if (slice_eq(b.contact, slice_str(contact)))
			return b.updated_ms;
	return 0;
}

/* The clock is set back: who registers now is the most recent all the same. */
CASE(clock_jumps_back)
{
	(void)state;
	assert_int_equal(register_one(1, "a", 1, "Contact: <sip:a@10.0.0.5>\r\n"), 200);
	wall_ahead_s = -3600;
	assert_int_equal(register_one(1, "b", 1, "Contact: <sip:b@10.0.0.6>\r\n"), 200);
	assert_true(updated_of(1, "sip:b@10.0.0.6") > updated_of(1, "sip:a@10.0.0.5"));
	assert_int_equal(register_one(1, "a", 2, "Contact: <sip:a@10.0.0.5>\r\n"), 200);
	assert_true(updated_of(1, "sip:a@10.0.0.5") > updated_of(1, "sip:b@10.0.0.6"));
}

/* What is fetched is large, and a batch of it more than the arena takes: nobody is refused. */
CASE(many_large_records)
{
	enum { FETCHES = 700 };
	static char lines[16384];
	size_t n = 0;

	(void)state;
	for (unsigned int i = 0; i < 21; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n,
				      "Contact: <sip:u%u@10.0.0.5;x=%0400u>\r\n", i, i);
	rig_restart("{any_user: true, min_expires: 1, max_contacts: 64}");
	for (unsigned int k = 0; k < 3; k++) {
		for (char *p = lines; (p = strstr(p, "<sip:")) != NULL; p++)
			p[5] = (char)('u' + k);
		assert_int_equal(register_one(1, "a", 1 + k, lines), 200);
	}
	for (unsigned int i = 0; i < FETCHES; i++)
		send_register(1, "f", i + 1, "");
	/* more than the rings hold: those who do not get theirs were not refused */
	while (messages_run(&messages) > 0)
		;
	assert_int_equal(registrar_counters(registrar)->accepted, FETCHES + 3);
	assert_int_equal(registrar_counters(registrar)->refused, 0);
}

/* After a start everything that the table has is entered. */
CASE(expires_after_a_start)
{
	static struct binding_copy copy;

	(void)state;
	assert_int_equal(register_one(1, "a", 1, "Expires: 60\r\n" C), 200);
	rig_restart(NULL);
	while (registrar_step(registrar, 100))
		;
	assert_false(find_in_table(SLICE("sip:nobody@example.com"), &copy)); /* attached anew */
	if (!binding_table_is_complete(&table))
		skip_msg("nobody fills the table in the background");
	assert_int_equal(register_one(2, "a", 1, "Expires: 600\r\n" C), 200);
	clock_ahead_s = 63;
	assert_false(registrar_expire(registrar));
	assert_false(in_table(1));
	assert_true(in_table(2));
}

/* Those who changed nothing themselves, but saw what was not committed after all. */
static const struct {
	const char *label, *call_id;
	unsigned int cseq;
	const char *lines;
} onlookers[] = {
	{ "retransmission", "a", 1, C },
	{ "query", "b", 1, "" },
};

static void
check_onlooker(void **state)
{
	const typeof(onlookers[0]) *r = gtest_row();
	unsigned int status;

	(void)state;
	fake.on_commit = STORE_ERR_IO;
	send_register(1, "a", 1, C);
	send_register(1, r->call_id, r->cseq, r->lines);
	assert_int_equal(messages_run(&messages), 2);
	assert_int_equal(next_status(), 500);
	status = next_status();
	if (status == 200 && strstr(answer, "Contact:") != NULL)
		fail_msg("acknowledged, and not on disk:\n%s", answer);
}
GTEST_ROWS_F(Registrar, onlookers, label, check_onlooker, set_up, rig_close);

/* A request that is refused anyway gets its answer also while the store is away. */
CASE(refusal_without_store)
{
	(void)state;
	fake.on_begin = STORE_ERR_IO;
	send_register(1, "a", 1, "Require: foo\r\n" C);
	assert_int_equal(messages_run(&messages), 1);
	assert_int_not_equal(next_status(), 0);
}

/* More than the table was made for: a larger one takes its place, and all are in it. */
CASE(table_grows)
{
	char lines[1200];
	int n = snprintf(lines, sizeof(lines), "Contact: <sip:u@10.0.0.5;x=");

	(void)state;
	memset(lines + n, 'x', 480);
	snprintf(lines + n + 480, sizeof(lines) - (size_t)n - 480, ">\r\n");
	for (unsigned int i = 0; i < 3000; i++) {
		send_register(i, "a", 1, lines);
		if (i % 100 != 99)
			continue;
		assert_int_equal(messages_run(&messages), 100);
		for (unsigned int k = 0; k < 100; k++)
			assert_int_equal(next_status(), 200);
	}
	for (unsigned int i = 0; i < 3000; i++)
		if (!in_table(i))
			fail_msg("u%u is not in the table", i);
}

/* As large as the store takes, so as large as the table must take: no 200 for an unreachable user.
 */
CASE(answered_is_published)
{
	static char lines[40000];

	(void)state;
	for (size_t room = 1500; room < 1900; room += 8) {
		int n = snprintf(lines, sizeof(lines), "Contact: <sip:u@10.0.0.5;x=");

		memset(lines + n, 'x', room);
		snprintf(lines + (size_t)n + room, sizeof(lines) - (size_t)n - room, ">\r\n");
		send_register((unsigned int)room, "a", 1, lines);
		messages_run(&messages);
		if (next_status() == 200)
			assert_true(in_table((unsigned int)room));
	}
}

/* RFC 3261 §10.3, 480 and not 404: who is listed exists before the first REGISTER, once. */
CASE(listed_users_exist)
{
	static struct binding_copy copy;
	struct slice aor = SLICE("sip:Ann@example.com");

	(void)state;
	rig_restart("{users: [Ann@Example.com]}");
	rig_restart(NULL);
	assert_true(find_in_table(aor, &copy));
	assert_int_equal(copy.record.count, 0);
	assert_false(find_in_table(SLICE("sip:Bob@example.com"), &copy));
}

CASE(no_sip)
{
	struct message_head head = head_from("203.0.113.7", 0);

	(void)state;
	head.length = 7;
	assert_true(message_ring_put(&dataplane.punt[0], &head, "rubbish"));
	assert_int_equal(messages_run(&messages), 1);
	assert_int_equal(next_status(), 0);
}

/* One worker with much to do does not keep another's users waiting. */
CASE(workers_take_turns)
{
	struct message_head head = head_from("203.0.113.7", 0);
	struct slice text;

	(void)state;
	message_rings_detach(&dataplane);
	message_rings_detach(&rings);
	assert_int_equal(message_rings_create(&rings, config->shm_dir, 2, 16384), SEGMENT_OK);
	assert_int_equal(message_rings_attach(&dataplane, config->shm_dir, MESSAGE_DATAPLANE),
			 SEGMENT_OK);
	for (unsigned int i = 0; i < 600; i++)
		send_register(i, "a", 1, C);
	text = register_text("sip:other@example.com", "a", 1, C);
	head.length = (uint32_t)text.len;
	assert_true(message_ring_put(&dataplane.punt[1], &head, text.ptr));
	messages_run(&messages);
	assert_int_equal(message_ring_used(&rings.punt[1]), 0);
}
