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
 * tokens for it, not the victim's. Every message counts, also one that was sent again.
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
 * A request may go on: VIA_REASON_NONE, or the reason for a 503; then it is counted. ACK, CANCEL
 * and requests inside a dialog always may; a REGISTER with a To tag is a REGISTER.
 */
enum via_reason via_admission_check(struct via_worker *w, struct via_meta *meta);

/** The same in two steps, for a whole burst: know the sender and ask for his rows; then decide. */
void via_admission_prepare(const struct via_worker *w, struct via_meta *meta);
enum via_reason via_admission_decide(struct via_worker *w, const struct via_meta *meta);

/** The same for a message that control is to have: REGISTERs are shed before its ring is full. */
enum via_reason via_admission_check_ring(struct via_worker *w, const struct via_meta *meta);

/**
 * This worker could forward a request now. If not, it does not answer keepalives either, so that
 * user agents notice and go elsewhere (PR-10).
 */
bool via_can_forward(const struct via_worker *w);

#endif
