/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_URI_H
#define SIP_URI_H

#include "sip/host.h"
#include "sip/param.h"
#include "sip/slice.h"

enum sip_uri_scheme { SIP_SCHEME_OTHER, SIP_SCHEME_SIP, SIP_SCHEME_SIPS, SIP_SCHEME_TEL };

/**
 * A SIP or SIPS URI in its parts (RFC 3261 §19.1); of a tel URI only `user` (the number) and
 * `params`; of any other, only the scheme. Slices borrow from the text that was decoded.
 */
struct sip_uri {
	struct slice text; /* all of it */
	enum sip_uri_scheme scheme;
	struct slice scheme_text;
	struct slice user;     /* absent without '@'; still escaped */
	struct slice password; /* absent without ':' in the userinfo */
	struct slice host;     /* an IPv6 reference keeps its brackets */
	struct slice params;   /* behind the first ';', without it */
	struct slice headers;  /* behind '?', without it */
	uint16_t port;         /* 0 when none is written */
};

/**
 * Decode one URI that fills `text`. False when it is malformed; `*uri` is then undefined.
 * An absolute URI of another scheme is accepted when its scheme is well-formed.
 */
bool sip_uri_decode(struct slice text, struct sip_uri *uri);

/** The `lr` parameter is there: a loose router (RFC 3261 §19.1.1). */
bool sip_uri_is_loose(const struct sip_uri *uri);

/**
 * The port is written, and is the one that the scheme has without it: 5060, or 5061 of a sips URI
 * (RFC 3261 §19.1.2). 5060 of a sips URI counts, too: an AOR has no port, and phones add one.
 */
bool sip_uri_has_usual_port(const struct sip_uri *uri);

/**
 * Write the canonical form of the address of record of a sip or sips URI into `out` (`size`
 * octets): "sip:" + user with needless escapes decoded + "@" + host in lower case + ":port" if
 * written, no parameters (RFC 3261 §10.3 step 5). sips becomes sip: both name the same record. The
 * user part is left out when absent. An IPv6 reference is a text here, not an address.
 *
 * Returns the length, or 0 when it does not fit or the URI is neither sip nor sips.
 */
size_t sip_uri_aor(const struct sip_uri *uri, char *out, size_t size);

#endif
