/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_PARAM_H
#define SIP_PARAM_H

#include "sip/slice.h"

/**
 * One parameter out of a `;`-separated list that begins behind its first ';'. White space around
 * the separators is skipped; a quoted value keeps its quotes. `*rest` moves on and becomes absent
 * at the end. False at the end or when the list is malformed (then *rest stays present).
 */
bool sip_param_next(struct slice *rest, struct slice *name, struct slice *value);

/**
 * Find a parameter by name (without regard to case). `*value` is absent when it has none.
 * Returns whether it is there.
 */
bool sip_param_find(struct slice params, struct slice name, struct slice *value);

#endif
