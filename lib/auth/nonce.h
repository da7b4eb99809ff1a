/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Nonces of which nothing is remembered: they say when they were made, and nobody else can make
 * them (RFC 7616 §3.3, §5.4). 36 characters of base64url over 27 octets:
 *
 *	octet   0      version 1 in the high four bits, key id in the low ones
 *	        1      0, or 4 or 6: good only from the IPv4 or IPv6 address it was made for
 *	        2-5    seconds since 1970, most significant octet first
 *	        6-13   unique
 *	        14-26  the first 13 octets of an HMAC-SHA-256 over all that, realm and address
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

/** Key ids are four bits. */
#define NONCE_KEY_IDS 16

/** Seconds that another engine's clock may be ahead. */
#define NONCE_AHEAD_S 60

/** Keys worked in; any number of threads may read them. Secret: cleanse when done with. */
struct nonce_keys {
	struct hmac_sha256 current, previous;
	uint8_t id; /* of the current one; the previous one has the id before */
	bool has_previous;
};

/**
 * Work keys in. `id` (below NONCE_KEY_IDS) goes up by one, around at 16, each time a new key is
 * made: nonces under the key before are honoured as long as that is given as `previous`, which may
 * be NULL. What the keys are otherwise used for does not matter: another one is derived from each.
 */
void nonce_keys_init(struct nonce_keys *keys, unsigned int id,
		     const uint8_t current[NONCE_KEY_SIZE], const uint8_t *previous);

/** What a nonce is made for. */
struct nonce_input {
	struct slice realm; /* plain text, of any length; up to 24 octets cost least */

	/*
	 * Making: binds the nonce to this address, without the port, unless NULL. Checking: where
	 * the request comes from; with NULL no bound nonce is good.
	 */
	const struct flow_address *source;

	uint32_t now_s;  /* seconds since 1970; all engines with the same keys have the same */
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
	NONCE_FORGED, /* not of these keys, not for this realm or address, or changed */
};

/** Write a nonce under the current key; returns its length, NONCE_LEN. Any thread. */
size_t nonce_make(const struct nonce_keys *keys, const struct nonce_input *in, char out[NONCE_MAX]);

/**
 * Judge the nonce of some credentials; `text` as it stands between its quotes. One that claims to
 * be more than NONCE_AHEAD_S in the future is a forged one. `id` is written unless it is forged.
 * The MAC is compared in constant time. Any thread.
 */
enum nonce_verdict nonce_check(const struct nonce_keys *keys, const struct nonce_input *in,
			       struct slice text, uint32_t lifetime_s, struct nonce_id *id);

#endif
