/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of the registrar: registrar.c has the requests, sweep.c what nobody asked for.
 */
#ifndef CONTROL_REGISTRAR_REGISTRAR_INTERNAL_H
#define CONTROL_REGISTRAR_REGISTRAR_INTERNAL_H

#include "registrar/lost_flows.h"
#include "registrar/publish.h"
#include "registrar/registrar.h"
#include "registrar/request.h"

/* Requests of one transaction. */
enum { REGISTRAR_BATCH = 256 };

/* One request of a batch, from the ring to its answer; or an AOR that a sweep changes. */
struct job {
	unsigned int worker;
	struct message_head head;
	bool answerable;
	bool changed;
	bool forgotten; /* the AOR is taken out of store and table */
	bool is_new;    /* the store did not know the AOR */
	struct register_refusal refusal;
	struct register_request request;
	struct record record;   /* what the AOR has after it */
	char value[RECORD_MAX]; /* that, encoded: the record's slices borrow from here */
	char bytes[MESSAGE_RING_MESSAGE_MAX];
};

/* Bindings whose flow an edge called gone, until the next sweep. */
enum { REGISTRAR_FAILED = 64 };

struct failed_binding {
	char aor[REGISTER_AOR_MAX];
	char contact[512];
	size_t aor_len, contact_len;
	uint64_t updated_ms;
	uint32_t reg_id;
};

struct registrar {
	const struct config *config;
	struct binding_store *store;
	struct publisher publisher;
	struct registrar_counters counters;
	unsigned int kept; /* requests of the next batch */
	unsigned int failed_count;
	struct failed_binding failed[REGISTRAR_FAILED];
	struct slice sweep_from;
	char sweep_text[REGISTER_AOR_MAX + 1];
	char answer[MESSAGE_RING_MESSAGE_MAX];
	struct lost_flows *lost;
	struct job *job; /* REGISTRAR_BATCH of them */
};

/*
 * What the AOR has, as of this point of the transaction. The value is copied: LMDB's page is gone
 * with the next change.
 */
bool registrar_load(struct registrar *r, struct job *j, struct slice aor);

/* Write what it has now; the record's slices then borrow from j->value. */
void registrar_save(struct registrar *r, struct job *j);

/* End the transaction of the first `n` jobs; those that it could not write are not changed. */
void registrar_commit(struct registrar *r, unsigned int n);

/* What the AOR has now, to the dataplane. */
bool registrar_show(struct registrar *r, struct job *j);

#endif
