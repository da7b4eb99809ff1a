/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Nonces of which nothing is remembered: they say when they were made, and no other process can
 * make them (RFC 7616 §3.3, §5.4). 36 characters of base64url over 27 octets:
 *
 *	octet   0      1
 *	        1      0, or 4 or 6: good only from the IPv4 or IPv6 address it was made for
 *	        2-5    seconds of the process's clock, most significant octet first
 *	        6-13   unique
 *	        14-26  the first 13 octets of an HMAC-SHA-256 over all that, realm and address
 *
 * Which counts of a nonce were used only the process knows that took them (nonce_count.h): so the
 * key is of one process and of one start of it, and is never stored or shared.
 */
#ifndef AUTH_NONCE_H
#define AUTH_NONCE_H

#include "flow/address.h"
#include "flow/hmac.h"
#include "sip/slice.h"

#define NONCE_KEY_SIZE 32

/** Characters of a nonce. */
#define NONCE_LEN 36

/** Room for one. */
#define NONCE_MAX NONCE_LEN

/** A key, worked in; any number of threads may read it. Secret: cleanse when done with. */
struct nonce_key {
	struct hmac_sha256 hmac;
};

/** A new one, once in the life of a process. False when the system gives no random octets. */
bool nonce_key_generate(struct nonce_key *key);

/** One that is known: of tests and benchmarks. */
void nonce_key_init(struct nonce_key *key, const uint8_t secret[NONCE_KEY_SIZE]);

/** What a nonce is made for. */
struct nonce_input {
	struct slice realm; /* plain text, of any length; up to 24 octets cost least */

	/*
	 * Making: binds the nonce to this address, without the port, unless NULL. Checking: where
	 * the request comes from; with NULL no bound nonce is good.
	 */
	const struct flow_address *source;

	/*
	 * Seconds of a clock that never goes back, above 0, the same for all threads: nobody can
	 * set CLOCK_MONOTONIC.
	 */
	uint32_t now_s;
	uint64_t unique; /* making: another one for each nonce made in the same second */
};

/** A nonce as nonce_count.h knows it. */
struct nonce_id {
	uint64_t name;      /* of its MAC: nobody can aim it, and never 0 */
	uint32_t created_s; /* as the nonce says */
	bool bound;         /* to an address */
};

enum nonce_verdict {
	NONCE_FRESH,
	NONCE_STALE,  /* ours, but made longer ago than `lifetime_s` */
	NONCE_FORGED, /* not of this process, not for this realm or address, or changed */
};

/** Write a nonce; returns its length, NONCE_LEN. Any thread. */
size_t nonce_make(const struct nonce_key *key, const struct nonce_input *in, char out[NONCE_MAX]);

/**
 * Judge the nonce of some credentials; `text` as it stands between its quotes. `id` is written
 * unless it is forged. The MAC is compared in constant time. Any thread.
 */
enum nonce_verdict nonce_check(const struct nonce_key *key, const struct nonce_input *in,
			       struct slice text, uint32_t lifetime_s, struct nonce_id *id);

#endif
