/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_ANSWER_H
#define CONTROL_REGISTRAR_ANSWER_H

#include "registrar/request.h"
#include "sip/writer.h"
#include "store/record.h"

/**
 * Write the 200 to a REGISTER (RFC 3261 §10.3 step 8): every binding of the AOR with what is left
 * of its time, the Path of this registration (RFC 3327 §5.3), Date.
 */
void register_answer_ok(struct sip_writer *w, const struct register_request *q,
			const struct record *record, uint64_t now_ms);

/** Write a refusal. */
void register_answer_refuse(struct sip_writer *w, const struct register_request *q,
			    const struct register_refusal *refusal);

#endif
