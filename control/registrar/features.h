/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_FEATURES_H
#define CONTROL_REGISTRAR_FEATURES_H

#include "sip/writer.h"

/** Octets of the features of one binding: as much as a REGISTER may bring. */
#define FEATURES_MAX 1024

/**
 * The feature parameters (RFC 3840 §9) among the parameters of a Contact, as they are written, with
 * ';' between them and none of the white space around '=' and ';'. The others are left out (q,
 * reg-id, pub-gruu...), and so are +sip.instance, which a binding has by itself, and what has the
 * name of a feature and no value of one.
 *
 * Written into `pool`, which does not overflow: from the first on that FEATURES_MAX or the pool has
 * no room for, none is taken. Absent when there is none.
 */
struct slice features_take(struct slice params, struct sip_writer *pool);

#endif
