/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of authentication.h. */
#ifndef DATAPLANE_AUTHENTICATION_INTERNAL_H
#define DATAPLANE_AUTHENTICATION_INTERNAL_H

#include "auth/authenticate.h"
#include "authentication.h"

/* How long copies of a request come, in seconds: as long as admitted.h knows them. */
#define AUTH_COPIES_S 40

/* What is known of one request of a group. */
struct look {
	bool decided; /* nothing has to be proved: `reason` says what becomes of it */
	enum via_reason reason;
	int domain; /* of From, or of the GRUU in Contact */
	struct sip_uri from;
	enum auth_verdict verdict; /* of auth_read() */
	struct auth_result result;
	uint64_t user; /* credentials_hash(); 0: nothing to be looked up */
};

/* What a worker works with. */
struct via_auth {
	struct digest_context *digest;
	struct via_admitted passed; /* by auth_request_hash() */
	struct look look[VIA_AUTH_GROUP];
	struct credentials user; /* who was looked up last */
	struct credentials_copy copy;
};

#endif
