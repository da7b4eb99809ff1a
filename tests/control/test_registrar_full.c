/* SPDX-License-Identifier: BSD-3-Clause */
/** Shared memory that is full: who is there stays, who is not gets 503, and nothing is lost. */
#include <sched.h>

#include "control/registrar_rig.h"
#include "registrar/registrar_internal.h"
#include "table/keys.h"
#include "table/routes.h"

/* More than there is room for, in an order that is that of their names. */
enum { FIRST = 1000, USERS = 1200, BATCH = 100 };

static bool may_mount;
static unsigned int status_of[USERS];

static int
set_up(void **state)
{
	static bool tried;

	if (!tried)
		may_mount = unshare(CLONE_NEWNS) == 0 &&
			    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	tried = true;
	rig_room = may_mount ? "size=14m" : NULL;
	return rig_open(state, "{any_user: true, min_expires: 1, max_contacts: 20}");
}

#define CASE(name) GTEST_F(RegistrarFull, name, set_up, rig_close)

#define NEEDS_MOUNT                                                                                \
	if (!may_mount)                                                                            \
	skip_msg("only root may mount")

/* `count` contacts of so many octets. */
static const char *
contacts(unsigned int count, int octets, char fill)
{
	static char lines[16384];
	char text[1024];
	size_t n = (size_t)snprintf(lines, sizeof(lines), "Expires: 600\r\n");

	assert_in_range(octets, 1, 1000);
	memset(text, fill, (size_t)octets);
	for (unsigned int i = 0; i < count; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n,
				      "Contact: <sip:u%02u@10.0.0.5;x=%.*s>\r\n", i, octets, text);
	return lines;
}

/* All users with ten contacts. Returns how many were accepted. */
static unsigned int
register_all(void)
{
	unsigned int accepted = 0;

	for (unsigned int i = 0; i < USERS; i += BATCH) {
		for (unsigned int k = i; k < i + BATCH; k++)
			send_register(FIRST + k, "a", 1, contacts(10, 410, 'x'));
		assert_int_equal(messages_run(&messages), BATCH);
		for (unsigned int k = i; k < i + BATCH; k++) {
			status_of[k] = next_status();
			accepted += status_of[k] == 200;
			if (status_of[k] != 200)
				assert_int_equal(status_of[k], 503);
			assert_true(status_of[k] == 200 || answer_has("\r\nRetry-After: "));
		}
		registrar_step(registrar, 1000);
	}
	return accepted;
}

static bool
in_store(unsigned int user)
{
	int i = fake_find(slice_str(user_aor(user)));

	return i >= 0 && fake.row[i].len > 0;
}

static void
check_all(void)
{
	for (unsigned int i = 0; i < USERS; i++) {
		bool there = status_of[i] == 200;

		if (in_store(FIRST + i) != there || bindings_of(FIRST + i) != (there ? 10 : 0))
			fail_msg("u%u: %u, store %d, table %u", FIRST + i, status_of[i],
				 in_store(FIRST + i), bindings_of(FIRST + i));
	}
}

/* The review's attack: 1,200 REGISTERs of ten contacts each. */
CASE(what_is_refused_is_nowhere)
{
	NEEDS_MOUNT;
	assert_in_range(register_all(), 300, USERS - 1);
	check_all();
	assert_true(publisher_is_full(registrar_publisher(registrar)));
	assert_true(binding_table_is_complete(&table));
	assert_int_equal(registrar_counters(registrar)->store_errors, 0);
}

/* What else is published finds room, and so does a control that starts again. */
CASE(everything_else_goes_on)
{
	struct routes_local local = { .bits = 24 };
	unsigned int accepted;

	NEEDS_MOUNT;
	accepted = register_all();
	binding_table_detach(&table);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(routes_publish(config->shm_dir,
						&(struct routes_content){ .locals = &local,
									  .local_count = 1 }),
				 SEGMENT_OK);
		assert_int_equal(keyring_rotate_gruu(&ring), KEYRING_OK);
		assert_int_equal(keys_publish(config->shm_dir, &ring), SEGMENT_OK);
		rig_restart(NULL);
	}
	assert_int_equal(binding_table_attach(&table, config->shm_dir), SEGMENT_OK);
	/* this store has no identity: each time its table was made anew beside the one before */
	for (unsigned int i = 0; i < 30; i++, steady_ahead_s++)
		registrar_step(registrar, 10000);
	assert_in_range(accepted, 300, USERS - 1);
	check_all();
	assert_int_equal(register_one(FIRST, "a", 2, contacts(10, 410, 'y')), 200);
}

/* Refreshes, of the same size, other ones, and larger ones. */
CASE(who_is_there_stays)
{
	unsigned int kept = 0, refused = 0;

	NEEDS_MOUNT;
	register_all();
	for (unsigned int i = 0; i < USERS; i++) {
		if (status_of[i] != 200)
			continue;
		assert_int_equal(register_one(FIRST + i, "a", 2, contacts(10, 410, 'x')), 200);
		assert_int_equal(bindings_of(FIRST + i), 10);
		assert_int_equal(register_one(FIRST + i, "a", 3, STAR), 200);
		assert_int_equal(bindings_of(FIRST + i), 0);
		/* readers of what was there are done in a second */
		steady_ahead_s += 2;
		assert_int_equal(register_one(FIRST + i, "b", 1, contacts(1, 100, 'z')), 200);
		assert_int_equal(bindings_of(FIRST + i), 1);
		if (++kept == 20)
			break;
	}
	for (unsigned int i = kept; i < USERS; i++) {
		unsigned int first, second;

		if (status_of[i] != 200)
			continue;
		/* two of one batch: what the second finds is what the first was told */
		send_register(FIRST + i, "b", 1, contacts(9, 450, 'y'));
		send_register(FIRST + i, "a", 2, contacts(10, 410, 'x'));
		messages_run(&messages);
		first = next_status();
		second = next_status();
		assert_true(first == 200 || first == 503);
		assert_true(second == 200 || (first == 200 && second == 503));
		assert_int_equal(bindings_of(FIRST + i), first == 200 ? 19 : 10);
		refused += first == 503;
	}
	assert_in_range(refused, 100, USERS);
}

/* A store that has more than there is room for: what is known of it, and what becomes of it. */
CASE(a_store_larger_than_the_table)
{
	static struct message_head head;
	unsigned int outside = 0, answers = 0;
	char text[600];

	NEEDS_MOUNT;
	rig_room = "size=80m";
	assert_true(rig_mount(MS_REMOUNT));
	assert_int_equal(register_all(), USERS);
	registrar_close(registrar);
	binding_table_detach(&table);
	unlink(in_dir("t/bindings"));
	rig_room = "size=14m";
	assert_true(rig_mount(MS_REMOUNT));
	assert_true(rig_start());
	assert_int_equal(binding_table_attach(&table, config->shm_dir), SEGMENT_OK);
	for (unsigned int i = 0; i < 200; i++)
		registrar_step(registrar, 10000);
	for (unsigned int i = FIRST; i < FIRST + USERS; i++)
		outside += !in_table(i);
	assert_in_range(outside, 100, USERS - 100);
	assert_false(binding_table_is_complete(&table));
	for (unsigned int i = FIRST; i <= FIRST + USERS; i++) {
		int n = snprintf(text, sizeof(text), "OPTIONS%s", user_aor(i));

		head = head_from("203.0.113.7", 0);
		head.kind = MESSAGE_LOAD;
		head.length = (uint32_t)n;
		head.name_len = (uint16_t)(n - 7);
		assert_true(message_ring_put(&dataplane.punt[0], &head, text));
		messages_run(&messages);
		assert_true(message_ring_get(&dataplane.inject[0], &head, answer));
		assert_int_equal(head.kind, MESSAGE_AGAIN);
		answers++;
		/* who is in the store and not in the table is not said to be nowhere */
		assert_int_equal((head.flags & MESSAGE_LOADED) != 0,
				 i == FIRST + USERS || in_table(i));
	}
	assert_int_equal(answers, USERS + 1);
	/* they expire all the same, wherever they are */
	clock_ahead_s = 700;
	for (unsigned int i = 0; i < 100; i++) {
		steady_ahead_s += 5;
		while (registrar_expire(registrar))
			;
		registrar_step(registrar, 10000);
	}
	for (unsigned int i = 0; i < fake.count; i++) {
		struct record record;

		if (fake.row[i].len == 0 || strchr(fake.row[i].key, ':') == NULL)
			continue;
		assert_true(record_decode(slice_of(fake.row[i].value, fake.row[i].len), &record));
		if (record.count != 0)
			fail_msg("%s has %u bindings", fake.row[i].key, record.count);
	}
	assert_false(in_table(FIRST));
	assert_false(in_table(FIRST + USERS - 1));
	assert_true(binding_table_is_complete(&table));
	assert_int_equal(registrar_counters(registrar)->expired, USERS);
}
