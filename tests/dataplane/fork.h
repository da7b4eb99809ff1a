/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Calls that fork, for the tests of them: who asks is ALICE, whoever answers U1, U2 and so on. Each
 * walk is followed by a look at every transaction, and each case ends with fork_drain().
 */
#ifndef TESTS_DATAPLANE_FORK_H
#define TESTS_DATAPLANE_FORK_H

#include <rte_mbuf.h>

#include "cases.h"
#include "transaction/transaction.h"

#define U1 "203.0.113.51:5060"
#define U2 "203.0.113.52:5060"
#define U3 "203.0.113.53:5060"
#define U4 "203.0.113.54:5060"
#define C1 "sip:u1@203.0.113.51"
#define C2 "sip:u2@203.0.113.52"
#define C3 "sip:u3@203.0.113.53"
#define C4 "sip:u4@203.0.113.54"

#define FORK_CONFIG(proxy, transactions) FORK_FAILOVER_CONFIG("0", proxy, transactions)
#define FORK_FAILOVER_CONFIG(ms, proxy, transactions)                                              \
	RIG_NETWORKS RIG_NO_LIMITS "names: [p1.example.com]\n"                                     \
				   "domains: [example.com]\n"                                      \
				   "proxy: {record_route: true, " proxy "}\n"                      \
				   "transactions: {failover_ms: " ms ", " transactions "}\n"

#define RINGING "180 Ringing"
#define BUSY "486 Busy Here"
#define TERMINATED "487 Request Terminated"
#define ANSWERED "200 OK"
#define DECLINED "603 Decline"

/** A message that left, kept beyond the next walk. */
struct sent {
	struct flow_address from, to;
	unsigned int fragments;
	size_t len;
	char text[66000];
};

/** A request of ALICE's. NULL and 0: what most cases have. */
struct call {
	const char *method; /* INVITE */
	const char *uri;    /* sip:USER@example.com */
	const char *user;   /* two */
	const char *branch; /* a, behind the cookie */
	const char *vias;   /* lines behind ALICE's own Via */
	const char *lines;  /* header lines in front of From */
	const char *to;     /* <sip:two@example.com>, with its tag if it has one */
	const char *body;
	const char *source; /* ALICE */
	unsigned int cseq;  /* 1 */
};

static uint64_t fork_elapsed;
static unsigned int fork_buffers, fork_large_buffers;

static inline unsigned int
fork_free_buffers(void)
{
	return rte_mempool_avail_count(rig.engine->pool);
}

/* The clock of the machine stands still: time goes by as the case says, however slow it runs. */
static inline void
fork_stop_clock(void)
{
	rig_walk();
	rig.engine->ns_per_cycle = 0;
	rig_wait(0);
	for (unsigned int i = 0; i < rig.engine->worker_count; i++)
		rig.engine->worker[i]->mono_ns = 0;
}

/** A fresh engine, and bindings of one, two, three (the last of a lower q) and four. */
static inline void
fork_open(const char *config)
{
	rig_open(NULL);
	rig_open(config);
	fork_stop_clock();
	fork_elapsed = 0;
	fork_buffers = fork_free_buffers();
	fork_large_buffers = rte_mempool_avail_count(rig.engine->large_pool);
	rig_bind("sip:one@example.com", C1, NULL);
	rig_bind("sip:two@example.com", C1, C2, NULL);
	rig_bind("sip:three@example.com", C1 "||1000", C2 "||1000", C3 "||500", NULL);
	rig_bind("sip:four@example.com", C1, C2, C3, C4, NULL);
}

/** MB-05, and that what a transaction keeps of its branches agrees with them. */
static inline void
fork_check_transaction(const struct transactions *ts, const struct transaction *t)
{
	uint64_t shares = 0;
	unsigned int running = 0;

	for (uint32_t i = t->clients; i != TRANSACTION_NONE; i = ts->client[i].next) {
		if ((ts->client[i].flags & CLIENT_DONE) != 0)
			continue;
		running++;
		if ((ts->client[i].flags & CLIENT_RESUMED) == 0)
			shares += ts->client[i].share;
	}
	assert_int_equal(running, t->running);
	if ((t->flags & TRANSACTION_NO_BREADTH) != 0)
		return;
	assert_int_equal(shares, t->breadth.outgoing);
	assert_true(t->breadth.outgoing <= t->breadth.incoming);
}

static inline const struct rig_out *
fork_walk(void)
{
	const struct transactions *ts = rig.worker->transactions;

	rig_walk();
	for (uint32_t i = 0; ts != NULL && i < ts->used; i++)
		if (ts->row[i].key != 0)
			fork_check_transaction(ts, &ts->row[i]);
	return &rig.out;
}

static inline const struct rig_out *
fork_put(struct slice sip, const char *from)
{
	rig_queue(NULL, sip, from, EDGE);
	return fork_walk();
}

/* What a wheel of timers looks at in one walk (wheel.h): a longer pause takes several walks. */
enum { FORK_STEP_MS = 4000 };

/** Time goes by until `ms` behind fork_open(); whatever leaves meanwhile. */
static inline const struct rig_out *
fork_pass(uint64_t ms)
{
	assert_true(ms >= fork_elapsed);
	do {
		uint64_t step = RTE_MIN(ms - fork_elapsed, (uint64_t)FORK_STEP_MS);

		rig_wait(step);
		fork_elapsed += step;
		fork_walk();
	} while (fork_elapsed < ms);
	return &rig.out;
}

/** The same, where nothing leaves before that. */
static inline const struct rig_out *
fork_until(uint64_t ms)
{
	while (ms - fork_elapsed > FORK_STEP_MS)
		assert_int_equal(fork_pass(fork_elapsed + FORK_STEP_MS)->count, 0);
	return fork_pass(ms);
}

/** All timers run out, and nothing is left. */
static inline void
fork_drain(void)
{
	const struct transactions *ts = rig.worker->transactions;

	if (ts == NULL)
		return;
	for (unsigned int i = 0; i < 200 && ts->live + ts->client_live > 0; i++)
		fork_pass(fork_elapsed + FORK_STEP_MS);
	assert_int_equal(ts->live, 0);
	assert_int_equal(ts->client_live, 0);
	assert_int_equal(text_store_used(&ts->text), 0);
	assert_int_equal(fork_walk()->count, 0);
	assert_int_equal(fork_free_buffers(), fork_buffers);
	assert_int_equal(rte_mempool_avail_count(rig.engine->large_pool), fork_large_buffers);
}

/* ---- requests ---- */

static inline struct slice
fork_text(const struct call *c)
{
	static char text[140000];
	const char *user = c->user != NULL ? c->user : "two";
	const char *method = c->method != NULL ? c->method : "INVITE";
	const char *body = c->body != NULL ? c->body : "";
	char uri[256], to[256];
	int n;

	snprintf(uri, sizeof(uri), "sip:%s@example.com", user);
	snprintf(to, sizeof(to), "<sip:%s@example.com>", user);
	n = snprintf(text, sizeof(text),
		     "%s %s SIP/2.0\r\n"
		     "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bK%s\r\n%s" MF "%s"
		     "From: <sip:alice@example.org>;tag=a77\r\n"
		     "To: %s\r\nCall-ID: f@198.51.100.9\r\nCSeq: %u %s\r\n"
		     "Content-Length: %zu\r\n\r\n%s",
		     method, c->uri != NULL ? c->uri : uri, c->branch != NULL ? c->branch : "a",
		     c->vias != NULL ? c->vias : "", c->lines != NULL ? c->lines : "",
		     c->to != NULL ? c->to : to, c->cseq != 0 ? c->cseq : 1, method, strlen(body),
		     body);
	assert_true(n > 0 && (size_t)n < sizeof(text));
	return slice_of(text, (size_t)n);
}

static inline const struct rig_out *
fork_call(const struct call *c)
{
	return fork_put(fork_text(c), c->source != NULL ? c->source : ALICE);
}

#define CALL(...) fork_call(&(const struct call){ __VA_ARGS__ })

/* ---- what left ---- */

static inline bool
fork_is(const struct rig_datagram *d, const char *to, const char *first)
{
	struct flow_address address = rig_address(to);

	return flow_address_eq(&d->to, &address) &&
	       strncmp(rig_first_line(d->sip), first, strlen(first)) == 0;
}

/** How many left for there with a first line that begins so. */
static inline unsigned int
fork_count(const char *to, const char *first)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < rig.out.count; i++)
		n += fork_is(&rig.out.datagram[i], to, first);
	return n;
}

static inline void
fork_list(void)
{
	for (unsigned int i = 0; i < rig.out.count; i++) {
		char text[FLOW_ADDRESS_TEXT_MAX + 1] = "";

		flow_address_text(&rig.out.datagram[i].to, text);
		print_error("%.*s <- %s\n", FLOW_ADDRESS_TEXT_MAX, text,
			    rig_first_line(rig.out.datagram[i].sip));
	}
}

/** The one that did. */
static inline const struct rig_datagram *
fork_sent(const char *to, const char *first)
{
	const struct rig_datagram *found = NULL;

	if (fork_count(to, first) != 1) {
		fork_list();
		fail_msg("%u \"%s\" to %s, want 1", fork_count(to, first), first, to);
	}
	for (unsigned int i = 0; i < rig.out.count; i++)
		if (fork_is(&rig.out.datagram[i], to, first))
			found = &rig.out.datagram[i];
	return found;
}

/** Nothing left but `want` messages. */
static inline void
fork_check_count(unsigned int want)
{
	if (rig.out.count == want)
		return;
	fork_list();
	fail_msg("%u messages left, want %u", rig.out.count, want);
}

static inline void
fork_keep(struct sent *s, const char *to, const char *first)
{
	const struct rig_datagram *d = fork_sent(to, first);

	s->from = d->from;
	s->to = d->to;
	s->fragments = d->fragments;
	s->len = d->sip.len;
	assert_true(s->len < sizeof(s->text));
	memcpy(s->text, d->sip.ptr, s->len);
	s->text[s->len] = '\0';
}

static inline struct slice
fork_kept(const struct sent *s)
{
	return slice_of(s->text, s->len);
}

/** The value of a header of one that left. */
static inline const char *
fork_header(const char *to, const char *first, const char *name)
{
	return rig_header(fork_sent(to, first)->sip, name);
}

/** Max-Breadth of the request that left for there. */
static inline unsigned int
fork_breadth(const char *to, const char *method)
{
	return (unsigned int)atoi(fork_header(to, method, "Max-Breadth"));
}

/* ---- answers ---- */

/** How somebody answers a request. NULL: what most do. */
struct answer {
	const char *status; /* 486 Busy Here */
	const char *tag;    /* of To; t, and "" is none */
	const char *lines;  /* header lines */
	const char *body;
	const char *method; /* of CSeq: that of the request */
	const char *from;   /* the address that the request went to */
};

static inline struct slice
fork_answer_text(const struct sent *to, const struct answer *a)
{
	static char text[140000];
	struct slice sip = fork_kept(to);
	char via[20000], to_value[512], cseq[64], from[512], call_id[256];
	const char *tag = a->tag != NULL ? a->tag : "t", *body = a->body != NULL ? a->body : "";
	bool tagged;
	int n;

	snprintf(via, sizeof(via), "%s", rig_header(sip, "Via"));
	snprintf(to_value, sizeof(to_value), "%s", rig_header(sip, "To"));
	snprintf(from, sizeof(from), "%s", rig_header(sip, "From"));
	snprintf(call_id, sizeof(call_id), "%s", rig_header(sip, "Call-ID"));
	snprintf(cseq, sizeof(cseq), "%s", rig_header(sip, "CSeq"));
	if (a->method != NULL)
		snprintf(strchr(cseq, ' ') + 1, 32, "%s", a->method);
	tagged = strstr(to_value, ";tag=") != NULL || tag[0] == '\0';
	n = snprintf(text, sizeof(text),
		     "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s%s\r\nCall-ID: %s\r\n"
		     "CSeq: %s\r\n%sContent-Length: %zu\r\n\r\n%s",
		     a->status != NULL ? a->status : BUSY, via, from, to_value,
		     tagged ? "" : ";tag=", tagged ? "" : tag, call_id, cseq,
		     a->lines != NULL ? a->lines : "", strlen(body), body);
	assert_true(n > 0 && (size_t)n < sizeof(text));
	return slice_of(text, (size_t)n);
}

static inline const struct rig_out *
fork_answer(const struct sent *to, const struct answer *a)
{
	char text[FLOW_ADDRESS_TEXT_MAX + 1] = "", local[FLOW_ADDRESS_TEXT_MAX + 1] = "";

	flow_address_text(&to->to, text);
	flow_address_text(&to->from, local);
	rig_queue(NULL, fork_answer_text(to, a), a->from != NULL ? a->from : text, local);
	return fork_walk();
}

#define ANSWER(to, ...) fork_answer(to, &(const struct answer){ __VA_ARGS__ })

/** An answer, its To tag `t` and nothing else of interest. */
static inline const struct rig_out *
fork_say(const struct sent *to, const char *status)
{
	return ANSWER(to, .status = status);
}

/** ALICE acknowledges a final response that left for her just now, other than 2xx. */
static inline const struct rig_out *
fork_acknowledge(const struct call *c, const char *first)
{
	static char to[512];
	struct call ack = *c;

	snprintf(to, sizeof(to), "%s", fork_header(ALICE, first, "To"));
	ack.method = "ACK";
	ack.to = to;
	ack.body = NULL;
	return fork_call(&ack);
}

/* ---- the usual beginnings ---- */

static struct sent fork_leg[8];

static inline const char *
fork_address(unsigned int i)
{
	static const char *const address[] = { U1, U2, U3, U4 };

	return address[i];
}

/** INVITE to `user`, at once to `count` user agents; their INVITEs are in fork_leg[]. */
static inline void
fork_invite(const char *user, unsigned int count)
{
	CALL(.user = user);
	fork_check_count(count + 1);
	fork_sent(ALICE, "SIP/2.0 100 Trying");
	for (unsigned int i = 0; i < count; i++)
		fork_keep(&fork_leg[i], fork_address(i), "INVITE ");
}

/** The same, and all of them ring. */
static inline void
fork_ring(const char *user, unsigned int count)
{
	fork_invite(user, count);
	for (unsigned int i = 0; i < count; i++) {
		fork_say(&fork_leg[i], RINGING);
		fork_check_count(1);
		fork_sent(ALICE, "SIP/2.0 180 Ringing");
	}
}

/** One final answer: what leaves is `acks` ACK to there and what `to_alice` begins with, if any. */
static inline void
fork_end(unsigned int leg, const char *status, const char *to_alice)
{
	bool success = status[0] == '2';

	fork_say(&fork_leg[leg], status);
	if (!success)
		fork_sent(fork_address(leg), "ACK ");
	if (to_alice != NULL)
		fork_sent(ALICE, to_alice);
	else
		assert_int_equal(fork_count(ALICE, ""), 0);
}

#endif
