/* SPDX-License-Identifier: BSD-3-Clause */
/** The registrar through real rings: requests in, answers out, and a store that fails. */
#include "control/fake_store.h"
#include "control/support.h"
#include "messages.h"

static struct registrar *registrar;
static struct messages messages;
static struct message_rings rings, dataplane;
static struct binding_table table;
static char message[256];

static int
set_up(void **state)
{
	if (make_dir(state) != 0 || mkdir(in_dir("t"), 0700) != 0)
		return 1;
	load_config("{any_user: true, max_aors: 3000}");
	memset(&fake, 0, sizeof(fake));
	fake.store.ops = &fake_ops;
	registrar = registrar_open(config, &fake.store, message, sizeof(message));
	messages = (struct messages){ .rings = &rings, .registrar = registrar };
	return registrar == NULL ||
	       message_rings_create(&rings, config->shm_dir, 1, 16384) != SEGMENT_OK ||
	       message_rings_attach(&dataplane, config->shm_dir, MESSAGE_DATAPLANE) != SEGMENT_OK ||
	       binding_table_attach(&table, config->shm_dir) != SEGMENT_OK;
}

static int
tear_down(void **state)
{
	binding_table_detach(&table);
	message_rings_detach(&dataplane);
	message_rings_detach(&rings);
	registrar_close(registrar);
	unlink(in_dir("t/bindings"));
	unlink(in_dir("t/rings"));
	rmdir(in_dir("t"));
	config_free(config);
	config = NULL;
	return remove_dir(state);
}

static void
send_register(unsigned int user, const char *call_id, unsigned int cseq, const char *lines)
{
	struct message_head head = head_from("203.0.113.7", 0);
	char aor[64];
	struct slice text;

	snprintf(aor, sizeof(aor), "sip:u%u@example.com", user);
	text = register_text(aor, call_id, cseq, lines);
	head.length = (uint32_t)text.len;
	assert_true(message_ring_put(&dataplane.punt[0], &head, text.ptr));
}

static char answer[MESSAGE_RING_MESSAGE_MAX + 1];

/* The next answer's status, or 0. */
static unsigned int
next_status(void)
{
	struct message_head head;

	if (!message_ring_get(&dataplane.inject[0], &head, answer))
		return 0;
	answer[head.length] = '\0';
	assert_int_equal(head.to.port, 40312);
	return (unsigned int)atoi(answer + 8);
}

static bool
in_table(unsigned int user)
{
	static struct binding_copy copy;
	struct binding b;
	char aor[64];

	if (segment_replaced(&table.segment)) {
		binding_table_detach(&table);
		assert_int_equal(binding_table_attach(&table, config->shm_dir), SEGMENT_OK);
	}
	snprintf(aor, sizeof(aor), "sip:u%u@example.com", user);
	return binding_find(&table, slice_str(aor), binding_hash(&table, slice_str(aor)), &copy) &&
	       binding_get(&copy, 0, &b);
}

#define C "Contact: <sip:u@10.0.0.5>\r\n"
#define CASE(name) GTEST_F(Registrar, name, set_up, tear_down)

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
	send_register(1, "a", 1, "Contact: <sip:x@10.0.0.6>;q=0.5;+sip.instance=\"<urn:x:1>\";a=\"b;c\""
		      "\r\n");
	send_register(1, "b", 1, "Supported: path\r\nPath: <sip:a;lr>, <sip:b;lr>\r\n" C);
	assert_int_equal(messages_run(&messages), 2);
	assert_int_equal(next_status(), 200);
	assert_int_equal(next_status(), 200);
	assert_non_null(strstr(answer, "<sip:x@10.0.0.6>;q=0.5;+sip.instance=\"<urn:x:1>\";a=\"b;c\""
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
GTEST_ROWS_F(Registrar, failures, label, check_failure, set_up, tear_down);

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
GTEST_ROWS_F(Registrar, onlookers, label, check_onlooker, set_up, tear_down);

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

/* As large as the store takes, so as large as the table must take: no 200 for an unreachable user. */
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
	registrar_close(registrar);
	load_config("{users: [Ann@Example.com]}");
	for (int start = 0; start < 2; start++) {
		registrar = registrar_open(config, &fake.store, message, sizeof(message));
		messages.registrar = registrar;
		assert_non_null(registrar);
		if (start == 0)
			registrar_close(registrar);
	}
	binding_table_detach(&table);
	assert_int_equal(binding_table_attach(&table, config->shm_dir), SEGMENT_OK);
	assert_true(binding_find(&table, aor, binding_hash(&table, aor), &copy));
	assert_int_equal(copy.record.count, 0);
	aor = SLICE("sip:Bob@example.com");
	assert_false(binding_find(&table, aor, binding_hash(&table, aor), &copy));
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
