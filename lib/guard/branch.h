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
 * The transaction part of a branch: worker that owns the transaction, listener on which the request
 * arrived (where its responses leave from), and 80 bits of keyed hash that only we can make.
 */
struct branch_id {
	uint8_t worker;
	uint8_t listener;
	uint8_t mac[10];
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

/** Read the transaction part of a branch. False when it has not our form. */
bool branch_read(struct slice branch, struct branch_id *id);

/**
 * A response to what we forwarded: `id` was read off the topmost Via, `below` is the Via under it,
 * `back` where that one sends the response, `fields` are the response's. Compares in constant time.
 */
bool branch_check(struct siphash_key key, const struct branch_id *id,
		  const struct flow_address *back, const struct sip_via *below,
		  const struct sip_fields *fields);

#endif
