/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Transactions by script: what comes in at which time, and all that leaves until the next step.
 * The clock stands still between the steps of a script, so that times are exact to the tick.
 */
#ifndef TESTS_DATAPLANE_TRANSACTION_H
#define TESTS_DATAPLANE_TRANSACTION_H

#include "cases.h"

/** A fork for each user with several contacts; and state for everything. */
#define PROXY_WITH(transactions)                                                                   \
	RIG_NETWORKS RIG_NO_LIMITS "names: [p1.example.com]\n"                                     \
				   "domains: [example.com]\n"                                      \
				   "proxy: {record_route: true}\n"                                 \
				   "transactions: {" transactions "}\n"

/**
 * One step. Who is who: A is ALICE, U1 to U4 are 203.0.113.51 to .54, P is 203.0.113.55; all at
 * port 5060.
 *
 * What comes in:
 *   "first"       the request of the script
 *   "copy"        the same, octet for octet
 *   "ACK"         of who asked, with the To of the last final response that went there
 *   "CANCEL"      likewise, with the To of the request
 *   "U1 486"      a response to the last request that U1 got but ACK and CANCEL; To tag "U1"
 * and behind that, each after a '|': "OLD>NEW" puts NEW in place of every OLD of the message;
 * "@203.0.113.9:7000" is where it comes from.
 *
 * What leaves: "A 100, U1 INVITE", in any order; "@500" behind one says when, if it is not at the
 * time of the step, and may stand by itself: "U1 INVITE @500 @1500". A message that has the kind
 * and the address of one before has to equal it octet for octet, or with '!' to differ: "A 200!".
 * Responses to another method than that of the script are "200/CANCEL". "": nothing.
 */
struct step {
	uint32_t at;         /* ms since the first */
	const char *in;      /* NULL: nothing; time goes by */
	const char *out;     /* NULL ends the script */
	const char *counted; /* "copies_absorbed 1, branches 0": by how much in this step */
};

enum { SCRIPT_STEPS = 20 };

/** NULL means: what most have. */
struct script {
	const char *req;    /* name of the case */
	const char *config; /* rig_config_proxy: several contacts make a transaction */
	const char *method; /* INVITE */
	const char *user;   /* two: of one, two, three (U3 with less q), four, path, path2 */
	const char *lines;  /* header lines in front of From */
	const char *via;    /* sent-by and parameters: 198.51.100.9:5060;branch=z9hG4bKa */
	const char *to;     /* the URI of `user` in brackets */
	const char *from;   /* where the request comes from: ALICE */
	const char *at;     /* and to which address of ours: EDGE */
	struct step step[SCRIPT_STEPS];
};

/** Any case of a transaction has state: even with one contact. */
extern const char script_config_always[];

/** The whole of a script: for GTEST_ROWS. At its end nothing may be left. */
void script_check(void **state);

/* ---- the same in pieces ---- */

/** Open the engine anew and bind all users. */
void script_begin(const struct script *s);

/** Something comes in now. */
void script_in(const char *in);

/** A message comes in now, at EDGE. */
void script_send(struct slice sip, const char *from);

/** Time goes by, to `ms` since the beginning. */
void script_until(uint32_t ms);

/** What has left since the last call of this is all of `out`, and nothing else. */
void script_out(const char *out);

/** By how much counters have grown since the last script_out(). */
void script_counted(const char *counted);

/** The request of the script. Until the next script_begin(). */
struct slice script_request(void);

/** The last message of this kind that went to `who`, of all since the beginning: "U1", "ACK". */
struct slice script_last(const char *who, const char *what);

/** The same: where it left from. */
struct flow_address script_last_from(const char *who, const char *what);

/** Let everything end; then no transaction, no branch, no text and no buffer is left. */
void script_end(void);

#endif
