/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROXY_CHALLENGES_H
#define PROXY_CHALLENGES_H

#include "sip/edit.h"

/**
 * The challenges of all branches of a fork in one 401 or 407 (RFC 3261 §16.7 item 7): header lines
 * WWW-Authenticate and Proxy-Authenticate, each as it came, in the order in which they came, which
 * is the order of preference (RFC 8760 §2.4).
 */

/** Lines that one response can contribute, so that one branch cannot take all the room. */
#define CHALLENGES_EACH 16

/** Lines and octets that are added to the chosen response; the rest is left out. */
#define CHALLENGES_ADDED 32
#define CHALLENGES_ROOM 3072

/**
 * Append the lines of a response, "WWW-Authenticate: ...\r\n" each, folds and line ends inside
 * replaced by a space. A line that does not fit is left out as a whole, and sets out->overflow;
 * what lies between out->begin and out->p are whole lines all the same.
 */
void challenges_put(const struct sip_message *response, struct sip_writer *out);

/**
 * Add to the chosen response the lines of `collected` that it does not have itself, each once,
 * behind its own. It keeps its own as they are, and never gives up one of them. One edit, which
 * takes no more than CHALLENGES_ROOM octets. `collected` is what challenges_put() wrote.
 */
void challenges_edits(const struct sip_message *best, struct slice collected, struct sip_edits *e);

#endif
