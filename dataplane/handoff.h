/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Messages for the transaction of another worker: via_handoff_tx puts them into the ring of the
 * worker that owns it, where via_handoff_rx takes them out. The buffer itself goes over, with all
 * that via_parse read of the message.
 *
 * There the message is looked at anew from via_request or via_response on, as if it had come to
 * that worker: with its tables, its clock and its limits for the source; only guard.source was
 * taken before. What the first worker has noted or counted as a detail on the way to
 * via_handoff_tx is noted twice: so it is better handed over early.
 */
#ifndef DATAPLANE_HANDOFF_H
#define DATAPLANE_HANDOFF_H

#include "engine.h"
#include "node/node.h"

/** Messages on their way to one worker, at most; one less. */
enum { VIA_HANDOFF_RING = 4096 };

/**
 * The rings of an engine, and who owns which transaction: where it has more than one worker.
 * Returns 0, or -1 without memory; via_handoff_close() follows in either case.
 */
int via_handoff_open(struct via_engine *e);

/** The workers have stopped: free them, and the messages that nobody has taken out. */
void via_handoff_close(struct via_engine *e);

/**
 * A message is for the transaction of worker `owner`. Returns `edge`, which leads to
 * via_handoff_tx; or `drop_edge`, where that is no other worker of ours (the branch is of an engine
 * that had more of them) or the message was handed over before. The latter is for the caller to
 * look after, if he can do without: VIA_HANDED is set then.
 */
static inline uint16_t
via_handoff(const struct via_worker *w, struct via_meta *meta, unsigned int owner, uint16_t edge,
	    uint16_t drop_edge)
{
	if (unlikely(owner >= w->engine->worker_count || owner == w->index ||
		     (meta->flags & VIA_HANDED) != 0))
		return via_drop(meta,
				sip_is_request(&meta->msg) ? STATS_handoff_full
							   : STATS_stray_response,
				drop_edge);
	meta->owner = (uint8_t)owner;
	return edge;
}

#endif
