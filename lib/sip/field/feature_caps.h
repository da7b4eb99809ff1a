/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_FIELD_FEATURE_CAPS_H
#define SIP_FIELD_FEATURE_CAPS_H

#include "sip/slice.h"

/**
 * Decode one element of Feature-Caps (RFC 6809 §6.2): '*' and feature-capability indicators, which
 * `*caps` is left to walk with sip_param_next(): names with their '+', values with their quotes.
 * Absent without any.
 *
 * False when it is malformed: a name without '+', a value that is neither a list of tag values nor
 * one "<string>" in quotes (RFC 3840 §9).
 */
bool sip_feature_caps_decode(struct slice value, struct slice *caps);

#endif
