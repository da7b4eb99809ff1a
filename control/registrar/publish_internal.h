/* SPDX-License-Identifier: BSD-3-Clause */
/* Between publish.c, which has the table and single AORs, and publish_walk.c, the background. */
#ifndef CONTROL_REGISTRAR_PUBLISH_INTERNAL_H
#define CONTROL_REGISTRAR_PUBLISH_INTERNAL_H

#include "registrar/publish.h"

/* AORs of the store; UINT64_MAX: it cannot tell. */
uint64_t publisher_store_count(const struct binding_store *s);

/* Begin with a phase. */
void publisher_enter(struct publisher *p, enum publisher_phase phase);

/* The end of a walk over the store: all of it is there, or it begins again after a while. */
void publisher_settle(struct publisher *p);

/* What a value of the store says; valid until the next call. */
const struct record *publisher_decode(struct slice value);

/* The table is to have what the store has of an AOR. False: it could not. */
bool publisher_bring(struct publisher *p, struct slice aor, const struct record *record);

#endif
