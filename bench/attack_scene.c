/* SPDX-License-Identifier: BSD-3-Clause */
#include "attack_scene.h"

#include <stdio.h>

#include "attack_nodes.h"

#define HOP "hop.example.net"
#define HOP_START "sip:mallory@p1.example.com"
#define START "sip:a@p1.example.com"

enum { MOST_AORS = 26, SEED = 5393 };

const char *
attack_protection_name(enum attack_protection protection)
{
	static const char *const names[ATTACK_PROTECTIONS] = {
		"none",           "RFC 3261",          "RFC 3261 but Via",
		"loop detection", "Max-Breadth, wait", "Max-Breadth, 440",
		"both, wait",     "both, 440",
	};

	return names[protection];
}

struct attack_rules
attack_protected_by(enum attack_protection protection)
{
	struct attack_rules rules = attack_rules_both;

	switch (protection) {
	case ATTACK_BY_RFC3261:
		rules.check = ATTACK_CHECK_RFC3261;
		break;
	case ATTACK_BY_RFC3261_VIA:
		rules.check = ATTACK_CHECK_RFC3261_VIA;
		break;
	case ATTACK_BY_LOOP:
	case ATTACK_BY_BOTH:
	case ATTACK_BY_BOTH_440:
		break;
	default:
		rules.check = ATTACK_CHECK_NONE;
	}
	rules.breadth = protection >= ATTACK_BY_BREADTH;
	rules.reject = protection == ATTACK_BY_BREADTH_440 || protection == ATTACK_BY_BOTH_440;
	return rules;
}

static bool
register_all(struct attack_world *w, const struct attack_scene *scene, const char *aor,
	     const char *const *contacts, unsigned int count)
{
	bool ok = true;

	for (unsigned int i = 0; i < count; i++)
		ok = ok && attack_register(w, aor, contacts[i], 0);
	return ok && (!scene->victim || attack_register(w, aor, "sip:v@" ATTACK_VICTIM, 0));
}

static bool
register_mutual(struct attack_world *w, const struct attack_scene *scene)
{
	static const char *const p1[] = { START, "sip:b@p1.example.com" };
	static const char *const p2[] = { "sip:a@p2.example.com", "sip:b@p2.example.com" };
	bool ok = true;

	for (unsigned int i = 0; i < 2; i++)
		ok = ok && register_all(w, scene, p1[i], p2, 2) &&
		     register_all(w, scene, p2[i], p1, 2);
	return ok;
}

static bool
register_account(struct attack_world *w, const struct attack_scene *scene)
{
	static const char *const contacts[] = { START ";unknown-param=whack",
						START ";unknown-param=thud" };

	return register_all(w, scene, START, contacts, 2);
}

static bool
register_each_to_all(struct attack_world *w, const struct attack_scene *scene)
{
	char text[MOST_AORS][ATTACK_URI_MAX];
	const char *aors[MOST_AORS];
	bool ok = scene->aors <= MOST_AORS;

	for (unsigned int i = 0; ok && i < scene->aors; i++) {
		snprintf(text[i], sizeof(text[i]), "sip:%c@p%u.example.com", (char)('a' + i),
			 i % scene->proxies + 1);
		aors[i] = text[i];
	}
	for (unsigned int i = 0; ok && i < scene->aors; i++)
		ok = register_all(w, scene, aors[i], aors, scene->aors);
	return ok;
}

static bool
register_hop(struct attack_world *w, const struct attack_scene *scene)
{
	static const char *const contacts[] = { "sip:x@" HOP, "sip:y@" HOP };

	return register_all(w, scene, HOP_START, contacts, 2) &&
	       attack_register(w, contacts[0], HOP_START, 0) &&
	       attack_register(w, contacts[1], HOP_START, 0);
}

static bool
add_nodes(struct attack_world *w, const struct attack_scene *scene)
{
	unsigned int proxies = scene->topology == ATTACK_ALL ? scene->proxies : 1;
	const struct attack_rules p1 = attack_protected_by(scene->p1);
	const struct attack_rules p2 = attack_protected_by(scene->p2);
	const struct attack_rules hostile = { .hostile = true, .changes = scene->changes };
	const struct attack_phone victim = { .code = 404 };
	char host[ATTACK_HOST_MAX];
	bool ok = true;

	for (unsigned int i = 0; i < proxies; i++) {
		snprintf(host, sizeof(host), "p%u.example.com", i + 1);
		ok = ok && attack_add_proxy(w, host, &p1);
	}
	if (scene->topology == ATTACK_MUTUAL)
		ok = ok && attack_add_proxy(w, "p2.example.com", &p2);
	if (scene->topology == ATTACK_HOP)
		ok = ok && attack_add_proxy(w, HOP, &hostile);
	return ok && attack_add_phone(w, ATTACK_VICTIM, &victim);
}

struct attack_world *
attack_scene_open(const struct attack_scene *scene, enum attack_order order)
{
	static bool (*const registers[])(struct attack_world *, const struct attack_scene *) = {
		[ATTACK_MUTUAL] = register_mutual,
		[ATTACK_ACCOUNT] = register_account,
		[ATTACK_ALL] = register_each_to_all,
		[ATTACK_HOP] = register_hop,
	};
	struct attack_world *w = attack_open(order, SEED);

	if (w == NULL || !add_nodes(w, scene) || !registers[scene->topology](w, scene)) {
		attack_close(w);
		return NULL;
	}
	return w;
}

const char *
attack_scene_start(const struct attack_scene *scene)
{
	return scene->topology == ATTACK_HOP ? HOP_START : START;
}
