/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What loop detection costs a forking proxy: the loop part and the branch of a transaction, and the
 * way through the Via values of a request (RFC 5393 §4.2).
 */
#include "bench.h"
#include "guard/branch.h"
#include "guard/loop_check.h"
#include "world.h"

enum { COUNT = 256, TEXT_MAX = 256, URI_LEN = 60 };

/* What the hashes of one request are made from, of ordinary sizes. */
struct request {
	char uri_text[TEXT_MAX], call_id_text[TEXT_MAX], via_text[TEXT_MAX];
	struct slice call_id;
	struct sip_uri uri;
	struct sip_fields fields; /* the topmost Via is all that is looked at */
	uint32_t cseq;
};

/* Where the responses go. */
static const struct flow_address home = { .ip = { 192, 0, 2, 7 }, .port = 5060, .family = 4 };

/* A Request-URI of URI_LEN octets, a Call-ID of 30 to 60. */
static void
request_make(struct request *r, unsigned int i)
{
	static const char filler[] = "0123456789abcdefghijklmnopqrst";
	uint64_t state = i, random = random_next(&state);
	int n = snprintf(r->uri_text, TEXT_MAX, "sip:u%.*s%07u@voice%u.example.com;user=phone",
			 (int)(i % 8), "-office-", (unsigned int)(random % 10000000), i % 10);

	snprintf(r->uri_text + n, TEXT_MAX - (size_t)n, ";x=%.*s", URI_LEN - n - 3, filler);
	snprintf(r->call_id_text, TEXT_MAX, "%016llx%.*s@10.11.12.123", (unsigned long long)random,
		 (int)(i % 31), filler);
	snprintf(r->via_text, TEXT_MAX, "SIP/2.0/UDP 10.1.2.%u:5062;branch=z9hG4bK%016llx;rport",
		 i % 200, (unsigned long long)random);
	r->call_id = slice_str(r->call_id_text);
	r->cseq = (uint32_t)(random >> 32) % 30000 + 1;
	if (strlen(r->uri_text) != URI_LEN || !sip_uri_decode(slice_str(r->uri_text), &r->uri) ||
	    !sip_via_decode(slice_str(r->via_text), &r->fields.via))
		bench_die("loop: request %u is malformed", i);
}

static struct loop_part
part_of(const struct request *r)
{
	const struct loop_input in = { .uri = &r->uri, .call_id = r->call_id, .cseq = r->cseq };

	return loop_part_make(world_keys()->loop, &in);
}

static void
hash_pass(void *state)
{
	const struct request *r = state;

	for (unsigned int i = 0; i < COUNT; i++)
		if (part_of(&r[i]).h1 == 0)
			bench_die("loop: an empty hash");
}

/* What a forking proxy does for each request, and for the first of its branches. */
static void
client_pass(void *state)
{
	static uint64_t counter;
	const struct request *r = state;
	char text[BRANCH_LOOP_LEN];

	for (unsigned int i = 0; i < COUNT; i++) {
		struct loop_part loop = part_of(&r[i]);
		struct branch_client id = {
			.worker = 5,
			.client = i,
			.tag = branch_client_tag(world_keys()->branch, counter++),
		};
		struct sip_writer w;

		sip_writer_init(&w, text, sizeof(text));
		branch_client_write(&w, &id, &loop);
		if (sip_written(&w).len != BRANCH_LOOP_LEN)
			bench_die("loop: a branch has not %d characters", BRANCH_LOOP_LEN);
	}
}

static void
stateless_pass(void *state)
{
	const struct request *r = state;
	char text[BRANCH_LOOP_LEN];

	for (unsigned int i = 0; i < COUNT; i++) {
		struct loop_part loop = part_of(&r[i]);
		struct branch_id id = branch_make(world_keys()->branch, &home, &r[i].fields.via,
						  &r[i].fields, BRANCH_NO_OWNER, 0);
		struct sip_writer w;

		sip_writer_init(&w, text, sizeof(text));
		branch_write(&w, &id, &loop, NULL);
		if (sip_written(&w).len != BRANCH_LOOP_LEN)
			bench_die("loop: a branch has not %d characters", BRANCH_LOOP_LEN);
	}
}

/* ---- inspection of Via values ---- */

enum { VIA_MAX = 128, VIA_LINE = 96 };

/* A request that came a long way, parsed ahead of the loop. */
struct traveller {
	char text[VIA_MAX * VIA_LINE + 256];
	struct sip_message msg;
};

/* As the dataplane does it: an address of a listener, or a name. */
static bool
is_own(const void *self, struct slice host, uint16_t port)
{
	static const struct flow_address listener[4] = {
		{ .ip = { 192, 0, 2, 10 }, .port = 5060, .family = 4 },
		{ .ip = { 0x20, 1, 0xd, 0xb8 }, .port = 5060, .family = 6 },
		{ .ip = { 10, 0, 0, 1 }, .port = 5060, .family = 4 },
		{ .ip = { 192, 0, 2, 10 }, .port = 5070, .family = 4 },
	};
	struct flow_address a;

	(void)self;
	if (!flow_ip_decode(host, &a))
		return slice_eq_nocase(host, SLICE("p1.example.com"));
	a.port = port != 0 ? port : 5060;
	for (unsigned int i = 0; i < 4; i++)
		if (flow_address_eq(&listener[i], &a))
			return true;
	return false;
}

/* `vias` values, two in a line where there are many; every second is ours where `ours`. */
static void
traveller_make(struct traveller *t, unsigned int vias, bool ours)
{
	int n = snprintf(t->text, sizeof(t->text), "INVITE sip:bob@example.com SIP/2.0\r\n");

	for (unsigned int i = 0; i < vias; i++) {
		bool first = vias <= VIA_MAX / 2 || i % 2 == 0;

		n += snprintf(t->text + n, sizeof(t->text) - (size_t)n,
			      "%s SIP/2.0/UDP %s.%u:5060;branch=z9hG4bKff00%020u.L%024u%s",
			      first ? "Via:" : ",", "192.0.2",
			      ours && i % 2 == 0 ? 10 : 20 + i % 100, i, i + 1,
			      vias <= VIA_MAX / 2 || i % 2 == 1 || i + 1 == vias ? "\r\n" : "");
	}
	n += snprintf(t->text + n, sizeof(t->text) - (size_t)n,
		      "Call-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
	if (sip_message_index(slice_of(t->text, (size_t)n), &t->msg) != SIP_FAULT_NONE)
		bench_die("loop: a request of %u Via values is malformed", vias);
}

static void
inspect_pass(void *state)
{
	const struct loop_policy policy = { .is_own = is_own, .revisit_limit = VIA_MAX + 1 };
	const struct loop_part part = { 1, 2 };
	const struct traveller *t = state;

	if (loop_check(&t->msg, &part, &policy))
		bench_die("loop: a request that did not come back is taken for a loop");
}

static int
run(const struct bench_options *options)
{
	static struct request requests[COUNT];
	static struct traveller travellers[8];
	struct loop loops[] = {
		{ "client_branch", client_pass, requests, COUNT, { .count = 0 } },
		{ "stateless_branch", stateless_pass, requests, COUNT, { .count = 0 } },
		{ "hash", hash_pass, requests, COUNT, { .count = 0 } },
		{ "inspect_1", inspect_pass, &travellers[0], 1, { .count = 0 } },
		{ "inspect_8", inspect_pass, &travellers[1], 1, { .count = 0 } },
		{ "inspect_64", inspect_pass, &travellers[2], 1, { .count = 0 } },
		{ "inspect_128", inspect_pass, &travellers[3], 1, { .count = 0 } },
		{ "inspect_1_own", inspect_pass, &travellers[4], 1, { .count = 0 } },
		{ "inspect_8_half_own", inspect_pass, &travellers[5], 1, { .count = 0 } },
		{ "inspect_64_half_own", inspect_pass, &travellers[6], 1, { .count = 0 } },
		{ "inspect_128_half_own", inspect_pass, &travellers[7], 1, { .count = 0 } },
	};
	enum { LOOPS = sizeof(loops) / sizeof(loops[0]) };
	static const unsigned int vias[4] = { 1, 8, 64, VIA_MAX };

	for (unsigned int i = 0; i < COUNT; i++)
		request_make(&requests[i], i);
	for (unsigned int i = 0; i < 8; i++)
		traveller_make(&travellers[i], vias[i % 4], i >= 4);
	loops_measure(loops, LOOPS, options->runs);
	for (unsigned int i = 0; i < LOOPS; i++)
		report("loop", loops[i].metric, "ns", &loops[i].ns);
	return 0;
}

const struct bench loop_bench = {
	"loop",
	"loop hash and branch of a transaction, inspection of Via values",
	false,
	run,
};
