/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_REGISTRAR_AUTH_H
#define CONTROL_REGISTRAR_AUTH_H

#include "registrar/request.h"
#include "registrar/users.h"
#include "sip/writer.h"

/** Who sends a REGISTER: Digest (RFC 3261 §22, RFC 7616, RFC 8760). One thread. */
struct registrar_auth;

/** Its nonces are of no use to any other. NULL when there is no memory. `config` is borrowed. */
struct registrar_auth *registrar_auth_open(const struct config *config);

/** Takes NULL. */
void registrar_auth_close(struct registrar_auth *a);

/** Who there is. Without any nobody can authenticate. */
void registrar_auth_set_users(struct registrar_auth *a, const struct registrar_users *users);

/** Numbers since start. */
struct registrar_auth_counters {
	uint64_t challenged, stale, failed, foreign;
};
const struct registrar_auth_counters *registrar_auth_counters(const struct registrar_auth *a);

/**
 * The sender has proved to be somebody who may act as the AOR of the request (OB-62), or need not:
 * auth.registers, auth.exempt. False, with *refusal set: 401 with challenges, 403 for somebody
 * else's AOR, 503 while the users are not known yet.
 */
bool registrar_auth_check(struct registrar_auth *a, const struct register_request *q,
			  const struct message_head *head, struct register_refusal *refusal);

/** Whoever sent the request that was checked last has proved who he is: he was not exempt. */
bool registrar_auth_proved(const struct registrar_auth *a);

/**
 * The request that was checked last has been taken before, octet for octet: it is a retransmission,
 * or what somebody overheard. It may be answered, and may not change anything.
 */
bool registrar_auth_is_copy(const struct registrar_auth *a);

/**
 * Write the Authentication-Info of a 200 to the request that was checked last (RFC 7616 §3.5);
 * nothing when it had no credentials with qop.
 */
void registrar_auth_info(struct registrar_auth *a, const struct register_request *q,
			 struct sip_writer *w);

#endif
