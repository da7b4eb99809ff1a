/* SPDX-License-Identifier: BSD-3-Clause */
#include "attack_scene.h"

#include <stdio.h>

#include "attack_nodes.h"

#define HOP "hop.example.net"

bool
attack_scene_victim(struct attack_world *w)
{
	return attack_add_phone(w, ATTACK_VICTIM, &(struct attack_phone){ .code = 404 });
}

/* All contacts of an AOR, and the victim's where there is one. */
static bool
register_all(struct attack_world *w, const char *aor, const char *const *contacts,
	     unsigned int count)
{
	bool ok = true;

	for (unsigned int i = 0; i < count; i++)
		ok = ok && attack_register(w, aor, contacts[i], 0);
	if (strcmp(w->node[0].host, ATTACK_VICTIM) == 0)
		ok = ok && attack_register(w, aor, "sip:v@" ATTACK_VICTIM, 0);
	return ok;
}

bool
attack_scene_mutual(struct attack_world *w, const struct attack_rules *p1,
		    const struct attack_rules *p2)
{
	static const char *const at_p1[] = { "sip:a@p1.example.com", "sip:b@p1.example.com" };
	static const char *const at_p2[] = { "sip:a@p2.example.com", "sip:b@p2.example.com" };

	return attack_add_proxy(w, "p1.example.com", p1) &&
	       attack_add_proxy(w, "p2.example.com", p2) && register_all(w, at_p1[0], at_p2, 2) &&
	       register_all(w, at_p1[1], at_p2, 2) && register_all(w, at_p2[0], at_p1, 2) &&
	       register_all(w, at_p2[1], at_p1, 2);
}

bool
attack_scene_account(struct attack_world *w, const struct attack_rules *p1)
{
	static const char *const contacts[] = { "sip:a@p1.example.com;unknown-param=whack",
						"sip:a@p1.example.com;unknown-param=thud" };

	return attack_add_proxy(w, "p1.example.com", p1) &&
	       register_all(w, ATTACK_START, contacts, 2);
}

bool
attack_scene_all(struct attack_world *w, const struct attack_rules *rules, unsigned int count,
		 unsigned int proxies)
{
	char text[26][ATTACK_URI_MAX], host[ATTACK_HOST_MAX];
	const char *aors[26];
	bool ok = count <= 26;

	for (unsigned int i = 0; i < proxies; i++) {
		snprintf(host, sizeof(host), "p%u.example.com", i + 1);
		ok = ok && attack_add_proxy(w, host, rules);
	}
	for (unsigned int i = 0; ok && i < count; i++) {
		snprintf(text[i], sizeof(text[i]), "sip:%c@p%u.example.com", (char)('a' + i),
			 i % proxies + 1);
		aors[i] = text[i];
	}
	for (unsigned int i = 0; ok && i < count; i++)
		ok = register_all(w, aors[i], aors, count);
	return ok;
}

bool
attack_scene_hop(struct attack_world *w, const struct attack_rules *p1, unsigned int changes)
{
	static const char *const contacts[] = { "sip:x@" HOP, "sip:y@" HOP };
	static const char *const back[] = { ATTACK_HOP_START };
	const struct attack_rules hostile = { .hostile = true, .changes = changes };

	return attack_add_proxy(w, "p1.example.com", p1) && attack_add_proxy(w, HOP, &hostile) &&
	       register_all(w, ATTACK_HOP_START, contacts, 2) &&
	       attack_register(w, contacts[0], back[0], 0) &&
	       attack_register(w, contacts[1], back[0], 0);
}
