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
	struct slice instance; /* +sip.instance without quotes and <> */
	struct slice call_id;
	uint32_t cseq;
	uint32_t reg_id;
	uint64_t expires_ms; /* CLOCK_REALTIME */
	uint64_t updated_ms;
	uint16_t q;       /* thousandths */
	struct flow flow; /* family 0: none */
};

/** All bindings of one AOR. */
struct record {
	unsigned int count;
	struct record_binding binding[BINDING_MAX_CONTACTS];
};

/** Write a record as the store keeps it. Returns its length, 0 when it does not fit. */
size_t record_encode(const struct record *r, char out[RECORD_MAX]);

/** Read it back; slices borrow from `value`. False when it is damaged. */
bool record_decode(struct slice value, struct record *r);

#endif
