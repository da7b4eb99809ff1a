/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_HOST_H
#define SIP_HOST_H

#include "sip/slice.h"

/** Host syntax: a host name, an IPv4 address or an IPv6 reference in brackets. */
bool sip_host_is_valid(struct slice host);

/**
 * Split "host[:port]" (LWS allowed around the colon). `*port` is 0 when none is written.
 * False when either is malformed, or the port is not 1 to 65535.
 */
bool sip_hostport_decode(struct slice text, struct slice *host, uint16_t *port);

#endif
