/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_RECENT_H
#define CONTROL_REGISTRAR_RECENT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * The CSeq that was reached within a Call-ID for an AOR, for as long as an older REGISTER may still
 * be under way: a binding that was removed keeps none, and one that is late would bring it back.
 * Bounded; what was not heard of for longest gives way. One thread.
 */
struct recent;

/** NULL when there is no memory. */
struct recent *recent_open(void);

/** Takes NULL. */
void recent_close(struct recent *t);

/**
 * `name`: a keyed hash of AOR and Call-ID. False when a greater CSeq was accepted under this name
 * within the last 32 seconds (64*T1: RFC 3261 §17.1.2.2).
 */
bool recent_is_in_order(const struct recent *t, uint64_t name, uint32_t cseq, uint64_t now_ms);

/** This one was accepted. */
void recent_note(struct recent *t, uint64_t name, uint32_t cseq, uint64_t now_ms);

#endif
