/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_NETWORK_DNS_RECORDS_H
#define CONTROL_NETWORK_DNS_RECORDS_H

#include "table/hops.h"

/** What SIP needs of DNS answers (RFC 2782, RFC 3403, RFC 3263). */

/** SRV records of one name that are looked at. */
#define DNS_SRV_MAX 16

struct dns_srv {
	char host[HOPS_NAME_MAX + 1];
	uint16_t port, priority;
	uint32_t weight; /* from 1 */
};

/** Seconds of the record in the answer section that expires first; `most` when there is none. */
uint32_t dns_answer_ttl(const uint8_t *answer, int length, uint32_t most);

/**
 * The name of the SRV records for SIP over UDP among NAPTR records (RFC 3263 §4.1): that of the
 * first SIP+D2U by order and preference. False when there is none.
 */
bool dns_naptr_choose(const uint8_t *answer, int length, char out[HOPS_NAME_MAX + 1]);

/**
 * SRV records, smallest priority first. Returns how many; with *refused, "." says that there is no
 * such service (RFC 2782).
 */
unsigned int dns_srv_read(const uint8_t *answer, int length, struct dns_srv out[DNS_SRV_MAX],
			  bool *refused);

#endif
