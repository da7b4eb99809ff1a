/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_ATTACK_SCENE_H
#define BENCH_ATTACK_SCENE_H

#include "attack_world.h"

/** The registrations of RFC 5393 §3 and of those who would get around it, and the first
 * Request-URI. */

/** Where all begin but attack_scene_hop(). */
#define ATTACK_START "sip:a@p1.example.com"

/** Where attack_scene_hop() begins. */
#define ATTACK_HOP_START "sip:mallory@p1.example.com"

/** Host of the phone that attack_scene_victim() adds to every AOR; it answers 404. */
#define ATTACK_VICTIM "victim.example.net"

/** Must come before the scene, to which it adds a contact for each AOR. */
bool attack_scene_victim(struct attack_world *w);

/** a and b at p1 lead to a and b at p2, and those to the former. */
bool attack_scene_mutual(struct attack_world *w, const struct attack_rules *p1,
			 const struct attack_rules *p2);

/** One AOR with two contacts that are itself, apart from an unknown parameter. */
bool attack_scene_account(struct attack_world *w, const struct attack_rules *p1);

/** `count` AORs (1 to 26), spread over as many as `proxies`; each leads to all, itself included. */
bool attack_scene_all(struct attack_world *w, const struct attack_rules *rules, unsigned int count,
		      unsigned int proxies);

/** An AOR with two contacts at a hostile proxy, which sends all back there, changed. */
bool attack_scene_hop(struct attack_world *w, const struct attack_rules *p1, unsigned int changes);

#endif
