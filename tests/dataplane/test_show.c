/* SPDX-License-Identifier: BSD-3-Clause */
/** What an operator is shown of transactions, and how (RFC 5393 §7, MB-26). */
#include "cases.h"
#include "table/transactions.h"
#include "transaction/transaction.h"

static const char config_two[] =
	RIG_NETWORKS_OF("2") RIG_NO_LIMITS "names: [p1.example.com]\n"
					   "domains: [example.com]\n"
					   "transactions: {failover_ms: 0}\n";
static const char config_never[] = RIG_NETWORKS RIG_NO_LIMITS "names: [p1.example.com]\n"
							      "domains: [example.com]\n"
							      "transactions: {state: never}\n";
static const char config_small[] =
	RIG_NETWORKS RIG_NO_LIMITS "names: [p1.example.com]\n"
				   "domains: [example.com]\n"
				   "transactions: {failover_ms: 0, max: 4096, branches: 8192}\n";

static struct transactions_list list;

static void
open_with(const char *config)
{
	rig_open(NULL);
	rig_open(config);
	rig_bind("sip:two@example.com", "sip:two@203.0.113.51", "sip:two@203.0.113.52", NULL);
	rig_bind("sip:ann@example.com", "sip:ann@203.0.113.53", "sip:ann@203.0.113.54", NULL);
}

static int
end_list(void **state)
{
	(void)state;
	transactions_list_detach(&list);
	return 0;
}

#define CASE(name) GTEST_F(Show, name, NULL, end_list)

/* Call `user` with Call-ID `call`. */
static void
ring(const char *method, const char *user, unsigned int call)
{
	char text[800];
	int n = snprintf(text, sizeof(text),
			 "%s sip:%s@example.com SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKs%u\r\n" MF
			 "From: <sip:alice@example.org>;tag=a77\r\nTo: <sip:x@example.com>\r\n"
			 "Authorization: Digest username=\"alice\", response=\"secret\"\r\n"
			 "Call-ID: %u@198.51.100.9\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
			 method, user, call, call, method);

	rig_send(slice_of(text, (size_t)n), ALICE, EDGE);
}

/* A copy of what goes with the next walk. */
static struct rig_datagram
keep(unsigned int i)
{
	static char text[2][2000];
	static unsigned int next;
	struct rig_datagram d = rig.out.datagram[i];
	char *room = text[next++ % 2];

	assert_true(d.sip.len <= sizeof(text[0]));
	memcpy(room, d.sip.ptr, d.sip.len);
	d.sip.ptr = room;
	return d;
}

static void
answer_to(const struct rig_datagram *d, const char *status)
{
	char text[2000], from[FLOW_ADDRESS_TEXT_MAX + 1] = "", to[FLOW_ADDRESS_TEXT_MAX + 1] = "";
	int n = snprintf(text, sizeof(text), "SIP/2.0 %s\r\n", status);

	flow_address_text(&d->to, from);
	flow_address_text(&d->from, to);
	for (size_t k = 0; k < 5; k++) {
		static const char *const names[] = { "Via", "From", "To", "Call-ID", "CSeq" };

		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s: %s%s\r\n", names[k],
			      rig_header(d->sip, names[k]), k == 2 ? ";tag=u1" : "");
	}
	n += snprintf(text + n, sizeof(text) - (size_t)n, "Content-Length: 0\r\n\r\n");
	rig_send(slice_of(text, (size_t)n), from, to);
}

/* Answer datagram `i` of the last walk. */
static void
answer(unsigned int i, const char *status)
{
	answer_to(&rig.out.datagram[i], status);
}

static const struct transactions_query everything = { .limit = 100,
						      .state = TRANSACTIONS_ANY_STATE };

/* Ask, walk, and look at what the workers say. */
static struct transactions_part
ask(struct transactions_query q)
{
	static uint64_t id;
	struct transactions_part part = { 0 };

	q.id = ++id;
	transactions_list_detach(&list);
	assert_int_equal(transactions_ask(rig.engine->config->shm_dir, &q), SEGMENT_OK);
	via_engine_tick(rig.engine);
	rig_walk();
	assert_int_equal(transactions_list_attach(&list, rig.engine->config->shm_dir), SEGMENT_OK);
	assert_int_equal(list.query, id);
	assert_int_equal(list.worker_count, rig.engine->worker_count);
	assert_true(transactions_list_part(&list, 0, &part));
	return part;
}

static struct transactions_query
for_aor(const char *aor)
{
	struct transactions_query q = everything;

	q.aor_len = (uint32_t)strlen(aor);
	memcpy(q.aor, aor, q.aor_len);
	return q;
}

static struct transactions_entry
entry(uint32_t worker, uint32_t row)
{
	struct transactions_entry e;

	assert_true(transactions_list_get(&list, worker, row, &e));
	return e;
}

#define check_text(slice, want) assert_true(slice_eq(slice, slice_str(want)))

/* ---- lists ---- */

CASE(MB_26_what_is_known)
{
	struct transactions_part part;
	struct transactions_entry e;
	char to[FLOW_ADDRESS_TEXT_MAX];

	open_with(rig_config_proxy);
	ring("INVITE", "two", 1);
	assert_int_equal(rig.out.count, 3);
	answer(2, "180 Ringing");
	rig_wait(1500);
	part = ask(everything);
	assert_int_equal(part.rows, 1);
	assert_int_equal(part.matched, 1);
	assert_int_equal(part.live, 1);
	e = entry(0, 0);
	check_text(e.method, "INVITE");
	check_text(e.uri, "sip:two@example.com");
	check_text(e.call_id, "1@198.51.100.9");
	check_text(e.from, "alice");
	assert_in_range(e.facts.age_ms, 1500, 2500);
	assert_int_equal(e.facts.state, SERVER_PROCEEDING);
	assert_int_equal(e.facts.final_status, 0);
	assert_int_equal(e.facts.breadth_in, 60);
	assert_int_equal(e.facts.breadth_out, 60);
	assert_int_equal(e.facts.branches, 2);
	assert_int_equal(e.facts.flags, TRANSACTIONS_THERE);
	assert_int_equal(e.branch_count, 2);
	check_text(flow_address_text(&e.branch[0].to, to), "203.0.113.52:5060");
	assert_int_equal(e.branch[0].state, CLIENT_CALLING);
	assert_int_equal(e.branch[0].share, 30);
	check_text(flow_address_text(&e.branch[1].to, to), "203.0.113.51:5060");
	assert_int_equal(e.branch[1].state, CLIENT_PROCEEDING);
	assert_int_equal(e.branch[1].status, 0);
}

/* What a branch was answered, and what is known behind the end of a call. */
CASE(MB_26_branches_end)
{
	struct transactions_entry e;

	open_with(rig_config_proxy);
	ring("INVITE", "two", 1);
	answer(1, "486 Busy Here");
	ask(everything);
	e = entry(0, 0);
	assert_int_equal(e.branch[0].status, 486);
	assert_int_equal(e.branch[0].state, CLIENT_COMPLETED);
	assert_int_equal(e.branch[0].flags, TRANSACTIONS_BRANCH_DONE);
	assert_int_equal(e.facts.best_status, 486);
	assert_int_equal(e.facts.breadth_out, 30);
}

/* Behind a 2xx nothing needs the request any more; for whom it was is known by its hash. */
CASE(MB_26_request_is_gone)
{
	struct rig_datagram first, second;
	struct transactions_entry e;

	open_with(rig_config_proxy);
	ring("INVITE", "two", 1);
	first = keep(1);
	second = keep(2);
	answer_to(&first, "486 Busy Here");
	rig_wait(10000);
	answer_to(&second, "200 OK");
	rig_wait(25000);
	rig_walk();
	assert_int_equal(ask(for_aor("sip:ann@example.com")).rows, 0);
	assert_int_equal(ask(for_aor("sip:two@example.com")).rows, 1);
	e = entry(0, 0);
	assert_int_equal(e.facts.flags, TRANSACTIONS_THERE | TRANSACTIONS_RELEASED);
	assert_int_equal(e.facts.state, SERVER_ACCEPTED);
	assert_int_equal(e.facts.final_status, 200);
	check_text(e.method, "INVITE");
	assert_int_equal(e.uri.len + e.call_id.len + e.from.len, 0);
	assert_int_equal(e.branch_count, 1);
	assert_int_equal(e.branch[0].status, 200);
}

/* ---- filters ---- */

static void
ring_some(void)
{
	open_with(rig_config_proxy);
	ring("INVITE", "two", 1);
	rig_wait(10000);
	rig_walk();
	ring("INVITE", "ann", 2);
	ring("MESSAGE", "two", 3);
}

CASE(MB_26_by_aor)
{
	struct transactions_part part;

	ring_some();
	part = ask(for_aor("sip:two@example.com"));
	assert_int_equal(part.rows, 2);
	assert_int_equal(part.live, 3);
	check_text(entry(0, 0).call_id, "1@198.51.100.9");
	check_text(entry(0, 1).call_id, "3@198.51.100.9");
	assert_int_equal(ask(for_aor("sip:tw@example.com")).rows, 0);
}

CASE(MB_26_by_age)
{
	struct transactions_query q = everything;

	ring_some();
	q.older_ms = 9000;
	assert_int_equal(ask(q).rows, 1);
	check_text(entry(0, 0).call_id, "1@198.51.100.9");
	q.older_ms = 60000;
	assert_int_equal(ask(q).rows, 0);
}

CASE(MB_26_by_call_id)
{
	struct transactions_query q = everything;

	ring_some();
	q.call_id_len = 14;
	memcpy(q.call_id, "2@198.51.100.9", 14);
	assert_int_equal(ask(q).rows, 1);
	check_text(entry(0, 0).uri, "sip:ann@example.com");
	q.call_id[0] = '9';
	assert_int_equal(ask(q).rows, 0);
}

CASE(MB_26_by_state)
{
	struct transactions_query q = everything;

	ring_some();
	q.state = SERVER_COMPLETED;
	assert_int_equal(ask(q).rows, 0);
	q.state = SERVER_PROCEEDING;
	assert_int_equal(ask(q).rows, 3);
}

/* ---- how much ---- */

/* The oldest of many, in order; and no walk looks at more than a few. */
CASE(MB_26_bounded)
{
	const unsigned int calls = 1500;
	struct transactions_query q = everything;
	struct transactions_part part;
	unsigned int walks = 0;

	open_with(config_small);
	for (unsigned int i = 0; i < calls; i++) {
		rig_wait(1);
		ring("MESSAGE", "two", 1000 + i);
	}
	q.limit = 50;
	q.id = 1 << 20;
	assert_int_equal(transactions_ask(rig.engine->config->shm_dir, &q), SEGMENT_OK);
	via_engine_tick(rig.engine);
	assert_int_equal(transactions_list_attach(&list, rig.engine->config->shm_dir), SEGMENT_OK);
	for (; !transactions_list_part(&list, 0, &part); walks++) {
		uint32_t before = rig.worker->transactions->show.next;

		via_worker_begin(rig.worker);
		via_worker_end(rig.worker);
		if (walks > 0)
			assert_true(rig.worker->transactions->show.next - before <= 64);
	}
	assert_in_range(walks, calls / 64, calls / 64 + 50 / 4 + 3);
	assert_int_equal(part.rows, 50);
	assert_int_equal(part.matched, calls);
	assert_int_equal(part.live, calls);
	for (uint32_t i = 0; i < 50; i++) {
		char want[40];

		snprintf(want, sizeof(want), "%u@198.51.100.9", 1000 + i);
		check_text(entry(0, i).call_id, want);
	}
	/* and that was it */
	via_worker_begin(rig.worker);
	via_worker_end(rig.worker);
	assert_int_equal(rig.worker->listed, q.id);
}

/* A row that has become another's between choice and copy is left out. */
CASE(MB_26_gone_meanwhile)
{
	struct transactions_query q = everything;
	struct transactions_part part;
	struct transactions_entry e;

	open_with(rig_config_proxy);
	for (unsigned int i = 0; i < 3; i++)
		ring("INVITE", "two", 1 + i);
	q.id = 1 << 21;
	assert_int_equal(transactions_ask(rig.engine->config->shm_dir, &q), SEGMENT_OK);
	via_engine_tick(rig.engine);
	assert_int_equal(transactions_list_attach(&list, rig.engine->config->shm_dir), SEGMENT_OK);
	via_worker_begin(rig.worker);
	via_worker_end(rig.worker);
	assert_int_equal(rig.worker->transactions->show.count, 3);
	rig.worker->transactions->row[1].started_ms++;
	via_worker_begin(rig.worker);
	via_worker_end(rig.worker);
	rig.worker->transactions->row[1].started_ms--;
	assert_true(transactions_list_part(&list, 0, &part));
	assert_int_equal(part.rows, 3);
	assert_int_equal(transactions_list_get(&list, 0, 0, &e) +
				 transactions_list_get(&list, 0, 1, &e) +
				 transactions_list_get(&list, 0, 2, &e),
			 2);
}

CASE(MB_26_a_query_overtakes)
{
	struct transactions_query q = everything;

	open_with(config_small);
	for (unsigned int i = 0; i < 200; i++)
		ring("MESSAGE", "two", 5000 + i);
	q.id = 1 << 22;
	assert_int_equal(transactions_ask(rig.engine->config->shm_dir, &q), SEGMENT_OK);
	via_engine_tick(rig.engine);
	via_worker_begin(rig.worker);
	via_worker_end(rig.worker);
	assert_int_equal(ask(for_aor("sip:ann@example.com")).rows, 0);
	assert_int_equal(ask(everything).rows, 100);
}

CASE(MB_26_each_worker)
{
	struct transactions_part part;

	open_with(config_two);
	rig.receiver = 0;
	ring("INVITE", "two", 1);
	rig.receiver = 1;
	ring("INVITE", "ann", 2);
	ring("INVITE", "ann", 3);
	assert_int_equal(ask(everything).rows, 1);
	assert_true(transactions_list_part(&list, 1, &part));
	assert_int_equal(part.rows, 2);
	check_text(entry(0, 0).uri, "sip:two@example.com");
	check_text(entry(1, 0).uri, "sip:ann@example.com");
}

CASE(none_are_kept)
{
	open_with(config_never);
	assert_int_equal(ask(everything).rows, 0);
}

/* Who may see a request may not see what is secret in it. */
CASE(MB_26_no_secrets)
{
	const char *octets;

	open_with(rig_config_proxy);
	ring("INVITE", "two:hush", 1);
	ask(everything);
	check_text(entry(0, 0).uri, "sip:two@example.com");
	octets = (const char *)list.segment.header;
	assert_null(memmem(octets, list.segment.size, "secret", 6));
	assert_null(memmem(octets, list.segment.size, "hush", 4));
}

/* ---- gauges ---- */

CASE(MB_26_gauges)
{
	const struct config_file_transactions *f;
	const struct transactions_gauges *g;

	open_with(rig_config_proxy);
	f = &rig.engine->config->file->transactions;
	g = &rig.engine->stats->worker[0].transactions;
	ring("INVITE", "two", 1);
	answer(1, "180 Ringing");
	rig_wait(3000);
	rig.worker->tsc_ms_next = 0;
	rig_walk();
	assert_int_equal(g->live, 1);
	assert_int_equal(g->peak, 1);
	assert_int_equal(g->max, f->max);
	assert_int_equal(g->branches, 2);
	assert_int_equal(g->branches_peak, 2);
	assert_int_equal(g->branches_max, f->branches);
	assert_in_range(g->text_used, 500, 8192);
	assert_int_equal(g->text_size, (uint64_t)f->memory_mb << 20);
	assert_true(g->timers >= 2);
	assert_int_equal(g->server[SERVER_PROCEEDING], 1);
	assert_int_equal(g->client[CLIENT_CALLING], 1);
	assert_int_equal(g->client[CLIENT_PROCEEDING], 1);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
