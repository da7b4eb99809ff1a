/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_ATTACK_NODES_H
#define BENCH_ATTACK_NODES_H

#include "attack_world.h"
#include "guard/branch.h"

/** The inside of a world: nodes, response contexts, and what is on its way (attack_world.h). */

enum { ATTACK_NODES = 32, ATTACK_HOST_MAX = 48, ATTACK_NOBODY = UINT16_MAX };

struct attack_node {
	char host[ATTACK_HOST_MAX];
	bool is_proxy;
	struct attack_rules rules;
	struct siphash_key key;
	struct attack_phone phone;
	uint32_t answered_last; /* phone: context; 0 for none */
	uint64_t arrived;
};

struct attack_contact {
	char uri[ATTACK_URI_MAX];
	uint16_t aor, group;
	uint16_t node; /* where it leads; ATTACK_NOBODY */
};

enum attack_branch_state { ATTACK_WAITS, ATTACK_SENT, ATTACK_ARRIVED, ATTACK_DONE };

struct attack_branch {
	uint32_t peer; /* context that it made at the next hop, once it has arrived */
	uint32_t share;
	uint16_t contact, group;
	uint8_t state;
	bool cancelled;
};

/** One request at one node: a proxy's response context, or a phone's transaction. */
struct attack_context {
	uint32_t up; /* context and branch that it came from */
	uint16_t up_branch;
	uint16_t node; /* ATTACK_NOBODY: the caller */
	uint16_t count, next, pending;
	uint16_t best; /* response, when none was forwarded */
	bool stop;     /* no more branches */
	bool answered; /* a final response went up */
	bool ended;
	struct breadth breadth;
	struct loop_part part;
	struct attack_request *request; /* until it has ended */
	struct attack_branch branch[];
};

enum attack_kind { ATTACK_REQUEST, ATTACK_RESPONSE, ATTACK_CANCEL, ATTACK_ANSWER };

/**
 * A message on its way, or a phone that answers. Requests and responses belong to a branch of a
 * context, its sender's; the other two to the context where they arrive.
 */
struct attack_event {
	uint64_t at, serial;
	struct attack_request *request;
	uint32_t context;
	uint16_t branch, node, code;
	uint8_t kind;
};

struct attack_world {
	enum attack_order order;
	uint64_t random, serial;
	struct attack_node node[ATTACK_NODES];
	unsigned int node_count;
	char (*aor)[ATTACK_URI_MAX];
	struct attack_contact *contact;
	unsigned int aor_count, contact_count;
	struct attack_context **context; /* the first one is the caller's */
	uint32_t context_count;
	size_t context_room;
	struct attack_event *heap;
	size_t heap_count, heap_room;
	struct attack_counts counts;
};

/** A new context for a request that came by a branch; UINT32_MAX for lack of memory. */
uint32_t attack_context_add(struct attack_world *w, uint32_t up, uint16_t up_branch, uint16_t node,
			    unsigned int branches);

/** An event a hop and `after` later. For lack of memory it is dropped, and the run ends. */
void attack_post(struct attack_world *w, struct attack_event event, uint64_t after);

/** The next event. There must be one. */
struct attack_event attack_take(struct attack_world *w);

/** Send a request by a branch to a node, or to nobody: 404. It takes the request. */
void attack_send(struct attack_world *w, uint32_t context, uint16_t branch, uint16_t node,
		 struct attack_request *r);

/** Answer what came by a branch. */
void attack_respond(struct attack_world *w, uint32_t up, uint16_t up_branch, unsigned int code);

/** Cancel a branch, as soon as it has arrived (RFC 3261 §9.1: not before there was a response). */
void attack_cancel_branch(struct attack_world *w, struct attack_branch *b);

/* attack_proxy.c: what a proxy does with what arrives. It owns the request. */
void attack_proxy_request(struct attack_world *w, const struct attack_event *event);
void attack_proxy_response(struct attack_world *w, const struct attack_event *event);
void attack_proxy_cancel(struct attack_world *w, uint32_t context);

/* attack_check.c: what a proxy recognises a request by, and whether it has been here. */
struct loop_part attack_part_make(const struct attack_node *node, const struct attack_request *r);
bool attack_came_back(const struct attack_node *node, const struct attack_request *r,
		      struct loop_part part);

#endif
