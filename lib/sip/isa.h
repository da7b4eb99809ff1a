/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_ISA_H
#define SIP_ISA_H

#include "sip/address.h"
#include "sip/check.h"
#include "sip/message.h"
#include "sip/uri.h"
#include "sip/via.h"

/**
 * The reader as made for one instruction set: reader.c is compiled once for each. All of them give
 * the same results; "scalar" is the one that the others are held against.
 *
 * The functions are those of the same names with sip_ in front, which call the best one that this
 * processor has. Tests and benches call them by themselves.
 */
struct sip_isa {
	const char *name; /* "scalar", "sse42", "avx2", "neon" */
	enum sip_fault (*message_index)(struct slice bytes, struct sip_message *msg);
	enum sip_fault (*message_check)(struct sip_message *msg, enum sip_fault fault,
					const struct sip_limits *limits, struct sip_fields *fields);
	bool (*via_decode)(struct slice value, struct sip_via *via);
	bool (*uri_decode)(struct slice text, struct sip_uri *uri);
	bool (*address_decode)(struct slice text, struct sip_address *address);
};

/**
 * The `i`-th reader that this processor can run, the slowest first; NULL behind the last. The first
 * is "scalar". Static storage; any thread.
 */
const struct sip_isa *sip_isa_get(unsigned int i);

/** The reader that the library uses: the last one of sip_isa_get(). */
const struct sip_isa *sip_isa_best(void);

#endif
