/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_TRANSACTION_TRANSACTION_H
#define DATAPLANE_TRANSACTION_TRANSACTION_H

#include "engine.h"
#include "guard/breadth.h"
#include "transaction/ages.h"
#include "transaction/show.h"
#include "transaction/text_store.h"
#include "transaction/wheel.h"

/**
 * Transactions: the state of requests on their way (RFC 3261 §16 and §17, RFC 6026, RFC 4320).
 *
 * A `struct transaction` is a received request: its server transaction and its response context at
 * once. A `struct client` is a branch of it: one client transaction. All belong to one worker, who
 * alone looks at them; what lands elsewhere is handed to him (handoff.h). Everything is bounded:
 * rows by configuration, messages by a store of their own; when one is full a request gets 503
 * statelessly, and nothing that lives is harmed.
 *
 * Where to read what: server.c is §17.2, client.c §17.1, context.c §16.7, fork.c §16.6 and RFC
 * 5393, recurse.c 305s, timers.c who is called when, show.c what people are told.
 */

#define TRANSACTION_NONE UINT32_MAX

/** Server transaction (RFC 3261 §17.2, RFC 6026 §7.1); Trying and Proceeding are one here. */
enum server_state {
	SERVER_PROCEEDING, /* no final response has been sent */
	SERVER_COMPLETED,  /* one has, other than 2xx to INVITE; timers G and H, or J */
	SERVER_CONFIRMED,  /* and the ACK for it has come; timer I */
	SERVER_ACCEPTED,   /* 2xx to INVITE; timer L */
	SERVER_TERMINATED, /* no request finds it; it only waits for its branches */
	SERVER_STATES
};

/** Client transaction (RFC 3261 §17.1, RFC 6026 §7.2); Calling and Trying are one here. */
enum client_state {
	CLIENT_CALLING,    /* nothing has come back; timers A and B, or E and F */
	CLIENT_PROCEEDING, /* a provisional response has; timer C, or E and F */
	CLIENT_COMPLETED,  /* a final one has; timer D, or K */
	CLIENT_ACCEPTED,   /* 2xx to INVITE; timer M */
	CLIENT_GIVEN_UP,   /* none has in time, and a late 2xx still counts */
	CLIENT_STATES
};

enum transaction_flag {
	TRANSACTION_INVITE = 1 << 0,
	TRANSACTION_CANCELLED = 1 << 1,       /* by who asked: nothing new is begun */
	TRANSACTION_DECIDED = 1 << 2,         /* a 2xx or 6xx has come: likewise (MB-16) */
	TRANSACTION_NO_BREADTH = 1 << 3,      /* proxy.breadth is off */
	TRANSACTION_NO_CANCEL = 1 << 4,       /* Request-Disposition: no-cancel */
	TRANSACTION_NO_RECURSE = 1 << 5,      /* and no-recurse */
	TRANSACTION_TRYING_SENT = 1 << 6,     /* a 100 has gone to who asked */
	TRANSACTION_LOCAL_BEST = 1 << 7,      /* the best response is of our own making */
	TRANSACTION_MANY_CHALLENGES = 1 << 8, /* from more than one branch */
};

enum client_flag {
	CLIENT_CANCEL_WANTED = 1 << 0, /* as soon as a provisional response comes (§9.1) */
	CLIENT_CANCEL_SENT = 1 << 1,
	CLIENT_DONE = 1 << 3,  /* counted as final in its context: its share is free */
	CLIENT_HEARD = 1 << 4, /* anything has come back */
	/* why it is cancelled: of the first CANCEL, so that those sent again are copies of it */
	CLIENT_REASON_RELAYED = 1 << 5, /* who asked has given up, and may have said why */
	CLIENT_REASON_ELSEWHERE = 1 << 6,
	CLIENT_RESUMED = 1 << 7, /* it was given up, and has spoken after all */
};

/** A place that a request may be sent to; rows of transaction.targets, texts behind them. */
struct target {
	struct flow_address to;
	uint32_t id;                       /* of its binding, for what is known to have failed */
	uint16_t contact_off, contact_len; /* from the first row; 0: the Request-URI stays */
	uint16_t path_off, path_len;
	uint8_t listener;
	uint8_t kind;        /* enum via_target_kind: FLOW or BINDING or NEXT_HOP */
	uint8_t group;       /* groups are tried one after the other */
	uint8_t alternative; /* only when the one before it fails: another flow of its instance */
	uint8_t has_instance;
	uint8_t path_opened; /* its first Path value was a token of ours: not a Route */
	uint8_t taken;       /* it has been tried, or will not be */
};

/** The targets of one request: a snapshot, for the bindings may change meanwhile. */
struct target_rows {
	uint16_t count;
	uint16_t flags;    /* enum transaction_flag: as who asked wants it (RFC 3841 §9.1) */
	uint32_t redirect; /* it is answered with them */
	struct target row[];
};

/** A branch. */
struct client {
	uint64_t tag;                         /* of its branch; nobody else can make it */
	uint64_t retry_at, end_at, cancel_at; /* ms; 0: not set */
	uint32_t transaction;
	uint32_t next;                      /* of the same transaction; of those that are free */
	uint32_t interval, cancel_interval; /* ms */
	uint32_t share;                     /* of Max-Breadth */
	uint32_t route;    /* text: the Contact of a 305 in place of the top Route; 0: none */
	uint32_t contacts; /* text: the other Contacts, in their order; 0: none */
	uint32_t places;   /* text: further places of this Contact, struct flow_address; 0: none */
	uint16_t contacts_at; /* those before it have been tried */
	uint8_t place;        /* likewise */
	struct flow_address to;
	uint8_t listener;
	uint8_t state;   /* enum client_state; by client_enter() */
	uint8_t flags;   /* enum client_flag */
	uint8_t target;  /* row of the targets */
	uint8_t kind;    /* enum via_target_kind */
	uint8_t depth;   /* 305s that led here (RC-32) */
	uint16_t status; /* of its final response; 0: none */
};

/** A received request. */
struct transaction {
	uint64_t key;              /* of transaction_key(); 0: free */
	uint64_t retry_at, end_at; /* ms; 0: not set */
	uint64_t started_ms;
	uint32_t chain;   /* next of the same bucket; of those that are free */
	uint32_t clients; /* first branch */
	uint32_t request, targets, response, best, challenges, cancel_reason; /* texts; 0: none */
	uint32_t tried;    /* text: keys of the Contacts of 305s, `recursions` of them; 0: none */
	uint32_t interval; /* of timer G, ms */
	struct breadth breadth;
	struct flow_address reply_to;
	uint16_t flags; /* enum transaction_flag */
	uint16_t best_status;
	uint16_t final_status;    /* as sent; 0: none */
	uint16_t response_status; /* what `response` is; 0 with final_status: of our own making */
	uint16_t uri_off, uri_len, route_off, route_len;
	uint8_t state; /* enum server_state; by server_enter() */
	uint8_t method;
	uint8_t running;    /* branches that are not CLIENT_DONE */
	uint8_t group;      /* which one is tried now */
	uint8_t recursions; /* branches because of 305s */
	uint8_t reason;     /* enum via_reason, of a final response of our own making */
	_Alignas(16) char front[offsetof(struct via_meta, uri)]; /* of the request's via_meta */
};

/** What transactions have to send, until the node that called flushes it. */
enum outbox_edge { OUTBOX_OUTPUT, OUTBOX_EGRESS, OUTBOX_EDGES };

#define OUTBOX_MAX 192

struct outbox {
	unsigned int count;
	struct {
		struct rte_mbuf *m;
		uint16_t edge; /* enum outbox_edge: ready, or a response that has its Via still */
	} row[OUTBOX_MAX];
};

/** All transactions of one worker. */
struct transactions {
	struct transaction *row;
	struct client *client;
	uint32_t *bucket; /* number of the first row plus 1; 0: empty */
	uint32_t bucket_mask;
	uint32_t max, used, free, live;
	uint32_t client_max, client_used, client_free, client_live;
	uint32_t peak, client_peak;
	uint32_t in_state[SERVER_STATES], client_in_state[CLIENT_STATES];
	struct ages ages;
	uint32_t t1, t2, t4, timer_c, failover; /* ms */
	struct wheel server_wheel, client_wheel;
	bool clients_turn; /* whose timers are looked at first */
	struct text_store text;
	struct siphash_key key;
	uint64_t counter; /* of branches */
	uint64_t random;  /* state of a generator: which of equal Contacts (RC-24) */
	struct outbox outbox;
	struct via_meta scratch;      /* of a request whose text is in the store */
	struct via_meta scratch_sent; /* of one as it was sent */
	struct show show;             /* of show.c */
};

/* ---- table.c ---- */

/** Room for the transactions of a worker, as `transactions` in the configuration says. 0, or -1. */
int transactions_open(struct via_worker *w);

/** Takes a worker that has none. */
void transactions_close(struct via_worker *w);

/** Milliseconds of a steady clock, of this walk. */
static inline uint64_t
transaction_now(const struct via_worker *w)
{
	return w->time_ms;
}

static inline bool
transaction_is_invite(const struct transaction *t)
{
	return (t->flags & TRANSACTION_INVITE) != 0;
}

/** What a request and its copies, ACK and CANCEL have in common: their branch. Never 0. */
static inline uint64_t
transaction_key(const struct branch_id *branch)
{
	uint64_t key;

	memcpy(&key, branch->mac, sizeof(key));
	return key != 0 ? key : 1;
}

/** Ask for what leads to the transaction of a key. */
void transaction_prefetch(const struct transactions *ts, uint64_t key);

/** The transaction of a request: of this method, or INVITE for its ACK and CANCEL; NULL: none. */
struct transaction *transaction_find(const struct transactions *ts, uint64_t key, uint8_t method);

/**
 * A request belongs to a transaction of this worker: it is a copy, the CANCEL, or the ACK of a
 * response other than 2xx. An ACK for a 2xx goes on its way, even with the branch of the INVITE
 * (RFC 3261 §17.2.3, RFC 6026 §7.1).
 */
static inline bool
transaction_has(const struct via_worker *w, const struct via_meta *meta)
{
	const struct transaction *t =
		transaction_find(w->transactions, transaction_key(&meta->branch), meta->msg.method);

	return t != NULL && (meta->msg.method != SIP_ACK || t->state != SERVER_ACCEPTED);
}

/** A new one; NULL when there is no room. */
struct transaction *transaction_new(struct transactions *ts, uint64_t key, uint8_t method);

/** No request finds it any more; its branches live on. */
void transaction_unlist(struct via_worker *w, const struct transaction *t);

/** It and its texts go; its clients have gone. */
void transaction_free(struct via_worker *w, struct transaction *t);

static inline uint32_t
transaction_number(const struct transactions *ts, const struct transaction *t)
{
	return (uint32_t)(t - ts->row);
}

struct client *client_new(struct transactions *ts, struct transaction *t);
void client_free(struct transactions *ts, struct client *c);

static inline uint32_t
client_number(const struct transactions *ts, const struct client *c)
{
	return (uint32_t)(c - ts->client);
}

static inline struct transaction *
client_transaction(const struct transactions *ts, const struct client *c)
{
	return &ts->row[c->transaction];
}

/** Ask for the row of a client; and, when that has come, for what of its transaction is read. */
static inline void
client_prefetch(const struct transactions *ts, uint32_t number)
{
	if (number < ts->client_used)
		rte_prefetch0(&ts->client[number]);
}

static inline void
client_prefetch_transaction(const struct transactions *ts, uint32_t number)
{
	const char *t;

	if (number >= ts->client_used || ts->client[number].transaction >= ts->used)
		return;
	t = (const char *)&ts->row[ts->client[number].transaction];
	rte_prefetch0_write(t);
	rte_prefetch0_write(t + RTE_CACHE_LINE_SIZE);
	rte_prefetch0(t + 2 * RTE_CACHE_LINE_SIZE);
}

/** The live client with this number and tag; NULL when there is none. In constant time. */
struct client *client_find(const struct transactions *ts, uint32_t number, uint64_t tag);

/** Let go of a text. */
static inline void
transaction_drop_text(struct transactions *ts, uint32_t *text)
{
	text_store_free(&ts->text, *text);
	*text = 0;
}

static inline struct target_rows *
transaction_targets(const struct transactions *ts, const struct transaction *t)
{
	return (struct target_rows *)(uintptr_t)text_store_get(&ts->text, t->targets).ptr;
}

/** Pass to another state. All do it by this: how many are in each is counted. */
static inline void
server_enter(struct transactions *ts, struct transaction *t, enum server_state state)
{
	ts->in_state[t->state]--;
	ts->in_state[state]++;
	t->state = (uint8_t)state;
}

/** The same for a branch. */
static inline void
client_enter(struct transactions *ts, struct client *c, enum client_state state)
{
	ts->client_in_state[c->state]--;
	ts->client_in_state[state]++;
	c->state = (uint8_t)state;
}

/* ---- timers.c ---- */

/** Set the wheel for what is due next; after each change of retry_at and the like. */
void transaction_arm(struct via_worker *w, struct transaction *t);
void client_arm(struct via_worker *w, struct client *c);

/** Some of what is due. */
struct timer_batch {
	unsigned int count;
	bool clients; /* else transactions */
	uint32_t due[16];
};

/** Take what is due, and ask for its rows; false: nothing is. */
bool timer_batch_take(struct via_worker *w, struct timer_batch *batch);

/** Run the `i`th. */
void timer_batch_run(struct via_worker *w, const struct timer_batch *batch, unsigned int i);

/* ---- render.c: what is sent ---- */

/** The request of a transaction, read again from the store into ts->scratch. NULL: it cannot be. */
struct via_meta *render_meta(struct via_worker *w, const struct transaction *t);

/**
 * Send the request of a branch. `meta` is that of the received request: of the node, or
 * render_meta(). False when it cannot be written; one that finds no buffer counts as lost.
 */
bool render_request(struct via_worker *w, struct via_meta *meta, struct transaction *t,
		    const struct client *c);

/** CANCEL for a branch (§9.1). */
bool render_cancel(struct via_worker *w, struct transaction *t, const struct client *c);

/** ACK for a final response other than 2xx, `response` (§17.1.1.3). */
bool render_ack(struct via_worker *w, struct transaction *t, const struct client *c,
		const struct via_meta *response);

/** A response of our own to the request of a transaction. */
bool render_reply(struct via_worker *w, struct via_meta *meta, const struct transaction *t,
		  enum via_reason reason);

/** A response that came from a branch, from the store: to who asked. */
bool render_response(struct via_worker *w, const struct transaction *t, uint32_t text);

/** What render_keep() has kept, read again into ts->scratch. NULL: it cannot be. */
struct via_meta *render_kept(struct via_worker *w, uint32_t text);

/** Keep a response as it came; 0: no room. */
uint32_t render_keep(struct via_worker *w, const struct via_meta *meta, struct slice text);

/** Where a response to this transaction goes: set it in `meta`, which is a response's. */
void render_way_back(struct via_worker *w, const struct transaction *t, struct via_meta *meta);

/* ---- server.c: RFC 3261 §17.2 ---- */

/** A copy of the request has come: the last response goes again. */
void server_copy(struct via_worker *w, struct transaction *t);

/** The ACK for a final response has come. */
void server_ack(struct via_worker *w, struct transaction *t);

/** A final response has been sent: the state behind it. */
void server_final(struct via_worker *w, struct transaction *t, uint16_t status);

/** Send a final response of our own. */
void server_refuse(struct via_worker *w, struct transaction *t, enum via_reason reason);

/** Send 100 now. `meta` is the request's. */
void server_trying(struct via_worker *w, struct transaction *t, struct via_meta *meta);

/** What is due. */
void server_timer(struct via_worker *w, struct transaction *t);

/** It has ended (§17.2: destroyed): another copy is a new request. Its branches may live on. */
void server_end(struct via_worker *w, struct transaction *t);

/** It may be gone now: it is freed when nothing waits for it any more. */
void server_release(struct via_worker *w, struct transaction *t);

/* ---- client.c: RFC 3261 §17.1 ---- */

/** Begin a branch. False: no room, or it cannot be sent. `meta`: the request's, or NULL. */
bool client_begin(struct via_worker *w, struct transaction *t, struct client *c,
		  struct via_meta *meta);

/** A response of a branch that is ours: what becomes of it. */
enum client_verdict {
	CLIENT_ABSORB,  /* it ends here */
	CLIENT_FORWARD, /* it goes to who asked, as it is */
	CLIENT_STRAY,   /* it answers nothing that we sent */
};
enum client_verdict client_response(struct via_worker *w, struct client *c, struct via_meta *meta);

/** It is to be cancelled, at once or when a provisional response comes (§9.1). */
void client_cancel(struct via_worker *w, struct transaction *t, struct client *c);

void client_timer(struct via_worker *w, struct client *c);

/* ---- context.c: RFC 3261 §16.7 ---- */

/** A final response other than 2xx, or its lack (`meta` NULL), ends a branch. */
enum client_verdict context_final(struct via_worker *w, struct transaction *t, struct client *c,
				  uint16_t status, struct via_meta *meta);

/** A 2xx of a branch. */
enum client_verdict context_success(struct via_worker *w, struct transaction *t, struct client *c,
				    struct via_meta *meta);

/** Its share of Max-Breadth is free; once (MB-15). */
void context_done(struct transaction *t, struct client *c, uint16_t status);

/** Nothing was heard of a branch: another flow takes its turn. False: none can. */
bool context_given_up(struct via_worker *w, struct transaction *t, struct client *c);

/**
 * A branch that was given up has spoken after all: its final response is waited for again, and
 * counts. Its share of Max-Breadth is the other flow's, and stays that.
 */
void context_resumed(struct transaction *t, struct client *c);

/** Cancel all branches that are not done. */
void context_cancel(struct via_worker *w, struct transaction *t);

/** The CANCEL of who asked has come (§16.10). */
void context_cancelled(struct via_worker *w, struct transaction *t);

/* ---- fork.c: RFC 3261 §16.6, RFC 5393 §5.3.3 ---- */

/**
 * Make a transaction of a request whose targets are in the store as `targets`, and begin its first
 * branches. VIA_REASON_NONE, or what it is refused with; nothing is left then, `targets` included.
 */
enum via_reason fork_begin(struct via_worker *w, struct via_meta *meta, uint32_t targets);

/** Begin as many further branches as there is breadth for. `meta` may be NULL. */
void fork_continue(struct via_worker *w, struct transaction *t, struct via_meta *meta);

/** Try the next flow of the instance that `c` was sent to. False: there is none. */
bool fork_alternative(struct via_worker *w, struct transaction *t, struct client *c);

/** Another flow of the instance that `c` was sent to can be tried. */
bool fork_has_alternative(const struct via_worker *w, const struct transaction *t,
			  const struct client *c);

/* ---- outbox ---- */

/** Put a message out; false, and it is freed, when there is no room. */
bool outbox_put(struct via_worker *w, struct rte_mbuf *m, enum outbox_edge edge);

#endif
