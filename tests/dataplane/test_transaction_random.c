/* SPDX-License-Identifier: BSD-3-Clause */
/** Transactions in whatever order things happen: what always holds, and that nothing is left. */
#include <rte_mbuf.h>

#include "rig_internal.h"
#include "transaction_internal.h"

enum { CALLS = 8, EVENTS = 250, BRANCHES = 1024, RUNS = 8 };

/* What one of those who were asked has said to a branch. */
struct branch {
	char id[96];
	const struct script_sent *request;
	bool provisional, success, failure;
	unsigned int acks, failures;
};

static struct branch branches[BRANCHES];
static unsigned int branch_count, looked_at;
static bool short_of_buffers; /* what is sent only once may be missing */
static uint64_t state;

static unsigned int
below(unsigned int n)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned int)(state >> 33) % n;
}

static struct branch *
branch_of(const struct script_sent *s)
{
	const char *p = strstr(rig_header(s->sip, "Via"), "branch=");
	char id[96];

	assert_non_null(p);
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(p, ",;"), p);
	for (unsigned int i = 0; i < branch_count; i++)
		if (strcmp(branches[i].id, id) == 0)
			return &branches[i];
	assert_true(branch_count < BRANCHES);
	branches[branch_count] = (struct branch){ .request = s };
	strcpy(branches[branch_count].id, id);
	return &branches[branch_count++];
}

/* Not what goes on without state: no worker has that. */
static bool
has_state(const struct branch *b)
{
	return strncmp(b->id, "branch=z9hG4bKff", 16) != 0;
}

/* §17.1: what may be sent to a branch that has said this. */
static void
check_sent(const struct script_sent *s)
{
	bool invite = strstr(s->what, "INVITE") != NULL;
	struct branch *b;

	if (s->what[0] < 'A')
		return;
	b = branch_of(s);
	if (!has_state(b))
		return;
	assert_true(flow_address_eq(&s->to, &b->request->to));
	if (strcmp(s->what, "ACK") == 0) {
		assert_true(b->failure);
		b->acks++;
	} else if (strcmp(s->what, "CANCEL") == 0) {
		assert_true(b->provisional && !b->failure && !b->success);
		assert_string_equal(b->request->what, "INVITE");
	} else {
		assert_true(slice_eq(s->sip, b->request->sip));
		assert_false(b->failure || b->success || (invite && b->provisional));
	}
}

static void
look(void)
{
	for (; looked_at < script_sent_count; looked_at++)
		check_sent(&script_sent[looked_at]);
}

/* ---- events ---- */

static void
answer(void)
{
	static const char *const status[] = { "100", "180", "180", "183", "200", "202",
					      "302", "401", "404", "407", "408", "410",
					      "430", "486", "487", "503", "603" };
	static const char *const tag[] = { "a", "b" };
	const struct script_sent *s;
	const char *what = status[below(RTE_DIM(status))];
	struct branch *b;

	if (branch_count == 0)
		return;
	b = &branches[below(branch_count)];
	s = b->request;
	if (!has_state(b) || s->at + 31000 < script_now()) /* its timers may have gone off */
		return;
	b->provisional |= what[0] == '1';
	b->success |= what[0] == '2' && (!b->failure || strcmp(s->what, "INVITE") == 0);
	if (what[0] > '2' && !b->success) {
		b->failure = true;
		b->failures += strcmp(s->what, "INVITE") == 0;
	}
	script_answer(s, what, tag[below(2)]);
}

static void
answer_cancel(void)
{
	const struct script_sent *s;

	if (script_sent_count == 0)
		return;
	s = &script_sent[below(script_sent_count)];
	if (strcmp(s->what, "CANCEL") == 0)
		script_answer(s, below(4) == 0 ? "481" : "200", "c");
}

static void
ask(const char *what, unsigned int call)
{
	static const char *const user[] = { "one", "two", "three", "four" };
	char text[256];
	const char *method = call % 4 == 3 ? "MESSAGE" : "INVITE";

	snprintf(text, sizeof(text), "%s|z9hG4bKa>z9hG4bKr%u|t@198>t%u@198|sip:two@>sip:%s@", what,
		 call, call, user[call % 4]);
	if (strcmp(what, "first") == 0)
		snprintf(text + strlen(text), 64, "|INVITE>%s", method);
	script_in(text);
}

static void
run_short(void)
{
	static struct rte_mbuf *taken[8192];
	unsigned int n = 0, left = 1 + below(4);

	short_of_buffers = true;
	while (rte_mempool_avail_count(rig_pool) > left)
		taken[n++] = rte_pktmbuf_alloc(rig_pool);
	if (below(2) == 0)
		answer();
	else
		script_until(script_now() + 600);
	rte_pktmbuf_free_bulk(taken, n);
}

static void
event(bool buffers)
{
	unsigned int call = below(CALLS), which = below(100);

	if (which < 25)
		ask("first", call);
	else if (which < 60)
		answer();
	else if (which < 65)
		answer_cancel();
	else if (which < 72)
		ask("ACK", call);
	else if (which < 76)
		ask("CANCEL", call);
	else if (which < 78 && buffers)
		run_short();
	else
		script_until(script_now() + (which < 98 ? below(700) : below(20000)));
	look();
}

/* ---- runs ---- */

static const char config_two[] = RIG_NETWORKS_OF("2") RIG_NO_LIMITS
	"names: [p1.example.com]\ndomains: [example.com]\nproxy: {fork: parallel}\n"
	"transactions: {state: always, failover_ms: 0}\n";
static const char config_small[] =
	PROXY_WITH("state: always, failover_ms: 0, max: 16, branches: 16, memory_mb: 4");
static const char config_failover[] = PROXY_WITH("state: always, timer_c: 5");

static const struct random_row {
	const char *label, *config;
	bool buffers;
} rows[] = {
	{ "forks", rig_config_proxy, false },        { "always", script_config_always, false },
	{ "two workers", config_two, false },        { "small", config_small, false },
	{ "short timer C", config_failover, false }, { "no buffers", script_config_always, true },
};

static void
check_acks(void)
{
	for (unsigned int i = 0; i < branch_count && !short_of_buffers; i++)
		if (branches[i].failures != branches[i].acks)
			fail_msg("%s: %u failures, %u ACKs", branches[i].id, branches[i].failures,
				 branches[i].acks);
}

static void
check_random(void **test)
{
	const struct random_row *r = *test;
	const struct script s = { .req = r->label, .config = r->config };

	for (unsigned int run = 0; run < RUNS; run++) {
		state = run * 77777 + (uint64_t)strlen(r->label);
		branch_count = looked_at = 0;
		short_of_buffers = false;
		script_begin(&s);
		for (unsigned int i = 0; i < EVENTS && script_sent_count < 3000; i++) {
			rig.receiver = below(rig.engine->worker_count);
			event(r->buffers);
		}
		check_acks();
		script_end();
	}
}
GTEST_ROWS(TransactionRandom, rows, label, check_random);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
