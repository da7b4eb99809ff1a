/* SPDX-License-Identifier: BSD-3-Clause */
/** An AOR with many contacts, for the tests of Max-Breadth. */
#ifndef TESTS_DATAPLANE_FORK_MANY_H
#define TESTS_DATAPLANE_FORK_MANY_H

#include "fork.h"

/** As many as one AOR may have. */
enum { MANY = 64 };

static inline const char *
contact_of(unsigned int i)
{
	static char text[MANY][48];

	snprintf(text[i], sizeof(text[i]), "sip:u%u@203.0.113.%u:%u", i, 60 + i / 8, 6000 + i % 8);
	return text[i];
}

static inline const char *
address_of(unsigned int i)
{
	return strchr(contact_of(i), '@') + 1;
}

/** `many` has so many bindings of one q. */
static inline void
bind_many(unsigned int count)
{
	static struct rig_binding row[MANY];

	for (unsigned int i = 0; i < count; i++)
		row[i] = (struct rig_binding){ .contact = contact_of(i),
					       .updated_s = (int64_t)(MANY - i) };
	rig_bind_instances("sip:many@example.com", row, count, NULL, 0);
}

/** INVITE for them; how many are tried at once. */
static inline unsigned int
call_many(const char *max_breadth)
{
	char line[64] = "";
	unsigned int n;

	if (max_breadth != NULL)
		snprintf(line, sizeof(line), "Max-Breadth: %s\r\n", max_breadth);
	CALL(.user = "many", .lines = line);
	n = (unsigned int)rig.out.counter[STATS_branches];
	return n;
}

#endif
