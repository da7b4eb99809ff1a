/* SPDX-License-Identifier: BSD-3-Clause */
/* Branches and loop hashes, as one request and one response need them. */
#include "guard/branch.h"
#include "bench.h"
#include "messages.h"
#include "sip/list.h"
#include "world.h"

/* Where the responses go. */
static const struct flow_address home = { .ip = { 192, 0, 2, 7 }, .port = 5060, .family = 4 };

enum { COUNT = 256 };

/* A message, parsed ahead of the loop. */
struct parsed {
	struct sample sample;
	struct sip_message msg;
	struct sip_fields fields;
	struct sip_via below;     /* responses */
	struct flow_address home; /* where that one sends them */
};

static void
parse(struct parsed *p, enum sample_kind kind, unsigned int number)
{
	const struct sip_limits limits = { 0 };
	struct sip_list_iter it;
	enum sip_fault fault;
	struct slice value;

	sample_make(&p->sample, kind, number);
	fault = sip_message_index(sample_text(&p->sample), &p->msg);
	if (sip_message_check(&p->msg, fault, &limits, &p->fields) != SIP_FAULT_NONE)
		bench_die("branch: message %u is refused", number);
	sip_list_iter_init(&it, &p->msg, SIP_HDR_VIA);
	sip_list_next(&it, &value);
	if (kind == SAMPLE_RESPONSE &&
	    (!sip_list_next(&it, &value) || !sip_via_decode(value, &p->below)))
		bench_die("branch: response %u has no second Via", number);
	if (kind == SAMPLE_RESPONSE)
		p->home = messages_home(&p->below);
}

static struct loop_part
loop_of(const struct parsed *p)
{
	const struct loop_input in = {
		.uri = &p->fields.uri,
		.call_id = p->fields.call_id,
		.cseq = p->fields.cseq,
	};

	return loop_part_make(world_keys()->loop, &in);
}

static void
loop_pass(void *state)
{
	const struct parsed *p = state;

	for (unsigned int i = 0; i < COUNT; i++)
		if (loop_of(&p[i]).h1 == 0)
			bench_die("branch: an empty loop hash");
}

static void
branch_pass(void *state)
{
	const struct parsed *p = state;
	char text[BRANCH_LOOP_LEN];

	for (unsigned int i = 0; i < COUNT; i++) {
		struct loop_part loop = loop_of(&p[i]);
		struct branch_id id = branch_make(world_keys()->branch, &home, &p[i].fields.via,
						  &p[i].fields, BRANCH_NO_OWNER, 0);
		struct sip_writer w;

		sip_writer_init(&w, text, sizeof(text));
		branch_write(&w, &id, &loop, NULL);
		if (sip_written(&w).len != BRANCH_LOOP_LEN)
			bench_die("branch: one has not %d characters", BRANCH_LOOP_LEN);
	}
}

/* The same with the branch of a client transaction. */
static void
client_pass(void *state)
{
	const struct parsed *p = state;
	static uint64_t counter;
	char text[BRANCH_LOOP_LEN];

	for (unsigned int i = 0; i < COUNT; i++) {
		struct loop_part loop = loop_of(&p[i]);
		struct branch_client id = { 1, i,
					    branch_client_tag(world_keys()->branch, counter++) };
		struct sip_writer w;

		sip_writer_init(&w, text, sizeof(text));
		branch_client_write(&w, &id, &loop);
		if (sip_written(&w).len != BRANCH_LOOP_LEN)
			bench_die("branch: one has not %d characters", BRANCH_LOOP_LEN);
	}
}

static void
make_pass(void *state)
{
	const struct parsed *p = state;

	for (unsigned int i = 0; i < COUNT; i++)
		if (branch_make(world_keys()->branch, &home, &p[i].fields.via, &p[i].fields,
				BRANCH_NO_OWNER, 1)
			    .listener != 1)
			bench_die("branch: not what was asked for");
}

static void
check_pass(void *state)
{
	const struct parsed *p = state;
	struct branch_id id;

	for (unsigned int i = 0; i < COUNT; i++)
		if (!branch_read(p[i].fields.via.branch, &id) ||
		    !branch_check(world_keys()->branch, &id, &p[i].home, &p[i].below, &p[i].fields))
			bench_die("branch: response %u is refused", i);
}

static int
run(const struct bench_options *options)
{
	static struct parsed requests[COUNT], responses[COUNT];
	struct loop loops[] = {
		{ "branch", branch_pass, requests, COUNT, { .count = 0 } },
		{ "client", client_pass, requests, COUNT, { .count = 0 } },
		{ "loop_hash", loop_pass, requests, COUNT, { .count = 0 } },
		{ "make", make_pass, requests, COUNT, { .count = 0 } },
		{ "check", check_pass, responses, COUNT, { .count = 0 } },
	};
	enum { LOOPS = sizeof(loops) / sizeof(loops[0]) };

	for (unsigned int i = 0; i < COUNT; i++) {
		parse(&requests[i], SAMPLE_INVITE, i);
		parse(&responses[i], SAMPLE_RESPONSE, i);
	}
	loops_measure(loops, LOOPS, options->runs);
	for (unsigned int i = 0; i < LOOPS; i++)
		report("branch", loops[i].metric, "ns", &loops[i].ns);
	return 0;
}

const struct bench branch_bench = {
	"branch",
	"loop hash and branch of a request, branch check of a response",
	false,
	run,
};
