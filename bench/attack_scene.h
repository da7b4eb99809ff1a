/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_ATTACK_SCENE_H
#define BENCH_ATTACK_SCENE_H

#include "attack_world.h"

/** The registrations of RFC 5393 §3, and of those who would get around it. */

enum attack_topology {
	ATTACK_MUTUAL,  /* a and b at p1 lead to a and b at p2, and those to the former */
	ATTACK_ACCOUNT, /* an AOR with two contacts that are itself, but for unknown parameters */
	ATTACK_ALL,     /* AORs of which each leads to all, itself included */
	ATTACK_HOP, /* an AOR with two contacts at a hostile proxy, which sends all back there */
};

/** What proxies are protected by. */
enum attack_protection {
	ATTACK_BY_NOTHING,
	ATTACK_BY_RFC3261,     /* its hash, as it is written there */
	ATTACK_BY_RFC3261_VIA, /* the same without the topmost Via */
	ATTACK_BY_LOOP,        /* loop detection of RFC 5393 */
	ATTACK_BY_BREADTH,     /* Max-Breadth; where there is not enough, targets wait */
	ATTACK_BY_BREADTH_440, /* Max-Breadth; where there is not enough, 440 */
	ATTACK_BY_BOTH,
	ATTACK_BY_BOTH_440,
	ATTACK_PROTECTIONS
};

struct attack_scene {
	enum attack_topology topology;
	enum attack_protection p1, p2; /* p2: of the other proxy of ATTACK_MUTUAL */
	unsigned int aors, proxies;    /* ATTACK_ALL: 1 to 26, and what they are spread over */
	unsigned int changes;          /* ATTACK_HOP: enum attack_change */
	bool victim;                   /* a phone is a further contact of every AOR */
};

/** Host of that phone; it answers 404. */
#define ATTACK_VICTIM "victim.example.net"

const char *attack_protection_name(enum attack_protection protection);

struct attack_rules attack_protected_by(enum attack_protection protection);

/** A world with these registrations; NULL when it cannot be made. */
struct attack_world *attack_scene_open(const struct attack_scene *scene, enum attack_order order);

/** Its first AOR: what the caller asks for. */
const char *attack_scene_start(const struct attack_scene *scene);

#endif
