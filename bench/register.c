/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * REGISTER refreshes of users at random, acknowledged once they are on disk: the registrar on one
 * core behind the rings that it has in an engine, and what sends and checks on the other.
 */
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../control/messages.h"
#include "bench.h"
#include "process/clock.h"
#include "registrar/registrar.h"
#include "world.h"

enum {
	RING_ELEMENTS = 65536,
	WINDOW_GROUP = 2048, /* requests under way */
	WINDOW_EACH = 64,
	RUN_MS = 4000,
	MESSAGE_MAX_LEN = 1024,
};

#define STORE_FOLDER "/var/tmp/viaduct-bench-XXXXXX"

struct bench_side {
	struct message_rings rings; /* of the dataplane's side */
	struct message_head head;
	uint32_t users;
	uint32_t next_new; /* users that are not registered yet, in order */
	uint32_t cseq;
	uint64_t random;
	uint64_t sent, answered;
	char text[MESSAGE_MAX_LEN], answer[MESSAGE_RING_MESSAGE_MAX];
};

struct registrar_side {
	struct config *config;
	struct binding_store *store;
	struct registrar *registrar;
	struct message_rings rings;
	struct messages messages;
	_Atomic bool stop;
	uint64_t cpu_ns;
	char store_folder[sizeof(STORE_FOLDER)];
};

/* ---- the sender ---- */

static size_t
write_register(struct bench_side *b, uint32_t user)
{
	char aor[WORLD_AOR_MAX];
	struct slice a = world_aor(user, aor);
	uint32_t cseq = ++b->cseq;
	int n = snprintf(
		b->text, sizeof(b->text),
		"REGISTER sip:" WORLD_DOMAIN " SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 198.51.100.20;branch=z9hG4bK0a%08x5d1c7e22b9f044\r\n"
		"Via: SIP/2.0/UDP 10.0.0.5:5060;rport=40312;received=203.0.113.7;"
		"branch=z9hG4bKnas%u\r\n"
		"Max-Forwards: 69\r\n"
		"From: <%.*s>;tag=%u\r\nTo: <%.*s>\r\nCall-ID: call-%u@10.0.0.5\r\n"
		"CSeq: %u REGISTER\r\n"
		"Path: <sip:f37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAAA@edge.example.com;lr;ob>\r\n"
		"Supported: path, outbound, gruu\r\n"
		"Contact: <sip:+4930%07u@10.0.0.5:5060>;reg-id=1;"
		"+sip.instance=\"<urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e%08x>\";expires=3600\r\n"
		"Content-Length: 0\r\n\r\n",
		cseq, cseq, SLICE_FMT(a), user, SLICE_FMT(a), user, cseq, user, user);

	if (n < 0 || (size_t)n >= sizeof(b->text))
		bench_die("register: message too long");
	return (size_t)n;
}

static void
send_some(struct bench_side *b, uint64_t window)
{
	struct message_head head = b->head;

	while (b->sent - b->answered < window) {
		uint32_t user = b->next_new < b->users
					? b->next_new
					: (uint32_t)(random_next(&b->random) % b->users);

		head.length = (uint32_t)write_register(b, user);
		if (!message_ring_put(&b->rings.punt[0], &head, b->text))
			return;
		b->next_new += b->next_new < b->users;
		b->sent++;
	}
}

/* Whoever finds nothing to do leaves the core to the store's own thread. */
static void
nap(void)
{
	const struct timespec moment = { 0, 20000 };

	nanosleep(&moment, NULL);
}

static void
take_answers(struct bench_side *b)
{
	uint64_t before = b->answered;
	struct message_head head;

	while (message_ring_get(&b->rings.inject[0], &head, b->answer)) {
		if (head.length < 11 || memcmp(b->answer, "SIP/2.0 200", 11) != 0)
			bench_die("register: %.200s", b->answer);
		b->answered++;
	}
	if (b->answered == before)
		nap();
}

/* Send and check for some time, or until every user is registered once. Answers in a second. */
static double
drive(struct bench_side *b, uint64_t window, unsigned int ms)
{
	uint64_t begin = wall_ns(), before = b->answered, end = begin + ms * UINT64_C(1000000);

	while (ms > 0 ? wall_ns() < end : b->next_new < b->users || b->answered < b->sent) {
		if (ms > 0 || b->next_new < b->users)
			send_some(b, window);
		take_answers(b);
	}
	end = wall_ns();
	before = b->answered - before;
	while (b->answered < b->sent)
		take_answers(b);
	return (double)before * 1e9 / (double)(end - begin);
}

/* ---- the registrar ---- */

static void *
registrar_thread(void *context)
{
	struct registrar_side *s = context;
	uint64_t begin = thread_ns(), next_step = 0;

	while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
		if (messages_run(&s->messages) == 0)
			nap();
		if (clock_steady_ms() >= next_step) {
			registrar_step(s->registrar, 100);
			next_step = clock_steady_ms() + 10;
		}
	}
	s->cpu_ns = thread_ns() - begin;
	return NULL;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static void
open_side(struct registrar_side *s, struct bench_side *b, const struct bench_options *options)
{
	static struct config_errors errors;
	static struct keyring ring;
	char message[256];

	memcpy(s->store_folder, STORE_FOLDER, sizeof(STORE_FOLDER));
	s->config = config_load(world_configuration("net_null0", "  workers: 1\n"), &errors);
	if (s->config == NULL || mkdtemp(s->store_folder) == NULL)
		bench_die("register: no configuration or no folder for the store");
	s->config->file->registrar.max_aors = 100000000;
	s->store = binding_store_open(s->store_folder, NULL, NULL, message, sizeof(message));
	if (s->store == NULL)
		bench_die("register: %s", message);
	s->registrar = registrar_open(s->config, s->store, message, sizeof(message));
	if (s->registrar == NULL)
		bench_die("register: %s", message);
	if (keyring_generate(&ring) != KEYRING_OK ||
	    message_rings_create(&s->rings, world_tables(), 1, RING_ELEMENTS) != SEGMENT_OK ||
	    message_rings_attach(&b->rings, world_tables(), MESSAGE_DATAPLANE) != SEGMENT_OK)
		bench_die("register: no rings");
	registrar_set_keys(s->registrar, &ring);
	s->messages = (struct messages){ .rings = &s->rings, .registrar = s->registrar };
	b->users = options->bindings;
	b->head = (struct message_head){ .kind = MESSAGE_SIP, .flow = world_proxy_flow(0) };
	b->head.to = b->head.flow.remote;
}

static void
close_side(struct registrar_side *s, struct bench_side *b)
{
	message_rings_detach(&b->rings);
	message_rings_detach(&s->rings);
	registrar_close(s->registrar);
	s->store->ops->close(s->store);
	nftw(s->store_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	config_free(s->config);
}

/* One way of writing, some runs of it. */
static void
measure(struct registrar_side *s, struct bench_side *b, const struct bench_options *options,
	const char *name, enum config_sync sync, uint64_t window)
{
	struct samples rate = { .count = 0 }, cpu = { .count = 0 }, batch = { .count = 0 };
	char metric[3][48];

	s->config->file->store.sync = sync;
	for (unsigned int i = 0; i < options->runs; i++) {
		const struct registrar_counters *n = registrar_counters(s->registrar);
		uint64_t commits = n->batches, accepted = n->accepted;
		pthread_t thread;

		s->stop = false;
		if (pthread_create(&thread, NULL, registrar_thread, s) != 0)
			bench_die("register: no thread");
		samples_add(&rate, drive(b, window, RUN_MS));
		s->stop = true;
		pthread_join(thread, NULL);
		samples_add(&cpu, (double)s->cpu_ns / (double)(n->accepted - accepted));
		samples_add(&batch,
			    (double)(n->accepted - accepted) / (double)(n->batches - commits));
	}
	snprintf(metric[0], sizeof(metric[0]), "%s", name);
	snprintf(metric[1], sizeof(metric[1]), "%s.core", name);
	snprintf(metric[2], sizeof(metric[2]), "%s.batch", name);
	report("register", metric[0], "registrations/s", &rate);
	report("register", metric[1], "ns of the core", &cpu);
	report("register", metric[2], "in a write", &batch);
}

static int
run(const struct bench_options *options)
{
	static struct registrar_side s;
	static struct bench_side b = { .random = 1 };
	struct samples first = { .count = 0 };
	pthread_t thread;

	open_side(&s, &b, options);
	if (pthread_create(&thread, NULL, registrar_thread, &s) != 0)
		bench_die("register: no thread");
	samples_add(&first, drive(&b, WINDOW_GROUP, 0));
	s.stop = true;
	pthread_join(thread, NULL);
	report("register", "first", "registrations/s", &first);
	measure(&s, &b, options, "refresh", CONFIG_SYNC_GROUP, WINDOW_GROUP);
	measure(&s, &b, options, "refresh.each", CONFIG_SYNC_EACH, WINDOW_EACH);
	close_side(&s, &b);
	return 0;
}

const struct bench register_bench = {
	"register",
	"REGISTERs acknowledged durably, many with one write and each with its own",
	true,
	run,
};
