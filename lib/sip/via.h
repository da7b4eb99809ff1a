/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_VIA_H
#define SIP_VIA_H

#include "sip/slice.h"

/** What RFC 3261 §8.1.1.7 lets a branch begin with. */
#define SIP_BRANCH_COOKIE "z9hG4bK"

/** One Via value (RFC 3261 §20.42). Slices borrow from the message. */
struct sip_via {
	struct slice value;     /* the whole value, without white space at its ends */
	struct slice transport; /* "UDP" */
	struct slice host;      /* sent-by host; an IPv6 reference keeps its brackets */
	struct slice params;    /* behind the first ';' */
	struct slice branch;
	struct slice received;
	struct slice maddr;
	struct slice rport; /* value; see has_rport */
	uint16_t port;      /* sent-by port, 0 when none is written */
	uint16_t rport_end; /* offset in `value` behind the rport parameter (name and value) */
	bool has_rport;
	uint16_t keep_end;  /* likewise behind a keep parameter */
	bool has_keep;      /* RFC 6223, without a value */
	bool other_version; /* not SIP/2.0 */
};

/**
 * Decode one Via value. Any legal form passes: unknown parameters, quoted values, IPv6 references,
 * white space around every separator (RFC 5393 §4.2.4). False when it is malformed; `host` is then
 * present if only a parameter was, so that a refusal can still be addressed.
 */
bool sip_via_decode(struct slice value, struct sip_via *via);

/**
 * The sent-by of a value in the form that nearly all have, without a look at what is behind it:
 * "SIP/2.0/UDP host:port;", the transport any of capital letters, the host no IPv6 reference, the
 * port, 0 when none is written, perhaps left out. False when it has not this form; otherwise
 * sip_via_decode() gives the same host and port, if it takes the value.
 */
bool sip_via_sent_by(struct slice value, struct slice *host, uint16_t *port);

/**
 * Of the Via of a response: it has `received` and a value of rport, so that the response goes to
 * where the request came from (RFC 3581 §4), and not to a port that the request named.
 */
static inline bool
sip_via_names_source(const struct sip_via *via)
{
	return via->received.ptr != NULL && via->rport.ptr != NULL;
}

/** The branch begins with the cookie and has more: it was made by RFC 3261 rules. */
bool sip_branch_has_cookie(struct slice branch);

#endif
