/* SPDX-License-Identifier: BSD-3-Clause */
/** A registrar with real rings and a store that can fail: requests in, answers out. */
#ifndef TESTS_CONTROL_REGISTRAR_RIG_H
#define TESTS_CONTROL_REGISTRAR_RIG_H

#include <sys/mount.h>
#include <sys/syscall.h>

#include "control/fake_store.h"
#include "control/support.h"
#include "messages.h"

#define INSTANCE "urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21"
#define WITH_INSTANCE "+sip.instance=\"<" INSTANCE ">\""
#define STAR "Contact: *\r\nExpires: 0\r\n"

static struct registrar *registrar;
static struct messages messages;
static struct message_rings rings, dataplane;
static struct binding_table table;
static struct keyring ring;
static char message[256];

/*
 * So much later it is for the registrar; and so far has somebody set the wall clock, or is the steady
 * one ahead, besides.
 */
static int64_t clock_ahead_s, wall_ahead_s, steady_ahead_s;

/* Room for shared memory: "size=27m"; NULL: as much as there is. */
static const char *rig_room;

int
clock_gettime(clockid_t id, struct timespec *t)
{
	long error = syscall(SYS_clock_gettime, id, t);

	t->tv_sec += clock_ahead_s;
	if (id == CLOCK_REALTIME)
		t->tv_sec += wall_ahead_s;
	if (id == CLOCK_MONOTONIC)
		t->tv_sec += steady_ahead_s;
	return (int)error;
}

/* As after a start of the process: with what the store has. */
static inline bool
rig_start(void)
{
	registrar = registrar_open(config, &fake.store, message, sizeof(message));
	messages.registrar = registrar;
	if (registrar != NULL)
		registrar_set_keys(registrar, &ring);
	return registrar != NULL;
}

/* Change how much room there is. */
static inline bool
rig_mount(unsigned long flags)
{
	return rig_room == NULL || mount("none", in_dir("t"), "tmpfs", flags, rig_room) == 0;
}

/* `yaml`: of the registrar, and further keys behind a line end. */
static inline int
rig_open(void **state, const char *yaml)
{
	if (make_dir(state) != 0 || mkdir(in_dir("t"), 0700) != 0 || !rig_mount(0))
		return 1;
	load_config(yaml);
	fake_reset();
	clock_ahead_s = wall_ahead_s = steady_ahead_s = 0;
	messages = (struct messages){ .rings = &rings };
	return keyring_generate(&ring) != KEYRING_OK || !rig_start() ||
	       message_rings_create(&rings, config->shm_dir, 1, 16384) != SEGMENT_OK ||
	       message_rings_attach(&dataplane, config->shm_dir, MESSAGE_DATAPLANE) != SEGMENT_OK ||
	       binding_table_attach(&table, config->shm_dir) != SEGMENT_OK;
}

static inline int
rig_close(void **state)
{
	binding_table_detach(&table);
	message_rings_detach(&dataplane);
	message_rings_detach(&rings);
	registrar_close(registrar);
	registrar = NULL;
	unlink(in_dir("t/bindings"));
	unlink(in_dir("t/rings"));
	if (rig_room != NULL)
		umount2(in_dir("t"), MNT_DETACH);
	rig_room = NULL;
	rmdir(in_dir("t"));
	config_free(config);
	config = NULL;
	fake_reset();
	return remove_dir(state);
}

static inline void
rig_restart(const char *yaml)
{
	registrar_close(registrar);
	if (yaml != NULL)
		load_config(yaml);
	assert_true(rig_start());
}

static inline const char *
user_aor(unsigned int user)
{
	static char aor[64];

	snprintf(aor, sizeof(aor), "sip:u%u@example.com", user);
	return aor;
}

/* Into the next batch. */
static inline void
send_text(struct slice text, const char *ip, uint8_t flags)
{
	struct message_head head = head_from(ip, flags);

	head.length = (uint32_t)text.len;
	assert_true(message_ring_put(&dataplane.punt[0], &head, text.ptr));
}

static inline void
send_register(unsigned int user, const char *call_id, unsigned int cseq, const char *lines)
{
	send_text(register_text(user_aor(user), call_id, cseq, lines), "203.0.113.7", 0);
}

static char answer[MESSAGE_RING_MESSAGE_MAX + 1];

/* The next answer's status, or 0. */
static inline unsigned int
next_status(void)
{
	struct message_head head;

	if (!message_ring_get(&dataplane.inject[0], &head, answer))
		return 0;
	answer[head.length] = '\0';
	assert_int_equal(head.to.port, 40312);
	return (unsigned int)atoi(answer + 8);
}

/* All that is to be done, and the answer to the first request of it. */
static inline unsigned int
run_one(void)
{
	messages_run(&messages);
	return next_status();
}

static inline unsigned int
register_one(unsigned int user, const char *call_id, unsigned int cseq, const char *lines)
{
	send_register(user, call_id, cseq, lines);
	return run_one();
}

static inline bool
answer_has(const char *text)
{
	return strstr(answer, text) != NULL;
}

/* What callers find; false when the AOR is not known. */
static inline bool
find_in_table(struct slice aor, struct binding_copy *copy)
{
	if (segment_replaced(&table.segment)) {
		binding_table_detach(&table);
		assert_int_equal(binding_table_attach(&table, config->shm_dir), SEGMENT_OK);
	}
	return binding_find(&table, aor, binding_hash(&table, aor), copy);
}

static inline unsigned int
bindings_of(unsigned int user)
{
	static struct binding_copy copy;
	struct binding b;
	unsigned int n = 0;

	if (find_in_table(slice_str(user_aor(user)), &copy))
		while (binding_get(&copy, n, &b))
			n++;
	return n;
}

static inline bool
in_table(unsigned int user)
{
	return bindings_of(user) > 0;
}

/* The epoch of an instance as the dataplane knows it: 0 without one, UINT64_MAX if not known. */
static inline uint64_t
epoch_of(unsigned int user, const char *instance)
{
	static struct binding_copy copy;
	struct binding_instance row;

	if (find_in_table(slice_str(user_aor(user)), &copy))
		for (unsigned int i = 0; binding_instance_get(&copy, i, &row); i++)
			if (slice_eq(row.id, slice_str(instance)))
				return row.epoch;
	return UINT64_MAX;
}

#endif
