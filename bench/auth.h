/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_AUTH_H
#define BENCH_AUTH_H

#include "engine.h"
#include "frames.h"

/** What trials of the graph do with passwords. */
struct auth_trial {
	bool asked;   /* the engine asks for them; else it is as if auth.requests were false */
	bool answers; /* the messages have credentials */
	bool fresh;   /* each for a nonce of its own, as after a 407; else nc counts up */
	bool md5;     /* by MD5, else SHA-256 */
};

/** Callers take turns. */
#define AUTH_CALLERS 10000

/** Octets that credentials add at most. */
#define AUTH_ROOM 512

/** Keys for the engine's configuration, behind `dataplane`. */
extern const char auth_configuration[];

/** Publish so many users; before the engine is opened. */
void auth_publish(uint32_t users);

/** Give back what auth_publish() and the worker took: at the end. */
void auth_end(struct via_worker *w);

/** Before each round. */
void auth_prepare(const struct auth_trial *t, struct via_worker *w);

/** Write the caller and his credentials into message number `serial`; returns its new length. */
uint16_t auth_frame(const struct auth_trial *t, uint32_t serial, uint8_t *frame, uint16_t len);

/** NULL when this is the 407 that was to be expected. */
const char *auth_check_challenge(const uint8_t *frame, uint16_t len);

/** Octets of a 407, on average of those looked at. */
double auth_challenge_octets(void);

#endif
