/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One writer that changes the binding table as fast as it can, with a clock that lets it use
 * memory again at once, against readers in other threads and other processes. Every octet of a
 * record follows from its AOR and one serial number, so a reader knows a mixture when it sees one.
 *
 * The threads share one mapping, which is what a race detector needs to see. With it:
 *
 *	clang -std=gnu17 -D_GNU_SOURCE -march=native -O1 -g -fsanitize=thread -Ilib -Itests \
 *		lib/guard/siphash.c lib/flow/address.c \
 *		lib/table/segment.c lib/table/records*.c lib/table/binding*.c tests/gtest*.c \
 *		tests/lib/table/test_binding_stress.c -lcmocka -lcrypto -lpthread
 *
 * (gcc takes the same with -Wno-tsan: it says that it does not model fences.) The cases of suite
 * BindingThreads are those that it is about. VIADUCT_STRESS=N does N times as much.
 */
#include <pthread.h>

#include "lib/table/support.h"
#include "table/binding_writer.h"

enum {
	AORS = 48,
	PERMANENT = 16, /* the first of them, which are never removed */
	CONTACTS = 3,
	TEXT_MAX = 1200,
	TIME_UNIT = 1000003, /* times are a multiple of it, and the AOR's number */
};

static const struct slice instance = { "urn:instance", 12 };

static _Atomic uint64_t ticks;

/* Each look at the clock is as late as the limbo is long. */
static uint64_t
jumping_clock(void)
{
	return atomic_fetch_add_explicit(&ticks, BINDING_LIMBO_MS, memory_order_relaxed);
}

static struct slice
aor_text(unsigned int n, char out[32])
{
	snprintf(out, 32, "sip:user%u@example.com", n);
	return slice_str(out);
}

static uint64_t
mixed(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t state = a * 31 + b * 1000003 + (c << 40);

	return next_random(&state);
}

/* Contact `i` of the record that AOR `n` had under `serial`. */
static struct slice
contact_text(unsigned int n, uint64_t serial, unsigned int i, char out[TEXT_MAX])
{
	uint64_t sum = mixed(n, serial, i);
	/* Sizes change by whole units, so that places of every size come and go. */
	size_t fill = sum % 7 == 0 ? sum % 900 : sum % 120;
	int len = snprintf(out, TEXT_MAX, "sip:%u.%llu.%u.%016llx@", n, (unsigned long long)serial,
			   i, (unsigned long long)sum);

	memset(out + len, 'a' + (int)(sum % 26), fill);
	return slice_of(out, (size_t)len + fill);
}

static unsigned int
contact_count(unsigned int n, uint64_t serial)
{
	return (unsigned int)(mixed(n, serial, 99) % (CONTACTS + 1));
}

static struct binding
binding_of(unsigned int n, uint64_t serial, unsigned int i, char text[TEXT_MAX])
{
	struct binding b = {
		.contact = contact_text(n, serial, i, text),
		.updated_ms = serial * TIME_UNIT + n,
		.expires_ms = (serial + 1) * TIME_UNIT + n,
		.registered_ms = serial ^ n,
		.instance = instance,
		.reg_id = i,
		.flags = (uint32_t)(serial >> 32),
		.q = (uint16_t)(serial % 1000),
		.flow = { .generation = (uint32_t)serial, .transport = FLOW_TCP },
	};

	b.flow.local.port = (uint16_t)n;
	b.flow.remote.port = (uint16_t)serial;
	return b;
}

/* No two records have the same. */
static uint64_t
epoch_of(unsigned int n, uint64_t serial)
{
	return (serial * AORS + n) & BINDING_EPOCH_MAX;
}

/* ---- the writer ---- */

struct hammer {
	struct binding_writer *w;
	uint64_t seed;
	uint64_t serial; /* of the last put */
};

static bool
hammer_put(struct hammer *h, unsigned int n)
{
	static char text[CONTACTS][TEXT_MAX];
	struct binding b[CONTACTS];
	uint64_t serial = ++h->serial;
	unsigned int count = contact_count(n, serial);
	const struct binding_instance row = { instance, epoch_of(n, serial), 0 };
	char aor[32];

	for (unsigned int i = 0; i < count; i++)
		b[i] = binding_of(n, serial, i, text[i]);
	return binding_writer_put(h->w, aor_text(n, aor), b, count, &row, 1) == BINDING_OK;
}

static bool
hammer_once(struct hammer *h)
{
	unsigned int n = random_below(&h->seed, AORS), what = random_below(&h->seed, 8);
	char aor[32];

	if (what % 4 == 3)
		binding_writer_step(h->w, 1 + random_below(&h->seed, 4));
	if (what == 0)
		binding_writer_touch(h->w, aor_text(n, aor), 0,
				     (next_random(&h->seed) >> 40) * TIME_UNIT + n,
				     (next_random(&h->seed) >> 40) * TIME_UNIT + n);
	else if (what < 3 && n >= PERMANENT)
		binding_writer_remove(h->w, aor_text(n, aor));
	else
		return hammer_put(h, n);
	return true;
}

static bool
put_permanent(struct hammer *h)
{
	for (unsigned int n = 0; n < PERMANENT; n++)
		if (!hammer_put(h, n))
			return false;
	return true;
}

/* Open a table that holds the permanent AORs. Not published yet. */
static bool
hammer_open(struct hammer *h, const struct binding_capacity *capacity, uint64_t seed,
	    uint64_t serial)
{
	enum segment_error error;

	*h = (struct hammer){ .seed = seed, .serial = serial };
	h->w = binding_writer_open(test_dir, capacity, jumping_clock, &error);
	return h->w != NULL && put_permanent(h);
}

/* ---- the reader ---- */

struct witness {
	const struct binding_table *table;
	uint64_t seed;
	unsigned int lookups; /* between two walks */
	uint64_t last[AORS];  /* highest serial seen */
	uint64_t found, absent, by_ref, by_epoch;
	char fault[200];
	struct binding_copy copy;
};

#define FAULT(w, ...) (snprintf((w)->fault, sizeof((w)->fault), __VA_ARGS__), false)

static bool
is_same(const struct binding *got, const struct binding *want)
{
	return slice_eq(got->contact, want->contact) && got->path.ptr == NULL &&
	       slice_eq(got->instance, instance) && got->registered_ms == want->registered_ms &&
	       got->reg_id == want->reg_id && got->q == want->q && got->flags == want->flags &&
	       memcmp(&got->flow, &want->flow, sizeof(got->flow)) == 0;
}

/* The copy is one whole record of AOR `n`; its serial number is 0 when it has no contact. */
static bool
check_copy(struct witness *w, unsigned int n, uint64_t *serial)
{
	char aor[32], text[TEXT_MAX];
	struct binding got, want;

	*serial = 0;
	if (!slice_eq(binding_aor(&w->copy), aor_text(n, aor)))
		return FAULT(w, "AOR %u: the record is another's", n);
	for (unsigned int i = 0; i < w->copy.record.count; i++) {
		if (!binding_get(&w->copy, i, &got))
			return FAULT(w, "AOR %u: contact %u cannot be read", n, i);
		if (i == 0)
			*serial = (uint64_t)got.flags << 32 | got.flow.generation;
		want = binding_of(n, *serial, i, text);
		if (!is_same(&got, &want))
			return FAULT(w, "AOR %u serial %llu: contact %u is a mixture: %.80s", n,
				     (unsigned long long)*serial, i, got.contact.ptr);
		if (got.expires_ms % TIME_UNIT != n || got.updated_ms % TIME_UNIT != n)
			return FAULT(w, "AOR %u: contact %u has another's times", n, i);
	}
	if (*serial != 0 && w->copy.record.count != contact_count(n, *serial))
		return FAULT(w, "AOR %u serial %llu: %u contacts", n, (unsigned long long)*serial,
			     w->copy.record.count);
	return true;
}

/* By the epoch of a record that was seen: that record, or none if it is not there any more. */
static bool
witness_epoch(struct witness *w, unsigned int n, uint64_t serial)
{
	struct binding_instance row;
	unsigned int at;
	uint64_t again;

	if (!binding_find_epoch(w->table, epoch_of(n, serial), &w->copy, &at))
		return true;
	w->by_epoch++;
	if (!binding_instance_get(&w->copy, at, &row) || row.epoch != epoch_of(n, serial))
		return FAULT(w, "AOR %u: an epoch led to a row without it", n);
	if (!check_copy(w, n, &again))
		return false;
	return again == serial || FAULT(w, "AOR %u: an epoch led to another record", n);
}

/* Look one AOR up, as the packet path does, and once more by what it would remember. */
static bool
witness_once(struct witness *w)
{
	unsigned int n = random_below(&w->seed, AORS);
	uint64_t serial, again;
	struct slice aor;
	char buffer[32];

	aor = aor_text(n, buffer);
	if (!binding_find(w->table, aor, binding_hash(w->table, aor), &w->copy)) {
		w->absent++;
		return n >= PERMANENT || FAULT(w, "AOR %u is absent but was never removed", n);
	}
	w->found++;
	if (!check_copy(w, n, &serial))
		return false;
	if (serial != 0 && serial < w->last[n])
		return FAULT(w, "AOR %u: serial %llu after %llu", n, (unsigned long long)serial,
			     (unsigned long long)w->last[n]);
	w->last[n] = serial > w->last[n] ? serial : w->last[n];
	if (binding_find_ref(w->table, w->copy.ref, &w->copy)) {
		w->by_ref++;
		if (!check_copy(w, n, &again))
			return false;
		if (again != serial)
			return FAULT(w, "AOR %u: a reference led to another record", n);
	}
	return serial == 0 || witness_epoch(w, n, serial);
}

static bool
witness_walk(struct witness *w)
{
	struct binding_walk walk = { 0 };
	unsigned int n, records = 0;
	uint64_t serial;

	while (binding_walk_next(w->table, &walk, &w->copy)) {
		char aor[32] = "";
		struct slice text = binding_aor(&w->copy);

		if (text.len >= sizeof(aor))
			return FAULT(w, "walk: an AOR of %zu octets", text.len);
		memcpy(aor, text.ptr, text.len);
		if (sscanf(aor, "sip:user%u@", &n) != 1 || n >= AORS)
			return FAULT(w, "walk: an unknown AOR");
		if (!check_copy(w, n, &serial))
			return false;
		if (++records > 1000)
			return FAULT(w, "walk: no end");
	}
	return true;
}

/* ---- threads ---- */

static _Atomic bool stop;

static void *
reader_thread(void *arg)
{
	struct witness *w = arg;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		for (unsigned int i = 0; i < w->lookups; i++)
			if (!witness_once(w))
				return NULL;
		if (!witness_walk(w))
			return NULL;
	}
	return NULL;
}

GTEST_F(BindingThreads, no_reader_sees_a_mixture, make_dir, remove_dir)
{
	const struct binding_capacity capacity = { 2 * AORS, 16384, true };
	static struct witness readers[2];
	uint64_t changes = UINT64_C(150000) * stress_scale();
	pthread_t threads[2];
	struct hammer h;

	assert_true(hammer_open(&h, &capacity, 1, 1));
	atomic_store(&stop, false);
	memset(readers, 0, sizeof(readers));
	for (unsigned int i = 0; i < 2; i++) {
		readers[i].table = binding_writer_table(h.w);
		readers[i].seed = i + 100;
		readers[i].lookups = i == 0 ? 200 : 4;
		assert_int_equal(pthread_create(&threads[i], NULL, reader_thread, &readers[i]), 0);
	}
	for (uint64_t i = 0; i < changes; i++)
		if (!hammer_once(&h))
			break;
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	binding_writer_close(h.w);
	for (unsigned int i = 0; i < 2; i++) {
		if (readers[i].fault[0] != '\0')
			fail_msg("reader %u: %s", i, readers[i].fault);
		assert_true(readers[i].found > 100);
		assert_true(readers[i].absent > 0);
		assert_true(readers[i].by_ref > 0);
		assert_true(readers[i].by_epoch > 0);
	}
	assert_true(h.serial > changes / 4);
}

/* ---- processes ---- */

struct survey {
	struct binding_table table;
	struct witness witness;
	unsigned int attached; /* generations read */
};

/* Take the newest generation, if there is another one than ours. */
static void
follow(struct survey *s)
{
	if (s->table.header != NULL && !segment_replaced(&s->table.segment))
		return;
	binding_table_detach(&s->table);
	if (binding_table_attach(&s->table, test_dir) == SEGMENT_OK) {
		s->attached++;
		s->witness.table = &s->table;
	}
}

/* A table that was replaced is emptied after a time that the jumping clock makes none. */
static void
complain(struct survey *s)
{
	if (!segment_replaced(&s->table.segment))
		fail_msg("generation %u: %s", s->attached, s->witness.fault);
	follow(s);
}

static void
survey_for(struct survey *s, unsigned int reads)
{
	for (unsigned int i = 0; i < reads; i++) {
		if (i % 16 == 0)
			follow(s);
		if (s->table.header == NULL)
			return;
		if (!witness_once(&s->witness))
			complain(s);
	}
	if (!witness_walk(&s->witness))
		complain(s);
}

/* Every third writer begins anew and small; the others go on where one was killed. */
static bool
hammer_begin(struct hammer *h, unsigned int round)
{
	const struct binding_capacity small = { 8, 512, false };
	uint64_t serial = (uint64_t)(round + 1) << 24;
	enum segment_error error;

	if (round % 3 == 0)
		return hammer_open(h, &small, round, serial) &&
		       binding_writer_publish(h->w) == SEGMENT_OK;
	*h = (struct hammer){ .seed = round, .serial = serial };
	h->w = binding_writer_adopt(test_dir, jumping_clock, &error);
	/* the one before us was killed before it had a table */
	if (h->w == NULL && error == SEGMENT_ERR_ABSENT)
		return hammer_open(h, &small, round, serial) &&
		       binding_writer_publish(h->w) == SEGMENT_OK;
	return h->w != NULL;
}

static void
write_until_killed(unsigned int round)
{
	struct hammer h;

	if (!hammer_begin(&h, round))
		_exit(1);
	for (;;)
		if (!hammer_once(&h))
			_exit(2);
}

/* The writer is killed at any moment; what it leaves is whole, and its successor is noticed. */
GTEST_F(BindingProcesses, killed_writers, make_dir, remove_dir)
{
	unsigned int rounds = 60 * stress_scale();
	static struct survey survey;
	uint64_t seed = 1;

	memset(&survey, 0, sizeof(survey));
	survey.witness.seed = 7;
	for (unsigned int round = 0; round < rounds; round++) {
		uint64_t life = random_below(&seed, 30000), start;
		int status;

		if (fork_child() == 0)
			write_until_killed(round);
		for (start = clock_us(); clock_us() - start < life;)
			survey_for(&survey, 100);
		status = end_child();
		if (!WIFSIGNALED(status))
			fail_msg("the writer ended by itself: status %d", WEXITSTATUS(status));
		survey_for(&survey, 500);
	}
	assert_true(survey.attached > rounds / 10);
	assert_true(survey.witness.by_epoch > 100);
	assert_true(survey.witness.found > 1000);
	binding_table_detach(&survey.table);
}
