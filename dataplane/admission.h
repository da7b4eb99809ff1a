/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * How much is taken from whom (`guard` in the configuration).
 *
 * Limits for each source, and for each AOR of a source, are every worker's own: its share of the
 * traffic of one source is what its queue brings. The limits for all together are the engine's:
 * workers take tokens from one bucket, a millisecond's share at a time, so what all of them let
 * through exceeds the rate by no more than that.
 *
 * A source is an IPv4 address or the first 64 bits of an IPv6 one, which is what one subscriber
 * has. AORs count together with the source: whoever floods in the name of a victim uses up his own
 * tokens for it, not the victim's. An AOR is its URI as it is written.
 *
 * Every datagram counts for `source`, a request for the others once: its copies within 40 s are let
 * through when it was, whatever else has come since (RFC 3261 §16.11). The worker that let it
 * through knows them, among the last dataplane.remember such requests.
 *
 * What is inside a dialog has `source` only, and goes on while we drain; but a To tag alone is no
 * dialog, for anybody can write one (via_is_in_dialog()). What comes for an AOR, and not from a
 * proxy of ours, counts like a request that begins one: also where we do not stay on the path of
 * dialogs (proxy.record_route, edge.record_route), whose requests do not come to us otherwise.
 */
#ifndef DATAPLANE_ADMISSION_H
#define DATAPLANE_ADMISSION_H

#include "engine.h"

/** Set up the buckets that all workers share; before them. */
void via_admission_share(struct via_engine *e);

/** The tables of a worker. Returns 0, or -1 without memory. */
int via_admission_open(struct via_worker *w);

/** Takes a zeroed one. */
void via_admission_close(struct via_worker *w);

/**
 * What a source is known by, and ask for its row ahead. `family` is 4 or 6, `ip` the address as it
 * is in the frame. 0 when nothing is limited by source.
 */
uint64_t via_admission_source(const struct via_worker *w, uint8_t family, const uint8_t *ip);

/**
 * A datagram may go on (guard.source); meta->source is as via_admission_source() made it, and is 0
 * afterwards for those who have no limits of their own: proxies of ours, and guard.exempt.
 */
bool via_admission_datagram(struct via_worker *w, struct via_meta *meta);

/** A STUN request may be answered (guard.stun). */
bool via_admission_stun(struct via_worker *w, const struct via_meta *meta);

/**
 * A request may go on: VIA_REASON_NONE, or the reason for a 503; then it is counted. ACK, CANCEL,
 * requests that are proven to be inside a dialog, those that waited for a name and copies of what
 * was let through always may; a REGISTER with a To tag is a REGISTER. meta->branch is there.
 */
enum via_reason via_admission_check(struct via_worker *w, struct via_meta *meta);

/** The same in two steps, for a whole burst: know the sender and ask for his rows; then decide. */
void via_admission_prepare(const struct via_worker *w, struct via_meta *meta);
enum via_reason via_admission_decide(struct via_worker *w, const struct via_meta *meta);

/** A copy of this request was let through within 40 s; meta->branch is there. */
bool via_admission_has_copy(const struct via_worker *w, const struct via_meta *meta);

/** The same for a message that control is to have: REGISTERs are shed before its ring is full. */
enum via_reason via_admission_check_ring(struct via_worker *w, const struct via_meta *meta);

/**
 * This worker could forward a request now. If not, it does not answer keepalives either, so that
 * user agents notice and go elsewhere (PR-10).
 */
bool via_can_forward(const struct via_worker *w);

#endif
