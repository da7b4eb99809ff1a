/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Values as they may stand in a message: checked, quoted or escaped.
 *
 * What cannot be made to read as what it is sets writer.refused and is not written at all; a CR, LF
 * or NUL is never written. All slices are borrowed for the call. No allocation; any thread.
 */
#ifndef SIP_ESCAPE_H
#define SIP_ESCAPE_H

#include "sip/uri.h"
#include "sip/writer.h"

/** Places in a SIP URI. What may stand in each as it is: RFC 3261 §25.1. */
enum sip_escape {
	SIP_ESCAPE_USER,
	SIP_ESCAPE_PASSWORD, /* and the number of a tel URI */
	SIP_ESCAPE_PARAM,    /* name or value of a URI parameter */
	SIP_ESCAPE_HEADER,   /* name or value of a header behind '?' */
};

/**
 * Text as it is, of any length. Refused: control characters other than HT. Its grammar is the
 * caller's business.
 */
void sip_put_text(struct sip_writer *w, struct slice text);

/** Refused: what is no token. */
void sip_put_token(struct sip_writer *w, struct slice token);

/**
 * A quoted string that has `text` between its quotes; quotes, backslashes and control characters
 * become quoted pairs (RFC 3261 §25.1). Refused: CR, LF, NUL.
 */
void sip_put_quoted(struct sip_writer *w, struct slice text);

/**
 * `text` with all that may not stand at its place as %HH (RFC 3261 §19.1.2); '%' is such a one, as
 * it is when it stands for itself. Refused: NUL, and CR and LF but in SIP_ESCAPE_HEADER, where a
 * `body` has lines (§19.1.1).
 */
void sip_put_escaped(struct sip_writer *w, struct slice text, enum sip_escape place);

/** "host" or, with a port other than 0, "host:port". Refused: what is no host. */
void sip_put_hostport(struct sip_writer *w, struct slice host, uint16_t port);

/** A URI that is text already. Refused: what sip_uri_decode() does not take. */
void sip_put_uri_text(struct sip_writer *w, struct slice uri);

/**
 * A URI from its parts, which are as sip_uri_decode() gives them: escapes in them stay, so that
 * what was decoded is written as it was; any other character that has no place in its part is
 * escaped. sip, sips and tel are made of the parts, other schemes of uri->text.
 *
 * Refused: a host that is none, an empty user, a password or `;`, `=`, `?` or `&` with nothing
 * where the grammar wants something, parts that the scheme does not have.
 */
void sip_put_uri(struct sip_writer *w, const struct sip_uri *uri);

#endif
