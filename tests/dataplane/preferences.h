/* SPDX-License-Identifier: BSD-3-Clause */
/** Requests with caller preferences, and who is tried for them, one after the other. */
#ifndef TESTS_DATAPLANE_PREFERENCES_H
#define TESTS_DATAPLANE_PREFERENCES_H

#include "fork.h"

enum { TRIES_MAX = 24 };

#define URI "sip:p@example.com"
#define NONE "480 Temporarily Unavailable"

static struct sent tried[TRIES_MAX];
static unsigned int tries, tries_answered;
static char order[512];

/* What left just now: requests are noted by the digit of their user, an answer by its status. */
static inline void
note(const char *method)
{
	bool first = true;
	unsigned int status;

	for (unsigned int i = 0; i < rig.out.count; i++) {
		struct slice sip = rig.out.datagram[i].sip;
		const char *line = rig_first_line(sip);
		size_t n = strlen(order);

		if (sscanf(line, "SIP/2.0 %u", &status) == 1) {
			if (status != 100)
				snprintf(order + n, sizeof(order) - n, "%s%s", n > 0 ? " " : "",
					 line + strlen("SIP/2.0 "));
			continue;
		}
		if (strncmp(line, method, strlen(method)) != 0)
			continue;
		assert_in_range(tries, 0, TRIES_MAX - 1);
		snprintf(order + n, sizeof(order) - n, "%s%c",
			 n == 0  ? ""
			 : first ? " "
				 : ",",
			 line[strlen(method) + strlen(" sip:u")]);
		first = false;
		tried[tries].from = rig.out.datagram[i].from;
		tried[tries].to = rig.out.datagram[i].to;
		tried[tries].len = sip.len;
		memcpy(tried[tries].text, sip.ptr, sip.len);
		tried[tries++].text[sip.len] = '\0';
	}
}

/* Everybody who is called is busy. "1,2 3 486 Busy Here": 1 and 2 at once, then 3, then that. */
static inline const char *
everybody_busy(const struct call *c)
{
	const char *method = c->method != NULL ? c->method : "INVITE";

	tries = tries_answered = 0;
	order[0] = '\0';
	fork_call(c);
	note(method);
	while (tries_answered < tries) {
		fork_say(&tried[tries_answered++], BUSY);
		note(method);
	}
	return order;
}

#define A "Accept-Contact: "
#define J "Reject-Contact: "
#define D "Request-Disposition: "

static inline void
open_with(const char *config, const char *const contacts[6])
{
	const char *const *c = contacts;

	fork_open(config);
	rig_bind(URI, c[0], c[1], c[2], c[3], c[4], c[5], NULL);
}

static inline void
finish(void)
{
	if (rig.worker->transactions != NULL)
		fork_drain();
}

#endif
