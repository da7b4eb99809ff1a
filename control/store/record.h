/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_STORE_RECORD_H
#define CONTROL_STORE_RECORD_H

#include "flow/address.h"
#include "table/binding.h"

/** Longest value of one AOR. */
#define RECORD_MAX BINDING_RECORD_MAX

/** One binding as the registrar keeps it (RFC 3261 §10.3, OB-47). Slices borrow. */
struct record_binding {
	struct slice contact;  /* URI as registered, without <> */
	struct slice params;   /* its header parameters but expires and q, as registered */
	struct slice path;     /* Path values, comma-separated, topmost first */
	struct slice instance; /* +sip.instance, canonical */
	struct slice call_id;
	uint32_t cseq;
	uint32_t reg_id;
	uint64_t expires_ms; /* CLOCK_REALTIME */
	uint64_t updated_ms;
	uint64_t registered_ms; /* when it was first bound (GR-47) */
	uint32_t flags;         /* BINDING_FLOW_ID */
	uint16_t q;             /* thousandths */
	struct flow flow;       /* family 0: none */
};

/**
 * An instance of the AOR, known with or without a binding (GR-30, GR-40). Its temporary GRUUs are
 * those of one epoch (RFC 5627 appendix A.2); 0: none are valid.
 */
struct record_instance {
	struct slice id; /* canonical (lib/gruu/instance.h) */
	uint64_t epoch;
	uint64_t seen_ms; /* CLOCK_REALTIME of the last REGISTER */
};

/** All bindings of one AOR. */
struct record {
	unsigned int count;
	struct record_binding binding[BINDING_MAX_CONTACTS];
	unsigned int instance_count;
	struct record_instance instance[BINDING_MAX_INSTANCES];
};

/** Index of an instance, or -1. */
int record_find_instance(const struct record *r, struct slice id);

/** Write a record as the store keeps it. Returns its length, 0 when it does not fit. */
size_t record_encode(const struct record *r, char out[RECORD_MAX]);

/** Read it back; slices borrow from `value`. False when it is damaged. */
bool record_decode(struct slice value, struct record *r);

#endif
