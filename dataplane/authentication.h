/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Who sends a request (`auth` in the configuration): 407 and Digest for requests other than
 * REGISTER, which is the registrar's (RFC 3261 §22.3, RFC 7616, RFC 8760).
 *
 * Asked is who claims to be one of ours: the host of From is a domain of ours, or the Contact of a
 * request that makes a dialog looks like a GRUU of one (gruu_contact.h), whatever From says: an
 * anonymous caller then proves whose it is without saying so to the one called (RFC 3323 §6).
 * Others are a matter of whom we relay for. Never asked are ACK and CANCEL (RFC 3261 §22.1), a BYE
 * that our Record-Route proves to be inside its dialog, a REGISTER for our registrar, sources in
 * auth.exempt, and what comes back from ourselves, since it was judged when it came in first. All
 * else is asked inside a dialog, too: whatever proves the dialog is known to its other side, who
 * would need one call of his own to speak as anybody (docs/decisions/0015-digest.md).
 *
 * No user's state is kept but the counts of nonces: one table for all workers, so that an answer to
 * a challenge is good once, whichever worker it comes to. Everything else is a worker's own.
 * Copies of a request that was let through are let through for 40 s, whatever has become of their
 * nonce meanwhile: the first copy is on its way to somebody.
 */
#ifndef DATAPLANE_AUTHENTICATION_H
#define DATAPLANE_AUTHENTICATION_H

#include "engine.h"
#include "sip/writer.h"

/** What all workers share; before them. Returns 0, or -1 without memory. Nothing without
 * auth.requests. */
int via_auth_share(struct via_engine *e);

/** Takes a zeroed engine. */
void via_auth_unshare(struct via_engine *e);

/** Likewise, for one worker: sets w->auth. */
int via_auth_open(struct via_worker *w);

/** Takes a zeroed one. */
void via_auth_close(struct via_worker *w);

/** Requests that are looked at together. */
#define VIA_AUTH_GROUP 8

/**
 * Judge a group of requests in three passes, as users and counts of nonces are far from the core:
 * look at each (`i` is its number in the group), ask for the records, decide about each in order.
 * Only where w->auth is not NULL. Behind via_route_set_process(); the worker's own thread.
 *
 * VIA_REASON_NONE: it may go on, and VIA_AUTHENTICATED and VIA_OWN_FROM are set if it has proved
 * that. Else why not, counted; VIA_REASON_FAULT with meta->fault.
 */
void via_auth_look(struct via_worker *w, struct via_meta *meta, unsigned int i);
void via_auth_prefetch(const struct via_worker *w, unsigned int i);
enum via_reason via_auth_decide(struct via_worker *w, struct via_meta *meta, unsigned int i);

/**
 * Write the Proxy-Authenticate lines of a 407, one for each algorithm. For a request smaller than
 * those of user agents only the preferred ones, at least one, up to one and a half times its
 * octets: so that the answer has at most three times as many, and nobody gains much by asking in
 * another's name. Copies within a second get the same nonce (RFC 3261 §16.11).
 */
void via_auth_challenge(struct via_worker *w, const struct via_meta *meta, struct sip_writer *out);

/**
 * Add the removal of what is for us in Proxy-Authorization to the edits of a request, behind
 * trust_strip_edits(). Credentials for other realms stay (RFC 3261 §22.3). Those for ours go from
 * an ACK, too, and from what is inside a dialog: whoever gets them could use them as long as nobody
 * has. Only where w->auth is not NULL.
 */
void via_auth_edits(const struct via_worker *w, const struct via_meta *meta, struct sip_edits *e);

/**
 * Whoever sent the request has authenticated and may act as this AOR, in canonical form
 * (sip_uri_aor()); From may be another of his. Costs a look-up. Not behind via_egress.
 */
bool via_auth_sender_has(struct via_worker *w, const struct via_meta *meta, struct slice aor);

#endif
