/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_ANSWER_H
#define CONTROL_REGISTRAR_ANSWER_H

#include "gruu/temp_gruu.h"
#include "guard/siphash.h"
#include "registrar/request.h"
#include "sip/writer.h"
#include "store/record.h"

/** What answers are made with. */
struct register_answer {
	const struct config *config;
	const struct temp_gruu_keys *gruu_keys;
	struct siphash_key key; /* for To tags, and for what is random in a temporary GRUU */
	uint64_t now_ms;
};

/**
 * Write the 200 to a REGISTER (RFC 3261 §10.3 step 8): every binding of the AOR with what is left
 * of its time and its GRUUs (RFC 5627 §5.2), the Path of this registration (RFC 3327 §5.3), the
 * Service-Route that follows from it (RFC 3608), Date. `more`: further header lines with their
 * CRLF.
 */
void register_answer_ok(struct sip_writer *w, const struct register_answer *a,
			const struct register_request *q, const struct record *record,
			struct slice more);

/** Write a refusal. */
void register_answer_refuse(struct sip_writer *w, const struct register_answer *a,
			    const struct register_request *q,
			    const struct register_refusal *refusal);

#endif
