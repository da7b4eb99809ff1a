/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_BINDING_CHOICE_H
#define DATAPLANE_BINDING_CHOICE_H

#include "engine.h"
#include "guard/branch.h"

/**
 * Which binding of an AOR a request is sent to, and by which way: the one registered last whose way
 * is open. One whose edge is down, whose flow an edge has told to be gone, or that has not answered
 * this request, is passed over (RFC 5626 §7, PR-11 to PR-16).
 */

/** Bindings that one request has given up, so that its next copy takes another. */
enum { BINDING_CHOICE_TRIED = 2 };

struct binding_choice {
	struct binding binding; /* borrows from w->record */
	int index;              /* of it in the record; -1: none */
	struct branch_target target;
	uint32_t identity; /* what finds it again after it was refreshed */
};

/** Names a binding for as long as it is registered; not 0. Instances of a contact differ by flow.
 */
uint32_t binding_identity(const struct binding *b);

/** Names it as it was registered last: a refresh makes it another, which nobody has called gone. */
uint32_t binding_target_id(const struct via_worker *w, const struct binding *b);

/** An edge has told that the flow of this target of the request's AOR is gone. */
bool binding_has_failed(const struct via_worker *w, const struct via_meta *meta, uint32_t id);

/**
 * Choose among the bindings of w->record, and set the way in `meta` (to, target, out_listener).
 * `among` has a bit for each that counts, `tried` are those that are not to be chosen again. False,
 * with choice->index -1, when no way is open.
 */
bool binding_choose(struct via_worker *w, struct via_meta *meta, uint64_t among,
		    const uint16_t tried[BINDING_CHOICE_TRIED], struct binding_choice *choice);

/**
 * The same for the binding with this identity, where the first copy went; choice->target is not
 * told whether there are others. False when it is gone or its way is closed meanwhile.
 */
bool binding_choose_again(struct via_worker *w, struct via_meta *meta, uint32_t identity,
			  struct binding_choice *choice);

/** Somebody else than `choice` could be tried. */
bool binding_has_others(struct via_worker *w, uint64_t among,
			const uint16_t tried[BINDING_CHOICE_TRIED],
			const struct binding_choice *choice);

/**
 * The bindings of w->record that have not expired: a bit for each. Of those of one instance without
 * a flow's id only the one registered last, where `last_only` asks for that (GR-47).
 */
uint64_t binding_live(const struct via_worker *w, bool last_only);

/** What a request to a binding is called when something has come back for it. Not 0. */
static inline uint64_t
binding_answered_key(const struct branch_id *branch, uint32_t target_id)
{
	uint64_t key;

	memcpy(&key, branch->mac, sizeof(key));
	return (key ^ (uint64_t)target_id << 32 ^ target_id) | 1;
}

/** The same when a response has gone on to who asked, so that he will not ask again. Not 0. */
static inline uint64_t
binding_heard_key(const struct branch_id *branch, uint32_t target_id)
{
	return binding_answered_key(branch, target_id) ^ 2;
}

/** And when it has had a 408, of which who asked has not heard. Not 0. */
static inline uint64_t
binding_timeout_key(const struct branch_id *branch, uint32_t target_id)
{
	return binding_answered_key(branch, target_id) ^ 4;
}

/** What the failed binding of a response is called: both parts come out of its branch. Not 0. */
static inline uint64_t
binding_failed_key(uint32_t aor_hash, uint32_t target_id)
{
	uint64_t key = (uint64_t)aor_hash << 32 | target_id;

	return key != 0 ? key : 1;
}

#endif
