/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROXY_USE_PROXY_H
#define PROXY_USE_PROXY_H

#include "sip/message.h"
#include "sip/writer.h"

/** Contacts of one 305 that are looked at; what comes behind them is not. */
#define USE_PROXY_MAX 64

/** Octets of the longest URI that is taken. */
#define USE_PROXY_URI_MAX 512

/** Octets that use_proxy_routes() may write. */
#define USE_PROXY_ROOM (USE_PROXY_MAX * (USE_PROXY_URI_MAX + sizeof("<;lr>, ")))

/**
 * Write the Contacts of a 305 (Use Proxy) as Route values, "<sip:hp2.example.com;lr>", with ", "
 * between them, in the order in which they are to be tried: the highest q first, those of one q in
 * an order of chance (RC-21, RC-24). No q is 1.0. Headers and `method` of a URI are left out, `lr`
 * is added where it is missing, the rest stays (5.1 items 4 and 5).
 *
 * Passed over: what cannot be read, what is no sip URI (RC-34), and what is too long. Nothing is
 * written when nothing is left. `*random` is the state of the generator, any number; it is moved
 * on. Any thread.
 */
void use_proxy_routes(const struct sip_message *response, uint64_t *random, struct sip_writer *out);

#endif
