/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_AOR_TEXT_H
#define CONTROL_AOR_TEXT_H

#include "sip/slice.h"

/**
 * The canonical form of an AOR as people write it: "alice@example.com" and
 * "sip:alice@example.com:5060" are "sip:alice@example.com". Into `out`; absent when it is no SIP
 * URI, or longer than `size`.
 */
struct slice aor_text_read(const char *word, char *out, size_t size);

#endif
