/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_ATTACK_WORLD_H
#define BENCH_ATTACK_WORLD_H

#include "attack_request.h"
#include "guard/breadth.h"

/**
 * The attacks of RFC 5393 §3 without a network: proxies with registrations, requests and responses
 * on their way between them, one request of a caller, and what comes of it. The proxies decide with
 * the functions of lib/guard, on the texts of the requests. One thread; the same seed and order
 * give the same run.
 *
 * A *forwarded request* is one with a new branch, sent by a proxy that is not hostile; the caller's
 * own is not counted.
 */

enum { ATTACK_TARGETS_MAX = 64, ATTACK_DEPTHS = 256, ATTACK_FINALS_MAX = 64 };

/** How a proxy tells that a request has come back to it. */
enum attack_check {
	ATTACK_CHECK_NONE,
	ATTACK_CHECK_RFC3261,     /* the hash of RFC 3261 §16.6 item 8, as it is written there */
	ATTACK_CHECK_RFC3261_VIA, /* the same, but the topmost Via, by which nothing is ever found
				   */
	ATTACK_CHECK_RFC5393,     /* lib/guard/loop.h */
};

/** What a proxy does. */
struct attack_rules {
	enum attack_check check;
	uint32_t revisit_limit; /* with ATTACK_CHECK_RFC5393; 0: none (LD-28) */
	bool breadth;           /* heeds Max-Breadth; else it passes on what it got */
	bool reject;            /* 440 when there is not enough; else the others wait */
	enum breadth_sharing sharing;
	struct breadth_policy policy;
	bool hostile;         /* takes part in the attack: is not counted */
	unsigned int changes; /* enum attack_change: what it does to each request */
};

/** Both limits with the recommended values: what ours do by default. */
extern const struct attack_rules attack_rules_both;

/** What a user agent does with an INVITE. */
struct attack_phone {
	unsigned int code; /* final response; 0: none until attack_answer() */
	bool rings;        /* 180 at once */
	bool silent; /* nothing at all: `code` is what the proxy in front of it times out to */
};

/** In which order what is on its way arrives. */
enum attack_order {
	ATTACK_EVEN,         /* every hop takes as long */
	ATTACK_NEWEST_FIRST, /* deep before broad */
	ATTACK_AT_RANDOM,    /* every hop takes another time */
};

struct attack_counts {
	uint64_t forwarded, forwarded_at[ATTACK_DEPTHS]; /* by depth; 1 is the caller's proxy */
	uint64_t passed;                                 /* by hostile proxies */
	uint64_t contexts; /* requests that proxies which are not hostile have forwarded */
	uint64_t answered; /* final responses to requests of proxies, the first of each */
	uint64_t repeated; /* further 2xx on a branch; they go on to the caller */
	uint64_t stray;    /* further final responses on a branch that are none: must be 0 */
	uint64_t loops, too_broad, too_far, unknown, too_many_vias; /* 482, 440, 483, 404, 400 */
	uint64_t cancels;
	uint64_t pending, most_pending; /* forwarded and not answered, at all depths together */
	uint64_t pending_at[ATTACK_DEPTHS], most_at_depth[ATTACK_DEPTHS];
	uint64_t running;         /* response contexts that have not ended */
	uint64_t broken_sums;     /* times that outgoing was not what is out, or above incoming */
	uint64_t time;            /* of the last event; a hop is 1 with ATTACK_EVEN */
	unsigned int provisional; /* that reached the caller */
	unsigned int final_count; /* final responses that reached the caller; the first of them: */
	unsigned int final[ATTACK_FINALS_MAX];
	bool stopped; /* at the limit of attack_run(), or for lack of memory: not at its end */
};

struct attack_world;

/** NULL when there is no memory. */
struct attack_world *attack_open(enum attack_order order, uint64_t seed);

/** Takes NULL. */
void attack_close(struct attack_world *w);

/** `host` is what stands in URIs and Via values; copied. False when there are too many nodes. */
bool attack_add_proxy(struct attack_world *w, const char *host, const struct attack_rules *rules);
bool attack_add_phone(struct attack_world *w, const char *host, const struct attack_phone *phone);

/**
 * A contact of an AOR, both complete URIs. Those of one `group` are tried at once, group after
 * group; groups of an AOR are registered in ascending order. False when there is no room.
 */
bool attack_register(struct attack_world *w, const char *aor, const char *contact,
		     unsigned int group);

/** The caller's request. Once for each world. */
bool attack_call(struct attack_world *w, const char *uri, uint32_t max_forwards,
		 uint32_t max_breadth);

/**
 * Go on until nothing is on its way, or `limit` requests have been forwarded, those of hostile
 * proxies among them. False in the latter case.
 */
bool attack_run(struct attack_world *w, uint64_t limit);

/** The caller gives up. */
void attack_cancel(struct attack_world *w);

/**
 * A phone answers the oldest request that it has not answered; with `again` the one that it
 * answered last. False when there is none. Then attack_run().
 */
bool attack_answer(struct attack_world *w, const char *host, unsigned int code, bool again);

/** Requests that have arrived at a node. */
uint64_t attack_arrived(const struct attack_world *w, const char *host);

/** Breadth that is out in all response contexts together. */
uint64_t attack_outgoing(const struct attack_world *w);

/** Good until the world is closed. */
const struct attack_counts *attack_counts(const struct attack_world *w);

/** The most that were pending at one depth at one time. */
uint64_t attack_most_at_one_depth(const struct attack_world *w);

#endif
