/* SPDX-License-Identifier: BSD-3-Clause */
/** Instance-ids: one text for each, and how it stands in a URI. */
#ifndef GRUU_INSTANCE_H
#define GRUU_INSTANCE_H

#include "sip/slice.h"

/** Octets of an instance-id. */
#define INSTANCE_MAX 256

/** Octets of one as a URI parameter's value. */
#define INSTANCE_GR_MAX 512

/**
 * Write the canonical form of an instance-id, as +sip.instance has it between its quotes, with or
 * without <>: two are equal when these are the same octets. Of a URN "urn" and the namespace are in
 * lower case, of urn:uuid all; the digits of escapes are in upper case; all else stays (RFC 8141
 * §3.1, RFC 4122 §3). An instance-id that is no URN, as some phones have, is taken as it is.
 *
 * Returns the length, and puts a NUL behind. 0 for what is no instance-id: it is empty, longer than
 * INSTANCE_MAX, has anything in it that a URI may not hold (RFC 5626 §11), or has so much to be
 * escaped that it would be longer than INSTANCE_GR_MAX in its GRUU: 400. `out` must not overlap
 * `instance`. Any thread.
 */
size_t instance_canonical(struct slice instance, char out[INSTANCE_MAX + 1]);

/** Whether a canonical instance-id is a URN: others have no GRUU of the draft's form. */
bool instance_is_urn(struct slice canonical);

/**
 * Write a canonical instance-id as the value of a URI parameter, with escapes for what may not
 * stand there (RFC 3261 §25.1, pvalue). Returns the length, and puts a NUL behind.
 */
size_t instance_to_gr(struct slice canonical, char out[INSTANCE_GR_MAX + 1]);

/**
 * The canonical instance-id that the value of a URI parameter stands for. Returns its length and
 * puts a NUL behind; 0 when no instance-id has that value. `out` must not overlap `value`.
 */
size_t instance_from_gr(struct slice value, char out[INSTANCE_MAX + 1]);

#endif
