/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_NETWORK_DNS_H
#define CONTROL_NETWORK_DNS_H

#include <uv.h>

#include "config/config.h"
#include "network/asker.h"
#include "table/hops.h"

/**
 * From a host name to addresses for SIP over UDP (RFC 3263 §4.1, §4.2): NAPTR, SRV, A and AAAA,
 * asked for by c-ares on the event loop. Names are whole; no search list is tried.
 */
struct dns;

enum dns_status {
	DNS_FOUND,
	DNS_NOWHERE, /* the name, or an address for it, does not exist */
	DNS_FAILED,  /* no answer, or none that can be used */
};

/** What became of a question. Targets are grouped by priority; the smallest `group` goes first. */
struct dns_answer {
	enum dns_status status;
	uint32_t ttl; /* seconds, of the record that expires first */
	unsigned int count;
	struct hops_target target[HOPS_TARGETS_MAX];
};

typedef void (*dns_done)(const struct dns_answer *answer, void *context);

/** Open; servers and time-out are config->server and dns. NULL, with a sentence in `message`. */
struct dns *dns_open(uv_loop_t *loop, const struct config *config, char *message, size_t size);

/** Close; what is being asked is not answered any more. Takes NULL. */
void dns_close(struct dns *d);

/**
 * Ask for a name of at most HOPS_NAME_MAX octets, with port or 0. `done` is called once, within
 * dns.timeout_ms, perhaps before this returns. False when dns_has_room() is, or the name too long.
 */
bool dns_ask(struct dns *d, struct slice host, uint16_t port, struct asker asker, dns_done done,
	     void *context);

/**
 * Not too much is being asked already, neither at all nor for this asker. For names of the
 * configuration there is some room that strangers cannot take.
 */
bool dns_has_room(const struct dns *d, struct asker asker);

/** Time passes: call each 10 ms or so. */
void dns_tick(struct dns *d, uint64_t now_ms);

#endif
