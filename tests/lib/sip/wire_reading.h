/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * One message as the library reads it, line by line: what the .want files of tests/wire are held
 * against (tests/wire/README.md).
 */
#ifndef TESTS_LIB_SIP_WIRE_READING_H
#define TESTS_LIB_SIP_WIRE_READING_H

#include <stdio.h>

#include "sip/check.h"

struct wire_reading {
	struct slice bytes; /* the datagram, borrowed */
	struct sip_message msg;
	struct sip_fields fields;
	enum sip_fault fault;
	enum sip_verdict verdict;
};

/** Index `bytes` and check them as a proxy that is to forward them would. */
void wire_reading_take(struct slice bytes, struct wire_reading *r);

/**
 * Write what is read at `path` ("verdict", "via[0].host"): text with \xHH for what cannot be
 * printed, or "(absent)", "(empty)", "(no value)", "(malformed)". False when there is no such path.
 */
bool wire_reading_write(const struct wire_reading *r, struct slice path, FILE *out);

#endif
