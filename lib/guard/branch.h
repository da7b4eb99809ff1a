/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GUARD_BRANCH_H
#define GUARD_BRANCH_H

#include "flow/address.h"
#include "guard/loop.h"
#include "sip/check.h"
#include "sip/via.h"
#include "sip/writer.h"

/** "z9hG4bK" and 24 digits of transaction part; the same with the loop part. */
#define BRANCH_LEN 31
#define BRANCH_LOOP_LEN (BRANCH_LEN + LOOP_PART_LEN)

/** With the loop part and the target. */
#define BRANCH_MAX_LEN (BRANCH_LOOP_LEN + BRANCH_TARGET_LEN)

/** Owner of a branch without transaction: any worker can take its responses. */
#define BRANCH_NO_OWNER 0xff

/** Owner of a branch of a request that control itself sent: it gets the responses. */
#define BRANCH_CONTROL 0xfe

/**
 * The first part of a branch without transaction: owner, which is no worker, listener on which the
 * request arrived (where its responses leave from), and 80 bits of keyed hash that only we can
 * make.
 */
struct branch_id {
	uint8_t worker;
	uint8_t listener;
	uint8_t mac[10];
};

/** Workers that can own a transaction; the other numbers are BRANCH_NO_OWNER and BRANCH_CONTROL. */
#define BRANCH_WORKERS 64

/**
 * The transaction part of a branch of a client transaction (RFC 3261 §8.1.1.7, RFC 5393 §4.2.1):
 * which it is, so that its response is led to it without a search, and a tag by which it is known
 * that we wrote this and nobody guessed it. It takes the place of a struct branch_id.
 */
struct branch_client {
	uint8_t worker;  /* that owns the transaction; below BRANCH_WORKERS */
	uint32_t client; /* number of the client transaction there; 24 bits */
	uint64_t tag;    /* branch_client_tag() */
};

/**
 * Which binding of an AOR a request was sent to: told apart by a keyed hash, so that its response
 * can name it. Copies of the request carry the same as long as they go there.
 */
struct branch_target {
	uint32_t id;
	uint16_t seal; /* of it, the loop part and the rest of the branch: others cannot make it */
	bool others;   /* there were other bindings to try */
	bool same;     /* and all of them are of the same instance */
};

/**
 * Make the transaction part for a request (RFC 3261 §16.11): a function of the received topmost
 * Via alone, so that retransmissions, CANCEL and ACK get the same, and of what a response carries
 * back, so that branch_check() can make it again; of a REGISTER also whether it asked for rport. A
 * request without the magic cookie is known by
 * From tag, Call-ID and CSeq number besides. `back` is where the response will go: whoever answers
 * cannot lead it elsewhere. The worker that happens to do it has no influence: a
 * copy may arrive at another one. `via` and `fields` are the received request's.
 */
struct branch_id branch_make(struct siphash_key key, const struct flow_address *back,
			     const struct sip_via *via, const struct sip_fields *fields,
			     uint8_t owner, uint8_t listener);

/**
 * The transaction part for a request that control itself makes, so that there is no Via below
 * ours: From tag, Call-ID and CSeq number stand for it. `fields` needs no more than those.
 */
struct branch_id branch_make_own(struct siphash_key key, const struct sip_fields *fields,
				 uint8_t listener);

/** A response to such a request. Compares in constant time. */
bool branch_check_own(struct siphash_key key, const struct branch_id *id,
		      const struct sip_fields *fields);

/**
 * Write the branch, with the loop part where `loop` is not NULL, and with the target behind that
 * where `target` is not NULL either.
 */
void branch_write(struct sip_writer *w, const struct branch_id *id, const struct loop_part *loop,
		  const struct branch_target *target);

/** Put the seal on a target: under the key of the loop part. */
void branch_target_seal(struct siphash_key key, const struct branch_id *id,
			const struct loop_part *loop, struct branch_target *target);

/** The seal of a target that was read is ours. Its 16 bits keep guesses few, not impossible. */
bool branch_target_check(struct siphash_key key, const struct branch_id *id,
			 const struct loop_part *loop, const struct branch_target *target);

/** Read the target off the end of a branch that branch_read() took. False when it has none. */
bool branch_target_read(struct slice branch, struct branch_target *target);

/**
 * Read the transaction part of a branch. False when it has not our form. The form is that of
 * branch_client_read(), too: a worker below BRANCH_WORKERS says that it is for that one.
 */
bool branch_read(struct slice branch, struct branch_id *id);

/**
 * Write the branch of a client transaction, with the loop part where `loop` is not NULL: all of it
 * or, where there is no room, nothing. BRANCH_LEN or BRANCH_LOOP_LEN characters.
 */
void branch_client_write(struct sip_writer *w, const struct branch_client *id,
			 const struct loop_part *loop);

/**
 * Read the transaction part of such a branch. False, with *id undefined, when it has not this form,
 * or the worker is none: then it may be one that branch_read() takes. Whether the tag is that of
 * the transaction is for the caller, who has to compare it.
 */
bool branch_client_read(struct slice branch, struct branch_client *id);

/**
 * The tag for the `counter`-th client transaction: a keyed hash, so that whoever has seen all
 * others cannot tell it. `key` may be that of branch_make(). A counter gives the same tag again, so
 * that it has to go on from a value of its own after a restart, and in each worker; two counters
 * share a tag with a chance of 2^-64.
 */
uint64_t branch_client_tag(struct siphash_key key, uint64_t counter);

/**
 * A response to what we forwarded: `id` was read off the topmost Via, `below` is the Via under it,
 * `back` where that one sends the response, `fields` are the response's. Compares in constant time.
 */
bool branch_check(struct siphash_key key, const struct branch_id *id,
		  const struct flow_address *back, const struct sip_via *below,
		  const struct sip_fields *fields);

#endif
