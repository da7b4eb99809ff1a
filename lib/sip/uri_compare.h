/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIP_URI_COMPARE_H
#define SIP_URI_COMPARE_H

#include "sip/uri.h"

/** More parameters than these, or more headers, are compared as they are written. */
#define SIP_URI_EQ_MAX 64

/**
 * Whether two URIs are equivalent. Any thread; nothing is kept.
 *
 * sip and sips (RFC 3261 §19.1.4, RFC 5954 §4.2), which never equal each other:
 *  - An escape equals the character it stands for, unless that is of the reserved set. User and
 *    password are compared with case, all else without. Absent differs from empty and from the
 *    default: sip:b is neither sip:b:5060 nor sip:b;transport=udp.
 *  - Hosts: IPv6 references as addresses, since one address has many texts, which differ from
 *    sender to sender: [2001:db8::1] is [2001:DB8:0::1]. An IPv4 address has one legal text, so
 *    that it is compared as one, like a name. Nothing is looked up.
 *  - Parameters in any order. One that is in one URI only is ignored, unless it is user, ttl,
 *    method, maddr or transport. Values of `method` are compared with case (§7.1), of `maddr` as
 *    hosts. Of a name that is there more than once, each value must have its equal.
 *  - Headers in any order, as many in both. Names without case, a compact form is its full form.
 *    Values are compared unescaped and without white space at their ends: those that are made of
 *    tokens (Priority, Require and their like) without case outside quoted strings, `body` and all
 *    others, Call-ID, addresses and unknown fields among them, octet for octet. So two texts of
 *    one address there do not match.
 *
 * tel (RFC 3966 §4): without case; visual separators are ignored in the number, in `ext` and in a
 * `phone-context` that is a number; a global number never equals a local one; every parameter must
 * be in both, in any order. Escapes as above: local numbers come with '#' and with `%23`.
 *
 * Other schemes: octet for octet (RFC 3986 §6.2.1), but the scheme and the digits of an escape
 * without case.
 *
 * With more than SIP_URI_EQ_MAX parameters in either URI, these must be the same octets, and
 * likewise the headers: the time is at most SIP_URI_EQ_MAX times that of reading both URIs.
 *
 * Reflexive and symmetric, but not transitive: a URI without parameters equals the same one with
 * `;security=on` and with `;security=off`, which are not equal (RFC 3261 §19.1.4). So there is no
 * canonical form to hash or sort by.
 */
bool sip_uri_eq(const struct sip_uri *a, const struct sip_uri *b);

#endif
