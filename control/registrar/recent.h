/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_RECENT_H
#define CONTROL_REGISTRAR_RECENT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * The CSeq of the last REGISTER within a Call-ID that took bindings of an AOR away, for as long as
 * a copy of it or an older one may still be under way: a binding that was removed keeps none, and
 * one that is late would bring it back, or take away what others have registered since.
 * Bounded; what was not heard of for longest gives way. One thread.
 */
struct recent;

/** NULL when there is no memory. */
struct recent *recent_open(void);

/** Takes NULL. */
void recent_close(struct recent *t);

enum recent_order { RECENT_NEWER, RECENT_SAME, RECENT_OLDER };

/**
 * `name`: a keyed hash of AOR and Call-ID. How a CSeq stands to the one that was noted under it
 * within the last 32 seconds (64*T1: RFC 3261 §17.1.2.2); newer when there is none. `now_ms` is of a
 * clock that is never set: CLOCK_MONOTONIC.
 */
enum recent_order recent_order(const struct recent *t, uint64_t name, uint32_t cseq,
			       uint64_t now_ms);

/** This one was accepted. */
void recent_note(struct recent *t, uint64_t name, uint32_t cseq, uint64_t now_ms);

/** It was not, after all. What was noted under the name before it is lost as well. */
void recent_forget(struct recent *t, uint64_t name, uint32_t cseq);

#endif
