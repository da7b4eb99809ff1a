/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Requests and responses from nothing, in the order in which they stand on the wire:
 *
 *	sip_put_request_line(w, SLICE("OPTIONS"), SLICE("sip:b.example"));
 *	sip_begin_header(w, SIP_HDR_VIA);
 *	sip_put_via(w, &via);
 *	sip_put_param(w, SLICE("alias"), SLICE_ABSENT);
 *	sip_end_header(w);
 *	sip_add_party(w, SIP_HDR_FROM, SLICE("Bob \"x\""), SLICE("sip:b@b.example"), tag);
 *	...
 *	sip_add_body(w, SLICE_ABSENT, SLICE_ABSENT);
 *	if sip_written(w) is absent: too long, or a value was refused
 *
 * `put` writes a value, `add` a whole header line; a line of more than one value has a
 * sip_put_comma() between them. What was written reads back as the values that were given, or
 * nothing was: a value that would read as something else (a tag with a ';', a CR anywhere) sets
 * writer.refused. Which header fields a message needs, and that none is there twice, is up to the
 * caller. All slices are borrowed for the call. No allocation; any thread.
 */
#ifndef SIP_BUILD_H
#define SIP_BUILD_H

#include "sip/escape.h"
#include "sip/header.h"
#include "sip/via.h"

/** RFC 3261 §7.1. Refused: a method that is no token, a URI that is malformed or has headers. */
void sip_put_request_line(struct sip_writer *w, struct slice method, struct slice uri);

/** RFC 3261 §7.2. Refused: a status that is not 100 to 699. */
void sip_put_status_line(struct sip_writer *w, uint16_t status, struct slice phrase);

/** "Name: ", by its full name. Refused: Content-Length, which sip_add_body() writes. */
void sip_begin_header(struct sip_writer *w, enum sip_header_id id);

/**
 * The same for a name that has no id. Refused: what is no token or longer than 255 octets, and a
 * known name or compact form, behind which a second Via or Content-Length could hide.
 */
void sip_begin_other(struct sip_writer *w, struct slice name);

/** Between two values of one line. */
void sip_put_comma(struct sip_writer *w);

void sip_end_header(struct sip_writer *w);

/**
 * A header parameter: ";name", or ";name=value". A value that is neither a token nor a host goes
 * between quotes. Refused: a name that is no token.
 */
void sip_put_param(struct sip_writer *w, struct slice name, struct slice value);

/**
 * A Via value: transport, host, port, branch, received, maddr, rport (has_rport) and keep
 * (has_keep) of `via`, the absent ones left out; its other members are not looked at. Further
 * parameters follow with sip_put_param(). Refused: what sip_via_decode() does not take.
 */
void sip_put_via(struct sip_writer *w, const struct sip_via *via);

/**
 * `Display <uri>`; the display name between quotes unless it is tokens with single spaces between
 * them, and left out when absent or empty.
 */
void sip_put_name_addr(struct sip_writer *w, struct slice display, struct slice uri);

/** One Contact value and what RFC 3261 §10.2 and RFC 5626 put behind it. Zero: left out. */
struct sip_contact_parts {
	struct slice display;
	struct slice uri;
	struct slice instance; /* +sip.instance: a URN, without "<>" */
	uint32_t reg_id;       /* 1 to 2^31 - 1 */
	uint32_t expires;      /* seconds */
	uint16_t q;            /* thousandths, to 1000 */
	bool has_expires, has_q;
};

/** A Contact value. Further parameters follow with sip_put_param(). */
void sip_put_contact(struct sip_writer *w, const struct sip_contact_parts *contact);

/** One line as it is given. Its grammar is the caller's business; refused: CR, LF, NUL. */
void sip_add_header(struct sip_writer *w, enum sip_header_id id, struct slice value);
void sip_add_number(struct sip_writer *w, enum sip_header_id id, uint64_t value);
void sip_add_other(struct sip_writer *w, struct slice name, struct slice value);

/** From, To and their like. `tag` is a token, or absent. */
void sip_add_party(struct sip_writer *w, enum sip_header_id id, struct slice display,
		   struct slice uri, struct slice tag);

/** Refused: what is not word["@"word]. */
void sip_add_call_id(struct sip_writer *w, struct slice call_id);

/** Refused: 2^31 and above (RFC 3261 §8.1.1.5), and a method that is no token. */
void sip_add_cseq(struct sip_writer *w, uint32_t number, struct slice method);

/** RFC 3261 §20.22: 0 to 255. */
void sip_add_max_forwards(struct sip_writer *w, uint8_t hops);

/** Route, Record-Route, Path or Service-Route: `<uri>, <uri>` in one line; none for no URI. */
void sip_add_routes(struct sip_writer *w, enum sip_header_id id, const struct slice *uris,
		    size_t count);

/** Supported, Require, Allow and their like: tokens in one line; no line for no token. */
void sip_add_tokens(struct sip_writer *w, enum sip_header_id id, const struct slice *tokens,
		    size_t count);

/**
 * The end of the message: Content-Type unless `type` is absent, Content-Length, the empty line and
 * the body, whose octets are its own affair. Refused: a body without a type (RFC 3261 §20.15).
 */
void sip_add_body(struct sip_writer *w, struct slice type, struct slice body);

#endif
