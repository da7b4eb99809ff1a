/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_USERS_H
#define CONTROL_REGISTRAR_USERS_H

#include "table/credentials.h"

/** Where the registrar looks users up. */
struct registrar_users {
	bool (*find)(void *context, struct slice username, struct slice realm,
		     struct credentials_copy *copy, struct credentials *out);
	bool (*ready)(void *context);  /* somebody can be looked up */
	bool (*loaded)(void *context); /* all of them are known: knows() has an answer */
	bool (*knows)(void *context, struct slice aor); /* some user may act as this AOR */
	/* how often somebody said that whoever has no user is meant to go; may be NULL */
	uint64_t (*forced)(void *context);
	void *context;
};

#endif
